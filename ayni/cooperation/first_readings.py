"""Who has read what was sent: the role, at the first time, told to the sender and signed.

sent, received, *read by which role*, accepted or declined, done: each is a signed message, so that
neither side can say later that it never knew. Names of officers stay where they work.

The answer is read as what was asked is: whoever answered is told by the same message. Which of the
two is meant its direction says: who was asked reads the question, who asked reads the answer. There
is one answer to each, the move that stops its clock, and a role tells its reading of it once.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cooperation import grants, telling
from ayni.cooperation.inquired import PLAIN
from ayni.cooperation.models import Event, Exchange, FirstReading, Referral, Request
from ayni.cooperation.states import ANSWERS, REQUEST_ANSWERS, Move
from ayni.exchange import api as exchange
from ayni.lib import clock


def tell(row: Exchange, *, by: Actor) -> None:
    """Tell the other side that a role of ours has read what came from it, the question or the
    answer to ours, the first time that one does.

    A feared state is told nothing, nor whoever answered a letter. Where the other side cannot be
    told now it is tried again at the next reading: nobody is kept from reading.
    """
    if by.kind is not ActorKind.USER or grants.fears(row):
        return
    asked = row.direction == "in"
    about = row.id if asked else answer_to(row.id)
    if was_read(about=about, role=by.role) or not (asked or _is_answer_here(row)):
        return
    try:
        with (
            transaction.atomic(),
            audit.act(by=by, verb="cooperation.tell_read", subject=row.id, role=by.role),
        ):
            note_reading(by=by, about=about, role=by.role, at=clock.now())
            _send(row, by=by)
    except exchange.NoNode:
        return


def answer_to(about: UUID) -> UUID:
    """Under what the readings of the answer to a referral or request are noted (RFC 9562, 5.5)."""
    return uuid5(about, "answer")


def _answer(row: Exchange) -> str:
    """The move by which whoever was asked answered (accepted, declined, answered); empty for none,
    and where it was cancelled before it left."""
    answers = ANSWERS if isinstance(row, Referral) else REQUEST_ANSWERS
    moves = answers - {Move.WITHDRAW, Move.CANCEL} | {Move.UNSEND}
    last = Event.objects.filter(about=row.id, move__in=[*moves]).order_by("id").last()
    return "" if last is None or last.move == Move.UNSEND else last.move


def _is_answer_here(row: Exchange) -> bool:
    """Whether the other side has answered by message, and the answer was not destroyed since."""
    move = "" if telling.by_letter(row) else _answer(row)
    if isinstance(row, Request) and row.kind != PLAIN and move == Move.OUTCOME:
        return row.told is not None
    return bool(move)


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
    """Keep that a role of the other side has read what we sent, or what we answered; the first time
    counts. That it has read what we have not answered yet says nothing."""
    if row.direction == "out":
        note_reading(by=by, about=row.id, role=role, at=at)
    elif _answer(row):
        note_reading(by=by, about=answer_to(row.id), role=role, at=at)


def readings_there(row: Exchange) -> list[FirstReading]:
    """Which roles of the other side have read what we sent, or our answer to what came."""
    return readings_of(row.id if row.direction == "out" else answer_to(row.id))


def readings_of(about: UUID) -> list[FirstReading]:
    """Which roles have read it, in the order in which they did."""
    return list(FirstReading.objects.filter(about=about))
