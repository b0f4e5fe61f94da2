"""The kind of entry by which the secretariat signs the register of one version of Ayni.

The key is the version; the entry says the digest of the register that comes with it.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.gazette import api as gazette
from ayni.members.api import Permission

NAME = "norms.register"


def in_words(said: gazette.Said) -> str:
    """What it says in one sentence, in the reader's language."""
    return _("Its digest is %(digest)s.") % {"digest": said.body["digest"]}


def about(said: gazette.Said) -> str:
    """Which register, in the reader's language."""
    return _("Register of version %(version)s") % {"version": said.key}


def address(said: gazette.Said) -> str:
    """The page on which a node compares its own with it."""
    from django.urls import reverse

    return reverse("norms:register")


REGISTER = gazette.EntryKind(
    name=NAME,
    title=gettext_lazy("The register that the secretariat has signed"),
    schema=gazette.closed(digest={"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    permission=Permission.NORMS_REVIEW,
    owners=frozenset({gazette.Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=in_words,
    about=about,
    address=address,
)
