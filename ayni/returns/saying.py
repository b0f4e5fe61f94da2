"""Giving the other side of a return a word: by message to another node, or by hand to another
institution of this one, which hears it as it would hear a message: same checks, same states, its
own records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns.errors import NotTakenThere, NotTheirs
from ayni.returns.models import Assessment, TravelPlan


def is_here(row: Assessment | TravelPlan) -> bool:
    """Whether the other side is an institution of this node."""
    return row.counterpart_state == members.this_node()


def channel(row: Assessment | TravelPlan) -> str:
    """How it leaves, as the register of transfers says it."""
    return "local" if is_here(row) else "node"


def say(
    row: Assessment | TravelPlan,
    kind: str,
    told: Mapping[str, Any],
    *,
    by: Actor,
    grant: exchange.Grant | None = None,
    subject: str = "",
    valid_until: datetime | None = None,
    due_at: datetime | None = None,
) -> str:
    """Give the other side a word about a row, inside the verb of the caller; the id of the message,
    empty where none left. Raises `NoNode`, `cooperation.NotSendable`, `NotTakenThere`."""
    if is_here(row):
        _hear_there(row, kind, told, due_at)
        return ""
    return cooperation.queue_to(
        by=by,
        institution=row.institution_id,
        state=row.counterpart_state,
        recipient=row.counterpart_institution,
        kind=kind,
        payload=told,
        grant=grant,
        conversation=row.conversation,
        subject=subject or str(row.id),
        valid_until=valid_until,
        due_at=due_at,
    )


def _hear_there(
    row: Assessment | TravelPlan, kind: str, told: Mapping[str, Any], due_at: datetime | None
) -> None:
    """The other institution of this node hears it, in the same transaction and on its behalf."""
    other = members.institution_by_code(row.counterpart_institution)
    try:
        exchange.check_payload(kind, told)
    except (exchange.Malformed, exchange.TooLarge):
        raise cooperation.NotSendable from None
    heard = exchange.Received(
        message="",
        kind=kind,
        conversation=row.conversation,
        sequence=0,
        sender=members.this_node(),
        sender_institution=members.institution(row.institution_id).code,
        institution=other.code,
        created=clock.now(),
        due=due_at,
        payload=dict(told),
    )
    hear = import_string(settings.AYNI_RECEIVERS[kind])
    with members.acting(other.id):
        try:
            hear(by=audit.job("returns.local", str(other.id)), received=heard)
        except NotTheirs:
            raise NotTakenThere from None


def alone(rows: QuerySet[Assessment] | QuerySet[TravelPlan]) -> None:
    """Before any of these rows is locked: inside one node each side locks its own row and then the
    other's, and two officers who act at once would wait for each other for ever."""
    here = rows.filter(counterpart_state=members.this_node()).order_by()
    for conversation in sorted(set(here.values_list("conversation", flat=True))):
        cooperation.alone(conversation)
