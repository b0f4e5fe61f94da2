"""What an officer is told when something cannot be recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused, WrongState

if TYPE_CHECKING:
    from ayni.protocol.following import Flaw


class UnknownVersion(Refused):
    """There is no such version of the protocol on this node."""

    code = "unknown_version"
    reason = _("This node does not have that version of the protocol.")


class VersionChanged(Refused):
    """A version that cases rest on has other contents than the file of the same number."""

    code = "version_changed"
    reason = _(
        "The file of this version differs from the one that is stored. Give it a new number."
    )


class AlreadyOpen(Refused):
    """The subject runs already."""

    code = "already_open"
    reason = _("The protocol runs for this already.")


class StepRefused(WrongState):
    """A step cannot be recorded now; the reason is the protocol's own sentence."""

    code = "step_refused"
    reason = _("This step cannot be recorded now.")


class ReasonRefused(Refused):
    """A reason is missing, or is not on the protocol's list."""

    code = "reason_refused"
    reason = _("Choose a reason from the list.")


class TimeRefused(Refused):
    """Something is said to have happened in the future."""

    code = "time_refused"
    reason = _("This time lies in the future.")


class VersionIsFixed(Refused):
    """A version that was published is never changed."""

    code = "version_is_fixed"
    reason = _(
        "A version with this number is published already. It is never changed: give the new text a "
        "new number."
    )


class NotItsNumber(Refused):
    """An entry whose key or day is not that of what it holds."""

    code = "not_its_number"
    reason = _("Number or day of what is published are not those of its contents.")


class VersionUnsound(Refused):
    """A text with mistakes; whoever publishes is shown each with its line."""

    code = "version_unsound"
    reason = _("The text of this version has mistakes.")


class LeavesWithoutStep(Refused):
    """Cases under this version would be left without a next step. `flaws`: each reason."""

    code = "leaves_without_step"
    reason = _(
        "Cases under this version would be left without a next step. Nothing was published or "
        "adopted."
    )

    def __init__(self, flaws: tuple[Flaw, ...] = ()) -> None:
        self.flaws = flaws
        super().__init__(flaws=len(flaws))


class WithoutNextStep(WrongState):
    """This open case would have no next step under the other version."""

    code = "without_next_step"
    reason = _(
        "Under that version this case would be left without its next step. It stays under the "
        "version that it has."
    )

    def __init__(self, steps: tuple[str, ...] = ()) -> None:
        self.steps = steps
        super().__init__(steps=" ".join(steps))


class NothingToMoveTo(WrongState):
    """The case follows already what the state has adopted."""

    code = "nothing_to_move_to"
    reason = _("This case already follows what your state has adopted.")


class NotPublished(Refused):
    """A version that the secretariat has not published, or has taken back."""

    code = "not_published"
    reason = _("The technical secretariat has not published this version, or has taken it back.")


class OtherText(Refused):
    """What was adopted is not the text that is held here under that number."""

    code = "other_text"
    reason = _("The text that was adopted is not the one that this node has under that number.")


class NotChangeable(Refused):
    """A national parameter for a limit that the version does not let states change."""

    code = "not_changeable"
    reason = _("The version does not let a state change this time limit.")


class NotStricter(Refused):
    """A national limit that is not shorter than that of the version."""

    code = "not_stricter"
    reason = _(
        "A state may only set less time than the version gives. Write a smaller number, or leave "
        "the box empty."
    )


class TwiceTheSame(Refused):
    """Two national parameters for one limit."""

    code = "twice_the_same"
    reason = _("The same time limit is set twice.")


class ActNeeded(Refused):
    """An adoption, or a national limit, without the act that it rests on."""

    code = "act_needed"
    reason = _("Write the act of your state: its name, number and date. It cannot lie ahead.")


class NoSuchStep(Refused):
    """A reservation on a step that the version does not have."""

    code = "no_such_step"
    reason = _("The version does not have this step.")


class DayOver(Refused):
    """An adoption from a day that is over."""

    code = "day_over"
    reason = _("Choose today or a later day (in universal time): what was opened before stays.")


class InForceAlready(WrongState):
    """An adoption whose day has come is neither changed nor taken back."""

    code = "in_force_already"
    reason = _(
        "The day of this adoption has come, and cases may be open under it. It stays. Adopt anew "
        "from a later day."
    )


class StillFollowed(WrongState):
    """A version that states have adopted is not taken back."""

    code = "still_followed"
    reason = _("States have adopted this version. It cannot be taken back.")


class NamesPerson(Refused):
    """A text that looks as if it held data of a person."""

    code = "names_person"
    reason = _(
        "Nothing about a person may be written here: ten states read it, for ever. Take out "
        "addresses, telephones and numbers of documents of persons."
    )
