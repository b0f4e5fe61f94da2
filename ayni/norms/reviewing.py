"""What of the register has to be looked at again, by whom, and since when. Pure.

An item is an instrument with its articles, a finding about the law of a state, or how a state
stands to an instrument (key: instrument, colon, state). Its day of review is the one that the last
review named; without a review a year after the day up to which the value was seen. A value of which
nobody knows when it was seen is due at once. The year is a proposal of the platform and no norm:
whoever reviews an item names the next day herself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ayni.norms.model import Evidence, Framework, Instrument, last_day
from ayni.norms.passages import Reach, reach

PERIOD = timedelta(days=365)
LONGEST = timedelta(days=5 * 366)  # from one review to the next


class Outcome(StrEnum):
    """What came of a review."""

    SAME = "same"
    CHANGED = "changed"
    UNCLEAR = "unclear"


class Sort(StrEnum):
    """What an item is."""

    INSTRUMENT = "instrument"
    NATIONAL = "national"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `responsible`: codes of states, or the secretariat's node, each of which may review
    it; `seen`: up to which day it was seen, None if nobody knows; `instrument`, `state`: what it is
    about, empty where it is not."""

    id: str
    sort: Sort
    responsible: frozenset[str]
    seen: date | None
    instrument: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """The last review of an item: by which member, on which day, what came of it, where it was
    read, when it is to be looked at again."""

    owner: str
    on: date
    outcome: Outcome
    source: str
    next_on: date


def items(known: Framework, *, secretariat: str) -> tuple[Item, ...]:
    """Everything that is looked at again, in the order of the register."""
    return (
        *(_of(each, secretariat) for each in known.instruments.values()),
        *(row for each in known.instruments.values() for row in _standings(each)),
        *(
            Item(each.id, Sort.NATIONAL, frozenset({each.state}), _seen(each.evidence),
                 state=each.state)
            for each in known.provisions.values()
            if each.state
        ),
    )  # fmt: skip


def _of(instrument: Instrument, secretariat: str) -> Item:
    """Of an agreement between states they look after it; of every other one the secretariat."""
    own = reach(instrument) is Reach.BILATERAL
    who = frozenset(instrument.standing) if own else frozenset({secretariat})
    seen = _seen(instrument.evidence)
    return Item(instrument.id, Sort.INSTRUMENT, who, seen, instrument=instrument.id)


def _standings(instrument: Instrument) -> Iterator[Item]:
    if reach(instrument) is Reach.BILATERAL:
        return  # the item itself is that of its states
    for state, stands in instrument.standing.items():
        seen = [_seen(stands.evidence)]
        if state in instrument.stated:
            seen.append(_seen(instrument.stated[state].evidence))
        last = max((each for each in seen if each), default=None)
        yield Item(
            f"{instrument.id}:{state}", Sort.STANDING, frozenset({state}), last,
            instrument=instrument.id, state=state,
        )  # fmt: skip


def _seen(evidence: Evidence) -> date | None:
    try:
        return last_day(evidence.as_at)
    except ValueError:
        return None  # "unknown"; "as published", without what came after


def due(item: Item, review: Review | None) -> date | None:
    """By which day it has to be looked at again; None: at once."""
    if review is not None:
        return review.next_on
    return None if item.seen is None else item.seen + PERIOD


def is_overdue(item: Item, review: Review | None, day: date) -> bool:
    """Whether its day is over."""
    by = due(item, review)
    return by is None or by < day


def overdue(
    found: tuple[Item, ...], held: Mapping[str, Review], day: date
) -> list[tuple[Item, date | None]]:
    """Items whose day is over, what nobody knows the day of first, then what is overdue longest."""
    late = [
        (each, due(each, held.get(each.id)))
        for each in found
        if is_overdue(each, held.get(each.id), day)
    ]
    return sorted(late, key=lambda row: (row[1] or date.min, row[0].id))
