"""Refusals of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import AyniError, Refused


class NameMissing(Refused):
    """Nobody can be looked for without a name."""

    code = "name_missing"
    reason = _("Record at least one name of the person in the case. Nobody is found without it.")


class NotAnEnd(Refused):
    """An alert ends, and soon."""

    code = "not_an_end"
    reason = _("Choose an end between one hour and 30 days from now.")


class ChildAuthorityOnly(Refused):
    """A child's alert is the child authority's to issue."""

    code = "child_authority_only"
    reason = _(
        "This person is or may be under 18. Only the child protection authority may issue the "
        "alert. Refer the case to it, today."
    )


class NoGround(Refused):
    """The protocol of the case knows no such alert."""

    code = "no_ground"
    reason = _("The protocol that this case follows has no alert about missing persons.")


class NobodyChosen(Refused):
    """An alert goes to somebody."""

    code = "nobody_chosen"
    reason = _("Choose at least one institution that shall look for the person.")


class NotARecipient(Refused):
    """An institution that cannot receive an alert."""

    code = "not_a_recipient"
    reason = _("One of these institutions cannot receive alerts. Choose again from the list.")


class AlertOver(Refused):
    """It was recalled or its time is over: nobody reads it any more."""

    code = "alert_over"
    reason = _("This alert is over. What it said was removed here and cannot be read any more.")


class NotTheirs(AyniError):
    """A message about an alert from somebody who does not have it."""

    code = "not_theirs"
