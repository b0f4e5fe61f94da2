"""What the ten states share, as an officer sees it and saves it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest
from django.test import Client
from django.utils.html import escape

from ayni.members import api as members
from ayni.norms import api
from tests.cast import Cast, enter

PAGE = "/norms/common-ground/"


@pytest.fixture
def ana(cast: Cast) -> Client:
    """Ana's browser, in English."""
    client = Client(headers={"host": "ar.localhost", "accept-language": "en"})
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    return client


def test_only_officers_see_it(db: None) -> None:
    visitor = Client(headers={"host": "ar.localhost"})

    assert visitor.get(PAGE).status_code == 302
    assert visitor.get("/norms/common-ground.csv?crime=trafficking").status_code == 302


@pytest.mark.parametrize("crime", list(api.Crime))
def test_every_pair_stands_twice_in_the_picture_and_once_in_the_table(
    ana: Client, crime: api.Crime
) -> None:
    text = ana.get(PAGE, {"crime": crime.value, "on": "2026-11-29"}).content.decode()

    pairs = api.common_ground(on=date(2026, 11, 29))
    assert len(pairs) == 45
    assert text.count('<td class="ayni-matrix__cell ayni-matrix__cell--none">') == 10
    values = [pair.matters[crime].of_this_crime.value for pair in pairs]
    for value in set(values):
        cells = text.count(f'<td class="ayni-matrix__cell ayni-matrix__cell--{value}">')
        assert cells == 2 * values.count(value)
    for pair in pairs:
        names = [members.state(code).name for code in (pair.a, pair.b)]
        assert escape(" – ".join(map(str, names))) in text


def test_a_gap_is_told_and_who_could_carry_an_action(ana: Client) -> None:
    text = ana.get(PAGE, {"crime": "smuggling", "on": "2026-11-29"}).content.decode()

    gaps = text[text.index("Gaps") : text.index("Pair by pair")]
    told = {
        frozenset((pair.a, pair.b)): pair.matters[api.Crime.SMUGGLING].is_gap
        for pair in api.common_ground(on=date(2026, 11, 29))
    }
    for pair, is_gap in told.items():
        names = " – ".join(str(members.state(code).name) for code in sorted(pair))
        assert (f"<li>{escape(names)} ·" in gaps) is is_gap
    for bridge in api.bridge_states(on=date(2026, 11, 29)):
        assert f"<li>{escape(str(members.state(bridge.state).name))}: " in text


def test_the_two_crimes_are_never_added_up(ana: Client) -> None:
    one, other = (
        ana.get(PAGE, {"crime": crime.value, "on": "2026-11-29"}).content for crime in api.Crime
    )

    assert one != other
    assert ana.get(PAGE, {"crime": "both"}).content.count(b"ayni-matrix") == 0


def test_without_a_question_it_shows_trafficking_today(ana: Client) -> None:
    text = ana.get(PAGE).content.decode()

    assert "Trafficking in persons, " in text
    assert "ayni-matrix" in text


def test_a_day_that_is_none_is_told(ana: Client) -> None:
    page = ana.get(PAGE, {"crime": "trafficking", "on": "2026-02-30"})
    file = ana.get("/norms/common-ground.json", {"crime": "trafficking", "on": "tomorrow"})

    assert b"govuk-error-summary" in page.content
    assert (file.status_code, b"YYYY-MM-DD" in file.content) == (400, True)


def test_the_files_say_what_the_page_says(ana: Client) -> None:
    asked = {"crime": "smuggling", "on": "2026-11-29"}
    saved = ana.get("/norms/common-ground.csv", asked)
    lines = list(csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig"))))
    as_json = json.loads(ana.get("/norms/common-ground.json", asked).content)

    assert "common-ground-smuggling-2026-11-29.csv" in saved["Content-Disposition"]
    assert len(lines) == len(as_json["pairs"]) == 45
    for line, pair in zip(lines, as_json["pairs"], strict=True):
        cell = pair["matters"]["smuggling"]["of_this_matter_alone"]
        assert (line["a"], line["b"], line["value"]) == (pair["a"], pair["b"], cell["value"])
        assert line["instruments"].split() == cell["instruments"]
        assert line["not_known"].split() == cell["not_known"]
        whole = pair["matters"]["smuggling"]
        assert line["without_ground"].split() == whole["without_ground"]
        assert line["not_applied"].split() == whole["not_applied"]
        general = {*whole["not_known"]} - {*cell["not_known"]}
        assert {*line["general_not_known"].split()} == general


@pytest.mark.parametrize("crime", list(api.Crime))
def test_page_and_file_count_alike_what_waits_for_verification(
    ana: Client, crime: api.Crime
) -> None:
    asked = {"crime": crime.value, "on": "2026-11-29"}
    text = ana.get(PAGE, asked).content.decode()
    answer = json.loads(ana.get("/norms/common-ground.json", asked).content)

    cells = [pair["matters"][crime.value] for pair in answer["pairs"]]
    waiting = sum(cell["waits_for_verification"] for cell in cells)
    assert waiting == sum(bool(cell["not_known"]) for cell in cells) > 0
    assert f"For {waiting} pairs something waits for verification." in text
    both = sum(
        cell["waits_for_verification"]
        for pair in answer["pairs"]
        for cell in pair["matters"].values()
    )
    assert answer["waiting_for_verification"] == both


def test_what_one_state_does_not_apply_to_nationals_of_the_other_is_marked(ana: Client) -> None:
    def refused(day: str) -> set[frozenset[str]]:
        asked = {"crime": "trafficking", "on": day}
        answer = json.loads(ana.get("/norms/common-ground.json", asked).content)
        return {
            frozenset((pair["a"], pair["b"]))
            for pair in answer["pairs"]
            if "mercosur-residence" in pair["matters"]["trafficking"]["not_applied"]
        }

    chile = {frozenset(("CL", other)) for other in ("CO", "EC", "PE")}
    assert refused("2026-11-29") == chile, "Venezuela is not bound"
    text = ana.get(PAGE, {"crime": "trafficking", "on": "2026-11-29"}).content.decode()
    assert "In force for both, not applied to nationals of one of them" in text


def _tag_of(page: str, instrument: str) -> str:
    """The first tag beside the name of an instrument."""
    head = page[: page.index(f'href="/norms/instruments/{instrument}/"')]
    return re.findall(r'<strong class="govuk-tag[^"]*">\s*(.*?)\s*</strong>', head)[-1]


def test_a_cell_leads_to_the_two_states_on_the_same_day(ana: Client) -> None:
    text = ana.get(PAGE, {"crime": "trafficking", "on": "2017-05-04"}).content.decode()
    there = "/norms/between/?requesting=ar&amp;requested=bo&amp;crime=trafficking&amp;on=2017-05-04"

    assert f'href="{there}"' in text
    before = ana.get(there.replace("&amp;", "&")).content.decode()
    after = ana.get(there.replace("&amp;", "&").replace("2017", "2019")).content.decode()
    assert re.search(r"Worked out for [^.]*2017\.", before)
    assert re.search(r"Worked out for [^.]*2019\.", after)
    # The agreement of the two entered into force between these days.
    assert _tag_of(before, "ar-bo-trafficking") != _tag_of(after, "ar-bo-trafficking")


def test_an_instrument_without_a_ground_stands_in_a_column_of_its_own(ana: Client) -> None:
    asked = {"crime": "trafficking", "on": "2026-11-29"}
    text = ana.get(PAGE, asked).content.decode()
    saved = ana.get("/norms/common-ground.csv", asked)
    lines = list(csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig"))))

    assert "In force for both, no ground for a request" in text
    assert text.count("CRC-OPSC") >= 45
    assert all("crc-opsc" in line["without_ground"].split() for line in lines)
    assert not any("crc-opsc" in line["general"].split() for line in lines)
