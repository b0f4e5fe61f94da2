"""Indicators that other rooms show by a line in `config/wiring.INDICATORS`: of one state, one
number with how many cases it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from ayni.audit.api import Actor
from ayni.cooperation import board, scoreboard
from ayni.lib.errors import Refused, Text


class NotMeasured(Refused):
    """The source of an indicator does not tell it now; `reason` says why. Nothing is told of it."""

    code = "not_measured"
    reason = _("The source of this indicator does not tell it now.")


@dataclass(frozen=True, slots=True)
class Measured:
    """What an indicator comes to now: `value` in its unit, None where fewer than
    `scoreboard.LEAST` cases are counted, infinite where in half of the cases it never happened;
    `cases` counted `since` a day."""

    value: float | None
    cases: int
    since: date


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said beside a number: what is `counted`, `of` which whole, what is `left_out` (empty:
    nothing), of which `period`, from which `source`."""

    counted: Text
    of: Text
    left_out: Text
    period: Text
    source: Text


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a number says: `unit` is `percent` or `hours`; `at_least`: more is better; `measure`
    answers for a state at a moment, for an actor who may see it (else raises `NotAllowed`; where
    its source does not tell it, `NotMeasured`). `yearly`: it is of one calendar year, the one of
    `Measured.since`, and not of the time from then on."""

    code: str
    title: Text
    unit: str
    at_least: bool
    measure: Callable[[Actor, str, datetime], Measured]
    meaning: Meaning | None = None
    yearly: bool = False


def a_year_of_months(now: datetime) -> datetime:
    """The first moment of this month a year ago: so a number does not tell from one day to the
    next which single case went out of it."""
    return now.replace(year=now.year - 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _on_time(by: Actor, state: str, now: datetime) -> Measured:
    since = a_year_of_months(now)
    (found,) = (each for each in board.state_counts(by=by, since=since) if each.state == state)
    return Measured(scoreboard.figures(found).on_date.value, found.judged, since.date())


ANSWERED_ON_TIME = Indicator(
    code="answered_on_time",
    title=_("Requests of other states answered on time"),
    unit="percent",
    at_least=True,
    measure=_on_time,
)
