"""What the secretariat does: it proposes a state that could help, and reminds whoever has the move.
It decides nothing; without it everything goes on."""

from __future__ import annotations

from datetime import timedelta

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.support import reading
from ayni.support.errors import NobodyToRemind, NotForItself, NotThisNode, RemindedToday
from ayni.support.standing import Kind, Need
from ayni.support.states import Act, Side, check_can

BETWEEN = timedelta(hours=24)


def propose(*, by: Actor, owner: str, key: str, state: str, seen: int) -> None:
    """Propose that a state offers. `seen`: `Need.brokered` that the author saw. Raises
    `NotForItself`, `NotFound`, `WrongState`, `NotThisNode`, `NotAllowed`,
    `gazette.StaleEntry`, ValueError for a code that is none of the ten."""
    need = _need(by, owner, key, Act.PROPOSE)
    if state not in members.states():
        raise ValueError(state)
    if state == owner or state in need.proposed:
        raise NotForItself
    proposed = {**need.proposed, state: clock.isoformat(clock.now())}
    with audit.act(by=by, verb="support.propose", subject=need.ref, state=state):
        _publish(by, need, seen, proposed, dict(need.reminded))


def remind(*, by: Actor, owner: str, key: str, seen: int) -> None:
    """Remind whoever has the move: its focal point sees it on the first page. Raises
    `NobodyToRemind`, `RemindedToday`, `NotFound`, `WrongState`, `NotThisNode`, `NotAllowed`,
    `gazette.StaleEntry`."""
    need = _need(by, owner, key, Act.REMIND)
    move, now = need.move, clock.now()
    if move is None or not move.states:
        raise NobodyToRemind
    again = [each for each in move.states if _long_ago(need, each)]
    if not again:
        raise RemindedToday
    reminded = {**need.reminded, **dict.fromkeys(again, clock.isoformat(now))}
    with audit.act(by=by, verb="support.remind", subject=need.ref):
        _publish(by, need, seen, dict(need.proposed), reminded)


def _long_ago(need: Need, state: str) -> bool:
    last = need.reminded.get(state)
    return last is None or clock.parse(last) + BETWEEN <= clock.now()


def _need(by: Actor, owner: str, key: str, act: Act) -> Need:
    members.check_may(by, Permission.SUPPORT_WRITE)
    need = reading.need(owner, key)
    sides = need.sides(members.this_node(), secretariat=members.SECRETARIAT)
    if Side.SECRETARIAT not in sides:
        raise NotThisNode
    check_can(act, sides=sides, standing=need.standing)
    return need


def _publish(
    by: Actor, need: Need, seen: int, proposed: dict[str, str], reminded: dict[str, str]
) -> None:
    body = {"proposed": proposed, "reminded": reminded}
    gazette.publish(by=by, kind=Kind.BROKERING, key=need.ref, body=body, seen=seen)
