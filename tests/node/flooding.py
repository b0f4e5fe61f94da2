"""One of the processes by which a peer floods a node: `python -m tests.node.flooding PORT FOLDER
NUMBER OF RATE LEAST`. Prints JSON at its end.

It offers signed requests that lie in FOLDER over raw sockets, RATE messages a second whatever the
node says or fails to say: a request does not wait for the one before, and who has too many lines
open cuts the oldest. It ends when FOLDER holds a file `over` and LEAST messages were offered, or
after two minutes. Offered: the whole request was handed to the network.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.node.flooded import A_BATCH, read

HERE = "127.0.0.1"  # where it asks from
LINES = 40  # open at once
LONGEST = 120.0
_EVERY_FOURTH = 4  # request is a single message


@dataclass
class Line:
    """One request on its way. `left`: what is not sent yet."""

    socket: socket.socket
    messages: int
    left: memoryview
    got: bytearray = field(default_factory=bytearray)


class Flood:
    """Everything that one process offers, and what it was told."""

    def __init__(self, port: int, folder: Path, number: int, of: int) -> None:
        self._port = port
        self._batches = read(folder / "batches")[number::of]
        self._singles = read(folder / "singles")[number::of]
        self._lines: list[Line] = []
        self._selector = selectors.DefaultSelector()
        self.offered = self.requests = 0
        self.said: Counter[str] = Counter()
        self.receipted: set[str] = set()

    def offer(self) -> None:
        """Begin the next request."""
        self.requests += 1
        some, messages = self._batches, A_BATCH
        if self.requests % _EVERY_FOURTH == 0:
            some, messages = self._singles, 1
        if len(self._lines) >= LINES:
            self._end(self._lines[0], "cut")
        line = socket.socket()
        line.setblocking(False)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        line.bind((HERE, 0))
        line.connect_ex(("127.0.0.1", self._port))
        one = Line(line, messages, memoryview(some[self.requests % len(some)]))
        self._lines.append(one)
        self._selector.register(line, selectors.EVENT_READ | selectors.EVENT_WRITE, one)

    def attend(self, seconds: float) -> None:
        """Send and read what can be sent and read until some seconds have passed."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            for key, ready in self._selector.select(max(0.0, left)):
                try:
                    self._attend(key.data, ready)
                except OSError:
                    self._end(key.data, "line broken")
            if left <= 0:
                return

    def _attend(self, line: Line, ready: int) -> None:
        if ready & selectors.EVENT_WRITE and line.left:
            line.left = line.left[line.socket.send(line.left) :]
            if not line.left:
                self.offered += line.messages
                self._selector.modify(line.socket, selectors.EVENT_READ, line)
        if ready & selectors.EVENT_READ:
            part = line.socket.recv(262_144)
            line.got += part
            if not part:
                self._end(line, "")

    def _end(self, line: Line, why: str) -> None:
        status = re.match(rb"HTTP/1\.1 (\d{3})", line.got)
        code = re.search(rb'"refused":"(\w+)"', line.got) if status else None
        told = f"{status[1].decode()} {code[1].decode() if code else ''}" if status else why
        self.said[told.strip() or "closed without a word"] += 1
        if status and status[1] == b"200":
            found = re.findall(rb'"message":"([0-9a-f]{32})"', line.got)
            self.receipted |= {message.decode() for message in found}
        self._selector.unregister(line.socket)
        line.socket.close()
        self._lines.remove(line)

    def finish(self) -> None:
        """Wait a little for what is still open, then cut it."""
        end = time.monotonic() + 10
        while self._lines and time.monotonic() < end:
            self.attend(0.05)
        for line in list(self._lines):
            self._end(line, "cut")


def main(port: int, folder: Path, number: int, of: int, rate: float, least: int) -> None:
    """Flood, then print what came of it."""
    flood = Flood(port, folder, number, of)
    a_request = (A_BATCH * (_EVERY_FOURTH - 1) + 1) / _EVERY_FOURTH / rate
    began = time.monotonic()
    (folder / f"begun-{number}").touch()
    while True:
        took = time.monotonic() - began
        enough = flood.offered >= least and (folder / "over").exists()
        if enough or took > LONGEST:
            break
        due = int(took / a_request) + 1 - flood.requests
        for _ in range(min(due, LINES)):
            flood.offer()
        flood.attend(min(a_request, 0.02))
    told = {
        "offered": flood.offered, "requests": flood.requests, "seconds": round(took, 2),
        "said": flood.said, "receipted": sorted(flood.receipted),
    }  # fmt: skip
    flood.finish()
    told["said"], told["receipted"] = flood.said, sorted(flood.receipted)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5]),
         float(sys.argv[5]), int(sys.argv[6]))  # fmt: skip
