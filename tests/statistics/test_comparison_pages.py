"""One figure over its sources, a corridor in both directions, and what was loaded: the pages."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.statistics import api as statistics
from ayni.statistics.pages import comparison, dashboards, panels
from tests.cast import Cast, enter
from tests.statistics.glotip_world import load_glotip
from tests.statistics.stories import an_edition, load
from tests.statistics.workbooks import BY, a_workbook, citizens, sheet, write

pytestmark = pytest.mark.django_db
COMPARED = "/statistics/figures/compared"
EDITIONS = "/statistics/figures/editions"


@pytest.fixture
def ana(cast: Cast, client: Client, tmp_path: Path) -> Client:
    """The browser of an officer who reads figures, with three invented states of GLOTIP."""
    load_glotip(tmp_path, small=True)
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    return client


def _page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[-800:]
    return unescape(answer.content.decode())


def test_each_source_of_a_figure_stands_beside_the_others_with_why_they_differ(ana: Client) -> None:
    for code, indicator in statistics.indicators().items():
        page = _page(ana, f"{COMPARED}?indicator={code}")
        parts = page.split('<div class="ayni-panel"')[1:]
        assert len(parts) == len(indicator.sources), code
        for source, part in zip(indicator.sources, parts, strict=True):
            told = statistics.sources()[source]
            assert told.title.en.split(" (")[0] in part
            for words in (told.coverage, told.counts, told.dated, told.masks):
                assert words.en in part, (code, source)
        assert ("Only one source" in page) is (len(indicator.sources) == 1)


def test_a_source_that_says_nothing_tells_why_and_the_others_stay(ana: Client) -> None:
    page = _page(ana, f"{COMPARED}?indicator=forms&state=ar")
    parts = {each.split('-heading"')[0].split('id="')[-1]: each
             for each in page.split('<div class="ayni-panel"')[1:]}  # fmt: skip
    assert "<svg" in parts["glotip"]
    assert "<svg" not in parts["cases"]
    assert "Nothing of this source has been loaded" in parts["cases"]
    assert "Who never asked for help here is not in it" in parts["cases"]
    assert "no figure; why stands below" in page


def test_numbers_of_two_sources_are_never_added_up(ana: Client, job: Actor) -> None:
    load(job)
    page = _page(ana, f"{COMPARED}?indicator=missing_values&state=ar")
    assert "never added up" in page
    assert "<svg" in page.split('id="linea145-heading"')[1], "own records beside a published source"


def test_sources_of_different_years_are_told_apart(tmp_path: Path, english: None) -> None:
    load_glotip(tmp_path, small=True)
    question = statistics.Question("share_female", "glotip", statistics.area_of())
    answer = statistics.ask_indicator(by=BY, question=question)
    one = panels.Panel("glotip", "", answer=answer)
    other = replace(one, ident="cases", answer=replace(answer, years=(2024, 2025)))
    assert comparison.glance([one, other])["other_years"]
    assert not comparison.glance([one, replace(one, ident="cases")])["other_years"]
    assert [row[2] for row in comparison.glance([one, other])["rows"]] == ["2018–2020", "2024–2025"]
    assert "%" in comparison.glance([one])["rows"][0][1]


def test_a_comparison_takes_no_source_and_refuses_a_figure_that_is_none(ana: Client) -> None:
    assert "has no filter" in _page(ana, f"{COMPARED}?source=glotip", 400)
    assert "There is no figure “luck”" in _page(ana, f"{COMPARED}?indicator=luck", 400)
    assert "none of the ten states" in _page(ana, f"{COMPARED}?state=mx", 400)
    assert "has no filter" in _page(ana, "/statistics/figures?indicator=forms", 400)
    # "all" is a choice where sources are compared, and no state elsewhere.
    assert "the ten states" in _page(ana, f"{COMPARED}?indicator=forms&state=all")
    assert "none of the ten" in _page(ana, "/statistics/figures/state?state=all", 400)


def test_each_side_of_a_comparison_has_its_file(ana: Client) -> None:
    page = _page(ana, f"{COMPARED}?indicator=forms&from=2018&to=2020")
    links = re.findall(r'href="(/statistics/figures/compared/[^"]+)"', page)
    assert any("/glotip/csv?indicator=forms" in each for each in links)
    for link in links:
        if "parquet" not in link:
            assert ana.get(link.replace("&amp;", "&")).status_code == 200
    assert ana.get(f"{COMPARED}/cases/csv?indicator=forms").status_code == 409


def test_a_side_that_is_too_small_is_refused_in_its_place(tmp_path: Path, english: None) -> None:
    load_glotip(tmp_path, small=True)
    question = statistics.Question("forms", "", statistics.area_of())
    side = statistics.compare_sources(by=BY, question=question).sides[0]
    assert side.answer is not None
    few = statistics.AnswerLine(("BO",), None, mask="<10", masked_cells=1, most=9)
    answer = replace(side.answer, total=few, standing=statistics.Standing.FIGURES)
    panel = comparison._panel(replace(side, answer=answer))
    assert panel.answer is None
    assert "single somebody out" in panel.refused
    assert panel.why
    assert comparison.glance([panel])["rows"][0][1] == "no figure; why stands below"


def test_a_corridor_tells_the_facts_of_both_directions(ana: Client) -> None:
    page = _page(ana, "/statistics/figures/corridor?citizens-of=bo&and=ar&from=2018&to=2020")
    both = page.split('id="both-heading"')[1].split('-heading"')[0]
    # Invented: of Bolivia's citizens 40, 40, 40 in Argentina; of Argentina's 21 a year in Bolivia.
    assert re.search(r"Bolivia → Argentina: [^;<]*\(120\); Argentina → Bolivia: [^;<]*\(63\)", both)
    there = page.split('id="there-heading"')[1].split('-heading"')[0]
    # Of all who were detected in Argentina and whose citizenship is a country.
    assert "120 (33.3 %)" in there
    assert "(360)" in there
    assert both.count("<dt>Period</dt>") == 1


def test_facts_that_are_the_same_are_told_once() -> None:
    told = [("a", [("Period", "2018"), ("Out of", "x (1)")]),
            ("b", [("Period", "2018"), ("Out of", "x (2)"), ("Small", "3")])]  # fmt: skip
    assert dashboards.together(told) == [
        ("Period", "2018"), ("Out of", "a: x (1); b: x (2)"), ("Small", "a: –; b: 3"),
    ]  # fmt: skip


def test_where_a_source_tells_it_the_place_of_exploitation_stands_between(
    tmp_path: Path, english: None
) -> None:
    load_glotip(tmp_path, small=True)
    question = statistics.Question("flows", "glotip", statistics.area_of(states="AR"))
    answer = statistics.ask_indicator(by=BY, question=question)
    lines = (
        statistics.AnswerLine(("BO", "PE", "AR"), 12, denominator=40, share=0.3),
        statistics.AnswerLine(("BR", "AR", "AR"), 28, denominator=40, share=0.7),
    )
    own = replace(answer, by=("citizenship", "exploited_in", "detected_in"), lines=lines)
    panel = dashboards._way("there", ("BO", "AR"), lambda *_names: own)
    assert "Bolivia → Peru → Argentina" in panel.svg
    assert [row[:3] for row in panel.rows] == [["Bolivia", "Peru", "Argentina"]]
    assert panels.crimes_of([panel]).startswith("Trafficking")
    cases = replace(own, origin=replace(own.origin, code="cases"))
    none = dashboards._way("there", ("VE", "AR"), lambda *_names: cases)
    assert none.refused == "There is no such case in these records."
    with pytest.raises(statistics.NothingCounted):
        dashboards._way("there", ("VE", "AR"), lambda *_names: own)


def test_the_page_of_an_edition_names_the_file_its_date_its_hash_and_every_normalisation(
    ana: Client,
) -> None:
    odd = citizens("ARG", 7, "145")
    file = write(a_workbook().with_name("odd.xlsx"), sheet([odd]))
    statistics.import_glotip(by=BY, file=file, now=clock.now())
    for edition in statistics.editions():
        address = f"{EDITIONS}/{edition.id}"
        assert address in _page(ana, EDITIONS)
        page = _page(ana, address)
        assert edition.digest in page
        assert edition.file in page
        log = statistics.edition_log(edition=edition.id)
        shown = list(csv.DictReader(io.StringIO(
            ana.get(f"{address}/file").content.decode("utf-8-sig"))))  # fmt: skip
        assert len(shown) == len(log)
        assert [int(row["Times"]) for row in shown] == [each.times for each in log]
        for why in {each.why for each in log}:
            only = _page(ana, f"{address}?why={why}")
            assert str(statistics.remark_words(why)) in only
    assert sum(len(statistics.edition_log(edition=each.id)) for each in statistics.editions())


def test_a_reason_that_is_none_is_refused_and_no_line_is_shown(ana: Client) -> None:
    edition = statistics.editions()[0]
    page = _page(ana, f"{EDITIONS}/{edition.id}?why=luck", 400)
    assert "There is no reason “luck”" in page
    assert ana.get(f"{EDITIONS}/{edition.id}?page=x").status_code == 404


def test_a_load_that_has_not_ended_shows_how_far_it_is_and_is_not_counted(ana: Client) -> None:
    under_way = an_edition(loaded_rows=3)
    counted = statistics.counted_edition()
    assert counted is not None
    assert counted.id != under_way.id
    page = _page(ana, EDITIONS)
    assert '<progress class="ayni-progress" value="3" max="10"' in page
    assert page.count("not complete") == 1
    assert page.count(">\n  counted") + page.count(">counted<") == 1
    assert "has not ended" in _page(ana, f"{EDITIONS}/{under_way.id}")


def test_an_edition_that_is_none_is_not_there(ana: Client) -> None:
    ghost = "00000000-0000-4000-8000-000000000000"
    assert ana.get(f"{EDITIONS}/{ghost}").status_code == 404
    assert ana.get(f"{EDITIONS}/{ghost}/file").status_code == 404
    with pytest.raises(NotFound):
        statistics.edition_log(edition=ghost)  # type: ignore[arg-type]


def test_a_node_without_a_loaded_file_says_how_one_is_loaded(cast: Cast, client: Client) -> None:
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    page = _page(client, EDITIONS)
    assert "No file has been loaded" in page
    assert "ayni import_glotip" in page
