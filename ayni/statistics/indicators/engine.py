"""From cells to an answer. Pure: no database, no clock, no language.

A cell is a count with its codes; some sources mask cells. A masked cell is left out of every sum
and widens the bounds of whatever it belongs to. A whole is never taken for the sum of its parts
here: which rows are counted stands in the definition (`indicators/definition.py`). What no cell
tells of is not reported: it has no count, and is never zero unless the source says so (`Mask`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ayni.statistics.indicators.definition import Counting, Selection
from ayni.statistics.indicators.result import Line, Missing

# Values in the order in which they are shown; other dimensions: the largest count first.
ORDER: Mapping[str, tuple[str, ...]] = {
    "sex": ("female", "male", "other", "unknown"),
    "age": ("child", "adult", "unknown"),
    "situation": ("emergency", "urgency", "orientation", "unknown"),
    "days": ("0-1", "2-7", "8-30", "31+", "before", "none", "unknown"),
    "wait": ("next_day", "later", "before", "undated", "none"),
    "stage": ("prosecuted", "convicted"),
    "answered": ("on_time", "late"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """`count` is the sum of `told` cells of the source; `masked` further ones hide their number,
    `without` further ones hold none."""

    codes: Mapping[str, str]
    count: int
    told: int = 1
    masked: int = 0
    without: int = 0


@dataclass(frozen=True, slots=True)
class Mask:
    """What a masked cell can be: a whole number from 0 to `most`. `absent_is_zero`: whether what
    the source holds no cell of is none (tallies of our own), and not merely not reported."""

    most: int
    absent_is_zero: bool = False

    def text(self, cells: int) -> str:
        """What stands in place of a sum of masked cells only: "<5" for one, "<9" for two."""
        return f"<{self.most * cells + 1}"


@dataclass(frozen=True, slots=True)
class Computed:
    """The numbers of an answer (`result.Answer`); `without`: cells that hold no count at all."""

    lines: tuple[Line, ...]
    series: tuple[Line, ...]
    total: Line
    headline: Line | None
    missing: Missing
    without: int


def summed(
    names: Sequence[str], rows: Iterable[Sequence[Any]], over: Collection[str]
) -> list[Cell]:
    """Cells of rows of codes with their count last, `names` those of the codes, summed over every
    dimension but `over`: what nobody asks of need not be told apart."""
    places = [place for place, name in enumerate(names) if name in over]
    counts: dict[_Key, int] = defaultdict(int)
    for row in rows:
        counts[tuple([row[place] for place in places])] += row[-1]
    kept = [names[place] for place in places]
    return [Cell(dict(zip(kept, key, strict=True)), count) for key, count in counts.items()]


Tables = Mapping[str, Sequence[Cell]]
_Key = tuple[str, ...]


@dataclass(slots=True)
class _Sum:
    count: int = 0
    told: int = 0
    masked: int = 0
    without: int = 0

    def add(self, cell: Cell) -> None:
        self.count += cell.count
        self.told += cell.told
        self.masked += cell.masked
        self.without += cell.without

    def minus(self, part: _Sum) -> _Sum:
        return _Sum(
            self.count - part.count,
            self.told - part.told,
            self.masked - part.masked,
            self.without - part.without,
        )

    def most(self, mask: Mask) -> int | None:
        """None where a cell holds no number and no mask: nothing is known of it."""
        return None if self.without else self.count + self.masked * mask.most

    @property
    def is_absent(self) -> bool:
        return not (self.told or self.masked or self.without)

    def is_told(self, mask: Mask) -> bool:
        return self.told > 0 or mask.absent_is_zero and self.is_absent


def compute(
    counting: Counting, tables: Tables, *, over: tuple[str, ...] = (), mask: Mask
) -> Computed:
    """What `counting` comes to over the cells of `tables` (those of one area and period).

    `over`: dimensions beside those of the definition; a share is of the whole of its own value.
    """
    series: tuple[Line, ...]
    headline: Line | None
    if counting.rows is None:
        lines = _ratios(counting, tables, over, mask)
        series, headline = (), None
        hidden = sum(cell.masked for cell in _counted(counting, tables))
        total = Line((), None, masked_cells=hidden, most=None)
    else:
        lines, series, total, headline = _breakdown(counting, tables, over, mask)
    return Computed(
        lines,
        series,
        total,
        headline,
        _missing(counting, tables, mask),
        sum(cell.without for cell in _counted(counting, tables)),
    )


def _counted(counting: Counting, tables: Tables) -> list[Cell]:
    if counting.rows is not None:
        return _taken(tables, counting.table, counting.rows)
    return [cell for line in counting.lines for cell in _taken(tables, line.table, line.rows)]


def _taken(tables: Tables, table: str, selection: Selection) -> list[Cell]:
    return [cell for cell in tables.get(table, ()) if selection.takes(cell.codes)]


def _grouped(cells: Iterable[Cell], names: tuple[str, ...]) -> dict[_Key, _Sum]:
    found: dict[_Key, _Sum] = defaultdict(_Sum)
    for cell in cells:
        found[tuple(cell.codes[name] for name in names)].add(cell)
    return found


# Breakdowns


def _breakdown(
    counting: Counting, tables: Tables, over: tuple[str, ...], mask: Mask
) -> tuple[tuple[Line, ...], tuple[Line, ...], Line, Line | None]:
    assert counting.rows is not None
    cells = _taken(tables, counting.table, counting.rows)
    whole = counting.whole
    of = cells if whole is None else _taken(tables, whole.table, whole.rows)
    # Only where the whole is the sum of the rows does a masked part move both.
    inside = whole is None
    wholes = _grouped(of, over)
    names = (*over, *(name for name in counting.by if name not in over))
    lines = [
        _line(codes, part, wholes[codes[: len(over)]], mask, inside=inside)
        for codes, part in _grouped(cells, names).items()
    ]
    lines.sort(key=lambda line: _rank(names, len(over), line))
    total = _one(of)
    headline = None
    quoted: dict[_Key, _Sum] = {}
    if counting.part is not None:
        part = [cell for cell in cells if counting.part.takes(cell.codes)]
        quoted = _grouped(part, over)
        headline = _line((), _one(part), total, mask, inside=inside)
    series = [
        _line(codes, quoted.get(codes, _Sum()), sum_, mask, inside=inside)
        if counting.part is not None
        else _line(codes, sum_, sum_, mask, inside=inside)
        for codes, sum_ in wholes.items()
    ]
    series.sort(key=lambda line: line.codes)
    shown = tuple(series) if over else ()
    return tuple(lines), shown, _line((), total, None, mask, inside=True), headline


def _one(cells: Iterable[Cell]) -> _Sum:
    total = _Sum()
    for cell in cells:
        total.add(cell)
    return total


def _rank(names: tuple[str, ...], over: int, line: Line) -> tuple[object, ...]:
    """Order of the lines: by `over`, then by the order of known values, then the largest first."""
    known = tuple(
        _place(name, code) for name, code in zip(names[over:], line.codes[over:], strict=True)
    )
    return line.codes[:over], known, -(line.count if line.count is not None else -1), line.codes


def _place(name: str, code: str) -> int:
    order = ORDER.get(name, ())
    return order.index(code) if code in order else len(order)


def _line(codes: _Key, part: _Sum, of: _Sum | None, mask: Mask, *, inside: bool) -> Line:
    count = part.count if part.is_told(mask) else None
    unknown = count is None and part.is_absent
    line = Line(
        codes=codes,
        count=count,
        mask="" if count is not None or part.without or unknown else mask.text(part.masked),
        masked_cells=part.masked,
        least=part.count,
        most=None if unknown else part.most(mask),
    )
    if of is None:
        return line
    least = most = None
    if not unknown:
        least, most = _shares_inside(part, of, mask) if inside else _shares_of(part, of, mask)
    return Line(
        codes=line.codes,
        count=line.count,
        mask=line.mask,
        masked_cells=line.masked_cells,
        least=line.least,
        most=line.most,
        denominator=of.count if of.is_told(mask) else None,
        share=count / of.count if count is not None and of.told and of.count else None,
        share_least=least,
        share_most=most,
    )


def _shares_inside(part: _Sum, of: _Sum, mask: Mask) -> tuple[float | None, float | None]:
    """Bounds of the share of a part of its own whole."""
    rest = of.minus(part)
    part_most, rest_most = part.most(mask), rest.most(mask)
    least = most = None
    if rest_most is not None and part.count + rest_most:
        least = part.count / (part.count + rest_most)
    if part_most is not None and part_most + rest.count:
        most = part_most / (part_most + rest.count)
    return least, most


def _shares_of(part: _Sum, of: _Sum, mask: Mask) -> tuple[float | None, float | None]:
    """Bounds of what is counted of one thing per another."""
    part_most, of_most = part.most(mask), of.most(mask)
    least = part.count / of_most if of_most else None
    most = part_most / of.count if part_most is not None and of.count else None
    return least, most


# Ratios


def _ratios(
    counting: Counting, tables: Tables, over: tuple[str, ...], mask: Mask
) -> tuple[Line, ...]:
    lines: list[Line] = []
    reported = False
    for ratio in counting.lines:
        rows = _taken(tables, ratio.table, ratio.rows)
        of = _taken(tables, ratio.table, ratio.of)
        # What is missing is a part of what is there: told of nobody, it is not reported, and the
        # whole stands beside it. Where two things are set against each other both must be told.
        reported |= bool(rows or of and (mask.absent_is_zero or not counting.each))
        if counting.each:
            rows, of = _paired(rows, of, counting.each)
        parts, wholes = _grouped(rows, over), _grouped(of, over)
        keys = sorted(set(parts) | set(wholes)) if over else [()]
        for key in keys:
            codes, part, whole = (*key, ratio.code), parts.get(key, _Sum()), wholes.get(key, _Sum())
            if ratio.is_rest:
                lines.append(_rest_line(codes, part, whole, mask))
            else:
                lines.append(_line(codes, part, whole, mask, inside=False))
    if not reported:
        return ()
    if over:
        place = {ratio.code: number for number, ratio in enumerate(counting.lines)}
        lines.sort(key=lambda line: (line.codes[:-1], place[line.codes[-1]]))
    return tuple(lines)


def _rest_line(codes: _Key, told: _Sum, of: _Sum, mask: Mask) -> Line:
    """What is left of a whole without the parts that are told; masked parts are in it, and in the
    bounds. Nothing can be said where the parts are more than the whole, as a source that tells both
    may have it."""
    count = _rest(of.count if of.is_told(mask) else None, told)
    told_most, of_most = told.most(mask), of.most(mask)
    only_masks = of.masked and not (of.told or of.without or told.count)
    line = Line(
        codes=codes,
        count=count,
        mask=mask.text(of.masked) if only_masks else "",
        masked_cells=of.masked + told.masked,
        most=of_most if only_masks else None,
        denominator=of.count if of.is_told(mask) else None,
    )
    if count is None:
        return line
    return replace(
        line,
        least=0 if told_most is None else max(0, of.count - told_most),
        most=None if of_most is None else of_most - told.count,
        share=count / of.count if of.count else None,
        share_least=max(0.0, 1 - told_most / of.count) if told_most is not None and of.count else 0,
        share_most=1 - told.count / of_most if of_most else None,
    )


def _paired(
    rows: list[Cell], of: list[Cell], each: tuple[str, ...]
) -> tuple[list[Cell], list[Cell]]:
    """The cells of both whose `each` (state and year) is told on both sides; else a ratio would
    set the convicted of one state against the victims of another."""
    parts, wholes = _grouped(rows, each), _grouped(of, each)
    both = {
        key
        for key, part in parts.items()
        if key in wholes and _is_whole(part) and _is_whole(wholes[key])
    }

    def chosen(cells: list[Cell]) -> list[Cell]:
        return [cell for cell in cells if tuple(cell.codes[name] for name in each) in both]

    return chosen(rows), chosen(of)


def _is_whole(found: _Sum) -> bool:
    return found.told > 0 and not found.masked and not found.without


# What is not counted


def _missing(counting: Counting, tables: Tables, mask: Mask) -> Missing:
    left = counting.missing
    if left is None:
        return Missing(None, None, None)
    whole = _one(_taken(tables, left.table, left.of))
    of = whole.count if whole.is_told(mask) else None
    count: int | None
    if left.rows:
        part = _one(cell for cell in tables.get(left.table, ()) if left.takes(cell.codes))
        count = part.count if part.is_told(mask) else None
    else:
        count = _rest(of, _one(_counted(counting, tables)))
    return Missing(count, of, count / of if of and count is not None else None)


def missing_in(
    counting: Counting, tables: Tables, mask: Mask, name: str
) -> tuple[tuple[str, Missing], ...]:
    """What is not counted, for each value of a dimension that every cell tells; the values of which
    there is no whole are left out, for nothing can be missing of it."""
    apart: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for table, cells in tables.items():
        for cell in cells:
            apart[cell.codes[name]][table].append(cell)
    found = ((code, _missing(counting, apart[code], mask)) for code in sorted(apart))
    return tuple((code, missing) for code, missing in found if missing.of)


def _rest(of: int | None, counted: _Sum) -> int | None:
    """What is left of a whole; masked counts are in it, and where no part is told it is all that is
    left. None where the parts are more than the whole, as a source that tells both may have it:
    then nothing can be said."""
    return None if of is None or counted.count > of else of - counted.count
