"""What the rooms above have put into the wiring tables, looked up by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.exchange.errors import NobodyToAsk, UnknownKind
from ayni.exchange.kinds import MessageKind


@dataclass(frozen=True, slots=True)
class Received:
    """A message as its room takes it: who, which conversation, when, what."""

    message: str
    kind: str
    conversation: str
    sequence: int
    sender: str
    sender_institution: str
    institution: str
    created: datetime
    due: datetime | None
    payload: dict[str, Any]


@cache
def kind(name: str) -> MessageKind:
    """A registered kind. Raises `UnknownKind`."""
    try:
        path = settings.AYNI_MESSAGE_KINDS[name]
    except KeyError:
        raise UnknownKind(name) from None
    found: MessageKind = import_string(path)
    return found


def check_payload(name: str, payload: Mapping[str, Any]) -> None:
    """Check what a room hands over inside this node as a message of this kind would be. Raises
    `Malformed`, `TooLarge`, `UnknownKind`."""
    kind(name).check(payload)


@cache
def receiver(name: str) -> Callable[..., None]:
    """The function that applies what arrived. Raises `UnknownKind`."""
    try:
        path = settings.AYNI_RECEIVERS[name]
    except KeyError:
        raise UnknownKind(name) from None
    found: Callable[..., None] = import_string(path)
    return found


def attachment_arrived() -> Callable[..., None] | None:
    """The function that looks at an attachment when all of its chunks are here."""
    path = settings.AYNI_ATTACHMENT_ARRIVED
    return import_string(path) if path else None


@cache
def still_allowed(name: str) -> Callable[..., str | None] | None:
    """The function asked before every attempt; it answers a reason to cancel, or None. Only a kind
    that is about no person has none: raises `NobodyToAsk` for any other."""
    path = settings.AYNI_STILL_ALLOWED.get(name)
    if path is None and kind(name).about_person:
        raise NobodyToAsk(kind=name)
    return None if path is None else import_string(path)


def sendable(name: str) -> MessageKind:
    """A registered kind that may be sent: `kind`, and somebody answers for it. Raises `UnknownKind`
    or `NobodyToAsk`."""
    found = kind(name)
    still_allowed(name)
    return found
