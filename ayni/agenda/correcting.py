"""Correcting the call of a meeting that was not held yet (its name and its agenda), and a decision
as long as the minutes are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ayni.agenda import meetings, reading, writing
from ayni.agenda.acting_together import proposals
from ayni.agenda.documents import documents_of
from ayni.agenda.errors import (
    AgendaFull,
    DecisionRests,
    ItemsNeeded,
    SameCall,
    SameDecision,
    TooManyCorrections,
    WhyNeeded,
)
from ayni.agenda.meeting import (
    Meeting,
    check_step,
    check_taken,
    meeting,
    next_version,
    written_items,
)
from ayni.agenda.meeting_changes import Step
from ayni.agenda.meeting_kind import MEETING, MOST_CHANGES, MOST_ITEMS
from ayni.agenda.meetings import Decision, Earlier
from ayni.agenda.reading import Presidencies
from ayni.agenda.work import commitments
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members


@dataclass(frozen=True, slots=True)
class Call:
    """What a call said from the day `on`: by which `owner`, under which version of its own."""

    title: str
    items: tuple[str, ...]
    owner: str
    version: int
    on: date


def correct_call(
    *, by: Actor, key: str, title: str, items: Sequence[str], after: str, instead: str = ""
) -> Published:
    """Write the name and the items of a meeting anew, as long as it was not held. Its key stays,
    and a document stays with the number of its item.

    Raises `NotFound`, what `check_step` raises, `SameCall`, `ItemsNeeded`, `AgendaFull`,
    `NamesAPerson`, and as `call_meeting`.
    """
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, Step.CORRECT, now=clock.now())
    title, written = title.strip(), written_items(items)
    if (title, written) == (found.title, [*found.items]):
        raise SameCall
    last = max((each.item for each in documents_of(key, known)), default=0)
    if len(written) < max(last, 1):
        raise ItemsNeeded
    if len(written) > MOST_ITEMS:
        raise AgendaFull
    changed = {"title": title, "items": written}
    with audit.act(by=by, verb="agenda.correct_call", subject=key):
        return next_version(by, key, changed, known, after, instead)


def earlier_calls(of: Meeting) -> list[Call]:
    """Every text that was published of a call, but the one that stands, the newest first; of
    versions in a row that say the same the first."""
    owners = [members.SECRETARIAT, *members.states()]
    lines = gazette.histories(kind=MEETING, owners=owners, key=of.key).values()
    rows = [each.said for line in lines for each in line if each.counts and not each.said.withdrawn]
    found: list[Call] = []
    for said in sorted(rows, key=lambda each: (each.at, each.owner, each.version)):
        items = tuple(said.body["items"])
        told = Call(said.body["title"], items, said.owner, said.version, said.at.date())
        if not found or (found[-1].title, found[-1].items) != (told.title, told.items):
            found.append(told)
    last = [n for n, each in enumerate(found) if (each.title, each.items) == (of.title, of.items)]
    return [each for n, each in enumerate(found) if n not in last[-1:]][::-1]


def resting(of: Meeting, known: Presidencies) -> frozenset[int]:
    """The decisions of a meeting, counted from one, of which a commitment was made or by which a
    common action was adopted. Of an older commitment, which does not say of which, its words tell.
    """
    if not of.decisions:
        return frozenset()
    made = [each.said for each in commitments(clock.now().date(), known)]
    numbers = {said.decision for said in made if said.meeting == of.key}
    texts = {said.title for said in made if said.meeting == of.key and not said.decision}
    actions = (each for rows in proposals(known).values() for each in rows)
    texts |= {each.decision for each in actions if each.meeting == of.key}
    return frozenset(
        n for n, each in enumerate(of.decisions, start=1) if n in numbers or each.text in texts
    )


def correct_decision(
    *,
    by: Actor,
    key: str,
    number: int,
    decision: Decision,
    reason: str,
    after: str,
    instead: str = "",
) -> Published:
    """Write a decision of a meeting (counted from one) anew, and say why, as long as its minutes
    are open. What it said before stays beside it.

    Raises `NotFound`, what `check_step` raises, `WhyNeeded`, `SameDecision`, `DecisionRests`,
    `TooManyCorrections`, and as `decide`.
    """
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, Step.DECIDE, now=clock.now())
    if not 0 < number <= len(found.decisions):
        raise NotFound
    stood = found.decisions[number - 1]
    before = replace(stood, earlier=())
    if len(reason.strip()) < 3:
        raise WhyNeeded
    if replace(decision, earlier=()) == before:
        raise SameDecision
    if number in resting(found, known):
        raise DecisionRests
    if len(stood.earlier) >= MOST_CHANGES:
        raise TooManyCorrections
    check_taken(found, decision, known)
    now = clock.now().replace(microsecond=0)
    listed = (*stood.earlier, Earlier(before, now, reason.strip()))
    told = [*found.decisions]
    told[number - 1] = replace(decision, earlier=listed)
    with audit.act(by=by, verb="agenda.correct_decision", subject=key):
        return next_version(by, key, {"decisions": meetings.as_json(told)}, known, after, instead)
