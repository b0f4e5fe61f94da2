"""Since when somebody is late to confirm a removal, of an alert of ours or of an answer that we
took back, for whoever runs the node: one moment, without saying of which."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce

from ayni.alerts import rules
from ayni.alerts.models import AlertAnswer, AlertCopy
from ayni.members import api as members


def removal_late_since(*, now: datetime) -> datetime | None:
    """The earliest moment by which a removal was to be confirmed and was not, of the institution on
    whose behalf the database is asked; None if nobody is late."""
    own = members.institution_now()
    if own is None:
        return None
    waits = AlertCopy.objects.filter(
        institution_id=own, stopped="", confirmed_at__isnull=True,
        alert__issued_at__isnull=False,
    )  # fmt: skip
    # Of one that ends by itself the time is counted from its end.
    late = Q(due_at__lte=now) | Q(due_at=None, alert__until__lte=now - rules.REMOVED_WITHIN)
    due: datetime | None = waits.filter(late).aggregate(
        first=Min(Coalesce("due_at", F("alert__until") + rules.REMOVED_WITHIN))
    )["first"]
    answers: datetime | None = AlertAnswer.objects.filter(
        institution_id=own, direction="out", confirmed_at__isnull=True, due_at__lte=now
    ).aggregate(first=Min("due_at"))["first"]
    return min(filter(None, (due, answers)), default=None)
