"""How a commitment stands: only its owner's word counts, in whatever order it arrives, once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.agenda.commitments import (
    Answer,
    Promise,
    Report,
    Status,
    Word,
    counted,
    is_evidence,
    standing,
)

DUE = date(2026, 12, 1)
PROMISE = Promise("manual", "bo", DUE)
WORDS = st.sampled_from(Word)
# Other work on the machine must not decide whether this passes.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def report(number: int = 1, word: Word = Word.IN_PROGRESS, **changed: object) -> Report:
    known = {
        "owner": "bo", "commitment": "manual", "number": number, "word": word, "action": "Taller",
        "reason": "", "evidence": "Acta 1", "validates": 0, "answer": Answer.NONE,
        "said_on": date(2026, 11, 1), "usable": True,
    }  # fmt: skip
    return Report(**{**known, **changed})  # type: ignore[arg-type]


def answered(answer: Answer, *, number: int = 2, **changed: object) -> list[Report]:
    first = report(number - 1, Word.DONE)
    return [first, report(number, Word.DONE, validates=number - 1, answer=answer, **changed)]


@st.composite
def reports(draw: st.DrawFn) -> list[Report]:
    """Reports of several nodes about two commitments, and answers to some of them."""
    found = []
    for owner in ("bo", "ar"):
        for number in range(1, draw(st.integers(1, 5))):
            about = draw(st.sampled_from(["manual", "other"]))
            answer = draw(st.sampled_from(Answer))
            found.append(
                report(
                    number, draw(WORDS), owner=owner, commitment=about, answer=answer,
                    validates=number - 1 if answer else 0, usable=draw(st.booleans()),
                )
            )  # fmt: skip
    return found


@unhurried
@given(reports(), st.randoms(), st.integers(-3, 3))
def test_the_order_of_arrival_and_what_comes_twice_change_nothing(
    found: list[Report], chance: object, n: int
) -> None:
    day = DUE + timedelta(days=n)
    mixed = [*found, *found]
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert standing(PROMISE, mixed, day) == standing(PROMISE, found, day)


@unhurried
@given(reports(), st.integers(-3, 3))
def test_only_the_word_of_the_owner_about_this_commitment_counts(
    found: list[Report], n: int
) -> None:
    day = DUE + timedelta(days=n)
    own = [each for each in found if (each.owner, each.commitment) == ("bo", "manual")]

    assert standing(PROMISE, found, day) == standing(PROMISE, own, day)


@unhurried
@given(reports())
def test_whoever_is_late_was_not_done_and_nothing_is_late_on_its_day(found: list[Report]) -> None:
    before = standing(PROMISE, found, DUE)
    after = standing(PROMISE, found, DUE + timedelta(days=1))

    assert before.status is not Status.LATE
    open_before = before.status in (Status.NOT_BEGUN, Status.IN_PROGRESS)
    assert (after.status is Status.LATE) == open_before


@pytest.mark.parametrize(
    ("word", "on_time", "after"),
    [
        (Word.NOT_BEGUN, Status.NOT_BEGUN, Status.LATE),
        (Word.IN_PROGRESS, Status.IN_PROGRESS, Status.LATE),
        (Word.DONE, Status.WAITING, Status.WAITING),
        (Word.GIVEN_UP, Status.GIVEN_UP, Status.GIVEN_UP),
    ],
)
def test_how_it_stands_follows_the_word_and_the_day(
    word: Word, on_time: Status, after: Status
) -> None:
    found = [report(1, word)]
    assert standing(PROMISE, found, DUE).status is on_time
    assert standing(PROMISE, found, DUE + timedelta(days=1)).status is after


def test_validated_only_by_an_answer_to_the_version_before_that_says_the_same() -> None:
    assert standing(PROMISE, answered(Answer.YES), DUE).status is Status.VALIDATED
    assert standing(PROMISE, answered(Answer.NO), DUE).status is Status.IN_PROGRESS
    other = answered(Answer.YES, evidence="Acta 2")
    assert standing(PROMISE, other, DUE).status is Status.UNCLEAR
    # The report itself has not arrived here yet.
    assert standing(PROMISE, answered(Answer.YES)[1:], DUE).status is Status.UNCLEAR
    # A later report is not validated by an earlier answer.
    again = [*answered(Answer.YES), report(3, Word.DONE)]
    assert standing(PROMISE, again, DUE).status is Status.WAITING


def test_two_that_contradict_each_other_are_no_word() -> None:
    found = [report(1), report(1, Word.DONE)]
    assert standing(PROMISE, found, DUE).status is Status.UNCLEAR


def test_progress_is_counted_for_each_group() -> None:
    rows = [("b", Status.LATE), ("a", Status.LATE), ("b", Status.VALIDATED), ("b", Status.LATE)]
    found = counted(rows)
    assert list(found) == ["a", "b"]
    assert (found["b"][Status.LATE], found["b"].total()) == (2, 3)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://www.example.org/acta.pdf", True), ("Resolución 12/2026", True),
        ("IF-2026-12345678-APN", True), ("", False), ("hecho", False), ("12345", False),
        ("https://", False), ("ftp://example.org/a1", False), ("persona1@example.org", False),
        ("https://ana@example.org/1", False),
    ],
)  # fmt: skip
def test_evidence_is_an_address_or_a_reference(text: str, good: bool) -> None:
    assert is_evidence(text) is good


@unhurried
@given(reports(), st.integers(-3, 3))
def test_what_is_withdrawn_keeps_all_that_its_state_said(found: list[Report], n: int) -> None:
    day = DUE + timedelta(days=n)
    before = standing(PROMISE, found, day)
    after = standing(Promise("manual", "bo", DUE, withdrawn=True), found, day)

    assert after.status is Status.WITHDRAWN
    assert (after.report, after.answer, after.answered_on) == (
        before.report, before.answer, before.answered_on,
    )  # fmt: skip
