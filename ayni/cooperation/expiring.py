"""A consent whose time is over tells whoever received data under it, as a withdrawn one does.

Each answers in the same way what it destroyed or why it keeps it, and the time until then runs from
the end of the consent. What was renewed in time tells nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import endings, given, withdrawals
from ayni.cooperation.given import Given

log = logging.getLogger("ayni.cooperation")


def consents_over(*, by: Actor, now: datetime) -> int:
    """Of the actor's institution: tell of each consent whose time is over, and which nothing has
    renewed, to those who received data under it and were not told yet; also of one that was
    withdrawn while a receiver could not be told. How many were told. By a job. Each receiver is a
    transaction of its own: one that cannot be told now holds up nobody, and has its next round. A
    case that is blocked meanwhile changes nothing: its receivers are told as all others."""
    told = 0
    for consent_id, case_id in _over(by, now):
        with cases.seeing(case_id, institution=UUID(by.institution)) as case:
            if case is None:  # erased: whom she feared, nobody can know any more
                continue
            consent = _consent(consent_id)
            ended = consent_ended(consent, now)
            went = [] if ended is None else given.under(consent)
        for each in went:
            assert ended is not None
            told += _tell(each, consent, ended, by=by)
    withdrawals.tell_untold(by=by)
    for path in settings.AYNI_CONSENTS_OVER:
        import_string(path)(by=by, now=now)
    return told


def consent_ended(consent: cases.Consent, now: datetime) -> endings.Ended | None:
    """Since when a consent holds no more, and how it ended; None while it does, or one that renewed
    it in time does."""
    return endings.ended(cases.consent_view(consent), cases.consent_views(consent.case), now)


def ended_of(
    *, consent_id: UUID, case_id: UUID, institution: UUID, now: datetime
) -> endings.Ended | None:
    """The same of a consent whose case may be blocked; None also where the case is erased."""
    with cases.seeing(case_id, institution=institution) as case:
        return None if case is None else consent_ended(_consent(consent_id), now)


def _consent(consent_id: UUID) -> cases.Consent:
    return cases.Consent.objects.select_related("case__person").get(id=consent_id)


def _tell(each: Given, consent: cases.Consent, ended: endings.Ended, *, by: Actor) -> int:
    if each.is_told:
        return 0
    verb = "cooperation.consent_over"
    try:
        with (
            cases.seeing(consent.case_id, institution=consent.institution_id),
            audit.act(by=by, verb=verb, subject=consent.id, cause=ended.cause.value) as act,
        ):
            act.note(case=consent.case_id, about=each.row.id)
            return withdrawals.tell_all([each], ended, by=by)
    except withdrawals.UNREACHABLE as wrong:
        log.warning("not told", extra={"ids": {"about": str(each.row.id), "why": wrong.code}})
        return 0


def _over(by: Actor, now: datetime) -> list[tuple[UUID, UUID]]:
    """Consents that hold no more, under which something left about which nobody was told, each with
    its case, which may be blocked. What is erased is not among them: nobody will ever be told of
    it."""
    institution = UUID(by.institution)
    queries = given.untold(institution)
    return cases.ended_consents(institution=institution, under=queries, now=now)
