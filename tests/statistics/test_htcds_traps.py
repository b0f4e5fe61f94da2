"""The ten traps in the official files of HTCDS 2.0, one by one, and those files themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import python_calamine as calamine

from ayni.statistics.htcds import columns, ctdc, fields, ic_tip, texts, workbooks
from ayni.statistics.htcds.records import Record
from tests.statistics.htcds_files import (
    ADDRESS,
    OFFICIAL,
    TODAY,
    book,
    header,
    read,
    refusals,
    row,
    sheet,
    values_of,
)

pytestmark = pytest.mark.usefixtures("english")

FORM = '<data id="htcds" version="vSmt4GQA3C9uBMLPEVfgND">{}</data>'


def _official(name: str) -> Path:
    if not OFFICIAL[name].is_file():
        pytest.skip("the official files of HTCDS 2.0 are not at hand")
    return OFFICIAL[name]


def test_trap_1_the_address_follows_the_visible_labels_not_the_hidden_names() -> None:
    found = read(book([row(**ADDRESS)]))

    told = found.records[0][1].values
    assert told["prs_MailingStreet"] == "Calle Inventada 1"
    assert told["prs_MailingCity"] == "La Paz"
    assert told["prs_MailingState"] == "Murillo"
    assert told["prs_MailingPostalCode"] == "00100"
    assert told["prs_MailingCountry"] == "BO"
    became = {change.found: change.became for change in found.changes}
    assert became["prs_MailingCity"] == "prs_MailingStreet"


def test_trap_1_an_address_whose_label_is_unknown_is_refused_for_row_1_is_not_to_be_trusted() -> (
    None
):
    names, labels = header()
    labels[labels.index("Mailing Street")] = "Calle"

    found = read(book([row()], labels=labels))

    assert "one of the labels of the address" in str(found.problems[0])


def test_trap_2_the_name_that_is_missing_is_known_by_its_label() -> None:
    told = values_of(book([row(**{"Reason for Outgoing Referral": "Other"})]))

    assert told["cas_ReasonForOutgoingReferral"] == "Other"


def test_trap_3_the_misspelt_name_of_the_template_is_understood() -> None:
    label = "Trafficking Status Decision Making Organization"

    told = values_of(book([row(**{label: "Non-police governmental organization"})]))

    assert told["vic_TraffickingStatusDecisionMakingOrg"] == "NonPoliceGovernmentalOrganization"


def test_trap_4_the_names_of_the_form_are_understood_and_written() -> None:
    form = FORM.format(
        "<prs_First_Name>Rosa</prs_First_Name><prs_Second_Name>Inventada</prs_Second_Name>"
        "<prs_Title>Sra.</prs_Title><vic_Methods_of_Control>DebtBondage</vic_Methods_of_Control>"
    )

    told = values_of(form, "one.xml")

    assert told == {
        "prs_FirstName": "Rosa",
        "prs_SecondName": "Inventada",
        "prs_Title": "Sra.",  # its label in the form is "Second Name": names count, not labels
        "vic_MethodsOfControl": ("DebtBondage",),
    }
    assert b"<prs_First_Name>Rosa</prs_First_Name>" in texts.write_xml([Record(told)])


def test_fields_in_groups_of_a_form_belong_to_one_submission() -> None:
    form = FORM.format(
        "<a><prs_Title>Sra.</prs_Title></a><b><prs_Email>x@x.example</prs_Email></b>"
    )

    assert values_of(form, "one.xml") == {"prs_Title": "Sra.", "prs_Email": "x@x.example"}
    two = f"<list>{form}{form}</list>"
    assert len(read(two, "two.xml").records) == 2


def test_trap_5_the_form_may_give_several_industries_and_one_citizenship() -> None:
    form = FORM.format(
        "<prs_Citizenship>BO</prs_Citizenship>"
        "<vic_ForcedLabourIndustry>C_Manufacturing F_Construction</vic_ForcedLabourIndustry>"
    )

    told = values_of(form, "one.xml")

    assert told["prs_Citizenship"] == ("BO",)
    assert told["vic_ForcedLabourIndustry"] == "C_Manufacturing"
    assert told["ayni_ForcedLabourIndustries"] == ("C_Manufacturing", "F_Construction")


# What ODK Central and KoboToolbox write around the answers when submissions are exported.
ODK = (
    ("SubmissionDate", "start", "end", "meta-instanceID"),
    ("KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status",
     "ReviewState", "DeviceID", "Edits", "FormVersion"),
)  # fmt: skip
KOBO = (
    ("start", "end"),
    ("formhub/uuid", "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status",
     "_submitted_by", "__version__", "_tags", "meta/rootUuid", "_index"),
)  # fmt: skip
ANSWERS = {
    "prs_First_Name": "Rosa",
    "prs_Citizenship": "BO",
    "vic_Methods_of_Control": "DebtBondage Threats",
    "vic_TypeOfExploitation": "ForcedLabour SexualExploitation",
    "vic_ForcedLabourIndustry": "C_Manufacturing F_Construction",
}
READ = {
    "prs_FirstName": "Rosa",
    "prs_Citizenship": ("BO",),
    "vic_MethodsOfControl": ("DebtBondage",),
    "ayni_MethodsOfControlDefined": ("Threats",),
    "vic_TypeOfExploitation": ("ForcedLabour", "SexualExploitation"),
    "vic_ForcedLabourIndustry": "C_Manufacturing",
    "ayni_ForcedLabourIndustries": ("C_Manufacturing", "F_Construction"),
}


def _exported(around: tuple[tuple[str, ...], ...], **more: str) -> list[list[str]]:
    """Header and one row of a table of submissions; nothing beside the answers is empty."""
    before, after = around
    answers = ANSWERS | more
    return [
        [*before, *answers, *after],
        [*("2024-05-01T10:00:00Z" for _ in before), *answers.values(), *("7" for _ in after)],
    ]


@pytest.mark.parametrize("around", [ODK, KOBO], ids=["odk", "kobo"])
def test_submissions_exported_as_a_table_are_read_without_what_stands_beside_the_answers(
    around: tuple[tuple[str, ...], ...],
) -> None:
    rows = _exported(around)
    text = "".join(",".join(row) + "\n" for row in rows)

    assert values_of(text, "submissions.csv") == READ
    assert values_of(sheet(rows), "submissions.xlsx") == READ


def test_a_column_for_each_choice_beside_the_one_of_the_answer_is_passed_over() -> None:
    rows = _exported(KOBO, **{"vic_Methods_of_Control/DebtBondage": "1"})

    assert values_of(sheet(rows), "submissions.xlsx") == READ
    other = _exported(KOBO, **{"vic_Methods_of_Control/Invented": "1"})
    assert "vic_Methods_of_Control/Invented" in refusals(sheet(other))[0]
    alone = _exported(KOBO, **{"vic_MethodOfRecruitment/Other": "1"})
    assert "vic_MethodOfRecruitment/Other" in refusals(sheet(alone))[0]


def test_in_a_table_that_is_no_export_of_submissions_every_column_must_be_a_field() -> None:
    assert "start" in refusals("prs_Title,start\nx,y\n", "cases.csv")[0]
    plain = "prs_Title,vic_MethodsOfControl\nx,DebtBondage Threats\n"
    assert "DebtBondage Threats" in refusals(plain, "cases.csv")[0]
    wrong = _exported(ODK, prs_Titel="x")
    assert "prs_Title" in refusals("".join(",".join(r) + "\n" for r in wrong), "cases.csv")[0]


@pytest.mark.parametrize(
    ("label", "cell", "name", "code"),
    [
        ("Gender", "Not Specified/Unknown", "prs_Gender", "NonSpecifiedUnknown"),
        ("Gender", "Feminine\u00a0", "prs_Gender", "Feminine"),
        ("Status", "Follow up", "cas_Status", "FollowUp"),
        ("Status", "Follow Up", "cas_Status", "FollowUp"),
        ("Methods of Control", "Debt bondage ", "vic_MethodsOfControl", ("DebtBondage",)),
        (
            "Forced Labour Industry",
            "Water supply; sewerage, waste management and remediation",
            "vic_ForcedLabourIndustry",
            "E_WaterSupplySewerageWasteManagement",
        ),
        (
            "Type of Exploitation",
            "Forced labour;SexualExploitation",
            "vic_TypeOfExploitation",
            ("ForcedLabour", "SexualExploitation"),
        ),
        (
            "Reason for Incoming Referral",
            "Migration Or Change Of Location",
            "cas_ReasonForIncomingReferral",
            "MigrationOrChangeOfLocation",
        ),
    ],
)
def test_trap_6_labels_and_value_names_in_any_spelling_become_the_codes_of_the_standard(
    label: str, cell: str, name: str, code: object
) -> None:
    assert values_of(book([row(**{label: cell})]))[name] == code


def test_trap_6_the_misspelt_code_of_the_standard_is_kept() -> None:
    for spelled in ("Unaquainted", "Unacquainted"):
        told = values_of(f"vic_RelationshipToTrafficker\r\n{spelled}\r\n", "one.csv")
        assert told == {"vic_RelationshipToTrafficker": "Unaquainted"}


def test_trap_7_deprecated_fields_and_the_one_without_a_type_are_read_and_written() -> None:
    known = fields.standard()
    assert [name for name, one in known.items() if one.deprecated] == [
        "vic_AgreementToManagePersonalData", "vic_Vulnerabilities", "vic_DetailsOfVulnerabilities",
    ]  # fmt: skip
    assert known["per_Organisation"].type == ""
    told = {"vic_Vulnerabilities": ("Poverty",), "per_Organisation": "Inventada S.A."}

    for template in workbooks.Template:
        assert values_of(workbooks.write([Record(told)], template)) == told
    assert b"vic_Vulnerabilities" not in texts.write_csv([Record({"prs_FirstName": "Rosa"})])


def test_trap_8_methods_that_are_defined_but_not_listed_are_kept_in_a_field_of_ours() -> None:
    cell = "Physical threats;Restricts movement;UsesChildren;PsychoactiveSubstances"

    told = values_of(book([row(**{"Methods of Control": cell})]))

    assert told["vic_MethodsOfControl"] == ("PhysicalThreats", "PsychoactiveSubstance")
    assert told["ayni_MethodsOfControlDefined"] == ("RestrictsMovement", "UsesChildren")
    form = FORM.format(
        "<vic_Methods_of_Control>RestrictsMovement DebtBondage</vic_Methods_of_Control>"
    )
    assert values_of(form, "one.xml") == {
        "vic_MethodsOfControl": ("DebtBondage",),
        "ayni_MethodsOfControlDefined": ("RestrictsMovement",),
    }


@pytest.mark.parametrize("cell", ["BO;NA", "BOL;NAM", "Bolivia;Namibia", "bo ; nam"])
def test_trap_9_countries_with_two_or_three_letters_or_by_name(cell: str) -> None:
    assert values_of(book([row(Citizenship=cell)]))["prs_Citizenship"] == ("BO", "NA")


@pytest.mark.parametrize(("cell", "code"), [("es", "es"), ("spa", "es"), ("que", "qu"),
                                            ("grn", "gn"), ("arn", "arn")])  # fmt: skip
def test_trap_9_languages_with_two_or_three_letters(cell: str, code: str) -> None:
    assert values_of(f"prs_PrimaryLanguage\n{cell}\n", "one.csv") == {"prs_PrimaryLanguage": code}


def test_trap_10_what_the_standard_lacks_has_our_prefix_and_touches_none_of_its_names() -> None:
    assert all(name.startswith("ayni_") for name in fields.own())
    assert not any(name.startswith("ayni_") for name in fields.standard())
    assert {"ayni_RecordId", "ayni_RegistrationYear", "ayni_RegisteringState",
            "ayni_RegisteringNode", "ayni_Track", "ayni_AgeBand"} <= set(fields.own())  # fmt: skip


def test_trap_10_a_route_is_its_events() -> None:
    told = (
        '{"standard":"HTCDS","version":"2.0","records":[{"ayni_HistoricTraffickingEvents":['
        '{"hte_Type":"Recruitment","hte_Country":"BO"},'
        '{"hte_Type":"Exploitation","hte_Country":"ARG"}],'
        '"vic_TraffickingStatus":"ActualVictimOfTrafficking"}]}'
    )

    record = read(told, "one.json").records[0][1]

    assert record.groups["hte_"][1] == {"hte_Type": "Exploitation", "hte_Country": "AR"}
    assert ctdc.rows([record], ctdc.Shape.K_ANONYMOUS)[0]["CountryOfExploitation"] == "AR"


# The table, and the files of others


def test_the_field_table_has_84_fields_of_which_81_live_and_40_core() -> None:
    known = fields.standard().values()

    assert len(known) == 84
    assert sum(not one.deprecated for one in known) == 81
    assert sum(one.core for one in known) == 40
    assert sum(one.core and not one.deprecated for one in known) == 38
    assert set(fields.official()["template"]) == {
        one.name for one in known if one.core and not one.deprecated
    }


def test_labels_and_codes_of_a_list_are_never_confused() -> None:
    for name, one in fields.fields().items():
        words = fields.code_words(name)
        for code, label in (one.codes or {}).items():
            assert words[fields.folded(code)] == words[fields.folded(label)] == code


def test_every_country_has_two_letters_and_three() -> None:
    assert len(fields.countries()) == 249
    assert set(fields.alpha3()) == set(fields.countries())
    assert len(set(fields.alpha3().values())) == 249
    assert (fields.alpha3()["NA"], fields.alpha3()["MM"]) == ("NAM", "MMR")


def test_the_table_beside_ic_tip_claims_no_code() -> None:
    table = ic_tip.table()

    assert [row.htcds_field for row in table] == list(fields.standard())
    assert {row.ic_tip_code for row in table} == {""}
    assert {row.unit_proposed for row in table} <= {"", *ic_tip.UNITS}


def test_our_table_is_the_official_one() -> None:
    with calamine.load_workbook(_official("table")) as opened:
        rows = opened.get_sheet_by_name("Field_Standards").to_python()
    found = {}
    for cells in rows[1:]:
        _section, status, core, _prefix, _short, label, name, kind, _sf, codes, *_rest = map(
            str, cells
        )
        if name.strip() and name != "N/A":
            found[name] = (
                " ".join(label.split()), kind, bool(core), status == "DEPRECATED",
                [code.strip() for code in codes.split("\n") if code.strip()],
            )  # fmt: skip
    for name, one in fields.standard().items():
        if name == "per_Organisation":  # its name stands in two cells
            continue
        label, kind, core, deprecated, codes = found.pop(name)
        assert (one.label, one.type, one.core, one.deprecated) == (label, kind, core, deprecated)
        if one.codes:
            assert list(one.codes) == codes
    assert not found


@pytest.mark.parametrize("name", ["plain", "validated"])
@pytest.mark.parametrize("ending", ["xlsx", "xlsm"])
def test_the_official_templates_are_empty_and_their_headers_understood(
    name: str, ending: str, tmp_path: Path
) -> None:
    copy = shutil.copy(_official(name), tmp_path / f"template.{ending}")

    found = read(Path(copy).read_bytes(), f"template.{ending}")

    assert (found.records, found.problems) == ([], [])
    assert len([change for change in found.changes if change.row == 1]) == 6


def test_the_official_templates_have_the_header_that_these_tests_fill_in() -> None:
    for name in ("plain", "validated"):
        with calamine.load_workbook(_official(name)) as opened:
            rows = opened.get_sheet_by_index(0).to_python(skip_empty_area=False)
        names, labels = header()
        assert [str(cell).strip() for cell in rows[0][:39]] == names
        assert [str(cell).strip() for cell in rows[1][:39]] == labels


def test_every_question_and_choice_of_the_official_form_is_known() -> None:
    with calamine.load_workbook(_official("form")) as opened:
        survey = opened.get_sheet_by_name("survey").to_python()
        choices = opened.get_sheet_by_name("choices").to_python()
    lists: dict[str, list[tuple[str, str]]] = {}
    for listed, code, label in choices[1:]:
        lists.setdefault(str(listed), []).append((str(code), str(label)))
    for kind, name, *_rest in survey[1:]:
        if kind in ("start", "end", "calculate"):
            continue
        field = columns.field_of(str(name))
        assert field is not None, name
        for code, label in lists.get(str(kind).partition(" ")[2], []):
            told = {
                str(values_of(FORM.format(f"<{name}>{each}</{name}>"), "x.xml")[field])
                for each in (code, label.replace("&", "&amp;"))
                if " " not in each.strip() or "multiple" not in kind
            }
            assert len(told) == 1
    assert TODAY  # the form holds no day


def test_the_official_form_is_no_answer_and_says_so() -> None:
    with pytest.raises(Exception, match="XLSForm, which holds the questions"):
        read(_official("form").read_bytes())
