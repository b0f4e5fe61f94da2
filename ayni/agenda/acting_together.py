"""Proposing a common action where two states share no ground, and following it until it is
adopted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ayni.agenda import action_kinds, actions, reading, writing
from ayni.agenda.action_errors import (
    AlreadyProposed,
    CarrierNeeded,
    MeetingNeeded,
    NoSuchGap,
    NotItsProposer,
    NotOpen,
)
from ayni.agenda.actions import BLOCS, MOVES, OPEN, Course, Gap, Put, Status
from ayni.agenda.errors import WhyNeeded
from ayni.agenda.meeting import meeting
from ayni.agenda.reading import Presidencies
from ayni.agenda.standing import Stands
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib.errors import NotFound, Stale
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.norms import api as norms


class Named(StrEnum):
    """How the platform names the proposal of which it says something."""

    NOT = "not"  # it says nothing of this version
    TEXT = "text"  # by number and digest of the text
    NUMBER = "number"  # by number alone, as it was done before
    ELSEWHERE = "elsewhere"  # another text under this number, which is not here


@dataclass(frozen=True, slots=True)
class Action:
    """A proposal as it stands. `carriers`: states that could carry it; `meeting`, `decision`,
    `reason`: what the platform says with the status, or why it was taken back; `number`, `digest`:
    the version of the proposal and its text; `named`: how the platform names it; `put`: what it is
    ranked by; `stands`: what the next word of the platform is written on."""

    gap: Gap
    owner: str
    number: int
    digest: str
    named: Named
    at: datetime
    title: str
    why: str
    carriers: tuple[str, ...]
    status: Status
    meeting: str
    decision: str
    reason: str
    put: Put
    stands: Stands

    @property
    def is_open(self) -> bool:
        """Whether it waits for the platform."""
        return self.status in OPEN


def _readable(found: Published) -> bool:
    return found.known and not found.problem and not found.said.withdrawn


def _first(rows: list[Published]) -> Published:
    """The first version of the proposal that stands: since one that was taken back."""
    first = rows[0]
    for each in rows:
        if not _readable(each) or each.said.body["withdrawn"]:
            break
        first = each
    return first


def _bound(rows: list[Published], course: Course | None) -> Published | None:
    """The version that the platform named and that holds whatever came later; of two under its
    number the one whose digest it gave, or, where it gave none, the one with the lower digest.
    None: the latest is looked at."""
    back = [each.said.version for each in rows if _readable(each) and each.said.body["withdrawn"]]
    if course is None or not actions.binds(course, back):
        return None
    named = [
        each
        for each in rows
        if actions.names(course, each.said.version, each.digest) and _readable(each)
    ]
    return min(named, key=lambda each: each.digest, default=None)


def _put(found: Published, rows: list[Published], course: Course | None) -> Put:
    number = found.said.version
    before = [each for each in rows if each.said.version <= number]
    back = any(
        each.said.withdrawn or (_readable(each) and each.said.body["withdrawn"])
        for each in before
        if each.said.version < number
    )
    refused = course is not None and course.word is Status.NOT_ADOPTED and course.number < number
    return Put(
        owner=found.said.owner,
        number=number,
        withdrawn=bool(found.said.body["withdrawn"]),
        again=back or refused,
        digest=found.digest,
    )


def _named(put: Put, course: Course | None) -> Named:
    if course is None or course.number != put.number:
        return Named.NOT
    if not course.digest:
        return Named.NUMBER
    return Named.TEXT if course.digest == put.digest else Named.ELSEWHERE


def _action(gap: Gap, rows: list[Published], stands: Stands) -> Action | None:
    """A proposal by its versions, the newest first; None if none of them counts."""
    course = None
    if stands.version is not None:
        told = stands.version.body
        course = Course(told["number"], Status(told["word"]), told.get("digest", ""))
    found = _bound(rows, course)
    if found is None:
        found = rows[0]
        if not found.counts or found.said.withdrawn:
            return None
    body, put = found.said.body, _put(found, rows, course)
    how = actions.status(put, course)
    words: Mapping[str, Any] = (
        stands.version.body if stands.version is not None and how in _SAID else {}
    )
    return Action(
        gap=gap,
        owner=found.said.owner,
        number=found.said.version,
        digest=found.digest,
        named=_named(put, course),
        at=_first([each for each in rows if each.said.version <= put.number]).said.at,
        title=body["title"],
        why=body["why"],
        carriers=tuple(body["carriers"]),
        status=how,
        meeting=words.get("meeting", ""),
        decision=words.get("decision", ""),
        reason=body["reason"] if how is Status.WITHDRAWN else words.get("reason", ""),
        put=put,
        stands=stands,
    )


_SAID = frozenset({Status.ON_AGENDA, Status.ADOPTED, Status.NOT_ADOPTED})
_NOTHING = Stands(None, broken=False, passed_over=())


def proposals(known: Presidencies, key: str = "") -> dict[Gap, list[Action]]:
    """Every proposal for every gap (for one: its `key`), the one that is followed first."""
    owners = [members.SECRETARIAT, *members.states()]
    courses = reading.all_of(action_kinds.COURSE, known)
    found: dict[Gap, list[Action]] = defaultdict(list)
    for (owner, of), rows in gazette.histories(
        kind=action_kinds.ACTION, owners=owners, key=key
    ).items():
        gap = actions.gap_of(of)
        within = [each for each in rows if each.said.version <= each.line.latest]
        if gap is None or not within:
            continue
        action = _action(gap, within, courses.get(f"{owner}:{of}", _NOTHING))
        if action is not None:
            found[gap].append(action)
    return {gap: _in_order(rows) for gap, rows in sorted(found.items())}


def _in_order(rows: list[Action]) -> list[Action]:
    puts = {each.put: each for each in rows}
    first = actions.followed((put, each.status) for put, each in puts.items())
    assert first is not None  # there is a proposal
    rest = sorted((put for put in puts if put != first), key=actions.place)
    return [puts[first], *(puts[put] for put in rest)]


def proposals_for(gap: Gap, known: Presidencies) -> list[Action]:
    """Proposals for one gap, the one that is followed first."""
    return proposals(known, gap.key).get(gap, [])


def gap(key: str) -> Gap:
    """The gap that a key names: two of the ten states and a crime. Raises `NotFound`."""
    found = actions.gap_of(key)
    if found is None or not {found.a, found.b} <= set(members.states()):
        raise NotFound(gap=key)
    return found


def is_gap(gap: Gap, day: date) -> bool:
    """Whether nothing about the crime is known to bind both on a day."""
    crime = norms.Crime(gap.matter)
    return any(
        (each.a, each.b) == (gap.a, gap.b) and each.matters[crime].is_gap
        for each in norms.common_ground(on=day)
    )


def carriers(day: date) -> list[str]:
    """States that are bound by instruments of both blocs on a day, and could carry an action."""
    return [each.state for each in norms.bridge_states(on=day)]


def in_the_way(found: Iterable[Action]) -> Action | None:
    """Of the proposals for a gap the one because of which this node proposes nothing: its own, or
    one that keeps others out. None if it may."""
    here = members.this_node()
    return next(
        (
            each
            for each in found
            if actions.blocks(each.put, each.status) or (each.is_open and each.owner == here)
        ),
        None,
    )


def can_propose(*, by: Actor) -> bool:
    """Whether this officer may propose: a focal point of a state, or the secretariat's officer."""
    return members.may(by, Permission.ACTION_PROPOSE)


def propose_action(
    *, by: Actor, gap: Gap, title: str, why: str, carriers: Iterable[str], seen: int, day: date
) -> Published:
    """Propose a common action for a gap to the work agenda, addressed to both blocs.

    `carriers`: codes of states that could carry it; `seen`: the version of this node's own proposal
    that stood before the author's eyes, 0 for none. Raises `NotAllowed`, `NoSuchGap`,
    `AlreadyProposed`, `CarrierNeeded`, `NamesAPerson`, `UnknownState`, `gazette.StaleEntry`,
    `gazette.NoKeys`, `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.ACTION_PROPOSE)
    named = sorted(set(carriers))
    if not named:
        raise CarrierNeeded
    if not is_gap(gap, day):
        raise NoSuchGap(key=gap.key)
    there = in_the_way(proposals_for(gap, reading.presidencies()))
    if there is not None:
        raise AlreadyProposed(key=gap.key, owner=there.owner)
    body: writing.Json = {
        "title": title.strip(),
        "why": why.strip(),
        "carriers": named,
        "blocs": list(BLOCS),
        "withdrawn": False,
        "reason": "",
    }
    with audit.act(by=by, verb="agenda.propose_action", subject=gap.key):
        return gazette.publish(
            by=by, kind=action_kinds.ACTION, key=gap.key, body=body, seen=seen
        )  # fmt: skip


def _own(gap: Gap, known: Presidencies) -> Action:
    here = members.this_node()
    found = next((each for each in proposals_for(gap, known) if each.owner == here), None)
    if found is None:
        raise NotItsProposer
    return found


def own_version(gap: Gap) -> int:
    """The number of this node's latest word about a gap, 0 for none."""
    found = gazette.one(owner=members.this_node(), kind=action_kinds.ACTION, key=gap.key)
    return 0 if found is None else found.said.version


def withdraw_action(*, by: Actor, gap: Gap, reason: str, seen: int) -> Published:
    """Take this node's own proposal back, with the reason. Raises `NotAllowed`, `NotItsProposer`,
    `NotOpen`, `WhyNeeded`, `NamesAPerson`, and as `propose_action`."""
    members.check_may(by, Permission.ACTION_PROPOSE)
    found = _own(gap, reading.presidencies())
    if not found.is_open:
        raise NotOpen
    if len(reason.strip()) < 3:
        raise WhyNeeded
    body: writing.Json = {
        "title": found.title,
        "why": found.why,
        "carriers": list(found.carriers),
        "blocs": list(BLOCS),
        "withdrawn": True,
        "reason": reason.strip(),
    }
    with audit.act(by=by, verb="agenda.withdraw_action", subject=gap.key):
        return gazette.publish(
            by=by, kind=action_kinds.ACTION, key=gap.key, body=body, seen=seen
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """What the platform says of a proposal: on the agenda of a meeting (its key), adopted (with the
    number of the meeting's decision, from 0), or not adopted (why)."""

    status: Status
    meeting: str = ""
    decision: int = -1
    reason: str = ""


def say_of_action(
    *, by: Actor, gap: Gap, owner: str, number: int, word: Word, after: str, instead: str = ""
) -> Published:
    """Say for the platform what becomes of a member's proposal.

    `owner`: the member that proposed; `number`: the version that stood before the author's eyes.
    Raises `NotFound`, `Stale` if another version or another proposal is followed now, `NotOpen`,
    `MeetingNeeded`, `WhyNeeded`, `NamesAPerson`, and what `record_term` raises.
    """
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    rows = proposals_for(gap, known)
    if not rows:
        raise NotFound(gap=gap.key)
    found = rows[0]
    if (found.owner, found.number) != (owner, number):
        raise Stale
    if word.status not in MOVES[found.status]:
        raise NotOpen
    if word.status is Status.NOT_ADOPTED and len(word.reason.strip()) < 3:
        raise WhyNeeded
    body: writing.Json = {
        "number": found.number,
        "digest": found.digest,
        "word": word.status.value,
        "meeting": word.meeting,
        "decision": _decided(word, known),
        "reason": word.reason.strip() if word.status is Status.NOT_ADOPTED else "",
    }
    key = f"{owner}:{gap.key}"
    with audit.act(by=by, verb="agenda.say_of_action", subject=key):
        return writing.publish(
            by, action_kinds.COURSE, key, body, known=known, after=after, instead=instead
        )


def _decided(word: Word, known: Presidencies) -> str:
    """The words of the decision by which it was adopted. Raises `MeetingNeeded`."""
    if word.status is Status.NOT_ADOPTED and not word.meeting:
        return ""
    try:
        found = meeting(word.meeting, known)
    except NotFound:
        raise MeetingNeeded from None
    if word.status is not Status.ADOPTED:
        return ""
    if not 0 <= word.decision < len(found.decisions) or not found.decisions[word.decision].adopted:
        raise MeetingNeeded
    return found.decisions[word.decision].text
