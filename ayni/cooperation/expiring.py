"""A consent whose time is over tells whoever received data under it, as a withdrawn one does.

Each answers in the same way what it destroyed or why it keeps it, and the time until then runs from
the end of the consent. What was renewed in time tells nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import endings, withdrawals
from ayni.cooperation.models import ConsentEffect, Exchange, Referral, Request

log = logging.getLogger("ayni.cooperation")


def consents_over(*, by: Actor, now: datetime) -> int:
    """Of the actor's institution: tell of each consent whose time is over, and which nothing has
    renewed, to those who received data under it and were not told yet; also of one that was
    withdrawn while a receiver could not be told. How many were told. By a job. Each receiver is a
    transaction of its own: one that cannot be told now holds up nobody, and has its next round."""
    told = 0
    for consent in _over(by, now):
        ended = consent_ended(consent, now)
        if ended is None:
            continue
        for row in withdrawals.under(consent):
            told += _tell(row, consent, ended, by=by)
    for path in settings.AYNI_CONSENTS_OVER:
        import_string(path)(by=by, now=now)
    return told


def consent_ended(consent: cases.Consent, now: datetime) -> endings.Ended | None:
    """Since when a consent holds no more, and how it ended; None while it does, or one that renewed
    it in time does."""
    return endings.ended(cases.consent_view(consent), cases.consent_views(consent.case), now)


def _tell(row: Exchange, consent: cases.Consent, ended: endings.Ended, *, by: Actor) -> int:
    if _is_told(row):
        return 0
    verb = "cooperation.consent_over"
    try:
        with audit.act(by=by, verb=verb, subject=consent.id, cause=ended.cause.value) as act:
            act.note(case=consent.case_id, about=row.id)
            return withdrawals.tell_all([row], ended, by=by)
    except withdrawals.UNREACHABLE as wrong:
        log.warning("not told", extra={"ids": {"about": str(row.id), "why": wrong.code}})
        return 0


def _over(by: Actor, now: datetime) -> list[cases.Consent]:
    """Consents that hold no more, under which something was sent about which nobody was told."""
    wanted: set[UUID] = set()
    for model in (Request, Referral):
        told = ConsentEffect.objects.filter(
            direction="out", about=OuterRef("id"), consent_id=OuterRef("consent_id")
        )
        rows = model._default_manager.filter(
            ~Exists(told), institution_id=by.institution, direction="out", sent_at__isnull=False
        )
        wanted |= {each for each in rows.values_list("consent_id", flat=True) if each is not None}
    ended = Q(withdrawn_at__isnull=False) | Q(valid_until__lte=now)
    found = cases.Consent.objects.filter(ended, id__in=wanted, institution_id=by.institution)
    return list(found.select_related("case__person").order_by("valid_until", "id"))


def _is_told(row: Exchange) -> bool:
    told = ConsentEffect.objects.filter(
        institution_id=row.institution_id, direction="out", about=row.id, consent_id=row.consent_id
    )
    return told.exists()
