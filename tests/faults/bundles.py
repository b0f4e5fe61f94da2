"""What files of evidence are worth: judged while their nodes run, and once more when no database of
theirs is left, by a process that has files only: `python -m tests.faults.bundles FOLDER`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from ayni.exchange import bundle, two_sides
from ayni.lib.errors import AyniError
from tests.faults.invariants import INCOMPLETE


def name(conversation: str, node: str) -> str:
    """Of the file that a node writes about a conversation."""
    return f"{conversation}.{node}"


def verdict(raw: bytes) -> str:
    """What is wrong with one file, "" for nothing."""
    try:
        found = bundle.check(raw)
    except AyniError as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    if found.problems:
        return "; ".join(str(problem) for problem in found.problems[:3])
    return "" if found.complete else INCOMPLETE


def verdict_of_both(one: bytes, other: bytes) -> str:
    """What is wrong with the files of both sides together, "" for nothing."""
    try:
        both = two_sides.judge(bundle.check(one), bundle.check(other))
    except AyniError as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    if both.problems:
        return "; ".join(str(problem) for problem in both.problems[:3])
    return "" if both.complete else INCOMPLETE


def changed(before: Mapping[str, Mapping[str, str]], after: Mapping[str, str]) -> list[str]:
    """Files that are not judged as they were when their nodes ran. `before`: node -> conversation
    -> verdict; `after`: file -> verdict."""
    told = {name(talk, node): v for node, own in before.items() for talk, v in own.items()}
    return [
        f"{file}: {after.get(file, 'the file is not there')!r}, and {told.get(file)!r} before"
        for file in sorted(set(told) | set(after))
        if told.get(file) != after.get(file)
    ]


def main(folder: Path) -> None:
    """Judge all files of a folder; the verdicts as JSON: of each file, and of each conversation of
    which the files of two nodes are there."""
    files: dict[str, str] = {}
    sides: dict[str, list[bytes]] = {}
    for file in sorted(folder.iterdir()):
        raw = file.read_bytes()
        files[file.name] = verdict(raw)
        sides.setdefault(file.name.split(".")[0], []).append(raw)
    both = {talk: verdict_of_both(*two) for talk, two in sides.items() if len(two) == 2}
    sys.stdout.write(json.dumps({"both": both, "files": files}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
