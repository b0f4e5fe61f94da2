"""Within which time something was done: the end of a consent had its effect at those who had
received data under it, a case was referred."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min

from ayni.audit.api import Actor
from ayni.cooperation import effects
from ayni.cooperation import vocabulary as words
from ayni.cooperation.models import ConsentEffect, Referral
from ayni.members import api as members

_MEASURED = timedelta(days=365)


def _ended_lately(by: Actor, now: datetime, cause: str) -> list[ConsentEffect]:
    """Of the actor's institution and of a year: those who have said something, and those who were
    to have and have not. Who is still in time is neither; a letter has no time here."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    rows = ConsentEffect.objects.filter(
        institution_id=by.institution, direction="out", ended_at__gte=now - _MEASURED,
        cause=words.Ending(cause).value,
    )  # fmt: skip
    return [
        row
        for row in rows
        if row.effect or (not row.by_letter and row.due_at is not None and row.due_at <= now)
    ]


def half_took_effect_within(
    *, by: Actor, now: datetime, cause: str = words.Ending.WITHDRAWN.value
) -> effects.Half | None:
    """Within which time half of the receivers had destroyed what they had, or had said for the
    first time why they keep it, after a consent of the actor's institution was withdrawn (or, by
    `cause`, expired) within a year. Who is late without an answer took longer than all others.
    None for fewer than ten. Raises `NotAllowed`; ValueError for an unknown cause."""
    rows = _ended_lately(by, now, cause)
    return effects.half_within(
        [None if row.first_at is None else row.first_at - row.ended_at for row in rows]
    )


def half_destroyed_within(
    *, by: Actor, now: datetime, cause: str = words.Ending.WITHDRAWN.value
) -> effects.Half | None:
    """The same until it was destroyed: what is kept, in whole or in part, is not."""
    rows = _ended_lately(by, now, cause)
    return effects.half_within(
        [
            row.effect_at - row.ended_at
            if row.effect == words.Effect.DESTROYED and row.effect_at is not None
            else None
            for row in rows
        ]
    )


def first_referred(case_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these cases was first referred to another institution, as far as it was; for
    rooms that count cases, on behalf of the institution whose cases they are."""
    rows = Referral.objects.filter(case_id__in=case_ids, direction="out", sent_at__isnull=False)
    found = rows.order_by().values_list("case_id").annotate(first=Min("sent_at"))
    return {case_id: first for case_id, first in found if case_id is not None}
