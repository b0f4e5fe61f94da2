"""Packets between the nodes: lost, doubled, late and out of order, or none at all.

A TUN device in a network namespace of the run. Who connects to `THERE` sends its packets into the
device; this process reads each, does to it what the weather says, swaps its two addresses and puts
it back: to the kernel it comes from `THERE`, and the connection is one with itself at `HERE`.
Swapping changes no checksum. So TCP is the kernel's own, and sees what a bad line does to it.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass

from tests.faults.dice import Dice

HERE, THERE = "10.99.0.1", "10.99.0.2"
_DEVICE = b"ayni-faults"
_SET, _TUN, _PLAIN = 0x400454CA, 0x0001, 0x1000  # TUNSETIFF, IFF_TUN, IFF_NO_PI (linux/if_tun.h)


@dataclass(frozen=True, slots=True)
class Weather:
    """Of 1, how many packets are lost and how many come twice; `late`: seconds that one is held at
    most, each for itself, so that they overtake each other."""

    lost: float
    twice: float
    late: float


STORM = Weather(lost=0.08, twice=0.15, late=0.04)
SEVERED = Weather(lost=1.0, twice=0.0, late=0.0)
_CALM = Weather(0.0, 0.0, 0.0)


def swapped(packet: bytes) -> bytes:
    """An IPv4 packet with its two addresses exchanged."""
    return packet[:12] + packet[16:20] + packet[12:16] + packet[20:]


def ports(packet: bytes) -> tuple[int, int]:
    """Source and destination port of a TCP packet; (0, 0) of any other."""
    length = (packet[0] & 15) * 4
    if packet[0] >> 4 != 4 or packet[9] != 6 or len(packet) < length + 4:
        return 0, 0
    source, destination = struct.unpack_from("!HH", packet, length)
    return source, destination


def fate(weather: Weather, dice: Dice) -> list[float]:
    """After how many seconds each copy of one packet passes; empty if it is lost."""
    if weather is _CALM:
        return [0.0]
    if dice.fraction() < weather.lost:
        return []
    copies = 2 if dice.fraction() < weather.twice else 1
    return [dice.between(0.0, weather.late) for _ in range(copies)]


class Wire:
    """The device and its thread. Raises `OSError` where this account may not make one."""

    def __init__(self, seed: int) -> None:
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        try:
            fcntl.ioctl(self._device, _SET, struct.pack("16sH22x", _DEVICE, _TUN | _PLAIN))
            name = _DEVICE.decode()
            for line in (
                ["ip", "addr", "add", f"{HERE}/24", "dev", name],
                ["ip", "link", "set", name, "up"],
            ):
                subprocess.run(line, capture_output=True, check=True)
        except subprocess.CalledProcessError as wrong:
            os.close(self._device)
            raise OSError(wrong.stderr.decode().strip()) from None
        except OSError:
            os.close(self._device)
            raise
        self._dice = Dice(f"packets {seed}")
        self._weather: dict[int, tuple[Weather, float]] = {}  # by port, and until when
        self._late: list[tuple[float, int, bytes]] = []
        self._stopped = threading.Event()
        self.touched = 0  # packets that did not pass at once, or not once
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def change(self, port: int, weather: Weather, seconds: float) -> None:
        """The weather of the connections to this port, for so long."""
        self._weather[port] = (weather, time.monotonic() + seconds)

    def calm(self) -> None:
        """Let every packet pass."""
        self._weather.clear()

    def stop(self) -> None:
        """Take the device away."""
        self._stopped.set()
        self._thread.join(5)
        os.close(self._device)

    def _carry(self) -> None:
        while not self._stopped.is_set():
            wait = 0.5
            if self._late:
                wait = max(0.0, min(wait, self._late[0][0] - time.monotonic()))
            ready, _, _ = select.select([self._device], [], [], wait)
            if ready:
                self._take(swapped(os.read(self._device, 65_535)))
            while self._late and self._late[0][0] <= time.monotonic():
                self._put(heapq.heappop(self._late)[2])

    def _take(self, packet: bytes) -> None:
        now = time.monotonic()
        times = fate(self._of(packet, now), self._dice)
        self.touched += times != [0.0]
        for number, seconds in enumerate(times):
            if seconds:
                heapq.heappush(self._late, (now + seconds, self.touched * 2 + number, packet))
            else:
                self._put(packet)

    def _of(self, packet: bytes, now: float) -> Weather:
        for port in ports(packet):
            weather, until = self._weather.get(port, (_CALM, 0.0))
            if now < until:
                return weather
        return _CALM

    def _put(self, packet: bytes) -> None:
        try:
            os.write(self._device, packet)
        except OSError:
            self.touched += 1  # the device is full: lost, as on a real one
