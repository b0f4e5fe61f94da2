"""Questions of registered kinds as test_every_verb.py calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.members import api as members
from tests.cases.stories import CHILD
from tests.config.world import World
from tests.cooperation.stories import a_consented_case, a_draft, sent_by_two

Told = dict[str, Any]
SHELTER = {"recipient_state": "ar", "recipient_institution": "ar-shelter"}


def _asks(w: World, by: Actor, kind: str, question: str) -> Told:
    told = {"case_id": w.ids["referred_case"], "kind": kind, "questions": [question]}
    return {**told, **SHELTER}


def _childs_case(by: Actor) -> cases.Case:
    guardian = {"given_by": "guardian", "own_view": "Invented."}
    return a_consented_case(by, person=CHILD, consent=guardian)


def _waits(w: World, by: Actor) -> Told:
    row = cooperation.ask_inquiry(
        by=by, case_id=_childs_case(by).id, kind="nationality", fields=["birth"], **SHELTER
    )
    return {"by": members.actor_of(w.cast.luis), "request_id": row.id}


def _answers(w: World, by: Actor) -> Told:
    """The shelter, to which a child was referred, asks us about her."""
    sent = sent_by_two(by, a_draft(by, _childs_case(by)))
    sol = members.actor_of(w.cast.sol)
    with members.acting(sol.institution):
        found = cooperation.incoming(by=sol, only_open=False)
        told: Told = {
            "by": sol,
            "referral_id": next(r.id for r in found if r.conversation == sent.conversation),
        }
        cooperation.mark_read(**told)
        cooperation.search_earlier(**told)
        case = cooperation.accept_referral(**told).case
        assert case is not None
        cooperation.ask_inquiry(
            by=sol, case_id=case.id, kind="information", questions=["safe_place"],
            recipient_state="ar", recipient_institution="ar-programme",
        )  # fmt: skip
    row = next(r for r in cooperation.requests_in(by=by) if r.kind == "information")
    cooperation.accept_request(by=by, request_id=row.id)
    return {"request_id": row.id, "answers": {"safe_place": "yes"}}


def _away(w: World, by: Actor) -> Told:
    head = replace(by, role=members.Role.CASE_SUPERVISOR)
    return {"by": head, "request_id": _answers(w, by)["request_id"]}


def _agrees(w: World, by: Actor) -> Told:
    row = cooperation.answer_inquiry(by=by, **_answers(w, by))
    return {"by": members.actor_of(w.cast.luis), "request_id": row.id}


def _rates(w: World, by: Actor) -> Told:
    row = cooperation.ask_inquiry(by=by, **_asks(w, by, "follow_up", "next_look"))
    sol = members.actor_of(w.cast.sol)
    with members.acting(sol.institution):
        (theirs,) = [r for r in cooperation.requests_in(by=sol) if r.kind == "follow_up"]
        cooperation.accept_request(by=sol, request_id=theirs.id)
        said: Mapping[str, str] = {"next_look": "week"}
        cooperation.answer_inquiry(by=sol, request_id=theirs.id, answers=said)
    return {"request_id": row.id, "timeliness": "good", "effort": "good"}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "cooperation.agree_to_answer": _agrees,
    "cooperation.agree_to_inquiry": _waits,
    "cooperation.answer_inquiry": _answers,
    "cooperation.ask_inquiry": lambda w, by: _asks(w, by, "information", "signed_paper"),
    "cooperation.feedback_on_inquiry": _rates,
    "cooperation.preview_inquiry": _waits,
    "cooperation.take_over_inquiry": _away,
}
