"""How the pages of every room name an institution, a state and a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.lib import zones
from ayni.members.models import Institution
from ayni.members.states import state

Tell = Callable[[datetime | None], str]


def institution_name(code: str) -> str:
    """An institution in the reader's language; its code if it is not known here, empty for none."""
    found = Institution.objects.filter(code=code).first() if code else None
    return code if found is None else found.name


def state_name(code: str) -> str:
    """A state in the reader's language."""
    return state(code).name


def institution_and_state(code: str, where: str) -> str:
    """Both in one line."""
    return f"{institution_name(code)}, {state_name(where)}"


def moment_here(value: datetime | None) -> str:
    """A time in the zone of the reader's post, in words; empty for none."""
    return "" if value is None else date_format(localtime(value), "DATETIME_FORMAT")


def moments_in(zone: str) -> Tell:
    """Tells times in a zone, the zone named, where somebody elsewhere may read or mean another."""
    here, place = ZoneInfo(zone), zones.city(zone, get_language() or "es")

    def told(value: datetime | None) -> str:
        if value is None:
            return ""
        at = date_format(value.astimezone(here), "SHORT_DATETIME_FORMAT")
        if zone == "UTC":
            return f"{at} (UTC)"
        return _("%(moment)s (%(city)s time)") % {"moment": at, "city": place}

    return told


def moments(*, by: Actor) -> Tell:
    """`moments_in` the zone of the reader's post. For a list: the post is asked for once."""
    found = Institution.objects.filter(id=by.institution).first() if by.institution else None
    return moments_in("UTC" if found is None else found.time_zone)


def moment(value: datetime | None, *, by: Actor) -> str:
    """A time in the zone of the reader's post, the zone named; empty for none."""
    return "" if value is None else moments(by=by)(value)
