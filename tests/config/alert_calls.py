"""How the verbs of `alerts` are called by test_every_verb.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.members import api as members
from tests.alerts.stories import SIGHTING, a_prosecution, an_answer, to_the_prosecution
from tests.cases.stories import a_case
from tests.config.world import World

Told = dict[str, Any]


def _issued(by: Actor) -> UUID:
    return alerts.issue_alert(by=by, alert_id=to_the_prosecution(by).id).id


def _luis(w: World) -> Actor:
    return members.actor_of(w.cast.luis)


def _agreed(w: World, by: Actor) -> Told:
    return {"by": _luis(w), "answer_id": an_answer(by, w.ids["received_id"]).id}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "alerts.agree_alert": lambda w, by: {
        "by": _luis(w), "alert_id": to_the_prosecution(by).id,
    },
    "alerts.draft_alert": lambda w, by: {
        "case_id": a_case(by).id, "to": [a_prosecution().code], "why_unasked": "reported",
        "until": to_the_prosecution(by).until, "search": {"last_country": "AR"},
    },
    "alerts.issue_alert": lambda w, by: {"alert_id": to_the_prosecution(by).id},
    "alerts.open_alert": lambda w, by: {"alert_id": w.ids["missing_id"]},
    "alerts.open_received": lambda w, by: {"alert_id": w.ids["received_id"]},
    "alerts.recall_alert": lambda w, by: {"alert_id": _issued(by), "reason": "found"},
    "alerts.agree_answer": _agreed,
    "alerts.drop_answer": lambda w, by: {"answer_id": an_answer(by, w.ids["received_id"]).id},
    "alerts.open_answer": lambda w, by: {"answer_id": w.ids["answer_id"]},
    "alerts.send_answer": lambda w, by: {"answer_id": an_answer(by, w.ids["received_id"]).id},
    "alerts.withdraw_answer": lambda w, by: {
        "answer_id": alerts.send_answer(
            by=by, answer_id=an_answer(by, w.ids["received_id"]).id
        ).id,
    },
    "alerts.write_answer": lambda w, by: {
        "received_id": w.ids["received_id"], "outcome": "seen", "ground": "not_met",
        "may_be_child": False, "told": SIGHTING,
    },
}  # fmt: skip
# Ids, times and names of institutions, for lists; whoever shows them leaves the entry.
OPENS_NOTHING = {
    "alerts.at_a_glance", "alerts.contacts", "alerts.outcomes",
    "alerts.removals_untold",
    "alerts.alerts_received", "alerts.alerts_sent", "alerts.answers_sent",
    "alerts.copies_unconfirmed", "alerts.whom_may_be_told",
}  # fmt: skip
BELOW = {"cooperation.register_transfer", "cooperation.queue_to"}
