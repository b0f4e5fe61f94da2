"""Codes of a travel plan, each with its words; and a plan as rows that anybody can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.returns.plans import Arrival, Reply, Standing, WhyStopped

STANDINGS: dict[Standing, tuple[Text, str]] = {
    Standing.DRAFT: (_("Draft: nothing has left"), "grey"),
    Standing.WAITS: (_("Sent: waits for an answer"), "yellow"),
    Standing.CHANGE: (_("A change is asked for"), "orange"),
    Standing.ACCEPTED: (_("Accepted: she or he is expected"), "green"),
    Standing.BOARDED: (_("On the way"), "blue"),
    Standing.UNCONFIRMED: (_("Nobody has confirmed the arrival"), "red"),
    Standing.ARRIVED: (_("Arrived"), "green"),
    Standing.MISSING: (_("Did not arrive"), "red"),
    Standing.REPLACED: (_("Replaced by a later version"), "grey"),
    Standing.STOPPED: (_("Stopped: not carried out"), "grey"),
}
NEEDS: dict[str, Text] = {
    "food": _("Food"),
    "kit": _("Clothes and things for the journey"),
    "medicine": _("Her or his medicines"),
    "medical_care": _("Somebody of a health service"),
    "mobility": _("Help to walk or a wheelchair"),
    "interpreter": _("An interpreter"),
    "children": _("Things for children who travel along"),
}
FITNESS: dict[str, Text] = {
    "fit": _("Fit to travel, a health service says"),
    "not_fit": _("Not fit to travel"),
    "not_examined": _("Not examined"),
}
AVOID: dict[str, Text] = {
    "press": _("No press, no pictures"),
    "police_interview": _("No police interview at the arrival"),
    "uniforms": _("Nobody in uniform waits"),
    "name_aloud": _("Do not call the name aloud"),
    "call_family": _("Do not call the family"),
    "leave_alone": _("Do not leave her or him alone"),
}
CHANGES: dict[str, Text] = {
    "time": _("Another time"),
    "place": _("Another place"),
    "carrier": _("Another means of travel"),
    "escort": _("Somebody else, or anybody, who accompanies"),
    "receiver": _("Somebody else who receives"),
    "needs": _("What is needed on the journey"),
}
CONDITIONS: dict[str, Text] = {
    "as_planned": _("As planned"),
    "needs_help": _("Needs help that was not planned"),
    "urgent_help": _("Needs help at once"),
}
REPLIES: dict[str, Text] = {
    Reply.ACCEPT: _("Yes, we expect her or him"),
    Reply.CHANGE: _("We ask for a change"),
}
ARRIVALS: dict[str, Text] = {
    Arrival.ARRIVED: _("She or he arrived"),
    Arrival.MISSING: _("She or he did not arrive"),
}
WHY: dict[str, Text] = {
    WhyStopped.PERSON: _("The person decided otherwise"),
    WhyStopped.RISK: _("The risk changed"),
    WhyStopped.NOT_BOARDED: _("She or he did not board"),
    WhyStopped.WITHDRAWN: _("The consent was withdrawn"),
    WhyStopped.EXPIRED: _("The time of the consent is over"),
    WhyStopped.FEARED: _("The person fears that state"),
    WhyStopped.BY_SENDER: _("The institution that sends stopped it"),
    WhyStopped.DROPPED: _("The draft was thrown away"),
}
FIELDS: dict[str, Text] = {
    "departs_at": _("Leaves"),
    "from_place": _("From"),
    "arrives_at": _("Arrives"),
    "to_place": _("To"),
    "transit": _("Through"),
    "carrier": _("With which flight, bus or ship"),
    "escort": _("Who accompanies"),
    "met_by": _("Who receives: institution"),
    "met_office": _("Who receives: office and where it waits"),
    "fitness": _("Fitness to travel"),
    "needs": _("What is needed on the journey"),
    "avoid": _("What not to do"),
    "note": _("Note"),
}
_CODED = {"needs": NEEDS, "avoid": AVOID}


def rows(
    travel: Mapping[str, Any], moment: Callable[[datetime | None], str]
) -> list[dict[str, str]]:
    """What a plan says, in one order; codes of a later version stand as they are."""
    return [
        {"key": str(label), "value": _said(name, travel[name], moment)}
        for name, label in FIELDS.items()
        if travel.get(name)
    ]


def _said(name: str, value: Any, moment: Callable[[datetime | None], str]) -> str:
    if name.endswith("_at"):
        return moment(clock.parse(value))
    if name in _CODED:
        return "; ".join(str(_CODED[name].get(code, code)) for code in value)
    if name == "fitness":
        return str(FITNESS.get(value, value))
    if name == "transit":
        return ", ".join(cases.in_words("host_country", code) for code in value)
    return str(value)


def role_name(code: str) -> str:
    """A role in words; as it is if another version named it."""
    return str(dict(members.ROLE_NAMES).get(code, code))  # type: ignore[call-overload]
