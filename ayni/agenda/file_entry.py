"""What an entry says of a file that every member reads: what it is, how large, its digest.

The entry stays for ever, as all that is published does; the bytes travel apart (`files.py`) and can
be removed everywhere: a file that should not have been published is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ayni.agenda.errors import WrongValue
from ayni.agenda.kinds import check_no_person, text
from ayni.cooperation.api import FileType
from ayni.gazette.api import Said

LARGEST = 5 * 1024 * 1024  # bytes of one file
TYPE_NAMES = {FileType.PDF: "PDF", FileType.JPEG: "JPEG", FileType.PNG: "PNG"}
_KEY = re.compile("(?P<of>[0-9a-z-]+):(?P<digest>[0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class File:
    """A file under its `key`. `size` in bytes; `sha256`: hexadecimal; `there`: False once it was
    taken back, then `why` says why; `author`: the node that published it."""

    key: str
    title: str
    type: FileType
    size: int
    sha256: str
    there: bool
    why: str
    author: str

    @property
    def type_name(self) -> str:
        """What people call its type."""
        return TYPE_NAMES[self.type]

    @property
    def digest(self) -> str:
        """The part of the digest that stands in its key and in addresses."""
        return self.sha256[:16]


FILE: dict[str, Any] = {
    "title": text(200, 3),
    "type": {"enum": [each.value for each in FileType]},
    "size": {"type": "integer", "minimum": 1, "maximum": LARGEST},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "there": {"type": "boolean"},
    "why": text(),
}


def key_of(of: str, sha256: str) -> str:
    """The key of a file of a meeting or a commitment."""
    return f"{of}:{sha256[:16]}"


def of_body(key: str, body: Mapping[str, Any], author: str) -> dict[str, Any]:
    """The fields of a `File` that its entry says."""
    named = {name: body[name] for name in FILE}
    return {**named, "type": FileType(body["type"]), "key": key, "author": author}


def check_file(said: Said) -> str:
    """Raise `WrongValue` or `NamesAPerson` for what no file can be; what the file is of."""
    body, found = said.body, _KEY.fullmatch(said.key)
    if found is None or not body["sha256"].startswith(found["digest"]):
        raise WrongValue(key=said.key)
    if body["there"] == bool(body["why"]):
        raise WrongValue(key=said.key)
    check_no_person(body["title"], body["why"])
    return found["of"]


def in_words(said: Said) -> str:
    """The title, and that it was taken back, in one sentence."""
    if not said.body["there"]:
        return _("%(title)s: taken back. %(why)s") % dict(said.body)
    return str(said.body["title"])
