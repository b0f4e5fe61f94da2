"""How a joint assessment comes to be, through `api`. All persons are invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import api as returns
from ayni.returns.assessing import digest
from tests.cooperation.stories import FIELDS, shared_with
from tests.exchange.peer import CONSULATE, Peer

DAY = timedelta(days=1)
SAFE = [{"at_risk": "person", "severity": "serious", "likelihood": "unlikely"}]
DEADLY = [{"at_risk": "person", "severity": "life", "likelihood": "likely"}]


def a_shared_case(by: Actor, bolivia: Peer, **known: Any) -> cases.Case:
    """A case of hers in Argentina that Bolivia's consulate shares; she agreed that her level of
    risk is told there."""
    consent = {"fields": FIELDS | {"risk"}, **known.pop("consent", {})}
    sent = shared_with(by, bolivia, "host", consent=consent, **known)
    assert sent.case is not None
    return sent.case


def proposed(by: Actor, case: cases.Case, **changed: Any) -> returns.Assessment:
    """Argentina proposes, with its yes."""
    usual: dict[str, Any] = {
        "recipient_institution": CONSULATE,
        "items": SAFE,
        "answer": "yes",
        "until": clock.now() + 7 * DAY,
    }
    return returns.propose(by=by, case_id=case.id, **{**usual, **changed})


def they_sign(bolivia: Peer, row: returns.Assessment, answer: str, number: int = 1) -> str:
    """Bolivia signs what it read last; how its word was taken."""
    told = next(t for t in reversed(bolivia.read) if "data" in t and "until" in t)
    over = digest(told["data"]["items"], clock.parse(told["until"]))
    payload = {"at": clock.isoformat(clock.now()), "answer": answer, "over": over}
    return says(bolivia, row.conversation, number, "assessment.answer", payload)


def they_propose(
    bolivia: Peer, conversation: str, about: str, end: datetime, **changed: Any
) -> str:
    """Bolivia proposes, with its yes."""
    told = {
        "about": about,
        "at": clock.isoformat(clock.now()),
        "until": clock.isoformat(end),
        "answer": "yes",
        "data": {"items": SAFE},
        **changed,
    }
    return says(bolivia, conversation, 1, "assessment.propose", told)


def says(bolivia: Peer, conversation: str, number: int, kind: str, told: dict[str, Any]) -> str:
    """What Bolivia's node tells, and what became of it; empty if it was refused."""
    raw = bolivia.seal(told, sequence=number, kind=kind, conversation=conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    return "" if reply.receipt is None else str(reply.receipt["body"]["state"])
