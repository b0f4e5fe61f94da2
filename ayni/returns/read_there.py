"""Which role of the other side has read a joint assessment or a travel plan: told to whoever sent
it, the first time that each role does, and kept by both. Names of officers stay where they work
(`cooperation` does the same for referrals and requests)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import leaving, saying
from ayni.returns.errors import NotTakenThere, NotTheirs
from ayni.returns.models import Assessment, TravelPlan


def tell(row: Assessment | TravelPlan, *, by: Actor) -> None:
    """Tell whoever sent it that a role of ours has read it, once a role; a state that she fears is
    told nothing. Where it cannot be told now it is tried again at the next reading."""
    if row.direction != "in" or by.kind is not ActorKind.USER:
        return
    if cooperation.was_read(about=row.id, role=by.role) or leaving.fears(row):
        return
    now = clock.now()
    try:
        with (
            transaction.atomic(),
            audit.act(by=by, verb="returns.tell_read", subject=row.id, role=by.role),
        ):
            cooperation.note_reading(by=by, about=row.id, role=by.role, at=now)
            told = {"at": clock.isoformat(now), "role": by.role, "over": row.digest}
            saying.say(row, "return.read", told, by=by)
    except (exchange.NoNode, cooperation.NotSendable, NotTakenThere):
        return


def receive_read(*, by: Actor, received: exchange.Received) -> None:
    """A role of the other side has read what we sent: the one assessment, or version of a plan, of
    which it tells the digest. Raises `NotTheirs`."""
    told = received.payload
    ours = {
        "institution_id": by.institution,
        "conversation": received.conversation,
        "counterpart_state": received.sender,
        "counterpart_institution": received.sender_institution,
        "direction": "out",
        "digest": told["over"],
    }
    row = Assessment.objects.filter(**ours).first() or TravelPlan.objects.filter(**ours).first()
    if row is None:
        raise NotTheirs("read")
    with audit.act(by=by, verb="returns.hear_read", subject=row.id, role=told["role"]):
        at = clock.parse(told["at"])
        cooperation.note_reading(by=by, about=row.id, role=told["role"], at=at)


def still_allowed_read(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to tell it: it tells nothing of her, but to a state that she fears
    nothing goes at all."""
    ident = UUID(subject)
    row = Assessment.objects.filter(id=ident).first() or TravelPlan.objects.filter(id=ident).first()
    return "feared_state" if row is None or leaving.fears(row) else None


def in_words(row: Assessment | TravelPlan, *, by: Actor) -> str:
    """Which roles there have read what we sent, and when; empty for none."""
    read = cooperation.readings_of(row.id) if row.direction == "out" else []
    return "; ".join(cooperation.reading_text(each, by=by) for each in read)
