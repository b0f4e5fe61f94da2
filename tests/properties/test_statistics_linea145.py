"""Reading the hotline's files: nothing is lost, nothing is guessed, nothing falls over."""

from __future__ import annotations

import csv
import io
import itertools
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics import linea145
from ayni.statistics.csv_table import BOM, LONGEST_LINE, Row, TableRefused, read_rows
from ayni.statistics.linea145 import TREATMENTS, Why

pytestmark = pytest.mark.usefixtures("english")  # what is wrong is said in a language

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COLUMNS = ("a", "b", "c")
# All text that UTF-8 can carry, without the zero byte, which no text file holds.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TABLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS).filter(any), max_size=8)


def _lines(content: bytes) -> list[bytes]:
    return io.BytesIO(content).readlines()


def _written(rows: list[tuple[str, ...]], columns: tuple[str, ...], *, bom: bool) -> bytes:
    out = io.StringIO(newline="")
    write = csv.writer(out)
    write.writerow(columns)
    write.writerows(rows)
    return (BOM if bom else b"") + out.getvalue().encode()


@given(TABLES, st.booleans(), st.permutations(COLUMNS))
def test_what_is_written_as_csv_is_read_again(
    rows: list[tuple[str, ...]], bom: bool, columns: list[str]
) -> None:
    content = _written(rows, tuple(columns), bom=bom)

    found = list(read_rows(_lines(content), COLUMNS))

    assert [tuple(row.cells[name] for name in columns) for row in found] == rows
    assert [row.number for row in found] == list(range(2, len(rows) + 2))


@given(TABLES, st.integers(0, 10_000), st.sampled_from([0xFF, 0xC0, 0xF8]))
def test_a_byte_that_is_not_utf_8_is_named(
    rows: list[tuple[str, ...]], place: int, byte: int
) -> None:
    content = bytearray(_written(rows, COLUMNS, bom=False))
    start = content.index(b"\n") + 1
    place = start + place % (len(content) - start + 1)
    content.insert(place, byte)
    # The first byte that breaks may be the one before, if the new one cuts a letter in two.
    first = _first_wrong(bytes(content))

    with pytest.raises(TableRefused, match=rf"byte {first + 1} of the file is 0x"):
        list(read_rows(_lines(bytes(content)), COLUMNS))


def _first_wrong(content: bytes) -> int:
    try:
        content.decode()
    except UnicodeDecodeError as wrong:
        return wrong.start
    raise AssertionError


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = list(read_rows(_lines(content), COLUMNS))
    except TableRefused:
        return
    assert all(set(row.cells) == set(COLUMNS) for row in found)


def test_rows_pass_through_one_by_one() -> None:
    def endless() -> Iterator[bytes]:
        yield b"a,b,c\n"
        yield from itertools.repeat(b"1,2,3\n")

    tracemalloc.start()
    for row in itertools.islice(read_rows(endless(), COLUMNS), 20_000):
        assert row.cells["b"] == "2"
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(TableRefused, match="line 2 is longer"):
        list(read_rows([b"a,b,c\n", b"x" * LONGEST_LINE], COLUMNS))


LISTS: dict[str, dict[str, str]] = {
    "situacion": linea145.SITUATIONS,
    "tema": linea145.TRACKS,
    "es_anonima": linea145.YES_NO,
    "via_ingreso": linea145.CHANNELS,
    "denunciante_tipo": linea145.INFORMANTS,
    "referido_tipo": linea145.ROLES,
    "genero": linea145.GENDERS,
    "embarazada": linea145.YES_NO,
}


def _cell(column: str) -> st.SearchStrategy[str]:
    known = list(LISTS.get(column, {}))
    return st.sampled_from(["", *known, *(value.upper() for value in known)]) | TEXTS


DAYS = st.dates(date(2008, 1, 1), date(2026, 11, 24)).map(date.isoformat)
MOMENTS = st.builds("{} {:02}:{:02}".format, DAYS, st.integers(0, 23), st.integers(0, 59))


def _rows(columns: tuple[str, ...], dates: dict[str, st.SearchStrategy[str]]) -> Any:
    cells = {name: dates.get(name, _cell(name)) for name in columns}
    cells["nro_registro_interno"] = st.integers(0, 10**39).map(str)
    return st.builds(Row, st.integers(2, 10**6), st.fixed_dictionaries(cells))


REPORTS = _rows(
    linea145.REPORT_COLUMNS,
    {
        "fecha_ingreso": DAYS,
        **{f"derivacion{n}_fecha": MOMENTS | st.just("") for n in ("", "2", "3")},
    },
)
PERSONS = _rows(linea145.PERSON_COLUMNS, {"fecha_ingreso_denuncia": DAYS | st.just("")})


def _nothing_is_lost(row: Row, reading: linea145.Reading) -> None:
    """A value of a list is counted under its code, or stands in the log; never neither."""
    for column, codes in LISTS.items():
        value = row.cells.get(column, "")
        if not value.strip():
            continue
        coded = [code for name, found, code in reading.coded if name == column and found == value]
        logged = [found for found in reading.findings if found.column == column]
        assert coded or logged
        assert all(code in codes.values() for code in coded)
        if value not in codes:
            assert logged
    assert all(found.found == row.cells[found.column] for found in reading.findings)
    assert all(found.row == row.number for found in reading.findings)


@given(REPORTS)
def test_a_report_keeps_its_row_and_loses_nothing(row: Row) -> None:
    report, reading = linea145.read_report(row, now=NOW)

    assert report is not None
    assert report.original == row.cells
    _nothing_is_lost(row, reading)
    entered = date.fromisoformat(row.cells["fecha_ingreso"])
    assert report.received_at.astimezone(linea145.ZONE).date() == entered
    for link in report.chain:
        name = "derivacion" if link.ordinal == 1 else f"derivacion{link.ordinal}"
        assert (link.referred_at is None) == (not row.cells[f"{name}_fecha"])
        assert len(link.body) <= linea145.LONGEST_BODY
        if link.referred_at is not None:
            told = any(
                found.why is Why.BEFORE_ENTRY and found.column == f"{name}_fecha"
                for found in reading.findings
            )
            assert told == (link.referred_at.astimezone(linea145.ZONE).date() < entered)


@given(PERSONS)
def test_a_person_keeps_its_row_and_loses_nothing(row: Row) -> None:
    person, reading = linea145.read_person(row, now=NOW)

    assert person is not None
    assert person.details["original"] == row.cells
    _nothing_is_lost(row, reading)
    assert (person.nationality == "missing") == (not row.cells["nacionalidad"].strip())
    age = person.details.get("age")
    if age is None and row.cells["edad_aparente"].strip():
        assert "edad_aparente" in {found.column for found in reading.findings}
    if not person.role:
        assert Why.NO_ROLE in {found.why for found in reading.findings}


@given(REPORTS, st.sampled_from(["fecha_ingreso", "derivacion_fecha", "derivacion3_fecha"]),
       TEXTS.filter(lambda text: text.strip() and not text.strip()[:1].isdigit()))  # fmt: skip
def test_a_date_that_cannot_be_read_is_a_problem_with_its_place(
    row: Row, column: str, text: str
) -> None:
    spoiled = Row(row.number, {**row.cells, column: text})

    report, reading = linea145.read_report(spoiled, now=NOW)

    assert report is None
    assert [(p.row, p.column, p.found) for p in reading.problems] == [(row.number, column, text)]


@given(REPORTS, st.integers(1, 3_000))
def test_no_date_of_the_future_is_taken(row: Row, days: int) -> None:
    ahead = (NOW.astimezone(linea145.ZONE).date() + timedelta(days=days)).isoformat()
    for column, value in (("fecha_ingreso", ahead), ("derivacion2_fecha", f"{ahead} 00:00")):
        report, reading = linea145.read_report(
            Row(row.number, {**row.cells, column: value}), now=NOW
        )
        assert report is None
        assert "future" in reading.problems[0].expected


@given(REPORTS, st.sampled_from(["es", "pt-br"]))
def test_a_referral_of_the_future_is_refused_in_the_readers_language(
    row: Row, language: str
) -> None:
    spoiled = Row(row.number, {**row.cells, "derivacion_fecha": "2999-01-01 10:00"})
    with translation.override(language):
        _report, reading = linea145.read_report(spoiled, now=NOW)
    (problem,) = reading.problems
    assert "futur" in problem.expected
    assert "in the future" not in problem.expected
    assert NOW.isoformat() in problem.expected


def test_every_reason_says_what_was_done() -> None:
    assert set(TREATMENTS) == set(Why)
