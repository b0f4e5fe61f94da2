"""HTCDS 2.0: every record comes back from every format as it went out; what is not a value of its
field is refused, and never becomes another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ayni.statistics.htcds import (
    fields,
    mapping,
    profile,
    records,
    texts,
    values,
    workbooks,
)
from ayni.statistics.htcds.fields import Field
from ayni.statistics.htcds.records import Reading, Record

pytestmark = pytest.mark.usefixtures("english")

TODAY = date(2026, 11, 29)
Write = Callable[[list[Record]], bytes]
Read = Callable[[bytes], Reading]


def _workbook(template: workbooks.Template) -> tuple[Write, Read]:
    return (
        lambda rows: workbooks.write(rows, template),
        lambda raw: workbooks.read(raw, file="cases.xlsx", today=TODAY),
    )


FORMATS: dict[str, tuple[Write, Read]] = {
    **{f"xlsx {template}": _workbook(template) for template in workbooks.Template},
    "csv": (texts.write_csv, lambda raw: texts.read_csv(raw, file="cases.csv", today=TODAY)),
    "json": (texts.write_json, lambda raw: texts.read_json(raw, file="cases.json", today=TODAY)),
    "xml": (texts.write_xml, lambda raw: texts.read_xml(raw, file="cases.xml", today=TODAY)),
}


def _fits(text: str) -> bool:
    return bool(text) and text == text.strip() and not values.looks_misread(text)


SIGNS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffd\ufffe\uffff")
TEXT = st.one_of(
    st.text(SIGNS, min_size=1, max_size=40),
    st.sampled_from([
        "=1+1", "'=x", "''", "+54", "-", "@SUM(A1)", "_x000A_", "_x005F_", "a;b", "NA", "N/A",
        "a,b", '"', "María\nJosé", "a\tb", "&amp;", "<b>", "]]>", "1e5", "TRUE", "2020-01-01",
        "０", "\u2028", "#N/A", "00123", "http://x.example", "{=A1}",
    ]),
).map(str.strip).filter(_fits)  # fmt: skip
DAYS = st.dates(date(1900, 1, 1), TODAY)
JSON = st.recursive(
    st.text(SIGNS, min_size=1, max_size=10) | st.booleans() | st.integers(-9, 9999),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text(SIGNS, min_size=1, max_size=6), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
).filter(lambda found: isinstance(found, str | list | dict))


def _number(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=6).map(lambda found: found.normalize() + 0)


BY_KIND: dict[str, Callable[[Field], st.SearchStrategy[Any]]] = {
    **dict.fromkeys(("text", "long_text", "lookup"), lambda one: TEXT),
    "date": lambda one: DAYS,
    "yes_no": lambda one: st.booleans(),
    "longitude": lambda one: _number(-180, 180),
    "latitude": lambda one: _number(-90, 90),
    **dict.fromkeys(("age", "whole"), lambda one: st.integers(0, 99).map(Decimal)),
    "year": lambda one: st.integers(1900, 2100).map(Decimal),
    "phone": lambda one: st.from_regex(r"\A\+?[1-9][0-9]{1,14}\Z"),
    "age_band": lambda one: st.tuples(st.integers(0, 60), st.integers(60, 130)).map(
        "{0[0]}-{0[1]}".format
    ),
    "country": lambda one: st.sampled_from(sorted(fields.countries())),
    "countries": lambda one: _several(sorted(fields.countries())),
    "language": lambda one: st.sampled_from(sorted(set(fields.language_words().values()))),
    "code": lambda one: st.sampled_from(sorted(one.codes or {})),
    "codes": lambda one: _several(sorted(one.codes or {})),
    "json": lambda one: JSON,
}


def _value(one: Field) -> st.SearchStrategy[Any]:
    if one.name == "spl_PlannedEndDate":
        return st.dates(date(1900, 1, 1), date(2100, 1, 1))
    return BY_KIND[one.kind](one)


def _several(codes: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(codes), min_size=1, max_size=4, unique=True).map(tuple)


SINGLE = {
    name: _value(one)
    for name, one in fields.fields().items()
    if one.kind != "group" and one.prefix not in fields.GROUPS and name != records.INDUSTRIES
}
ENTRIES = {
    prefix: st.lists(
        st.fixed_dictionaries(
            {}, optional={one.name: _value(one) for one in fields.in_section(prefix)}
        ).filter(bool),
        max_size=3,
    ).map(tuple)
    for prefix in fields.GROUPS
}


@st.composite
def a_record(draw: st.DrawFn) -> Record:
    """Any record: a few of its fields, several entries of its sections, several industries."""
    names = draw(st.sets(st.sampled_from(sorted(SINGLE)), min_size=1, max_size=12))
    told = {name: draw(SINGLE[name]) for name in sorted(names)}
    if "prs_Birthdate" in told:
        assume(TODAY.year - told["prs_Birthdate"].year <= values.MOST_YEARS)
    if draw(st.booleans()):
        every = draw(_several(sorted(fields.fields()[records.INDUSTRY].codes or {})))
        told[records.INDUSTRY] = every[0]
        if len(every) > 1:
            told[records.INDUSTRIES] = every
    groups = {prefix: draw(found) for prefix, found in ENTRIES.items()}
    return Record(told, {prefix: entries for prefix, entries in groups.items() if entries})


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(a_record(), min_size=1, max_size=3))
def test_every_record_comes_back_as_it_went_out(name: str, rows: list[Record]) -> None:
    write, read = FORMATS[name]

    found = read(write(rows))

    assert [str(problem) for problem in found.problems] == []
    assert [record for _row, record in found.records] == rows


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(a_record(), max_size=3))
def test_what_is_written_as_json_is_what_the_published_schema_describes(rows: list[Record]) -> None:
    written = json.loads(texts.write_json(rows))

    jsonschema.Draft202012Validator(profile.json_schema()).validate(written)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(a_record(), min_size=1, max_size=3))
def test_no_cell_of_a_csv_file_begins_as_a_formula_does(rows: list[Record]) -> None:
    for row in profile.rows_of_csv(texts.write_csv(rows)):
        for name, cell in row.items():
            if fields.fields()[name].kind not in values.NUMBERS:
                assert cell[:1] not in set("=+-@\t\r\n＝＋－＠")


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(a_record(), min_size=1, max_size=3))
def test_what_is_written_as_csv_is_what_the_published_profile_describes(
    rows: list[Record],
) -> None:
    assert profile.faults_of_csv(texts.write_csv(rows)) == []


@given(text=st.text(max_size=12))
@example("N/A")
@example("n/a")
@example("145")
@example("-99")
@example("ZZ")
@example("")
def test_a_country_is_one_of_the_standard_or_refused(text: str) -> None:
    """The simple reference: alpha-2 or alpha-3 letter by letter, else a name of four or more."""
    known = fields.countries()
    code = fields.country_of(text)

    if code is None:
        assert text.strip().upper() not in known
    else:
        assert code in known
        spelled = text.strip().upper()
        assert spelled == code or spelled == fields.alpha3()[code] or len(spelled) > 3


@given(name=st.sampled_from(sorted(fields.fields())), cell=st.text(max_size=20))
def test_whatever_stands_in_a_cell_it_is_a_value_or_refused_with_what_was_expected(
    name: str, cell: str
) -> None:
    line = records.Line(7, {name: cell}, {})

    found = records.take([line], sheet="Sheet", today=TODAY)

    for problem in found.problems:
        assert (problem.sheet, problem.row, problem.column) == ("Sheet", 7, name)
        assert problem.value == cell
        assert len(problem.expected) > 5
    if found.records:
        again = records.text_of(found.records[0][1])
        second = records.take([records.Line(7, dict(again), {})], sheet="Sheet", today=TODAY)
        assert second.records == found.records
        assert not second.changes


DETAILS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("name_as_written", "given_names", "first_surname", "second_surname",
             "residence_country"), TEXT,
        ),
        "gender": st.sampled_from(sorted(fields.fields()["prs_Gender"].codes or {})),
        "citizenships": st.lists(
            st.sampled_from([*sorted(fields.countries())[:20], "XX", "NA"]), min_size=1, max_size=3
        ),
        "languages": st.lists(st.sampled_from(["es", "pt", "qu", "other"]), min_size=1, max_size=3),
        "phones": st.lists(st.sampled_from(["+59171234567", "011 4-1"]), min_size=1, max_size=2),
        "documents": st.lists(
            st.fixed_dictionaries({"kind": st.just("passport"), "number": TEXT}),
            min_size=1, max_size=2,
        ),
        "other_names": st.lists(
            st.fixed_dictionaries({"kind": st.just("used"), "name": TEXT}), min_size=1, max_size=2
        ),
        "contact": st.dictionaries(st.sampled_from(["method", "note"]), TEXT, min_size=1),
        "birth": st.builds(
            lambda precision, value, quality: {
                "precision": precision, "value": value, "quality": quality,
                "as_of": "2025-03-01" if precision == "age_band" else "",
            },
            **{"quality": st.sampled_from(["stated", "estimated"])},
            **{"precision": st.shared(st.sampled_from(["date", "year_month", "year", "age_band",
                                                       "unknown"]), key="p")},
            value=st.shared(st.sampled_from(["date", "year_month", "year", "age_band",
                                             "unknown"]), key="p").map(
                {"date": "1998-03-27", "year_month": "1998-03", "year": "1998",
                 "age_band": "16-20", "unknown": ""}.__getitem__
            ),
        ),
    },
)  # fmt: skip
CASES = st.builds(
    mapping.CaseFacts,
    reference=st.from_regex(r"\AAR-[A-Z0-9]{6}\Z"),
    node=st.just("ar"),
    country=st.just("AR"),
    opened_on=st.dates(date(2020, 1, 1), TODAY),
    closed_on=st.none() | st.dates(date(2020, 1, 1), TODAY),
    status=st.sampled_from(["Active", "FollowUp", "Closed", "ClosedReferred"]),
    side=st.sampled_from(["host", "nationality", "residence", "transit"]),
    closure_reason=st.sampled_from(["", "goals_met", "died"]),
    host_country=st.sampled_from(["", "AR", "NA"]),
    situation=st.sampled_from(["", "emergency", "urgency"]),
    risk=st.sampled_from(["", "low", "very_high"]),
    officer=st.sampled_from(["", "b7b0c6a4-0000-4000-8000-000000000000"]),
    consent=st.booleans(),
    tracks=st.sampled_from([(), ("trafficking",), ("smuggling",), ("smuggling", "trafficking")]),
    answers=st.fixed_dictionaries({}, optional={
        "trafficking_status": st.just("PossibleVictimOfTrafficking"),
        "deciding_body": st.just("NGO"),
        "methods_of_control": st.just(["DebtBondage", "Other"]),
        "method_of_recruitment": st.just(["AtWork"]),
    }),
    exploitation=st.sampled_from([None, ["ForcedLabour"], ["ForcedLabour", "in other words"]]),
    person=DETAILS,
    told=st.fixed_dictionaries({}, optional={"health": TEXT, "narrative": TEXT, "needs": st.just(
        ["lodging", {"text": "x", "language": "es"}])}),
    referred_to=st.sampled_from(["", "bo-consulate"]),
    referred_on=st.none() | st.dates(date(2020, 1, 1), TODAY),
    came_on=st.none() | st.dates(date(2020, 1, 1), TODAY),
    feared=st.sampled_from([(), ("BO",), ("BO", "VE")]),
)  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(case=CASES)
def test_every_case_comes_back_from_every_format_as_it_was(
    name: str, case: mapping.CaseFacts
) -> None:
    write, read = FORMATS[name]

    found = read(write([mapping.record_of(case)]))

    assert not found.problems
    assert [mapping.facts_of(record) for _row, record in found.records] == [case]


_NAMES = ("name_as_written", "given_names")


@settings(max_examples=60)
@given(case=CASES)
def test_without_identity_and_what_was_told_nothing_of_either_is_left(
    case: mapping.CaseFacts,
) -> None:
    # Words that stand nowhere else.
    named = {name: f"AGUJA {told}" for name, told in case.person.items() if name in _NAMES}
    record = mapping.record_of(replace(case, person={**case.person, **named}))

    counted = mapping.without(mapping.without(record, "identity"), "told")

    assert {fields.fields()[name].holds for name in counted.values} <= {""}
    written = " ".join(records.text_of(counted).values())
    assert "AGUJA" not in written
