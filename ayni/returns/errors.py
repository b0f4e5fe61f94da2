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


class NotTakenThere(Refused):
    """The other institution of this node does not have it as we have it."""

    code = "not_taken_there"
    reason = _(
        "The other institution does not have this case, or this plan, as you have it. Speak with "
        "it before you go on."
    )


class NotTheirs(AyniError):
    """A message about an assessment from somebody whose it is not, or about another text."""

    code = "not_theirs"


class NotAPlan(Refused):
    """A plan or an answer that is not whole."""

    code = "not_a_plan"
    reason = _(
        "Look at times and choices: she leaves later than now and arrives later than she leaves."
    )


class LeavesTooLate(Refused):
    """She leaves while both yes are valid."""

    code = "leaves_too_late"
    reason = _("The joint assessment is over before she leaves. Look at the risks together anew.")


class NotVoluntary(Refused):
    """No plan for a journey that she does not want."""

    code = "not_voluntary"
    reason = _("A travel plan is written for somebody who wants to travel. Ask the person first.")


class ChildNeverAlone(Refused):
    """Step 6.1."""

    code = "child_never_alone"
    reason = _("The person is or may be under 18 and never travels alone: say who accompanies.")


class NotTheSendingSide(Refused):
    """The state where she is writes the plan."""

    code = "not_the_sending_side"
    reason = _("The travel plan is written by the institution of the state where the person is.")


class NotExpected(Refused):
    """Nothing is said of the arrival of somebody whose plan was not accepted."""

    code = "not_expected"
    reason = _("This plan was not accepted, was replaced or was stopped.")


class ToldAlready(Refused):
    """An arrival is final."""

    code = "told_already"
    reason = _("This was said already.")


class PlanNotAccepted(Refused):
    """No boarding without somebody who waits."""

    code = "plan_not_accepted"
    reason = _("Nobody has accepted the latest travel plan. Without that she does not board.")
