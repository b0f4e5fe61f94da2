"""Lines on which a body stands still are cut, so that whoever only waits holds no thread for long.

The server hands a request to a thread before its body is there, and that thread waits in the
server's stream until something comes: no clock can be looked at meanwhile. So another thread looks
at who waits for too long, and shuts the lines from that address on which nothing has moved since,
as the kernel tells (`tcp_info`, tcp(7)). Which of them it is the server does not say. So it cuts
only in a moment in which every line from there that may have a request is known to lack something:
a thread is free, so that no request waits for one, and whatever from there is in a thread waits for
bytes. A line that only rests is opened anew by any client. If no such moment comes within a minute,
new requests are asked to come again until one does.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import stat
import struct
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger("ayni.config")
STILL = 15.0  # seconds for which a body may stand still
WORKED = 60.0  # and at most, before new requests are turned away for a moment in which to cut
THREADS = 4  # of a process (`ayni.node.web`)
# What the server has is read within this; whoever waits for longer waits for the line.
_AT_HAND = 0.25
# No request begins for so long although a thread is free: none waits for one.
_MOMENT = 0.05
_OPEN = frozenset({1, 8})  # TCP_ESTABLISHED, TCP_CLOSE_WAIT
# struct tcp_info of <linux/tcp.h>: eight bytes, of which the first is the state, then numbers of 32
# bits, among them these; milliseconds.
_INFO = struct.Struct("=B7x4I1I4I1I1I1I")
_UNACKED, _SENT, _RECEIVED = 5, 10, 12
_UNREAD, _UNSENT = termios.FIONREAD, termios.TIOCOUTQ  # bytes in the kernel, tcp(7)


@dataclass(eq=False, slots=True)
class Work:
    """One request in a thread. `since`: when it began, or something of its body came last;
    `waits`: for more of that; `cut`: lines of its address were, while it had waited for long."""

    address: str
    since: float
    waits: bool = False
    cut: bool = False


@dataclass(eq=False, slots=True)
class Waiting:
    """A request waits. A form is read in a thousand steps, each of which enters this once: a
    generator for each would cost as much as all else of it."""

    work: Work
    lock: threading.Lock

    def __enter__(self) -> None:
        with self.lock:
            self.work.waits, self.work.since = True, time.monotonic()

    def __exit__(self, *_error: object) -> None:
        with self.lock:
            self.work.waits, self.work.since = False, time.monotonic()


@dataclass(eq=False, slots=True)
class Lines:
    """The requests in the threads of this process."""

    still: float = STILL
    worked: float = WORKED
    threads: int = THREADS
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _works: set[Work] = field(default_factory=set)
    _begun: int = 0
    _watch: threading.Thread | None = None

    @contextmanager
    def working(self, address: str) -> Iterator[Work]:
        """While a request from there is in a thread."""
        mine = Work(address, time.monotonic())
        with self._lock:
            self._works.add(mine)
            self._begun += 1
            if self._watch is None:
                self._watch = threading.Thread(target=self._look, name="still lines", daemon=True)
                self._watch.start()
        try:
            yield mine
        finally:
            with self._lock:
                self._works.discard(mine)

    def waiting(self, work: Work) -> Waiting:
        """While a request waits for more of its body; may be entered again and again."""
        return Waiting(work, self._lock)

    def turns_away(self, work: Work) -> bool:
        """Whether this request, which has just begun, shall come again later: a body has stood
        still for far too long, and its line can be cut only when nobody else from there is here,
        and nobody waits for a thread."""
        latest = time.monotonic() - self.worked
        with self._lock:
            old = {each.address for each in self._works if each.waits and each.since < latest}
            return work.address in old or (bool(old) and len(self._works) >= self.threads)

    def _look(self) -> None:
        while True:
            tried = [self._try(address) for address in self._due(time.monotonic())]
            time.sleep(self.still / 5 if all(tried) else _MOMENT)

    def _due(self, now: float) -> set[str]:
        """From where a body is waited for that may stand still."""
        with self._lock:
            return {each.address for each in self._works if self._is_due(each, now)}

    def _is_due(self, work: Work, now: float) -> bool:
        return work.waits and now - work.since > self.still

    def _clear(self, address: str) -> int | None:
        """How many requests have begun; None if one may wait for a thread, or if one from there is
        being worked at, whole."""
        latest = time.monotonic() - _AT_HAND
        from_there = [each for each in self._works if each.address == address]
        if len(self._works) >= self.threads:
            return None
        wait = all(each.waits and each.since < latest for each in from_there)
        return self._begun if wait else None

    def _try(self, address: str) -> bool:
        """Cut what stands still from there; whether this was a moment to do so."""
        with self._lock:
            begun = self._clear(address)
        if begun is None:
            return False
        time.sleep(_MOMENT)
        with self._lock:
            if self._clear(address) != begun:
                return False
            now = time.monotonic()
            for each in self._works:
                each.cut |= each.address == address and self._is_due(each, now)
        try:
            count = cut(address, self.still)
        except OSError as wrong:  # no descriptor is free: just then it must go on
            log.warning("lines not looked at", extra={"ids": {"why": wrong.errno}})
            return True
        if count:
            log.info("lines stood still", extra={"ids": {"lines": count}})
        return True


def cut(address: str, still: float) -> int:
    """Shut the lines from there to where this process listens on which nothing has moved for so
    many seconds; how many."""
    lines = list(_sockets())
    try:
        ports = {port for one, port in lines if one.getsockopt(socket.SOL_SOCKET, _LISTENS)}
        found = [
            one
            for one, port in lines
            if port in ports and _peer(one) == address and _stands(one, still)
        ]
        for one in found:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        return len(found)
    finally:
        for one, _port in lines:
            one.close()


_LISTENS = socket.SO_ACCEPTCONN


def _sockets() -> Iterator[tuple[socket.socket, int]]:
    """Copies of the TCP sockets of this process, each with the port on this side."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(Path(f"/proc/self/fd/{name}").stat().st_mode):
                continue
            one = socket.socket(fileno=os.dup(int(name)))
            if one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM:
                yield one, one.getsockname()[1]
            else:
                one.close()


def _peer(one: socket.socket) -> str:
    try:
        return str(one.getpeername()[0]).removeprefix("::ffff:")
    except OSError:  # it listens, or has ended
        return ""


def _stands(one: socket.socket, still: float) -> bool:
    """Whether nothing has come or gone on a line for so long, and nothing is on its way: neither to
    the other side nor to the server, which has taken all that came."""
    try:
        told = _INFO.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size))
        lies = [fcntl.ioctl(one, which, bytes(4)) for which in (_UNREAD, _UNSENT)]
    except (OSError, struct.error):
        return False
    since = min(told[_SENT], told[_RECEIVED]) / 1000
    return told[0] in _OPEN and told[_UNACKED] == 0 and not any(map(any, lies)) and since >= still
