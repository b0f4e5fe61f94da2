"""How an answer to an alert comes to be and is taken back, on both sides."""

from __future__ import annotations

import secrets
from typing import Any

from ayni.alerts import api as alerts
from ayni.alerts.models import AlertAnswer, ReceivedAlert
from ayni.audit.api import Actor
from ayni.lib import clock
from tests.alerts.stories import FOUND, an_answer, from_bolivia, handling, says
from tests.alerts.test_answers import ADULT_OF_BOLIVIA
from tests.exchange.peer import Peer


def received_of(by: Actor, bolivia: Peer) -> ReceivedAlert:
    """An alert of Bolivia's about an adult."""
    assert from_bolivia(bolivia, secrets.token_hex(16), data=ADULT_OF_BOLIVIA) == "applied"
    return alerts.alerts_received(by=by)[0]


def answered(by: Actor, received: ReceivedAlert) -> AlertAnswer:
    """She was found and agreed: our answer, sent."""
    row = an_answer(by, received.id, outcome="found", ground="agreed", told=FOUND)
    return alerts.send_answer(by=by, answer_id=row.id)


def said(alert: alerts.Alert, bolivia: Peer, number: int, **data: Any) -> str:
    """What Bolivia answers to an alert of ours, and how it was taken."""
    (copy,) = alert.copies.all()
    told = {"at": clock.isoformat(clock.now()), "handling": handling(), "data": data}
    return says(bolivia, copy.conversation, number, "alert.answer", **told)


def took_back(alert: alerts.Alert, bolivia: Peer, number: int, word: str = "a" * 32) -> str:
    """Bolivia takes back what it answered, and how that was taken."""
    (copy,) = alert.copies.all()
    at = clock.isoformat(clock.now())
    return says(bolivia, copy.conversation, number, "alert.answer_withdrawn", id=word, at=at)


def confirmed(row: AlertAnswer, bolivia: Peer, number: int, **changed: Any) -> str:
    """Bolivia confirms that our answer is destroyed there, and how that was taken."""
    assert row.received is not None
    told = {"id": row.withdrawal, "at": clock.isoformat(clock.now()), **changed}
    return says(bolivia, row.received.conversation, number, "alert.answer_removed", **told)
