"""The legal ground of a referral: what the register answers for two states on a day, kept with it,
and what a document may cite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.norms import api as norms

MOST = 40  # provisions that one message names


def legal_ground(ids: Iterable[str]) -> list[str]:
    """Provisions as a document may cite them, with the states whose own reading it is where the
    register has none; one that may not be cited is left out."""
    language = (get_language() or "es")[:2]
    found = []
    for ident in ids:
        try:
            cited = norms.cite(ident, language=language)
        except (norms.NotCitable, NotFound):
            continue
        said = f"{cited.title}, {cited.reference}" if cited.reference else cited.title
        if cited.read_by:
            states = ", ".join(map(members.state_name, cited.read_by))
            said = _("%(citation)s, as read by %(states)s") % {"citation": said, "states": states}
        found.append(said)
    return found


def provisions_for(tracks: Iterable[str], to: str, on: date) -> list[str]:
    """Ids of verified provisions on sending data to that state, for each of the case's crimes: the
    best of each in turn, as many as a message may name."""
    own = members.this_node()
    if to == own:
        return []
    found = [
        norms.citable_provisions(
            requesting=own, requested=to, crime=track, subject="transfer", on=on
        )
        for track in tracks
    ]
    return in_turn(found)


def in_turn(found: Sequence[Sequence[str]]) -> list[str]:
    """The first of each list, then the second: each once, as many as a message may name."""
    best = (ident for some in zip_longest(*found) for ident in some if ident is not None)
    return list(dict.fromkeys(best))[:MOST]


def answered(tracks: Iterable[str], to: str, on: date) -> list[dict[str, Any]]:
    """What the register answers for assistance and information, one answer for each of the case's
    crimes, as it is kept (codes, ids, days); none within this state."""
    own = members.this_node()
    if to == own:
        return []
    purposes = (norms.Purpose.ASSISTANCE, norms.Purpose.INFORMATION)
    return [
        norms.legal_basis_to_keep(
            norms.legal_basis(requesting=own, requested=to, crime=track, purposes=purposes, on=on)
        )
        for track in tracks
    ]


def in_words(kept: Iterable[dict[str, Any]]) -> list[norms.BasisWords]:
    """Kept answers in the reader's language."""
    return [norms.kept_legal_basis_in_words(each) for each in kept]
