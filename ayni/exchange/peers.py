"""One other node as it is seen from here, for the administrator; and how many messages there are,
for monitoring. Counts only: never whom a message is about, nor its kind if it is about a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from ayni.exchange import missing, trust, wired
from ayni.exchange.errors import UnknownKind
from ayni.exchange.fetching_peers import fetches, not_fetched
from ayni.exchange.models import IncomingMessage, OutgoingMessage, PeerState
from ayni.exchange.states import Incoming, Outgoing
from ayni.lib import clock
from ayni.lib.errors import NotFound

_DAY = timedelta(days=1)
# Counts for monitoring are rounded up to these: one message more on a quiet night is somebody.
STEP = 10
ABOUT_PERSONS, UNKNOWN = "about_persons", "unknown"


class Circuit(StrEnum):
    """How the way to a node is: it works, it will be tried again, or it rests after failures."""

    WORKS = "works"
    TRIED = "tried"
    RESTS = "rests"


def circuit(*, failures: int, next_attempt: datetime | None, now: datetime) -> Circuit:
    """How the way is after so many failures in a row."""
    if not failures:
        return Circuit.WORKS
    resting = next_attempt is not None and next_attempt > now
    return Circuit.RESTS if resting else Circuit.TRIED


@dataclass(frozen=True, slots=True)
class PeerReport:
    """Another node as seen from here.

    `fetched_at`: when it last fetched by itself what waits for it, if that is not long ago.
    `answered_at`: when it last took something of ours; `heard_at`: when its last message came.
    `waits`: messages that wait for it, the `oldest` since then. `attempts` and of them `failed`:
    for the messages settled within a day and those that wait. `delivered`, `refused`, `cancelled`,
    `received`: within a day; `waiting` and `set_aside`: of its messages, now. `skew_seconds`: how
    far its clock is ahead of ours (negative: ours is), None if in time. `directory`, `our_sheet`:
    the numbers that it says it has accepted (`told_at`); `sheet` and `sheet_until`: its own keys
    as they are known here.
    """

    node: str
    circuit: Circuit
    fetched_at: datetime | None
    failures: int
    next_attempt: datetime | None
    answered_at: datetime | None
    heard_at: datetime | None
    waits: int
    oldest: datetime | None
    attempts: int
    failed: int
    delivered: int
    refused: int
    cancelled: int
    received: int
    waiting: int
    set_aside: int
    missing: int
    skew_seconds: int | None
    directory: int | None
    our_sheet: int | None
    told_at: datetime | None
    sheet: int | None
    sheet_until: datetime | None


def peer_report(node: str, *, now: datetime) -> PeerReport:
    """How it goes with one other member of the directory. Raises `NotFound` for another code."""
    if trust.directory_document() is None or node not in trust.peers():
        raise NotFound
    state = PeerState.objects.filter(node=node).first() or PeerState(node=node)
    sheet = trust.key_sheet(node)
    failures = max(state.failures, not_fetched().get(node, 0))
    return PeerReport(
        node=node,
        circuit=circuit(failures=failures, next_attempt=state.next_attempt, now=now),
        fetched_at=fetches(now=now).get(node),
        failures=failures,
        next_attempt=state.next_attempt,
        answered_at=state.last_contact,
        missing=missing.unanswered(node, now=now),
        skew_seconds=state.skew_seconds,
        directory=state.told_directory,
        our_sheet=state.told_sheet,
        told_at=state.told_at,
        sheet=None if sheet is None else sheet["body"]["number"],
        sheet_until=None if sheet is None else clock.parse(sheet["body"]["valid_until"]),
        **_sent(node, now - _DAY),
        **_came(node, now - _DAY),
    )


def _sent(node: str, since: datetime) -> dict[str, Any]:
    waits, recent = Q(state=Outgoing.QUEUED), Q(settled_at__gt=since)
    answered = Q(state__in=[Outgoing.DELIVERED, Outgoing.REFUSED])
    found = (
        OutgoingMessage.objects.filter(waits | recent, peer=node).aggregate(
            waits=Count("place", filter=waits),
            oldest=Min("queued_at", filter=waits),
            tried=Sum("attempts", default=0),
            # An account after a restore settles a message without an attempt.
            answered=Count("place", filter=recent & answered & Q(attempts__gt=0)),
            delivered=Count("place", filter=recent & Q(state=Outgoing.DELIVERED)),
            refused=Count("place", filter=recent & Q(state=Outgoing.REFUSED)),
            cancelled=Count("place", filter=recent & Q(state=Outgoing.CANCELLED)),
        )
    )  # fmt: skip
    tried, answers = found.pop("tried"), found.pop("answered")
    return {**found, "attempts": tried, "failed": max(0, tried - answers)}


def _came(node: str, since: datetime) -> dict[str, Any]:
    found: dict[str, Any] = IncomingMessage.objects.filter(peer=node).aggregate(
        heard_at=Max("received_at"),
        received=Count("id", filter=Q(received_at__gt=since)),
        waiting=Count("id", filter=Q(state=Incoming.WAITING)),
        set_aside=Count("id", filter=Q(state=Incoming.SET_ASIDE)),
    )
    return found


# -- for monitoring


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages, rounded up to tens: `sent` or received, by state and kind. What waits:
    now; what is settled: on the last full day (UTC). All kinds about persons are one."""

    sent: bool
    state: str
    kind: str
    count: int


def counted(*, now: datetime) -> list[Counted]:
    """Messages with all nodes together, for monitoring."""
    until = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = {"gte": until - _DAY, "lt": until}
    ours = OutgoingMessage.objects.filter(Q(state=Outgoing.QUEUED) | _within("settled_at", day))
    theirs = IncomingMessage.objects.filter(
        Q(state__in=[Incoming.WAITING, Incoming.SET_ASIDE]) | _within("received_at", day)
    )
    sums: dict[tuple[bool, str, str], int] = {}
    for sent, rows in ((True, ours), (False, theirs)):
        for state, kind, count in rows.values_list("state", "kind").annotate(count=Count("pk")):
            key = (sent, state, kind_told(kind))
            sums[key] = sums.get(key, 0) + count
    return [
        Counted(sent, state, kind, rounded_up(count))
        for (sent, state, kind), count in sorted(sums.items())
    ]


def _within(name: str, bounds: Mapping[str, datetime]) -> Q:
    return Q(**{f"{name}__{bound}": moment for bound, moment in bounds.items()})


def kind_told(name: str) -> str:
    """The kind as monitoring may see it: its name only if it is declared to be about no person."""
    try:
        return ABOUT_PERSONS if wired.kind(name).about_person else name
    except UnknownKind:
        return UNKNOWN


def rounded_up(count: int) -> int:
    """To the next multiple of `STEP`; 0 stays 0."""
    return -(-count // STEP) * STEP
