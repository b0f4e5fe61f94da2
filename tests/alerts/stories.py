"""How an alert comes to be, through `api`. All persons are invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from tests.cases.stories import a_case
from tests.cast import an_institution, an_officer
from tests.exchange.peer import CONSULATE, Peer

DAY = timedelta(days=1)
SEEN = {"last_country": "AR", "last_place": "Invented Town", "last_on": "2026-11-20"}

SIGHTING: dict[str, Any] = {
    "seen_country": "AR", "seen_place": "Invented Town", "seen_on": "2026-11-21",
    "words": {"text": "With a red rucksack.", "language": "en"},
}  # fmt: skip
FOUND: dict[str, Any] = {"found_on": "2026-11-21", "contact": "ar-programme"}


def a_prosecution() -> members.Institution:
    """Another institution of the Argentine node that looks for persons."""
    return an_institution("ar-prosecution", kind="prosecution")


def its_officer() -> Actor:
    """Pablo of the prosecution."""
    return members.actor_of(an_officer("pablo", a_prosecution()))


def a_draft(by: Actor, case: cases.Case | None = None, **changed: Any) -> alerts.Alert:
    """A draft to Bolivia's consulate, for seven days."""
    usual: dict[str, Any] = {
        "to": [CONSULATE],
        "why_unasked": "reported",
        "until": clock.now() + 7 * DAY,
        "search": SEEN,
    }
    case_id = (case or a_case(by)).id
    return alerts.draft_alert(by=by, case_id=case_id, **{**usual, **changed})


def to_the_prosecution(by: Actor, case: cases.Case | None = None) -> alerts.Alert:
    """A draft within this node."""
    a_prosecution()
    return a_draft(by, case, to=["ar-prosecution"])


def one_of_each(by: Actor) -> dict[str, UUID]:
    """A draft of the programme, and an alert that the prosecution issued to it."""
    pablo = its_officer()
    with members.acting(pablo.institution):
        theirs = a_draft(pablo, to=[members.institution(by.institution).code])
        alerts.issue_alert(by=pablo, alert_id=theirs.id)
    received = alerts.alerts_received(by=by)[0].id
    return {
        "missing_id": to_the_prosecution(by).id,
        "received_id": received,
        "answer_id": an_answer(by, received).id,
        "dropped_answer": an_answer(by, received).id,
    }


def an_answer(by: Actor, received: UUID, **changed: Any) -> alerts.AlertAnswer:
    """A draft of an answer: seen, by somebody who did not speak with her."""
    usual: dict[str, Any] = {
        "outcome": "seen", "ground": "not_met", "may_be_child": False, "told": SIGHTING,
    }  # fmt: skip
    return alerts.write_answer(by=by, received_id=received, **{**usual, **changed})


def handling() -> dict[str, str]:
    """The handling codes of an answer."""
    return {"see": "institution", "onward": "none", "until": ""}


def an_alert(by: Actor, case: cases.Case | None = None, **changed: Any) -> alerts.Alert:
    """An alert that was issued."""
    return alerts.issue_alert(by=by, alert_id=a_draft(by, case, **changed).id)


def ending(moment: datetime) -> dict[str, str]:
    """The handling codes of an alert that ends then."""
    return {"see": "institution", "onward": "none", "until": clock.isoformat(moment)}


def from_bolivia(bolivia: Peer, conversation: str, **changed: Any) -> str:
    """Bolivia's consulate tells Argentina's programme of a missing person; how it was taken."""
    now = clock.now()
    told = {
        "at": clock.isoformat(now),
        "handling": ending(now + 7 * DAY),
        "data": {"name_as_written": "Ines INVENTADA", "last_country": "BO"},
        **changed,
    }
    return says(bolivia, conversation, 1, "alert.issue", **told)


def says(bolivia: Peer, conversation: str, sequence: int, kind: str, **payload: Any) -> str:
    """What Bolivia's node tells about an alert, and what became of it; empty if it was refused."""
    raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    return "" if reply.receipt is None else str(reply.receipt["body"]["state"])
