"""The framework as officers see it: source, mark and date beside every value, no blank as "no"."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ayni.members import api as members
from ayni.norms import api
from ayni.norms.wording import SOURCES
from tests.cast import Cast, enter

PAIR = "/norms/between/?requesting=ar&requested=bo&crime="


@pytest.fixture
def ana(cast: Cast) -> Client:
    """Ana's browser, in Spanish."""
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, cast.ana)
    return client


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_visitor_who_is_not_signed_in_is_sent_to_sign_in(db: None) -> None:
    response = Client(headers={"host": "ar.localhost"}).get("/norms/")

    assert response.status_code == 302


def test_the_start_page_names_every_state_and_instrument(ana: Client) -> None:
    text = _text(ana, "/norms/")

    for state in members.states().values():
        assert f"/norms/states/{state.code}/" in text
    for instrument in api.instruments():
        assert f"/norms/instruments/{instrument.id}/" in text


@pytest.mark.parametrize("code", ["ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve"])
def test_each_state_has_its_page_with_what_is_to_check(ana: Client, code: str) -> None:
    text = _text(ana, f"/norms/states/{code}/")

    assert "Fuente: " in text
    assert "Situación al: " in text
    if code not in ("uy", "ar"):
        assert "No lo sabemos. Esto no significa que no exista." in text


def test_each_instrument_has_its_page(ana: Client) -> None:
    for instrument in api.instruments():
        assert "Cómo se sabe: " in _text(ana, f"/norms/instruments/{instrument.id}/")


def test_a_pair_shows_what_can_be_cited_and_what_is_missing(ana: Client) -> None:
    trafficking = _text(ana, PAIR + "trafficking")
    smuggling = _text(ana, PAIR + "smuggling")

    assert "Acuerdo Marco entre Argentina y Bolivia" in trafficking
    assert "Bolivia firmó y no ha ratificado." in smuggling
    assert "Por verificar" in smuggling


def test_the_page_speaks_portuguese(ana: Client) -> None:
    ana.cookies["ayni_ar_language"] = "pt-br"

    text = _text(ana, PAIR + "smuggling")

    assert "Contrabando de migrantes" in text
    assert "Bolívia assinou e não ratificou." in text


def test_a_state_with_itself_is_refused_with_a_sentence(ana: Client) -> None:
    text = _text(ana, "/norms/between/?requesting=ar&requested=ar&crime=trafficking")

    assert "Elija dos Estados distintos." in text


@pytest.mark.parametrize("address", ["/norms/states/na/", "/norms/instruments/nothing/"])
def test_what_does_not_exist_is_not_found(ana: Client, address: str) -> None:
    assert ana.get(address).status_code == 404


def test_no_source_or_reference_is_an_english_sentence() -> None:
    english = re.compile(r"\b(not|the|and|of|seen|date|source|verified|bill|law)\b")
    known = api.framework()
    said = {p.evidence.source for p in known.provisions.values()}
    said |= {p.reference for p in known.provisions.values()}
    for instrument in known.instruments.values():
        said |= {instrument.evidence.source}
        said |= {standing.evidence.source for standing in instrument.standing.values()}
        said |= {instrument.in_force.evidence.source} if instrument.in_force else set()

    assert not {text for text in said if english.search(text) and text not in SOURCES}
