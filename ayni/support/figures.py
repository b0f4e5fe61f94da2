"""How states help each other, in figures: time to the first offer, share met. Pure.

As on the board of clocks no figure rests on fewer than `least` needs. A need that nobody offered
for is not left out: in the middle of the times it stands as longer than any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_high

from ayni.lib import clock
from ayni.support.standing import Need
from ayni.support.states import NOT_COUNTED, Reason, Standing

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of some needs. `asked`: how many; `hours` until the first offer: so long or less in
    half of the cases; None below `least`, infinite if half of them got no offer in time; `met`: per
    cent that was confirmed, of those that ended or are overdue; None below `least`."""

    asked: int
    hours: float | None
    met: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All needs together, by kind, and by the state that asked."""

    together: Row
    by_what: Mapping[str, Row]
    by_state: Mapping[str, Row]


def figures(needs: Sequence[Need], *, now: datetime, least: int) -> Figures:
    """The figures over these needs."""
    return Figures(
        row(needs, now=now, least=least),
        {code: row(some, now=now, least=least) for code, some in _grouped(needs, "what").items()},
        {code: row(some, now=now, least=least) for code, some in _grouped(needs, "").items()},
    )


def _grouped(needs: Iterable[Need], name: str) -> dict[str, list[Need]]:
    found: dict[str, list[Need]] = {}
    for each in needs:
        found.setdefault(each.body[name] if name else each.owner, []).append(each)
    return dict(sorted(found.items()))


def row(needs: Sequence[Need], *, now: datetime, least: int) -> Row:
    """The figures of one group. What was asked by mistake or is no longer needed says nothing of
    how states help, unless an offer had come."""
    times = [time for each in needs if (time := hours_to_offer(each, now)) is not None]
    judged = [each for each in needs if is_judged(each, now)]
    met = [each for each in judged if each.standing is Standing.CONFIRMED]
    return Row(
        len(needs),
        median_high(times) if len(times) >= least else None,
        100 * len(met) / len(judged) if len(judged) >= least else None,
    )


def hours_to_offer(need: Need, now: datetime) -> float | None:
    """Hours until the first offer, also of one that was taken back later; infinite if none came
    before the clock ran out; None if that cannot be said yet. Clocks of two nodes differ: never
    below nothing."""
    if need.offers:
        took = min(each.offered_at for each in need.offers) - need.asked_at
        return max(took.total_seconds(), 0) / HOUR
    ended = need.body["closed"]
    if ended["reason"] and Reason(ended["reason"]) in NOT_COUNTED:
        return None
    if ended["at"] or clock.parse(need.body["offer_due"]) <= now:
        return math.inf
    return None


def is_judged(need: Need, now: datetime) -> bool:
    """Whether it counts in the share met: it has ended for a reason that counts, or is overdue."""
    reason = need.body["closed"]["reason"]
    if need.standing is Standing.CLOSED:
        return Reason(reason) not in NOT_COUNTED
    return need.standing is Standing.CONFIRMED or need.overdue(now)
