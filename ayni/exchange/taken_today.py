"""How much of one peer this node has taken since midnight (UTC), to be kept: what was applied takes
room on the disk as what waits does, and goes only with its person or its period.

Counted in memory; each process adds what it counted to one row of the peer every half minute, or
when it is much, and learns there what the others counted. So it costs no write and no sum for a
message, and holds for all processes together and after a restart. Off by what a process has not
added yet: 16 MB, and what it had counted when it ended.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, models

from ayni.vault.fields import internal

LOOK_AGAIN = 30.0  # seconds for which what the other processes counted is not asked about again
ADD_AT = 16 * 1_048_576  # bytes: so much is added at once
_DAY = timedelta(days=1)


class TakenOfPeer(models.Model):
    """How many bytes (`size`) were taken of a peer on the last day (UTC) on which any were."""

    node = internal(models.CharField(max_length=12, primary_key=True))
    day = internal(models.DateField())
    size = internal(models.BigIntegerField())


# Another day's count is no part of this one, whichever is later: a clock may have been wrong.
_ADD = """
insert into exchange_takenofpeer as known (node, day, size) values (%s, %s, %s)
on conflict (node) do update set
    size = excluded.size + case when known.day = excluded.day then known.size else 0 end,
    day = excluded.day
returning size
"""


def day_of(now: datetime) -> date:
    """The day that is counted."""
    return now.astimezone(UTC).date()


def seconds_left(now: datetime) -> float:
    """Until the next day begins."""
    return (datetime.combine(day_of(now) + _DAY, time(), UTC) - now).total_seconds()


@dataclass(slots=True)
class _Count:
    """Of one peer: `told` by the row when it was `looked` at, and `more` counted here since."""

    day: date
    told: int
    more: int
    looked: float


class TakenToday:
    """The counts of one process. Safe between threads."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()

    def of(self, peer: str, *, now: datetime, tick: float) -> int:
        """Bytes taken of a peer today. `tick`: seconds of a clock that never goes back."""
        day = day_of(now)
        with self._lock:
            known = self._counts.get(peer)
            if known is None or known.day != day:
                known = _Count(day, 0, 0, tick)
            elif tick < known.looked + LOOK_AGAIN and known.more < ADD_AT:
                return known.told + known.more
            adds = known.more
            found = self._counts[peer] = _Count(day, known.told + adds, 0, tick)
        # Not under the lock: whoever asks of another peer does not wait for the database.
        found.told = _add(peer, day, adds) if adds else taken([peer], now=now).get(peer, 0)
        return found.told + found.more

    def count(self, peer: str, size: int, *, now: datetime) -> None:
        """So many bytes of a peer were taken. Of what began before midnight nothing counts."""
        with self._lock:
            known = self._counts.get(peer)
            if known is not None and known.day == day_of(now):
                known.more += size


def _add(peer: str, day: date, size: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [peer, day, size])
        (told,) = cursor.fetchone()
    return int(told)


def taken(peers: list[str], *, now: datetime) -> Mapping[str, int]:
    """What all processes have added today of those peers of whom there is any."""
    found = TakenOfPeer.objects.filter(node__in=peers, day=day_of(now))
    return dict(found.values_list("node", "size"))
