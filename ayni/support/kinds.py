"""What this room publishes, as kinds of the gazette: a need, an offer, a brokering."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.urls import reverse

from ayni.gazette import api as gazette
from ayni.gazette.api import EntryKind, Owner, Said
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.support import vocabulary as words
from ayni.support.errors import IncompleteNeed, NotForItself
from ayni.support.standing import Kind
from ayni.support.states import Reason
from ayni.support.what import KEY, LANGUAGES, LONGEST_CITY, LONGEST_TEXT, WHAT

STATES = sorted(members.states())
_MOMENT = {"type": "string", "format": "moment", "pattern": "^20"}
_NO_MOMENT = {"anyOf": [{"const": ""}, _MOMENT]}
_DAY = {"type": "string", "pattern": "^(20[0-9]{2}-[0-9]{2}-[0-9]{2})?$"}
_TEXT = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"^[^\n\r]*$"}
_STATE = {"enum": STATES}
_BY_STATE = {
    "type": "object",
    "propertyNames": _STATE,
    "additionalProperties": _MOMENT,
    "maxProperties": len(STATES),
}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 1000}

_NEED = gazette.closed(
    accepted=gazette.closed(
        at=_NO_MOMENT,
        due=_NO_MOMENT,
        state={"enum": ["", *STATES]},
        terms={"type": "integer", "minimum": 0, "maximum": 1000},
    ),
    asked_at=_MOMENT,
    by=_DAY,
    city={"type": "string", "maxLength": LONGEST_CITY, "pattern": r"^[^\d@\n\r]*$"},
    closed=gazette.closed(at=_NO_MOMENT, reason={"enum": ["", *Reason]}),
    confirmed_at=_NO_MOMENT,
    country=_STATE,
    language={"enum": ["", *LANGUAGES]},
    offer_due=_MOMENT,
    terms=_NUMBER,
    text=_TEXT,
    what={"enum": list(WHAT)},
)
_OFFER = gazette.closed(
    answer_due=_MOMENT,
    by=_DAY,
    confirm_due=_NO_MOMENT,
    delivered_at=_NO_MOMENT,
    need_terms=_NUMBER,
    offered_at=_MOMENT,
    taken_back_at=_NO_MOMENT,
    terms=_NUMBER,
    text=_TEXT,
)
_BROKERING = gazette.closed(proposed=_BY_STATE, reminded=_BY_STATE)


class _NotTogether(Refused):
    """Parts of an entry that contradict each other; shown beside it, as it does not count."""

    reason = words.NOT_TOGETHER


def _check_need(said: Said) -> None:
    body, accepted, closed = said.body, said.body["accepted"], said.body["closed"]
    _check_key(said.key)
    _check_day(body["by"])
    what = WHAT[body["what"]]
    if (what.language != bool(body["language"])) or (what.city and not body["city"].strip()):
        raise IncompleteNeed
    has = [bool(accepted["state"]), bool(accepted["at"]), bool(accepted["due"])]
    together = len({*has, accepted["terms"] > 0}) == 1
    ends = bool(closed["at"]) == bool(closed["reason"])
    once = not (body["confirmed_at"] and closed["at"])
    if not (together and ends and once) or accepted["state"] == said.owner:
        raise _NotTogether
    if body["confirmed_at"] and not accepted["state"]:
        raise _NotTogether
    _check_order(said, body["asked_at"], accepted["at"], body["confirmed_at"], closed["at"])


def _check_offer(said: Said) -> None:
    body = said.body
    _check_day(body["by"])
    _check_names_need(said)
    if bool(body["delivered_at"]) != bool(body["confirm_due"]):
        raise _NotTogether
    if body["delivered_at"] and body["taken_back_at"]:
        raise _NotTogether
    _check_order(said, body["offered_at"], body["delivered_at"], body["taken_back_at"])


def _check_brokering(said: Said) -> None:
    asking = _check_names_need(said)
    if asking in said.body["proposed"]:
        raise NotForItself
    _check_order(said, *said.body["proposed"].values(), *said.body["reminded"].values())


def _check_names_need(said: Said) -> str:
    """The state that asks for what an entry is about. Raises `_NotTogether` if the key names no
    need of another state."""
    asking, _colon, key = said.key.partition(":")
    _check_key(key)
    if asking not in STATES or asking == said.owner:
        raise _NotTogether
    return asking


def _check_key(key: str) -> None:
    """It stands in addresses."""
    if not re.fullmatch(KEY, key):
        raise _NotTogether


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError:
        raise _NotTogether from None


def _check_order(said: Said, *moments: str) -> None:
    """Nothing was done after the owner said so."""
    if any(clock.parse(each) > said.at for each in moments if each):
        raise _NotTogether


def _about(said: Said) -> str:
    return str(words.ABOUT) % {"ref": said.key if ":" in said.key else f"{said.owner}:{said.key}"}


def _address(said: Said) -> str:
    owner, colon, key = said.key.partition(":")
    return reverse("support:need", args=[owner, key] if colon else [said.owner, said.key])


def _kind(
    name: Kind, title: Any, schema: Any, owner: Owner, check: Any, in_words: Any
) -> EntryKind:
    return EntryKind(
        name=name.value,
        title=title,
        schema=schema,
        permission=Permission.SUPPORT_WRITE,
        owners=frozenset({owner}),
        about_nobody=True,
        in_words=in_words,
        about=_about,
        check=check,
        address=_address,
        largest=4_000,
    )


# No free text in what the gazette says of them: it is shown by this room only, and looked at first.
NEED = _kind(
    Kind.NEED, words.NEED, _NEED, Owner.STATE, _check_need,
    lambda said: words.asked_in_words(said.body),
)  # fmt: skip
OFFER = _kind(
    Kind.OFFER, words.OFFER, _OFFER, Owner.STATE, _check_offer,
    lambda said: words.offered_in_words(said.body),
)  # fmt: skip
BROKERING = _kind(
    Kind.BROKERING, words.BROKERING, _BROKERING, Owner.SECRETARIAT, _check_brokering,
    lambda said: words.brokered_in_words(said.body),
)  # fmt: skip
