"""Handing the presidency over, with a checklist of what is open on that day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.agenda import acting_together, checklist, kinds, reading, terms, work, writing
from ayni.agenda.checklist import Mandate, Situation, counted
from ayni.agenda.commitments import Status
from ayni.agenda.errors import EndsAfterTheHandingOver, ItemsOpen
from ayni.agenda.meeting import Meeting, all_meetings
from ayni.agenda.meeting_changes import Phase
from ayni.agenda.reading import Presidencies
from ayni.agenda.terms import End, Term
from ayni.agenda.wording import FUNCTIONS
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette.api import Published
from ayni.members import api as members

_OPEN = frozenset({Status.NOT_BEGUN, Status.IN_PROGRESS, Status.WAITING, Status.UNCLEAR})
_MOST = 60  # that one item of a published checklist names


def situation(day: date, known: Presidencies) -> Situation:
    """How the platform stands on a day, for the checklist of a handing over."""
    all_stands = [
        known.stands,
        *(each.stands for each in reading.parties(known)),
        *(each.stands for each in reading.rules(known)),
    ]
    commitments = work.commitments(day, known)
    meetings = all_meetings(known)
    first = [rows[0] for rows in acting_together.proposals(known).values()]
    owners = {each.version.owner for each in all_stands if each.version is not None}
    return Situation(
        on=day,
        states=tuple(members.states()),
        functions=tuple(FUNCTIONS),
        mandates=tuple(
            Mandate(state, function, office.until)
            for (state, function), office in reading.focal_points(day).items()
        ),
        rules_not_known=tuple(each.code for each in reading.rules(known) if not each.on(day).value),
        groups=tuple(
            each.name
            for each in reading.parties(known)
            if each.sort == "group" and each.at_work(day)
        ),
        written_instead=tuple(sorted(owners - {members.SECRETARIAT})),
        commitments_late=counted(
            each.said.state for each in commitments if each.standing.status is Status.LATE
        ),
        commitments_open=counted(
            each.said.state for each in commitments if each.standing.status in _OPEN
        ),
        meetings_called=_keys(each for each in meetings if each.phase is Phase.CALLED),
        minutes_draft=_keys(each for each in meetings if each.phase is Phase.HELD),
        proposals_waiting=counted(each.owner for each in first if each.is_open),
        support_open=counted(import_string(settings.AYNI_SUPPORT_OPEN)()),
    )


def _keys(meetings: Iterable[Meeting]) -> tuple[str, ...]:
    """Their keys, the first first; only how many there are if they are more than can be named."""
    found = tuple(each.key for each in sorted(meetings, key=lambda each: each.at))
    return found if len(found) <= _MOST else (str(len(found)),)


def items(day: date, known: Presidencies) -> tuple[checklist.Item, ...]:
    """What is open on the day of a handing over."""
    return checklist.open_items(situation(day, known))


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item of the checklist: `how` is `handed` or `open`; a note."""

    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """A handing over: to which state, on which day, what is known of the end of its term, where
    that is written (`source`), and, where the end of the presidency before is not known, its day if
    it is known after all."""

    to: str
    on: date
    end: End
    until: date | None
    source: str
    before_until: date | None = None


def hand_over(
    *,
    by: Actor,
    handover: Handover,
    answers: Mapping[str, Answer],
    after: str,
    instead: str = "",
) -> Published:
    """Hand the presidency over to a state, with the checklist of what is open.

    `answers`: the code of each item (`items` of the day) -> what became of it. Two entries
    are published in one transaction: the presidencies, and the checklist. Raises as `record_term`,
    and `ItemsOpen`, `EndsAfterTheHandingOver`.
    """
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    last = terms.presiding(known.base, handover.on).last
    if handover.before_until is not None and handover.before_until > handover.on:
        raise EndsAfterTheHandingOver
    found_open = items(handover.on, known)
    missing = checklist.unanswered(found_open, {code: each.how for code, each in answers.items()})
    if missing:
        raise ItemsOpen(items=missing)
    new = Term(
        state=handover.to, begins=handover.on, end=handover.end, until=handover.until, seen=None,
        month_only=False, inferred=False, source=handover.source, mark="V",
    )  # fmt: skip
    found = terms.handed_over(known.base, new, before_until=handover.before_until)
    body: writing.Json = {
        "from": "" if last is None else last.state,
        "to": handover.to,
        "source": handover.source,
        "items": [
            {
                "code": each.code,
                "about": list(each.about),
                "how": answers[each.code].how,
                "note": answers[each.code].note.strip(),
            }
            for each in found_open
        ],
    }
    day = handover.on.isoformat()
    with audit.act(by=by, verb="agenda.hand_over", subject=handover.to):
        published = writing.publish_terms(by, found, known=known, after=after, instead=instead)
        # Of one day there is one checklist: a second one is written on the first.
        before = reading.stands_of(kinds.HANDING_OVER, day, known).ref
        writing.publish(
            by, kinds.HANDING_OVER, day, body, known=known, after=before, instead=instead
        )  # fmt: skip
        return published
