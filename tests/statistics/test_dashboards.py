"""Dashboards: filters in the address, what stands beside each drawing, files, and refusals."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.charts.values import Hidden
from ayni.statistics.errors import TooFew
from ayni.statistics.pages import dashboards, drawing, files, numbers, panels, views
from ayni.statistics.pages.filters import Filters
from ayni.statistics.sources import tallies
from tests.cast import Cast, an_officer, enter
from tests.statistics.glotip_world import load_glotip
from tests.statistics.stories import load
from tests.statistics.workbooks import BY

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)
REGION = "/statistics/figures"


@pytest.fixture
def ana(cast: Cast, client: Client, tmp_path: Path) -> Client:
    """The browser of an officer, on a node with three invented states of GLOTIP."""
    load_glotip(tmp_path, small=True)
    enter(client, cast.ana)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.cookies["ayni_ar_language"] = "en"
    return client


def _page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[-800:]
    return answer.content.decode()


def _unpacked(client: Client, address: str) -> tuple[bytes, dict[str, Any], str]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        package = json.loads(archive.read("datapackage.json"))
        path = package["resources"][0]["path"]
        return archive.read(path), package, path


def test_each_drawing_has_its_names_its_facts_and_the_same_numbers_as_a_table(ana: Client) -> None:
    page = _page(ana, f"{REGION}?from=2018&to=2020")
    panels = page.split('<div class="ayni-panel')[1:]
    drawn = [panel for panel in panels if "<svg" in panel]
    assert len(drawn) >= 8
    for panel in drawn:
        svg = panel[panel.index("<svg") : panel.index("</svg>")]
        assert re.match(r"<svg [^>]*role=\"img\"", svg)
        assert re.search(r"<title[^>]*>[^<]+</title><desc[^>]*>[^<]+</desc>", svg)
        for fact in ("Period", "Out of", "Data of", "Not told, or left out of the count", "Source"):
            assert f"<dt>{fact}</dt>" in panel, fact
        assert "<table" in panel
    assert "do not imply that any state" in drawn[0]
    assert "14 April 2025" in drawn[0]


def test_what_is_missing_of_several_states_is_told_of_each(ana: Client) -> None:
    asked = "from=2018&to=2020"
    page = " ".join(_page(ana, f"{REGION}?{asked}").split())
    panel = page.split('id="forms-heading"')[1].split('-heading"')[0]
    # Invented: a third of each year's victims has a form that is told.
    assert "the states taken together; most in" in panel
    assert "state by state: Argentina: 67.0 % (203 of 303); Bolivia: 66.8 % (403 of 603)" in panel
    _raw, package, _path = _unpacked(ana, f"{REGION}/region/forms/json?{asked}")
    assert set(package["ayni"]["missing_share_by_state"]) == {"AR", "BO", "PE"}
    assert "state by state: Argentina" in package["description"]
    alone = _page(ana, f"{REGION}/state?state=bo&{asked}")
    alone = alone.split('id="forms-heading"')[1].split('-heading"')[0]
    assert "taken together" not in alone
    assert "state by state" not in alone


def test_the_map_tells_the_facts_of_its_arrows_beside_those_of_its_shades(ana: Client) -> None:
    page = " ".join(_page(ana, f"{REGION}?from=2018&to=2020").split())
    facts = page.split('id="map-heading"')[1].split("<dl")[1].split("</dl>")[0]
    missing = facts.split("<dt>Not told, or left out of the count</dt>")[1].split("</dd>")[0]
    assert "Detected victims: cannot be said" in missing
    assert re.search("place of detection: (cannot be said|[0-9.]+ %)", missing)
    assert "Detected victims whose citizenship is a country" in facts


def test_no_part_of_any_page_is_without_period_denominator_date_and_share_missing(
    ana: Client, cast: Cast, job: Actor, english: None
) -> None:
    """Every indicator of every source, as each page draws it."""
    load(job)
    both = [("trafficking", 40), ("smuggling", 30)]
    tallies.keep("ar-programme", tallies.CASES, {
        "persons": {2023: Counter({(c, "female", "adult", "yes", "host"): n for c, n in both})},
        "origins": {2023: Counter({(c, "BO", "female", "host"): n for c, n in both})},
        "flows": {2023: Counter({(c, "BO", "unknown", "AR"): n for c, n in both})},
        "reports": {2023: Counter({(c, "urgency", "later"): n for c, n in both})},
        "forms": {2023: Counter({("trafficking", "ForcedLabour"): 40})},
    }, clock.now())  # fmt: skip
    tallies.keep("ar-programme", "htcds", {
        "persons": {2023: Counter({("trafficking", "female", "adult", "yes"): 40})},
        "flows": {2023: Counter({("trafficking", "BO", "PE", "AR"): 40})},
        "forms": {2023: Counter({("trafficking", "ForcedLabour"): 40})},
    }, clock.now())  # fmt: skip
    # Her work is every case: of few reports she sees each number, so that every part is drawn.
    role = members.Role.CASE_SUPERVISOR
    by = members.actor_of(an_officer("supervisor", cast.programme, role))
    seen = set()
    for code, board in views.DASHBOARDS.items():
        sources = [""] if board.compares else dashboards.sources_for(by, board.sources, of=board.of)
        indicators = list(statistics.indicators()) if board.compares else [""]
        states = dict(zip((name for name, _label in board.states), ("ar", "bo"), strict=False))
        for source, indicator in itertools.product(sources, indicators):
            asked = Filters(source, None, states, indicator, "ar-programme")
            for part in board.parts(by, asked):
                panel = part.told()
                if panel.answer is None:
                    continue
                seen.add((panel.answer.indicator, panel.answer.origin.code))
                _tells_all_four(f"{code} {part.ident} {source}{indicator}", panel)
    counted = {
        (code, source) for code, each in statistics.indicators().items() for source in each.sources
    }
    assert counted - seen == {("answered_on_time", "clocks")}, "no clock runs here"


def _tells_all_four(where: str, panel: panels.Panel) -> None:
    answer, facts = panel.answer, dict(panel.facts)
    assert answer is not None
    first, last = map(str, answer.years)
    assert first in facts["Period"], where
    assert last in facts["Period"], where
    assert answer.denominator.en in facts["Out of"], where
    assert re.search(r"\b20[0-9]{2}\b", facts["Data of"]), where
    missing = facts["Not told, or left out of the count"]
    counting = statistics.indicators()[answer.indicator].sources[answer.origin.code]
    if counting.missing is not None and answer.missing.share is not None:
        assert re.search(r"[0-9] % \([0-9,]+ of [0-9,]+\)", missing), where
    else:
        assert "cannot be said" in missing, where
    said = " ".join(re.sub("<[^>]*>", " ", panel.svg).split())
    for fact in ("Period", "Out of", "Data of", "Not told, or left out of the count", "Interval"):
        assert f"{fact}: " in said, (where, fact)


def test_every_number_that_is_drawn_stands_in_the_table(ana: Client) -> None:
    page = _page(ana, f"{REGION}/state?state=bo&from=2018&to=2020")
    panel = page.split('id="forms-heading"')[1].split('-heading"')[0]
    titles = re.findall(r"<g><title>([^<]+)</title>", panel)
    table = panel[panel.index("<table") :]
    assert titles
    for title in titles:
        shown = title.split(": ")[1].split(" (")[0]
        assert f">{shown}</td>" in table, title
    assert any("&lt;" in title for title in titles)
    assert "-masked)" in panel  # hatched


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?source=rumour", "There is no source"),
        ("?from=2020", "or neither"),
        ("?from=20&to=2020", "is no year"),
        ("?from=２０２０&to=2021", "is no year"),
        ("?from=2021&to=2020", "must not be after"),
        ("?colour=red", "has no filter"),
        ("?source=glotip&source=cases", "is there twice"),
        ("/state?state=mx", "none of the ten states"),
        ("/corridor?citizens-of=bo&and=bo", "choose two"),
    ],
)
def test_a_filter_that_is_none_is_refused_by_name_and_no_number_is_shown(
    ana: Client, query: str, words: str
) -> None:
    page = _page(ana, REGION + query, status=400)
    assert words in page
    assert "<svg" not in page.split("<main")[1]
    assert "govuk-error-summary" in page


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
def test_a_file_holds_every_line_with_metadata_that_fits_it(ana: Client, kind: str) -> None:
    if kind == "parquet" and find_spec("pyarrow") is None:
        pytest.skip("pyarrow is not installed: pip install ayni[observatory]")
    data, package, path = _unpacked(ana, f"{REGION}/region/forms/{kind}?from=2018&to=2020")
    resource = package["resources"][0]
    assert resource["bytes"] == len(data)
    assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    names = [field["name"] for field in resource["schema"]["fields"]]
    assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])
    assert path == f"forms.{kind}"
    rows = _rows(kind, data, names)
    told = {row["form"]: row for row in rows}
    assert int(told["forced_labour"]["count"]) == 600
    assert told["sexual"]["count"] in (None, "")
    assert told["sexual"]["mask"] == "<37"  # nine cells of "<5"
    assert package["ayni"]["source"]["edition"] == "2025-04-14"
    assert package["ayni"]["crime"] == "trafficking"


def _rows(kind: str, data: bytes, names: list[str]) -> list[dict[str, Any]]:
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(data.decode())))
    if kind == "json":
        read: list[dict[str, Any]] = json.loads(data)
        return read
    if kind == "xlsx":
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        head, *rows = book.get_sheet_by_index(0).to_python()
        assert head == names
        return [dict(zip(names, row, strict=True)) for row in rows]
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(data))
    assert table.column_names == names
    return list(table.to_pylist())


def test_a_file_of_what_is_no_part_or_no_format_is_not_there(ana: Client) -> None:
    assert ana.get(f"{REGION}/region/forms/exe").status_code == 404
    assert ana.get(f"{REGION}/region/nothing/csv").status_code == 404
    assert ana.get(f"{REGION}/nowhere").status_code == 404
    _page(ana, f"{REGION}/region/forms/csv?from=1", status=400)
    # Of these years the source holds nothing: a sentence, not an empty file.
    assert "unknown, not zero" in _page(ana, f"{REGION}/region/forms/csv?from=2003&to=2004", 409)


def test_nothing_is_shown_of_a_source_that_was_not_loaded(cast: Cast, client: Client) -> None:
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    page = _page(client, REGION)
    assert "ayni import_glotip" in page
    assert "<svg" not in page.split("<main")[1]


def test_a_page_of_published_numbers_travels_compressed_and_one_of_own_records_does_not(
    ana: Client,
) -> None:
    counted = {
        "persons": ("trafficking", "female", "adult", "yes", "host"),
        "origins": ("trafficking", "BO", "female", "host"),
        "flows": ("trafficking", "BO", "unknown", "AR"),
        "reports": ("trafficking", "urgency", "later"),
        "forms": ("trafficking", "ForcedLabour"),
    }
    told = {table: {2023: Counter({codes: 40})} for table, codes in counted.items()}
    tallies.keep("ar-programme", "cases", told, clock.now())
    gzip = {"accept-encoding": "gzip"}
    open_to_all = ana.get(f"{REGION}?from=2018&to=2020", headers=gzip)
    assert open_to_all["Content-Encoding"] == "gzip"
    assert len(open_to_all.content) <= 30_000
    own = ana.get(f"{REGION}/state?state=ar&source=cases", headers=gzip)
    assert own.status_code == 200
    assert "40" in own.content.decode()
    assert "Content-Encoding" not in own
    # What was typed stands in the page again.
    assert "Content-Encoding" not in ana.get(f"{REGION}?colour=red", headers=gzip)


def test_the_other_crime_has_a_page_of_its_own_and_is_added_to_nothing(
    ana: Client, cast: Cast
) -> None:
    told = {
        "persons": {2023: Counter({
            ("smuggling", "female", "adult", "no", "host"): 30,
            ("smuggling", "male", "adult", "no", "host"): 20,
            ("smuggling", "male", "unknown", "no", "host"): 15,
            ("trafficking", "female", "adult", "yes", "host"): 40,
        })},
        "origins": {2023: Counter({
            ("smuggling", "VE", "female", "host"): 30, ("smuggling", "unknown", "male", "host"): 35,
            ("trafficking", "BO", "female", "host"): 40,
        })},
    }  # fmt: skip
    tallies.keep("ar-programme", tallies.CASES, told, clock.now())
    page = " ".join(_page(ana, f"{REGION}/smuggling?state=ar").split())
    assert "Smuggling of migrants only" in page
    assert "Trafficking in persons only" not in page
    parts = {
        each.split('-heading"')[0]: each
        for each in page.split('<h2 class="govuk-heading-m" id="')[1:]
    }
    assert set(parts) == {"by-year", "ages", "citizenships"}
    for part in parts.values():
        for fact in ("Period", "Out of", "Data of", "Not told, or left out of the count"):
            assert f"<dt>{fact}</dt>" in part, fact
    assert "(65)" in parts["by-year"], "the cases of smuggling, and not 105"
    assert "23.1 % (15 of 65)" in parts["ages"]
    assert "53.8 % (35 of 65)" in parts["citizenships"]
    raw, package, _path = _unpacked(ana, f"{REGION}/smuggling/by-year/csv?state=ar")
    assert [row["count"] for row in csv.DictReader(io.StringIO(raw.decode()))] == ["65"]
    assert package["ayni"]["crime"] == "smuggling"
    # Who reads no figures of the node is shown no way to them.
    assert "/figures/smuggling" in _page(ana, REGION)
    other = Client()
    enter(other, cast.sol)
    assert "/figures/smuggling" not in _page(other, REGION)


def test_who_does_not_read_figures_is_not_offered_the_records_of_the_node(
    ana: Client, cast: Cast
) -> None:
    state = f"{REGION}/state"
    assert 'value="cases"' in _page(ana, state)
    assert 'value="cases"' not in _page(ana, REGION), "records of a node are of one state"
    other = Client()
    enter(other, cast.sol)
    other.cookies["ayni_ar_language"] = "en"
    page = _page(other, state)
    assert 'value="glotip"' in page
    assert 'value="cases"' not in page
    assert "There is no source" in _page(other, f"{state}?source=cases", status=400)


def test_a_node_without_the_hotline_shows_its_figures_without_a_way_to_it(
    ana: Client, settings: Any
) -> None:
    assert "linea145" in _page(ana, REGION)
    settings.ROOT_URLCONF = "tests.statistics.addresses_elsewhere"
    assert "linea145" not in _page(ana, REGION)


def test_the_clocks_are_not_called_figures_of_trafficking(
    ana: Client, cast: Cast, english: None
) -> None:
    assert "Trafficking in persons only" in _page(ana, REGION)
    told = statistics.Question("detected", "glotip", statistics.area_of())
    answer = statistics.ask_indicator(by=BY, question=told)
    clocks = panels.Panel("b", "", answer=replace(answer, crime=statistics.Crime.NOT_TOLD))
    trafficking = panels.Panel("a", "", answer=answer)

    assert "Trafficking in persons only" in panels.crimes_of([trafficking])
    for shown in ([clocks], [clocks, trafficking]):
        assert panels.crimes_of(shown) == "These clocks do not say which crime they are about."
    assert panels.crimes_of([panels.Panel("c", "", refused="Nothing")]) == ""


def test_the_years_of_a_corridor_have_a_file_with_both_directions(ana: Client) -> None:
    asked = "citizens-of=bo&and=ar&from=2018&to=2020"
    page = _page(ana, f"{REGION}/corridor?{asked}")

    assert 'id="both-heading"' in page
    assert "<svg" in page.split('id="both-heading"')[1].split('-heading"')[0]
    assert "/corridor/there/csv" in page
    assert "/corridor/both/csv" in page
    raw, package, _path = _unpacked(ana, f"{REGION}/corridor/both/csv?{asked}")
    rows = list(csv.DictReader(io.StringIO(raw.decode())))
    told = [(row["year"], row["citizenship"], row["detected_in"], row["count"]) for row in rows]
    years = ("2018", "2019", "2020")
    # Invented: of Bolivia's citizens 40 a year in Argentina, of Argentina's 21 in Bolivia.
    assert told == [
        line for year in years for line in ((year, "AR", "BO", "21"), (year, "BO", "AR", "40"))
    ]
    assert {row["share"] for row in rows} == {""}, "no share is of both ways"
    assert "Both ways between the two states" in package["description"]


def test_the_public_page_shows_that_nothing_has_been_published(client: Client, ana: Client) -> None:
    for language, words in (("en", "Nothing has been published"), ("es", "no se publicó nada")):
        page = Client().get(f"/statistics/published/{language}/")
        assert page.status_code == 200
        assert words in page.content.decode()
        assert not page.cookies
    assert statistics.published_releases() == []


def _answer(tmp_path: Path, **more: Any) -> statistics.Answer:
    load_glotip(tmp_path, small=True)
    from ayni.audit import api as audit

    question = statistics.Question("detected", "glotip", statistics.area_of(states="BO"))
    answer = statistics.ask_indicator(by=audit.job("test"), question=question)
    return replace(answer, **more)


def test_filters_that_leave_too_few_are_refused_to_who_may_not_read_the_rows(
    tmp_path: Path,
) -> None:
    few = statistics.AnswerLine(("BO",), None, mask="<10", masked_cells=1, most=9)
    for standing in statistics.Standing:
        answer = _answer(tmp_path, total=few, standing=standing)
        if standing is statistics.Standing.FIGURES:
            with pytest.raises(TooFew, match="<10"):
                dashboards.check_enough(answer)
        else:
            dashboards.check_enough(answer)


@pytest.mark.usefixtures("english")
def test_what_is_hidden_beside_few_is_not_said_to_be_few(tmp_path: Path) -> None:
    beside = statistics.AnswerLine((), None, mask="*", masked_cells=1, most=None)
    answer = _answer(tmp_path, total=beside, standing=statistics.Standing.FIGURES)

    with pytest.raises(TooFew, match="would follow from what these filters leave"):
        dashboards.check_enough(answer)


def test_a_published_interval_is_drawn_told_and_taken_along(tmp_path: Path) -> None:
    line = statistics.AnswerLine(("BO",), 120, least=120, most=120, interval=(101.0, 139.0))
    answer = _answer(tmp_path, lines=(line,))
    panel = drawing.panel("one", answer)
    assert ("Interval" in dict(panel.facts)) or ("Intervalo" in dict(panel.facts))
    assert "101 – 139" in str(panel.rows)
    assert panel.svg.count("<path") == 2  # the line and its light edge
    assert files.records(answer)[0]["interval_high"] == 139.0


@pytest.mark.usefixtures("english")
def test_a_share_is_rounded_and_not_cut() -> None:
    assert numbers.per_cent(2 / 3) == "66.7 %"
    assert numbers.per_cent(0.6287) == "62.9 %"
    assert numbers.per_cent(1.0) == "100.0 %"
    assert numbers.ratio(0.8399) == "0.84"
    assert numbers.axis(statistics.Unit.RATIO, 0.666) == "0.67"


def test_a_masked_line_is_hidden_and_never_a_number() -> None:
    masked = numbers.count(statistics.AnswerLine(("x",), None, mask="<5", masked_cells=3))
    assert (masked.hidden, masked.number, masked.below) == (Hidden.MASKED, None, 5)
    told = numbers.count(statistics.AnswerLine(("x",), None))
    assert told.hidden is Hidden.UNKNOWN
    held = numbers.count(statistics.AnswerLine(("x",), None, mask="held back"))
    assert held.hidden is Hidden.SUPPRESSED
    assert numbers.count(statistics.AnswerLine(("x",), 0)).number == 0


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path) -> None:
    line = statistics.AnswerLine(("=1+1",), 1)
    answer = _answer(tmp_path, lines=(line,))
    packed = files.packed(answer, "csv", now=NOW, node="ar")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert "'=1+1" in archive.read("detected.csv").decode()
    packed_again = files.packed(answer, "csv", now=NOW, node="ar")
    assert packed == packed_again
