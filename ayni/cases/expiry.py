"""What happens to a record when its time is over: first blocked, later erased. Pure.

Blocked: kept for a while in case somebody must answer for it, and read by nobody. Erased: the key
is gone, and with it whatever was sealed under it, in every backup as well. A *hold* keeps both
away until a day, for a proceeding or because the person asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ayni.cases.retention import kept_until

_A_DAY = timedelta(days=1)


class Step(StrEnum):
    """What comes next for a record."""

    NONE = "none"  # it is still worked on, or erased already
    BLOCK = "block"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Next:
    """A step and the day from which it is due (None: `Step.NONE`). `held`: a hold has moved it."""

    step: Step
    on: date | None = None
    held: bool = False


def following(
    *,
    last_kept: date | None,
    blocked_on: date | None,
    erased: bool,
    held_until: date | None,
    blocked_months: int,
) -> Next:
    """The next step of a record, whatever day it is today.

    `last_kept`: the last day on which it is kept as it is; None while it is worked on.
    `blocked_months`: whole months from the blocking to the erasing. Raises `ValueError` for fewer
    than one, or a record that is blocked and has no last day.
    """
    if blocked_months < 1:
        raise ValueError("a record is blocked for at least a month")
    if erased:
        return Next(Step.NONE)
    if last_kept is None:
        if blocked_on is not None:
            raise ValueError("blocked while it is worked on")
        return Next(Step.NONE)
    if blocked_on is None:
        step, on = Step.BLOCK, last_kept + _A_DAY
    else:
        step, on = Step.ERASE, kept_until(blocked_on, blocked_months) + _A_DAY
    if held_until is not None and held_until >= on:
        return Next(step, held_until + _A_DAY, held=True)
    return Next(step, on)


def is_due(following: Next, today: date) -> bool:
    """Whether the step is to be taken today."""
    return following.on is not None and following.on <= today
