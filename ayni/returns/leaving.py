"""Whether what one state writes about a return may leave now, and under which consent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.returns.models import Assessment, TravelPlan

CASE_HIDDEN = "case_hidden"


def fears(row: Assessment | TravelPlan) -> bool:
    """Whether she fears the state on the other side, also where her case is blocked here. Of one
    that is erased nobody can know, and nothing is said."""
    known = cases.feared_of(row)
    return known is None or row.counterpart_state in known


def covered(
    row: Assessment | TravelPlan, field: str, now: datetime, *, tells: Iterable[str] = ()
) -> cases.ConsentView:
    """The consent under which `field` of this row may leave for the other side now. `tells`: fields
    of her case that it tells of, too: what another institution sent on condition that it stays here
    does not leave in it.

    Raises as `cases.check_may_leave` does, and `cooperation.NotOnward`.
    """
    case = row.case
    cooperation.check_onward(case_id=case.id, to=row.counterpart_state, fields={field, *tells})
    return cases.check_may_leave(
        disclosure=cases.Disclosure(
            recipient_state=row.counterpart_state,
            recipient_institution=row.counterpart_institution,
            fields=frozenset({field}),
            officers=frozenset({row.written_by, row.second_officer} - {""}),
        ),
        consents=cases.consent_views(case),
        age=cases.age_status(case.person),
        feared_states=cases.feared_states(case.person),
        now=now,
    )
