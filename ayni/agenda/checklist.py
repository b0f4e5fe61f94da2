"""What is open when a presidency is handed over, and whether each item was answered. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

SOON = timedelta(days=90)
# Of these it is told how many there are, by state.
COUNTED = frozenset({"commitments_late", "commitments_open", "proposals_waiting", "support_open"})
# Of these it is told which meetings.
MEETINGS = frozenset({"meetings_called", "minutes_draft"})
# Nobody can work these out: they are asked at every handing over.
ALWAYS = ("documents", "correspondence", "announced", "accounts")


@dataclass(frozen=True, slots=True)
class Mandate:
    """Which function of a state an office has, and until when; None: no end is stated."""

    state: str
    function: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Situation:
    """How the platform stands on the day of a handing over: mandates in force, rules without a
    value, working groups at work, what the presidency wrote instead of the secretariat; how many
    commitments, proposals of common actions and needs of support are open, by state ("ar:2"), and
    the keys of meetings that are called, and of those whose minutes are a draft."""

    on: date
    states: tuple[str, ...]
    functions: tuple[str, ...]
    mandates: tuple[Mandate, ...]
    rules_not_known: tuple[str, ...]
    groups: tuple[str, ...]
    written_instead: tuple[str, ...]
    commitments_late: tuple[str, ...] = ()
    commitments_open: tuple[str, ...] = ()
    meetings_called: tuple[str, ...] = ()
    minutes_draft: tuple[str, ...] = ()
    proposals_waiting: tuple[str, ...] = ()
    support_open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is open: what, and of whom or of what (codes)."""

    code: str
    about: tuple[str, ...]


def open_items(now: Situation) -> tuple[Item, ...]:
    """What is open: what the data show, then what is asked always. Nothing is left out because it
    looks small; nothing is listed of which there is none."""
    held = {(each.state, each.function) for each in now.mandates}
    without = tuple(
        state for state in now.states if any((state, each) not in held for each in now.functions)
    )
    ending = sorted(
        {each.state for each in now.mandates if each.until and each.until <= now.on + SOON}
    )
    shown = (
        Item("functions_without_office", without),
        Item("mandates_ending", tuple(ending)),
        Item("rules_not_known", now.rules_not_known),
        Item("groups", now.groups),
        Item("written_instead", now.written_instead),
        Item("commitments_late", now.commitments_late),
        Item("commitments_open", now.commitments_open),
        Item("meetings_called", now.meetings_called),
        Item("minutes_draft", now.minutes_draft),
        Item("proposals_waiting", now.proposals_waiting),
        Item("support_open", now.support_open),
    )
    return (*(each for each in shown if each.about), *(Item(code, ()) for code in ALWAYS))


def counted(states: Iterable[str]) -> tuple[str, ...]:
    """How often each state comes, as an item tells it: the code, a colon, the number."""
    return tuple(f"{state}:{n}" for state, n in sorted(Counter(states).items()))


def unanswered(items: Iterable[Item], answers: Mapping[str, str]) -> tuple[str, ...]:
    """The items (by code) that were neither handed over nor left open. `answers`: code -> how."""
    return tuple(each.code for each in items if answers.get(each.code) not in {"handed", "open"})
