"""The officers' pages: a notice becomes a case by filling forms, and nothing leaks on the way."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ayni.cases import api as cases
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import CASE, NOTICE, a_case_by_forms, fill

pytestmark = pytest.mark.django_db


def test_a_notice_becomes_a_case_by_filling_forms(ana: Client) -> None:
    address = a_case_by_forms(ana)

    page = ana.get(address).content.decode()
    assert "Inventada" not in page, "the name is hidden by default"
    shown = ana.post(f"{address}/identity").content.decode()
    assert "Inventada" in shown


def test_a_case_is_refused_with_a_sentence_before_the_search(ana: Client) -> None:
    notice = fill(ana, "/notices/new", NOTICE)

    answer = ana.post(f"{notice}/case", CASE)

    assert answer.status_code == 422
    assert "Busque primero registros anteriores" in answer.content.decode()


def test_an_urgency_is_refused_for_someone_who_may_be_a_child(ana: Client) -> None:
    notice = fill(ana, "/notices/new", NOTICE)

    answer = ana.post(
        f"{notice}/triage",
        {
            "version": "1",
            "situation": "urgency",
            "imminent_danger": "no",
            "age_group": "",
            "reason": "x",
        },
    )

    assert answer.status_code == 422
    assert "emergencia" in answer.content.decode()


def test_a_consent_is_recorded_printed_and_withdrawn(ana: Client) -> None:
    address = a_case_by_forms(ana)
    fill(
        ana,
        f"{address}/consents/new",
        {
            "purpose": "interview",
            "given_by": "person",
            "language": "pt",
            "questions": list(cases.vocabulary.CONSENT_QUESTIONS),
            "days": "30",
        },
    )

    page = ana.get(address).content.decode()
    consent = re.search(r"/consents/([0-9a-f-]{36})/print", page)
    assert consent
    printed = ana.get(f"{address}/consents/{consent[1]}/print").content.decode()
    assert "Você decide" in printed, "printed in the person's language"
    ana.post(f"{address}/consents/{consent[1]}/withdraw")
    assert "retirado" in ana.get(address).content.decode()


def test_a_step_of_the_protocol_is_recorded_with_its_own_form(ana: Client) -> None:
    address = a_case_by_forms(ana)

    page = ana.get(f"{address}/steps/2.2").content.decode()
    assert "field_detained" in page
    fill(
        ana,
        f"{address}/steps/2.2",
        {"kind": "done", "field_detained": "no", "field_needs_document": "yes"}
        | {name: "" for name in re.findall(r'name="(field_[a-z_]+)"', page) if "date" in name},
    )


def test_an_unknown_step_is_not_found(ana: Client) -> None:
    address = a_case_by_forms(ana)

    assert ana.get(f"{address}/steps/9.9").status_code == 404


def test_a_hand_over_with_a_note_gives_the_case_to_the_next_officer(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    address = a_case_by_forms(ana)

    fill(
        ana, f"{address}/assign", {"to_user": str(cast.luis.id), "note": "Invented: call at noon."}
    )

    page = browser(cast.luis).get(address).content.decode()
    assert cast.luis.display_name in page
    assert "call at noon" in page
    closed = ana.get(address)
    assert closed.status_code == 403
    assert "call at noon" not in closed.content.decode()


def test_closing_is_refused_with_the_reason(ana: Client) -> None:
    address = a_case_by_forms(ana)
    assert "Por qué se cierra" not in ana.get(f"{address}/close").content.decode()

    answer = ana.post(f"{address}/close", {"version": "1", "reason": "goals_met"})

    assert answer.status_code == 422
    assert "riesgo" in answer.content.decode()


@pytest.mark.parametrize("who", ["sol", "nadia"])
def test_others_do_not_even_learn_that_the_case_exists(
    ana: Client, browser: Browser, cast: Cast, who: str
) -> None:
    address = a_case_by_forms(ana)

    assert browser(getattr(cast, who)).get(address).status_code in {403, 404}


def test_officers_pages_are_not_stored_by_the_browser(ana: Client) -> None:
    assert "no-store" in ana.get("/cases/")["Cache-Control"]


def test_pages_need_a_sign_in() -> None:
    client = Client(headers={"host": "ar.localhost"})

    for address in ("/", "/cases/", "/notices/new"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert "/account/login" in answer["Location"]


@pytest.mark.parametrize(
    ("language", "word"), [("es", "Aviso nuevo"), ("pt-br", "Novo aviso"), ("en", "New notice")]
)
def test_the_home_page_speaks_three_languages(
    cast: Cast, browser: Browser, language: str, word: str
) -> None:
    client = browser(cast.ana)
    client.cookies["ayni_ar_language"] = language

    assert word in client.get("/").content.decode()


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _routes(pattern.url_patterns, here)
        else:
            found.append(here)
    return found


def test_no_address_can_hold_personal_data() -> None:
    """Parts of addresses are random ids, codes of steps or names of languages; nothing to type."""
    harmless = re.compile(
        r"<(uuid:\w+|slug:\w+|int:\w+|str:step_id|str:code|str:country|str:language|str:state"
        r"|str:key|str:version|str:ident)>"  # of what is published to all, which is about nobody
    )
    own = [r for r in _routes(get_resolver().url_patterns) if not r.startswith("account/")]

    for route in own:
        # A closed list, the code of a node, or a random id.
        closed = r"[a-z-]+(\|[a-z-]+)*|\[a-z\]\{2(,12)?\}|\[0-9a-f-\]\{36\}"
        fixed = re.sub(rf"\(\?P<\w+>({closed})\)", "", route)
        for part in re.findall(r"<[^>]+>", fixed):
            assert harmless.fullmatch(part), route


def test_searching_by_get_is_not_possible(ana: Client) -> None:
    notice = fill(ana, "/notices/new", NOTICE)

    page = ana.get(f"{notice}/search?name=Rosa+Inventada").content.decode()

    assert "Se conoce algo parecido" not in page
