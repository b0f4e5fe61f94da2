"""A focal point says how an instrument stands for the own state; everybody sees who says what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from ayni.gazette import api as gazette
from ayni.members import api as members
from ayni.norms import api
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

INSTRUMENT = "mercosur-trafficking"
PAGE = f"/norms/instruments/{INSTRUMENT}/"
TOLD = {
    "force": "in_force", "on_day": "4", "on_month": "3", "on_year": "2021", "day_is": "entry",
    "source": "Boletín Oficial 1234", "mark": "V", "version": "0",
}  # fmt: skip


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


def browser(name: str, role: members.Role) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, an_officer(name, an_institution("ar-programme"), role))
    client.cookies["ayni_ar_language"] = "en"
    return client


@pytest.fixture
def paula(bolivia: Peer) -> Client:
    """The browser of the national focal point."""
    return browser("paula", members.Role.NATIONAL_FOCAL_POINT)


@pytest.fixture
def ana(bolivia: Peer) -> Client:
    """The browser of an officer of the programme."""
    return browser("ana", members.Role.CONSULAR_OFFICER)


def says(client: Client, path: str, **told: Any) -> str:
    answer = client.post(path, told, follow=True) if told else client.get(path)
    return answer.content.decode()


def bolivia_says(bolivia: Peer, instrument: str = INSTRUMENT, **changed: Any) -> None:
    body = {"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta 77"}
    usual = {"kind": "norms.standing", "key": instrument, "valid_from": "2022-05-06"}
    arrive(an_entry(bolivia, **{**usual, "body": body, **changed}))


def test_a_focal_point_publishes_and_every_officer_sees_it(paula: Client, ana: Client) -> None:
    assert "Say how it stands for Argentina" in says(paula, PAGE)
    assert "Say how it stands" not in says(ana, PAGE)
    after = says(paula, f"{PAGE}stating/", **TOLD)

    assert "Published to all member states." in after
    for page in (says(ana, PAGE), says(ana, "/published/")):
        assert "In force, from 04/03/2021 on. Source: Boletín Oficial 1234" in page
    assert "The state itself says:" in says(ana, "/norms/states/ar/")


def test_what_stands_is_put_into_the_form_and_a_stale_one_is_shown_it(paula: Client) -> None:
    says(paula, f"{PAGE}stating/", **TOLD)
    form = says(paula, f"{PAGE}stating/")
    assert "Boletín Oficial 1234" in form
    assert 'name="version" value="1"' in form

    answer = paula.post(f"{PAGE}stating/", {**TOLD, "source": "Boletín 999"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody published another version meanwhile. Nothing was overwritten." in page
    assert "Boletín Oficial 1234" in page, "what stands"
    assert "Boletín 999" in page, "what was typed"
    assert 'name="version" value="1"' in page
    says(paula, f"{PAGE}stating/", **{**TOLD, "source": "Boletín 999", "version": "1"})
    own = api.own_statement(INSTRUMENT)
    assert own is not None
    assert (own.said.version, own.said.body["source"]) == (2, "Boletín 999")


def test_it_is_taken_back_by_who_has_seen_it(paula: Client) -> None:
    says(paula, f"{PAGE}stating/", **TOLD)
    stale = says(paula, f"{PAGE}stating/back/", version="7")
    assert "Somebody published another version meanwhile." in stale
    after = says(paula, f"{PAGE}stating/back/", version="1")

    assert "Taken back. All member states are told." in after
    assert "Boletín Oficial 1234" not in after
    assert "Taken back" in says(paula, "/published/")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"day_is": ""}, "Choose what day this is."),
        ({"on_year": "1850"}, "A statement names the day from which it holds"),
        ({"on_year": "2199", "day_is": "seen"}, "It cannot have been seen in force on a day"),
        ({"source": ""}, "This field is required."),
        ({"mark": "C"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_meant_comes_back_with_the_reason(
    paula: Client, changed: dict[str, str], words: str
) -> None:
    answer = paula.post(f"{PAGE}stating/", {**TOLD, **changed})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert gazette.current(kind="norms.standing") == []


def test_where_register_and_state_do_not_agree_the_page_shows_both_sources(
    ana: Client, bolivia: Peer
) -> None:
    bolivia_says(bolivia, "palermo-smuggling")
    page = says(ana, "/norms/instruments/palermo-smuggling/")

    assert "The register and the state do not agree. The register: Not in force (source: " in page
    assert "In force (since 06/05/2022) (source: Gaceta 77)." in page


def test_what_does_not_count_is_shown_with_the_reason(ana: Client, bolivia: Peer) -> None:
    weak = {"force": "in_force", "mark": "2", "seen": False, "source": "Diario"}
    bolivia_says(bolivia, body=weak)
    bolivia_says(bolivia, "palermo-trafficking", valid_from="1999-01-01")
    bolivia_says(bolivia, "crc", body={**weak, "mark": "V"})
    bolivia_says(bolivia, "crc", body={**weak, "mark": "V", "source": "Otro"})

    assert "It is shown to be checked; only what was read" in says(ana, PAGE)
    page = says(ana, "/norms/instruments/palermo-trafficking/")
    assert "On that day the instrument was not signed yet, or in force for nobody." in page
    page = says(ana, "/norms/instruments/crc/")
    assert "The state published two statements under one number." in page
    listed = says(ana, "/published/?owner=bo")
    assert "Contradicts itself" in listed
    assert "Does not count" in listed


def test_the_list_shows_kinds_that_are_not_known_gaps_and_who_brought_it(
    ana: Client, bolivia: Peer
) -> None:
    arrive(an_entry(bolivia, kind="agenda.later", version=3), sender="secretariat")
    page = says(ana, "/published/")

    assert "Not known here yet" in page
    assert "agenda.later" in page
    assert "Numbers that have not come: 1, 2." in page
    assert "It was brought by Technical secretariat" in page
    assert "Nothing was published yet." in says(ana, "/published/?owner=ar")
    assert "agenda.later" in says(ana, "/published/?page=x&owner=zz")


def test_who_may_not_is_refused_and_of_others_agreements_there_is_no_page(
    ana: Client, paula: Client
) -> None:
    assert ana.get(f"{PAGE}stating/").status_code == 403
    assert ana.post(f"{PAGE}stating/back/", {"version": "1"}).status_code == 403
    assert paula.get("/norms/instruments/co-ec-trafficking/stating/").status_code == 404
    assert paula.get("/norms/instruments/nothing/stating/").status_code == 404
