"""Travel plans in a table."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import plan_words as words
from ayni.returns.models import TravelPlan


def line(row: TravelPlan) -> list[Any]:
    """One plan in a table: with whom, which version, how it stands, when she leaves."""
    return [
        {
            "text": members.institution_name(row.counterpart_institution),
            "href": reverse("returns:plan", args=[row.id]),
        },
        members.state_name(row.counterpart_state),
        str(row.number),
        words.STANDINGS[row.standing(clock.now())][0],
        members.moment_here(row.departs_at),
    ]


def head() -> list[str]:
    """The columns of `line`."""
    return [_("Institution"), _("State"), _("Version"), _("How it stands"), _("Leaves")]
