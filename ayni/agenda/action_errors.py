"""Refusals about common actions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused


class NoSuchGap(Refused):
    """An action for two states that are known to share ground, or for something that is no pair."""

    code = "no_such_gap"
    reason = _(
        "For these two states something about this crime is in force today: there is no gap."
    )


class AlreadyProposed(Refused):
    """Another proposal for the same gap is open, or was adopted. `params`: key, owner."""

    code = "already_proposed"
    reason = _(
        "A common action for this gap is proposed already, or was adopted. Look at it: it is shown "
        "here. Nothing was recorded."
    )


class NotItsProposer(Refused):
    """Only who proposed takes it back."""

    code = "not_its_proposer"
    reason = _("Only the member that proposed it takes it back.")


class NotOpen(Refused):
    """A proposal about which that cannot be said now: it is over, or on no agenda yet."""

    code = "not_open"
    reason = _(
        "This cannot be said of the proposal now. It is adopted only from the agenda of a meeting, "
        "and what is over stays over."
    )


class MeetingNeeded(Refused):
    """A meeting that is not there, or a decision that was not adopted in it."""

    code = "meeting_needed"
    reason = _("Choose a meeting, and for what was adopted the decision of the meeting.")


class CarrierNeeded(Refused):
    """A proposal that names no state to carry it."""

    code = "carrier_needed"
    reason = _("Name at least one state that could carry the action.")
