"""Refusals of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import AyniError, Refused, Text


class SameOfficer(Refused):
    """The second officer is another person than the first."""

    code = "same_officer"
    reason = _("Another officer than the one who wrote or asked for it must agree.")


class NothingToSend(Refused):
    """A referral without fields, or whose fields are all empty."""

    code = "nothing_to_send"
    reason = _("Choose at least one field that has a value.")


class NotSendable(Refused):
    """A value that is too long, or not of the form that states have agreed on."""

    code = "not_sendable"
    reason = _("Something in it is too long or not in the agreed form. Correct it or leave it out.")


class ImpossibleDay(Refused):
    """Something recorded by hand for a day on which it cannot have been."""

    code = "impossible_day"
    reason = _("That day is before the letter was written, or has not come yet.")


class FileNotTaken(Refused):
    """A file that is not of a kind that is taken, or holds what is not taken. `why`: a code."""

    code = "file_not_taken"

    def __init__(self, *, why: str) -> None:
        super().__init__(why=why)
        self.why = why

    @property
    def reason(self) -> Text:  # type: ignore[override]
        """Why, in words."""
        from ayni.cooperation import attachment_words  # it needs the models, and they this file

        told = {"why": attachment_words.why(self.why)}
        return _("This file is not taken: %(why)s. Choose another one.") % told


class NotProtected(Refused):
    """To end a protection from a state from which there is none."""

    code = "not_protected"
    reason = _("Choose at least one state from which the person is protected now.")


class AskedAlready(Refused):
    """One request to end a protection waits for its second officer."""

    code = "asked_already"
    reason = _("This was asked for already and waits for another officer.")


class NotADeadline(Refused):
    """An agreed date that has passed, or is more than a year away."""

    code = "not_a_deadline"
    reason = _("Agree on a day that has not passed and is at most one year ahead.")


class RightAsked(Refused):
    """The same was asked for already and waits for its answer."""

    code = "right_asked"
    reason = _("This was asked for already. The answer is not there yet.")


class SayWhat(Refused):
    """A correction of nothing."""

    code = "say_what"
    reason = _("Choose which data are wrong, or write what is wrong.")


class SayWhy(Refused):
    """An answer other than yes that the person could not understand."""

    code = "say_why"
    reason = _("Write in plain words why. The person reads this.")


class NotAPause(Refused):
    """A pause that would end in the past, or last longer than may be agreed on at a time."""

    code = "not_a_pause"
    reason = _("Choose a day that has not passed and is at most 30 days ahead.")


class PauseAsked(Refused):
    """A pause was asked for already and waits for its answer."""

    code = "pause_asked"
    reason = _("A pause was asked for already. It must be answered first.")


class HasNode(Refused):
    """A letter to an institution that is reached through the platform."""

    code = "has_node"
    reason = _("That institution is reached through the platform. Send it there, not by letter.")


class OwnInstitution(Refused):
    """An institution does not refer to itself."""

    code = "own_institution"
    reason = _("That is your own institution.")


class NotReferredHere(Refused):
    """A request names a referral that the two institutions do not share."""

    code = "not_referred_here"
    reason = _("There is no referral between the two institutions that this could be about.")


class OtherStateOnly(NotReferredHere):
    """A step that the state where the person is answers, asked of an institution of another one."""

    code = "other_state_only"
    reason = _(
        "This asks the state where the person is. No institution of that state has accepted a "
        "referral of this case yet."
    )


class NothingAsked(Refused):
    """Nothing of what a registered kind asks, or something that it does not ask."""

    code = "nothing_asked"
    reason = _("Choose at least one question.")


class NothingAnswered(Refused):
    """An answer without any."""

    code = "nothing_answered"
    reason = _("Answer at least one question.")


class NotAskedWithData(Refused):
    """An answer about a person on our word alone: no case here, and nothing of her was sent."""

    code = "not_asked_with_data"
    reason = _(
        "This would tell something about a person of whom there is no case here, and the request "
        "came without data under her or his consent, or its time is over."
    )


class NotForYou(Refused):
    """The sender wants only the officer who has taken it on to see it."""

    code = "not_for_you"
    reason = _("The sender wants only the officer who has taken this on to see what came with it.")


class TimeIsOver(Refused):
    """The sender let it be read until a time that has come."""

    code = "time_is_over"
    reason = _("The sender let this be read until a time that is over. It was destroyed here.")


class KeptNoLonger(Refused):
    """What came about somebody of whom there is no case here was kept for its time."""

    code = "kept_no_longer"
    reason = _("What came with this was kept for half a year after the answer, then destroyed.")


class NotOnward(Refused):
    """Fields that came from another institution, which does not let them be passed on there.

    `withheld`: by the code of each state that must not have them, names of the fields; `others`:
    codes of the institutions, of those that were named, to which everything may go.
    """

    code = "not_onward"
    reason = _(
        "The institution that sent this does not let it be passed on there. Ask it to send it "
        "itself."
    )

    def __init__(
        self, *, withheld: Mapping[str, Sequence[str]], others: Sequence[str] = ()
    ) -> None:
        from ayni.cooperation import onward_words  # it needs the models, and they this file

        said = lazy(onward_words.reason, str)(withheld, others)
        super().__init__(said, withheld=dict(withheld), others=tuple(others))
        self.withheld, self.others = dict(withheld), tuple(others)


class NotTheirs(AyniError):
    """Another node told a move that is ours to make, or a clock of a third state: set aside."""

    code = "not_theirs"
