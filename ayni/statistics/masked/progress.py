"""What each state of a round has done, whose move it is, and why a round ended without a sum. Pure.

`rounds.py` decides; this file says the same in parts, for pages, commands and lists of what waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ayni.statistics.masked.rounds import Round, Standing, missing, standing


class Step(StrEnum):
    """How far one state is."""

    SILENT = "silent"  # has not said whether it takes part
    DECLINED = "declined"
    TAKES_PART = "takes_part"
    GAVE = "gave"  # its part is announced
    WITHDREW = "withdrew"  # it took back what it gave
    UNSENT = "unsent"  # what it gave never left it


class Why(StrEnum):
    """Why a round ended without a sum."""

    TAKEN_BACK = "taken_back"  # the secretariat took it back, or declared something else instead
    DECLINED = "declined"
    SILENT = "silent"
    NOT_GIVEN = "not_given"
    WITHDREW = "withdrew"
    UNSEEN = "unseen"  # by the last day these had not confirmed what another state announced
    UNSENT = "unsent"  # what these gave never left them, for another reason


class Act(StrEnum):
    """What a state is to do."""

    ANSWER = "answer"
    GIVE = "give"


@dataclass(frozen=True, slots=True)
class Move:
    """What one state is to do now, and until when."""

    act: Act
    due: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a round ended; `states`: by whom, in order; nobody where the secretariat took it back."""

    why: Why
    states: tuple[str, ...] = ()


def step_of(round_: Round, state: str) -> Step:
    """How far a state is."""
    if state in round_.withdrew:
        return Step.WITHDREW
    if state in round_.unsent:
        return Step.UNSENT
    if state in round_.announced:
        return Step.GAVE
    says = round_.takes_part.get(state)
    if says is None:
        return Step.SILENT
    return Step.TAKES_PART if says else Step.DECLINED


def move_of(round_: Round, *, state: str, now: datetime) -> Move | None:
    """What a state is to do; None: nothing."""
    about, found = round_.declared, standing(round_, now=now)
    if state not in about.states or state in round_.announced:
        return None
    if found is Standing.ASKED and state not in round_.takes_part:
        return Move(Act.ANSWER, about.answer_due)
    if found is Standing.AGREED:
        return Move(Act.GIVE, about.share_due)
    return None


def ended(round_: Round, *, stands: bool, now: datetime) -> Ended | None:
    """Why a round ended without a sum; None: it did not. `stands`: what was declared counts."""
    found = standing(round_, now=now)
    if found is Standing.GIVEN:
        return None
    if not stands:
        return Ended(Why.TAKEN_BACK)
    if found is not Standing.ENDED:
        return None
    states = round_.declared.states
    if round_.withdrew:
        return Ended(Why.WITHDREW, tuple(sorted(round_.withdrew)))
    if declined := tuple(each for each in states if round_.takes_part.get(each) is False):
        return Ended(Why.DECLINED, declined)
    if silent := tuple(each for each in states if each not in round_.takes_part):
        return Ended(Why.SILENT, silent)
    if unseen := {each for waited in round_.unsent.values() for each in waited}:
        return Ended(Why.UNSEEN, tuple(sorted(unseen)))
    if round_.unsent:
        return Ended(Why.UNSENT, tuple(sorted(round_.unsent)))
    return Ended(Why.NOT_GIVEN, tuple(missing(round_)))


def ended_at(round_: Round, *, said_at: datetime, now: datetime) -> datetime:
    """By when at the latest a round had ended: the day that passed, or when it was last heard of.

    `said_at`: when the last word about it was published.
    """
    about = round_.declared
    agreed = all(round_.takes_part.get(each) for each in about.states)
    passed = about.share_due if agreed else about.answer_due
    return min(passed, now) if passed <= now else said_at
