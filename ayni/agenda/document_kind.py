"""The kind of entry by which a document of a meeting is named."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from ayni.agenda.errors import WrongValue
from ayni.agenda.file_entry import FILE, File, check_file, in_words, of_body
from ayni.agenda.kinds import BOTH, WRITTEN, check_written, platform_address
from ayni.agenda.meeting_kind import MEETING_KEY, MOST_ITEMS
from ayni.agenda.standing import Stands
from ayni.gazette import api as gazette
from ayni.gazette.api import Said
from ayni.members.api import Permission

DOCUMENT = "agenda.document"


@dataclass(frozen=True, slots=True)
class Document(File):
    """A document of a meeting. `item`: the number of the item of the agenda that it is about, 0 for
    the whole meeting."""

    meeting: str
    item: int
    stands: Stands


def document_of(key: str, stands: Stands) -> Document | None:
    """The document that an entry names; None if nothing stands."""
    if stands.version is None:
        return None
    body = stands.version.body
    return Document(
        **of_body(key, body, stands.version.owner),
        meeting=key.partition(":")[0], item=body["item"], stands=stands,
    )  # fmt: skip


def _check(said: Said) -> None:
    check_written(said)
    if not MEETING_KEY.fullmatch(check_file(said)):
        raise WrongValue(key=said.key)


DOCUMENTS = gazette.EntryKind(
    name=DOCUMENT,
    title=gettext_lazy("Documents of meetings"),
    schema=gazette.closed(
        **WRITTEN,
        **FILE,
        item={"type": "integer", "minimum": 0, "maximum": MOST_ITEMS},
    ),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=in_words,
    about=lambda said: said.key[:10],
    check=_check,
    address=platform_address,
)
