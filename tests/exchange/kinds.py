"""A kind of message for tests, with the room that would take it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import OperationalError

from ayni.audit.api import Actor
from ayni.exchange.api import Grant, MessageKind, Received
from ayni.exchange.models import OutgoingMessage
from ayni.lib.errors import Refused
from ayni.vault import api as vault

NOTE = MessageKind(
    name="test.note",
    carries={"refer": frozenset({"needs", "name", "birth", "documents", "n", "narrative"})},
    personal=True,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["data"],
        "properties": {"data": {"type": "object"}, "step": {"type": "string"}},
    },
)

BREAKS = frozenset({"break", "unwritten"})
taken: list[Received] = []
answer: dict[str, str] = {}
refusing = True
broken = True


class NotNow(Refused):
    """The room cannot apply it."""

    code = "not_now"


def take(*, by: Actor, received: Received) -> None:
    """Remember what arrived; refuse what says so."""
    if refusing and received.payload["data"].get("needs") == "refuse":
        raise NotNow
    if broken and received.payload["data"].get("needs") == "break":
        raise RuntimeError("our software fails at this one")
    if broken and received.payload["data"].get("needs") == "database":
        raise OperationalError("deadlock detected")
    if received.payload["data"].get("needs") == "key":
        vault.new_subject()
    taken.append(received)


def take_free(*, by: Actor, received: Received) -> None:
    """Take one that is free of personal data."""
    taken.append(received)


def still_allowed(*, message: str, subject: str, grant: Grant | None, now: datetime) -> str | None:
    """Whatever the test has decided for this subject."""
    if broken and answer.get(subject) == "break":
        raise RuntimeError("our software fails at this one")
    if broken and answer.get(subject) == "unwritten":  # the database refuses what the room wrote
        OutgoingMessage.objects.filter(subject=subject).update(state="no such state" * 9)
    return answer.get(subject) if broken or answer.get(subject) not in BREAKS else None


WIRING: dict[str, dict[str, Any]] = {
    "AYNI_MESSAGE_KINDS": {"test.note": "tests.exchange.kinds.NOTE"},
    "AYNI_RECEIVERS": {"test.note": "tests.exchange.kinds.take"},
    "AYNI_STILL_ALLOWED": {"test.note": "tests.exchange.kinds.still_allowed"},
}


def wire(settings: Any) -> None:
    """Let this node know the kind for this test (`settings` of pytest-django)."""
    for name, table in WIRING.items():
        setattr(settings, name, {**getattr(settings, name), **table})
