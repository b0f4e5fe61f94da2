"""Whoever was met and agreed to be told of changes her mind: what was answered to an alert is taken
back, also once the alert is over, for whoever asked has the answer until the case of the missing
person goes.

All that we answered to that alert goes at once, drafts too, for they rest on the same word. What
has not left never leaves; whoever may have the rest destroys it and confirms that, by a time that
both know (`telling_back.py`). Nobody asks why.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ayni.alerts import answering, handing, rules, telling_back
from ayni.alerts.issuing import SEND
from ayni.alerts.models import AlertAnswer, ReceivedAlert
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members


def withdraw_answer(*, by: Actor, answer_id: UUID) -> AlertAnswer:
    """Take back everything that was answered to the alert of this answer, at any time; the reason
    is not asked. Once more changes nothing. Raises `WrongState` for what was never sent,
    `NotFound`, `NotAllowed`."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="alerts.withdraw_answer", subject=answer_id) as act:
        seen = answering.fetch(answer_id, by=by)
        if seen.sent_at is None or seen.received is None:
            raise WrongState
        local = handing.hold_copy(seen.received)
        # So that no answer is being sent meanwhile.
        received = ReceivedAlert.objects.select_for_update().get(id=seen.received.id)
        rows = list(
            AlertAnswer.objects.select_for_update()
            .filter(received=received, sent_at__isnull=False, withdrawn_at__isnull=True)
            # Whoever delivers locks what is queued in this order, too.
            .order_by("sent_at", "id")
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
            telling_back.tell_now_or_later(received, there, by=by)
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
