"""Why a published release is corrected or withdrawn: lists of codes. Pure.

The code travels in the public header, signed, so that whoever has quoted a figure reads why it no
longer stands. A list and no free text: nothing that is published of a release was written by a
person, and each reason is read in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Text


class WhyCorrected(StrEnum):
    """Why a next version comes in the place of a release."""

    LATE_RECORDS = "late_records"  # records of the period came in, or were corrected, since
    COUNTED_WRONGLY = "counted_wrongly"
    SOURCE_CORRECTED = "source_corrected"  # whoever keeps the source has corrected it
    DECLARED_WRONGLY = "declared_wrongly"  # tables, years or numbers of the method
    OTHER = "other"


class WhyWithdrawn(StrEnum):
    """Why a release is shown no longer, and nothing comes in its place."""

    TELLS_OF_PERSONS = "tells_of_persons"  # somebody could be recognised
    COUNTED_WRONGLY = "counted_wrongly"
    SOURCE_UNFIT = "source_unfit"  # the source was taken back, or is not good enough
    DECLARED_WRONGLY = "declared_wrongly"
    ORDERED = "ordered"  # a court or another authority has ordered it
    OTHER = "other"


CORRECTED_WORDS: Mapping[WhyCorrected, Text] = {
    WhyCorrected.LATE_RECORDS: _("Records of the period came in, or were corrected, afterwards"),
    WhyCorrected.COUNTED_WRONGLY: _("The figures were counted wrongly"),
    WhyCorrected.SOURCE_CORRECTED: _("Whoever keeps the source has corrected it"),
    WhyCorrected.DECLARED_WRONGLY: _("Tables, years or method were declared wrongly"),
    WhyCorrected.OTHER: _("Another reason"),
}
WITHDRAWN_WORDS: Mapping[WhyWithdrawn, Text] = {
    WhyWithdrawn.TELLS_OF_PERSONS: _("Persons could be recognised in the figures"),
    WhyWithdrawn.COUNTED_WRONGLY: _("The figures were counted wrongly"),
    WhyWithdrawn.SOURCE_UNFIT: _("The source was taken back, or is not good enough"),
    WhyWithdrawn.DECLARED_WRONGLY: _("Tables, years or method were declared wrongly"),
    WhyWithdrawn.ORDERED: _("A court or another authority has ordered it"),
    WhyWithdrawn.OTHER: _("Another reason"),
}


def why_corrected(code: str) -> str:
    """Why a correction comes, in words; empty where it was not said."""
    return str(CORRECTED_WORDS[WhyCorrected(code)]) if code in set(WhyCorrected) else ""


def why_withdrawn(code: str) -> str:
    """Why a release is shown no longer, in words; empty where it was not said."""
    return str(WITHDRAWN_WORDS[WhyWithdrawn(code)]) if code in set(WhyWithdrawn) else ""


def said_of(body: Mapping[str, Any]) -> str:
    """Why a public header was published: for a withdrawal or a correction, else empty."""
    if "withdrawn" in body:
        return why_withdrawn(body["withdrawn"])
    return why_corrected(body.get("reason", ""))
