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


class NotAgreed(Refused):
    """Nobody tells where an adult is who did not agree to it."""

    code = "not_agreed"
    reason = _(
        "An adult whom you met decides: without her or his word nothing is told. Of whoever is or "
        "may be under 18 the child protection authority decides."
    )


class ChildAuthorityAnswers(Refused):
    """An answer about a child goes from child authority to child authority."""

    code = "child_authority_answers"
    reason = _(
        "This person is or may be under 18. Only a child protection authority answers, and only "
        "to another one. Tell the one of your state, today."
    )


class NoSuchContact(Refused):
    """Not an institution through which somebody can be spoken with."""

    code = "no_such_contact"
    reason = _("Choose from the list through which institution the person can be spoken with.")


class NothingSeen(Refused):
    """A sighting says at least in which country and when."""

    code = "nothing_seen"
    reason = _("Say in which country the person was seen, and on which day.")


class NotTheirs(AyniError):
    """A message about an alert from somebody who does not have it."""

    code = "not_theirs"
