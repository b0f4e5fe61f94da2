"""What an officer is told when something cannot be recorded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused, WrongState


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
