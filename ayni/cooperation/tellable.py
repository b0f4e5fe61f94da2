"""Whom it may be told that what was received under a consent is destroyed, once the case is erased.

While a case is there, whom its person fears is asked live, also of one that is blocked. Of one that
is erased nobody can know any more: then what was judged last decides, and that is kept: when the
end of a consent was heard, and right before the erasing. A state that she names in between is taken
out at once, in the act that names it. Nothing judged: nothing told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import grants
from ayni.cooperation.models import (
    ConsentEffect,
    Exchange,
    Referral,
    Request,
    RightsCopy,
    Tellable,
)
from ayni.exchange.api import Grant


class Shared(Protocol):
    """A row that belongs to a case, or may, and has another side."""

    @property
    def institution_id(self) -> UUID: ...
    @property
    def case_id(self) -> UUID | None: ...
    @property
    def case(self) -> cases.Case | None: ...
    @property
    def counterpart_state(self) -> str: ...


def may_hear(row: Shared) -> bool:
    """Whether the other side of a row may be told what became of what it sent."""
    known = cases.feared_of(row)
    if known is not None:
        return row.counterpart_state not in known
    assert row.case_id is not None, "a row without a case has none that is erased"
    return Tellable.objects.filter(
        institution_id=row.institution_id, case_id=row.case_id, state=row.counterpart_state
    ).exists()


def may_hear_of(row: Exchange) -> bool:
    """The same of a referral or request, whose case may be that of the referral it belongs to."""
    return may_hear(grants.with_case(row))


def still_allowed_effect(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver what became of a referral or request."""
    row: Exchange | None = Referral.objects.filter(id=UUID(subject)).first()
    if row is None:
        row = Request.objects.get(id=UUID(subject))
    return None if may_hear_of(row) else "feared_state"


def judge(row: Shared) -> None:
    """The end of a consent was heard: note it if the other side may hear of it now. While somebody
    changes what is known of her this waits for nobody and notes nothing; it is judged again."""
    if row.case_id is None:
        return
    with cases.seeing(row.case_id, institution=row.institution_id) as case:
        if case is None:
            return
        person = cases.Person.objects.select_for_update(skip_locked=True)
        found = person.filter(id=case.person_id).first()
        if found is not None and row.counterpart_state not in cases.feared_states(found):
            _keep(case, [row.counterpart_state])


def judge_erased(*, by: Actor, case: cases.Case) -> None:
    """A case is about to be erased, in the transaction that does it and before its key goes: judge
    it for each state on the other side. If the key is gone already (an erasing that was cut off),
    what was judged before stands."""
    with cases.seeing(case.id, institution=case.institution_id) as seen:
        if seen is None:
            return
        # Whoever names a state holds her record: what is named first counts, or finds her erased.
        person = cases.Person.objects.select_for_update().get(id=seen.person_id)
        feared = cases.feared_states(person)
        others = _other_sides(case)
        Tellable.objects.filter(case_id=case.id, state__in=sorted(feared)).delete()
        _keep(seen, sorted(others - feared))


def _other_sides(case: cases.Case) -> set[str]:
    """All states with which something of a case was shared, by whatever kind of message."""
    found: set[str] = set()
    for model in (Referral, Request, ConsentEffect):
        rows = model._default_manager.filter(case_id=case.id)
        found |= set(rows.values_list("counterpart_state", flat=True))
    copies = RightsCopy.objects.filter(request__case_id=case.id)
    found |= set(copies.values_list("counterpart_state", flat=True))
    requests = Request.objects.filter(
        case__isnull=True,
        institution_id=case.institution_id,
        about__in=Referral.objects.filter(case_id=case.id).values("conversation"),
    )
    found |= set(requests.values_list("counterpart_state", flat=True))
    for path in settings.AYNI_CASE_SHARED_WITH:
        found |= import_string(path)(case.id)
    return found


def forget_restored(*, by: Actor, case: cases.Case) -> None:
    """A backup came back in which a case stands that was erased since: whom she feared in between
    is not in it, and nobody is told."""
    Tellable.objects.filter(case_id=case.id).delete()


def take_out(case_id: UUID, states: Iterable[str]) -> None:
    """She named these states: what was judged of them holds no more."""
    Tellable.objects.filter(case_id=case_id, state__in=sorted(states)).delete()


def _keep(case: cases.Case, states: Iterable[str]) -> None:
    Tellable.objects.bulk_create(
        [
            Tellable(institution_id=case.institution_id, case_id=case.id, state=state)
            for state in states
        ],
        ignore_conflicts=True,
    )
