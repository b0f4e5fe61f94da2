"""One record of HTCDS 2.0, and how it lies in a row of any format. Pure.

A record has at most one value of a field; of the sections in `fields.GROUPS` it may have several
entries. A row holds one entry of such a section in the standard's own fields; several lie as JSON
in a field of ours. What the official files write in another way comes right here, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ayni.statistics.htcds import fields, values
from ayni.statistics.htcds.fields import GROUPS, Field
from ayni.statistics.htcds.values import Cell, Unfit, Value

Entry = Mapping[str, Value]
METHODS, DEFINED = "vic_MethodsOfControl", "ayni_MethodsOfControlDefined"
INDUSTRY, INDUSTRIES = "vic_ForcedLabourIndustry", "ayni_ForcedLabourIndustries"
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Record:
    """`values`: field -> value; `groups`: prefix of a section -> its entries, in order."""

    values: Mapping[str, Value] = field(default_factory=dict)
    groups: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: its number as the program that made it shows it, and its cells by field.
    `columns`: how that program calls the column of a field, where it is not its name."""

    row: int
    cells: Mapping[str, Cell]
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: in which sheet (or file), row (0: the whole sheet) and column, the value as
    found, and what was expected."""

    sheet: str
    row: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """One sentence; of a long value only its beginning."""
        parts = [self.sheet]
        if self.row:
            parts.append(_("row %(row)s") % {"row": self.row})
        if self.column:
            parts.append(_("column %(column)s") % {"column": self.column})
        said = _("expected %(expected)s") % {"expected": self.expected}
        found = f"{shown(self.value)}: " if self.value else ""
        return f"{', '.join(parts)}: {found}{said}"


@dataclass(frozen=True, slots=True)
class Change:
    """A value or name that was put right: as found, and what it became."""

    sheet: str
    row: int
    column: str
    found: str
    became: str


@dataclass(slots=True)
class Reading:
    """What a file holds: records with the number of their row, problems, and what was put right."""

    records: list[tuple[int, Record]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def shown(value: object) -> str:
    """A value as a message shows it: short, in quotation marks, without line breaks."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")


def take(lines: Iterable[Line], *, sheet: str, today: date, separator: str = ";") -> Reading:
    """Read every line; one with a problem gives no record. Lines without any value are passed over.

    `today`: no day that has passed lies behind it.
    """
    reading = Reading()
    for line in lines:
        taking = _Taking(line, sheet, today, separator)
        record = taking.record()
        reading.problems += taking.problems
        reading.changes += taking.changes
        if not taking.problems and (record.values or record.groups):
            reading.records.append((line.row, record))
    return reading


def several_of_form(cells: dict[str, Cell]) -> dict[str, Cell]:
    """The cells of a submission: the form allows several industries where the table has one
    (trap 5)."""
    several = cells.get(INDUSTRY)
    if isinstance(several, str) and len(several.split()) > 1 and INDUSTRIES not in cells:
        words = fields.code_words(INDUSTRY)
        if all(fields.folded(part) in words for part in several.split()):
            return {**cells, INDUSTRY: several.split()[0], INDUSTRIES: several}
    return cells


@dataclass(slots=True)
class _Taking:
    """Reading of one line."""

    line: Line
    sheet: str
    today: date
    separator: str
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def record(self) -> Record:
        known = fields.fields()
        cells = self._moved(dict(self.line.cells))
        plain: dict[str, Value] = {}
        entries: dict[str, dict[str, Value]] = {}
        several: dict[str, tuple[Entry, ...]] = {}
        for name, cell in cells.items():
            one = known[name]
            if one.kind == "group":
                if found := self._group(one, cell):
                    several[one.group] = found
                continue
            value = self._read(one, cell, name)
            if value is None:
                continue
            if one.prefix in GROUPS and not one.is_own:
                entries.setdefault(one.prefix, {})[name] = value
            else:
                plain[name] = value
        for prefix in set(entries) & set(several):
            name = GROUPS[prefix]
            self._problem(name, cells[name], _("nothing: %(one)s is filled in as well") % {
                "one": ", ".join(entries[prefix])})  # fmt: skip
        self._industries(plain)
        groups = {**{prefix: (entry,) for prefix, entry in entries.items()}, **several}
        return Record(plain, groups)

    def _read(self, one: Field, cell: Cell, column: str) -> Value | None:
        try:
            taken = values.read(one, cell, today=self.today, separator=self.separator)
        except Unfit as unfit:
            self._problem(column, cell, str(unfit))
            return None
        if taken is None:
            return None
        if taken.put_right:
            became = values.write(one, taken.value)
            if str(cell) != became:
                self._change(column, cell, became)
        return taken.value

    def _group(self, one: Field, cell: Cell) -> tuple[Entry, ...]:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return ()
        section = {each.name: each for each in fields.in_section(one.group)}
        wanted = _("a list of entries with the fields %(names)s, as JSON") % {
            "names": ", ".join(section)
        }
        try:
            listed = values.loads(cell) if isinstance(cell, str) else None
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or not all(
            isinstance(entry, dict) and entry and set(entry) <= set(section) for entry in listed
        ):
            self._problem(one.name, cell, wanted)
            return ()
        found: list[Entry] = []
        for entry in listed:
            kept: dict[str, Value] = {}
            for name, told in entry.items():
                try:
                    value = self._read(section[name], cell_of_json(section[name], told), one.name)
                except Unfit as unfit:
                    self._problem(one.name, values.dumps(told), str(unfit))
                    continue
                if value is not None:
                    kept[name] = value
            if kept:
                found.append(kept)
        return tuple(found)

    def _moved(self, cells: dict[str, Cell]) -> dict[str, Cell]:
        """Methods that the standard defines and does not list go to our field (trap 8)."""
        given = cells.get(METHODS)
        if not isinstance(given, str):
            return cells
        words = fields.code_words(DEFINED)
        listed = fields.code_words(METHODS)
        parts = [part for part in given.replace("\n", ";").split(";") if part.strip()]
        if self.separator == " " and not all(fields.folded(part) in listed for part in parts):
            parts = given.split()
        moved = [
            part
            for part in parts
            if fields.folded(part) in words and fields.folded(part) not in listed
        ]
        if not moved:
            return cells
        codes = [words[fields.folded(part)] for part in moved]
        left = self.separator.join(part for part in parts if part not in moved)
        before = cells.get(DEFINED)
        there = [before] if isinstance(before, str) and before.strip() else []
        for part, code in zip(moved, codes, strict=True):
            self._change(METHODS, part, f"{DEFINED}: {code}")
        return {**cells, METHODS: left, DEFINED: self.separator.join([*there, *codes])}

    def _industries(self, plain: dict[str, Value]) -> None:
        """One industry in the standard's field, all of them in ours where there are several."""
        first, every = plain.get(INDUSTRY), plain.get(INDUSTRIES)
        if not isinstance(every, tuple):
            return
        if first is not None and first not in every:
            self._problem(
                INDUSTRIES,
                values.write(fields.fields()[INDUSTRIES], every),
                _("%(code)s among them, as in %(column)s") % {"code": first, "column": INDUSTRY},
            )
            return
        first = first or every[0]
        plain[INDUSTRY] = first
        plain[INDUSTRIES] = (str(first), *(code for code in every if code != first))
        if len(every) == 1:
            del plain[INDUSTRIES]

    def _problem(self, name: str, cell: object, expected: str) -> None:
        column = self.line.columns.get(name, name)
        self.problems.append(Problem(self.sheet, self.line.row, column, str(cell), expected))

    def _change(self, name: str, found: object, became: str) -> None:
        column = self.line.columns.get(name, name)
        self.changes.append(Change(self.sheet, self.line.row, column, str(found), became))


def cells_of(record: Record) -> dict[str, Value]:
    """The row of a record: field -> value, in the order of the table. Several entries of a section
    are a list of entries under our field."""
    found: dict[str, Value] = dict(record.values)
    for prefix, entries in record.groups.items():
        if len(entries) == 1:
            found.update(entries[0])
        elif entries:
            found[GROUPS[prefix]] = [
                {name: json_of(fields.fields()[name], value) for name, value in entry.items()}
                for entry in entries
            ]
    return {name: found[name] for name in fields.fields() if name in found}


def text_of(record: Record, separator: str = ";") -> dict[str, str]:
    """The row of a record as text."""
    known = fields.fields()
    return {
        name: values.write(known[name], value, separator)
        for name, value in cells_of(record).items()
    }


def json_of(one: Field, value: Value) -> Any:
    """A value as JSON has it: numbers, true and false, lists of codes; days as text."""
    if one.kind in ("json", "group", "yes_no"):
        return value
    if isinstance(value, tuple):
        return list(value)
    text = values.write(one, value)
    if one.kind in values.NUMBERS:
        return int(text) if "." not in text else float(text)
    return text


def cell_of_json(one: Field, told: Any) -> Cell:
    """What JSON tells of a field, as a cell. Raises `Unfit` for another type than the field's."""
    if told is None:
        return None
    if one.kind in ("json", "group"):
        return values.dumps(told)
    if one.kind in fields.MANY:
        if not isinstance(told, list) or not all(
            isinstance(each, str) and ";" not in each for each in told
        ):
            raise Unfit(_("a list of codes, each in quotation marks"))
        return ";".join(told)
    if one.kind == "yes_no":
        if not isinstance(told, bool):
            raise Unfit(_("true or false, without quotation marks"))
        return told
    if one.kind in values.NUMBERS:
        if isinstance(told, bool) or not isinstance(told, int | float):
            raise Unfit(_("a number, without quotation marks"))
        return told
    if not isinstance(told, str):
        raise Unfit(_("text in quotation marks"))
    return told
