"""Refusals of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import AyniError, Refused


class NotAnEnd(Refused):
    """An assessment ends."""

    code = "not_an_end"
    reason = _("Choose until when it is valid: between one hour and 30 days from now.")


class Signed(Refused):
    """A no is final, and nobody signs the same twice."""

    code = "signed"
    reason = _("Your institution has signed this already. A no stays; begin a new assessment.")


class RiskForbids(Refused):
    """A very high risk of anybody stops a return."""

    code = "risk_forbids"
    reason = _("The risk of somebody is very high. Nobody can say yes to a return now.")


class NothingAssessed(Refused):
    """An assessment without the person's own risk says nothing."""

    code = "nothing_assessed"
    reason = _("Say how severe and how likely harm to the person is.")


class NotShared(Refused):
    """The other institution does not know of the person."""

    code = "not_shared"
    reason = _("Choose an institution of another state that has accepted a referral of this case.")


class WaitsAlready(Refused):
    """One assessment at a time."""

    code = "waits_already"
    reason = _("An assessment of this case with that institution is open already.")


class JointlyOnly(Refused):
    """Two yes cannot be written down by one."""

    code = "jointly_only"
    reason = _(
        "Two yes are signed by both institutions: assess it jointly, the page of the case leads "
        "there."
    )


class NotBothYes(Refused):
    """No return without two yes that are valid."""

    code = "not_both_yes"
    reason = _(
        "There is no return: one institution said no, has not answered, or the joint assessment is "
        "over."
    )


class NotTheirs(AyniError):
    """A message about an assessment from somebody whose it is not, or about another text."""

    code = "not_theirs"
