"""What is queued is asked again before every attempt whether it may leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from ayni.audit import api as audit
from ayni.exchange import trust, wired
from ayni.exchange.errors import Held, NotGranted
from ayni.exchange.failing import at_one
from ayni.exchange.grant import Grant, check_grant
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.remembered import kept
from ayni.exchange.settling import settle
from ayni.exchange.states import Outgoing
from ayni.lib import clock
from ayni.members import api as members

_institution = kept(members.institution_by_code)
_NOT_A_MEMBER = "not_a_member"
HELD = Held.code


def reason_to_cancel(row: OutgoingMessage, now: datetime) -> str:
    """Empty if the message may leave at this moment; asked on behalf of its institution. `HELD`
    while another act decides about it: then it waits.

    No earlier moment than that at which it was queued: a clock that shows one was set back, and a
    room that believed it would cancel what the message is about, for a consent that seems to begin
    later."""
    now = max(now, row.queued_at)
    if not trust.is_member(row.peer):
        return _NOT_A_MEMBER
    if row.valid_until is not None and row.valid_until <= now:
        return "expired"
    grant = None if row.grant is None else Grant.from_json(row.grant)
    try:
        check_grant(
            grant,
            kind=wired.kind(row.kind),
            recipient=row.peer,
            recipient_institution=row.recipient_institution,
            fields=row.fields,
            now=now,
        )
        ask = wired.still_allowed(row.kind)
    except NotGranted as refusal:
        return refusal.code
    if ask is None:
        return ""
    try:
        with members.acting(_institution(row.institution).id):
            return ask(message=row.message, subject=row.subject, grant=grant, now=now) or ""
    except Held:
        return HELD


def waits(row: OutgoingMessage, reason: str, now: datetime) -> bool:
    """Whether it is too early to believe that the message may not leave: another act is deciding
    that, or a clock that shows a time before the message was queued was set back, and by it a
    consent may seem to begin later."""
    return reason == HELD or (reason not in {"", _NOT_A_MEMBER} and now < row.queued_at)


def allowed(
    rows: Sequence[OutgoingMessage], *, ahead: bool = False
) -> tuple[list[OutgoingMessage], list[OutgoingMessage]]:
    """Those of the locked messages that leave now, and those that wait; the others are cancelled.
    `ahead`: other nodes have told that our clock is; then it ends nothing.

    What follows in a conversation in which one waits, waits too. Raises `FailedAt` for one at which
    the software of its room fails: it must not hold up the others, and nobody knows whether it may
    leave. The caller's transaction is then undone and begun anew without that conversation: a
    savepoint around every question would cost each message more than the question.
    """
    now = clock.now()
    leaving: list[OutgoingMessage] = []
    waiting: list[OutgoingMessage] = []
    stopped: set[str] = set()
    for code, some in groupby(rows, key=lambda row: row.institution):
        together = list(some)
        with at_one(together[0].message, together[0].conversation):
            institution = _institution(code).id
        with members.acting(institution):
            for row in together:
                with at_one(row.message, row.conversation):
                    _judge(row, now, stopped, leaving, waiting, ahead=ahead)
    return leaving, waiting


def _judge(
    row: OutgoingMessage,
    now: datetime,
    stopped: set[str],
    leaving: list[OutgoingMessage],
    waiting: list[OutgoingMessage],
    *,
    ahead: bool,
) -> None:
    reason = reason_now(row, now, ahead=ahead)
    if row.conversation in stopped or waits(row, reason, now):
        stopped.add(row.conversation)
        waiting.append(row)
    elif reason:
        _cancel(row, reason)
    else:
        leaving.append(row)


def reason_now(row: OutgoingMessage, now: datetime, *, ahead: bool) -> str:
    """As `reason_to_cancel`. While our clock is called `ahead` nothing leaves for which the time
    seems over, and nothing is ended for it: `HELD`. People set the clock right, and then it is
    asked again. What its room changes for such a reason is undone."""
    if not ahead:
        return reason_to_cancel(row, now)
    with audit.on_trial() as undo:
        reason = reason_to_cancel(row, now)
        if reason in {"", _NOT_A_MEMBER}:
            return reason
        undo()
    return HELD


def _cancel(row: OutgoingMessage, reason: str) -> None:
    with audit.act(
        by=audit.job("exchange.drain"), verb="exchange.cancel", subject=row.message, reason=reason
    ):
        settle(row, Outgoing.CANCELLED, reason)
        row.save()
