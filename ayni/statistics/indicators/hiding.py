"""What a reader of figures who may not read the rows sees of small counts. Pure.

A count from 1 to `LEAST - 1` is hidden, and where one alone would be hidden, the smallest other one
too: else it would be the whole less the rest. This is for the officers of a node who read figures;
what leaves a node goes through disclosure control, which also looks at other tables and editions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ayni.statistics.indicators.engine import Computed
from ayni.statistics.indicators.result import Line, Missing

LEAST = 10
SMALL, BESIDE = f"<{LEAST}", "*"


def hide_small(computed: Computed, *, over: int) -> Computed:
    """The same answer without small counts; `over` is how many dimensions the lines begin with that
    have a whole of their own."""
    groups: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in computed.lines:
        groups[line.codes[:over]].append(line)
    shown = {id(line): new for lines in groups.values() for line, new in _group(lines)}
    return replace(
        computed,
        lines=tuple(shown[id(line)] for line in computed.lines),
        series=tuple(_quoted(line) for line in computed.series),
        total=_total(computed.total, sum(line.count is None for line in shown.values())),
        headline=None if computed.headline is None else _quoted(computed.headline),
        missing=_missing(computed.missing),
    )


def is_small(count: int | None) -> bool:
    """Whether a count must be hidden."""
    return count is not None and 0 < count < LEAST


def _group(lines: list[Line]) -> list[tuple[Line, Line]]:
    small = [line for line in lines if _must_hide(line)]
    hidden = {id(line): SMALL for line in small}
    others = sorted(
        (line for line in lines if id(line) not in hidden and line.count),
        key=lambda line: (line.count or 0, line.codes),
    )
    # Alone it would be the whole less the others; two that are small may add up to one.
    if small and others and (len(small) == 1 or sum(line.count or 0 for line in small) < LEAST):
        hidden[id(others[0])] = BESIDE
    return [(line, _hidden(line, hidden[id(line)]) if id(line) in hidden else line)
            for line in lines]  # fmt: skip


def _must_hide(line: Line) -> bool:
    """Small itself, or all but a few of what it is of."""
    rest = None if line.denominator is None or line.count is None else line.denominator - line.count
    return is_small(line.count) or is_small(rest) or is_small(line.denominator)


def _hidden(line: Line, mask: str) -> Line:
    whole = line.denominator
    return Line(
        codes=line.codes,
        count=None,
        mask=mask,
        masked_cells=1,
        least=0,
        most=LEAST - 1 if mask == SMALL and is_small(line.count) else None,
        denominator=None if is_small(whole) else whole,
    )


def _quoted(line: Line) -> Line:
    return _hidden(line, SMALL) if _must_hide(line) else line


def _total(total: Line, hidden: int) -> Line:
    shown = _hidden(total, SMALL) if is_small(total.count) else total
    return replace(shown, masked_cells=hidden)


def _missing(missing: Missing) -> Missing:
    rest = None if missing.of is None or missing.count is None else missing.of - missing.count
    if any(map(is_small, (missing.count, missing.of, rest))):
        return Missing(None, None, None)
    return missing
