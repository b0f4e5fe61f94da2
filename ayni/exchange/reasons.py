"""Why a message of another node stands aside: every code in words, and whether trying again could
change anything. The class of the error decides; only its code was kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from ayni.exchange.account import LOST
from ayni.exchange.chunks import NoRoom
from ayni.exchange.errors import (
    Expired,
    KeyGone,
    Malformed,
    NotGranted,
    Rejected,
    TooLarge,
    UnknownKind,
)
from ayni.exchange.failing import SoftwareFailed
from ayni.exchange.unapplied import ENDED
from ayni.lib.errors import (
    AyniError,
    Misconfigured,
    NotAllowed,
    NotFound,
    Refused,
    Stale,
    Text,
    WrongState,
)
from ayni.vault.errors import Erased, Tampered


class Sort(StrEnum):
    """What kind of reason it is."""

    SOFTWARE = "software"
    NODE = "node"
    NOT_FOUND = "not_found"
    ROOM = "room"
    UPGRADE = "upgrade"
    COMES_AGAIN = "comes_again"
    LOST = "lost"
    FORM = "form"
    NOT_GENUINE = "not_genuine"
    EXPIRED = "expired"
    NOT_COVERED = "not_covered"
    NOT_THEIRS = "not_theirs"
    GONE = "gone"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Words:
    """What the administrator reads: why, and what to do. `quoted`: what the room itself said."""

    why: Text
    do: Text
    quoted: Text = ""


# Where the same message may be applied another time, because what was in its way can be mended.
RETRIED = frozenset({Sort.SOFTWARE, Sort.NODE, Sort.NOT_FOUND, Sort.ROOM})
# What must be tried before what follows in the conversation: it was never judged by its room.
NOT_JUDGED = frozenset({Sort.SOFTWARE, Sort.NODE})

_TELL_THEM = _(
    "Nothing is applied. Tell the administrator of the other node, with the number of the "
    "conversation."
)
WORDS: dict[Sort, tuple[Text, Text]] = {
    Sort.SOFTWARE: (
        _("The software of this node failed at this message."),
        _("Send the number of the message and the log of that minute to whoever maintains the "
          "software. Try again once it is mended."),
    ),
    Sort.NODE: (
        _("This node could not do it at that moment: its set-up, its keys or its disk were not "
          "in order."),
        _("Look at the state of the node. Try again once that is in order."),
    ),
    Sort.NOT_FOUND: (
        _("What this message is about was not found here."),
        _("After a restore it may be here again: then try again. Otherwise the institution it is "
          "for should ask the one that sent it."),
    ),
    Sort.ROOM: (
        _("The message did not fit how things stood here when it came."),
        _("The institution it is for should look at the conversation. Try again if that has "
          "changed since."),
    ),
    Sort.UPGRADE: (
        _("This version of the software does not know this kind of message yet."),
        _("Upgrade this node. The message is then applied by itself."),
    ),
    Sort.COMES_AGAIN: (
        _("The key that opens this message was removed or lost."),
        _("This node asks the other one for it again by itself. Nothing is to be done."),
    ),
    Sort.LOST: (
        _("This node had received the message and lost it when it was restored from a backup."),
        _("This node asks the other one for it by itself. If it still stands here after a day, the "
          "institution it is for should ask the one that sent it to send it again."),
    ),
    Sort.FORM: (_("The content does not have the form that this kind of message must have."),
                _TELL_THEM),
    Sort.NOT_GENUINE: (_("Its signature, its seal or who it says sent it does not hold."),
                       _TELL_THEM),
    Sort.EXPIRED: (
        _("The message itself said until when it may be applied, and that time is over."),
        _("Nothing is applied. The institution that sent it must decide whether it sends it anew."),
    ),
    Sort.NOT_COVERED: (_("No permission covers what the message asks for."), _TELL_THEM),
    Sort.NOT_THEIRS: (
        _("The other node told something that is not its to decide."), _TELL_THEM),
    Sort.ENDED: (
        _("It stood aside for as long as such a message may be kept, or its sender took back what "
          "it says. Then that was erased; nobody had read it."),
        _("Nothing can be done here any more. If it still matters, the institution it was for "
          "should ask the one that sent it."),
    ),
    Sort.GONE: (
        _("The data that it is about were erased here, with their key."),
        _("Nothing is to be done: what was erased cannot come back."),
    ),
}  # fmt: skip

_BY_CODE = {
    SoftwareFailed.code: Sort.SOFTWARE,
    LOST: Sort.LOST,
    ENDED: Sort.ENDED,
    "not_theirs": Sort.NOT_THEIRS,  # each room that decides it has a class of its own
}
# The first that fits decides.
_BY_CLASS: tuple[tuple[type[AyniError], Sort], ...] = (
    (UnknownKind, Sort.UPGRADE),
    (KeyGone, Sort.COMES_AGAIN),
    (NoRoom, Sort.NODE),
    (Malformed, Sort.FORM),
    (TooLarge, Sort.FORM),
    (Expired, Sort.EXPIRED),
    (Rejected, Sort.NOT_GENUINE),
    (NotGranted, Sort.NOT_COVERED),
    (NotAllowed, Sort.NOT_COVERED),
    (Erased, Sort.GONE),
    (Tampered, Sort.NODE),
    (Misconfigured, Sort.NODE),
    (NotFound, Sort.NOT_FOUND),
    (Refused, Sort.ROOM),
    (AyniError, Sort.SOFTWARE),
)
_SAY_NOTHING_MORE = frozenset({Refused.code, WrongState.code, Stale.code})


def classes(of: type[AyniError] = AyniError) -> Iterator[type[AyniError]]:
    """Every class of errors that this process knows."""
    yield of
    for each in of.__subclasses__():
        yield from classes(each)


def sort_of(code: str) -> Sort:
    """The sort of a reason. Raises `LookupError` for a code that this version does not know."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    known = [each for each in classes() if each.code == code]
    if not known:
        raise LookupError(code)
    # Two rooms may use one code: what forbids another attempt for one of them forbids it.
    sorts = [next(s for kind, s in _BY_CLASS if issubclass(each, kind)) for each in known]
    return next((s for s in sorts if s not in RETRIED), sorts[0])


def in_words(code: str) -> Words:
    """A reason as an administrator reads it. Raises `LookupError` for an unknown code."""
    why, do = WORDS[sort_of(code)]
    if sort_of(code) is not Sort.ROOM or code in _SAY_NOTHING_MORE:
        return Words(why, do)
    said = {
        str(each.reason): each.reason
        for each in classes(Refused)
        if issubclass(each, Refused) and each.code == code and each.reason != Refused.reason
    }
    # Where two rooms say different things under one code, it is not known which of them spoke.
    return Words(why, do, next(iter(said.values())) if len(said) == 1 else "")
