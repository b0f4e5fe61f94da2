"""What the state that asks says: a need, its changes, which offer it accepts, its end."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.support import limits, reading, states
from ayni.support.errors import DayIsOver, IncompleteNeed, LooksPersonal, NotThisNode, OfferChanged
from ayni.support.personal import MAY_BE_OTHER, looks_personal
from ayni.support.standing import Kind, Need
from ayni.support.states import Act, Reason, Side
from ayni.support.what import KEY, WHAT

FARTHEST = timedelta(days=366)
_NOT_YET: Mapping[str, Any] = {
    "accepted": {"state": "", "terms": 0, "at": "", "due": ""},
    "confirmed_at": "",
    "closed": {"at": "", "reason": ""},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: `what` of `what.WHAT`; `country` a state's code; `language` for an
    interpreter only; needed `until` the end of a day, if it says so; `nobody_meant`: the author has
    looked, and no person is meant by what may look like a name or a date."""

    what: str
    country: str
    city: str
    language: str
    until: date | None
    text: str
    nobody_meant: bool = False


def new_key() -> str:
    """A random key for a need that is to be asked; one form asks once, however often it is sent."""
    return secrets.token_hex(8)


def is_key(text: str) -> bool:
    """Whether a text is as `new_key` makes them."""
    return bool(re.fullmatch(KEY, text))


def ask(*, by: Actor, key: str, asked: Asked) -> None:
    """Ask the other states for something. `key`: of `new_key`. Raises `LooksPersonal`,
    `IncompleteNeed`, `DayIsOver`, `NotAllowed`, `NotThisNode` on the secretariat's node,
    `gazette.StaleEntry` if it was asked already, `gazette.NoKeys`, `gazette.NotComparedYet`,
    ValueError for another key."""
    members.check_may(by, Permission.SUPPORT_WRITE)
    if members.this_node() == members.SECRETARIAT:
        raise NotThisNode
    if not is_key(key):
        raise ValueError("key")
    now = clock.now()
    said = _said(by, asked, now)
    with audit.act(by=by, verb="support.ask", subject=key, what=asked.what):
        body = {
            **_NOT_YET,
            **said,
            "asked_at": clock.isoformat(now),
            "terms": 1,
            "offer_due": clock.isoformat(limits.due("offer", asked.what, now)),
        }
        gazette.publish(by=by, kind=Kind.NEED, key=key, body=body, seen=0)


def change_need(*, by: Actor, key: str, asked: Asked, seen: int) -> None:
    """Change what is asked for, until an offer is accepted; not what kind of need it is, nor until
    when an offer is due. Offers made before must be made anew. `seen`: `Need.version` that the
    author saw. Raises as `ask`, `NotFound`, `WrongState`, `gazette.StaleEntry`."""
    need = own_need(by, key, Act.CHANGE)
    before = date.fromisoformat(need.body["by"]) if need.body["by"] else None
    said = _said(by, asked, clock.now(), before=before)
    if asked.what != need.body["what"]:
        raise IncompleteNeed
    # Never given out twice: the number of the version in which they stand first.
    _publish(by, "support.change_need", need, seen, {**said, "terms": seen + 1})


def accept(*, by: Actor, key: str, state: str, terms: int, seen: int) -> None:
    """Accept the offer of a state, as it was seen (`terms`). It takes the place of one accepted
    before. Raises `OfferChanged`, `NotFound`, `WrongState`, `NotAllowed`, `gazette.StaleEntry`."""
    need = own_need(by, key, Act.ACCEPT)
    if (state, terms) not in {(each.state, each.terms) for each in need.standing_offers}:
        raise OfferChanged
    now = clock.now()
    due = limits.due("delivery", need.body["what"], now)
    if need.body["by"]:
        end = _end_of(date.fromisoformat(need.body["by"]), _zone(by))
        due = end if end > now else due
    accepted = {
        "state": state,
        "terms": terms,
        "at": clock.isoformat(now),
        "due": clock.isoformat(due),
    }
    _publish(by, "support.accept", need, seen, {"accepted": accepted}, state=state)


def confirm(*, by: Actor, key: str, seen: int) -> None:
    """Confirm that what was accepted was delivered: the end. Raises `NotFound`, `WrongState`,
    `NotAllowed`, `gazette.StaleEntry`."""
    need = own_need(by, key, Act.CONFIRM)
    done = {"confirmed_at": clock.isoformat(clock.now())}
    _publish(by, "support.confirm", need, seen, done)


def close(*, by: Actor, key: str, reason: str, seen: int) -> None:
    """Close a need that was not met. `reason`: of `states.Reason`. Raises `NotFound`, `WrongState`,
    `NotAllowed`, `gazette.StaleEntry`, ValueError."""
    why = Reason(reason)
    need = own_need(by, key, Act.CLOSE)
    closed = {"at": clock.isoformat(clock.now()), "reason": why.value}
    _publish(by, "support.close", need, seen, {"closed": closed}, reason=why.value)


def own_need(by: Actor, key: str, act: Act) -> Need:
    """A need of this node's own state with which that can be done now. Raises `NotAllowed`,
    `NotFound`, `WrongState`."""
    members.check_may(by, Permission.SUPPORT_WRITE)
    need = reading.need(members.this_node(), key)
    states.check_can(act, sides=frozenset({Side.ASKING}), standing=need.standing)
    return need


def _publish(
    by: Actor, verb: str, need: Need, seen: int, changed: Mapping[str, Any], **ids: object
) -> None:
    with audit.act(by=by, verb=verb, subject=need.ref, **ids):
        body = {**need.body, **changed}
        gazette.publish(by=by, kind=Kind.NEED, key=need.key, body=body, seen=seen)


def _said(by: Actor, asked: Asked, now: datetime, *, before: date | None = None) -> dict[str, Any]:
    what = WHAT[asked.what]
    if (what.city and not asked.city.strip()) or what.language != bool(asked.language):
        raise IncompleteNeed
    # A name in it is somebody's, or a place that the author has to confirm: as in the text.
    city, text = checked(asked.city, asked.text, nobody_meant=asked.nobody_meant)
    if asked.until != before:
        check_day(asked.until, by=by, now=now)
    return {
        "what": asked.what,
        "country": asked.country,
        "city": city,
        "language": asked.language,
        "by": "" if asked.until is None else asked.until.isoformat(),
        "text": text,
    }


def checked(*texts: str, nobody_meant: bool) -> list[str]:
    """Free texts, each in one line. Raises `LooksPersonal` with what is in any of them; a name or
    date is let through if the author says that nobody is meant, a number or an address never."""
    lines = [" ".join(text.split()) for text in texts]
    found = tuple(each for line in lines for each in looks_personal(line))
    if any(not nobody_meant or each.looks not in MAY_BE_OTHER for each in found):
        raise LooksPersonal(found)
    return lines


def check_day(day: date | None, *, by: Actor, now: datetime) -> None:
    """Raise `DayIsOver` for a day before today, where the officer is, or a year ahead."""
    if day is None:
        return
    today = now.astimezone(_zone(by)).date()
    if not today <= day <= today + FARTHEST:
        raise DayIsOver


def _zone(by: Actor) -> ZoneInfo:
    return ZoneInfo(members.institution(by.institution).time_zone if by.institution else "UTC")


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)
