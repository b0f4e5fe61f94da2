"""How each commitment of the work agenda stands on a day, from all that was published. Pure.

What is to be done, by which state and until when is the plenary's text. How far it is, only that
state says. What it reports as done waits until a second officer of it validates it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

_ADDRESS = re.compile(r"https?://[^\s/@]+\.[^\s@]+")
_NUMBERED = re.compile(r"(?=.*[^\W\d_])(?=.*\d)[^@\n]{3,300}")


class Word(StrEnum):
    """How far a state says that a commitment is."""

    NOT_BEGUN = "not_begun"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    GIVEN_UP = "given_up"


class Answer(StrEnum):
    """What the authority that validates says of a report."""

    NONE = ""
    YES = "yes"
    NO = "no"


class Status(StrEnum):
    """How a commitment stands on a day."""

    UNCLEAR = "unclear"  # the state's latest word cannot be used: two contradict each other
    LATE = "late"
    NOT_BEGUN = "not_begun"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # done, says the state; nobody has validated it
    VALIDATED = "validated"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"  # by the plenary; what the state said of it stays


@dataclass(frozen=True, slots=True)
class Promise:
    """What of a commitment decides how it stands: its owner `state`, the day it is `due`, whether
    the plenary has withdrawn it."""

    key: str
    state: str
    due: date
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One version of what a node says of a commitment. `validates`: the number of the version that
    `answer` is about, 0 for a report; `usable`: nothing is against it; `files`: digests of the
    files that go with it as evidence."""

    owner: str
    commitment: str
    number: int
    word: Word
    action: str
    reason: str
    evidence: str
    validates: int
    answer: Answer
    said_on: date
    usable: bool
    files: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What it says of the commitment."""
        return (self.word, self.action, self.reason, self.evidence, *self.files)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a commitment stands; the owner's latest `report` (None: none); the `answer` to it, and
    the day of that answer."""

    status: Status
    report: Report | None
    answer: Answer
    answered_on: date | None


def standing(promise: Promise, reports: Iterable[Report], day: date) -> Standing:
    """How a commitment stands on a day, of all that any node has said. Only the owner's word
    counts; the order in which reports are given, and one given twice, change nothing."""
    found = _of_the_owner(promise, reports, day)
    return replace(found, status=Status.WITHDRAWN) if promise.withdrawn else found


def _of_the_owner(promise: Promise, reports: Iterable[Report], day: date) -> Standing:
    own = {
        each
        for each in reports
        if each.owner == promise.state and each.commitment == promise.key
    }  # fmt: skip
    open_now = Status.LATE if day > promise.due else None
    if not own:
        return Standing(open_now or Status.NOT_BEGUN, None, Answer.NONE, None)
    highest = max(each.number for each in own)
    latest = [each for each in own if each.number == highest]
    if len(latest) > 1 or not latest[0].usable:
        return Standing(Status.UNCLEAR, None, Answer.NONE, None)
    report = latest[0]
    answer, answered_on = Answer.NONE, None
    if report.validates:
        if not _is_about(report, own):
            return Standing(Status.UNCLEAR, None, Answer.NONE, None)
        answer, answered_on = report.answer, report.said_on
    return Standing(_status(report.word, answer, open_now), report, answer, answered_on)


def _is_about(answer: Report, own: Iterable[Report]) -> bool:
    """Whether an answer is about the version right before it and repeats what that one says."""
    before = [each for each in own if each.number == answer.validates]
    return (
        answer.validates == answer.number - 1
        and len(before) == 1
        and before[0].usable
        and not before[0].validates
        and before[0].told == answer.told
    )


def _status(word: Word, answer: Answer, open_now: Status | None) -> Status:
    if word is Word.GIVEN_UP:
        return Status.GIVEN_UP
    if word is Word.DONE and answer is not Answer.NO:
        return Status.VALIDATED if answer is Answer.YES else Status.WAITING
    # What was not validated goes on: it is not done yet.
    begun = Status.NOT_BEGUN if word is Word.NOT_BEGUN else Status.IN_PROGRESS
    return open_now or begun


def counted(rows: Iterable[tuple[str, Status]]) -> dict[str, Counter[Status]]:
    """How many commitments stand how, for each group (an axis, a state)."""
    found: dict[str, Counter[Status]] = {}
    for group, status in rows:
        found.setdefault(group, Counter())[status] += 1
    return dict(sorted(found.items()))


def is_address(text: str) -> bool:
    """Whether it is the address of a page."""
    return _ADDRESS.fullmatch(text) is not None


def is_evidence(text: str) -> bool:
    """Whether it is an address, or the reference of a document: words with a number."""
    return is_address(text) or ("://" not in text and _NUMBERED.fullmatch(text) is not None)
