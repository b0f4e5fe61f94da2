"""How much an officer of a role opens in a day, and who opened more. Pure but for the file.

`data/reading_budgets.yaml` holds the budgets, proposals all of them. Nothing is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured


class Reading(StrEnum):
    """What is counted of an officer's day."""

    CASES = "cases"
    IDENTITIES = "identities"
    ARRIVED = "arrived"
    SEARCHES = "searches"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one role opens in a day at most before somebody looks: reading -> how many."""

    role: str
    most: Mapping[Reading, int]


@dataclass(frozen=True, slots=True)
class Exceeded:
    """More was opened than the budget of the role says."""

    reading: Reading
    times: int
    allowed: int


def exceeded(budget: Budget, counts: Mapping[Reading, int]) -> list[Exceeded]:
    """What goes beyond a budget; exactly as much as it says does not."""
    return [
        Exceeded(reading, counts[reading], most)
        for reading, most in budget.most.items()
        if counts.get(reading, 0) > most
    ]


def parsed(rows: Iterable[Mapping[str, Any]], roles: Iterable[str]) -> dict[str, Budget]:
    """Budgets by role. Raises `Misconfigured`, saying where, for a role that is none of `roles` or
    stands twice, and for a number that is missing or no positive whole number."""
    known, found = set(roles), dict[str, Budget]()
    for row in rows:
        role = str(row.get("role"))
        if role not in known or role in found:
            raise Misconfigured(f"reading_budgets.yaml: {role}: one row for each role with cases")
        most = {}
        for reading in Reading:
            number = row.get(reading.value)
            if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
                raise Misconfigured(f"reading_budgets.yaml: {role}: {reading.value}: 1 or more")
            most[reading] = number
        found[role] = Budget(role, most)
    missing = known - set(found)
    if missing:
        raise Misconfigured(f"reading_budgets.yaml: no row for {', '.join(sorted(missing))}")
    return found


@cache
def budgets(roles: frozenset[str]) -> Mapping[str, Budget]:
    """The budgets of the file for these roles. Raises `Misconfigured`."""
    path = Path(__file__).parent / "data" / "reading_budgets.yaml"
    return parsed(YAML(typ="safe", pure=True).load(path.read_text("utf-8"))["budgets"], roles)
