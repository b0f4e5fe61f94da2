"""What a court does: `ayni evidence export` on both nodes, `ayni evidence verify` without any.

The exports run between two rounds, while nothing is broken; the files are judged while the next
round is played, as they need no node. At the end of a run, when every database is gone, all files
are judged once more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.faults import bundles
from tests.faults.nodes import ROOT, Failed, Node

_AYNI = [sys.executable, "-W", "ignore", "-m", "ayni.node.command", "evidence"]
_WITHIN = 240  # seconds, for one conversation
_ALL_WITHIN = 900


class Court:
    """The files lie in `folder`, those of all conversations at the end of a run in `all`;
    `verified` counts conversations that held, `afterwards` files that were judged as before when
    no node was left."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.all = folder, folder / "all"
        self._taken: list[tuple[str, list[Path]]] = []
        self.afterwards = 0
        self._judge: threading.Thread | None = None
        self._said = ""
        self.verified = 0

    def take(self, conversation: str, nodes: Sequence[Node]) -> None:
        """Have these nodes write down the conversation, and begin to judge the files. Raises
        `Failed` where an export does."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        exports = []
        for node in nodes:
            file = self._folder / f"{conversation}.{node.code}"
            file.unlink(missing_ok=True)
            line = [*_AYNI, "export", conversation, "--to", str(file)]
            exports.append((node, file, _begin(line, node.environment())))
        for node, _file, export in exports:
            said, wrong = export.communicate(timeout=_WITHIN)
            if export.returncode:
                raise Failed(f"{node.code}: ayni evidence export {conversation}: {said}{wrong}")
        files = [file for _node, file, _export in exports]
        self._taken.append((conversation, files))
        self._judge = threading.Thread(target=self._verify, args=(conversation, files))
        self._judge.start()

    def _verify(self, conversation: str, files: Sequence[Path]) -> None:
        self._said = _said_of(conversation, files)

    def verdict(self) -> str:
        """Wait for the judgment of what was taken last; why it does not hold, or ""."""
        if self._judge is None:
            return ""
        self._judge.join()
        self._judge = None
        self.verified += not self._said
        return self._said

    def judge_afterwards(self, before: Mapping[str, Mapping[str, str]], whole: set[str]) -> str:
        """Judge everything once more, by files alone; why it does not hold, or "". `before`: node
        -> conversation -> what was wrong with its file in `all`; `whole`: the conversations of
        which nothing is missing for a reason."""
        line = [sys.executable, "-W", "ignore", "-m", "tests.faults.bundles", str(self.all)]
        everything = _begin(line, _plain())
        with ThreadPoolExecutor(1) as other_processor:
            said = [*other_processor.map(lambda one: _said_of(*one), self._taken)]
        answer, wrong = everything.communicate(timeout=_ALL_WITHIN)
        if everything.returncode:
            return f"the files cannot be judged: {wrong.strip()}"
        told = json.loads(answer)
        found = [each for each in said if each] + bundles.changed(before, told["files"])
        both = {talk: said for talk, said in told["both"].items() if said and talk in whole}
        found += [f"both files of {talk}: {said}" for talk, said in both.items()]
        self.afterwards = len(told["files"])
        return "; ".join(found[:20])


def verdict(conversation: str, said: str, wrong: str) -> str:
    """What `ayni evidence verify --json` has said about a conversation; "" if all of it holds."""
    try:
        told: dict[str, Any] = json.loads(said.splitlines()[0])
        files = told["files"]
        same = {each["conversation"] for each in files} == {conversation}
        if told["ok"] and same and all(each["messages"] for each in files):
            return ""
    except (ValueError, IndexError, KeyError, TypeError):
        pass
    return f"evidence of {conversation}: {said.strip()} {wrong.strip()}"


def _said_of(conversation: str, files: Sequence[Path]) -> str:
    line = [*_AYNI, "verify", *map(str, files), "--json"]
    said, wrong = _begin(line, _plain()).communicate(timeout=_WITHIN)
    return verdict(conversation, said, wrong)


def _plain() -> dict[str, str]:
    """Nothing of any node: neither its folder nor its settings."""
    return {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}


def _begin(line: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        line, env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
