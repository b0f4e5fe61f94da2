"""What a person asks of sums over states, and does by a button: the pages and the command use it.

A state's officer gives what she has before her: `OwnCounts.mark` names the very numbers that were
shown, and another mark is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import adding, giving, rounds
from ayni.statistics.masked.adding import Added, Part
from ayni.statistics.masked.errors import (
    CountsChanged,
    NoSumYet,
    NotCountedHere,
    NotNamed,
    NotTheSecretariat,
    NotWholeYears,
)
from ayni.statistics.masked.kinds import OUTCOME, Outcome
from ayni.statistics.masked.layout import Place
from ayni.statistics.masked.progress import Ended, Move, ended_at
from ayni.statistics.masked.reading import Known, known_round, known_rounds
from ayni.statistics.masked.rounds import Standing, whole_years
from ayni.vault import api as vault

TOLD_FOR = timedelta(days=30)  # so long a list of what waits tells of a round that has ended
_CONCERNED = (Permission.SUM_GIVE, Permission.SUM_DECLARE, Permission.RELEASE_PROPOSE)


@dataclass(frozen=True, slots=True)
class OwnCounts:
    """What this node has for a round: cells by place, margins included; and the mark of them."""

    cells: Mapping[Place, int]
    mark: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A round of which somebody here should know. `move`: what this state is to do; `ended`: why it
    ended without a sum; `given`: every part was announced; `to_tell`: the secretariat has not said
    what came of it; `overdue`: and the last day has passed."""

    known: Known
    move: Move | None = None
    ended: Ended | None = None
    given: bool = False
    to_tell: bool = False
    overdue: bool = False


def sum_rounds(*, by: Actor) -> list[Known]:
    """Every sum over states that was declared, the last one first. Raises `NotAllowed`."""
    _check_concerned(by)
    return known_rounds()


def sum_round(*, by: Actor, digest: str) -> Known:
    """One of them, by its digest or the first eight or more characters of it. Raises
    `NotAllowed`, `UnknownRound`."""
    _check_concerned(by)
    if 8 <= len(digest) < 64:
        found = [each.digest for each in known_rounds() if each.digest.startswith(digest)]
        digest = found[0] if len(found) == 1 else digest
    return known_round(digest)


def _check_concerned(by: Actor) -> None:
    # A job of this node reads what was published for all; it gives and declares nothing.
    if by.kind is audit.ActorKind.JOB or any(members.may(by, each) for each in _CONCERNED):
        return
    raise NotAllowed(permission=str(Permission.SUM_GIVE))


def own_counts(*, by: Actor, digest: str) -> OwnCounts:
    """What this node has for a round: the numbers that would be given. The opening is recorded.

    Raises `NotAllowed`, `UnknownRound`, `NotNamed`, `NotWholeYears`, `UnknownTable`.
    """
    members.check_may(by, Permission.SUM_GIVE)
    audit.read(by=by, verb="statistics.open_own_counts", subject=digest)
    row = _row(digest)
    places = known_round(digest).table.layout.places
    return OwnCounts(dict(zip(places, row, strict=True)), mark_of(digest, row))


def mark_of(digest: str, row: tuple[int, ...]) -> str:
    """Names the numbers that were shown: 32 hexadecimal digits. Made with a secret of the node
    (HMAC-SHA256), for it stands on pages and is typed on a command line: a plain hash of few
    counts is undone by trying them all."""
    return vault.search_token("sum.counts", " ".join([digest, *map(str, row)])).hex()


def _row(digest: str) -> tuple[int, ...]:
    known = known_round(digest)
    if members.this_node() not in known.round.declared.states:
        raise NotNamed
    years = whole_years(known.round.declared)
    try:
        row_of_sum = import_string(settings.AYNI_SUM_COUNTS)
    except ImportError:
        raise NotCountedHere from None
    return tuple(row_of_sum(known.table.code, years))


def give_to_sum(*, by: Actor, digest: str, mark: str) -> None:
    """Give what was shown under this mark. Raises `AlreadyGiven`, `CountsChanged` if the node
    counts otherwise now, what `own_counts` and `giving.give` raise."""
    members.check_may(by, Permission.SUM_GIVE)
    # Asked first: who presses twice has given, whatever has changed since.
    rounds.check_not_given(known_round(digest).round, state=members.this_node())
    row = _row(digest)
    if mark != mark_of(digest, row):
        raise CountsChanged
    giving.give(by=by, digest=digest, row=row, seen=row)


def sum_parts(*, by: Actor, digest: str) -> Mapping[str, Part]:
    """Where the part of each state is; of the secretariat's node. Raises `NotAllowed`,
    `NotTheSecretariat`, `UnknownRound`."""
    _check_office(by, Permission.RELEASE_PROPOSE, Permission.SUM_DECLARE)
    return adding.parts(known_round(digest))


def add_sums(*, by: Actor) -> int:
    """Add now what is complete, as the job does every minute; how many sums were made. Raises
    `NotAllowed`, `NotTheSecretariat`."""
    _check_office(by, Permission.RELEASE_PROPOSE, Permission.SUM_DECLARE)
    return adding.add_what_is_complete(by=by)


def added_here(*, by: Actor, digest: str) -> bool:
    """Whether the parts of a round were added here, to a table or not. Raises `NotAllowed`,
    `NotTheSecretariat`."""
    _check_office(by, Permission.RELEASE_PROPOSE, Permission.SUM_DECLARE)
    return adding.added_as_table(digest) is not None


def outcome_of(*, by: Actor, digest: str) -> tuple[Outcome, tuple[str, ...]]:
    """What came of a round in which all have given, and whose part was wrong. Raises `NotAllowed`,
    `NotTheSecretariat`, `UnknownRound`, `NoSumYet` while a part is on its way."""
    _check_office(by, Permission.RELEASE_PROPOSE, Permission.SUM_DECLARE)
    known = known_round(digest)
    table = adding.added_as_table(known.digest)
    if table is not None:
        return (Outcome.ADDED if table else Outcome.NO_TABLE), ()
    where = adding.parts(known)
    wrong = tuple(state for state, part in where.items() if part is Part.WRONG)
    if not wrong or known.standing(clock.now()) is not Standing.GIVEN:
        raise NoSumYet
    return Outcome.PART_WRONG, wrong


def tell_outcome(*, by: Actor, digest: str) -> None:
    """Tell all members what came of a round, never a number of it. Raises what `outcome_of` and
    `gazette.publish` raise."""
    members.check_may(by, Permission.SUM_DECLARE)
    outcome, states = outcome_of(by=by, digest=digest)
    known = known_round(digest)
    with audit.act(by=by, verb="statistics.tell_sum_outcome", subject=known.digest):
        found = gazette.one(owner=members.SECRETARIAT, kind=OUTCOME, key=known.digest)
        gazette.publish(
            by=by,
            kind=OUTCOME,
            key=known.digest,
            body={"outcome": outcome.value, "states": list(states)},
            seen=0 if found is None else found.said.version,
        )


def added_sum(*, by: Actor, digest: str) -> Added:
    """One sum that was made here; the opening is recorded. Raises `NotAllowed`, `NoSumYet`."""
    for each in adding.sums(by=by):
        if each.digest == digest:
            return each
    raise NoSumYet(round=digest)


def _check_office(by: Actor, *permissions: Permission) -> None:
    if not any(members.may(by, each) for each in permissions):
        raise NotAllowed(permission=str(permissions[0]))
    if members.this_node() != members.SECRETARIAT:
        raise NotTheSecretariat


def sums_waiting(*, by: Actor, now: datetime) -> list[Waiting]:
    """Rounds in which this state, or the secretariat, has something to do, and those of the last 30
    days that have ended: the nearest due first. Empty for whom they do not concern."""
    if not any(members.may(by, each) for each in _CONCERNED):
        return []
    here = members.this_node()
    office = here == members.SECRETARIAT
    found = []
    for known in known_rounds():
        told = _of_office(known, now) if office else _of_state(known, here, now)
        if told is not None:
            found.append(told)
    return sorted(found, key=lambda each: (each.move is None, _due(each)))


def _due(waiting: Waiting) -> datetime:
    return waiting.move.due if waiting.move else waiting.known.round.declared.share_due


def _recent(known: Known, now: datetime) -> bool:
    return now - ended_at(known.round, said_at=known.said_at, now=now) <= TOLD_FOR


def _of_state(known: Known, here: str, now: datetime) -> Waiting | None:
    if here not in known.round.declared.states:
        return None
    if move := known.move(here, now):
        return Waiting(known, move=move)
    if (why := known.ended(now)) and _recent(known, now):
        return Waiting(known, ended=why)
    if known.outcome and now - known.said_at <= TOLD_FOR:
        return Waiting(known, given=True)
    return None


def _of_office(known: Known, now: datetime) -> Waiting | None:
    if known.standing(now) is Standing.GIVEN:
        told = known.outcome is not None
        late = now > known.round.declared.share_due
        return None if told else Waiting(known, given=True, to_tell=True, overdue=late)
    if (why := known.ended(now)) and _recent(known, now):
        return Waiting(known, ended=why)
    return None


def may_be_asked() -> list[str]:
    """States that a sum can be asked of now: those whose node is in the directory, by code."""
    return sorted(set(exchange.other_nodes()) & set(members.states()))


def period_of(first: int, last: int) -> tuple[date, date]:
    """First and last day of years. Raises `NotWholeYears` for what is no year."""
    try:
        return date(first, 1, 1), date(last, 12, 31)
    except ValueError:
        raise NotWholeYears from None
