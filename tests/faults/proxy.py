"""What stands between the nodes: a proxy that ends TLS with the node's own certificate and does to
each request what it was told to.

Bytes inside TLS can be neither delivered twice nor in another order, so the proxy works with whole
requests: it holds the node's key, as the wire never does. One loop in a thread serves all nodes.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.plan import Fault, Kind

_KEPT = 24  # earlier requests, for `again`
_LARGEST = 200_000_000
_PATIENCE = 40.0  # seconds for one exchange with a node
_SETTLED = 55.0  # for all that is under way to one


class Gone(Exception):
    """One of the two ends is not there any more."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A request or an answer as bytes: head with its empty line, and body."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head + self.body


async def _read(reader: asyncio.StreamReader) -> _Message:
    """One whole message. Raises `Gone` at the end of the stream."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _colon, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
            if name.strip().lower() == b"transfer-encoding":
                return _Message(head, await _chunks(reader))
        if length > _LARGEST:
            raise Gone
        return _Message(head, await reader.readexactly(length))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ssl.SSLError):
        raise Gone from None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        body += line + await reader.readexactly(size + 2)
        if not size:
            return body


@dataclass
class Door:
    """The way to one node: where it is offered, where the node listens, what waits to strike."""

    node: str
    port: int
    behind: int
    certificate: Path
    key: Path
    host: str = "127.0.0.1"
    armed: deque[Fault] = field(default_factory=deque)
    earlier: deque[bytes] = field(default_factory=lambda: deque(maxlen=_KEPT))
    passed: int = 0
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    closed_until: float = 0.0
    left: set[asyncio.Task[None]] = field(default_factory=set)
    lines: set[asyncio.StreamWriter] = field(default_factory=set)
    passing: dict[asyncio.StreamWriter, asyncio.Future[None]] = field(default_factory=dict)


class Proxy:
    """All doors. `struck` is called with every fault at the moment it happens."""

    def __init__(self, struck: Callable[[Fault], None]) -> None:
        self._struck = struck
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._doors: dict[int, tuple[Door, asyncio.Server]] = {}
        self._to_nodes = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._to_nodes.check_hostname, self._to_nodes.verify_mode = False, ssl.CERT_NONE

    def _call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(_SETTLED + 5)

    def open(self, door: Door) -> None:
        """Offer a way to a node."""
        self._call(self._open(door))

    async def _open(self, door: Door) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(door.certificate, door.key)

        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A handler that ends as cancelled is told on standard error by this version of asyncio.
            with contextlib.suppress(asyncio.CancelledError):
                await self._serve(door, reader, writer)

        server = await asyncio.start_server(
            served, door.host, door.port, ssl=context, limit=1 << 20
        )
        self._doors[door.port] = (door, server)

    def close(self, port: int) -> None:
        """Offer this way no longer; who is on it is let go at the next request."""
        door, server = self._doors.pop(port)
        door.closed_until = float("inf")
        self._loop.call_soon_threadsafe(server.close)

    def arm(self, door: Door, faults: list[Fault]) -> None:
        """Let these strike the next requests to this node."""
        self._loop.call_soon_threadsafe(door.armed.extend, faults)

    def quiet(self, door: Door) -> None:
        """Let nothing more strike, and wait until what was held back is delivered."""
        door.armed.clear()
        door.closed_until = 0.0
        self.settle(door)

    def settle(self, door: Door) -> None:
        """Wait until what is on its way to the node or held back is delivered, and forget earlier
        requests."""
        self._call(self._settle(door))

    async def _settle(self, door: Door) -> None:
        door.earlier.clear()
        under_way = {*door.left, *door.passing.values()}
        if under_way:
            _done, pending = await asyncio.wait(under_way, timeout=_SETTLED)
            if pending:
                raise TimeoutError(f"{len(pending)} requests to {door.node} do not end")

    def abandon(self, door: Door) -> None:
        """What has not come whole by now never does, as if its sender were gone; what has is
        delivered (`settle`)."""
        self._call(self._abandon(door))

    async def _abandon(self, door: Door) -> None:
        for line in door.lines - set(door.passing):
            line.transport.abort()

    def stop(self) -> None:
        """Close all doors and whatever passes them."""
        if self._loop.is_closed():
            return
        for port in list(self._doors):
            self.close(port)
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # aborted transports close in the next round of the loop

    # -- one connection

    async def _serve(
        self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        door.lines.add(writer)
        try:
            await self._requests(door, reader, writer)
        finally:
            door.lines.discard(writer)
            writer.transport.abort()

    async def _requests(
        self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(Gone, OSError, ssl.SSLError, TimeoutError):
            while self._loop.time() >= door.closed_until:
                request = await _read(reader)
                if self._loop.time() < door.closed_until:
                    break
                fault = door.armed.popleft() if door.armed else None
                if fault is not None:
                    self._struck(fault)
                ends = door.passing[writer] = self._loop.create_future()
                try:
                    answer = await self._passed(door, request, fault)
                finally:
                    del door.passing[writer]
                    ends.set_result(None)
                door.passed += 1
                async with door.moved:
                    door.moved.notify_all()
                if fault is not None and fault.kind is Kind.CUT_ANSWER:
                    writer.write(answer.head + answer.body[: len(answer.body) // 2])
                    await writer.drain()
                    break
                writer.write(answer.raw)
                await writer.drain()

    async def _passed(self, door: Door, request: _Message, fault: Fault | None) -> _Message:
        """The node's answer, after what the fault does. Raises `Gone` where the sender is to get
        none."""
        raw = request.raw
        if fault is not None:
            before = _BEFORE.get(fault.kind)
            if before is not None:
                await before(self, door, raw, fault)
        door.earlier.append(raw)
        if fault is not None and fault.kind is Kind.TWICE_AT_ONCE:
            answer, _second = await asyncio.gather(self._ask(door, raw), self._ask(door, raw))
        else:
            answer = await self._ask(door, raw)
        if fault is None:
            return answer
        match fault.kind:
            case Kind.CUT_AFTER:
                raise Gone
            case Kind.DELAY_ANSWER:
                await asyncio.sleep(fault.amount)
            case Kind.TWICE:
                answer = await self._ask(door, raw)
        return answer

    async def _ask(self, door: Door, raw: bytes) -> _Message:
        """Deliver one request to the node; its answer. Raises `Gone`."""
        try:
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", door.behind, ssl=self._to_nodes, limit=1 << 20
                )
                try:
                    writer.write(raw)
                    await writer.drain()
                    return await _read(reader)
                finally:
                    writer.transport.abort()
        except (OSError, ssl.SSLError, TimeoutError):
            raise Gone from None

    # -- what happens before the node hears of a request

    async def _cut_before(self, door: Door, raw: bytes, fault: Fault) -> None:
        raise Gone

    async def _cut_within(self, door: Door, raw: bytes, fault: Fault) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            _reader, writer = await asyncio.open_connection(
                "127.0.0.1", door.behind, ssl=self._to_nodes
            )
            writer.write(raw[: len(raw) // 2])
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.transport.abort()
        raise Gone

    async def _delay(self, door: Door, raw: bytes, fault: Fault) -> None:
        await asyncio.sleep(fault.amount)

    async def _late(self, door: Door, raw: bytes, fault: Fault) -> None:
        async def later() -> None:
            await asyncio.sleep(fault.amount)
            with contextlib.suppress(Gone):
                await self._ask(door, raw)

        task = asyncio.ensure_future(later())
        door.left.add(task)
        task.add_done_callback(door.left.discard)
        raise Gone

    async def _overtaken(self, door: Door, raw: bytes, fault: Fault) -> None:
        before = door.passed
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(fault.amount), door.moved:
                await door.moved.wait_for(lambda: door.passed > before)

    async def _again(self, door: Door, raw: bytes, fault: Fault) -> None:
        if door.earlier:
            place = int(fault.number * 7919) % len(door.earlier)
            with contextlib.suppress(Gone):
                await self._ask(door, door.earlier[place])

    async def _outage(self, door: Door, raw: bytes, fault: Fault) -> None:
        door.closed_until = self._loop.time() + fault.amount
        raise Gone


_Before = Callable[[Proxy, Door, bytes, Fault], Awaitable[None]]
_BEFORE: dict[Kind, _Before] = {
    Kind.CUT_BEFORE: Proxy._cut_before,
    Kind.CUT_WITHIN: Proxy._cut_within,
    Kind.DELAY: Proxy._delay,
    Kind.LATE: Proxy._late,
    Kind.OVERTAKEN: Proxy._overtaken,
    Kind.AGAIN: Proxy._again,
    Kind.OUTAGE: Proxy._outage,
}
