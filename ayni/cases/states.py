"""States and transitions of notices and cases, as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class NoticeState(StrEnum):
    """Where a notice stands."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    DECIDED = "decided"
    HISTORICAL = "historical"


NOTICE_TRANSITIONS: Mapping[NoticeState, frozenset[NoticeState]] = {
    NoticeState.RECEIVED: frozenset({NoticeState.TRIAGED}),
    # Triage may be corrected; a decision may be taken again with a new reason.
    NoticeState.TRIAGED: frozenset({NoticeState.TRIAGED, NoticeState.DECIDED}),
    NoticeState.DECIDED: frozenset({NoticeState.DECIDED}),
    NoticeState.HISTORICAL: frozenset(),
}

# HTCDS 2.0 cas_Status
CASE_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "Active": frozenset({"FollowUp", "Closed", "ClosedReferred"}),
    "FollowUp": frozenset({"Active", "Closed", "ClosedReferred"}),
    "Closed": frozenset({"Active"}),
    "ClosedReferred": frozenset({"Active"}),
}

CASE_OPEN = frozenset({"Active", "FollowUp"})


def notice_may_go(current: str, following: str) -> bool:
    """Whether a notice may go from one state to another. Raises ValueError for an unknown state."""
    return NoticeState(following) in NOTICE_TRANSITIONS[NoticeState(current)]


def case_may_go(current: str, following: str) -> bool:
    """Whether a case may go from one status to another. Raises KeyError for an unknown status."""
    if following not in CASE_TRANSITIONS:
        raise KeyError(following)
    return following in CASE_TRANSITIONS[current]
