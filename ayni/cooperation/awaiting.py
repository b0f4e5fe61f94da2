"""A room above sent something of its own under a consent that has ended: by when its receiver says
what it did, and what it said. Shown and measured with what became of referrals and requests."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import rights
from ayni.cooperation import vocabulary as words
from ayni.cooperation.endings import Ended
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.models import ConsentEffect
from ayni.exchange import api as exchange
from ayni.lib import clock


def await_effect(
    *,
    by: Actor,
    what: words.What,
    about: UUID,
    case: cases.Case,
    consent_id: UUID,
    counterpart: tuple[str, str],
    ended: Ended,
) -> ConsentEffect:
    """Note that the receiver of a row of a room above is told of the end of a consent, inside the
    verb of the caller, which audits and tells it; once more changes nothing. `counterpart`: state
    and institution. Its `due_at` goes in the envelope, so that both sides have the same."""
    row, _new = ConsentEffect.objects.get_or_create(
        institution_id=case.institution_id,
        direction="out",
        about=about,
        consent_id=consent_id,
        defaults={
            "what": what.value,
            "case": case,
            "shared_id": exchange.new_conversation(),
            "counterpart_state": counterpart[0],
            "counterpart_institution": counterpart[1],
            "cause": ended.cause.value,
            "ended_at": ended.at,
            "due_at": rights.due_from(clock.now()),
        },
    )
    return row


def hear_effect_of(*, by: Actor, about: UUID, effect: str, reason: str, at: datetime) -> None:
    """What that receiver did, inside the verb of the caller. Raises `NotTheirs` if nobody waits for
    it."""
    row = (
        ConsentEffect.objects.select_for_update()
        .filter(institution_id=by.institution, direction="out", about=about)
        .exclude(what="")
        .first()
    )
    if row is None:
        raise NotTheirs("consent")
    row.say(effect=effect, reason=reason, at=at)
    row.save(update_fields=row.SAID)


def effect_of(*, by: Actor, about: UUID) -> ConsentEffect | None:
    """What became of a row of a room above at its receiver, which whoever asks has opened; None
    while its consent holds, and where nobody was to be told."""
    return (
        ConsentEffect.objects.filter(institution_id=by.institution, direction="out", about=about)
        .exclude(what="")
        .first()
    )
