"""What this software leans on in every version of the protocol, whatever else stands in it.

Its pages and verbs name these steps and codes; a case tells these facts. A version without one of
them would open cases that nobody can go on with, so it is neither published nor adopted. A test
compares the list with the code.
"""

from __future__ import annotations

from functools import lru_cache

from ayni.protocol.following import Needed
from ayni.protocol.load import shipped

STEPS = frozenset(
    {
        *("1.1", "1.2", "1.2.a", "1.3", "1.4", "1.5", "1.6", "2.3", "3.2", "4.1", "5.2"),
        *("6.1", "6.2", "6.2.a", "6.2.b", "6.3", "7.5"),
    }
)
FACTS = frozenset(
    {
        *("age_group", "closure_reason", "consent_to_interview", "danger_or_child_seen"),
        *("fears_own_state", "host_state", "nationality_state", "notice_outcome"),
        *("person_missing", "risk_level", "safe_to_talk", "situation", "track"),
    }
)
REASONS = frozenset({"entered_by_mistake", "situation_changed"})
MOMENTS = frozenset({"travel"})
LISTS = frozenset(
    {
        *("at_risk", "likelihood", "needs", "risk_items", "risk_level", "severity"),
        *("trafficking_status", "type_of_exploitation"),
    }
)


@lru_cache(maxsize=1)
def needed() -> Needed:
    """The same, each fact with its values as the text that comes with the software has them."""
    known = shipped("reference", "1.0").facts
    facts = {name: known[name].domain for name in sorted(FACTS)}
    return Needed(STEPS, facts, REASONS, MOMENTS, LISTS)
