"""What an alert may say, about whom, by whom, for how long. Pure: `now` is an argument.

Ground: step 1.6 of the protocol (ADR 0037). What is not named here does not leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ayni.alerts.errors import ChildAuthorityOnly, NameMissing, NotAnEnd
from ayni.lib import clock

STEP = "1.6"  # of the protocol: the ground on which an alert leaves without a consent
PURPOSE = "search"
CHILD_AUTHORITY = "child_authority"
# Of the person as recorded: what somebody who reads a document needs to recognise her, no more.
NAMES = ("name_as_written", "given_names", "first_surname", "second_surname")
OF_PERSON = (*NAMES, "birth", "gender", "citizenships")
# Of the search: a country, a town, a day. Never an address, a telephone or a picture.
OF_SEARCH = ("last_country", "last_place", "last_on")
MINIMUM = (*OF_PERSON, *OF_SEARCH)
LONGEST_PLACE = 80
# A proposal, no source: an alert that is still needed after this is issued anew by an officer.
LONGEST = timedelta(days=30)
SHORTEST = timedelta(hours=1)
# A proposal, no source: by when a receiver confirms that it removed what is over. Its software
# removes at once; what takes time is a node that cannot be reached.
REMOVED_WITHIN = timedelta(hours=24)


class State(StrEnum):
    """Where an alert stands on the node that wrote it."""

    DRAFT = "draft"
    ISSUED = "issued"
    RECALLED = "recalled"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """How one recipient stands: what is known of its copy."""

    WAITS = "waits"  # queued, not delivered
    HAS_IT = "has_it"
    NEVER_HAD_IT = "never_had_it"  # stopped before it left, or refused
    TO_CONFIRM = "to_confirm"  # over, and its removal is not confirmed
    REMOVED = "removed"


def coarse_birth(birth: Mapping[str, Any]) -> dict[str, Any]:
    """A birth as an alert tells it: the year and no more; a band of ages as it is."""
    precision = str(birth.get("precision", ""))
    if precision not in {"date", "year_month"}:
        return dict(birth)
    value = str(birth.get("value", ""))[:4]
    kept = {name: birth[name] for name in ("quality",) if name in birth}
    return {**kept, "precision": "year", "value": value}


def minimum(known: Mapping[str, Any], search: Mapping[str, Any]) -> dict[str, Any]:
    """Exactly what leaves. `known`: values of the case by name, `search`: of `OF_SEARCH`. What is
    not of the minimum is left out, whoever names it. Raises `NameMissing`."""
    told = {name: known[name] for name in OF_PERSON if known.get(name)}
    if not any(told.get(name) for name in NAMES):
        raise NameMissing
    if "birth" in told:
        told["birth"] = coarse_birth(told["birth"])
    return told | {name: search[name] for name in OF_SEARCH if search.get(name)}


def check_until(until: datetime, now: datetime) -> None:
    """An alert ends, at a time that lies ahead and not too far. Raises `NotAnEnd`."""
    if not now + SHORTEST <= until <= now + LONGEST:
        raise NotAnEnd


def check_issuer(*, counts_as_child: bool, kind: str) -> None:
    """About somebody who is or may be a child only the child authority issues an alert. Raises
    `ChildAuthorityOnly`."""
    if counts_as_child and kind != CHILD_AUTHORITY:
        raise ChildAuthorityOnly


def is_over(*, state: State, until: datetime, now: datetime) -> bool:
    """Whether nobody may read it any more."""
    return state in (State.RECALLED, State.CANCELLED) or until <= now


def removal_due(over_at: datetime) -> datetime:
    """By when the removal of an alert that is over since then is confirmed: a full hour."""
    return clock.hour_up(over_at + REMOVED_WITHIN)


def standing(*, delivered: bool, stopped: bool, removed: bool, over: bool) -> Standing:
    """How one recipient stands. `stopped`: its copy was cancelled or refused, so it has none."""
    if removed:
        return Standing.REMOVED
    if stopped:
        return Standing.NEVER_HAD_IT
    if over:
        return Standing.TO_CONFIRM if delivered else Standing.NEVER_HAD_IT
    return Standing.HAS_IT if delivered else Standing.WAITS
