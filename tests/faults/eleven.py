"""The whole platform as real processes: ten states and the secretariat, each with its supervisor,
web process, worker and PostgreSQL, and its officers beside it. Founded as the demonstration is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from ayni.config import demonstration
from ayni.members.api import SECRETARIAT
from ayni.node.demo import root
from ayni.node.demo.platform import Member, Platform
from ayni.node.home import NODE_FILE
from ayni.node.postgres import Server
from tests.faults.nodes import ROOT, Failed, Node
from tests.faults.plan import Kind

WITHIN = 90.0  # seconds for what is to happen between the nodes
STATES = tuple(code for code in root.ALL if code != SECRETARIAT)


class Plain(Node):
    """A node of the demonstration, which its neighbours reach without TLS."""

    up_within = 300.0  # eleven start at once

    def environment(self) -> dict[str, str]:
        """Of all of the node's processes."""
        found = super().environment()
        return {name: value for name, value in found.items() if not name.startswith("AYNI_TLS_")}

    def answers(self) -> bool:
        """Whether the web process and its database answer."""
        try:
            url = f"http://127.0.0.1:{self.port}/health"
            host = {"Host": f"{self.code}.localhost"}
            return httpx.get(url, headers=host, timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


class Copied(Platform):
    """Founded on one database that is made once, and copied before any node has keys: making eleven
    takes two minutes of a processor. What making does is tested elsewhere."""

    def _before_founding(self) -> None:
        first, *others = self.codes
        with Member(first, self.settings(first), self.log(first)) as making:
            making.answer()
        pattern = self.home(first)
        if Server(pattern).folder.parent != pattern:
            return  # where PostgreSQL's data lie elsewhere, each makes its own
        for code in others:
            shutil.copytree(pattern, self.home(code))
            told = json.loads((pattern / NODE_FILE).read_text())
            (self.home(code) / NODE_FILE).write_text(json.dumps({**told, "node": code}) + "\n")
            demonstration.mark_home(self.home(code), code)


class Eleven:
    """The nodes by their codes."""

    def __init__(self, folder: Path) -> None:
        self.platform = Copied(folder, root.ALL, any_port=True, persons=False)
        self.nodes: dict[str, Node] = {}

    def raise_up(self) -> None:
        """Found the platform, start every node, let the officers come."""
        self.platform.make()
        self.nodes = {code: Plain(code, self.platform) for code in self.platform.codes}
        for node in self.nodes.values():
            node.begin()
        for node in self.nodes.values():
            node.wait_up()
        for node in self.nodes.values():
            node.begin_driver()
        for node in self.nodes.values():
            assert node.driver is not None
            node.driver.answer()

    def tell(self, code: str, do: str, **request: Any) -> Any:
        """What the officers of one node answer."""
        return self.nodes[code].tell(do, **request)

    def all(self, do: str, codes: tuple[str, ...] = root.ALL, **request: Any) -> dict[str, Any]:
        """The same asked of several at once."""
        return self.each({code: request for code in codes}, do)

    def each(self, requests: dict[str, dict[str, Any]], do: str) -> dict[str, Any]:
        """Asked of several at once, each in its own words; they work at the same time."""
        for code, request in requests.items():
            driver = self.nodes[code].driver
            assert driver is not None
            driver.ask(do, **request)
        found = {}
        for code in requests:
            driver = self.nodes[code].driver
            assert driver is not None
            found[code] = driver.answer()
        return found

    def kill(self, code: str) -> None:
        """SIGKILL to everything of a node, its PostgreSQL too; its officers go home."""
        node = self.nodes[code]
        node.end_driver()
        assert node.kill(Kind.KILL_NODE) > 3
        assert not node.answers()

    def start_again(self, code: str) -> None:
        """The node is back, with its officers."""
        node = self.nodes[code]
        node.begin()
        node.wait_up()
        node.begin_driver()
        assert node.driver is not None
        node.driver.answer()

    def wait(self, what: str, reached: Callable[[], bool]) -> None:
        """Until it is so, as if no line rested for long. Raises `Failed` after a while."""
        until = time.monotonic() + WITHIN
        while not reached():
            if time.monotonic() > until:
                raise Failed(what)
            running = tuple(code for code, node in self.nodes.items() if node.driver is not None)
            self.all("wake", running)
            time.sleep(0.5)

    def wait_alike(
        self, what: str, do: str, codes: tuple[str, ...] = root.ALL, **request: Any
    ) -> Any:
        """Until all of these answer alike, and not with nothing; that answer."""
        found: dict[str, Any] = {}

        def alike() -> bool:
            found.update(self.all(do, codes, **request))
            first = found[codes[0]]
            return first != {} and all(found[code] == first for code in codes)

        self.wait(what, alike)
        return found[codes[0]]

    def command(self, code: str, *words: str) -> tuple[int, Any]:
        """A command of the administrator beside the running node: its exit code, and its JSON."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "ayni.node.command", *words],
            env=self.nodes[code].environment(), cwd=ROOT, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def strike_down(self) -> None:
        """Stop and remove all."""
        for node in self.nodes.values():
            if node.driver is not None:
                node.end_driver()
            if node.process is not None:
                node.process.terminate()
        for node in self.nodes.values():
            node.stop()
        self.platform.remove()
