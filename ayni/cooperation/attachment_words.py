"""How it stands with a file, in the reader's language, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.cooperation.attached import Attachment, Standing
from ayni.exchange.api import Hold
from ayni.lib.errors import Text

_WHY: Mapping[str, Text] = {
    "unknown": gettext_lazy("it is neither PDF nor JPEG nor PNG"),
    "differs": gettext_lazy("it is another kind of file than it is said to be"),
    "unreadable": gettext_lazy("it is damaged or cut off"),
    "damaged": gettext_lazy("it is not the file that was announced"),
    "pixels": gettext_lazy("the picture has too many pixels"),
    "active": gettext_lazy("the PDF holds a program or another file"),
    "archive": gettext_lazy("an archive is hidden in it"),
    "size": gettext_lazy("it is empty or larger than 100 MB"),
    "erased": gettext_lazy("the person's data were erased"),
}
_STANDS: Mapping[str, Text] = {
    Standing.DRAFT: gettext_lazy("Not sent"),
    Standing.ARRIVED: gettext_lazy("There, and can be opened"),
    Standing.READY: gettext_lazy("Can be opened"),
    Standing.REMOVED: gettext_lazy("Removed"),
}
_WAY: Mapping[str, Text] = {
    Hold.GOING: gettext_lazy("On its way"),
    Hold.ARRIVED: gettext_lazy("There, and being looked at"),
    Hold.STOPPED: gettext_lazy("Stopped: it may not leave any more"),
    Hold.WAITING: gettext_lazy("Still coming: waits until there is room"),
    Hold.COMING: gettext_lazy("Still coming"),
    Hold.WHOLE: gettext_lazy("Here, and being looked at"),
    Hold.REMOVED: gettext_lazy("Removed"),
}


def why(reason: str) -> str:
    """Why a file is not taken."""
    return str(_WHY.get(reason, _("for a reason that this version does not know")))


def attachment_words(one: Attachment, held: Any) -> str:
    """How it stands with a file. `held`: what `exchange` knows of its chunks, or None."""
    if one.standing == Standing.REFUSED:
        return _("Refused: %(why)s") % {"why": why(one.reason)}
    if one.standing in _STANDS:
        return str(_STANDS[one.standing])
    return str(_WAY.get("" if held is None else held.hold, _("On its way")))


def how_far(one: Attachment, held: Any) -> tuple[int, int]:
    """How many chunks have arrived, of how many."""
    if held is None:
        return 0, 1
    return (held.there if one.direction == "out" else held.have), held.chunks
