"""The room `own` as test_every_verb.py tells it apart: which functions leave which entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from ayni.own import api as own
from tests.config.world import World

# Answer ids, states and times for the verb that leaves the entry.
OPENS_NOTHING = {
    "cooperation.consents_over",
    "cooperation.destroyed_meanwhile",
    "cooperation.effects_late",
    "cooperation.effects_waiting",
    "cooperation.half_destroyed_within",
    "cooperation.half_took_effect_within",
    "cooperation.rights_waiting",
    "cases.own_case",
    "own.code_of",
}
# Whoever comes with a number is no actor yet: they find out who it is, and audit as that person.
MAKE_THEIR_ACTOR = {"own.enter", "own.go_on", "own.leave"}
NOTHING_OF_A_PERSON = {
    "cooperation.took",
    "cooperation.due_from",
    "own.answer_days",
    "own.delay_grounds",
    "own.whom_to_ask",
    "own.new_form",
}
_FOR_HER = own.NewCode(given_to="person", agreed=True, safe=True)


def with_a_code(w: World, by: Actor) -> Actor:
    """The person of the case, at her own page."""
    given = own.give_code(by=by, case_id=w.ids["case_id"], new=_FOR_HER)
    return own.enter(address="192.0.2.1", number=given.opens, form=own.new_form()).person


def _asks(w: World, by: Actor) -> dict[str, Any]:
    """What an officer writes down for her."""
    return {"case_id": w.ids["case_id"], "right": "erasure"}


def _withdrawn_elsewhere(w: World, by: Actor) -> UUID:
    """A consent under which we took on a referral, withdrawn by the shelter."""
    incoming = w.ids["incoming"]
    cooperation.mark_read(by=by, referral_id=incoming)
    cooperation.search_earlier(by=by, referral_id=incoming)
    cooperation.accept_referral(by=by, referral_id=incoming)
    sol = members.actor_of(w.cast.sol)
    with members.acting(sol.institution):
        back = cooperation.outgoing(by=sol)[0]
        assert back.consent_id is not None
        cooperation.withdraw_consent(by=sol, consent_id=back.consent_id)
    known = w.ids["effect_id"]
    return next(row.id for row in cooperation.effects_waiting(by=by) if row.id != known)


CALLS: dict[str, Callable[[World, Actor], dict[str, Any]]] = {
    "cooperation.answer_right": lambda w, by: {
        "request_id": w.ids["right_id"],
        "decision": "granted",
        "reason": "done",
    },
    "cooperation.ask_right": _asks,
    "cooperation.confirm_effect": lambda w, by: {
        "effect_id": _withdrawn_elsewhere(w, by),
        "effect": "kept",
        "reason": "law_keeps",
    },
    "cooperation.effects_of_case": lambda w, by: {"case_id": w.ids["case_id"]},
    "cooperation.open_effect": lambda w, by: {"effect_id": _withdrawn_elsewhere(w, by)},
    "cooperation.withdraw_consent": lambda w, by: {
        "case_id": w.ids["case_id"],
        "consent_id": w.ids["consent"],
    },
    "cooperation.open_right": lambda w, by: {"request_id": w.ids["right_id"]},
    "cooperation.rights_of_case": lambda w, by: {"case_id": w.ids["case_id"]},
    "own.ask": lambda w, by: {"by": with_a_code(w, by), "right": "access"},
    "own.asked": lambda w, by: {"by": with_a_code(w, by)},
    "own.delay": lambda w, by: {
        "case_id": w.ids["case_id"],
        "whom": "node:py",
        "ground": "prosecution_order",
        "order": "Invented.",
        "until": clock.now() + timedelta(days=3),
    },
    "own.delays_now": lambda w, by: {"by": members.actor_of(w.cast.dora)},
    "own.delays_of": lambda w, by: {"case_id": w.ids["case_id"]},
    "own.review_delay": lambda w, by: {
        "by": members.actor_of(w.cast.dora),
        "delay_id": w.ids["delay_id"],
        "keep": True,
    },
    "own.end_code": lambda w, by: {"case_id": w.ids["case_id"]},
    "own.give_code": lambda w, by: {"case_id": w.ids["case_id"], "new": _FOR_HER},
    "cases.own_circumstances": lambda w, by: {
        "by": with_a_code(w, by),
        "case_id": w.ids["case_id"],
    },
    "cases.own_consents": lambda w, by: {"by": with_a_code(w, by), "case_id": w.ids["case_id"]},
    "cases.seen_by": lambda w, by: {"by": with_a_code(w, by), "case_id": w.ids["case_id"]},
    "cooperation.transfers_told": lambda w, by: {
        "by": with_a_code(w, by),
        "case_id": w.ids["case_id"],
    },
    "own.consents": lambda w, by: {"by": with_a_code(w, by)},
    "own.emergencies": lambda w, by: {"by": with_a_code(w, by)},
    "own.opened": lambda w, by: {"by": with_a_code(w, by)},
    "own.withdraw": lambda w, by: {"by": with_a_code(w, by), "consent_id": w.ids["consent"]},
    "own.journey": lambda w, by: {"by": with_a_code(w, by)},
    "own.written": lambda w, by: {"by": with_a_code(w, by)},
}
