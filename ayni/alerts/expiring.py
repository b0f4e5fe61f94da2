"""What was received and is over is removed by a job, and its removal confirmed."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from ayni.alerts import handing, taking, telling_back
from ayni.alerts.models import ReceivedAlert
from ayni.alerts.vocabulary import WhyRemoved
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.members import api as members

log = logging.getLogger("ayni.alerts")


def remove_expired(*, now: datetime) -> int:
    """Remove every received alert of this node whose time is over; how many."""
    count = 0
    for institution in members.institutions(state=members.this_node()):
        by = audit.job("alerts.remove_expired", str(institution.id))
        with members.acting(institution.id):
            over = ReceivedAlert.objects.filter(
                institution_id=institution.id, removed_at__isnull=True, until__lte=now
            )
            for ident in over.values_list("id", flat=True):
                count += _remove(ident, now, by=by)
    return count


def tell_untold() -> int:
    """Tell, for every institution of this node, of answers that were taken back or destroyed, where
    the other side could not be told before; how many."""
    count = 0
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            count += telling_back.tell_untold(
                by=audit.job("alerts.tell_untold", str(institution.id))
            )
    return count


def _remove(ident: UUID, now: datetime, *, by: Actor) -> int:
    """Each in a transaction of its own. A sender that cannot be written to any more (it left the
    platform) keeps nobody from removing."""
    with audit.act(by=by, verb="alerts.expire", subject=ident):
        handing.hold_copy(ReceivedAlert.objects.get(id=ident))
        row = (
            ReceivedAlert.objects.select_for_update()
            .filter(id=ident, removed_at__isnull=True, until__lte=now)
            .first()
        )
        if row is None:
            return 0
        told = taking.remove(row, WhyRemoved.EXPIRED, by=by)
        try:
            handing.confirm(row, told, by=by)
        except exchange.NoNode:
            log.warning("removal not confirmed", extra={"ids": {"alert": str(row.id)}})
    return 1
