"""A room above sent something of its own under a consent that has ended: by when its receiver says
what it did, and what it said. At the receiver: what was destroyed at once, and of what stays, that
an officer says why. Shown and measured with what became of referrals and requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from ayni.audit.api import Actor
from ayni.cooperation import rights, tellable
from ayni.cooperation import vocabulary as words
from ayni.cooperation.endings import Ended
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.models import ConsentEffect
from ayni.exchange import api as exchange
from ayni.lib import clock

log = logging.getLogger("ayni.cooperation")
# Nothing can be sealed to such a node now; it may be reached later.
UNREACHABLE = (exchange.NoNode, exchange.KeysExpired, exchange.NotTrusted)


def await_effect(
    *,
    by: Actor,
    what: words.What,
    about: UUID,
    institution: UUID,
    case_id: UUID,
    consent_id: UUID,
    counterpart: tuple[str, str],
    ended: Ended,
) -> ConsentEffect:
    """Note that the receiver of a row of a room above is told of the end of a consent, inside the
    verb of the caller, which audits and tells it; once more changes nothing. The case may be
    blocked. `counterpart`: state and institution. Its `due_at` goes in the envelope, so that both
    sides have the same."""
    row, _new = ConsentEffect.objects.get_or_create(
        institution_id=institution,
        direction="out",
        about=about,
        consent_id=consent_id,
        defaults={
            "what": what.value,
            "case_id": case_id,
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


# -- at the receiver


def hear_end_of(
    *,
    by: Actor,
    what: words.What,
    about: UUID,
    case_id: UUID,
    subject: UUID,
    counterpart: tuple[str, str],
    ended_at: datetime,
    due_at: datetime | None,
    stays: bool,
    silent: bool,
) -> ConsentEffect:
    """Note that the consent under which a room above received a row of its own has ended, inside
    the verb of the caller, which audits. Unless something of it `stays`, it is destroyed and that
    is said here, for the caller to tell; else an officer says what stays and why
    (`confirm_effect`). `silent`: she fears the state that asks, which is told nothing."""
    row = ConsentEffect(
        institution_id=UUID(by.institution),
        direction="in",
        what=what.value,
        about=about,
        case_id=case_id,
        subject=subject,
        shared_id=exchange.new_conversation(),
        counterpart_state=counterpart[0],
        counterpart_institution=counterpart[1],
        ended_at=min(ended_at, clock.now()),
        due_at=due_at or rights.due_from(clock.now()),
        silent=silent,
    )
    if not stays:
        row.say(effect=words.Effect.DESTROYED.value, reason="", at=clock.now())
    row.save(force_insert=True)
    tellable.judge(row)
    return row


def tell_effect_of(row: ConsentEffect, *, by: Actor) -> None:
    """Let the room above tell the other side what became of its row, unless that is to hear
    nothing. Whoever cannot be reached now keeps nothing from being destroyed, and is told by the
    job."""
    now_or_later(row, lambda: say_effect_of(row, by=by))


def now_or_later(row: ConsentEffect, say: Callable[[], None]) -> None:
    """Tell the other side, and note it if that cannot be reached now. In the caller's
    transaction."""
    try:
        with transaction.atomic():
            say()
    except UNREACHABLE as wrong:
        row.untold = True
        log.warning("effect not told", extra={"ids": {"effect": str(row.id), "why": wrong.code}})
    else:
        row.untold = False
    row.save(update_fields=["untold"])


def say_effect_of(row: ConsentEffect, *, by: Actor) -> None:
    """The same at once. Raises as the room above does where the other side cannot be reached."""
    if row.silent or not tellable.may_hear(row):
        return
    assert row.effect_at is not None
    tell = import_string(settings.AYNI_EFFECT_SAID[row.what])
    tell(by=by, about=row.about, effect=row.effect, reason=row.reason, at=row.effect_at)
