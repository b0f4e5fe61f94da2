"""What a reader of figures who may not read the rows sees of small counts. Pure.

A count from 1 to `LEAST - 1` is hidden, and so is one that is all but so few of its whole. Beside
it others are hidden until what is hidden adds up to so much that each small one may still be any
small number; if that cannot be, nothing says which of them is small. Which others: the first by
their codes, never the smallest, for a reader who knows this rule would learn from the choice. What
is hidden stands last, by its code: its place in an order by size would tell its size.

This is for the officers of a node who read figures. What leaves a node goes through disclosure
control, which also looks at other tables and editions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ayni.statistics.indicators.engine import Computed
from ayni.statistics.indicators.result import Line, Missing

LEAST = 10
BESIDE = "*"  # hidden; nothing is said of its size
_NOTHING_SAID = Line((), None, mask=BESIDE, masked_cells=1, least=0, most=None)
_Codes = tuple[str, ...]


def hide_small(
    computed: Computed, *, over: int, adds_up: bool = True, least: int = LEAST
) -> Computed:
    """The same answer without small counts. `over`: how many dimensions the lines begin with that
    have a whole of their own; `adds_up`: whether the lines are the parts of their whole."""
    if computed.total.count is None:  # ratios: each line is of a whole of its own
        lines = tuple(_alone(line, least) for line in computed.lines)
        return replace(
            computed,
            lines=lines,
            total=replace(computed.total, masked_cells=_hidden_in(lines)),
            missing=_missing(computed, least),
        )
    groups: dict[_Codes, list[Line]] = defaultdict(list)
    for line in computed.lines:
        groups[line.codes[:over]].append(line)
    closed = _closed(computed, groups, least)
    total = computed.total
    if closed is None:
        lone = len(computed.lines) == 1 and is_small(total.count, least)
        total = _hidden(total, f"<{least}" if lone else BESIDE, with_whole=False)
        closed = {*groups, *(line.codes for line in computed.series)}
    lines = tuple(
        line
        for key, group in groups.items()
        for line in _group(group, closed=key in closed, adds_up=adds_up, least=least)
    )
    torn, head = {line.codes[:over] for line in lines if line.mask}, computed.headline
    series = tuple(
        _series(line, closed, hidden=line.codes in torn, is_part=head is not None, least=least)
        for line in computed.series
    )
    if head is not None and (_hidden_in((*lines, *series)) or _must_hide(head, least)):
        head = _hidden(head, BESIDE, with_whole=not total.mask)
    return replace(
        computed,
        lines=lines,
        series=series,
        total=replace(total, masked_cells=_hidden_in(lines)),
        headline=head,
        missing=_missing(computed, least),
    )


def hide_small_years(
    computed: Computed,
    *,
    of_years: Mapping[str, Computed],
    together: Computed,
    asked: Collection[str],
    over: int,
    adds_up: bool = True,
    least: int = LEAST,
) -> Computed:
    """The same answer without small counts, nor what other periods would make of it.

    `of_years`: what each year alone comes to that has anything; `together`: all of them; `asked`:
    which of them this answer is of; `over`: whether it is told by year, 1 or 0. Where no year alone
    has anything to hide every period is told. Elsewhere lines are told of all years together only,
    and of a period its whole, unless that of one of its years is hidden. Of a period every line of
    any year is listed: those that it has none of would tell where the rest is.
    """
    every = set(asked) == set(of_years)
    if len(of_years) < 2 or all(
        hide_small(one, over=0, adds_up=adds_up, least=least) == one for one in of_years.values()
    ):
        return hide_small(computed, over=over, adds_up=adds_up, least=least)
    whole = hide_small(together, over=0, adds_up=adds_up, least=least)
    years = [one.total for one in of_years.values() if one.total.count]
    # How large it is at most would tell of each year that has anything.
    little = bool(whole.total.mask) or _is_little(years, together.total.count or 0, least)
    if every and not over and not little:
        return whole
    wholes = {} if little else _wholes_told(of_years, least)
    total, head = computed.total, computed.headline
    if total.count is not None and (little or not (every or set(asked) <= set(wholes))):
        total = _hidden(total, BESIDE, with_whole=False)
    lines = _each_hidden(of_years, asked, wholes, over=over)
    return replace(
        computed,
        lines=lines,
        series=tuple(
            line
            if head is None and line.codes[0] in wholes
            else _hidden(line, BESIDE, with_whole=line.codes[0] in wholes)
            for line in computed.series
        ),
        total=replace(total, masked_cells=_hidden_in(lines)),
        headline=None if head is None else _hidden(head, BESIDE, with_whole=not total.mask),
        missing=whole.missing if every and not little else Missing(None, None, None),
    )


def _wholes_told(of_years: Mapping[str, Computed], least: int) -> dict[str, int]:
    """The years of which the whole is told, beside that of all years, and how much it is."""
    wholes: dict[_Codes, int] = {(year,): one.total.count or 0 for year, one in of_years.items()}
    hidden = hidden_parts(wholes, least)
    return {year: of for (year,), of in wholes.items() if (year,) not in hidden and of}


def _each_hidden(
    of_years: Mapping[str, Computed],
    asked: Collection[str],
    wholes: Mapping[str, int],
    *,
    over: int,
) -> tuple[Line, ...]:
    """Every line of any year, hidden: for each year that was asked if it is told by year."""
    there = sorted({line.codes for one in of_years.values() for line in one.lines})
    if over:
        return tuple(
            replace(_NOTHING_SAID, codes=(year, *codes), denominator=wholes.get(year))
            for year in sorted(asked)
            for codes in there
        )
    told = [wholes[year] for year in asked if year in wholes]
    of = sum(told) if len(told) == len(asked) else None
    return tuple(replace(_NOTHING_SAID, codes=codes, denominator=of) for codes in there)


def is_small(count: int | None, least: int = LEAST) -> bool:
    """Whether a count must be hidden."""
    return count is not None and 0 < count < least


def hidden_parts(
    parts: Mapping[_Codes, int], least: int = LEAST, *, little: Mapping[_Codes, int] | None = None
) -> dict[_Codes, str]:
    """Which of the parts of a whole that is shown are hidden, and what stands in place of each.

    `little`: further parts that are hidden like small ones, each with how many numbers it is made
    of that are at least one, as everybody sees.
    """
    little = little or {}
    small = sorted({key for key, n in parts.items() if is_small(n, least)} | set(little))
    if not small:
        return {}
    # One that is hidden beside is known to be `least` or more, a small one to be at least one:
    # what is left of the sum must allow each small one to be any small number.
    enough = least + len(small) + sum(little.values())
    hidden, together = list(small), sum(parts[key] for key in small)
    others = iter(sorted(key for key, n in parts.items() if n and key not in small))
    while len(hidden) == len(small) or together < enough:
        key = next(others, None)
        if key is None:
            break
        hidden.append(key)
        together, enough = together + parts[key], enough + least
    told = len(hidden) > len(small) and together >= enough and not little
    return {key: f"<{least}" if told and key in small else BESIDE for key in hidden}


def _closed(
    computed: Computed, groups: Mapping[_Codes, list[Line]], least: int
) -> set[_Codes] | None:
    """The values of `over` of which not even the whole is shown; None: not even that of all."""
    total = computed.total.count or 0
    if _is_little(computed.lines, total, least):
        return None
    wholes = {line.codes: line.denominator or 0 for line in computed.series}
    little = {
        key: len(groups[key])
        for key, whole in wholes.items()
        if key in groups and _is_little(groups[key], whole, least)
    }
    return set(hidden_parts(wholes, least, little=little))


def _is_little(lines: Sequence[Line], whole: int, least: int) -> bool:
    """Whether the whole of some lines, of which each is at least one, is so little that it would
    tell of each how large it can be at most."""
    return is_small(whole, least) or (
        0 < whole < least + len(lines) and any(is_small(line.count, least) for line in lines)
    )


def _group(lines: list[Line], *, closed: bool, adds_up: bool, least: int) -> list[Line]:
    """The lines of one whole, the hidden ones last."""
    if closed:
        masks = {line.codes: BESIDE for line in lines}
    elif adds_up:
        masks = hidden_parts({line.codes: line.count or 0 for line in lines}, least)
    else:
        masks = {
            line.codes: f"<{least}" if is_small(line.count, least) else BESIDE
            for line in lines
            if _must_hide(line, least)
        }
    hidden = sorted((line for line in lines if line.codes in masks), key=lambda line: line.codes)
    return [line for line in lines if line.codes not in masks] + [
        _hidden(line, masks[line.codes], with_whole=not closed) for line in hidden
    ]


def _series(line: Line, closed: set[_Codes], *, hidden: bool, is_part: bool, least: int) -> Line:
    """One of the series: the part of its whole that is quoted, or the whole itself."""
    if line.codes in closed:
        return _hidden(line, BESIDE, with_whole=False)
    if is_part and (hidden or _must_hide(line, least)):
        return _hidden(line, BESIDE, with_whole=True)
    return line


def _alone(line: Line, least: int) -> Line:
    if not _must_hide(line, least):
        return line
    mask = f"<{least}" if is_small(line.count, least) else BESIDE
    return _hidden(line, mask, with_whole=not is_small(line.denominator, least))


def _must_hide(line: Line, least: int) -> bool:
    """Small itself, of a small whole, or all but a few of it."""
    rest = None if line.denominator is None or line.count is None else line.denominator - line.count
    return any(is_small(count, least) for count in (line.count, rest, line.denominator))


def _hidden(line: Line, mask: str, *, with_whole: bool) -> Line:
    return Line(
        codes=line.codes,
        count=None,
        mask=mask,
        masked_cells=1,
        least=0,
        most=None if mask == BESIDE else int(mask[1:]) - 1,
        denominator=line.denominator if with_whole else None,
    )


def _hidden_in(lines: Iterable[Line]) -> int:
    return sum(bool(line.mask) for line in lines)


def _missing(computed: Computed, least: int) -> Missing:
    """How much is missing, unless it or what is left of its whole is small: what the answer counts
    is known, and the whole less both are those who are counted nowhere."""
    told, total = computed.missing, computed.total.count
    if told.count is None or told.of is None:
        return told
    numbers = [told.count, told.of, told.of - told.count]
    if total is not None:
        numbers += [total, told.of - total, told.of - total - told.count]
    return Missing(None, None, None) if any(is_small(n, least) for n in numbers) else told
