"""The kind of entry by which a state names a file as evidence of what it says of its commitment."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda.errors import WrongValue
from ayni.agenda.file_entry import FILE, File, check_file, in_words, of_body
from ayni.agenda.work_kinds import is_key
from ayni.gazette import api as gazette
from ayni.gazette.api import Owner, Published, Said
from ayni.members.api import Permission

EVIDENCE = "agenda.evidence"


@dataclass(frozen=True, slots=True)
class Evidence(File):
    """A file that a state (`author`) gave as evidence about a commitment; `seen`: the number of the
    version of its entry."""

    commitment: str
    seen: int


def evidence_of(found: Published) -> Evidence | None:
    """The file that an entry names; None if the entry does not count."""
    said = found.said
    if not found.counts or said.withdrawn:
        return None
    named = of_body(said.key, said.body, said.owner)
    return Evidence(**named, commitment=said.key.partition(":")[0], seen=said.version)


def _check(said: Said) -> None:
    if not is_key(check_file(said)):
        raise WrongValue(key=said.key)


def _address(said: Said) -> str:
    from django.urls import reverse

    return reverse("agenda:commitment", args=[said.key.partition(":")[0]])


EVIDENCES = gazette.EntryKind(
    name=EVIDENCE,
    title=gettext_lazy("Files as evidence of commitments"),
    schema=gazette.closed(**FILE),
    permission=Permission.MANDATE_WRITE,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=in_words,
    about=lambda _said: _("Evidence of a commitment"),
    check=_check,
    address=_address,
)
