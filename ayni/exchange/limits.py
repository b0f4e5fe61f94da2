"""How much of this node one peer may use: messages and megabytes a minute, requests at once, what
is kept of it that could not be applied, how much it brings in a day, and the room that is left on
the disk.

What is refused here is not lost: the sender keeps it, rests as long as it is told, and sends it
again. Counted in the memory of one web process; several count apart, but for what lies here or was
brought today.
"""

from __future__ import annotations

import logging
import math
import shutil
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db.models import Q, Sum
from django.db.models.functions import Length

from ayni.exchange.models import IncomingMessage
from ayni.exchange.states import Incoming
from ayni.exchange.taken_today import TakenToday, seconds_left
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.lib.pace import Counter, Pace

log = logging.getLogger("ayni.exchange")
AT_ONCE = 3  # requests of one peer in one process: the others stay free for the other peers
_UNIT = 65_536  # bytes that are counted as one
_MEGABYTE = 1_048_576
_LOOK_AGAIN = 30.0  # seconds for which what is held, and the disk, are not asked about again
_LONGEST = 3600
# Whoever names a member and a key sheet that is not known here is nobody yet, and what is asked of
# all members for it costs them, too. A sheet comes once a week.
_ASKED_FROM_OUTSIDE = Pace(burst=10, every=10.0)


class OverLimit(AyniError):
    """Not now. `status` and `seconds` (until it may be tried again) go to the sender."""

    code = "over_limit"

    def __init__(self, code: str, *, status: int, seconds: float) -> None:
        super().__init__(code)
        self.code, self.status = code, status
        self.seconds = min(max(1, math.ceil(seconds)), _LONGEST)


class Limits:
    """The limits of one process, as the settings say."""

    def __init__(self) -> None:
        self._messages = Counter(_a_minute(settings.AYNI_PEER_MESSAGES_A_MINUTE))
        units = settings.AYNI_PEER_MEGABYTES_A_MINUTE * _MEGABYTE // _UNIT
        self._units = Counter(_a_minute(units))
        self._lock = threading.Lock()
        self._open: Tally[str] = Tally()
        self._held: dict[str, tuple[float, int]] = {}
        self._free: tuple[float, int] | None = None
        self._refreshes = Counter(_ASKED_FROM_OUTSIDE)
        self._today = TakenToday()

    @contextmanager
    def taking(self, peer: str, *, messages: int, size: int) -> Iterator[None]:
        """While a request of this peer is worked at. Raises `OverLimit`."""
        self._check_room(peer)
        self._check_pace(peer, messages, size)
        with self._lock:
            if self._open[peer] >= AT_ONCE:
                raise OverLimit("too_many_at_once", status=429, seconds=1)
            self._open[peer] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[peer] -= 1

    @contextmanager
    def bringing(self, peer: str, *, messages: int, size: int) -> Iterator[Callable[[int], None]]:
        """The same of a request that brings what stays here, unlike a question. Gives what is to be
        told how many bytes were kept: a peer may bring so many in a day. Raises `OverLimit`."""
        self._check_day(peer)
        with self.taking(peer, messages=messages, size=size):
            yield lambda kept: self._today.count(peer, kept, now=clock.now())

    def may_refresh(self) -> bool:
        """Whether what the members have published may be fetched for somebody who is not known:
        then it is counted."""
        return not self._refreshes.wait("", time.monotonic())

    def _check_pace(self, peer: str, messages: int, size: int) -> None:
        now = time.monotonic()
        for counter, times in ((self._messages, messages), (self._units, -(-size // _UNIT))):
            seconds = counter.wait(peer, now, times=times)
            if seconds:
                raise OverLimit("too_fast", status=429, seconds=seconds)

    def _check_day(self, peer: str) -> None:
        now = clock.now()
        if self._today.of(peer, now=now, tick=time.monotonic()) >= a_day():
            log.warning("too much today", extra={"ids": {"peer": peer}})
            raise OverLimit("too_much_today", status=507, seconds=seconds_left(now))

    def _check_room(self, peer: str) -> None:
        now = time.monotonic()
        if self._free is None or self._free[0] + _LOOK_AGAIN < now:
            self._free = (now, shutil.disk_usage(settings.AYNI_HOME).free)
        if self._free[1] < settings.AYNI_FREE_MEGABYTES * _MEGABYTE:
            raise OverLimit("disk_full", status=507, seconds=300)
        known = self._held.get(peer)
        if known is None or known[0] + _LOOK_AGAIN < now:
            known = self._held[peer] = (now, held(peer))
        if known[1] > settings.AYNI_PEER_HELD_MEGABYTES * _MEGABYTE:
            raise OverLimit("too_much_held", status=507, seconds=600)


def _a_minute(count: int) -> Pace:
    return Pace(burst=count, every=60 / count)


def a_day() -> int:
    """Bytes that one peer may bring in a day."""
    return int(settings.AYNI_PEER_MEGABYTES_A_DAY) * _MEGABYTE


def held(peer: str) -> int:
    """Bytes of messages of a peer that wait here or stand aside."""
    rows = IncomingMessage.objects.filter(~Q(state=Incoming.APPLIED), peer=peer)
    return int(rows.aggregate(all=Sum(Length("envelope")))["all"] or 0)


_limits: Limits | None = None


def of_this_process() -> Limits:
    """The limits that count here."""
    global _limits
    if _limits is None:
        _limits = Limits()
    return _limits


def begin_anew() -> None:
    """Forget what was counted, and read the settings again."""
    global _limits
    _limits = None
