"""The kind of entry by which a document of a meeting is named: what it is, how large, its digest.

The entry stays for ever, as all that is published does; the bytes travel apart (`documents.py`) and
can be removed everywhere: a document that should not have been published is taken back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda.errors import WrongValue
from ayni.agenda.kinds import BOTH, WRITTEN, check_no_person, check_written, platform_address, text
from ayni.agenda.meeting_kind import MEETING_KEY, MOST_ITEMS
from ayni.agenda.standing import Stands
from ayni.cooperation.api import FileType
from ayni.gazette import api as gazette
from ayni.gazette.api import Said
from ayni.members.api import Permission

DOCUMENT = "agenda.document"
LARGEST = 5 * 1024 * 1024  # bytes of one document
_KEY = re.compile(r"^(?P<meeting>[0-9a-z-]+):(?P<digest>[0-9a-f]{16})$")
TYPE_NAMES = {FileType.PDF: "PDF", FileType.JPEG: "JPEG", FileType.PNG: "PNG"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a meeting. `item`: the number of the item of the agenda that it is about, 0 for
    the whole meeting; `size` in bytes; `sha256`: hexadecimal; `there`: False once it was taken
    back, then `why` says why."""

    key: str
    meeting: str
    item: int
    title: str
    type: FileType
    size: int
    sha256: str
    there: bool
    why: str
    stands: Stands

    @property
    def type_name(self) -> str:
        """What people call its type."""
        return TYPE_NAMES[self.type]

    @property
    def digest(self) -> str:
        """The part of the digest that stands in its key and in addresses."""
        return self.sha256[:16]


def key_of(meeting: str, sha256: str) -> str:
    """The key of a document of a meeting."""
    return f"{meeting}:{sha256[:16]}"


def document_of(key: str, stands: Stands) -> Document | None:
    """The document that an entry names; None if nothing stands."""
    if stands.version is None:
        return None
    body = stands.version.body
    return Document(
        key, key.partition(":")[0], body["item"], body["title"], FileType(body["type"]),
        body["size"], body["sha256"], body["there"], body["why"], stands,
    )  # fmt: skip


def _check(said: Said) -> None:
    check_written(said)
    body, found = said.body, _KEY.match(said.key)
    if found is None or not MEETING_KEY.match(found["meeting"]):
        raise WrongValue(key=said.key)
    if not body["sha256"].startswith(found["digest"]) or body["there"] == bool(body["why"]):
        raise WrongValue(key=said.key)
    check_no_person(body["title"], body["why"])


def _in_words(said: Said) -> str:
    if not said.body["there"]:
        return _("%(title)s: taken back. %(why)s") % dict(said.body)
    return str(said.body["title"])


DOCUMENTS = gazette.EntryKind(
    name=DOCUMENT,
    title=gettext_lazy("Documents of meetings"),
    schema=gazette.closed(
        **WRITTEN,
        item={"type": "integer", "minimum": 0, "maximum": MOST_ITEMS},
        title=text(200, 3),
        type={"enum": [each.value for each in FileType]},
        size={"type": "integer", "minimum": 1, "maximum": LARGEST},
        sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        there={"type": "boolean"},
        why=text(),
    ),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=_in_words,
    about=lambda said: said.key[:10],
    check=_check,
    address=platform_address,
)
