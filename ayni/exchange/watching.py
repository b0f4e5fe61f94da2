"""How it goes with the other nodes and with what was sent to them: for people to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from ayni.exchange import limits, trust
from ayni.exchange.fetching_peers import fetches, not_fetched
from ayni.exchange.models import IncomingMessage, OutgoingMessage, PeerState
from ayni.exchange.states import Incoming, Outgoing
from ayni.exchange.taken_today import taken
from ayni.lib import clock


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another node as seen from here. `queued`: messages that wait for it, the `oldest` since
    then (None: none waits); `failures` in a row, at sending to it (none if it fetches by itself) or
    at fetching from it; `set_aside` and `waiting`: messages of its that were not applied;
    `skew_seconds`: how far its clock is ahead of ours (negative: ours is ahead), None if that was
    never noticed or is over; `today`: the part of what it may bring in a day that it has brought,
    in tenths and rounded down, so that no single message is seen in it."""

    node: str
    queued: int
    oldest: datetime | None
    failures: int
    last_contact: datetime | None
    next_attempt: datetime | None
    waiting: int
    set_aside: int
    skew_seconds: int | None
    today: float


def neighbours() -> list[Neighbour]:
    """The other members of the directory, by code; none while this node has no directory."""
    if trust.directory_document() is None:
        return []
    states = {state.node: state for state in PeerState.objects.all()}
    fetching, failing = fetches(now=clock.now()), not_fetched()
    out = OutgoingMessage.objects.filter(state=Outgoing.QUEUED).values_list("peer")
    queued = {
        node: (n, oldest) for node, n, oldest in out.annotate(Count("place"), Min("queued_at"))
    }
    held = {
        state: dict(
            IncomingMessage.objects.filter(state=state).values_list("peer").annotate(Count("id"))
        )
        for state in (Incoming.WAITING, Incoming.SET_ASIDE)
    }
    found = []
    today = taken(trust.peers(), now=clock.now())
    for node in trust.peers():
        state = states.get(node) or PeerState(node=node)
        found.append(
            Neighbour(
                node=node,
                queued=queued.get(node, (0, None))[0],
                oldest=queued.get(node, (0, None))[1],
                failures=max(0 if node in fetching else state.failures, failing.get(node, 0)),
                last_contact=state.last_contact,
                next_attempt=state.next_attempt,
                waiting=held[Incoming.WAITING].get(node, 0),
                set_aside=held[Incoming.SET_ASIDE].get(node, 0),
                skew_seconds=state.skew_seconds,
                today=10 * today.get(node, 0) // limits.a_day() / 10,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it goes with one message of ours. `reason`: of a delivered one the state in which the
    other node took it (`applied`, `waiting`, `set_aside`), of another one the code why not."""

    message: str
    kind: str
    state: str
    reason: str
    attempts: int
    queued_at: datetime


def undelivered(subjects: Iterable[str], *, kind: str) -> frozenset[str]:
    """Those of our subjects about which a message of this kind has not been delivered yet."""
    waits = OutgoingMessage.objects.filter(
        subject__in=list(subjects), kind=kind, state=Outgoing.QUEUED.value
    )
    return frozenset(waits.values_list("subject", flat=True))


def applied_by(subject: str, *, kind: str) -> frozenset[str]:
    """Nodes that have receipted, with their signature, that they applied a message of this kind
    about one of our subjects. One that asked for it again, because a restore had lost it, is not
    among them until it has receipted it anew."""
    taken = OutgoingMessage.objects.filter(
        subject=subject,
        kind=kind,
        state=Outgoing.DELIVERED.value,
        reason=Incoming.APPLIED.value,
        receipt__isnull=False,
    )
    return frozenset(taken.values_list("peer", flat=True))


def never_arrived(messages: Iterable[str]) -> frozenset[str]:
    """Those of our messages that no other node can have: refused, or never tried. One that was
    tried and whose receipt did not come may be there."""
    rows = all_that_never_arrived().filter(message__in=list(messages))
    return frozenset(rows.values_list("message", flat=True))


def all_that_never_arrived() -> QuerySet[Any]:
    """All of them, as a query by `message`: for a room that asks which of its rows they are of."""
    untried = Q(state__in=[Outgoing.QUEUED.value, Outgoing.CANCELLED.value], attempts=0)
    return OutgoingMessage.objects.filter(untried | Q(state=Outgoing.REFUSED.value))


def deliveries(subject: str) -> list[Delivery]:
    """What was queued about one of our subjects, in the order in which it leaves."""
    rows = OutgoingMessage.objects.filter(subject=subject).order_by("place")
    return [Delivery(r.message, r.kind, r.state, r.reason, r.attempts, r.queued_at) for r in rows]
