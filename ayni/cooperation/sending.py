"""Queueing a message to an institution of another node, for this room and those above: one place
that says what it means when it cannot be queued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cooperation.errors import NotSendable
from ayni.exchange import api as exchange
from ayni.members import api as members


def queue_to(
    *,
    by: Actor,
    institution: UUID,
    state: str,
    recipient: str,
    kind: str,
    payload: Mapping[str, Any],
    grant: exchange.Grant | None,
    conversation: str,
    subject: str,
    due_at: datetime | None = None,
    valid_until: datetime | None = None,
) -> str:
    """Queue a message of `institution` (its id) to the institution `recipient` (its code) of
    another state, inside the verb of the caller, which audits; its id. Raises `NoNode` if the other
    side has no node or has left, `NotSendable` for what no message can say, `exchange.NotGranted`.
    """
    try:
        return exchange.queue(
            by=by,
            kind=kind,
            recipient=state,
            recipient_institution=recipient,
            institution=members.institution(institution).code,
            payload=payload,
            grant=grant,
            conversation=conversation,
            subject=subject,
            due_at=due_at,
            valid_until=valid_until,
        )
    except exchange.NotTrusted:
        raise exchange.NoNode from None
    except (exchange.Malformed, exchange.TooLarge):
        raise NotSendable from None
