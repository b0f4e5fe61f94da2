"""The pair of pages of a registered kind of question, drawn from its registration: asked in one
language, answered and read in others. All persons are invented."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import registry
from ayni.cooperation.models import Referral, Request
from ayni.members import api as members
from tests.cases.stories import CHILD, a_consent
from tests.cast import Cast, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import a_consented_case, a_draft, sent_by_two

LEFT = {"see": "institution", "onward": "consent", "text_language": "es"}


def _browser(user: members.User, language: str) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": language})
    enter(client, user)
    client.post(reverse("set_language"), {"language": language})
    return client


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _at(name: str, *about: Any) -> str:
    return reverse(f"cooperation:{name}", args=about)


def _shared(ana: Actor, sol: Actor, **known: Any) -> Referral:
    """A referral that the shelter has accepted."""
    sent = sent_by_two(ana, a_draft(ana, a_consented_case(ana, **known)))
    with on_behalf(sol):
        (theirs,) = cooperation.incoming(by=sol)
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        cooperation.search_earlier(by=sol, referral_id=theirs.id)
        cooperation.accept_referral(by=sol, referral_id=theirs.id)
    return sent


def test_asked_in_spanish_answered_in_portuguese_and_read_in_english(
    ana: Actor, sol: Actor, cast: Cast
) -> None:
    sent = _shared(ana, sol)
    at_ana, at_sol = _browser(cast.ana, "es"), _browser(cast.sol, "pt-br")
    ask = _at("inquiry-new", sent.case_id, "information")
    assert "¿Necesitan además el pedido firmado en papel?" in _page(at_ana, ask)

    told = {
        **LEFT, "recipient": "ar/ar-shelter", "onward": "none",
        "questions": ["signed_paper", "contact_person"],
    }  # fmt: skip
    row = at_ana.post(ask, told)["Location"]
    with on_behalf(sol):
        (theirs,) = cooperation.requests_in(by=sol)
    page = _page(at_sol, _at("request", theirs.id))
    assert "Precisam também do pedido assinado em papel?" in page
    assert "Não deve ser repassado a ninguém." in page
    assert at_sol.post(_at("request-move", theirs.id, "accept")).status_code == 302

    answer = _at("inquiry-answer", theirs.id)
    assert 'name="q_reached"' not in _page(at_sol, answer)
    nothing = at_sol.post(answer, {**LEFT, "q_signed_paper": ""}).content.decode()
    assert "Responda pelo menos uma pergunta." in nothing
    assert at_sol.post(answer, {**LEFT, "q_signed_paper": "yes"}).status_code == 302

    page = _page(_browser(cast.ana, "en"), row)
    assert "Do you also need the request signed on paper?" in page
    assert "No answer" in page
    assert Request.objects.get(direction="out").state == "outcome"


def test_what_a_childs_answer_tells_waits_for_the_second_officer_who_sees_it(
    ana: Actor, sol: Actor, cast: Cast
) -> None:
    guardian = {"given_by": "guardian", "own_view": "Inventado."}
    sent = _shared(ana, sol, person=CHILD, consent=guardian)
    with on_behalf(sol):
        (theirs,) = Referral.objects.filter(direction="in", case__isnull=False)
        cooperation.ask_inquiry(
            by=sol, case_id=theirs.case_id, kind="follow_up", questions=["new_needs"],
            recipient_state="ar", recipient_institution="ar-programme",
        )  # fmt: skip
    (row,) = cooperation.requests_in(by=ana)
    cooperation.accept_request(by=ana, request_id=row.id)
    case = sent.case
    assert case is not None
    to = {"recipient_state": "ar", "recipient_institution": "ar-shelter"}
    a_consent(ana, case, fields=frozenset({"needs", "narrative"}), **guardian, **to)
    at_ana = _browser(cast.ana, "es")
    told = {**LEFT, "q_new_needs": "yes", "text": "Inventado: necesita escuela."}
    assert at_ana.post(_at("inquiry-answer", row.id), told).status_code == 302
    page = _page(at_ana, _at("request", row.id))
    assert _at("inquiry-agree", row.id) not in page  # not her own answer
    assert Request.objects.get(id=row.id).state == "accepted"

    cases.let_in(by=ana, case_id=case.id, officer_id=cast.luis.id)
    at_luis = _browser(cast.luis, "es")
    agree = _at("inquiry-agree", row.id)
    page = _page(at_luis, agree)
    assert "Inventado: necesita escuela." in page
    assert 'lang="es"' in page
    assert at_luis.post(agree).status_code == 302
    with on_behalf(sol):
        assert Request.objects.get(direction="out").state == "outcome"
    assert Request.objects.get(id=row.id).answer_agreed_by == str(cast.luis.id)


def test_a_kind_that_nobody_registered_and_a_case_with_nobody_to_ask_have_no_page(
    ana: Actor, cast: Cast
) -> None:
    case = a_consented_case(ana)
    at_ana = _browser(cast.ana, "es")

    assert at_ana.get(_at("inquiry-new", case.id, "confession")).status_code == 404
    assert at_ana.get(_at("inquiry-new", case.id, "information")).status_code == 409
    assert at_ana.get(_at("inquiry-new", case.id, "nationality")).status_code == 200


@pytest.mark.parametrize("kind", registry.inquiries().values(), ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_the_page_of_every_registered_kind_is_drawn_in_every_language(
    ana: Actor, sol: Actor, cast: Cast, kind: registry.Inquiry, language: str
) -> None:
    sent = _shared(ana, sol)
    page = _page(_browser(cast.ana, language), _at("inquiry-new", sent.case_id, kind.name))

    assert escape(registry.in_language(kind.title, language)) in page
    for question in kind.questions.values():
        assert escape(registry.in_language(question.text, language)) in page
