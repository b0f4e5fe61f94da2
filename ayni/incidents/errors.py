"""Refusals of the register; a class decides, the sentence is for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused, Stale, WrongState


class NotYetNoticed(Refused):
    """It was noticed, or told, at a moment that is still to come."""

    code = "not_yet_noticed"
    reason = _("This moment is still to come. Write when it happened.")


class ToldBefore(Refused):
    """Somebody is told of an incident before it was noticed."""

    code = "told_before"
    reason = _("This moment is before the incident was noticed. Correct the day or the time.")


class NoClasses(Refused):
    """No kind of data, or "none" together with others."""

    code = "no_classes"
    reason = _("Choose which data are concerned, or “No personal data” alone.")


class NotNow(WrongState):
    """The step does not follow from how the incident stands."""

    code = "incident_not_now"
    reason = _("This is not what comes next for this incident. Look at its page again.")


class Conflict(Stale):
    """Somebody else wrote into the same incident meanwhile."""

    code = "incident_conflict"
    reason = _(
        "Somebody else wrote into this incident meanwhile. Nothing was overwritten. "
        "Look at its page again."
    )
