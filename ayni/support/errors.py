"""Refusals of this room."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused, Stale
from ayni.support.personal import MAY_BE_OTHER, Found, Looks

_LOOKS = {
    Looks.ADDRESS: _("an address or account"),
    Looks.NUMBER: _("the number of a document or telephone"),
    Looks.DATE: _("a date"),
    Looks.NAME: _("a name"),
}


class LooksPersonal(Refused):
    """A text that looks like data of a person. `found`: what in it; shown to its author alone and
    never logged."""

    code = "looks_personal"
    reason = _("Nothing about a person may be written here: ten states read it, for ever.")

    def __init__(self, found: tuple[Found, ...]) -> None:
        self.found = found
        super().__init__()

    def in_words(self) -> str:
        """What was found and what to do, for the author of the text."""
        pieces = "; ".join(f"“{each.piece}” ({_LOOKS[each.looks]})" for each in self.found)
        said = gettext(
            "Nothing about a person may be written here: all ten states read it, and it can never "
            "be erased. This looks like it: %(pieces)s. Take it out."
        ) % {"pieces": pieces}
        if all(each.looks in MAY_BE_OTHER for each in self.found):
            said += " " + gettext(
                "If it is a place, an institution or a day of work, tick below that no person is "
                "meant."
            )
        return said


class IncompleteNeed(Refused):
    """A kind of need that says too little or too much."""

    code = "incomplete_need"
    reason = _(
        "Say in which city; for an interpreter also which language, and for anything else none."
    )


class DayIsOver(Refused):
    """What is needed or promised by a day that is over."""

    code = "day_is_over"
    reason = _("That day is over. Write a day from today on, at most one year ahead.")


class OfferChanged(Stale):
    """An acceptance of an offer that its state has changed or taken back meanwhile."""

    code = "offer_changed"
    reason = _(
        "The other state changed its offer or took it back meanwhile. Nothing was accepted. Look "
        "at what it offers now."
    )


class NeedChanged(Stale):
    """An offer for a need that the asking state has changed meanwhile."""

    code = "need_changed"
    reason = _(
        "The state that asks changed its need meanwhile. Nothing was offered. Read it again above, "
        "and send your offer if it still fits."
    )


class NotThisNode(Refused):
    """Something that another node does: the state that asks, another state, or the secretariat."""

    code = "not_this_node"
    reason = _("This is not done by your state or body, but by another one.")


class NotWhole(Refused):
    """A form without the hidden numbers that every page of ours writes."""

    code = "not_whole"
    reason = _("What was sent is not whole. Open the page of the need and try again.")


class NobodyToRemind(Refused):
    """A reminder without anybody whose move it is."""

    code = "nobody_to_remind"
    reason = _("No single state has the move. Propose a state first; then it can be reminded.")


class RemindedToday(Refused):
    """One reminder a day."""

    code = "reminded_today"
    reason = _("The same states were reminded less than 24 hours ago. Wait, or call them.")


class NotForItself(Refused):
    """The state that asks is proposed to itself."""

    code = "not_for_itself"
    reason = _("Choose another state than the one that asks, and one that was not proposed yet.")
