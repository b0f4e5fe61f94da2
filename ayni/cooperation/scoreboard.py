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
    of them within seven days. `answers`: requests answered, `days` in all. `judged`: requests
    answered or past their date, `on_date` of them by that date.
    """

    state: str
    referrals: int
    accepted_in_time: int
    answers: int
    days: float
    judged: int
    on_date: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and its grade; `value` None: fewer than ten cases."""

    value: float | None
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one state: shares in per cent, days as an average."""

    state: str
    accepted: Figure
    days: Figure
    on_date: Figure


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


def _share(part: int, whole: int) -> Figure:
    if whole < LEAST:
        return NOT_SHOWN
    per_cent = 100 * part / whole
    return Figure(per_cent, grade_share(per_cent))


def figures(counts: Counts) -> Figures:
    """The figures of one state. Raises ValueError for a part that is greater than its whole."""
    if counts.accepted_in_time > counts.referrals or counts.on_date > counts.judged:
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
    )
