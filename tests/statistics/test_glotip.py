"""UNODC's workbook is loaded as it stands, once, whole or not at all, and every change is told."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.models import Observation
from ayni.statistics.sources import workbook
from tests.cast import Cast
from tests.statistics.workbooks import (
    BY,
    HEADER,
    citizens,
    load,
    row,
    sexes,
    sheet,
    write,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
Table = list[list[Any]]


def _observations(**told: Any) -> list[Observation]:
    return list(Observation.objects.filter(**told).order_by("row"))


def _log(imported: statistics.Imported) -> dict[tuple[str, str, str], tuple[str, int, int]]:
    """{(column, found, why): (became, first row, times)}"""
    return {
        (each.column, each.found, each.why): (each.became, each.first_row, each.times)
        for each in statistics.edition_log(edition=imported.edition.id)
    }


def test_a_mask_is_kept_as_a_mask_and_never_becomes_a_number(tmp_path: Path) -> None:
    table = sheet([*sexes("ARG", 2020, girls="<5", women="1,234"), row("ARG", 12)])
    imported = load(write(tmp_path / "a.xlsx", table))

    masked, women, both = _observations()
    assert (masked.count, masked.mask, masked.told) == (None, "<5", "<5")
    assert (women.count, women.mask) == (1234, "")
    assert both.count == 12
    assert (imported.edition.masked, imported.edition.rows) == (1, 3)
    assert _log(imported)[("txtVALUE", "1,234", "thousands")] == ("1234", 5, 1)


def test_the_date_of_the_data_and_the_digest_of_the_file_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", sheet([row("ARG", 7)]))
    edition = load(path).edition

    assert edition.dated.isoformat() == "2025-04-14"
    assert edition.digest == workbook.digest_of(path.read_bytes())
    assert [each.id for each in statistics.editions()] == [edition.id]


def test_the_same_file_is_loaded_once_whatever_it_is_called(tmp_path: Path) -> None:
    table = sheet([row("ARG", 7)])
    first = load(write(tmp_path / "a.xlsx", table))
    (tmp_path / "b.xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes())
    again = load(tmp_path / "b.xlsx")

    assert (first.added, again.added) == (1, 0)
    assert again.edition.id == first.edition.id
    assert len(_observations()) == 1


def test_a_new_file_is_a_new_edition_and_the_newest_is_counted(tmp_path: Path) -> None:
    load(write(tmp_path / "new.xlsx", sheet(sexes("ARG", 2020, women=90, men=10))))
    load(
        write(
            tmp_path / "old.xlsx",
            sheet(sexes("ARG", 2020, women=50, men=50), date="01/02/2024"),
        )
    )

    question = statistics.Question("share_female", "glotip", statistics.area_of(states="AR"))
    answer = statistics.ask_indicator(by=BY, question=question)
    assert answer.headline is not None
    assert (answer.headline.count, answer.origin.edition.isoformat()) == (90, "2025-04-14")
    assert len(statistics.editions()) == 2


def test_a_load_that_was_broken_off_is_counted_by_nobody_and_completed_by_the_next(
    tmp_path: Path,
) -> None:
    rows = [row("ARG", n % 90 + 5, Year=2003 + n % 20) for n in range(10_050)]
    path = write(tmp_path / "a.xlsx", sheet(rows))

    def stop(phase: str, more: int, _of: int) -> None:
        if phase == "load" and more:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(path, progress=stop)
    assert len(_observations()) == 10_000
    question = statistics.Question("detected", "glotip", statistics.area_of(states="AR"))
    with pytest.raises(statistics.NotLoaded):
        statistics.ask_indicator(by=BY, question=question)

    assert load(path).added == 50
    assert len(_observations()) == 10_050
    total = statistics.ask_indicator(by=BY, question=question).total
    assert total.count == sum(n % 90 + 5 for n in range(10_050))


def test_namibia_is_a_country_and_not_a_missing_value(tmp_path: Path) -> None:
    table = sheet(
        [row("NAM", 6), row("NA", 7, Country="Namibia"), citizens("ARG", 8, "NA"),
         citizens("ARG", 9, "N/A")]
    )  # fmt: skip
    load(write(tmp_path / "a.xlsx", table))

    assert [each.state for each in _observations(split="total")] == ["NA", "NA"]
    assert [e.category for e in _observations(split="citizenship")] == ["NA", "unknown"]


def test_what_names_no_country_is_kept_told_and_not_guessed(tmp_path: Path) -> None:
    table = sheet(
        [
            citizens("ARG", 239, "145"),
            citizens("BOL", 486, "Ciudadanos de su pa\ufffds"),
            citizens("BOL", 9, "Haitiano"),
            citizens("BOL", 560, "TOTAL"),
            citizens("ARG", 6, "Ira\ufffd"),
            citizens("CHL", "6,112,019", "Nationals"),
        ]
    )
    imported = load(write(tmp_path / "a.xlsx", table))

    codes = [each.category for each in _observations()]
    assert codes == ["unclear", "BO", "HT", "total", "unclear", "CL"]
    log = _log(imported)
    assert log[("Category", "145", "not_in_list")] == ("", 4, 1)
    assert log[("Category", "Ciudadanos de su pa\ufffds", "lost_letter")] == ("BO", 5, 1)
    assert log[("Category", "Haitiano", "spelled")] == ("HT", 6, 1)
    assert log[("txtVALUE", "6,112,019", "not_a_count")] == ("", 9, 1)
    last = _observations(category="CL")[0]
    assert (last.count, last.mask, last.told) == (None, "", "6,112,019")
    assert imported.edition.without_count == 1


def test_a_territory_without_a_code_is_kept(tmp_path: Path) -> None:
    imported = load(write(tmp_path / "a.xlsx", sheet([row("", 6)])))

    (sark,) = _observations()
    assert (sark.state, sark.country) == ("", "Sark")
    assert ("Iso3_code", "", "empty") in _log(imported)


def test_two_rows_that_count_the_same_are_both_kept_and_told(tmp_path: Path) -> None:
    table = sheet([row("BOL", 36, Sex="Female"), row("BOL", 57, Sex="Female")])
    imported = load(write(tmp_path / "a.xlsx", table))

    assert [each.count for each in _observations()] == [36, 57]
    assert _log(imported)[("txtVALUE", "57", "same_key")] == ("4", 5, 1)


def test_only_a_command_of_the_node_loads(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", sheet([row("ARG", 7)]))
    with members.acting(cast.programme.id), pytest.raises(NotAllowed):
        load(path, by=members.actor_of(cast.ana))
    assert not statistics.editions()


def test_each_batch_leaves_its_entry(tmp_path: Path) -> None:
    edition = load(write(tmp_path / "a.xlsx", sheet([row("ARG", 7)]))).edition

    assert [each.verb for each in audit.entries_about(edition.id)] == [
        "statistics.end_edition", "statistics.load_edition", "statistics.begin_edition",
    ]  # fmt: skip


# Bad input

ROW = row("ARG", 7)


def _with(column: str, value: Any) -> Table:
    changed = list(ROW)
    changed[HEADER.index(column)] = value
    return sheet([row("BOL", 6), changed])


WHERE = "sheet data_glotip_1, row 5, column "
BAD: dict[str, tuple[Table, str]] = {
    "a decimal comma": (
        _with("txtVALUE", "12,5"),
        WHERE + "txtVALUE: '12,5'; expected a whole number that is not negative, as 12 or 1,234, "
        "or the mask <5"),
    "a decimal comma with three places": (
        _with("txtVALUE", "0,500"), WHERE + "txtVALUE: '0,500'; expected a whole number"),
    "a decimal": (_with("txtVALUE", 12.5), WHERE + "txtVALUE: '12.5'; expected a whole number"),
    "a negative count": (_with("txtVALUE", "-5"), WHERE + "txtVALUE: '-5'; expected a whole"),
    "another mask": (_with("txtVALUE", "<10"), WHERE + "txtVALUE: '<10'; expected a whole"),
    "no count": (_with("txtVALUE", ""), WHERE + "txtVALUE: ''; expected a whole number"),
    "a year to come": (
        _with("Year", 2027), WHERE + "Year: '2027'; expected a year that is not in the future"),
    "a year in words": (_with("Year", "MMXX"), WHERE + "Year: 'MMXX'; expected a year as 2020"),
    "a country without a code": (
        _with("Iso3_code", "XYZ"),
        WHERE + "Iso3_code: 'XYZ'; expected a code of ISO 3166-1, as NAM for Namibia"),
    "an unknown indicator": (
        _with("Indicator", "Persons acquitted"),
        WHERE + "Indicator: 'Persons acquitted'; expected one of: Detected trafficking victims"),
    "an unknown sex": (
        _with("Sex", "F"), WHERE + "Sex: 'F'; expected one of: Total, Female, Male"),
    "an unknown form": (
        sheet([row("BOL", 6), row("ARG", 6, Dimension="by form of exploitation")]),
        WHERE + "Category: 'Total'; expected one of: Forced labour"),
    "another unit": (
        _with("Unit of measurement", "Rate"), WHERE + "Unit of measurement: 'Rate'; expected one"),
    "mojibake in a header": (
        [["UNODC"], ["14/04/2025"], ["\ufffdIso3_code", *HEADER[1:]], ROW],
        "row 3, column A: '\ufffdIso3_code'; expected 'Iso3_code'"),
    "a header called otherwise": (
        [["UNODC"], ["14/04/2025"], [*HEADER[:6], "Kategorie", *HEADER[7:]], ROW],
        "row 3, column G: 'Kategorie'; expected 'Category'"),
    "a column too many": (
        [["UNODC"], ["14/04/2025"], [*HEADER, "Note"], [*ROW, ""]],
        "row 3, column N: 'Note'; expected no further column"),
    "a shifted header": (
        [["UNODC"], ["14/04/2025"], ["a note"], ["", *HEADER], ["", *ROW]],
        "the header stands in row 4 from column B on; expected in row 3 from column A on"),
    "no header": ([["a"]], "row 3, column A: ''; expected 'Iso3_code'"),
    "a date to come": (
        sheet([ROW], date="14/04/2030"),
        "row 2, column A: '14/04/2030'; expected a date that is not in the future"),
    "no date": (
        sheet([ROW], date="spring"), "row 2, column A: 'spring'; expected the date of the export"),
    "no row": (sheet([]), "sheet data_glotip_1 has a header and no row"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BAD))
def test_a_workbook_with_a_wrong_value_is_refused_whole(tmp_path: Path, what: str) -> None:
    table, sentence = BAD[what]
    with pytest.raises(statistics.FileRefused) as refused:
        load(write(tmp_path / "bad.xlsx", table))

    assert sentence in str(refused.value)
    assert "bad.xlsx" in str(refused.value)
    assert "Nothing was loaded." in str(refused.value)
    assert not statistics.editions()
    assert not _observations()


def test_a_renamed_sheet_is_refused_with_what_there_is_and_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", sheet([ROW]), name="Hoja 1")
    with pytest.raises(statistics.FileRefused) as refused:
        load(path)

    assert "the sheet 'data_glotip_1' is missing; the workbook has: 'Hoja 1'" in str(refused.value)
    assert load(path, sheet="Hoja 1").added == 1


def test_the_first_problems_are_told_and_how_many_more(tmp_path: Path) -> None:
    table = sheet([row("ARG", -1) for _ in range(30)])
    with pytest.raises(statistics.FileRefused) as refused:
        load(write(tmp_path / "bad.xlsx", table))

    assert str(refused.value).count("column txtVALUE") == 20
    assert "bad.xlsx: and 10 more" in str(refused.value)


def _huge(path: Path) -> None:
    """Two gigabytes of nothing: a hole in a file takes no space."""
    with path.open("wb") as file:
        os.truncate(file.fileno(), 2_000_000_000)


def _bomb(path: Path) -> None:
    write(path, sheet([ROW]), more={"xl/media/bomb.bin": bytes(workbook.LARGEST_UNPACKED + 1)})


def _lying_bomb(path: Path) -> None:
    """Says that it unpacks to ten bytes."""
    write(path, sheet([ROW]), more={"xl/media/bomb.bin": bytes(50_000_000)})
    content = path.read_bytes()
    size = (50_000_000).to_bytes(4, "little")
    path.write_bytes(content.replace(size, (10).to_bytes(4, "little")))


def _far_cell(path: Path) -> None:
    """One more cell at the end of all columns and rows: a reader would fill what is between."""
    write(path, sheet([ROW]))
    with zipfile.ZipFile(path) as archive:
        text = archive.read("xl/worksheets/sheet1.xml")
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    part = {"xl/worksheets/sheet1.xml": text.replace(b"</sheetData>", far)}
    write(path, sheet([ROW]), more=part)


def _cut(path: Path) -> None:
    path.write_bytes(write(path, sheet([ROW])).read_bytes()[:-200])


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "two gigabytes": (_huge, "the file has 2000000000 bytes; at most"),
    "a bomb": (_bomb, "unpacked, the workbook would have more than"),
    "a bomb that lies": (_lying_bomb, "not a workbook in the format xlsx, or it is damaged"),
    "a cell far away": (_far_cell, "which is not how spreadsheets write a table"),
    "cut off": (_cut, "not a workbook in the format xlsx, or it is damaged"),
    "text": (lambda path: path.write_text("a,b\n1,2\n"), "not a workbook in the format xlsx"),
    "empty": (lambda path: path.touch(), "not a workbook in the format xlsx"),
    "another archive": (
        lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "a"),
        "not a workbook in the format xlsx"),
    "a folder": (lambda path: path.mkdir(), "there is no such file"),
    "absent": (lambda _path: None, "there is no such file"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_what_is_no_workbook_is_refused_with_what_to_do(tmp_path: Path, what: str) -> None:
    make, sentence = BROKEN[what]
    make(tmp_path / "bad.xlsx")
    with pytest.raises(statistics.FileRefused) as refused:
        load(tmp_path / "bad.xlsx")

    assert sentence in str(refused.value)
    assert not statistics.editions()
