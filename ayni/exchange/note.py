"""The note verbale of a proposed directory: what changes, and the fingerprints that people compare
over another channel before their state signs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ayni.exchange import changing, documents
from ayni.exchange.ceremony import Change, Kind
from ayni.lib import clock
from ayni.lib.paper import tagged_pdf

_TYPST_LANGUAGE = {"es": "es", "pt-br": "pt", "en": "en"}


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "data" / "note.typ").read_bytes()


def in_words(change: Change) -> str:
    """One change as a sentence in the reader's language."""
    words = {
        "node": change.node,
        "before": change.before,
        "after": change.after,
    }
    if change.kind is Kind.ADDED:
        return _("%(node)s becomes a member; fingerprint %(print)s") % {
            **words, "print": documents.fingerprint(change.after),
        }  # fmt: skip
    if change.kind is Kind.REMOVED:
        return _("%(node)s is a member no more: nothing of it is accepted") % words
    if change.kind is Kind.REKEYED:
        return _("%(node)s has a new identity key; fingerprint %(print)s") % {
            **words, "print": documents.fingerprint(change.after),
        }  # fmt: skip
    if change.kind is Kind.MOVED:
        return _("%(node)s moves from %(before)s to %(after)s") % words
    return _("a further change needs %(after)s states instead of %(before)s") % words


def note_verbale(*, document: Mapping[str, Any], language: str) -> bytes:
    """The note as a tagged PDF (PDF/UA-1) in `es`, `pt-br` or `en`.

    Raises `NotTrusted` for a proposal that does not follow from the directory in force here,
    `Malformed`.
    """
    changes, votes = changing.meaning(document)
    with translation.override(language):
        content = _content(document["body"], changes, votes.needed, _TYPST_LANGUAGE[language])
        return tagged_pdf(
            _template(), name="note", content=content, at=clock.parse(document["body"]["issued"])
        )


def _content(
    body: Mapping[str, Any], changes: list[Change], needed: int, language: str
) -> dict[str, Any]:
    digest = documents.digest(dict(body)).upper()
    return {
        "changes": [in_words(change) for change in changes],
        "changes_title": _("What changes"),
        "columns": [_("Node"), _("Fingerprint of its identity key"), _("Address")],
        "footer": _("Directory number %(number)s") % {"number": body["number"]},
        "intro": _(
            "Proposal of a new directory of the nodes of the platform. It takes force when "
            "%(needed)s states have signed it on their nodes. Before your state signs, compare "
            "every fingerprint below with the one on your screen and with the paper of the state "
            "concerned."
        )
        % {"needed": needed},
        "language": language,
        "members": [
            {
                "node": entry["node"],
                "print": documents.fingerprint(entry["identity_key"]),
                "url": entry["endpoint"]["url"],
            }
            for entry in body["members"]
        ],
        "members_title": _("Members from then on"),
        "print": "\n".join(
            " ".join(digest[at + i : at + i + 4] for i in range(0, 32, 4)) for at in (0, 32)
        ),
        "print_title": _("Fingerprint of the whole directory"),
        "signature": _("Place, date, signature and seal of the competent authority:"),
        "title": _("Note on the directory of nodes, number %(number)s")
        % {"number": body["number"]},
    }
