"""States of a message on its way out and of one that came in, as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Outgoing(StrEnum):
    """A message of ours."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    REFUSED = "refused"
    CANCELLED = "cancelled"


OUTGOING: Mapping[Outgoing, frozenset[Outgoing]] = {
    Outgoing.QUEUED: frozenset({Outgoing.DELIVERED, Outgoing.REFUSED, Outgoing.CANCELLED}),
    # Asked for again: it waited there, and nobody can open it any more.
    Outgoing.DELIVERED: frozenset({Outgoing.QUEUED}),
    Outgoing.REFUSED: frozenset(),
    Outgoing.CANCELLED: frozenset(),
}


class Incoming(StrEnum):
    """A message of another node. `waiting`: ahead of our clock, or ahead of its predecessor."""

    WAITING = "waiting"
    APPLIED = "applied"
    SET_ASIDE = "set_aside"


INCOMING: Mapping[Incoming, frozenset[Incoming]] = {
    Incoming.WAITING: frozenset({Incoming.APPLIED, Incoming.SET_ASIDE}),
    Incoming.SET_ASIDE: frozenset({Incoming.APPLIED}),
    Incoming.APPLIED: frozenset(),
}
