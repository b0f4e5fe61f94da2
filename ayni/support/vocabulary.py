"""Codes of this room, each with its words; and entries as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.support.personal import MAY_BE_OTHER, looks_personal
from ayni.support.states import Reason, Standing

NEED = _("Need of a state")
OFFER = _("Offer of a state")
BROKERING = _("What the secretariat did to broker")
ABOUT = _("Need %(ref)s")
NOT_TOGETHER = _("Its parts do not go together.")

WHATS: dict[str, Text] = {
    "interpreter": _("Interpreter"),
    "shelter": _("Place in a shelter"),
    "return_funds": _("Money for a return"),
    "identity_document": _("Identity document"),
    "expert": _("Expert"),
    "training": _("Training"),
    "joint_operation": _("Joint operation"),
}
LANGUAGES: dict[str, Text] = {"qu": _("Quechua"), "ay": _("Aymara"), "gn": _("Guaraní")}
STANDINGS: dict[Standing, tuple[Text, str]] = {
    Standing.ASKED: (_("Asked: nobody has offered yet"), "yellow"),
    Standing.OFFERED: (_("Offered: the state that asks decides"), "blue"),
    Standing.ACCEPTED: (_("Accepted: is to be delivered"), "blue"),
    Standing.DELIVERED: (_("Delivered: is to be confirmed"), "blue"),
    Standing.CONFIRMED: (_("Met and confirmed"), "green"),
    Standing.CLOSED: (_("Closed without being met"), "grey"),
}
STEPS: dict[Standing, Text] = {
    Standing.ASKED: _("Need"),
    Standing.OFFERED: _("First offer"),
    Standing.ACCEPTED: _("Acceptance"),
    Standing.DELIVERED: _("Delivery"),
    Standing.CONFIRMED: _("Confirmation"),
}
REASONS: dict[Reason, Text] = {
    Reason.NO_LONGER: _("It is no longer needed"),
    Reason.MET_OTHERWISE: _("We found it in another way"),
    Reason.NOBODY: _("Nobody could give it"),
    Reason.NOT_DELIVERED: _("It was promised and not delivered"),
    Reason.MISTAKE: _("It was asked by mistake"),
}


def title(body: Mapping[str, Any]) -> str:
    """What is asked for in one line, without the free text."""
    what = str(WHATS[body["what"]])
    if body["language"]:
        what = gettext("%(what)s: %(language)s") % {
            "what": what, "language": LANGUAGES[body["language"]],
        }  # fmt: skip
    country = members.state_name(body["country"])
    where = f"{body['city']}, {country}" if body["city"] else country
    return gettext("%(what)s, %(where)s") % {"what": what, "where": where}


def free_text(text: str) -> str:
    """A text of anybody's as it is shown: one that holds a number or an address, as no officer can
    write it here, is not."""
    if any(each.looks not in MAY_BE_OTHER for each in looks_personal(text)):
        return gettext("Not shown: it looks as if it held data of a person.")
    return text


def asked_in_words(body: Mapping[str, Any]) -> str:
    """What an entry of the asking state says."""
    if body["closed"]["at"]:
        state: Text = REASONS[Reason(body["closed"]["reason"])]
    elif body["confirmed_at"]:
        state = STANDINGS[Standing.CONFIRMED][0]
    elif body["accepted"]["state"]:
        name = members.state_name(body["accepted"]["state"])
        state = gettext("Accepted: offer of %(state)s") % {"state": name}
    else:
        state = gettext("It was asked")
    return f"{title(body)}. {state}."


def offered_in_words(body: Mapping[str, Any]) -> str:
    """What an entry of an offering state says."""
    if body["taken_back_at"]:
        return gettext("The offer was taken back.")
    return gettext("It was delivered.") if body["delivered_at"] else gettext("An offer was made.")


def brokered_in_words(body: Mapping[str, Any]) -> str:
    """What an entry of the secretariat says."""
    parts = []
    for said, states in (
        (gettext("Proposed: %(states)s."), body["proposed"]),
        (gettext("Reminded: %(states)s."), body["reminded"]),
    ):
        if states:
            names = ", ".join(sorted(members.state_name(each) for each in states))
            parts.append(said % {"states": names})
    return " ".join(parts)
