"""What is known of all needs on this node, from what came so far of each owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.support import figures as counting
from ayni.support import standing
from ayni.support.standing import Kind, Move, Need, Word
from ayni.support.states import Act, Standing

YEAR = timedelta(days=365)
_NEAR = timedelta(hours=24)
_WEEK = timedelta(days=7)
Marks = tuple[gazette.Mark, ...]


class Show(StrEnum):
    """Which needs a list shows."""

    OPEN = "open"
    MINE = "mine"
    OVER = "over"


def needs() -> dict[str, Need]:
    """Every need by its `ref`. Asks the database once a kind whether anything came since."""
    return _needs(_marks())


def _marks() -> Marks:
    return tuple(gazette.mark(kind=kind.value) for kind in Kind)


@lru_cache(maxsize=2)
def _needs(_marks: Marks) -> dict[str, Need]:
    return standing.needs(
        _word(each, kind)
        for kind in Kind
        for each in gazette.current(kind=kind.value)
        if each.counts
    )


def _word(published: Published, kind: Kind) -> Word:
    said = published.said
    return Word(said.owner, kind, said.key, said.version, said.body, said.withdrawn)


def need(owner: str, key: str) -> Need:
    """One need. Raises `NotFound`."""
    found = needs().get(f"{owner}:{key}")
    if found is None:
        raise NotFound
    return found


def open_by_state() -> list[str]:
    """The state that asks, once for each need that is not over."""
    return sorted(each.owner for each in needs().values() if not each.over)


def not_counted() -> list[Published]:
    """What came and does not count here: not of the agreed form, or contradicting itself. Worked
    out once while nothing comes."""
    return list(_not_counted(_marks()))


@lru_cache(maxsize=2)
def _not_counted(_marks: Marks) -> tuple[Published, ...]:
    found = (each for kind in Kind for each in gazette.current(kind=kind.value))
    return tuple(each for each in found if not each.counts)


def listed(*, show: Show, now: datetime) -> list[Need]:
    """Needs of one list: open ones by when the move is due, ended ones the latest first."""
    here = members.this_node()
    rows = list(needs().values())
    if show is Show.OVER:
        over = [each for each in rows if each.over]
        return sorted(over, key=lambda each: (each.asked_at, each.ref), reverse=True)
    rows = [each for each in rows if not each.over]
    if show is Show.MINE:
        rows = [each for each in rows if each.concerns(here)]
    return sorted(rows, key=lambda each: (each.move.due if each.move else now, each.ref))


def acts(found: Need, *, by: Actor) -> frozenset[Act]:
    """What this officer may do with a need now."""
    if not members.may(by, Permission.SUPPORT_WRITE):
        return frozenset()
    return found.acts(members.this_node(), secretariat=members.SECRETARIAT)


def may_ask(*, by: Actor) -> bool:
    """Whether this officer may ask for the own state, on its own node."""
    here = members.this_node()
    return here != members.SECRETARIAT and members.may(by, Permission.SUPPORT_WRITE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A need that the focal point of this node should look at: `ours`, its state has the move;
    `overdue`, somebody is late; `proposed`, the secretariat proposed that it offers; `unbrokered`,
    nobody was proposed and none has offered, which the secretariat mends; `of_all`: so it is, and
    the time for an offer ends, so every state but the one that asks is told; `reminded`: moment at
    which it was reminded, or empty."""

    need: Need
    ours: bool
    overdue: bool
    proposed: bool
    unbrokered: bool
    of_all: bool
    reminded: str


def waiting(*, by: Actor, now: datetime) -> list[Waiting]:
    """Where the own state has the move, and where a need that concerns it is overdue, whoever is
    late: so the focal points of both states see it. A need of another state that nobody was
    proposed for and nobody has offered to meet: from a day before it is due to a week after, so
    that it is heard of while the secretariat is away. The secretariat, which brokers: at once a
    need that nobody was proposed for, and what is due within a day or overdue. The longest overdue
    first; nothing for whoever may not write here."""
    if not members.may(by, Permission.SUPPORT_WRITE):
        return []
    here = members.this_node()
    found = []
    for each in needs().values():
        move = each.move
        if move is None:
            continue
        late = move.due <= now
        ours = here in move.states
        brokers = here == members.SECRETARIAT
        of_all = not brokers and here != each.owner and _asked_of_all(move, now)
        seen = ours or of_all or (late and each.concerns(here))
        if seen or (brokers and _brokered_now(move, now)):
            proposed = ours and each.standing is Standing.ASKED
            unbrokered = not move.states and (brokers or of_all)
            reminded = each.reminded.get(here, "") if ours else ""
            row = Waiting(each, ours, late, proposed, unbrokered, of_all, reminded)
            found.append((move.due, row))
    return [each for _due, each in sorted(found, key=lambda pair: (pair[0], pair[1].need.ref))]


def _brokered_now(move: Move, now: datetime) -> bool:
    """Whether the secretariat should look at it: nobody has the move yet, or its day is near."""
    return not move.states or move.due <= now + _NEAR


def _asked_of_all(move: Move, now: datetime) -> bool:
    """Whether every state is told of it: nobody has the move, and its day is near or not long
    over. Later than that nobody is written to each morning about what nobody could give."""
    return not move.states and move.due - _NEAR <= now < move.due + _WEEK


def figures(*, now: datetime) -> counting.Figures:
    """Time to the first offer and share met of what was asked within a year, by kind and by the
    state that asked; none below `cooperation.LEAST`."""
    since = now - YEAR
    asked = [each for each in needs().values() if each.asked_at > since]
    return counting.figures(asked, now=now, least=cooperation.LEAST)
