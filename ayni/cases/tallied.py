"""What is counted of cases, open and closed, for the tallies of the observatory: codes without
identity, case by case, to a job of this node and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases.closing import coded_answers
from ayni.cases.models import Case
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.vault import api as vault


@dataclass(frozen=True, slots=True)
class CodedCase:
    """The coded answers (`closing.COUNTED`) of a case as it stands. `subject` is its key: what is
    kept of it is sealed for it. `version` changes with every change of case or person."""

    id: UUID
    subject: UUID
    version: str
    coded: dict[str, Any]


def case_versions(*, by: Actor) -> QuerySet[Case, dict[str, Any]]:
    """`id` and `version` of the cases of the actor's institution; nothing is opened."""
    _check(by)
    version = Concat(
        Cast(F("version"), CharField()), Value("."), Cast(F("person__version"), CharField())
    )
    return (
        Case.objects.filter(institution_id=by.institution, erased_at__isnull=True)
        .annotate(counted_version=version)
        .values("id", "counted_version")
    )


def coded_cases(*, by: Actor, case_ids: list[UUID], now: datetime) -> Iterator[CodedCase]:
    """The coded answers of these cases of the actor's institution. One whose person was erased
    meanwhile is left out."""
    _check(by)
    audit.read(by=by, verb="cases.count_cases", subject=by.institution, cases=len(case_ids))
    zone = ZoneInfo(members.institution(by.institution).time_zone)
    found = (
        Case.objects.filter(institution_id=by.institution, id__in=case_ids)
        .select_related("person")
        .prefetch_related("consents")
    )
    for case in found:
        try:
            coded = coded_answers(case, now, zone)
        except vault.Erased:
            continue
        version = f"{case.version}.{case.person.version}"
        yield CodedCase(case.id, case.subject, version, coded)


def _check(by: Actor) -> None:
    if by.kind is not ActorKind.JOB or not by.institution:
        raise NotAllowed
    members.check_may(by, members.Permission.CASE_ALL)
