"""What a row of UNODC's GLOTIP export means. Pure: `today` is an argument.

Source: UNODC, Global Report on Trafficking in Persons, data portal, sheet `data_glotip_1`: a title,
the date of the export, a header in row 3, then one count a row. The counts stand as text.

* "<5" is a mask: never a number, never 0. Nothing else masks.
* A row that counts everybody (Sex or Age "Total", Category "TOTAL") stands beside its parts and is
  never added to them: each row keeps its dimensions, and an indicator names which rows it counts.
* What is in the way of any reading (a number, a year, a column) is a `Problem`; a file with one is
  not loaded at all. What can be kept as written leaves a `Remark`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from ayni.statistics.problem import Problem
from ayni.statistics.sources import citizenships
from ayni.statistics.sources.citizenships import How, Kind
from ayni.statistics.sources.workbook import Cell, WorkbookRefused

SOURCE = "glotip"
SHEET = "data_glotip_1"
TITLE = "UNODC"
HEADER_ROW = 3
COLUMNS = (
    "Iso3_code", "Country", "Region", "Subregion", "Indicator", "Dimension", "Category", "Sex",
    "Age", "Year", "Unit of measurement", "txtVALUE", "Source",
)  # fmt: skip
FIRST_YEAR = 2000  # the Protocol against trafficking in persons is of that year
MASK = "<5"
# Nothing of the kind was ever counted in one row; such numbers are ids of questions that slipped in
# ("6,112,019" is question 6.1, line 1, year 2019).
LARGEST_COUNT = 1_000_000
LONGEST_TEXT = 200

MEASURES = {
    "Detected trafficking victims": "detected",
    "Persons convicted": "convicted",
    "Persons prosecuted": "prosecuted",
    "Persons brought into formal contact": "contacted",
    "Offences of trafficking in persons": "offences",
}
SPLITS = {
    "Total": "total",
    "by form of exploitation": "form",
    "by citizenship": "citizenship",
    "by country of repatriation": "repatriation",
}
FORMS = {
    "Forced labour": "forced_labour",
    "Sexual exploitation": "sexual",
    "Other forms of exploitation": "other",
}
SEXES = {
    "Total": "all",
    "Female": "female",
    "Male": "male",
    "Other": "other",
    "Unknown": "unknown",
}
AGES = {
    "Total": "all",
    "18 years or over": "adult",
    "0 to 17 years": "child",
    "Unknown": "unknown",
}
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+")


class Why(StrEnum):
    """Why a value is in the log."""

    SPACES = "spaces"
    SPELLED = "spelled"
    OWN_STATE = "own_state"
    LOST_LETTER = "lost_letter"
    NO_CODE = "no_code"
    EMPTY = "empty"
    NOT_IN_LIST = "not_in_list"
    NOT_A_COUNT = "not_a_count"
    SAME_KEY = "same_key"
    THOUSANDS = "thousands"
    CUT = "cut"


_HOW = {
    How.SPELLED: Why.SPELLED,
    How.OWN_STATE: Why.OWN_STATE,
    How.LOST_LETTER: Why.LOST_LETTER,
    How.NO_CODE: Why.NO_CODE,
    How.EMPTY: Why.EMPTY,
    How.NOT_IN_LIST: Why.NOT_IN_LIST,
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One row in codes. `state` is alpha-2, empty for a territory without a code. `count` is None
    where the row masks (`mask` is "<5") or holds no count at all (`mask` is empty)."""

    row: int
    state: str
    country: str
    region: str
    subregion: str
    measure: str
    split: str
    category: str
    category_text: str
    sex: str
    age: str
    year: int
    count: int | None
    mask: str
    told: str

    @property
    def key(self) -> tuple[str | int, ...]:
        """What the row counts; two rows with one key cannot both be the whole of it."""
        return (
            self.state or self.country, self.measure, self.split, self.category_text, self.sex,
            self.age, self.year,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """A value that did not become exactly what it says. `row` as a spreadsheet counts."""

    row: int
    column: str
    found: str
    became: str
    why: Why


def in_sheet(sheet: str, problem: Problem) -> str:
    """A problem with the name of its sheet."""
    return _("sheet %(sheet)s, %(problem)s") % {"sheet": sheet, "problem": problem}


def no_rows(sheet: str) -> str:
    """What is wrong with a sheet that has a header and nothing else."""
    return _("sheet %(sheet)s has a header and no row. Download it again.") % {"sheet": sheet}


@dataclass(slots=True)
class Reading:
    """What reading one row found beside its meaning."""

    row: int
    cells: Mapping[str, Cell]
    remarks: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, column: str) -> str:
        """The value as text, without spaces around it or doubled in it (told, once)."""
        if column not in self.texts:
            found = _as_text(self.cells[column])
            even = " ".join(found.split())
            if even != found:
                self.note(column, even, Why.SPACES)
            if len(even) > LONGEST_TEXT:
                self.note(column, even[:LONGEST_TEXT], Why.CUT)
            self.texts[column] = even[:LONGEST_TEXT]
        return self.texts[column]

    def note(self, column: str, became: str, why: Why) -> None:
        """Add a remark about the value of this column."""
        found = _as_text(self.cells[column])[:LONGEST_TEXT]
        self.remarks.append(Remark(self.row, column, found, became, why))

    def refuse(self, column: str, expected: str) -> None:
        """Add a problem with the value of this column."""
        self.problems.append(Problem(self.row, column, _as_text(self.cells[column]), expected))

    def code(self, column: str, codes: Mapping[str, str]) -> str:
        """The code of a value that must be one of the list."""
        found = self.text(column)
        if found not in codes:
            self.refuse(column, _("one of: %(values)s") % {"values": ", ".join(codes)})
        return codes.get(found, "")


def _as_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


# The first rows


def read_head(rows: Sequence[Sequence[Cell]], *, today: date) -> date:
    """The date of the export, from the first rows of the sheet (at least ten, if there are).

    Raises `WorkbookRefused` for another header, one in another place, or a date that is none or is
    in the future.
    """
    _check_header(rows)
    found = rows[1][0]
    told = found.strftime("%d/%m/%Y") if isinstance(found, date) else str(found).strip()
    try:
        if not re.fullmatch(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", told):
            raise ValueError
        made = datetime.strptime(told, "%d/%m/%Y").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise WorkbookRefused(
            _("row 2, column A: %(found)s; expected the date of the export, as 14/04/2025")
            % {"found": repr(told[:40])}
        ) from None
    if made > today:
        raise WorkbookRefused(
            _(
                "row 2, column A: %(found)s; expected a date that is not in the future (today is "
                "%(today)s)"
            )
            % {"found": repr(told), "today": today.isoformat()}
        )
    return made


def _check_header(rows: Sequence[Sequence[Cell]]) -> None:
    here = [str(cell).strip() for cell in rows[HEADER_ROW - 1]] if len(rows) >= HEADER_ROW else []
    while here and not here[-1]:
        here.pop()
    if tuple(here) == COLUMNS:
        return
    elsewhere = _header_elsewhere(rows)
    if elsewhere is not None:
        row, column = elsewhere
        raise WorkbookRefused(
            _(
                "the header stands in row %(row)s from column %(column)s on; expected in row "
                "%(wanted)s from column A on. Remove what was put before it."
            )
            % {"row": row, "column": _letter(column), "wanted": HEADER_ROW}
        )
    for place, wanted in enumerate(COLUMNS):
        found = here[place] if place < len(here) else ""
        if found != wanted:
            raise WorkbookRefused(
                _("row %(row)s, column %(column)s: %(found)s; expected %(wanted)s")
                % {
                    "row": HEADER_ROW,
                    "column": _letter(place),
                    "found": repr(found[:40]),
                    "wanted": repr(wanted),
                }
            )
    raise WorkbookRefused(
        _("row %(row)s, column %(column)s: %(found)s; expected no further column")
        % {
            "row": HEADER_ROW,
            "column": _letter(len(COLUMNS)),
            "found": repr(here[len(COLUMNS)][:40]),
        }
    )


def _header_elsewhere(rows: Sequence[Sequence[Cell]]) -> tuple[int, int] | None:
    for number, cells in enumerate(rows, 1):
        texts = [str(cell).strip() for cell in cells]
        for place in range(len(texts) - len(COLUMNS) + 1):
            here = (number, place) == (HEADER_ROW, 0)
            if not here and tuple(texts[place : place + len(COLUMNS)]) == COLUMNS:
                return number, place
    return None


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else str(place + 1)


# A row


def read_rows(rows: Iterator[Sequence[Cell]], *, first: int) -> Iterator[Reading]:
    """The rows with their numbers, `first` being that of the first; empty ones are passed over."""
    for number, cells in enumerate(rows, first):
        given = [*cells[: len(COLUMNS)], *[""] * (len(COLUMNS) - len(cells))]
        if any(cell != "" for cell in given):
            yield Reading(number, dict(zip(COLUMNS, given, strict=True)))


def read_row(reading: Reading, *, today: date) -> Observation | None:
    """What a row says; None if it has a problem."""
    state = _state(reading)
    measure = reading.code("Indicator", MEASURES)
    split = reading.code("Dimension", SPLITS)
    sex, age = reading.code("Sex", SEXES), reading.code("Age", AGES)
    reading.code("Unit of measurement", {"Counts": "counts"})
    year = _year(reading, today)
    count, mask, told = _count(reading)
    if reading.problems or year is None:
        return None
    category, text = _category(reading, split, state)
    if reading.problems:
        return None
    return Observation(
        row=reading.row,
        state=state,
        country=reading.text("Country"),
        region=reading.text("Region"),
        subregion=reading.text("Subregion"),
        measure=measure,
        split=split,
        category=category,
        category_text=text,
        sex=sex,
        age=age,
        year=year,
        count=count,
        mask=mask,
        told=told,
    )


def _state(reading: Reading) -> str:
    """A cell "NA" is Namibia and "NAM" as well; an empty one is a territory without a code."""
    found = reading.text("Iso3_code")
    if not found:
        named = citizenships.read(reading.text("Country"), reporting="")
        known = named.code if len(named.code) == 2 else ""
        reading.note("Iso3_code", known, Why.EMPTY)
        if not reading.text("Country"):
            reading.refuse("Country", _("the name of a country"))
        return known
    code = citizenships.alpha2(found)
    if not code:
        reading.refuse("Iso3_code", _("a code of ISO 3166-1, as NAM for Namibia, or nothing"))
    elif len(found) == 2:
        reading.note("Iso3_code", code, Why.SPELLED)
    return code


def _year(reading: Reading, today: date) -> int | None:
    found = reading.text("Year")
    if not re.fullmatch(r"[0-9]{4}", found) or int(found) < FIRST_YEAR:
        told = _("a year as 2020, from %(first)s on")
        reading.refuse("Year", told % {"first": FIRST_YEAR})
        return None
    if int(found) > today.year:
        told = _("a year that is not in the future (this year is %(year)s)")
        reading.refuse("Year", told % {"year": today.year})
        return None
    return int(found)


def keys_told_twice(observations: Iterable[Observation]) -> Iterator[Remark]:
    """Rows that count the same as an earlier row. Both are kept, for nobody can say which is meant:
    they may be parts of one whole that the export does not tell apart."""
    first: dict[tuple[str | int, ...], int] = {}
    for each in observations:
        before = first.setdefault(each.key, each.row)
        if before != each.row:
            yield Remark(each.row, "txtVALUE", each.told, str(before), Why.SAME_KEY)


def _count(reading: Reading) -> tuple[int | None, str, str]:
    """(the count, the mask, the text). Masks and what is no count have no number."""
    found = reading.text("txtVALUE")
    if found == MASK:
        return None, MASK, found
    if not _THOUSANDS.fullmatch(found):
        reading.refuse(
            "txtVALUE", _("a whole number that is not negative, as 12 or 1,234, or the mask <5")
        )
        return None, "", found
    number = int(found.replace(",", ""))
    if number >= LARGEST_COUNT:
        reading.note("txtVALUE", "", Why.NOT_A_COUNT)
        return None, "", found
    if "," in found:
        reading.note("txtVALUE", str(number), Why.THOUSANDS)
    return number, "", found


def _category(reading: Reading, split: str, state: str) -> tuple[str, str]:
    """(code, text): a form, or a country or what a source says in its place."""
    if split == "total":
        return reading.code("Category", {"Total": ""}), ""
    if split == "form":
        return reading.code("Category", FORMS), reading.text("Category")
    text = reading.text("Category")
    read = citizenships.read(text, reporting=state)
    if read.how in _HOW:
        reading.note("Category", "" if read.code == Kind.UNCLEAR else read.code, _HOW[read.how])
    return read.code, text
