"""How long it takes until the withdrawal of a consent has its effect elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

# No figure rests on fewer (promise 2): it would be the time of one person.
LEAST = 10


def half_within(durations: Sequence[timedelta]) -> timedelta | None:
    """The time within which half of the withdrawals had their effect (the median, the later of two
    in the middle); None for fewer than ten."""
    if len(durations) < LEAST:
        return None
    return sorted(durations)[len(durations) // 2]
