"""The note verbale of a directory, of the founding one or of a proposed change: what it brings, and
the fingerprints that people compare over another channel before their state signs. A court compares
the founding one's later with what `ayni evidence verify` prints."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ayni.exchange import changing, documents
from ayni.exchange import directory as rules
from ayni.exchange.ceremony import Change, Kind, Votes
from ayni.lib import clock
from ayni.lib.paper import tagged_pdf

_TYPST_LANGUAGE = {"es": "es", "pt-br": "pt", "en": "en"}


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "data" / "note.typ").read_bytes()


def directory_print(body: Mapping[str, Any]) -> str:
    """The fingerprint of a whole directory, as the note bears it and every screen shows it."""
    return documents.print_of(documents.digest(dict(body)))


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
    """The note as a tagged PDF (PDF/UA-1) in `es`, `pt-br` or `en`. That of directory number 1 is
    made on any node, before the founding and after it.

    Raises `NotTrusted` for a proposal that does not follow from the directory in force here, or for
    a number 1 with which this node was not founded, `Malformed`.
    """
    content = words_of(document=document, language=language)
    at = clock.parse(document["body"]["issued"])
    with translation.override(language):
        return tagged_pdf(_template(), name="note", content=content, at=at)


def words_of(*, document: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What stands in the note, as the template reads it. Raises as `note_verbale`."""
    body = rules.checked_directory(document)
    with translation.override(language):
        if body["number"] == 1:
            words = _of_founding(changing.founding(document))
        else:
            words = _of_change(*changing.meaning(document))
        return {**_content(body), **words, "language": _TYPST_LANGUAGE[language]}


def _of_founding(body: Mapping[str, Any]) -> dict[str, Any]:
    states = [entry["node"] for entry in body["members"] if entry["node"] != rules.SECRETARIAT]
    return {
        "changes": [
            _("it takes force when all of these states have signed it: %(states)s")
            % {"states": ", ".join(states)},
            _("states whose signatures every later change needs: %(quorum)s")
            % {"quorum": body["quorum"]},
        ],
        "changes_title": _("What is founded"),
        "intro": _(
            "Founding directory of the nodes of the platform. Before your state signs, compare "
            "every fingerprint below with the one on your screen and with the paper of the state "
            "concerned. Keep this note with the founding documents: a court that checks evidence "
            "of the platform compares the fingerprint of the whole directory with the one below."
        ),
        "members_title": _("Founding members"),
    }


def _of_change(changes: list[Change], votes: Votes) -> dict[str, Any]:
    return {
        "changes": [in_words(change) for change in changes],
        "changes_title": _("What changes"),
        "intro": _(
            "Proposal of a new directory of the nodes of the platform. It takes force when "
            "%(needed)s states have signed it on their nodes. Before your state signs, compare "
            "every fingerprint below with the one on your screen and with the paper of the state "
            "concerned."
        )
        % {"needed": votes.needed},
        "members_title": _("Members from then on"),
    }


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    whole = directory_print(body)
    return {
        "columns": [_("Node"), _("Fingerprint of its identity key"), _("Address")],
        "footer": _("Directory number %(number)s") % {"number": body["number"]},
        "members": [
            {
                "node": entry["node"],
                "print": documents.fingerprint(entry["identity_key"]),
                "url": entry["endpoint"]["url"],
            }
            for entry in body["members"]
        ],
        "print": f"{whole[:39]}\n{whole[40:]}",
        "print_title": _("Fingerprint of the whole directory"),
        "signature": _("Place, date, signature and seal of the competent authority:"),
        "title": _("Note on the directory of nodes, number %(number)s")
        % {"number": body["number"]},
    }
