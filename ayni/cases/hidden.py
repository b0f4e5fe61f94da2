"""Cases that the database hides from whoever asks: their time is over (blocked, then erased), or
they are not open to this officer.

A row of another room that points at one looks as if it had no case, or fails where its case is
read. Whom she fears holds all the same: what protects her does not end when her record is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ayni.cases import persons
from ayni.cases.erasing import seeing_blocked
from ayni.cases.models import Case, Consent
from ayni.members import api as members
from ayni.vault import api as vault


class Pointing(Protocol):
    """A row that belongs to a case, or may."""

    @property
    def institution_id(self) -> UUID: ...
    @property
    def case_id(self) -> UUID | None: ...
    @property
    def case(self) -> Case | None: ...


def case_of(row: Pointing) -> Case | None:
    """The case of a row, as far as the database shows it now; None also where there is none."""
    try:
        return row.case
    except Case.DoesNotExist:
        return None


def is_hidden(row: Pointing) -> bool:
    """Whether the row has a case that the database does not show now."""
    return row.case_id is not None and case_of(row) is None


@contextmanager
def seeing(case_id: UUID, *, institution: UUID) -> Iterator[Case | None]:
    """For the time of the body a case of this institution is seen, also if it is blocked or closed
    to whoever acts. None for one that is erased or never was: of that nothing can be read."""
    with members.acting(institution), seeing_blocked():
        case = Case.objects.select_related("person").filter(id=case_id).first()
        if case is not None and (case.erased_at is not None or _key_gone(case)):
            case = None
        yield case


def ended_consents(
    *, institution: UUID, under: Iterable[QuerySet[Any, Any]], now: datetime
) -> list[tuple[UUID, UUID]]:
    """Which of an institution's consents, of those that the queries `under` name by their ids, are
    withdrawn or over by their time; each with its case, the earliest end first. The case may be
    blocked; of one that is erased there is none: of that nothing can be told any more."""
    named = reduce(or_, (Q(id__in=query) for query in under), Q(id__in=[]))
    over = Q(withdrawn_at__isnull=False) | Q(valid_until__lte=now)
    there = Case.objects.filter(id=OuterRef("case_id"), erased_at__isnull=True)
    with members.acting(institution), seeing_blocked():
        found = Consent.objects.filter(named, over, Exists(there), institution_id=institution)
        return list(found.order_by("valid_until", "id").values_list("id", "case_id"))


def _key_gone(case: Case) -> bool:
    # The key goes first: an erasing that was cut off is finished the next night.
    return case.subject not in vault.sealers([case.subject])


def feared_of(row: Pointing) -> frozenset[str] | None:
    """The states that the person of a row's case fears, also where the case is hidden; empty for a
    row without one, None for one that is erased: nobody can know any more."""
    case = case_of(row)
    if case is not None:
        try:
            return persons.feared_states(case.person)
        except vault.Erased:  # an erasing that was cut off before the row says so
            return None
    return frozenset() if row.case_id is None else _feared_in(row.case_id, row.institution_id)


def _feared_in(case_id: UUID, institution: UUID) -> frozenset[str] | None:
    with seeing(case_id, institution=institution) as case:
        return None if case is None else persons.feared_states(case.person)
