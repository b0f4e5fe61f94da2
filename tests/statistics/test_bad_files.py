"""A file that is not what it must be: a clear error, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.statistics import api as statistics
from ayni.statistics.models import Load
from tests.statistics.stories import Files, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BOM = "\ufeff".encode()


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(change(path.read_bytes())) and None


def _header(old: str, new: str) -> Callable[[Path], None]:
    return _bytes(lambda found: found.replace(old.encode(), new.encode(), 1))


BAD: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a column is missing": (
        "reports", _header("situacion,", ""), "missing: situacion"),
    "a column is unexpected": (
        "reports", _header("situacion,", "situacion,nombre,"), "unexpected: nombre"),
    "a column is called otherwise": (
        "persons", _header("referido_tipo", "tipo"), "missing: referido_tipo; unexpected: tipo"),
    "a column stands twice": (
        "reports", _header("origen,", "situacion,"), "missing: origen; twice: situacion"),
    "separated by semicolons": (
        "reports", _bytes(lambda found: found.replace(b",", b";")), "separated by ';'"),
    "Windows-1252": (
        "reports",
        _bytes(lambda found: found.decode("utf-8-sig").encode("cp1252")),
        "line 2 is not UTF-8: byte 574 of the file is 0xf3. It was probably saved as "
        "Windows-1252; open it in a spreadsheet and save it as CSV with the encoding UTF-8"),
    "a broken byte far down": (
        "persons",
        _bytes(lambda found: found.replace(b"mucha", b"much\xff")),
        "line 7 is not UTF-8: byte"),
    "UTF-16": (
        "reports", _bytes(lambda found: found.decode("utf-8-sig").encode("utf-16")), "UTF-16"),
    "a zero byte": (
        "reports", _bytes(lambda found: found.replace(b"Protex", b"Pro\0tex", 1)), "zero byte"),
    "a spreadsheet": (
        "reports", lambda path: path.write_bytes(b"PK\x03\x04\x00") and None, "not a CSV file"),
    "empty": ("reports", lambda path: path.write_bytes(b"") and None, "the file is empty"),
    "only a byte order mark": (
        "persons", lambda path: path.write_bytes(BOM) and None, "the file is empty"),
    "a header and no row": (
        "reports",
        _bytes(lambda found: found.split(b"\r\n", 1)[0]),
        "it has a header and no row"),
    "a row is too short": (
        "reports",
        _bytes(lambda found: found.replace(b"2020-01-02,,102,", b"2020-01-02,102,")),
        "row 3 has 28 values; the header has 29 columns"),
    "a quotation mark is not closed": (
        "persons",
        _bytes(lambda found: found.replace(b"999,", b'999,"', 1)),
        "row 9 cannot be read as CSV"),
    "absent": ("persons", lambda path: path.unlink(), "there is no such file"),
    "a folder": (
        "reports", lambda path: (path.unlink(), path.mkdir()) and None, "there is no such file"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BAD))
def test_a_file_of_the_wrong_form_is_refused_and_nothing_is_loaded(
    job: Actor, files: Files, what: str
) -> None:
    kind, spoil, sentence = BAD[what]
    spoil(getattr(files, kind))

    with pytest.raises(statistics.FileRefused) as refused:
        load(job, files)

    assert sentence in str(refused.value)
    assert f"{kind}.csv" in str(refused.value)
    assert str(refused.value).endswith("Nothing was loaded.")
    assert not cases.Notice.objects.exists()
    assert not Load.objects.exists()


CELLS = {
    "an unreadable date": (
        "reports", 3, {"fecha_ingreso": "04/01/2020"},
        "row 5, column fecha_ingreso: '04/01/2020'; expected a date as 2020-12-31"),
    "a day that does not exist": (
        "reports", 0, {"fecha_ingreso": "2020-02-30"}, "row 2, column fecha_ingreso"),
    "no date": ("reports", 0, {"fecha_ingreso": ""}, "expected a date as"),
    "a future date": (
        "reports", 1, {"fecha_ingreso": "2027-01-01"},
        "row 3, column fecha_ingreso: '2027-01-01'; expected a date that is not in the future "
        "(today is 2026-11-25)"),
    "an unreadable time of referral": (
        "reports", 0, {"derivacion_fecha": "1/1/2020 8pm"},
        "row 2, column derivacion_fecha: '1/1/2020 8pm'; expected a date and time as"),
    "a future referral": (
        "reports", 2, {"derivacion3_fecha": "2026-11-25 23:00"},
        "row 4, column derivacion3_fecha"),
    "a future date of a person": (
        "persons", 0, {"fecha_ingreso_denuncia": "2999-01-01"}, "not in the future"),
    "a number with letters": (
        "persons", 4, {"nro_registro_interno": "A-1"},
        "row 6, column nro_registro_interno: 'A-1'; expected the number of the report"),
    "no number": ("reports", 4, {"nro_registro_interno": ""}, "row 6, column nro_registro"),
    "a report that stands twice": (
        "reports", 5, {"nro_registro_interno": "101"},
        "row 7, column nro_registro_interno: report 101 stands in row 2 already"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(CELLS))
def test_a_value_that_makes_the_file_unreliable_is_named_and_nothing_is_loaded(
    job: Actor, files: Files, what: str
) -> None:
    kind, index, cells, sentence = CELLS[what]
    files.change(kind, index, **cells)

    with pytest.raises(statistics.FileRefused) as refused:
        load(job, files)

    assert sentence in str(refused.value)
    assert not cases.Notice.objects.exists()


def test_the_file_of_persons_in_the_place_of_reports_is_told(job: Actor, files: Files) -> None:
    with pytest.raises(statistics.FileRefused, match="the file of persons, given in the place of"):
        load(job, Files(files.persons, files.reports))
    with pytest.raises(statistics.FileRefused, match="the file of reports, given in the place of"):
        load(job, Files(files.reports, files.reports))


def test_persons_of_other_months_are_told(job: Actor, files: Files) -> None:
    rows = [{**row, "nro_registro_interno": "77"} for row in files.rows("persons")]
    files.write("persons", rows)

    with pytest.raises(statistics.FileRefused, match="of the same months"):
        load(job, files)


def test_many_problems_are_shown_up_to_twenty_and_counted(job: Actor, files: Files) -> None:
    row = files.rows("reports")[0]
    files.write("reports", [{**row, "fecha_ingreso": "never"} for _ in range(30)])

    with pytest.raises(statistics.FileRefused) as refused:
        load(job, files)

    assert (len(refused.value.problems), refused.value.more) == (20, 10)
    assert "and 10 more" in str(refused.value)
    assert "row 21, column fecha_ingreso" in str(refused.value)
