"""How it stands with a file, in the reader's language, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.cooperation.attached import Attachment, Standing
from ayni.cooperation.camera import Trace
from ayni.exchange.api import Hold
from ayni.lib.errors import Text

_WHY: Mapping[str, Text] = {
    "unknown": gettext_lazy("it is neither PDF nor JPEG nor PNG"),
    "differs": gettext_lazy("it is another kind of file than it is said to be"),
    "unreadable": gettext_lazy("it is damaged or cut off"),
    "damaged": gettext_lazy("it is not the file that was announced"),
    "pixels": gettext_lazy("the picture has too many pixels"),
    "active": gettext_lazy("the PDF holds a program or another file"),
    "locked": gettext_lazy(
        "the PDF is locked, so that nobody can look into it; save or print it as a PDF without a "
        "password, and attach that"
    ),
    "packed": gettext_lazy(
        "parts of the PDF are packed so that nobody can look into them; print it as a new PDF, and "
        "attach that"
    ),
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

_TAKEN_OUT: Mapping[str, Text] = {
    Trace.PLACE: gettext_lazy("the place where it was taken"),
    Trace.TIME: gettext_lazy("when it was taken or changed"),
    Trace.CAMERA: gettext_lazy("the make, number and settings of the camera or telephone"),
    Trace.TEXT: gettext_lazy("comments, names and descriptions that do not show in it"),
    Trace.PREVIEW: gettext_lazy("a small preview of it"),
    Trace.BEHIND: gettext_lazy("what stood behind the picture, such as a short film with sound"),
    Trace.MORE: gettext_lazy("other notes of a program"),
}


def taken_out(told: Mapping[str, Any]) -> list[str]:
    """What was taken out of a picture of ours before it was sealed, in words."""
    gone = told.get("taken_out", ())
    return [str(words) for trace, words in _TAKEN_OUT.items() if trace in gone]


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
