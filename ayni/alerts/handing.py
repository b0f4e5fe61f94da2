"""Handing a word about an alert to the other side: by message to another node, by hand within this
one; and what leaves, noted in the register of transfers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ayni.alerts import hearing, rules, taking
from ayni.alerts.models import Alert, AlertAnswer, AlertCopy, ReceivedAlert
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members

RECALL = "recall:"  # before the id of a copy: the subject of its recall in the outbox


def give(
    alert: Alert,
    copy: AlertCopy,
    *,
    kind: str,
    payload: Mapping[str, Any],
    by: Actor,
    feared: frozenset[str],
) -> None:
    """Give one recipient a word about an alert. Raises `NoNode`, `NotGranted`, `NotSendable`."""
    issuer = members.institution(alert.institution_id)
    own, holds_data, message = issuer.code, "data" in payload, ""
    if copy.recipient_state == members.this_node():
        _give_here(copy, payload, issuer)
    else:
        grant = exchange.Grant(
            id=str(copy.id),
            recipient=copy.recipient_state,
            recipient_institution=copy.recipient_institution,
            purpose=rules.PURPOSE,
            fields=frozenset(alert.fields),
            basis=alert.basis,
            valid_until=alert.until,
            never=feared,
        )
        message = _queue(
            copy, kind, payload, by=by, alert=alert, grant=grant if holds_data else None
        )
    if holds_data:
        cooperation.register_transfer(
            by=by,
            institution_code=own,
            about=alert.case_id,
            recipient_state=copy.recipient_state,
            recipient_institution=copy.recipient_institution,
            purpose=rules.PURPOSE,
            fields=alert.fields,
            basis=alert.basis,
            channel="node" if message else "local",
            message=message,
        )


def _give_here(copy: AlertCopy, payload: Mapping[str, Any], issuer: members.Institution) -> None:
    """Give it to another institution of this node, on its behalf, and hear what it says."""
    other = members.institution_by_code(copy.recipient_institution)
    whose: dict[str, Any] = {
        "by": audit.job("alerts.local", str(other.id)),
        "conversation": copy.conversation,
        "sender": members.this_node(),
        "sender_institution": issuer.code,
    }
    with members.acting(other.id):
        if "data" in payload:
            _row, told = taking.keep(payload, **whose)
        else:
            _row, told = taking.end(due_at=copy.due_at, **whose)
    if told is not None:
        _heard(copy.conversation, other.code, issuer, told, hear=hearing.hear_removed)


def _queue(
    copy: AlertCopy,
    kind: str,
    payload: Mapping[str, Any],
    *,
    by: Actor,
    alert: Alert,
    grant: exchange.Grant | None,
) -> str:
    return cooperation.queue_to(
        by=by,
        institution=alert.institution_id,
        state=copy.recipient_state,
        recipient=copy.recipient_institution,
        kind=kind,
        payload=payload,
        grant=grant,
        conversation=copy.conversation,
        # What is stopped is the alert, never its recall.
        subject=str(copy.id) if grant else f"{RECALL}{copy.id}",
        valid_until=alert.until if grant else None,
        due_at=None if grant else copy.due_at,
    )


def confirm(row: ReceivedAlert, told: Mapping[str, Any], *, by: Actor) -> None:
    """Tell the sender of an alert what was removed here. Raises `NoNode`."""
    _say("alert.removed", row, told, hear=hearing.hear_removed, by=by)


def say_read(
    row: ReceivedAlert, told: Mapping[str, Any], *, hear: Callable[..., object], by: Actor
) -> None:
    """Tell whoever issued an alert by which role it was read here. Raises `NoNode`."""
    _say("alert.read", row, told, hear=hear, by=by)


def _say(
    kind: str,
    row: ReceivedAlert,
    told: Mapping[str, Any],
    *,
    hear: Callable[..., object],
    by: Actor,
) -> None:
    own = members.institution(row.institution_id).code
    if row.sender_state == members.this_node():
        issuer = members.institution_by_code(row.sender_institution)
        _heard(row.conversation, own, issuer, told, hear=hear)
        return
    cooperation.queue_to(
        by=by,
        institution=row.institution_id,
        state=row.sender_state,
        recipient=row.sender_institution,
        kind=kind,
        payload=told,
        grant=None,
        conversation=row.conversation,
        subject=str(row.id),
    )


def still_allowed_read(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to tell by which role an alert was read: it leaves always, for it
    tells whoever issued it nothing of the person."""
    return None


def still_allowed_removed(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to confirm a removal: it leaves always, for it tells the sender
    nothing of the person but which fields of its own it may count as gone."""
    return None


def _heard(
    conversation: str,
    own: str,
    issuer: members.Institution,
    told: Mapping[str, Any],
    *,
    hear: Callable[..., object],
) -> None:
    """What an institution of this node (`own`, its code) says of an alert that another one of this
    node issued, heard by that one at once."""
    with members.acting(issuer.id):
        copy = hearing.copy_of(
            conversation=conversation,
            state=members.this_node(),
            institution=own,
            own=str(issuer.id),
        )
        hear(copy, told, by=audit.job("alerts.local", str(issuer.id)))


def hold_copy(received: ReceivedAlert) -> bool:
    """Whether it came from this node: then lock the copy of whoever asked, which every act does
    before it locks the alert that was received, as a recall has to."""
    if received.sender_state != members.this_node():
        return False
    issuer = members.institution_by_code(received.sender_institution)
    own = members.institution(received.institution_id).code
    with members.acting(issuer.id):
        hearing.copy_of(
            conversation=received.conversation,
            state=members.this_node(),
            institution=own,
            own=str(issuer.id),
        )
    return True


ANSWERED = exchange.Handling(see=exchange.See.INSTITUTION, onward=exchange.Onward.NONE)


def answer(row: AlertAnswer, received: ReceivedAlert, content: Any, *, by: Actor) -> None:
    """Give whoever issued an alert our answer. Raises `NoNode`, `NotGranted`, `NotSendable`."""
    own = members.institution(row.institution_id).code
    assert row.sent_at is not None
    told = {
        "at": clock.isoformat(row.sent_at), "data": content, "handling": ANSWERED.to_json(),
    }  # fmt: skip
    to = {
        "recipient_state": received.sender_state,
        "recipient_institution": received.sender_institution,
    }
    basis, message = f"alert:{received.conversation}", ""
    if received.sender_state == members.this_node():
        issuer = members.institution_by_code(received.sender_institution)
        _heard(received.conversation, own, issuer, told, hear=hearing.hear_answer)
    else:
        grant = exchange.Grant(
            id=str(row.id),
            recipient=received.sender_state,
            recipient_institution=received.sender_institution,
            purpose=rules.PURPOSE,
            fields=frozenset(row.fields),
            basis=basis,
            valid_until=received.until,
        )
        message = cooperation.queue_to(
            by=by,
            institution=row.institution_id,
            state=received.sender_state,
            recipient=received.sender_institution,
            kind="alert.answer",
            payload=told,
            grant=grant,
            conversation=received.conversation,
            subject=str(row.id),
            valid_until=received.until,
        )
    cooperation.register_transfer(
        by=by, institution_code=own, about=received.id, purpose=rules.PURPOSE, fields=row.fields,
        basis=basis, channel="node" if message else "local", message=message, **to,
    )  # fmt: skip
