"""Reading YAML 1.2 so that every part knows its line.

Only `true` and `false` are guessed; every other plain value is text, so that `NO`, `2` and
`2015-03-14` stay what the author wrote. Duplicate keys, anchors, tags and empty values are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from ayni.norms.errors import DataRefused, Mistake

Place = tuple[str | int, ...]
_PLAIN = {"str", "map", "seq", "int", "float", "bool", "null", "timestamp", "merge", "value"}


@dataclass(slots=True)
class Located:
    """A value read from one file, and the line of each of its parts."""

    file: str
    value: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def mistake(self, place: Place, reason: str) -> Mistake:
        """A mistake at this place; where the part is missing, at what should have held it."""
        while place and place not in self.lines:
            place = place[:-1]
        return Mistake(self.file, self.lines.get(place, 1), reason)


def read(path: Path) -> Located:
    """Read one file. Raises `DataRefused` with file, line and reason."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataRefused([Mistake(path.name, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise DataRefused([Mistake(path.name, 1, "is not UTF-8; save it as UTF-8")]) from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Located:
    """Read YAML from text; `name` is the file named in mistakes. Raises `DataRefused`."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DataRefused([Mistake(name, line, f"is not valid YAML: {error.problem}")]) from error
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        reason = "holds a character that YAML does not allow"
        raise DataRefused([Mistake(name, line, reason)]) from error
    if node is None:
        raise DataRefused([Mistake(name, 1, "is empty")])
    located = Located(name, None)
    mistakes: list[Mistake] = []
    located.value = _value(node, (), located, mistakes)
    if mistakes:
        raise DataRefused(mistakes)
    return located


def _value(node: Node, place: Place, into: Located, mistakes: list[Mistake]) -> Any:
    line = node.start_mark.line + 1
    into.lines[place] = line
    tag = str(node.tag or "")
    if node.anchor or (tag and tag.rsplit(":", 1)[-1] not in _PLAIN):
        mistakes.append(Mistake(into.file, line, "anchors and tags are not allowed; write it out"))
    if isinstance(node, MappingNode):
        return _mapping(node, place, into, mistakes)
    if isinstance(node, SequenceNode):
        return [_value(item, (*place, n), into, mistakes) for n, item in enumerate(node.value)]
    text = str(node.value)
    if isinstance(node, ScalarNode) and node.style is None:
        if text in ("", "~", "null"):
            mistakes.append(Mistake(into.file, line, "the value is empty"))
        if text in ("true", "false"):
            return text == "true"
    return text


def _mapping(
    node: MappingNode, place: Place, into: Located, mistakes: list[Mistake]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in result:
            line = key_node.start_mark.line + 1
            mistakes.append(Mistake(into.file, line, f"the key {key!r} stands twice"))
            continue
        result[key] = _value(value_node, (*place, key), into, mistakes)
    return result
