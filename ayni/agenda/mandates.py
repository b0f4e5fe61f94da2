"""Which of a state's statements about an office holds on a day. Pure.

A later version may name an office from a coming day on: until then the one before still holds. A
version from the same day, or an earlier one, takes the place of the one before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Office:
    """One version: which office of the state, by which act, from when and until when, both days
    included; None: no end is stated."""

    number: int
    office: str
    institution: str
    act: str
    begins: date
    until: date | None


def on_day(versions: Iterable[Office], day: date) -> Office | None:
    """The office that has the function on a day; None if there is none."""
    begun = [each for each in versions if each.begins <= day]
    latest = max(begun, key=lambda each: each.number, default=None)
    if latest is None or (latest.until is not None and latest.until < day):
        return None
    return latest


def coming(versions: Iterable[Office], day: date) -> Office | None:
    """The office that has been named from a later day on; None if there is none."""
    later = [each for each in versions if each.begins > day]
    latest = max(later, key=lambda each: each.number, default=None)
    if latest is None:
        return None
    newest = max(versions, key=lambda each: each.number)
    return latest if newest.number == latest.number else None


def ended(versions: Iterable[Office], day: date) -> Office | None:
    """The office that had the function last, where none has it on a day; None if there is none."""
    begun = [each for each in versions if each.begins <= day]
    latest = max(begun, key=lambda each: each.number, default=None)
    if latest is None or latest.until is None or latest.until >= day:
        return None
    return latest
