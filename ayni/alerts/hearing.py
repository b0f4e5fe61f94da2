"""What a recipient says of the copy it had: that it removed it, and what that was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.alerts.errors import NotTheirs
from ayni.alerts.models import AlertCopy
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock


def copy_of(*, conversation: str, state: str, institution: str, own: str) -> AlertCopy:
    """The copy of this conversation with this very recipient, locked; `own` is the id of the
    institution that issued it. Raises `NotTheirs`."""
    found = AlertCopy.objects.select_for_update().filter(
        institution_id=own,
        conversation=conversation,
        recipient_state=state,
        recipient_institution=institution,
    )
    copy = found.first()
    if copy is None:
        raise NotTheirs("alert")
    return copy


def hear_removed(copy: AlertCopy, told: Mapping[str, Any], *, by: Actor) -> None:
    """A receiver confirms what it removed: the first word counts."""
    with audit.act(by=by, verb="alerts.hear", subject=copy.alert_id, copy=copy.id):
        if copy.confirmed_at is None:
            copy.removed_at, copy.confirmed_at = clock.parse(told["at"]), clock.now()
            copy.why_removed, copy.removed_fields = told["why"], sorted(told["fields"])
            copy.save()
