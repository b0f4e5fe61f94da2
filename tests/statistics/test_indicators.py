"""Indicators asked through the door: of states, a region, a corridor, by year, and compared."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ayni.audit import api as audit
from ayni.statistics import api as statistics
from tests.statistics.workbooks import BY, citizens, load, row, sexes, sheet, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "glotip" / "data_glotip.xlsx"
PROSECUTED, CONVICTED = "Persons prosecuted", "Persons convicted"


@pytest.fixture
def loaded(tmp_path: Path) -> None:
    """A small edition."""
    forms = [
        row(state, value, Dimension="by form of exploitation", Category=form)
        for state, value, form in (
            ("ARG", 60, "Forced labour"), ("ARG", 30, "Sexual exploitation"),
            ("ARG", 8, "Other forms of exploitation"), ("ARG", 2, "Other forms of exploitation"),
        )
    ]  # fmt: skip
    flows = [
        citizens("ARG", 50, "Bolivians"), citizens("ARG", 20, "Boliviana"),
        citizens("ARG", "<5", "Peruano"), citizens("ARG", 90, "TOTAL"),
        citizens("ARG", 7, "Sin determinar"), citizens("BOL", 80, "Nationals"),
    ]  # fmt: skip
    load(
        write(
            tmp_path / "small.xlsx",
            sheet(
                [
                    *sexes("ARG", 2019, girls=10, women=30, boys="<5", men=20),
                    *sexes("ARG", 2020, girls=6, women=14, boys=5, men=15),
                    *sexes("BOL", 2020, women="<5"),
                    *sexes("NAM", 2020, women=100),
                    row("ARG", 66, Year=2019), row("ARG", 44),
                    row("BOL", 20), row("CHL", "<5"),
                    row("ARG", 4, Sex="Unknown", Age="Unknown"),
                    row("ARG", 11, Indicator=PROSECUTED), row("ARG", 9, Indicator=CONVICTED),
                    row("BOL", 30, Indicator=PROSECUTED), row("BOL", "<5", Indicator=CONVICTED),
                    row("CHL", 5, Indicator=CONVICTED),
                    *forms, *flows,
                ]
            ),
        )
    )  # fmt: skip


def _ask(code: str, source: str = "glotip", **told: Any) -> statistics.Answer:
    area = {key: told.pop(key) for key in ("states", "region", "corridor", "holder") if key in told}
    question = statistics.Question(code, source, statistics.area_of(**area), **told)
    return statistics.ask_indicator(by=BY, question=question)


def _counts(answer: statistics.Answer) -> dict[tuple[str, ...], Any]:
    return {line.codes: line.mask or line.count for line in answer.lines}


@pytest.mark.usefixtures("loaded")
def test_the_share_of_women_leaves_masked_cells_out_and_says_how_many() -> None:
    answer = _ask("share_female", states="AR", years=(2019, 2019))

    assert _counts(answer) == {("female",): 40, ("male",): 20}
    head = answer.headline
    assert head is not None
    assert (head.count, head.denominator, head.share) == (40, 60, 40 / 60)
    assert answer.masked_cells == 1
    assert (head.share_least, head.share_most) == (40 / 64, 40 / 60)
    assert answer.standing is statistics.Standing.PUBLISHED


@pytest.mark.usefixtures("loaded")
def test_states_without_a_row_are_unknown_and_not_zero() -> None:
    answer = _ask("share_female", years=(2020, 2020))

    assert answer.area.without_data == ("BR", "CO", "EC", "PE", "PY", "UY", "VE")
    with pytest.raises(statistics.NothingCounted, match="unknown, not zero"):
        _ask("share_female", states="UY")


@pytest.mark.usefixtures("loaded")
def test_a_region_is_named_as_the_source_names_it_or_short() -> None:
    for name in ("LAC", "Latin America and the Caribbean", "Americas"):
        assert _counts(_ask("share_female", region=name, years=(2020, 2020))) == {
            ("female",): 20, ("male",): 20,
        }  # fmt: skip
    assert _ask("share_female", region="Africa").total.count == 100
    with pytest.raises(statistics.UnknownArea, match="There are: LAC, Africa, Americas"):
        _ask("share_female", region="Atlantis")


@pytest.mark.usefixtures("loaded")
def test_over_years_each_share_is_of_its_own_year() -> None:
    answer = _ask("share_female", states="AR", over=("year",))

    assert answer.by == ("year", "sex")
    assert [(line.codes, line.count, line.denominator) for line in answer.series] == [
        (("2019",), 40, 60), (("2020",), 20, 40),
    ]  # fmt: skip


@pytest.mark.usefixtures("loaded")
def test_several_rows_of_other_forms_are_parts_of_one_whole() -> None:
    answer = _ask("forms", states="AR")

    assert _counts(answer) == {("forced_labour",): 60, ("sexual",): 30, ("other",): 10}
    assert answer.lines[0].share == 0.6


@pytest.mark.usefixtures("loaded")
def test_flows_never_add_the_total_to_its_parts_and_tell_what_names_no_country() -> None:
    answer = _ask("flows", years=(2020, 2020))

    assert _counts(answer) == {
        ("BO", "BO"): 80, ("BO", "AR"): 70, ("PE", "AR"): "<5",
    }  # fmt: skip
    assert answer.total.count == 150
    # In this invented file more are told by citizenship than were detected: nothing can be said.
    assert (answer.missing.count, answer.missing.of) == (None, 64)


def test_whom_no_row_tells_a_form_or_a_citizenship_of_is_missing(tmp_path: Path) -> None:
    form = {"Dimension": "by form of exploitation"}
    rows = [
        row("ARG", 200), row("ARG", 60, **form, Category="Forced labour"),
        row("ARG", "<5", **form, Category="Sexual exploitation"),
        citizens("ARG", 50, "Bolivians"), citizens("ARG", "<5", "Peruano"),
        citizens("ARG", 7, "Sin determinar"), row("BOL", 40),
    ]  # fmt: skip
    load(write(tmp_path / "small.xlsx", sheet(rows)))

    forms, flows = _ask("forms", states="AR,BO").missing, _ask("flows", states="AR,BO").missing
    assert (forms.count, forms.of, forms.share) == (180, 240, 0.75)
    assert (flows.count, flows.of) == (190, 240)
    # Of both together three in four are missing; of one of them nobody's form is told.
    apart = dict(_ask("forms", states="AR,BO").missing_in)
    assert {code: (each.count, each.of) for code, each in apart.items()} == {
        "AR": (140, 200), "BO": (40, 40),
    }  # fmt: skip
    assert _ask("forms", states="AR").missing_in == ()
    lines = {line.codes[0]: line for line in _ask("missing_values", states="AR").lines}
    for field, count in (("form", 140), ("citizenship", 150)):
        line = lines[field]
        assert (line.count, line.denominator, line.masked_cells) == (count, 200, 1), field
        assert (line.least, line.most) == (count - 4, count), "the masked one may be told"
        assert line.share == count / 200
    (of_none,) = [
        each for each in _ask("missing_values", states="BO").lines if "form" in each.codes
    ]
    assert (of_none.count, of_none.share) == (40, 1.0), "a state that tells no form of anybody"
    corridor = _ask("flows", corridor="BO-AR").missing
    assert (corridor.count, corridor.share) == (None, None)


@pytest.mark.usefixtures("loaded")
def test_a_corridor_goes_from_one_state_to_another() -> None:
    assert _counts(_ask("flows", corridor="BO-AR")) == {("BO", "AR"): 70}
    assert _counts(_ask("flows", corridor="BOL-ARG")) == {("BO", "AR"): 70}
    with pytest.raises(statistics.UnknownArea, match="nothing of a way"):
        _ask("share_female", corridor="BO-AR")
    for wrong in ("BO", "BO-AR-CL", "BO-FR"):
        with pytest.raises(statistics.UnknownArea):
            _ask("flows", corridor=wrong)


@pytest.mark.usefixtures("loaded")
def test_the_convicted_of_one_state_are_never_set_against_victims_of_another() -> None:
    answer = _ask("outcomes", years=(2020, 2020))

    told = {line.codes[0]: (line.count, line.denominator) for line in answer.lines}
    assert told == {"prosecuted": (41, 64), "convicted": (9, 44)}


@pytest.mark.usefixtures("loaded")
def test_what_a_state_did_not_report_is_never_told_as_zero(tmp_path: Path) -> None:
    lines = {line.codes[0]: line for line in _ask("outcomes", states="CL").lines}
    for stage in ("prosecuted", "convicted"):  # none is told; five were convicted of "<5" detected
        assert (lines[stage].count, lines[stage].denominator, lines[stage].share) == (None,) * 3
        assert lines[stage].mask == ""
    with pytest.raises(statistics.NothingCounted):
        _ask("outcomes", states="UY")
    (sex, citizenship, form) = _ask("missing_values", states="AR").lines
    assert (sex.count, citizenship.count, form.count) == (4, 40, 10)
    with pytest.raises(statistics.NothingCounted):
        _ask("missing_values", states="UY")


def test_a_year_with_men_only_tells_nothing_of_women(tmp_path: Path) -> None:
    men = sexes("ARG", 2020, men=20)
    load(write(tmp_path / "men.xlsx", sheet([*sexes("ARG", 2019, women=30, men=20), *men])))
    first, last = _ask("share_female", states="AR", over=("year",)).series

    assert (first.count, first.share) == (30, 0.6)
    assert (last.count, last.share, last.share_least, last.most) == (None,) * 4
    head = _ask("share_female", states="AR", years=(2020, 2020)).headline
    assert head is not None
    assert (head.count, head.share) == (None, None)


@pytest.mark.usefixtures("loaded")
def test_where_nobody_is_said_to_be_unknown_the_whole_is_told_beside_it() -> None:
    (sex, citizenship, form) = _ask("missing_values", states="BO").lines

    assert (sex.count, sex.denominator, sex.share) == (None, 20, None)
    assert (form.count, form.denominator, form.share) == (20, 20, 1.0)
    # More are told by citizenship than were detected: how many are missing cannot be said.
    assert (citizenship.count, citizenship.denominator, citizenship.share) == (None, 20, None)


@pytest.mark.usefixtures("loaded")
def test_missing_values_are_told_field_by_field() -> None:
    lines = {line.codes[0]: line for line in _ask("missing_values", states="AR").lines}

    assert (lines["sex"].count, lines["sex"].denominator) == (4, 110)
    assert (lines["citizenship"].count, lines["citizenship"].denominator) == (40, 110)
    assert (lines["form"].count, lines["form"].denominator) == (10, 110)


def test_what_cannot_be_asked_is_refused_with_what_can(tmp_path: Path) -> None:
    for wrong, error, sentence in (
        (("nothing",), statistics.UnknownIndicator, "There are: share_female, age_by_sex"),
        (("share_female", "nowhere"), statistics.SourceCannot, "counted from: glotip"),
        (("triage",), statistics.SourceCannot, "counted from: linea145"),
    ):
        with pytest.raises(error, match=sentence):
            _ask(*wrong)
    with pytest.raises(statistics.WrongPeriod):
        _ask("share_female", years=(2020, 2018))
    with pytest.raises(statistics.WrongPeriod, match="from 2000 to 2100"):
        _ask("share_female", years=(1, 3))
    with pytest.raises(statistics.SourceCannot, match="year, detected_in"):
        _ask("share_female", over=("shoe_size",))
    with pytest.raises(statistics.UnknownArea, match="'FR' is none of the ten states: AR, BO"):
        _ask("share_female", states="AR,FR")
    with pytest.raises(statistics.UnknownArea, match="one of them"):
        statistics.area_of(states="AR", region="LAC")
    with pytest.raises(statistics.NotLoaded, match="import_glotip FILE"):
        _ask("share_female")


@pytest.mark.usefixtures("loaded")
def test_sources_stand_beside_each_other_with_why_they_differ() -> None:
    question = statistics.Question("share_female", "", statistics.area_of(states="AR"))
    found = statistics.compare_sources(by=BY, question=question)

    sides = {side.source: side for side in found.sides}
    assert list(sides) == ["glotip", "cases", "linea145", "htcds"]
    assert sides["glotip"].answer is not None
    assert sides["linea145"].answer is None
    assert sides["linea145"].refused
    assert len({side.counts.en for side in found.sides}) == 4


@pytest.mark.usefixtures("loaded")
def test_codes_are_said_in_the_language_of_the_reader() -> None:
    answer = _ask("flows", corridor="BO-AR")
    said = [statistics.label(*told) for told in zip(answer.by, answer.lines[0].codes, strict=True)]

    assert said == ["Bolivia", "Argentina"]
    assert statistics.label("sex", "female") == "Female"
    assert statistics.country("NA") == "Namibia"
    assert answer.title.into("pt-br").startswith("Da nacionalidade")
    assert answer.title.into("es-ar") == answer.title.into("gn") == answer.title.es


# The command


def _call(*arguments: str) -> Any:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


@pytest.mark.usefixtures("loaded")
def test_the_command_says_numbers_with_what_they_are_of() -> None:
    out = StringIO()
    call_command("indicator", "share_female", "--source", "glotip", "--states", "AR", stdout=out)
    said = out.getvalue()

    assert "Female: 60 (60.0%)" in said
    assert "masked cells: 1" in said
    assert "Data of 2025-04-14" in said
    compared = StringIO()
    call_command("indicator", "share_female", "--compare", "--states", "AR", stdout=compared)
    assert "A report is not a victim" in compared.getvalue()
    with pytest.raises(CommandError, match="first year and the last one"):
        call_command("indicator", "share_female", "--source", "glotip", "--from", "2020")
    with pytest.raises(CommandError, match="Name a source with --source .glotip, cases, linea145"):
        call_command("indicator", "share_female", "--states", "AR")
    with pytest.raises(CommandError, match="There is no indicator"):
        call_command("indicator", "nothing", "--source", "glotip")


def test_the_command_that_loads_says_what_it_did(tmp_path: Path) -> None:
    path = write(tmp_path / "small.xlsx", sheet([citizens("ARG", 239, "145")]))
    out = StringIO()
    call_command("import_glotip", str(path), stdout=out, stderr=StringIO())
    call_command("import_glotip", str(path), stdout=out, stderr=StringIO())

    said = out.getvalue()
    assert "small.xlsx: data of 2025-04-14, 1 rows, 1 added, 0 of them masked" in said
    assert "log: 1 values: Names no country; kept as written" in said
    assert "nothing was added: this very file is loaded already" in said
    (edition,) = _call("editions")
    (line,) = _call("editions", "--log", edition["edition"])
    assert (line["found"], line["why"], line["first_row"]) == ("145", "not_in_list", 4)
    for wrong in ("nothing", "0190a000-0000-7000-8000-000000000000"):
        with pytest.raises(CommandError):
            call_command("editions", "--log", wrong)
    with pytest.raises(CommandError, match="there is no such file"):
        call_command("import_glotip", str(tmp_path / "absent.xlsx"), stderr=StringIO())


def test_the_real_workbook_says_what_the_region_quotes() -> None:
    if not REAL.is_file():
        pytest.skip("the workbook of UNODC is not at hand")
    loaded = _call("import_glotip", str(REAL))
    assert (loaded["rows"], loaded["added"], loaded["masked"]) == (58_769, 58_769, 29_558)
    assert loaded["log"]["not_a_count"] == 128
    assert _call("import_glotip", str(REAL))["added"] == 0
    share = ("indicator", "share_female", "--source", "glotip")
    ten = _call(*share, "--states", "all", "--from", "2018", "--to", "2020")
    region = _call(*share, "--region", "LAC", "--from", "2018", "--to", "2022")

    def said(found: Any) -> tuple[Any, ...]:
        return tuple(found[key] for key in ("female", "male", "share", "masked_cells"))

    assert said(ten) == (4874, 2878, 0.6287, 27)
    assert said(region) == (11020, 6375, 0.6335, 146)
    forms = _call("indicator", "forms", "--source", "glotip", "--from", "2018", "--to", "2022")
    assert [forms[form] for form in ("forced_labour", "sexual", "other")] == [5434, 4819, 1740]
    assert (forms["missing"]["count"], forms["missing"]["of"]) == (14_463 - 11_993, 14_463)
    bolivia = _call("indicator", "forms", "--source", "glotip", "--states", "BO",
                    "--from", "2018", "--to", "2022")["missing"]  # fmt: skip
    assert (bolivia["count"], bolivia["of"]) == (1_984, 1_990)
    flow = ("indicator", "flows", "--source", "glotip", "--from", "2018", "--to", "2022")
    for corridor, count in (("BO-AR", 1107), ("PY-AR", 489), ("VE-CO", 218), ("PE-AR", 130)):
        assert _call(*flow, "--corridor", corridor)["lines"][0]["count"] == count
    bolivia = _call("indicator", "outcomes", "--source", "glotip", "--states", "BO",
                    "--from", "2022", "--to", "2022")  # fmt: skip
    assert [(line["count"], line["denominator"]) for line in bolivia["lines"]] == [
        (825, 560), (9, 560),
    ]  # fmt: skip


def test_nothing_of_what_is_published_is_written_down_when_it_is_read(tmp_path: Path) -> None:
    load(write(tmp_path / "a.xlsx", sheet([row("ARG", 7)])))
    before = len(audit.entries_of(actor_id=BY.id, limit=99))
    _ask("detected", states="AR")

    assert len(audit.entries_of(actor_id=BY.id, limit=99)) == before
