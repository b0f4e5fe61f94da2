"""What an officer can do with a round now: the same checks that the verbs make, asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ayni.audit.api import Actor
from ayni.lib.errors import Refused, Text
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import adding, rounds
from ayni.statistics.masked.adding import Part
from ayni.statistics.masked.reading import Known, others
from ayni.statistics.masked.rounds import Standing


class SumAct(StrEnum):
    """What can be done with a round."""

    TAKE_PART = "take_part"
    DECLINE = "decline"
    COUNTS = "counts"  # look at what this node would give
    GIVE = "give"
    WITHDRAW = "withdraw"
    ADD = "add"
    TELL = "tell"  # what came of it
    TAKE_BACK = "take_back"
    AGAIN = "again"  # declare it anew with the states that are left
    OPEN = "open"  # the sum


@dataclass(frozen=True, slots=True)
class Turned:
    """What can be done; and why taking part or giving, which is asked now, is refused here."""

    acts: frozenset[SumAct]
    refused: Text = ""


def sum_acts(known: Known, *, by: Actor, now: datetime) -> Turned:
    """What this officer can do with a round."""
    if members.this_node() == members.SECRETARIAT:
        return Turned(frozenset(_of_office(known, by, now)))
    if not members.may(by, Permission.SUM_GIVE):
        return Turned(frozenset())
    return _of_state(known, now)


def _of_state(known: Known, now: datetime) -> Turned:
    here, round_ = members.this_node(), known.round
    if here not in round_.declared.states:
        return Turned(frozenset())
    found = {SumAct.COUNTS}
    refused: Text = ""
    stands = known.standing(now) is not Standing.ENDED
    beside = others(known)
    asked: dict[SumAct, Callable[[], None]] = {
        SumAct.DECLINE: lambda: rounds.check_may_decline(round_, state=here, now=now),
        SumAct.WITHDRAW: lambda: rounds.check_may_withdraw(round_, state=here),
    }
    if known.standing(now) is Standing.ASKED and not round_.takes_part.get(here):
        asked[SumAct.TAKE_PART] = lambda: rounds.check_may_take_part(
            round_, state=here, earlier=beside, now=now
        )
    if known.standing(now) is Standing.AGREED and here not in round_.announced:
        asked[SumAct.GIVE] = lambda: rounds.check_may_give(
            round_, state=here, earlier=beside, now=now
        )
    for act, check in asked.items():
        if not stands and act is not SumAct.WITHDRAW:
            continue
        try:
            check()
        except Refused as refusal:
            if act in (SumAct.TAKE_PART, SumAct.GIVE):
                refused = refusal.reason
            continue
        found.add(act)
    return Turned(frozenset(found), refused)


def _of_office(known: Known, by: Actor, now: datetime) -> set[SumAct]:
    found = set()
    table, standing = adding.added_as_table(known.digest), known.standing(now)
    if table is not None and members.may(by, Permission.RELEASE_PROPOSE):
        found.add(SumAct.OPEN)
    if not members.may(by, Permission.SUM_DECLARE):
        return found
    wrong = Part.WRONG in adding.parts(known).values()
    if standing is Standing.GIVEN:
        if table is None:
            found.add(SumAct.ADD)
        if known.outcome is None and (table is not None or wrong):
            found.add(SumAct.TELL)
    elif standing is Standing.ENDED:
        found.add(SumAct.AGAIN)
    elif known.stands:
        found.add(SumAct.TAKE_BACK)
    return found
