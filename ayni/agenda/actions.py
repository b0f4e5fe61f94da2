"""Common actions that are proposed where two states share no ground: how a proposal stands. Pure.

A gap is a pair of states and a crime about which nothing is known to bind both. Whoever proposes an
action for it owns the proposal; what the platform does with it, the secretariat says (or the
presidency instead of it). One action is followed for a gap, on every node the same: which one does
not depend on when each of them came here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

BLOCS = ("CAN", "Mercosur")  # every proposal is addressed to both
_KEY = re.compile(r"gap-(trafficking|smuggling)-([a-z]{2})-([a-z]{2})")


class Status(StrEnum):
    """How a proposal stands."""

    PROPOSED = "proposed"
    ON_AGENDA = "on_agenda"
    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({Status.PROPOSED, Status.ON_AGENDA})
# What the platform may say next of a proposal.
MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.PROPOSED: frozenset({Status.ON_AGENDA, Status.NOT_ADOPTED}),
        Status.ON_AGENDA: frozenset({Status.ON_AGENDA, Status.ADOPTED, Status.NOT_ADOPTED}),
        Status.ADOPTED: frozenset(),
        Status.NOT_ADOPTED: frozenset(),
        Status.WITHDRAWN: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Two states, by code in the order of the alphabet, and a crime."""

    matter: str
    a: str
    b: str

    @property
    def key(self) -> str:
        """What entries and addresses name it by."""
        return f"gap-{self.matter}-{self.a}-{self.b}"


def gap_of(key: str) -> Gap | None:
    """The gap that a key names; None if it names none."""
    found = _KEY.fullmatch(key)
    if found is None or found[2] >= found[3]:
        return None
    return Gap(found[1], found[2], found[3])


@dataclass(frozen=True, slots=True)
class Course:
    """What the platform says of one version of a proposal: its `number`, and the `digest` of its
    text, for two texts may have come under one number. Empty for what was said by number alone, as
    it was before."""

    number: int
    word: Status
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Put:
    """One owner's proposal for a gap, in the version that is looked at (its `digest`: the text):
    whether it is taken back, and whether it is proposed `again` after it was taken back or not
    adopted."""

    owner: str
    number: int
    withdrawn: bool
    again: bool = False
    digest: str = ""


def names(course: Course, number: int, digest: str) -> bool:
    """Whether what the platform says is about a text: its number and, where it was said, its
    digest."""
    return course.number == number and course.digest in ("", digest)


def binds(course: Course | None, taken_back: Iterable[int]) -> bool:
    """Whether what the platform says holds for the version that it named, whatever its owner said
    later: once it is adopted, and on an agenda until its owner takes it back (versions)."""
    if course is None or course.word not in (Status.ADOPTED, Status.ON_AGENDA):
        return False
    return course.word is Status.ADOPTED or all(each <= course.number for each in taken_back)


def status(put: Put, course: Course | None) -> Status:
    """How a version of a proposal stands. What was said of another version says nothing of it; what
    was adopted stays adopted."""
    of_it = course is not None and names(course, put.number, put.digest)
    if course is not None and of_it and course.word is Status.ADOPTED:
        return Status.ADOPTED
    if put.withdrawn:
        return Status.WITHDRAWN
    return course.word if course is not None and of_it else Status.PROPOSED


def blocks(put: Put, how: Status) -> bool:
    """Whether no other is proposed for its gap meanwhile. One that is only proposed again does not
    keep others out, or its owner could for ever."""
    return how in (Status.ADOPTED, Status.ON_AGENDA) or (how is Status.PROPOSED and not put.again)


_FIRST = (
    (Status.ADOPTED, None),
    (Status.ON_AGENDA, None),
    (Status.PROPOSED, False),
    (Status.PROPOSED, True),
)


def followed(found: Iterable[tuple[Put, Status]]) -> Put | None:
    """Which of the proposals for one gap is followed: one that was adopted, is on an agenda, or
    else is proposed, rather than one that is proposed again; of several, and of those that are
    over, the first by `place`. None if there is none."""
    rows = list(found)
    for wanted, again in _FIRST:
        some = [put for put, how in rows if how is wanted and again in (None, put.again)]
        if some:
            return min(some, key=place)
    return min((put for put, _how in rows), key=place, default=None)


def place(put: Put) -> tuple[str, int, str]:
    """By the code of who proposed, the number and the text. When it came, each node would say
    otherwise; when it was written, its owner states, and would choose an early time."""
    return put.owner, put.number, put.digest
