"""With whom an institution can look at the risks of a return."""

from __future__ import annotations

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.returns import rules


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


def _reachable(row: cooperation.Referral) -> bool:
    try:
        return exchange.reachable(members.institution_by_code(row.counterpart_institution))
    except NotFound:
        return False
