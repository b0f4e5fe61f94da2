"""What happens to packets, and that a connection through the device is a whole one."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.dice import Dice
from tests.faults.wire import SEVERED, STORM, Weather, fate, ports, swapped

ROOT = Path(__file__).resolve().parent.parent.parent


def _packet(source: bytes, destination: bytes, body: bytes) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, 6, 0)
    return head + source + destination + body


@given(
    source=st.binary(min_size=4, max_size=4),
    destination=st.binary(min_size=4, max_size=4),
    numbers=st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)),
)
def test_addresses_are_exchanged_and_nothing_else(
    source: bytes, destination: bytes, numbers: tuple[int, int]
) -> None:
    packet = _packet(source, destination, struct.pack("!HH", *numbers) + b"rest")
    back = swapped(packet)
    assert (back[12:16], back[16:20]) == (destination, source)
    assert (back[:12], back[20:]) == (packet[:12], packet[20:])
    assert ports(packet) == ports(back) == numbers


def test_other_packets_have_no_ports() -> None:
    packet = bytearray(_packet(b"1234", b"5678", b"abcd"))
    packet[9] = 17
    assert ports(bytes(packet)) == (0, 0)
    assert ports(_packet(b"1234", b"5678", b"ab")) == (0, 0)


def test_a_storm_loses_doubles_and_delays_and_a_severed_line_lets_nothing_pass() -> None:
    dice = Dice(1)
    told = [fate(STORM, dice) for _ in range(4000)]
    assert 0.06 < sum(not each for each in told) / 4000 < 0.10
    assert 0.11 < sum(len(each) == 2 for each in told) / 4000 < 0.17
    late = [seconds for each in told for seconds in each]
    assert all(0 <= seconds <= STORM.late for seconds in late)
    assert late != sorted(late), "they overtake each other"
    assert all(fate(SEVERED, dice) == [] for _ in range(100))
    assert fate(Weather(0.0, 1.0, 0.0), dice) == [0.0, 0.0]


_TALK = """
import socket, subprocess, threading
from tests.faults.wire import HERE, SEVERED, STORM, THERE, Wire

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
wire = Wire(7)
server = socket.create_server((HERE, 0))
port = server.getsockname()[1]
sent = bytes(range(256)) * 800


def echo():
    while True:
        line, _ = server.accept()
        with line:
            left = len(sent)
            while left and (part := line.recv(65536)):
                line.sendall(part)
                left -= len(part)


threading.Thread(target=echo, daemon=True).start()
wire.change(port, STORM, 50.0)
with socket.create_connection((THERE, port), timeout=40) as line:
    threading.Thread(target=line.sendall, args=(sent,), daemon=True).start()
    got = b""
    while len(got) < len(sent):
        got += line.recv(65536)
assert got == sent and wire.touched > 20, (len(got), wire.touched)
print("whole")
wire.change(port, SEVERED, 50.0)
try:
    socket.create_connection((THERE, port), timeout=1.5)
except TimeoutError:
    print("severed")
wire.calm()
socket.create_connection((THERE, port), timeout=10).close()
wire.stop()
"""


def _permitted() -> bool:
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK) or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not _permitted(), reason="no device for packets for this account")
def test_a_connection_under_the_storm_brings_every_byte_and_none_passes_a_severed_line() -> None:
    line = ["unshare", "--net", sys.executable, "-c", _TALK]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["whole", "severed"]
