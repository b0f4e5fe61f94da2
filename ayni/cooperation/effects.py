"""How long it takes until the end of a consent has its effect elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

# No figure rests on fewer (promise 2): it would be the time of one person.
LEAST = 10


@dataclass(frozen=True, slots=True)
class Half:
    """Within which time half of them had it; None: half of them have not had it yet."""

    within: timedelta | None


def half_within(durations: Sequence[timedelta | None]) -> Half | None:
    """The time within which half of the receivers had done it (the median, the later of two in the
    middle); None for fewer than ten receivers.

    A duration None is of a receiver that was to have done it and has not: it took longer than any
    other. Left out, it would make those who never answer look like nobody, and the figure good.
    """
    if len(durations) < LEAST:
        return None
    done = sorted(time for time in durations if time is not None)
    middle = len(durations) // 2
    return Half(done[middle] if middle < len(done) else None)
