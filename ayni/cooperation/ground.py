"""The legal ground of a referral as a document may cite it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language

from ayni.lib.errors import NotFound
from ayni.norms import api as norms


def legal_ground(ids: Iterable[str]) -> list[str]:
    """Provisions as a document may cite them; one that may not be cited is left out."""
    language = (get_language() or "es")[:2]
    found = []
    for ident in ids:
        try:
            cited = norms.cite(ident, language=language)
        except (norms.NotCitable, NotFound):
            continue
        found.append(f"{cited.title}, {cited.reference}" if cited.reference else cited.title)
    return found
