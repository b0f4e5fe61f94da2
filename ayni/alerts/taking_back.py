"""Whoever was met and agreed to be told of changes her mind: what was answered to an alert is taken
back, also once the alert is over, for whoever asked has the answer until the case of the missing
person goes.

All that we answered to that alert goes at once, drafts too, for they rest on the same word. What
has not left never leaves; whoever may have the rest destroys it and confirms that, by a time that
both know. Nobody asks why. Which answers are meant their places in the conversation say, so that
one which comes late is not kept, and one given anew is.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ayni.alerts import answering, hearing, rules
from ayni.alerts.errors import NotTheirs
from ayni.alerts.issuing import SEND
from ayni.alerts.models import AlertAnswer, AlertCopy, ReceivedAlert
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members

log = logging.getLogger("ayni.alerts")
# Before an id, in the outbox: what tells that something is taken back is never stopped itself.
BACK, GONE = "back:", "gone:"
# Nobody there can take that word now; it may be taken later.
UNREACHABLE = (exchange.NoNode, exchange.KeysExpired, exchange.NotTrusted)


def withdraw_answer(*, by: Actor, answer_id: UUID) -> AlertAnswer:
    """Take back everything that was answered to the alert of this answer, at any time; the reason
    is not asked. Once more changes nothing. Raises `WrongState` for what was never sent,
    `NotFound`, `NotAllowed`."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="alerts.withdraw_answer", subject=answer_id) as act:
        seen = answering.fetch(answer_id, by=by)
        if seen.sent_at is None or seen.received is None:
            raise WrongState
        local = seen.received.sender_state == members.this_node()
        if local:
            _hold_copy(seen.received)
        # So that no answer is being sent meanwhile.
        received = ReceivedAlert.objects.select_for_update().get(id=seen.received.id)
        rows = list(
            AlertAnswer.objects.select_for_update().filter(
                received=received, sent_at__isnull=False, withdrawn_at__isnull=True
            )
        )
        there = [row for row in rows if _may_be_there(row, local=local, by=by)]
        now, word = clock.now(), exchange.new_conversation()
        for row in rows:
            row.withdrawn_at = now
            if row in there:
                row.withdrawal, row.due_at = word, rules.removal_due(now)
            row.destroy()
            row.save()
        if there:
            _tell(received, there, by=by)
        if rows:
            _drop_drafts(received, now)
        act.note(alert=received.id, answers=len(rows), told=len(there))
    return answering.fetch(answer_id, by=by)


def _drop_drafts(received: ReceivedAlert, now: datetime) -> None:
    drafts = AlertAnswer.objects.select_for_update().filter(
        received=received, sent_at__isnull=True, dropped_at__isnull=True
    )
    for row in drafts:
        row.dropped_at = now
        row.destroy()
        row.save()


def _hold_copy(received: ReceivedAlert) -> None:
    """Within one node: the copy of whoever asked first, as a recall does."""
    issuer = members.institution_by_code(received.sender_institution)
    own = members.institution(received.institution_id).code
    with members.acting(issuer.id):
        hearing.copy_of(
            conversation=received.conversation,
            state=members.this_node(),
            institution=own,
            own=str(issuer.id),
        )


def _may_be_there(row: AlertAnswer, *, local: bool, by: Actor) -> bool:
    """Whether whoever asked may have this answer; what waits to leave is stopped."""
    if local:
        return True
    exchange.cancel(by=by, subject=str(row.id), peers=None, reason="withdrawn")
    return not never_left(row)


def never_left(row: AlertAnswer) -> bool:
    """Whether no other node can have an answer that was sent to one."""
    sent = {each.message for each in exchange.deliveries(str(row.id))}
    return bool(sent) and sent <= exchange.never_arrived(sent)


def _tell(received: ReceivedAlert, rows: list[AlertAnswer], *, by: Actor) -> None:
    """Tell whoever asked, once for all these; who cannot be told now is told by the job."""
    first = rows[0]
    assert first.withdrawn_at is not None
    assert first.due_at is not None
    told = {"id": first.withdrawal, "at": clock.isoformat(first.withdrawn_at)}
    if received.sender_state == members.this_node():
        hear_removed(received, _hand_over(received, told), by=by)
        return
    untold = False
    try:
        with transaction.atomic():
            cooperation.queue_to(
                by=by,
                institution=received.institution_id,
                state=received.sender_state,
                recipient=received.sender_institution,
                kind="alert.answer_withdrawn",
                payload=told,
                grant=None,
                conversation=received.conversation,
                subject=f"{BACK}{first.id}",
                due_at=first.due_at,
            )
    except UNREACHABLE as wrong:
        untold = True
        log.warning("not told", extra={"ids": {"answer": str(first.id), "why": wrong.code}})
    AlertAnswer.objects.filter(id__in=[row.id for row in rows]).update(untold=untold)


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


def tell_untold(*, by: Actor) -> int:
    """Of the actor's institution: tell whoever could not be told before, now that it can be
    reached; how many. By a job. Each in a transaction of its own."""
    waits = AlertAnswer.objects.filter(institution_id=by.institution, untold=True)
    pairs = waits.order_by().values_list("received_id", "withdrawal").distinct()
    return sum(_told_later(ident, word, by=by) for ident, word in pairs if ident is not None)


def _told_later(ident: UUID, word: str, *, by: Actor) -> int:
    with audit.act(by=by, verb="alerts.tell_withdrawn", subject=ident) as act:
        received = ReceivedAlert.objects.select_for_update().get(id=ident)
        rows = list(
            AlertAnswer.objects.select_for_update().filter(
                received=received, withdrawal=word, untold=True
            )
        )
        if rows:  # nobody was faster
            _tell(received, rows, by=by)
        still = AlertAnswer.objects.filter(received=received, withdrawal=word, untold=True)
        told = int(bool(rows) and not still.exists())
        act.note(told=told)
    return told


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
            # Which of the two it was, and on what it rested, it said, too.
            row.outcome, row.ground, row.fields = "", "", []
            row.withdrawn_at, row.withdrawal, row.removed_at = at, told["id"], now
            row.destroy()
            row.save()
        act.note(destroyed=len(rows))
    return {"id": told["id"], "at": clock.isoformat(now)}


def receive_withdrawn(*, by: Actor, received: exchange.Received) -> None:
    """A recipient of our alert takes back what it had answered: destroyed here, and confirmed."""
    copy = hearing.copy_of(
        conversation=received.conversation,
        state=received.sender,
        institution=received.sender_institution,
        own=by.institution,
    )
    told = hear_withdrawn(copy, received.payload, number=received.sequence, by=by)
    try:
        with transaction.atomic():
            cooperation.queue_to(
                by=by,
                institution=copy.institution_id,
                state=copy.recipient_state,
                recipient=copy.recipient_institution,
                kind="alert.answer_removed",
                payload=told,
                grant=None,
                conversation=copy.conversation,
                subject=f"{GONE}{copy.id}",
            )
    except UNREACHABLE as wrong:  # it is destroyed all the same
        log.warning("not confirmed", extra={"ids": {"copy": str(copy.id), "why": wrong.code}})


# -- at whoever answered


def hear_removed(received: ReceivedAlert, told: Mapping[str, Any], *, by: Actor) -> None:
    """Whoever asked has destroyed what we had taken back: the first word counts. Raises
    `NotTheirs` where nobody waits for it."""
    with audit.act(by=by, verb="alerts.hear_answer_removed", subject=received.id) as act:
        rows = AlertAnswer.objects.select_for_update().filter(
            received=received, withdrawal=told["id"]
        )
        if not rows:
            raise NotTheirs("answer")
        waits = AlertAnswer.objects.filter(
            received=received, withdrawal=told["id"], confirmed_at__isnull=True
        )
        heard = waits.update(removed_at=clock.parse(told["at"]), confirmed_at=clock.now())
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
