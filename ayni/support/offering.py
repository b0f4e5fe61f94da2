"""What a state that helps says: an offer, that it takes it back, that it delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.support import limits, reading
from ayni.support.asking import check_day, checked
from ayni.support.errors import NeedChanged, NotThisNode
from ayni.support.standing import Kind, Need, Offer
from ayni.support.states import RULES, Act, Side, check_can


def offer(
    *,
    by: Actor,
    owner: str,
    key: str,
    text: str,
    until: date | None,
    seen: int,
    need_terms: int,
    nobody_meant: bool = False,
) -> None:
    """Offer something for a need of another state, or change one's offer: an acceptance of it ends,
    for it was given to what was offered before.

    `text`: what is offered; `until`: the day by which it can be there; `seen`: version of the own
    offer that the author saw, 0 for none; `need_terms`: of the need that she saw. Raises
    `NeedChanged`, `LooksPersonal`, `DayIsOver`, `NotFound`,
    `WrongState`, `NotThisNode`, `NotAllowed`, `gazette.StaleEntry`, `gazette.NoKeys`,
    `gazette.NotComparedYet`.
    """
    need = _need(by, owner, key, Act.OFFER)
    now = clock.now()
    check_day(until, by=by, now=now)
    (line,) = checked(text, nobody_meant=nobody_meant)
    if need.body["terms"] != need_terms:
        raise NeedChanged
    before = need.offer_of(members.this_node())
    body = {
        "answer_due": clock.isoformat(limits.due("answer", need.body["what"], now)),
        "by": "" if until is None else until.isoformat(),
        "confirm_due": "",
        "delivered_at": "",
        "need_terms": need_terms,
        "offered_at": clock.isoformat(now) if before is None else before.body["offered_at"],
        "taken_back_at": "",
        # Never given out twice: the number of the version in which they stand first.
        "terms": seen + 1,
        "text": line,
    }
    _publish(by, "support.offer", need, seen, body)


def take_back_offer(*, by: Actor, owner: str, key: str, seen: int) -> None:
    """Take back the own offer. Raises `NotFound`, `WrongState`, `NotThisNode`,
    `NotAllowed`, `gazette.StaleEntry`."""
    need = _need(by, owner, key, Act.TAKE_BACK)
    body = {**_own(need).body, "taken_back_at": clock.isoformat(clock.now())}
    _publish(by, "support.take_back_offer", need, seen, body)


def deliver(*, by: Actor, owner: str, key: str, seen: int) -> None:
    """Say that what was offered and accepted was delivered. Raises `NotFound`, `WrongState`,
    `NotAllowed`, `gazette.StaleEntry`."""
    need = _need(by, owner, key, Act.DELIVER)
    now = clock.now()
    body = {
        **_own(need).body,
        "delivered_at": clock.isoformat(now),
        "confirm_due": clock.isoformat(limits.due("confirmation", need.body["what"], now)),
    }
    _publish(by, "support.deliver", need, seen, body)


def _need(by: Actor, owner: str, key: str, act: Act) -> Need:
    """A need of another state with which this node's state can do that now."""
    members.check_may(by, Permission.SUPPORT_WRITE)
    need, here = reading.need(owner, key), members.this_node()
    sides = need.sides(here, secretariat=members.SECRETARIAT)
    if Side.OTHER not in sides:
        raise NotThisNode
    if RULES[act].side not in sides:
        raise WrongState
    check_can(act, sides=sides, standing=need.standing)
    return need


def _own(need: Need) -> Offer:
    found = need.offer_of(members.this_node())
    if found is None:
        raise WrongState
    return found


def _publish(by: Actor, verb: str, need: Need, seen: int, body: Mapping[str, Any]) -> None:
    with audit.act(by=by, verb=verb, subject=need.ref):
        gazette.publish(by=by, kind=Kind.OFFER, key=need.ref, body=body, seen=seen)
