"""`ayni demo-check`: the whole journey over three fresh nodes, as their users would make it, and
then a search for what should have stayed sealed in everything the nodes have written."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ayni.lib.errors import AyniError
from ayni.node import processes
from ayni.node.demo import leaks, root
from ayni.node.demo.journey import Journey, Planted
from ayni.node.demo.officer import Unexpected
from ayni.node.demo.platform import Platform
from ayni.node.postgres import SUPER, Server


class Steps:
    """Prints each step with its time as it ends, and keeps them for `--json`."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.done: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step: what it is for, and what went wrong if it did."""
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._tell("FAILED", title, began)
            raise
        self._tell("ok", title, began)

    def _tell(self, how: str, title: str, began: float) -> None:
        seconds = round(time.monotonic() - began, 2)
        self.done.append({"step": title, "ok": how == "ok", "seconds": seconds})
        out = sys.stderr if self.quiet else sys.stdout
        out.write(f"{how:6} {seconds:7.2f} s  {title}\n")
        out.flush()


def main(arguments: Sequence[str]) -> int:
    """0 only if every step held, nothing leaked and everything was stopped."""
    parser = argparse.ArgumentParser(prog="ayni demo-check")
    parser.add_argument("--json", action="store_true", help="the steps as JSON")
    parser.add_argument("--keep", action="store_true", help="keep the nodes' folders to look at")
    options = parser.parse_args(list(arguments))
    steps = Steps(quiet=options.json)
    until = processes.stopping()
    folder = Path(tempfile.mkdtemp(prefix="ayni-check-"))
    began, why = time.monotonic(), ""
    try:
        _check(folder, steps)
    except AyniError as wrong:
        why = str(wrong)
    finally:
        if options.keep:
            sys.stderr.write(f"ayni: kept in {folder}\n")
        else:
            Platform(folder, ()).remove()
            shutil.rmtree(folder, ignore_errors=True)
    ok = not why and not until.is_set()
    seconds = round(time.monotonic() - began, 1)
    if options.json:
        answer = {"ok": ok, "seconds": seconds, "why": why, "steps": steps.done}
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        sys.stdout.write(f"{'all held' if ok else 'FAILED: ' + why} ({seconds} s)\n")
    return 0 if ok else 1


def _check(folder: Path, steps: Steps) -> None:
    platform = Platform(folder, root.THREE, any_port=True, persons=False)
    planted = Planted.fresh()
    with platform.alone():
        try:
            with steps.step("three nodes are made: databases, keys, directory number 1"):
                platform.make()
            with steps.step("three nodes run: PostgreSQL, web process and worker of each"):
                platform.start()
            with contextlib.closing(Journey(platform, planted, steps.step)) as journey:
                journey.travel()
            with steps.step("planted words are in no dump"):
                for code in platform.codes:
                    _search_dump(platform, code, planted)
        finally:
            with steps.step("everything is stopped"):
                platform.stop()
                _check_stopped(platform)
    with steps.step("planted words are in no table, WAL, queue, log or access log"):
        _search_folders(platform, planted)


def _search_dump(platform: Platform, code: str, planted: Planted) -> None:
    server = Server(platform.home(code))
    password = (platform.home(code) / "secrets" / f"postgresql-{SUPER}").read_text()
    done = subprocess.run(
        server.runner.command(
            "pg_dump", "--host", str(server.sockets), "--username", SUPER, "--inserts", "ayni"
        ),
        env={"PGPASSWORD": password, "PATH": os.environ.get("PATH", "")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        **server.runner.credentials,  # type: ignore[call-overload]
    )
    if done.returncode != 0 or f"{code}-".encode() not in done.stdout:
        raise Unexpected(f"the dump of {code} could not be made or holds nothing")
    _report(leaks.search_bytes(done.stdout, planted.words, f"dump of {code}"))


def _search_folders(platform: Platform, planted: Planted) -> None:
    found: list[leaks.Leak] = []
    for code in platform.codes:
        # That the search reads what is written shows in a word that must be there.
        control = f"{code}-desk" if code == "secretariat" else f"{code}-programme"
        if not leaks.search_folder(platform.home(code), {"control": control})[0]:
            raise Unexpected(f"the search does not see what node {code} has written")
    for folder in (platform.folder, *_elsewhere(platform)):
        found += leaks.search_folder(folder, planted.words)[0]
    if not any(platform.log(code).stat().st_size for code in platform.codes):
        raise Unexpected("the nodes have logged nothing at all")
    _report(found)


def _elsewhere(platform: Platform) -> list[Path]:
    """Data folders outside the platform's (where root runs copies of PostgreSQL)."""
    folders = [Server(platform.home(code)).folder for code in platform.codes]
    return [f for f in folders if not f.is_relative_to(platform.folder) and f.exists()]


def _report(found: Sequence[leaks.Leak]) -> None:
    if found:
        told = "; ".join(f"{leak.marker} as {leak.encoding} in {leak.where}" for leak in found[:8])
        raise Unexpected(f"{len(found)} leaks: {told}")


def _check_stopped(platform: Platform) -> None:
    deadline = time.monotonic() + 5
    while running := _running(platform.folder):
        if time.monotonic() > deadline:
            raise Unexpected(f"still running: {'; '.join(running)}")
        time.sleep(0.1)


def _running(folder: Path) -> list[str]:
    """Processes that were started for the nodes in `folder` and live."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            started = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(folder).encode() in started and state != "Z":
            found.append(f"{entry.name} {started[:60].decode(errors='replace')}")
    return found
