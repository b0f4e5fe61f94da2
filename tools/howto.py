"""Reads a how-to: its `sh` blocks in their order, and where a remark says that something is done
between them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w*)\s*$")
_VALUE = re.compile(r"(export )?([A-Z_]+)=(.*)")


class NotAHowTo(Exception):
    """The text cannot be followed; the message says in which line and why."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to be typed, from line `line` of the text on; under which heading."""

    line: int
    heading: str
    text: str


def blocks(text: str, *, language: str = "sh") -> list[Block]:
    """The blocks of a language, in their order. Raises `NotAHowTo` for one that does not end."""
    found: list[Block] = []
    heading, inside, begun = "", "", 0
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if begun and fence is not None:
            if fence.group(1):
                raise NotAHowTo(f"line {number}: the block of line {begun} has not ended")
            if inside == language:
                found.append(Block(begun, heading, "\n".join(lines)))
            begun, lines = 0, []
        elif begun:
            lines.append(line)
        elif fence is not None:
            inside, begun = fence.group(1), number
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    if begun:
        raise NotAHowTo(f"line {begun}: the block does not end")
    return found


def parted(text: str, remark: str) -> tuple[str, str]:
    """The text before and after the line `<!-- remark -->`; the second one keeps its line numbers.

    Raises `NotAHowTo` unless it stands there once.
    """
    before, mark, after = text.partition(f"<!-- {remark} -->\n")
    if not mark or f"<!-- {remark} -->" in after:
        raise NotAHowTo(f"<!-- {remark} --> must stand there once")
    return before, "\n" * (before.count("\n") + 1) + after


def with_values(block: Block, values: Mapping[str, str]) -> Block:
    """The block of assignments with other values. Raises `NotAHowTo` unless the names agree."""
    lines, named = [], set()
    for line in block.text.splitlines():
        match = _VALUE.fullmatch(line)
        if match is None or match.group(2) not in values:
            raise NotAHowTo(f"line {block.line}: {line!r} sets none of {', '.join(values)}")
        named.add(match.group(2))
        quoted = values[match.group(2)].replace("'", "'\\''")
        lines.append(f"{match.group(1) or ''}{match.group(2)}='{quoted}'")
    if missing := set(values) - named:
        raise NotAHowTo(f"line {block.line}: nothing sets {', '.join(sorted(missing))}")
    return Block(block.line, block.heading, "\n".join(lines))
