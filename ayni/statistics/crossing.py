"""A published table as rows and columns with its totals; what is not told of each column. Pure.

The content of a release is a list of lines. A line without a code for a column is the total over
that column, as its method published it. Where a table has no such lines and hides nothing, a total
is the sum of its cells (`Cross.added`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.joint import NOT_TOLD

Code = str | None
Place = tuple[Code, Code]
# Codes that say of a value that nobody told it, in whatever list of values it stands.
UNTOLD = frozenset({"", NOT_TOLD, "unknown", "Unknown", "missing"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a table of three or more columns: a code for each column of `by` (None: all
    together). A table of fewer has one part, which names no column."""

    by: tuple[str, ...]
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Cross:
    """`row` and `column` are the columns that are crossed (empty: none), `rows` and `columns` their
    codes, `cells` a line for each place, None standing for all together. `added`: whether totals
    were added up here."""

    row: str
    column: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Place, Line]
    added: bool

    def line(self, row: Code, column: Code) -> Line | None:
        """What the table says of one place; None if it says nothing."""
        return self.cells.get((row, column))

    @property
    def by_rows(self) -> bool:
        """Whether each row has a total."""
        return bool(self.column) and all((each, None) in self.cells for each in self.rows)

    @property
    def by_columns(self) -> bool:
        """Whether each column has a total."""
        return bool(self.row) and all(
            (None, each) in self.cells for each in self.columns or (None,)
        )


@dataclass(frozen=True, slots=True)
class Under:
    """How many records stand under a code of a column. `count`, `of`: None where not shown."""

    column: str
    code: str
    count: int | None
    of: int | None

    @property
    def share(self) -> float | None:
        """0 to 1, of what is shown; None where it cannot be said. What was rounded or changed may
        not be more than its whole."""
        if self.count is None or not self.of:
            return None
        return min(self.count / self.of, 1.0)


def crossed_by(table: Shown) -> tuple[str, str]:
    """Which columns stand as rows and as columns: those with most values, the longer one as rows;
    empty where there is none."""
    longest = sorted(table.by, key=lambda name: (-len(_codes(table, name)), table.by.index(name)))
    row, column, *_rest = [*longest[:2], "", ""]
    return row, column


def parts(table: Shown) -> list[Part]:
    """The parts of a table, in the order of its lines; all together first where it says that."""
    apart = tuple(name for name in table.by if name not in crossed_by(table))
    found = {tuple(_of(table, line, apart)): None for line in table.lines}
    return [Part(apart, each) for each in sorted(found, key=lambda codes: codes.count(None) * -1)]


def cross(table: Shown, part: Part) -> Cross:
    """One part of a table, crossed."""
    row, column = crossed_by(table)
    cells: dict[Place, Line] = {}
    for line in table.lines:
        if tuple(_of(table, line, part.by)) == part.codes:
            one, other = _of(table, line, (row, column))
            cells.setdefault((one, other), line)
    rows = tuple(each for each in _codes(table, row) if any(one == each for one, _ in cells))
    columns = tuple(each for each in _codes(table, column) if any(two == each for _, two in cells))
    added = bool(row) and not any(None in _needed(row, column, place) for place in cells)
    if added:
        cells |= _sums(rows, columns, cells)
    return Cross(row, column, rows, columns, cells, added and (None, None) in cells)


def _needed(row: str, column: str, place: Place) -> tuple[Code, ...]:
    """The codes of a place that a table can name at all."""
    return tuple(code for name, code in zip((row, column), place, strict=True) if name)


def _sums(
    rows: Sequence[str], columns: Sequence[str], cells: Mapping[Place, Line]
) -> dict[Place, Line]:
    """Totals of a table that shows every one of its cells; none of any other."""
    across: Sequence[Code] = columns or (None,)
    values = {place: cells[place].value for place in product(rows, across) if place in cells}
    if len(values) != len(rows) * len(across) or None in values.values():
        return {}
    whole = {place: value for place, value in values.items() if value is not None}
    found: dict[Place, Line] = {}
    for one, other in {(r, c) for row in rows for c in (*across, None) for r in (row, None)}:
        if (one, other) not in cells:
            told = [v for (r, c), v in whole.items() if one in (None, r) and other in (None, c)]
            found[one, other] = Line((), sum(told))
    return found


def whole(content: Content) -> tuple[Shown, int | None] | None:
    """The table of the longest period, and how many records it counts in all (None: not shown);
    None for a content without tables."""
    for table in content.tables:
        of = _of_column(table, table.by[0] if table.by else "")
        return table, of.get(None)
    return None


def untold(content: Content) -> list[Under]:
    """For each column that a table of the whole period shows and that has a code for it: how often
    its value was not told."""
    if not content.tables:
        return []
    where, found = content.tables[0].where, {}
    for table in sorted(content.tables, key=lambda each: len(each.by)):
        for name in table.by if table.where == where else ():
            counts = _of_column(table, name) if name not in found else {}
            codes = [code for code in counts if code in UNTOLD and code is not None]
            if len(codes) == 1:
                found[name] = Under(name, codes[0], counts[codes[0]], counts.get(None))
            elif codes:
                told = [counts[code] for code in codes]
                known = None if None in told else sum(each for each in told if each is not None)
                found[name] = Under(name, codes[0], known, counts.get(None))
    return list(found.values())


def under(content: Content, name: str, code: str) -> Under | None:
    """How many records the tables of the whole period count under a code of a column: a published
    number, else a sum where nothing is hidden. None where no table says anything of it."""
    found = None
    for table in sorted(content.tables, key=lambda each: len(each.by)):
        if name not in table.by or table.where != content.tables[0].where:
            continue
        counts = _of_column(table, name)
        if counts.get(code) is not None:
            return Under(name, code, counts[code], counts.get(None))
        if any(line.codes[table.by.index(name)] == code for line in table.lines):
            found = found or Under(name, code, None, counts.get(None))
    return found


def _of_column(table: Shown, name: str) -> dict[Code, int | None]:
    """How many records have each code of a column, and all together under None: published totals,
    else sums where nothing is hidden."""
    places = [place for place, each in enumerate(table.by) if each == name]
    margins = {
        line.codes[places[0]] if places else None: line.value
        for line in table.lines
        if all(code is None for place, code in enumerate(line.codes) if place not in places)
    }
    if len(margins) > 1 or not table.by:
        return margins if None in margins else {**margins, **_sum_of(margins)}
    found: dict[Code, int | None] = {}
    for line in table.lines:
        if None in line.codes or line.value is None or not places:
            return margins
        code = line.codes[places[0]]
        found[code] = (found.get(code) or 0) + line.value
    return {**found, **_sum_of(found)}


def _sum_of(counts: Mapping[Code, int | None]) -> dict[Code, int | None]:
    if not counts or None in counts.values():
        return {}
    return {None: sum(each for each in counts.values() if each is not None)}


def _codes(table: Shown, name: str) -> list[str]:
    """The codes of a column in the order of the lines."""
    if not name:
        return []
    place = table.by.index(name)
    return list(dict.fromkeys(c for line in table.lines if (c := line.codes[place]) is not None))


def _of(table: Shown, line: Line, names: Sequence[str]) -> list[Code]:
    return [line.codes[table.by.index(name)] if name else None for name in names]
