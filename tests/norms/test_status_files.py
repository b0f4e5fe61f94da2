"""How each instrument stands for each state, as the files of the register say it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from ayni.members import api as members
from ayni.norms import api
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

DAY = date(2026, 11, 29)
ASKED = {"q": "", "on": DAY.isoformat()}
BOTH = "mercosur-trafficking"  # of which no source says that it is in force
Rows = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


@pytest.fixture
def browser(bolivia: Peer) -> Client:
    """The browser of the national focal point, who has verified something of the own state."""
    role = members.Role.NATIONAL_FOCAL_POINT
    paula = an_officer("paula", an_institution("ar-programme"), role)
    api.state_standing(
        by=members.actor_of(paula),
        instrument=BOTH,
        statement=api.Statement(
            api.Force.IN_FORCE,
            date(2021, 3, 4),
            seen_in_force=False,
            source="Boletín 1",
            mark=api.Mark.VERIFIED,
        ),
        seen=0,
    )
    client = Client(headers={"host": "ar.localhost"})
    enter(client, paula)
    return client


def bolivia_says(bolivia: Peer, key: str, **body: Any) -> None:
    said = {"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta 77", **body}
    arrive(an_entry(bolivia, kind="norms.standing", key=key, body=said, valid_from="2022-05-06"))


def of_json(browser: Client) -> Rows:
    told = json.loads(browser.get("/norms/search.json", ASKED).content)["found"]
    return {
        (each["id"], row["state"]): row
        for each in told
        if each["kind"] == "instrument"
        for row in each["states"]
    }


def of_csv(browser: Client) -> Rows:
    saved = browser.get("/norms/search-states.csv", ASKED)
    assert f"norms-states-{DAY.isoformat()}.csv" in saved["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig"))))
    rows = {(each["instrument"], each["state"]): each for each in lines}
    assert len(rows) == len(lines), "one line for each instrument and state"
    return rows


def as_told(row: dict[str, Any]) -> tuple[str, str, str, str, str]:
    return row["force"], row["since"], row["seen"], row["source"], row["mark"]


def test_the_status_of_every_state_is_in_both_files_with_its_day_source_and_mark(
    browser: Client,
) -> None:
    as_json, as_csv = of_json(browser), of_csv(browser)
    every = {(of.id, state) for of in api.instruments() for state in members.states()}

    assert as_json.keys() == as_csv.keys() == every
    for of in api.instruments():
        for state in members.states():
            answer = api.in_force(of, state, DAY)
            day = answer.since.isoformat() if answer.since else ""
            expected = (
                answer.force.value,
                "" if answer.seen else day,
                day if answer.seen else "",
                answer.evidence.source,
                answer.evidence.mark.value,
            )
            row, line = as_json[of.id, state], as_csv[of.id, state]
            assert as_told(row) == as_told(line) == expected
            if state in of.standing:
                recorded = of.standing[state]
                held = (recorded.standing.value, recorded.on, recorded.evidence.source)
                assert tuple(row["register"][each] for each in ("standing", "on", "source")) == held
                assert line["register_standing"] == recorded.standing.value
                assert line["register_source"] == recorded.evidence.source
                assert line["register_mark"] == recorded.evidence.mark.value
            else:
                assert (row["register"], line["register_standing"]) == (None, "")
    seen = as_json["can-decision-548", "bo"]
    assert (seen["force"], seen["since"], seen["seen"] != "") == ("in_force", "", True)


def test_what_a_state_has_itself_published_is_in_both_files(browser: Client, bolivia: Peer) -> None:
    bolivia_says(bolivia, BOTH, mark="2", source="Diario")
    bolivia_says(bolivia, "palermo-smuggling", force="not_in_force")
    as_json, as_csv = of_json(browser), of_csv(browser)

    own, line = as_json[BOTH, "ar"], as_csv[BOTH, "ar"]
    assert as_told(own) == ("in_force", "2021-03-04", "", "Boletín 1", "V")
    assert (own["rests_on"], line["rests_on"]) == ("state", "state")
    said = {"force": "in_force", "on": "2021-03-04", "source": "Boletín 1", "counts": True}
    assert said.items() <= own["said"].items()
    assert (line["said_source"], line["said_counts"]) == ("Boletín 1", "yes")
    to_check, line = as_json[BOTH, "bo"], as_csv[BOTH, "bo"]
    assert (to_check["force"], to_check["rests_on"]) == ("not_known", "register")
    assert (to_check["said"]["source"], to_check["said"]["mark"]) == ("Diario", "2")
    assert (to_check["said"]["counts"], line["said_counts"]) == (False, "no")
    other = as_json["palermo-smuggling", "bo"]
    assert (other["force"], other["source"], other["said"]["on"]) == (
        "not_in_force",
        "Gaceta 77",
        "2022-05-06",
    )
    assert as_json[BOTH, "uy"]["said"] is None
    assert as_csv[BOTH, "uy"]["said_force"] == ""


def test_of_two_statements_under_one_number_nothing_is_told_but_that_there_are_two(
    browser: Client, bolivia: Peer
) -> None:
    bolivia_says(bolivia, BOTH)
    bolivia_says(bolivia, BOTH, force="not_in_force", source="Gaceta 78")
    row, line = of_json(browser)[BOTH, "bo"], of_csv(browser)[BOTH, "bo"]

    assert row["force"] == "not_known"
    assert (row["said"]["contested"], row["said"]["counts"]) == (True, False)
    assert (row["said"]["source"], line["said_contested"]) == ("", "yes")


def test_a_source_that_looks_like_a_person_leaves_in_no_file(
    browser: Client, bolivia: Peer
) -> None:
    bolivia_says(bolivia, BOTH, source="Visto por J. Quispe, DNI 12.345.678")

    for path in ("/norms/search.json", "/norms/search-states.csv"):
        assert "Quispe" not in browser.get(path, ASKED).content.decode()
    assert of_json(browser)[BOTH, "bo"]["said"]["counts"] is False


def test_an_article_and_a_law_stand_with_their_states_too(browser: Client) -> None:
    told = json.loads(browser.get("/norms/search.json", ASKED).content)["found"]
    rows = {each["id"]: each for each in told}

    article, of = rows["palermo-trafficking.8"], rows["palermo-trafficking"]
    assert article["states"] == of["states"]
    assert len(of["states"]) == 10
    law = rows["uy.residence.1"]
    assert law["states"] == [
        {name: law[name] for name in ("state", "force", "source", "mark", "as_at")}
    ]


def test_the_table_holds_the_instruments_that_the_filters_let_through(browser: Client) -> None:
    asked = {"q": "undue delays", "on": DAY.isoformat()}
    lines = csv.DictReader(
        io.StringIO(browser.get("/norms/search-states.csv", asked).content.decode("utf-8-sig"))
    )
    told = json.loads(browser.get("/norms/search.json", asked).content)["found"]

    found = {each["instrument"] for each in lines}
    assert found == {each["instrument"] for each in told if each["instrument"]}
    assert "palermo-trafficking" in found
    assert len(found) < len(api.instruments())


def test_the_common_ground_says_how_each_instrument_that_it_names_stands(browser: Client) -> None:
    asked = {"crime": "trafficking", "on": DAY.isoformat()}
    told = json.loads(browser.get("/norms/common-ground.json", asked).content)

    cells = [cell for pair in told["pairs"] for cell in pair["matters"].values()]
    named = {each for cell in cells for each in (*cell["instruments"], *cell["not_known"])}
    assert told["instruments"].keys() == named
    for ident, each in told["instruments"].items():
        assert len(each["states"]) == 10
        for state, row in each["states"].items():
            answer = api.in_force(api.instrument(ident), state.lower(), DAY)
            day = answer.since.isoformat() if answer.since else ""
            assert (row["force"], row["in_force_since"]) == (answer.force.value, day)
            assert (row["seen_in_force_only"], row["mark"]) == (
                answer.seen,
                answer.evidence.mark.value,
            )
    assert told["instruments"][BOTH]["states"]["AR"]["source"] == "Boletín 1"


def test_the_pages_lead_to_the_table(browser: Client) -> None:
    page = browser.get("/norms/search/", ASKED).content.decode()
    ground = browser.get(
        "/norms/common-ground/", {"crime": "smuggling", "on": DAY.isoformat()}
    ).content.decode()

    assert 'href="/norms/search-states.csv?q=&amp;on=2026-11-29"' in page
    assert 'href="/norms/search-states.csv?on=2026-11-29"' in ground


def test_what_cannot_be_asked_and_who_is_no_officer_get_no_table(browser: Client) -> None:
    visitor = Client(headers={"host": "ar.localhost"})

    assert browser.get("/norms/search-states.csv", {"on": "2026-02-30"}).status_code == 400
    assert visitor.get("/norms/search-states.csv").status_code == 302
