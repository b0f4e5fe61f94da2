"""Codes of this room, each with its words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ayni.alerts.answers import Ground, Outcome
from ayni.alerts.rules import Standing, State
from ayni.lib.errors import Text


class WhyUnasked(models.TextChoices):
    """Why the person could not be asked for her consent. Whoever can be asked, is."""

    REPORTED = "reported", _("She or he was reported missing, and nobody knows where to ask")
    LOST = "contact_lost", _("We were in contact, and it broke off")


class RecallReason(models.TextChoices):
    """Why an alert is taken back. Stays here; the others learn only that it is over."""

    FOUND = "found", _("The person was found")
    SAFETY = "safety", _("For the safety of the person")
    WISH = "wish", _("The person does not want to be looked for")
    MISTAKE = "mistake", _("It was issued by mistake")
    CLOSED = "closed", _("The case was closed")


class WhyRemoved(models.TextChoices):
    """Why a receiver removed what it had."""

    RECALLED = "recalled", _("It was taken back")
    EXPIRED = "expired", _("Its time was over")


STATES: dict[State, Text] = {
    State.DRAFT: _("Draft"),
    State.ISSUED: _("Issued"),
    State.RECALLED: _("Taken back"),
    State.CANCELLED: _("Thrown away before it left"),
}
EXPIRED: Text = _("Over: its time has ended")

STANDINGS: dict[Standing, Text] = {
    Standing.WAITS: _("Waits to be sent"),
    Standing.HAS_IT: _("Has the alert"),
    Standing.NEVER_HAD_IT: _("Never received it"),
    Standing.TO_CONFIRM: _("Has not confirmed the removal"),
    Standing.REMOVED: _("Confirmed: removed"),
}

FIELDS: dict[str, Text] = {
    "last_country": _("Country where last seen"),
    "last_place": _("Town where last seen"),
    "last_on": _("Day when last seen"),
}

OUTCOMES: dict[Outcome, Text] = {
    Outcome.SEEN: _("Seen"),
    Outcome.FOUND: _("Found"),
}
# As whoever answers reads it, and as whoever asked does.
GROUNDS: dict[Ground, Text] = {
    Ground.NOT_MET: _("Nobody of us spoke with her or him"),
    Ground.AGREED: _("We asked alone, and she or he agrees that you are told"),
    Ground.AUTHORITY: _("She or he is or may be under 18: the child protection authority decided"),
}
TOLD: dict[str, Text] = {
    "outcome": _("Answer"),
    "ground": _("On what it rests"),
    "child": _("Is or may be under 18"),
    "seen_country": _("Country where seen"),
    "seen_place": _("Town where seen"),
    "seen_on": _("Day when seen"),
    "found_on": _("Day when found"),
    "contact": _("Can be spoken with through"),
}
