"""Files of HTCDS 2.0 that are not what they should be: told with sheet, row, column, value
and what was expected."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ayni.statistics.htcds import ctdc, guard, texts, values
from ayni.statistics.htcds.records import Record
from tests.statistics.htcds_files import TODAY, book, header, read, refusals, row, values_of

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize(
    ("label", "cell", "said"),
    [
        ("Citizenship", "145", "column I (prs_Citizenship): '145': expected countries"),
        ("Citizenship", 145, "column I (prs_Citizenship): '145"),
        ("Citizenship", "N/A", "column I (prs_Citizenship): 'N/A': expected countries"),
        ("Citizenship", "BO, AR", "(“BO, AR” is none)"),
        ("Birthdate", "04/03/2020", "expected a day as YYYY-MM-DD"),
        ("Birthdate", 43894, "expected a day as YYYY-MM-DD, or a cell formatted as a date"),
        ("Birthdate", "2020-02-30", "expected a day that exists"),
        ("Birthdate", "2026-11-30", "expected a day that is not in the future"),
        ("Incoming Referral Date", "2027-01-01", "expected a day that is not in the future"),
        ("Birthdate", "1850-01-01", "expected a day between 1900 and 2100"),
        ("Gender", "Mujer", "expected one of: Feminine, Masculine"),
        ("Home Phone", "4300-0000", "expected a telephone number with country code"),
        ("First Name", "MarÃ­a", "written again wrongly"),
        ("First Name", "Mar\ufffda", "written again wrongly"),
        ("First Name", "a\x07b", "expected text without control characters"),
        ("Consent", "perhaps", "expected TRUE or FALSE"),
        ("Type of Exploitation", "Forced labour;Trata", "(“Trata” is none)"),
        ("Forced Labour Industry", "145", "expected one of: A_AgricultureForestryAndFishing"),
    ],
)
def test_a_bad_cell_is_told_with_sheet_row_column_value_and_what_was_expected(
    label: str, cell: object, said: str
) -> None:
    (found,) = refusals(book([row(), row(**{label: cell})]))

    assert found.startswith("Case Sheet, row 4, column ")
    assert said in found


def test_the_other_rows_are_read_all_the_same() -> None:
    found = read(book([row(), row(Citizenship="145"), row(Citizenship="NA")]))

    assert [number for number, _record in found.records] == [3, 5]
    assert found.records[1][1].values["prs_Citizenship"] == ("NA",)


@pytest.mark.parametrize("cell", ["-34,6", "1.234,5", "1e5", "34°", "９"])
def test_a_number_with_a_comma_is_refused_not_guessed(cell: str) -> None:
    (found,) = refusals(f'prs_MailingLatitude\n"{cell}"\n', "cases.csv")

    assert found.startswith("cases.csv, row 2, column prs_MailingLatitude: ")
    assert "written with digits and a point, as in -34.6" in found


def test_a_number_out_of_its_range_is_refused() -> None:
    assert "from -90 to 90" in refusals("prs_MailingLatitude\n91\n", "cases.csv")[0]
    assert "a whole number" in refusals("vic_AgeWhenTrafficked\n17.5\n", "cases.csv")[0]


def test_a_renamed_sheet_is_refused_unless_it_is_named() -> None:
    raw = book([row()], sheet="Casos")

    (found,) = refusals(raw)
    assert "expected a sheet Case Sheet / Sheet1" in found
    assert "name it with --sheet (sheets here: Casos)" in found
    assert values_of(raw, sheet="Casos")["prs_FirstName"] == "Rosa"
    assert "a sheet of this name (sheets here: Casos)" in refusals(raw, sheet="Hoja1")[0]


def test_a_header_that_was_moved_down_is_refused_with_the_row_where_it_stands() -> None:
    (found,) = refusals(book([row()], above=2))

    assert found.startswith("Case Sheet, row 3: expected the names of the fields in row 1")


def test_labels_that_were_moved_by_a_column_are_refused_one_by_one() -> None:
    _names, labels = header()
    moved = ["", "", *labels[1:-1]]

    found = refusals(book([{}], labels=moved))

    assert len(found) > 20
    assert "expected the label 'Salutation' below the name prs_Salutation" in found[0] + found[1]


def test_a_template_whose_hidden_row_was_deleted_is_refused() -> None:
    _names, labels = header()

    (found,) = refusals(book([], names=labels, labels=[""] * len(labels)))

    assert "the hidden row was deleted" in found


def test_a_value_in_a_column_without_a_name_is_refused() -> None:
    names, labels = header()

    found = refusals(book([row(Note="x")], names=[*names, ""], labels=[*labels, "Note"]))

    assert "is it" in found[0] or "a field of HTCDS 2.0" in found[0]


def test_a_field_in_two_columns_is_refused() -> None:
    names, labels = header()

    found = refusals(book([], names=[*names, "prs_Gender"], labels=[*labels, "Gender"]))

    assert "each field once" in found[0]


def test_a_formula_is_refused_with_its_cell() -> None:
    (found,) = refusals(book([row()], formulas={"D3": '=HYPERLINK("x")'}))

    assert found.startswith("Case Sheet, row 3, column D3: expected a value")
    assert "holds a formula" in found


def test_a_cell_with_an_error_is_refused_and_not_read_as_empty() -> None:
    parts = _unpacked(book([row()]))
    name = "xl/worksheets/sheet1.xml"
    error = b'<c r="J3" t="e"><v>#N/A</v></c></row></sheetData>'
    parts[name] = parts[name].replace(b"</row></sheetData>", error)

    (found,) = refusals(_packed(parts))

    assert found.startswith("Case Sheet, row 3, column J3: expected a value")
    assert "holds an error" in found


def test_text_that_begins_as_a_formula_is_text() -> None:
    assert values_of(book([row(**{"First Name": "=1+1"})]))["prs_FirstName"] == "=1+1"


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(2_000_000_000)

    with pytest.raises(guard.Refused, match="at most 50 million bytes"):
        guard.read_whole(big)


def _packed(parts: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return raw.getvalue()


def _unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_UNPACKED", 10_000_000)
    parts = {**_unpacked(book([row()])), "xl/worksheets/sheet9.xml": b" " * 20_000_000}

    raw = _packed(parts)

    assert len(raw) < 100_000
    assert "unpacks to a reasonable size" in refusals(raw)[0]


def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    raw = bytearray(_packed({**_unpacked(book([row()])), "xl/more.xml": b"x" * 5_000_000}))
    size = (5_000_000).to_bytes(4, "little")
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = (10).to_bytes(4, "little")

    assert "a workbook in the format of Excel" in refusals(bytes(raw))[0]


def test_a_cell_at_the_end_of_the_world_is_refused() -> None:
    parts = _unpacked(book([row()]))
    name = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[name] = parts[name].replace(b"</sheetData>", far)

    assert "cells up to row 200000 and column 400 only" in refusals(_packed(parts))[0]


@pytest.mark.parametrize(
    "raw", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"a;b", b"PK\x05\x06" + bytes(18)]
)
def test_what_is_no_workbook_is_refused(raw: bytes) -> None:
    assert "expected a workbook" in refusals(raw)[0]


def test_a_workbook_with_a_document_type_is_refused() -> None:
    parts = _unpacked(book([row()]))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet', 1)

    assert "whose parts can be read" in refusals(_packed(parts))[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            '<!DOCTYPE d [<!ENTITY a "aaaa">]><data><prs_Title>&a;</prs_Title></data>',
            "without a document type",
        ),
        ('<!DOCTYPE d SYSTEM "file:///etc/passwd"><data/>', "without a document type"),
        ("<data><prs_Title>x</data>", "XML that can be read"),
        ("<data><name>x</name></data>", "a field of HTCDS 2.0"),
        ("<data/>", "at least one submission"),
        ("<submissions><data/></submissions>", "at least one submission"),
        ("<data><prs_Title>x</prs_Title><prs_Titel>y</prs_Titel></data>", "is it prs_Title?"),
        ("<data><prs_Title>x</prs_Title><prs_Title>y</prs_Title></data>", "each field once"),
        ("<html><bind/></html>", "holds the questions"),
    ],
)
def test_bad_submissions_are_refused(raw: str, said: str) -> None:
    assert said in refusals(raw, "cases.xml")[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("[]", "an object with “standard”"),
        ('{"standard":"HTCDS","version":"1.0","records":[]}', "“version”: “2.0”"),
        ('{"standard":"HTCDS","version":"2.0","records":{}}', "a list of objects"),
        ('{"standard":"HTCDS","standard":"HTCDS"}', "each name stands once"),
        ('{"standard":NaN}', "each name stands once"),
        ("{" * 100_000, "each name stands once"),
    ],
)
def test_bad_documents_are_refused(raw: str, said: str) -> None:
    assert said in refusals(raw, "cases.json")[0]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('{"prs_FirstName":5}', "text in quotation marks"),
        ('{"con_Consent":"TRUE"}', "true or false, without quotation marks"),
        ('{"prs_Citizenship":"BO"}', "a list of codes"),
        ('{"prs_NumberOfChildren":"2"}', "a number, without quotation marks"),
        ('{"prs_Firstname":"Rosa"}', "expected prs_FirstName"),
        ('{"hte_City":"x","ayni_HistoricTraffickingEvents":[{"hte_City":"y"}]}', "hte_City is"),
        ('{"ayni_HistoricTraffickingEvents":[{"prs_Title":"y"}]}', "a list of entries"),
        ('{"ayni_HistoricTraffickingEvents":[{"hte_Date":"2027-01-01"}]}', "not in the future"),
    ],
)
def test_a_bad_value_of_a_document_is_told_with_its_record(told: str, said: str) -> None:
    raw = f'{{"standard":"HTCDS","version":"2.0","records":[{{}},{told}]}}'

    (found,) = refusals(raw, "cases.json")

    assert found.startswith("cases.json, row 2, column ")
    assert said in found or "as well" in found


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"prs_Title;prs_Email\nx;y\n", "names separated by commas"),
        (b"prs_Title\nMar\xeda\n", "is not UTF-8"),
        (b"prs_Title,prs_Title\nx,y\n", "each field once"),
        (b"prs_Titel\nx\n", "is it prs_Title?"),
        (b"prs_Title,prs_Email\nx\n", "row 2 has 1 values"),
        (b'prs_Title\n"x\n', "cannot be read as CSV"),
        ("prs_Title\nx\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_bad_tables_are_refused(raw: bytes, said: str) -> None:
    assert any(said in found for found in refusals(raw, "cases.csv"))


def test_a_file_whose_name_says_no_format_is_refused() -> None:
    assert "xlsx, xlsm, csv, json, xml" in refusals(b"x", "cases.pdf")[0]


def test_a_text_that_begins_as_a_formula_does_is_guarded_in_csv_and_comes_back() -> None:
    for text in ("=1+1", "'=1", "''@x", "-x", "+5", "'quoted'"):
        raw = texts.write_csv([Record({"prs_Title": text})])
        assert texts.read_csv(raw, file="x", today=TODAY).records[0][1].values == {
            "prs_Title": text
        }
    assert b"'=1+1" in texts.write_csv([Record({"prs_Title": "=1+1"})])


# The shapes of CTDC


VICTIM = {
    "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "prs_Gender": "TransgenderFeminine",
    "prs_Citizenship": ("NA", "BO"),
    "ayni_AgeBand": "48-130",
    "vic_MethodsOfControl": ("DebtBondage", "ThreatensChildrenFamily"),
    "ayni_MethodsOfControlDefined": ("RestrictsMovement",),
    "vic_TypeOfExploitation": ("ForcedLabour", "SexualExploitation"),
    "vic_ForcedLabourIndustry": "F_Construction",
    "vic_RelationshipToTrafficker": "Familial",
}


def test_a_row_of_the_k_anonymous_shape_says_what_the_record_says_and_no_more() -> None:
    (row_,) = ctdc.rows([Record(VICTIM)], ctdc.Shape.K_ANONYMOUS)

    # The codebook counts 62 variables; the header of April 2020 names these 63 columns.
    assert list(row_) == list(ctdc.K_ANONYMOUS_COLUMNS)
    assert len(row_) == 63
    assert (row_["gender"], row_["ageBroad"]) == ("Transgender/NonConforming", "48+")
    assert (row_["citizenship"], row_["yearOfRegistration"]) == ("NA", "-99")
    assert (row_["majorityStatus"], row_["majorityStatusAtExploit"]) == ("Adult", "Unknown")
    assert row_["meansOfControlThreats"] == row_["meansOfControlRestrictsMovement"] == "1"
    assert row_["meansOfControlFalsePromises"] == "0"
    assert row_["isSexAndLabour"] == row_["typeOfLabourConstruction"] == "1"
    assert row_["typeOfSexProstitution"] == row_["isAbduction"] == "-99"
    assert (row_["recruiterRelationFamily"], row_["recruiterRelationFriend"]) == ("1", "0")


def test_a_year_and_an_age_that_end_in_a_zero_are_the_numbers_that_were_written() -> None:
    told = {**VICTIM, "ayni_RegistrationYear": 2020, "vic_AgeWhenTrafficked": 20}
    written = texts.write_json([Record(told)])
    ((_row, record),) = texts.read_json(written, file="x", today=TODAY).records

    for shape in ctdc.Shape:
        (row_,) = ctdc.rows([record], shape)
        assert row_["yearOfRegistration"] == "2020"
    (row_,) = ctdc.rows([record], ctdc.Shape.K_ANONYMOUS)
    assert row_["majorityStatusAtExploit"] == "Adult"


def test_what_htcds_has_no_word_for_is_unknown_in_a_ctdc_file_and_never_no() -> None:
    (familial,) = ctdc.rows([Record(VICTIM)], ctdc.Shape.K_ANONYMOUS)
    known = {**VICTIM, "vic_RelationshipToTrafficker": "Acquainted"}
    (acquainted,) = ctdc.rows([Record(known)], ctdc.Shape.K_ANONYMOUS)

    # A section of industry is told; fishing, peddling and illicit activities have none.
    assert familial["typeOfLabourAgriculture"] == "0"
    for kind in ("Aquafarming", "Peddling", "IllicitActivities", "Begging"):
        assert familial[f"typeOfLabour{kind}"] == "-99", kind
    assert familial["recruiterRelationIntimatePartner"] == "-99"
    assert acquainted["recruiterRelationFamily"] == "0"
    assert acquainted["recruiterRelationFriend"] == acquainted["RecruiterRelationship"] == "-99"


def test_a_number_without_end_is_no_number_of_a_record() -> None:
    with pytest.raises(ValueError, match="no number"):
        values.loads('{"age": 1e999}')


def test_a_row_of_the_synthetic_shape_has_27_columns_and_three_letters() -> None:
    (row_,) = ctdc.rows([Record(VICTIM)], ctdc.Shape.SYNTHETIC)

    assert list(row_) == list(ctdc.SYNTHETIC_COLUMNS)
    assert len(row_) == 27
    assert (row_["gender"], row_["citizenship"]) == ("Trans/Transgender/NonConforming", "NAM")
    assert (row_["meansThreats"], row_["meansDrugsAlcohol"], row_["traffickMonths"]) == (
        "1", "0", "",
    )  # fmt: skip


def test_only_victims_of_trafficking_in_persons_give_a_row() -> None:
    others = [
        {"vic_TraffickingStatus": "NotAVictimOfTrafficking"},
        {"ayni_Track": ("smuggling",)},
        {"per_RoleInProcess": ("Exploiter",)},
    ]

    assert ctdc.rows([Record(told) for told in others], ctdc.Shape.SYNTHETIC) == []


def test_old_and_new_names_of_ctdc_are_read_alike_and_na_stays_namibia() -> None:
    old = "citizenship,typeOfLabourAgriculture,typeOfSexProstitution\nNA,1,\n"
    new = old.replace("typeOf", "sectorOf")

    assert list(ctdc.read(old)) == list(ctdc.read(new))
    assert next(ctdc.read(new))["citizenship"] == "NA"
    with pytest.raises(ValueError, match="nationality"):
        list(ctdc.read("nationality\nNA\n"))


def test_what_is_written_in_a_shape_is_read_again() -> None:
    for shape in ctdc.Shape:
        rows = ctdc.rows([Record(VICTIM)], shape)
        assert list(ctdc.read(ctdc.write(rows, shape).decode())) == rows


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (b'<row r="199000"><c r="OA199000"><v>1</v></c></row>', "a table of at most 5000000 cells"),
        (b"<row><c><v>1</v></c></row>", "cells that say where they stand"),
    ],
)
def test_a_few_cells_that_make_a_reader_build_millions_are_refused(cells: bytes, told: str) -> None:
    parts = _unpacked(book([row()]))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", cells + b"</sheetData>")

    assert told in refusals(_packed(parts))[0]


def test_a_workbook_with_a_damaged_part_is_refused() -> None:
    raw = book([row()])
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        part = packed.getinfo("xl/worksheets/sheet1.xml")
    start = part.header_offset + 30 + len(part.filename)
    damaged = raw[:start] + b"\xff" * 8 + raw[start + 8 :]

    assert "a workbook in the format of Excel" in refusals(damaged)[0]
