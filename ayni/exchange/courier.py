"""The courier: a part of every worker that delivers as soon as something is queued.

It listens to the database, looks every few seconds at what waits besides, and gives every peer a
thread of its own as long as it delivers: one that answers slowly holds up no other. Several workers
may run; which of them serves a peer, a lock in the database decides (`draining.py`). ADR 0051.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import DatabaseError, InterfaceError, connections
from psycopg import sql

from ayni.exchange import batches, draining
from ayni.exchange.awaited import peers_waiting
from ayni.exchange.waking import CHANNEL

log = logging.getLogger("ayni.exchange")
LOOK_EVERY = 5.0  # seconds
IDLE = 60.0  # seconds after which a thread without work gives its connection back
_STOPS_WITHIN = 0.5
_AFTER_FAILURE = 1.0


class Courier:
    """Delivers until `until` is set. `run` blocks; `start` gives it a thread."""

    def __init__(self, until: threading.Event) -> None:
        self._until = until
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}

    def start(self) -> threading.Thread:
        """Run beside the caller; join the thread after `until` was set."""
        thread = threading.Thread(target=self.run, name="courier", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Listen and deliver; a database that went away is waited for."""
        try:
            while not self._until.is_set():
                try:
                    self._listen()
                except (DatabaseError, InterfaceError, psycopg.Error) as wrong:
                    log.warning("no database", extra={"ids": {"why": type(wrong).__name__}})
                    connections["default"].close()
                    self._until.wait(_AFTER_FAILURE)
                except Exception as wrong:
                    # Whatever it is: a worker without its courier would look well and send nothing.
                    log.error("courier", exc_info=wrong)
                    connections["default"].close()
                    self._until.wait(_AFTER_FAILURE)
        finally:
            self._until.set()  # no lane outlives what wakes it
            with self._lock:
                lanes = list(self._lanes.values())
            for lane in lanes:
                lane.wake.set()
            for lane in lanes:
                lane.join()
            connections.close_all()

    def _listen(self) -> None:
        with _listening() as told:
            looked = -LOOK_EVERY
            while not self._until.is_set():
                left = looked + LOOK_EVERY - time.monotonic()
                if left <= 0:
                    looked, peers = time.monotonic(), set(peers_waiting())
                else:
                    peers = _peers(told, min(_STOPS_WITHIN, left))
                for peer in peers:
                    self._serve(peer)

    def _serve(self, peer: str) -> None:
        with self._lock:
            lane = self._lanes.get(peer)
            if lane is None:
                lane = self._lanes[peer] = _Lane(peer, self._until, self._ended)
                lane.start()
            lane.wake.set()

    def _ended(self, lane: _Lane) -> bool:
        """Whether a lane may end: nobody has woken it meanwhile."""
        with self._lock:
            if lane.wake.is_set() and not self._until.is_set():
                return False
            del self._lanes[lane.peer]
            return True


class _Lane(threading.Thread):
    """Delivers to one peer whenever it is woken, until it has been idle for long."""

    def __init__(self, peer: str, until: threading.Event, ended: Callable[[_Lane], bool]) -> None:
        super().__init__(name=f"courier-{peer}", daemon=True)
        self.peer = peer
        self.wake = threading.Event()
        self._until = until
        self._ended = ended

    def run(self) -> None:
        """Deliver; what goes wrong is looked at again within seconds, by the next look."""
        try:
            while (self.wake.wait(IDLE) and not self._until.is_set()) or not self._ended(self):
                self.wake.clear()
                try:
                    if draining.drain(peer=self.peer, until=self._until) >= batches.MOST:
                        self.wake.set()
                except Exception as wrong:
                    log.error("drain", exc_info=wrong, extra={"ids": {"peer": self.peer}})
                    connections["default"].close()
        finally:
            connections.close_all()


@contextmanager
def _listening() -> Iterator[psycopg.Connection]:
    """A connection of its own that is told what commits; what was told before it is not."""
    own = connections.create_connection("default")
    try:
        own.ensure_connection()
        own.connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
        yield own.connection
    finally:
        own.close()


def _peers(told: psycopg.Connection, seconds: float) -> set[str]:
    """Peers that were named within so long; what came together comes together."""
    return {each.payload for each in told.notifies(timeout=seconds, stop_after=1)}
