"""Two officers on one case: the later one sees both values and chooses; a double click is once."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client

from ayni.cases import api as cases
from ayni.members import api as members
from tests.cast import Cast, an_officer
from tests.desk.conftest import Browser
from tests.desk.filling import (
    CASE,
    CASE_ONLY,
    NOTICE,
    TRIAGE,
    a_case_by_forms,
    a_free_case_by_forms,
    a_notice_by_forms,
    fill,
    hidden,
    opened,
    send,
    text_of,
)

pytestmark = pytest.mark.django_db

PERSON = {key: value for key, value in CASE.items() if key not in CASE_ONLY}


@pytest.fixture
def luis(cast: Cast, browser: Browser) -> Client:
    return browser(cast.luis)


def _met(answer: Any, *values: str) -> dict[str, str]:
    text = unescape(answer.content.decode())
    assert answer.status_code == 409, text[:2000]
    for value in values:
        assert value in text
    return hidden(answer.content.decode())


def test_both_names_of_a_person_are_seen_and_each_can_be_chosen(ana: Client, luis: Client) -> None:
    case = a_case_by_forms(ana)
    address = f"{case}/person"
    before = opened(ana, address)
    fill(luis, address, {**PERSON, "given_names": "Rosa María", "phone": "000 1"})

    carried = _met(
        send(ana, address, {**before, **PERSON, "given_names": "Rosario", "phone": "000 2"}),
        "Rosa María", "Rosario", "000 1", "000 2",
    )  # fmt: skip
    answer = send(ana, address, {**carried, "choose_given_names": "theirs", "choose_phone": "mine"})

    assert answer.status_code == 302
    shown = unescape(ana.post(f"{case}/identity").content.decode())
    assert "Rosa María" in shown
    assert "000 2" in shown
    assert "Rosario" not in shown


def test_a_third_officer_meanwhile_is_seen_too(ana: Client, luis: Client) -> None:
    address = f"{a_case_by_forms(ana)}/person"
    before = opened(ana, address)
    fill(luis, address, {**PERSON, "given_names": "Second"})
    carried = _met(send(ana, address, {**before, **PERSON, "given_names": "First"}), "Second")
    fill(luis, address, {**PERSON, "given_names": "Third"})

    _met(send(ana, address, {**carried, "choose_given_names": "mine"}), "Third", "First")


@pytest.mark.parametrize(
    ("page", "theirs", "mine", "seen"),
    [
        ("risk", {"level": "low", "reason": "L"}, {"level": "high", "reason": "A"},
         ("Bajo", "Alto")),
        ("told", {"narrative": "Of Luis"}, {"narrative": "Of Ana"}, ("Of Luis", "Of Ana")),
    ],
)  # fmt: skip
def test_neither_overwrites_the_other(
    ana: Client,
    luis: Client,
    page: str,
    theirs: dict[str, str],
    mine: dict[str, str],
    seen: tuple[str, str],
) -> None:
    address = f"{a_case_by_forms(ana)}/{page}"
    before = opened(ana, address)
    fill(luis, address, theirs)

    carried = _met(send(ana, address, {**before, **mine}), *seen)
    field = next(iter(mine))
    assert send(ana, address, {**carried, f"choose_{field}": "mine"}).status_code == 302


def test_a_case_that_somebody_else_took_meanwhile_is_not_silently_taken_away(
    ana: Client, luis: Client, cast: Cast
) -> None:
    case = a_case_by_forms(ana)
    before = opened(ana, f"{case}/assign")
    fill(luis, f"{case}/assign", {"to_user": str(cast.luis.id), "note": ""})

    answer = send(ana, f"{case}/assign", {**before, "to_user": str(cast.ana.id), "note": ""})

    assert answer.status_code == 403, "it is no longer hers to give"
    assert "Luis" in text_of(luis, case)


def test_two_supervisors_who_assign_one_case_meet(
    ana: Client, luis: Client, browser: Browser, cast: Cast
) -> None:
    lea = browser(an_officer("lea", cast.programme, members.Role.CASE_SUPERVISOR))
    case = a_case_by_forms(ana)
    before = opened(lea, f"{case}/assign")
    fill(luis, f"{case}/assign", {"to_user": str(cast.luis.id), "note": ""})

    answer = send(lea, f"{case}/assign", {**before, "to_user": str(cast.ana.id), "note": ""})

    _met(answer, "Luis", "Ana")
    assert "Luis" in text_of(luis, case)


def test_the_button_to_take_a_case_works_once(ana: Client, luis: Client) -> None:
    case = a_free_case_by_forms(ana)

    assert "suyo" in unescape(luis.post(f"{case}/take", follow=True).content.decode())
    assert "Otra persona" in unescape(ana.post(f"{case}/take", follow=True).content.decode())
    assert "Luis" in text_of(luis, case)


def test_triage_and_decision_of_two_officers_meet(ana: Client, luis: Client) -> None:
    notice = a_notice_by_forms(ana)
    before = opened(ana, f"{notice}/triage")
    fill(luis, f"{notice}/triage", TRIAGE)
    answer = send(ana, f"{notice}/triage", {**before, **TRIAGE, "situation": "orientation"})
    _met(answer, "Urgencia", "Orientación")

    before = opened(ana, f"{notice}/decide")
    fill(luis, f"{notice}/decide", {"outcome": "open_case", "reason": "L"})
    answer = send(ana, f"{notice}/decide", {**before, "outcome": "inquiry", "reason": "A"})
    _met(answer, "Abrir un caso", "preliminar")


def test_a_double_click_on_a_new_notice_makes_one(ana: Client, cast: Cast) -> None:
    carried = opened(ana, "/notices/new")

    leads = {send(ana, "/notices/new", {**carried, **NOTICE})["Location"] for _ in range(2)}

    assert len(leads) == 1
    with members.acting(cast.programme.id):
        assert len(cases.notices_waiting(by=members.actor_of(cast.ana))) == 1


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("risk", {"level": "low", "reason": "Invented."}),
        ("change", {"reason": "new_information", "note": "Invented."}),
        ("steps/2.5", {"kind": "done", "field_needs": ["food"]}),
        ("consents/new", {"purpose": "assist", "given_by": "person", "language": "es", "days": "9",
                          "questions": list(cases.vocabulary.CONSENT_QUESTIONS)}),
        ("person", {**PERSON, "given_names": "Rosa María"}),
        ("told", {"narrative": "Invented, corrected.", "needs_language": "es"}),
    ],
)  # fmt: skip
def test_a_double_click_on_a_form_of_a_case_does_it_once(
    ana: Client, page: str, data: dict[str, Any]
) -> None:
    case = a_case_by_forms(ana)
    carried = opened(ana, f"{case}/{page}")
    before = text_of(ana, f"{case}/history").count("ayni-timeline__item")

    for _ in range(2):
        assert send(ana, f"{case}/{page}", {**carried, **data}).status_code == 302

    after = text_of(ana, f"{case}/history").count("ayni-timeline__item")
    # Nothing stands in the timeline for the person and what she told.
    assert after - before == (0 if page in {"person", "told"} else 1)


def test_a_double_click_on_opening_a_case_opens_one(ana: Client) -> None:
    notice = a_notice_by_forms(ana)
    fill(ana, f"{notice}/triage", TRIAGE)
    ana.post(f"{notice}/search", {"name": "Rosa"})
    fill(ana, f"{notice}/decide", {"outcome": "open_case", "reason": "Invented."})
    carried = opened(ana, f"{notice}/case")

    leads = {send(ana, f"{notice}/case", {**carried, **CASE})["Location"] for _ in range(2)}

    assert len(leads) == 1
