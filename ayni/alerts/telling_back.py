"""The word that what was answered to an alert is taken back, and the one that confirms that it is
destroyed, on both sides. Neither is lost: who cannot be told now is told by the job.

Which answers are meant their places in the conversation say, so that one which comes late is not
kept, and one given anew is: the word always goes before whatever is answered anew.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from ayni.alerts import hearing
from ayni.alerts.errors import NotTheirs
from ayni.alerts.models import AlertAnswer, AlertCopy, ReceivedAlert
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members

log = logging.getLogger("ayni.alerts")
# Before the id of a word, in the outbox: what tells that something is taken back, or destroyed, is
# never stopped itself.
BACK, GONE = "back:", "gone:"
# Nobody there can take that word now; it may be taken later.
UNREACHABLE = (exchange.NoNode, exchange.KeysExpired, exchange.NotTrusted)


def tell_now_or_later(received: ReceivedAlert, rows: list[AlertAnswer], *, by: Actor) -> None:
    """Tell whoever asked, once for all these that were taken back together; who cannot be told now
    is told by the job. In the caller's transaction."""
    try:
        with transaction.atomic():
            _tell(received, rows, by=by)
    except UNREACHABLE as wrong:
        AlertAnswer.objects.filter(id__in=[row.id for row in rows]).update(untold=True)
        log.warning("not told", extra={"ids": {"alert": str(received.id), "why": wrong.code}})


def _tell(received: ReceivedAlert, rows: list[AlertAnswer], *, by: Actor) -> None:
    """The same now. Raises one of `UNREACHABLE`."""
    first = rows[0]
    assert first.withdrawn_at is not None
    assert first.due_at is not None
    told = {"id": first.withdrawal, "at": clock.isoformat(first.withdrawn_at)}
    if received.sender_state == members.this_node():
        hear_removed(received, _hand_over(received, told), by=by)
        return
    cooperation.queue_to(
        by=by,
        institution=received.institution_id,
        state=received.sender_state,
        recipient=received.sender_institution,
        kind="alert.answer_withdrawn",
        payload=told,
        grant=None,
        conversation=received.conversation,
        subject=f"{BACK}{first.withdrawal}",
        due_at=first.due_at,
    )
    AlertAnswer.objects.filter(id__in=[row.id for row in rows]).update(untold=False)


def _hand_over(received: ReceivedAlert, told: Mapping[str, Any]) -> dict[str, Any]:
    """Within one node, on behalf of whoever asked; what it confirms."""
    issuer = members.institution_by_code(received.sender_institution)
    own = members.institution(received.institution_id).code
    with members.acting(issuer.id):
        copy = hearing.copy_of(
            conversation=received.conversation,
            state=members.this_node(),
            institution=own,
            own=str(issuer.id),
        )
        by = audit.job("alerts.local", str(issuer.id))
        return hear_withdrawn(copy, told, number=None, by=by)


def tell_owed(received: ReceivedAlert, *, by: Actor) -> None:
    """Before something is answered anew to a locked alert: tell what nobody there was told yet, for
    told later it would take the new answer back, too. Raises one of `UNREACHABLE`."""
    for _ident, word in _owed(AlertAnswer.objects.filter(received=received)):
        _tell_word(received, word, by=by)


def _owed(rows: QuerySet[AlertAnswer]) -> list[tuple[UUID, str]]:
    """Those of our words, by the alert and their id, that are to be told: nobody there could be
    told, or the message was cancelled, as when that node was no member for a time. None after which
    an answer went that stands."""
    waits = rows.filter(direction="out", confirmed_at__isnull=True).exclude(withdrawal="")
    words = waits.order_by().values_list("received_id", "withdrawal", "untold").distinct()
    return [
        (ident, word)
        for ident, word, untold in words
        if ident is not None
        and (untold or _was_stopped(f"{BACK}{word}"))
        and not _answered_anew(ident)
    ]


def _was_stopped(subject: str) -> bool:
    sent = exchange.deliveries(subject)
    return bool(sent) and sent[-1].state == "cancelled"


def _answered_anew(ident: UUID) -> bool:
    """Whether an answer to this alert that was not taken back waits to leave or may be there."""
    stand = AlertAnswer.objects.filter(
        received_id=ident, sent_at__isnull=False, withdrawn_at__isnull=True
    )
    return any(
        each.state in ("queued", "delivered") or (each.state == "cancelled" and each.attempts)
        for row in stand
        for each in exchange.deliveries(str(row.id))
    )


def _tell_word(received: ReceivedAlert, word: str, *, by: Actor) -> None:
    with audit.act(by=by, verb="alerts.tell_withdrawn", subject=received.id):
        rows = AlertAnswer.objects.select_for_update().filter(received=received, withdrawal=word)
        _tell(received, list(rows), by=by)


def tell_untold(*, by: Actor) -> int:
    """Of the actor's institution: tell whoever could not be told that an answer is taken back, or
    that one is destroyed, now that it can be reached; how many. By a job. Each in a transaction of
    its own: one that fails, in whatever way, keeps no other from being told."""
    rows = AlertAnswer.objects.filter(institution_id=by.institution)
    told = sum(_told_later(ident, word, by=by) for ident, word in _owed(rows))
    owing = AlertCopy.objects.filter(institution_id=by.institution).exclude(unconfirmed=[])
    return told + sum(
        _confirmed_later(ident, by=by) for ident in owing.values_list("id", flat=True)
    )


def _told_later(ident: UUID, word: str, *, by: Actor) -> int:
    try:
        with transaction.atomic():
            received = ReceivedAlert.objects.select_for_update().get(id=ident)
            if (ident, word) not in _owed(AlertAnswer.objects.filter(received=received)):
                return 0  # somebody was faster
            _tell_word(received, word, by=by)
    except UNREACHABLE as wrong:
        log.warning("not told", extra={"ids": {"alert": str(ident), "why": wrong.code}})
        return 0
    except Exception as wrong:
        log.error("failed", exc_info=wrong, extra={"ids": {"alert": str(ident)}})
        return 0
    return 1


def still_allowed_word(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to tell that an answer is taken back, or that it was destroyed:
    both leave always, for they tell nothing but that there is nothing any more."""
    return None


# -- at whoever asked


def hear_withdrawn(
    copy: AlertCopy, told: Mapping[str, Any], *, number: int | None, by: Actor
) -> dict[str, Any]:
    """A recipient takes back what it had answered, up to its place in the conversation (`number`;
    None within one node): it is destroyed here; what is to be confirmed. Of one that has not come a
    note stays, so that it is not kept when it comes. Once more confirms once more."""
    now = clock.now()
    with audit.act(by=by, verb="alerts.hear_withdrawn", subject=copy.alert_id, copy=copy.id) as act:
        if number is not None and number > copy.answers_after:
            copy.answers_after = number
            copy.save(update_fields=["answers_after"])
        at = min(clock.parse(told["at"]), now)
        before = Q(sequence=None, sent_at__lte=at)
        if number is not None:
            before |= Q(sequence__lt=number)
        rows = list(
            AlertAnswer.objects.select_for_update().filter(
                before, copy=copy, direction="in", withdrawn_at__isnull=True
            )
        )
        for row in rows:
            row.withdrawn_at, row.withdrawal, row.removed_at = at, told["id"], now
            row.destroy()
            row.save()
        act.note(destroyed=len(rows))
    return {"id": told["id"], "at": clock.isoformat(now)}


def receive_withdrawn(*, by: Actor, received: exchange.Received) -> None:
    """A recipient of our alert takes back what it had answered: destroyed here, and confirmed."""
    # Before the copy is locked: whoever tries one of them again locks in this order, too.
    _end_unapplied(received, by=by)
    copy = hearing.copy_of(
        conversation=received.conversation,
        state=received.sender,
        institution=received.sender_institution,
        own=by.institution,
    )
    told = hear_withdrawn(copy, received.payload, number=received.sequence, by=by)
    copy.unconfirmed = [*(each for each in copy.unconfirmed if each["id"] != told["id"]), told]
    copy.save(update_fields=["unconfirmed"])
    try:
        with transaction.atomic():
            _confirm(copy, told, by=by)
    except UNREACHABLE as wrong:  # it is destroyed all the same
        log.warning("not confirmed", extra={"ids": {"copy": str(copy.id), "why": wrong.code}})


def _end_unapplied(received: exchange.Received, *, by: Actor) -> None:
    """Of answers before this word that could not be applied nothing that they say lies here any
    more."""
    talk = received.conversation
    for one in exchange.unapplied(institution=received.institution, conversation=talk):
        theirs = one.peer == received.sender and one.kind == "alert.answer"
        if theirs and one.sequence < received.sequence:
            exchange.end_unapplied(by=by, message=one.message)


def _confirm(copy: AlertCopy, told: Mapping[str, Any], *, by: Actor) -> None:
    """Confirm that it is destroyed. Raises one of `UNREACHABLE`."""
    cooperation.queue_to(
        by=by,
        institution=copy.institution_id,
        state=copy.recipient_state,
        recipient=copy.recipient_institution,
        kind="alert.answer_removed",
        payload=told,
        grant=None,
        conversation=copy.conversation,
        subject=f"{GONE}{told['id']}",
    )


def _confirmed_later(ident: UUID, *, by: Actor) -> int:
    try:
        with transaction.atomic():
            copy = AlertCopy.objects.select_for_update().get(id=ident)
            return sum(_confirm_owed(copy, told, by=by) for told in copy.unconfirmed)
    except UNREACHABLE as wrong:
        log.warning("not confirmed", extra={"ids": {"copy": str(ident), "why": wrong.code}})
    except Exception as wrong:
        log.error("failed", exc_info=wrong, extra={"ids": {"copy": str(ident)}})
    return 0


def _confirm_owed(copy: AlertCopy, told: Mapping[str, Any], *, by: Actor) -> int:
    """Confirm one again unless it has arrived, which ends it, or is on its way; whether it was."""
    sent = exchange.deliveries(f"{GONE}{told['id']}")
    if sent and sent[-1].state == "queued":
        return 0
    if sent and sent[-1].state != "cancelled":
        copy.unconfirmed = [each for each in copy.unconfirmed if each["id"] != told["id"]]
        copy.save(update_fields=["unconfirmed"])
        return 0
    with audit.act(by=by, verb="alerts.tell_destroyed", subject=copy.alert_id, copy=copy.id):
        _confirm(copy, told, by=by)
    return 1


# -- at whoever answered


def hear_removed(received: ReceivedAlert, told: Mapping[str, Any], *, by: Actor) -> None:
    """Whoever asked has destroyed what we had taken back: the first word counts; when, as it says,
    but neither before it was taken back nor later than now. Raises `NotTheirs` where nobody waits
    for it."""
    with audit.act(by=by, verb="alerts.hear_answer_removed", subject=received.id) as act:
        rows = AlertAnswer.objects.select_for_update().filter(
            received=received, withdrawal=told["id"]
        )
        if not rows:
            raise NotTheirs("answer")
        waits = AlertAnswer.objects.filter(
            received=received, withdrawal=told["id"], confirmed_at__isnull=True
        )
        now, back = clock.now(), rows[0].withdrawn_at
        assert back is not None
        at = min(max(clock.parse(told["at"]), back), now)
        heard = waits.update(removed_at=at, confirmed_at=now)
        act.note(answers=heard)


def receive_removed(*, by: Actor, received: exchange.Received) -> None:
    """Whoever asked confirms that what we took back is destroyed there."""
    found = ReceivedAlert.objects.select_for_update().filter(
        institution_id=by.institution,
        conversation=received.conversation,
        sender_state=received.sender,
        sender_institution=received.sender_institution,
    )
    row = found.first()
    if row is None:
        raise NotTheirs("alert")
    hear_removed(row, received.payload, by=by)
