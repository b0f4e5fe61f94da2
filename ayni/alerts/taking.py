"""What a receiver does with an alert: keeps it under a key of its own, and removes it for good.

Removing destroys that key, so nothing of it can be read any more, in an old backup neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayni.alerts.models import AlertAnswer, ReceivedAlert
from ayni.alerts.rules import LONGEST, removal_due
from ayni.alerts.vocabulary import WhyRemoved
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.vault import api as vault

Told = dict[str, Any]


def keep(
    payload: Mapping[str, Any],
    *,
    by: Actor,
    conversation: str,
    sender: str,
    sender_institution: str,
) -> tuple[ReceivedAlert, Told | None]:
    """Keep an alert that arrived, and what is to be confirmed of it, if it is over already: taken
    back before it came, or too late. It ends when it says, at the latest `LONGEST` from now."""
    now = clock.now()
    known = _known(by, conversation, sender, sender_institution)
    if known is not None:
        return known, None
    row = _row(by, conversation, sender, sender_institution, now)
    row.until = min(exchange.Handling.of(payload).until or now, now + LONGEST)
    row.due_at = removal_due(row.until)
    data = dict(payload["data"])
    with audit.act(by=by, verb="alerts.receive", subject=row.id, sender=sender):
        if row.until <= now:
            row.removed_at, row.why_removed = now, WhyRemoved.EXPIRED.value
            row.save(force_insert=True)
            return row, _told(row)
        row.fields = sorted(data)
        row.seal(vault.sealer(row.subject), content=data)
        row.save(force_insert=True)
    return row, None


def end(
    *,
    by: Actor,
    conversation: str,
    sender: str,
    sender_institution: str,
    due_at: datetime | None = None,
) -> tuple[ReceivedAlert, Told]:
    """The sender takes an alert back: it is removed here, and what was removed is to be confirmed;
    of one that has not come a note stays, so that it is not kept when it comes. Once more confirms
    once more. `due_at`: by when, as the sender told it."""
    row = _known(by, conversation, sender, sender_institution)
    if row is None:
        now = clock.now()
        row = _row(by, conversation, sender, sender_institution, now)
        row.until, row.removed_at, row.why_removed = now, now, WhyRemoved.RECALLED.value
        row.due_at = due_at or removal_due(now)
        with audit.act(by=by, verb="alerts.remove", subject=row.id, why=row.why_removed):
            row.save(force_insert=True)
        return row, _told(row)
    if row.removed_at is not None:
        return row, _told(row)
    row.due_at = due_at or removal_due(clock.now())
    return row, remove(row, WhyRemoved.RECALLED, by=by)


def remove(row: ReceivedAlert, why: WhyRemoved, *, by: Actor) -> Told:
    """Remove what an alert said, and what we answered to it, for good; what is to be confirmed to
    its sender.

    The key goes before the transaction ends: nobody is told of a removal that did not happen.
    Where the transaction fails the key is gone all the same, and the job ends what was begun.
    """
    with audit.act(by=by, verb="alerts.remove", subject=row.id, why=why):
        row.removed_at, row.why_removed, row.content = clock.now(), why.value, None
        row.save()
        AlertAnswer.objects.filter(received=row).update(**AlertAnswer.EMPTY)
        vault.erase_subject(row.subject)
    return _told(row)


def _told(row: ReceivedAlert) -> Told:
    assert row.removed_at is not None
    return {
        "at": clock.isoformat(row.removed_at), "why": row.why_removed, "fields": list(row.fields),
    }  # fmt: skip


def _known(by: Actor, conversation: str, sender: str, institution: str) -> ReceivedAlert | None:
    return (
        ReceivedAlert.objects.select_for_update()
        .filter(
            institution_id=by.institution,
            conversation=conversation,
            sender_state=sender,
            sender_institution=institution,
        )
        .first()
    )


def _row(
    by: Actor, conversation: str, sender: str, institution: str, now: datetime
) -> ReceivedAlert:
    return ReceivedAlert(
        institution_id=by.institution,
        subject=vault.new_subject(),
        conversation=conversation,
        sender_state=sender,
        sender_institution=institution,
        received_at=now,
    )
