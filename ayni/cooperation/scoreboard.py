"""How states answer each other: the indicators of the European IMI scoreboard. Pure.

Source: single-market scoreboard, IMI (ec.europa.eu, archive 2016/07). No figure rests on fewer than
ten cases (promise 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LEAST = 10
ACCEPT_WITHIN = timedelta(days=7)


class Grade(StrEnum):
    """How a figure stands against the marks."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database counts for one state that owes answers.

    `referrals`: referrals that were answered, or could have been for seven days; `accepted_in_time`
    of them within seven days. `answers`: requests answered or past their date, `days` in all: until
    the answer, or for as long as it is waited for (30 days after its date at most). `judged`: the
    same requests, `on_date` of them answered by that date. `rated`: answers that the state
    which waited has rated; `late` and `weak` of them as bad in timeliness and in effort.
    """

    state: str
    referrals: int
    accepted_in_time: int
    answers: int
    days: float
    judged: int
    on_date: int
    rated: int = 0
    late: int = 0
    weak: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and its grade; `value` None: fewer than ten cases."""

    value: float | None
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The five figures of one state: shares in per cent, days as an average; `late` and `weak` are
    the shares of answers that the other side rated as bad in timeliness and in effort. `overall`:
    one more for each that is good, one less for each that is poor; None unless all five are
    shown."""

    state: str
    accepted: Figure
    days: Figure
    on_date: Figure
    late: Figure = Figure(None, None)
    weak: Figure = Figure(None, None)

    @property
    def overall(self) -> int | None:
        """From -5 to 5."""
        grades = [f.grade for f in (self.accepted, self.days, self.on_date, self.late, self.weak)]
        if None in grades:
            return None
        return grades.count(Grade.GOOD) - grades.count(Grade.POOR)


NOT_SHOWN = Figure(None, None)


def grade_share(per_cent: float) -> Grade:
    """At least 80 per cent is good, 60 to 79 fair, less is poor."""
    if per_cent >= 80:
        return Grade.GOOD
    return Grade.FAIR if per_cent >= 60 else Grade.POOR


def grade_days(days: float) -> Grade:
    """Fewer than 16 days is good, 16 to 25 fair, more is poor."""
    if days < 16:
        return Grade.GOOD
    return Grade.FAIR if days <= 25 else Grade.POOR


def grade_bad(per_cent: float) -> Grade:
    """Fewer than 5 per cent of bad ratings is good, 5 to 14 fair, 15 or more is poor."""
    if per_cent < 5:
        return Grade.GOOD
    return Grade.FAIR if per_cent < 15 else Grade.POOR


def _bad(part: int, whole: int) -> Figure:
    if whole < LEAST:
        return NOT_SHOWN
    per_cent = 100 * part / whole
    return Figure(per_cent, grade_bad(per_cent))


def _share(part: int, whole: int) -> Figure:
    if whole < LEAST:
        return NOT_SHOWN
    per_cent = 100 * part / whole
    return Figure(per_cent, grade_share(per_cent))


def figures(counts: Counts) -> Figures:
    """The figures of one state. Raises ValueError for a part that is greater than its whole."""
    parts = (
        (counts.accepted_in_time, counts.referrals),
        (counts.on_date, counts.judged),
        (max(counts.late, counts.weak), counts.rated),
    )
    if any(part > whole for part, whole in parts):
        raise ValueError(counts.state)
    average = NOT_SHOWN
    if counts.answers >= LEAST:
        days = counts.days / counts.answers
        average = Figure(days, grade_days(days))
    return Figures(
        counts.state,
        _share(counts.accepted_in_time, counts.referrals),
        average,
        _share(counts.on_date, counts.judged),
        _bad(counts.late, counts.rated),
        _bad(counts.weak, counts.rated),
    )
