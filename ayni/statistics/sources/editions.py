"""Which editions of published sources are here, and the log of each. All of it was published."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import NotFound, Text
from ayni.statistics.sources import glotip_cells
from ayni.statistics.sources.glotip import Why
from ayni.statistics.sources.tables import Edition, Remark

WORDS: Mapping[str, Text] = {
    Why.SPACES.value: _("Needless spaces were removed."),
    Why.SPELLED.value: _("Another spelling of the same value."),
    Why.OWN_STATE.value: _("Own citizens: the state that reports."),
    Why.LOST_LETTER.value: _("A letter was lost in the file; exactly one name fits."),
    Why.NO_CODE.value: _("Several countries together, or one without a code."),
    Why.EMPTY.value: _("Empty; nothing was assumed."),
    Why.NOT_IN_LIST.value: _("Names no country; kept as written, nothing was guessed."),
    Why.NOT_A_COUNT.value: _("Too large to be a count of persons; kept as written, not counted."),
    Why.SAME_KEY.value: _("Another row counts the same (its number is given); both are kept."),
    Why.THOUSANDS.value: _("The commas between thousands were removed."),
    Why.CUT.value: _("Too long; the end was cut."),
}


def remark_words(why: str) -> Text:
    """What a reason of the log says."""
    return WORDS[why]


def editions() -> list[Edition]:
    """All editions, the newest first; `ended_at` is empty for one that was broken off."""
    return list(Edition.objects.order_by("source", "-dated", "-began_at"))


def counted_edition() -> Edition | None:
    """The one that is counted: the newest by its date of those that are loaded whole."""
    return glotip_cells.latest()


def edition_log(*, edition: UUID) -> list[Remark]:
    """Every value that did not become exactly what it says, in the order of the file.

    Raises `NotFound`.
    """
    found = Edition.objects.filter(id=edition).first()
    if found is None:
        raise NotFound
    return list(found.remarks.order_by("first_row", "column", "why", "became"))
