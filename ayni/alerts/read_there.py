"""Which role of a recipient has read an alert: told to whoever issued it, the first time that each
role does, and kept by both. Names of officers stay where they work (`cooperation` does the same for
referrals and requests)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from ayni.alerts import handing
from ayni.alerts.models import AlertCopy, ReceivedAlert
from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock


def tell(row: ReceivedAlert, *, by: Actor) -> None:
    """Tell whoever issued it that a role of ours has read this alert, once a role. Where it cannot
    be told now it is tried again at the next reading: nobody is kept from reading."""
    if by.kind is not ActorKind.USER or cooperation.was_read(about=row.id, role=by.role):
        return
    now = clock.now()
    try:
        with (
            transaction.atomic(),
            audit.act(by=by, verb="alerts.tell_read", subject=row.id, role=by.role),
        ):
            cooperation.note_reading(by=by, about=row.id, role=by.role, at=now)
            told = {"at": clock.isoformat(now), "role": by.role}
            handing.say_read(row, told, hear=hear, by=by)
    except (exchange.NoNode, exchange.KeysExpired):
        return


def hear(copy: AlertCopy, told: Mapping[str, Any], *, by: Actor) -> None:
    """A role of a recipient has read our alert."""
    with audit.act(by=by, verb="alerts.hear_read", subject=copy.alert_id, copy=copy.id):
        at = clock.parse(told["at"])
        cooperation.note_reading(by=by, about=copy.id, role=told["role"], at=at)
