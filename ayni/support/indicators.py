"""The indicator of this room that the work agenda shows (`config/wiring.INDICATORS`)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.api import Indicator, Measured
from ayni.support import figures, reading


def _first_offer(_by: Actor, state: str, now: datetime) -> Measured:
    """Of what a state asked; every officer reads all needs."""
    since = cooperation.a_year_of_months(now)
    asked = [each for each in reading.needs().values() if each.owner == state]
    counted = [
        each
        for each in asked
        if each.asked_at >= since and figures.hours_to_offer(each, now) is not None
    ]
    found = figures.row(counted, now=now, least=cooperation.LEAST)
    return Measured(found.hours, len(counted), since.date())


TIME_TO_FIRST_OFFER = Indicator(
    code="time_to_first_offer",
    title=_("Hours until half of what a state asks has a first offer"),
    unit="hours",
    at_least=False,
    measure=_first_offer,
)
