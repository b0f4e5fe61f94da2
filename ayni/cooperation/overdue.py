"""Since when somebody is late to say what became of data whose consent has ended, for whoever runs
the node: one moment, without saying whose."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from ayni.cooperation.models import ConsentEffect
from ayni.members import api as members


def effect_late_since(*, now: datetime) -> datetime | None:
    """The earliest moment by which an effect was to be told and was not, by the other side or by
    us, of the institution on whose behalf the database is asked; None if nobody is late."""
    own = members.institution_now()
    if own is None:
        return None
    late = ConsentEffect.objects.filter(
        institution_id=own, effect="", by_letter=False, due_at__lte=now
    )
    due: datetime | None = late.aggregate(first=Min("due_at"))["first"]
    return due
