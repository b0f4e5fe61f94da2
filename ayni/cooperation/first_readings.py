"""Who has read what was sent: the role, at the first time, told to the sender and signed.

sent, received, *read by which role*, accepted or declined, done: each is a signed message, so that
neither side can say later that it never knew. Names of officers stay where they work.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cooperation import grants, telling
from ayni.cooperation.models import Exchange, FirstReading
from ayni.exchange import api as exchange
from ayni.lib import clock


def tell(row: Exchange, *, by: Actor) -> None:
    """Tell the sender that a role of ours has read this, the first time that one does.

    A feared state is told nothing. Where the sender cannot be told now it is tried again at the
    next reading: nobody is kept from reading.
    """
    if row.direction != "in" or by.kind is not ActorKind.USER or grants.fears(row):
        return
    if was_read(about=row.id, role=by.role):
        return
    try:
        with (
            transaction.atomic(),
            audit.act(by=by, verb="cooperation.tell_read", subject=row.id, role=by.role),
        ):
            note_reading(by=by, about=row.id, role=by.role, at=clock.now())
            _send(row, by=by)
    except exchange.NoNode:
        return


def _send(row: Exchange, *, by: Actor) -> None:
    if telling.is_local(row):
        moment = clock.now()
        telling.hand_over(
            row, lambda mirror, actor: hear(mirror, role=by.role, at=moment, by=actor)
        )
        return
    telling.queue(
        row,
        by=by,
        kind="message.read",
        payload={"at": clock.isoformat(clock.now()), "role": by.role},
        grant=None,
    )


def was_read(*, about: UUID, role: str) -> bool:
    """Whether it is noted that this role has read what `about` is the id of; of whatever room."""
    return FirstReading.objects.filter(about=about, role=role).exists()


def note_reading(*, by: Actor, about: UUID, role: str, at: datetime) -> None:
    """Note, for the actor's institution and inside the verb of the caller, that a role has read it;
    the first time counts."""
    FirstReading.objects.get_or_create(
        about=about,
        role=role,
        defaults={"institution_id": UUID(by.institution), "at": min(at, clock.now())},
    )


def hear(row: Exchange, *, role: str, at: datetime, by: Actor) -> None:
    """Keep that a role of the other side has read what we sent; the first time counts."""
    if row.direction == "out":
        note_reading(by=by, about=row.id, role=role, at=at)


def readings_of(about: UUID) -> list[FirstReading]:
    """Which roles have read it, in the order in which they did."""
    return list(FirstReading.objects.filter(about=about))
