"""The secretariat declares what is to be added, over which states, and until when."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import rounds
from ayni.statistics.masked.errors import GivenBeforeAnswered, TooLate, YearRuns
from ayni.statistics.masked.kinds import ROUND
from ayni.statistics.masked.reading import known_rounds
from ayni.statistics.masked.rounds import Declared
from ayni.statistics.masked.tables import sum_table


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be added: a table's code; first and last day, both within; codes of states; until
    when each state says whether it takes part, and gives its part."""

    table: str
    first: date
    last: date
    states: Sequence[str]
    answer_due: datetime
    share_due: datetime


def declare_sum(*, by: Actor, wanted: Wanted) -> str:
    """Declare a sum over states to all members; its digest, 64 hexadecimal digits.

    Raises `NotAllowed`, `UnknownTable`, `TooLate` (a day that has passed), `GivenBeforeAnswered`,
    `YearRuns`, `NotWholeYears`, what `rounds.check_may_declare` and `gazette.publish` raise.
    """
    members.check_may(by, Permission.SUM_DECLARE)
    table, now = sum_table(wanted.table), clock.now()
    if wanted.answer_due <= now:
        raise TooLate
    if wanted.share_due < wanted.answer_due:
        raise GivenBeforeAnswered
    if wanted.last >= now.date():
        raise YearRuns
    # The digest comes with the signature; none of the rules asks for this one's.
    declared = Declared(
        digest=bytes(32),
        population=table.population,
        table=table.code,
        first=wanted.first,
        last=wanted.last,
        states=tuple(sorted(set(wanted.states))),
        answer_due=wanted.answer_due,
        share_due=wanted.share_due,
    )
    rounds.whole_years(declared)
    rounds.check_may_declare(declared, earlier=[each.round for each in known_rounds()], now=now)
    key = secrets.token_hex(8)
    with audit.act(by=by, verb="statistics.declare_sum", subject=key, table=table.code):
        found = gazette.publish(
            by=by,
            kind=ROUND,
            key=key,
            seen=0,
            body={
                "answer_due": clock.isoformat(wanted.answer_due),
                "first": wanted.first.isoformat(),
                "last": wanted.last.isoformat(),
                "share_due": clock.isoformat(wanted.share_due),
                "states": list(declared.states),
                "table": table.code,
            },
        )
    return found.digest


def take_back_sum(*, by: Actor, key: str, seen: int) -> None:
    """Take back what was declared; nobody gives anything to it any more. Raises as
    `gazette.withdraw`."""
    members.check_may(by, Permission.SUM_DECLARE)
    with audit.act(by=by, verb="statistics.take_back_sum", subject=key):
        gazette.withdraw(by=by, kind=ROUND, key=key, seen=seen)
