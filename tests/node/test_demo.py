"""The demonstration: founded once, continued, stopped in order, removed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ayni.lib.errors import Misconfigured
from ayni.node.demo.platform import Platform
from tests.node.made import Copied

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("demo")]
ROOT = Path(__file__).resolve().parent.parent.parent
NODES = ("ar", "bo", "secretariat")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a demonstration may be."""
    with tempfile.TemporaryDirectory(prefix="ayni-d-") as name:
        yield Path(name) / "demo"


@pytest.fixture(scope="module")
def founded() -> Iterator[Platform]:
    """A demonstration of three nodes that was founded and not started."""
    with tempfile.TemporaryDirectory(prefix="ayni-d-") as name:
        platform = Copied(Path(name) / "demo", NODES, any_port=True)
        with platform.alone():
            platform.make()
        yield platform
        with platform.alone():
            platform.remove()


def processes_in(folder: Path) -> list[str]:
    """Command lines of processes whose environment or arguments name the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(folder).encode() in text and state != "Z":
            found.append((entry / "cmdline").read_bytes().decode().replace("\0", " "))
    return found


def get(platform: Platform, code: str, path: str) -> httpx.Response:
    """A request to one node, as its neighbours make it."""
    return httpx.get(
        f"http://127.0.0.1:{platform.plan['ports'][code]}{path}",
        headers={"Host": f"{code}.localhost:{platform.plan['ports'][code]}"},
        trust_env=False,
    )


def test_a_taken_port_is_told_and_nothing_is_changed(founded: Platform) -> None:
    with (
        founded.alone(),
        socket.create_server(("127.0.0.1", founded.plan["ports"]["ar"])),
        pytest.raises(Misconfigured, match="taken by another program"),
    ):
        founded.start()
    assert processes_in(founded.folder) == []
    assert Platform(founded.folder, NODES).load()


def test_nodes_are_founded_stopped_and_continue_with_the_same_keys(founded: Platform) -> None:
    platform, folder = founded, founded.folder
    with platform.alone():
        platform.start()
        try:
            directory = get(platform, "ar", "/exchange/1/directory").json()
            assert [get(platform, c, "/exchange/1/directory").json() for c in platform.codes] == [
                directory
            ] * 3
            assert {s["signer"] for s in directory["signatures"]} == {"ar", "bo", "demo-root"}
            assert directory["body"]["quorum"] == 2
            sheet = get(platform, "bo", "/exchange/1/key-sheet").json()
        finally:
            platform.stop()
    assert processes_in(folder) == []

    again = Platform(folder, NODES)
    with again.alone():
        assert again.load()
        assert again.plan == platform.plan
        again.start()
        try:
            assert get(again, "bo", "/exchange/1/key-sheet").json() == sheet
        finally:
            again.stop()
        again.remove()
    assert [p.name for p in folder.iterdir()] == [".running"]


@pytest.mark.whole
def test_a_killed_demonstration_leaves_nothing_running_for_long(folder: Path) -> None:
    plan = Platform(folder, ("ar",), any_port=True)
    with plan.alone():
        plan.make()
    command = [sys.executable, "-m", "ayni.node.command", "demo", "--folder", str(folder)]
    data = json.loads((folder / "platform.json").read_text())
    assert set(data["ports"]) == {"ar"}
    with subprocess.Popen(
        [*command, "--nodes", "kept"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if b"Ctrl-C" in line:
                break
        demo.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_in(folder) == []
    with plan.alone():
        plan.remove()
