"""When a limit runs out. Pure: zone and working days come from the calendar that is given.

Hours are counted in real time. A limit in days ends with the last second of its last day in the
zone of the responsible post; the day on which it starts does not count.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from ayni.protocol.model import Unit

END_OF_DAY = time(23, 59, 59)
LONGEST_CLOSURE = 366  # days without a working day after which a calendar is taken for broken


class Calendar(Protocol):
    """Days of the post that is responsible."""

    @property
    def zone(self) -> tzinfo: ...

    def is_working_day(self, day: date) -> bool: ...


class CalendarRefused(ValueError):
    """A calendar without any working day in a year."""


def runs_out(start: datetime, value: int, unit: Unit, calendar: Calendar) -> datetime:
    """The last moment (UTC) at which something limited from `start` (aware) is still in time.

    A negative value counts back: the last moment that is still that long before `start`.
    """
    if unit is Unit.HOURS:
        return (start + timedelta(hours=value)).astimezone(UTC)
    local = start.astimezone(calendar.zone).date()
    if unit is Unit.CALENDAR_DAYS:
        day = local + timedelta(days=value)
    else:
        day = _working_days(local, value, calendar)
    return datetime.combine(day, END_OF_DAY, tzinfo=calendar.zone).astimezone(UTC)


def _working_days(day: date, count: int, calendar: Calendar) -> date:
    step = timedelta(days=1 if count >= 0 else -1)
    left, idle = abs(count), 0
    if count == 0:
        while not calendar.is_working_day(day):
            day, idle = day + step, _idle(idle)
        return day
    while left:
        day += step
        if calendar.is_working_day(day):
            left, idle = left - 1, 0
        else:
            idle = _idle(idle)
    return day


def _idle(days: int) -> int:
    if days > LONGEST_CLOSURE:
        raise CalendarRefused("the calendar of the post has no working day in a year")
    return days + 1
