"""With whom an institution can look at the risks of a return."""

from __future__ import annotations

from uuid import UUID

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.returns import rules
from ayni.returns.models import Assessment, TravelPlan


def partners(case: cases.Case) -> list[cooperation.Referral]:
    """Shared referrals of a case whose other institution, of another state, can assess with us;
    one of each institution, never of a state that she fears."""
    feared, own = cases.feared_states(case.person), members.this_node()
    found = {
        (row.counterpart_state, row.counterpart_institution): row
        for row in cooperation.who_may_be_asked(case, rules.STEP)
        if row.counterpart_state not in {own, *feared}
    }
    return [row for row in found.values() if _reachable(row)]


def partners_here(case: cases.Case) -> list[cooperation.Referral]:
    """The same of this node: other institutions that have the case, too. That one of them could
    sign asks nothing: what an officer there records alone stays hers to record."""
    if members.this_node() in cases.feared_states(case.person):
        return []
    found = {row.counterpart_institution: row for row in cooperation.shared_here(case)}
    return list(found.values())


def shared_with(case_id: UUID) -> set[str]:
    """The states on the other side of assessments and travel plans of a case."""
    found: set[str] = set()
    for model in (Assessment, TravelPlan):
        rows = model._default_manager.filter(case_id=case_id, sent_at__isnull=False)
        found |= set(rows.values_list("counterpart_state", flat=True))
    return found


def _reachable(row: cooperation.Referral) -> bool:
    try:
        return exchange.reachable(members.institution_by_code(row.counterpart_institution))
    except NotFound:
        return False
