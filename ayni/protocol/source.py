"""Reading YAML 1.2 with positions: every value knows its file and line; nothing is guessed.

A plain `true`, `false` or whole number is that; everything else is text, so that `NO`, `1.0` and
a step called `2.1` stay what the author wrote. Duplicate keys, anchors, tags and empty values are
refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from ayni.protocol.errors import DefinitionRefused, Problem

Path_ = tuple[str | int, ...]
Place = tuple[str, int, int]

LARGEST_FILE = 2_000_000  # bytes
DEEPEST = 40  # values within each other; a definition has eleven
MOST_DIGITS = 15  # a larger number is not the same in every JSON
# In JSON, texts that only the reader of YAML tells apart and names the line of.
_ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_PLAIN_TAGS = {"str", "map", "seq", "int", "float", "bool", "null", "timestamp", "merge", "value"}


@dataclass(slots=True)
class Located:
    """A value read from YAML, and where each of its parts stands."""

    value: Any
    places: dict[Path_, Place] = field(default_factory=dict)

    def place(self, path: Path_) -> Place:
        """Where a part stands; for a part that is missing, where it should have been."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, ("", 1, 1))

    def problem(self, path: Path_, reason: str) -> Problem:
        return Problem(*self.place(path), reason)


def read(path: Path) -> Located:
    """Read one file. Raises DefinitionRefused with file, line and reason."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _refused(
            path.name, 1, 1, _("cannot be read: %(why)s") % {"why": error.strerror}
        ) from error
    if len(raw) > LARGEST_FILE:
        raise _refused(path.name, 1, 1, _("larger than %(most)s bytes") % {"most": LARGEST_FILE})
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _refused(path.name, line, 1, _("is not UTF-8; save the file as UTF-8")) from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Located:
    """Read YAML from text; `name` is the file named in errors."""
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
    except RecursionError:
        raise _refused(
            name, _too_deep(text), 1, _("too deep: too much within each other")
        ) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _refused(
            name, line, column, _("is not valid YAML: %(why)s") % {"why": error.problem}
        ) from error
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _refused(name, line, 1, _("holds a character that YAML does not allow")) from error
    if node is None:
        raise _refused(name, 1, 1, _("is empty"))
    reading = _Reading(name)
    value = reading.value(node, ())
    if reading.problems:
        raise DefinitionRefused(reading.problems)
    return Located(value, reading.places)


def _too_deep(text: str) -> int:
    """The line on which a text becomes too deep: read event by event, which does not recurse."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            return int(event.start_mark.line) + 1
    return 1


def _refused(name: str, line: int, column: int, reason: str) -> DefinitionRefused:
    return DefinitionRefused([Problem(name, line, column, reason)])


class _Reading:
    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[Path_, Place] = {}
        self.problems: list[Problem] = []
        self.read: set[int] = set()

    def value(self, node: Node, path: Path_) -> Any:
        self.places[path] = self._place(node)
        if id(node) in self.read:
            # An alias of an anchor, which is refused; to follow each could never end.
            return ""
        self.read.add(id(node))
        if len(path) > DEEPEST:
            self._refuse(node, _("too deep: too much within each other"))
            return ""
        if node.anchor:
            self._refuse(node, _("anchors are not allowed; write the value out"))
        tag = str(node.tag or "")
        if tag and tag.rsplit(":", 1)[-1] not in _PLAIN_TAGS:
            self._refuse(node, _("tag %(tag)s is not allowed") % {"tag": repr(tag)})
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        self._refuse(node, _("only mappings, lists and values are allowed"))
        return ""

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._refuse(key_node, _("a key must be a word"))
                continue
            key = self._text(key_node)
            if key in result:
                self._refuse(
                    key_node,
                    _("the key %(key)s stands twice in the same place") % {"key": repr(key)},
                )
                continue
            result[key] = self.value(value_node, (*path, key))
        return result

    def _scalar(self, node: ScalarNode) -> str | int | bool:
        text = self._text(node)
        if node.style in ("'", '"', "|", ">"):
            return text
        if text in ("", "~", "null"):
            self._refuse(node, _("the value is empty"))
            return ""
        if text in ("true", "false"):
            return text == "true"
        if not _WHOLE.fullmatch(text):
            return text
        if len(text) > MOST_DIGITS:
            self._refuse(node, _("the number is too large"))
            return 0
        return int(text)

    def _text(self, node: ScalarNode) -> str:
        """What is written, with halves of a character put together, as JSON writes some. No
        database and no JSON keeps U+0000, and none a half that stands alone."""
        text = str(node.value)
        try:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._refuse(node, _("holds half a character (\\ud800 to \\udfff); take it out"))
            return ""
        if "\0" in text:
            told = _(
                "holds the character U+0000 (written \\u0000 or \\0), which no text can keep; take "
                "it out"
            )
            self._refuse(node, told)
            return text.replace("\0", "")
        return text

    def _refuse(self, node: Node, reason: str) -> None:
        self.problems.append(Problem(*self._place(node), reason))

    def _place(self, node: Node) -> Place:
        return self.name, node.start_mark.line + 1, node.start_mark.column + 1


LISTS = ("sources", "places", "actors", "facts", "conditions", "options", "reasons", "moments")
WHOLE = ("key", "version", "title", "status", "phrases", "closing")


def assemble(manifest: Path) -> Located:
    """The whole document: the manifest, and the files that its `files` names, put together.

    A file may hold any of the lists, `phases`, or one `phase`. Raises DefinitionRefused.
    """
    first = read(manifest)
    if not isinstance(first.value, Mapping):
        raise DefinitionRefused([first.problem((), _("must be a mapping of keys to values"))])
    names = first.value.get("files", [])
    parts, problems = [first], []
    for place, name in enumerate(names if isinstance(names, list) else []):
        if not isinstance(name, str) or Path(name).name != name:
            problems.append(
                first.problem(("files", place), _("must be the name of a file beside it"))
            )
            continue
        try:
            parts.append(read(manifest.parent / name))
        except DefinitionRefused as refused:
            problems += refused.problems
    whole = Located({}, {(): first.places[()]})
    for part in parts:
        problems += _add(whole, part)
    if problems:
        raise DefinitionRefused(problems)
    return whole


def quick(text: str) -> Located | None:
    """A document that is JSON, ten times sooner and without lines; None where only the reader of
    YAML can say what it is: not JSON, a key that stands twice, a value that is none of ours, a
    character that no text can keep."""
    if _ESCAPED.search(text):
        return None
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or {"files", "examples", "phase"} & set(value):
        return None
    return Located(value, {})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) or None in found.values():
        raise ValueError
    return found


def _refuse(text: str) -> Any:
    raise ValueError(text)


def whole(text: str, name: str) -> Located:
    """A document that is one text, as it is published. Raises DefinitionRefused."""
    part = parse(text, name)
    found = Located({}, {(): part.places[()]})
    problems = _add(found, part)
    if isinstance(part.value, Mapping) and "files" in part.value:
        told = _("must be one file with everything in it: `ayni protocol whole` makes it")
        problems.append(part.problem(("files",), told))
    if problems:
        raise DefinitionRefused(problems)
    return found


def _add(whole: Located, part: Located) -> list[Problem]:
    if not isinstance(part.value, Mapping):
        return [part.problem((), _("must be a mapping of keys to values"))]
    problems = []
    for key, value in part.value.items():
        if key == "phase":
            _append(whole, part, "phases", [value], ("phase",))
        elif (key in LISTS or key == "phases") and isinstance(value, list):
            _append(whole, part, key, value, None)
        elif key in whole.value:
            problems.append(
                part.problem(
                    (key,), _("%(key)s is already given in another file") % {"key": repr(key)}
                )
            )
        elif key not in ("files", "examples"):
            whole.value[key] = value
            for path, place in part.places.items():
                if path[:1] == (key,):
                    whole.places[path] = place
    return problems


def _append(
    whole: Located, part: Located, key: str, items: list[Any], single: Path_ | None
) -> None:
    target = whole.value.setdefault(key, [])
    offset = len(target)
    target += items
    for path, place in part.places.items():
        if single is not None and path[:1] == single:
            whole.places[(key, offset, *path[1:])] = place
        elif single is None and path[:1] == (key,) and len(path) > 1:
            whole.places[(key, offset + int(path[1]), *path[2:])] = place
