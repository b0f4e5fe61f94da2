"""Whether an instrument is in force for a state on a day. Pure.

Three values: in force, not in force, not known. *Not known* is never taken for either of the
others. Where no source gives the day of entry, a source that shows the instrument applied on a day
counts from that day on, and the answer says so. What a state itself has verified and published
stands above the sources of the register, for that state alone and for the days of which it speaks.
What its last review says no longer holds is not known until a later one says what holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ayni.norms.model import (
    BOUND,
    Evidence,
    Force,
    Instrument,
    Mark,
    Standing,
    Stated,
    StateStanding,
    first_day,
    last_day,
)


class Because(StrEnum):
    """Why; `wording.py` says it in words."""

    ENTERED = "entered"
    SEEN = "seen"
    NOT_AMONG_BOUND = "not_among_bound"
    SIGNED_ONLY = "signed_only"
    NEITHER = "neither"
    NOT_PARTY = "not_party"
    NO_ACTION = "no_action"
    NOT_YET = "not_yet"
    NO_STANDING = "no_standing"
    INSTRUMENT_UNVERIFIED = "instrument_unverified"
    STANDING_UNVERIFIED = "standing_unverified"
    ENTRY_UNVERIFIED = "entry_unverified"
    NO_DAY = "no_day"
    DAY_TOO_VAGUE = "day_too_vague"
    STATED_NOT = "stated_not"
    STATED_NOT_KNOWN = "stated_not_known"
    STATEMENTS_CONTRADICT = "statements_contradict"
    NO_LONGER_HOLDS = "no_longer_holds"
    STANDING_NO_LONGER_HOLDS = "standing_no_longer_holds"


@dataclass(frozen=True, slots=True)
class Answer:
    """`since`: the first day that the sources show; none unless it is in force. `seen`: that day
    is one on which it was seen applied, not that of its entry."""

    force: Force
    because: Because
    evidence: Evidence
    since: date | None = None
    seen: bool = False


_REFUSED = {
    Standing.SIGNED_ONLY: Because.SIGNED_ONLY,
    Standing.NEITHER: Because.NEITHER,
    Standing.NOT_PARTY: Because.NOT_PARTY,
    Standing.NO_ACTION: Because.NO_ACTION,
}


def in_force(instrument: Instrument, state: str, on: date) -> Answer:
    """How it stands with one state (small ISO 3166-1 alpha-2 code) on a day."""
    found = _as_recorded(instrument, state, on)
    if "" in instrument.no_longer and found.force is Force.IN_FORCE:
        return _not_known(Because.NO_LONGER_HOLDS, found.evidence)
    reviewed, stated = instrument.no_longer.get(state), instrument.stated.get(state)
    # What the state itself has said since then answers the review.
    if reviewed is not None and (stated is None or not stated.answers(reviewed)):
        return _not_known(Because.STANDING_NO_LONGER_HOLDS, found.evidence)
    return found


def _as_recorded(instrument: Instrument, state: str, on: date) -> Answer:
    stands = instrument.standing.get(state)
    if stands is None and instrument.kind == "bilateral":
        return Answer(Force.NOT_IN_FORCE, Because.NOT_AMONG_BOUND, instrument.evidence)
    said = _as_stated(instrument.stated.get(state), on)
    if said is not None and said.force is not Force.IN_FORCE:
        return said
    if instrument.evidence.mark is not Mark.VERIFIED:
        # That it is in force makes nobody know what it says.
        return _not_known(Because.INSTRUMENT_UNVERIFIED, instrument.evidence)
    if said is not None:
        return said
    if not instrument.standing:
        return _not_known(Because.NO_STANDING, instrument.evidence)
    if stands is None:
        return Answer(Force.NOT_IN_FORCE, Because.NOT_AMONG_BOUND, instrument.evidence)
    if stands.standing is Standing.UNKNOWN or stands.evidence.mark is not Mark.VERIFIED:
        return _not_known(Because.STANDING_UNVERIFIED, stands.evidence)
    if stands.standing not in BOUND:
        return Answer(Force.NOT_IN_FORCE, _REFUSED[stands.standing], stands.evidence)
    return _of_a_bound_state(instrument, stands, on)


def _as_stated(stated: Stated | None, on: date) -> Answer | None:
    """What a state's own statement says of a day; None if it says nothing of that day."""
    if stated is None:
        return None
    if stated.contested:
        return _not_known(Because.STATEMENTS_CONTRADICT, stated.evidence)
    if on < stated.on:
        # A day of entry says that it was not in force before; the other statements say nothing.
        entered = stated.force is Force.IN_FORCE and not stated.seen
        return Answer(Force.NOT_IN_FORCE, Because.NOT_YET, stated.evidence) if entered else None
    if stated.force is Force.NOT_KNOWN:
        return _not_known(Because.STATED_NOT_KNOWN, stated.evidence)
    if stated.force is Force.NOT_IN_FORCE:
        return Answer(Force.NOT_IN_FORCE, Because.STATED_NOT, stated.evidence)
    because = Because.SEEN if stated.seen else Because.ENTERED
    return Answer(Force.IN_FORCE, because, stated.evidence, stated.on, stated.seen)


def _not_known(because: Because, evidence: Evidence) -> Answer:
    return Answer(Force.NOT_KNOWN, because, evidence)


def _of_a_bound_state(instrument: Instrument, stands: StateStanding, on: date) -> Answer:
    for text, evidence in _days_before_which_it_is_not(instrument, stands):
        if on < first_day(text):
            return Answer(Force.NOT_IN_FORCE, Because.NOT_YET, evidence)
    if instrument.in_force and instrument.in_force.evidence.mark is not Mark.VERIFIED:
        return _not_known(Because.ENTRY_UNVERIFIED, instrument.in_force.evidence)
    entered = _entered(instrument, stands)
    days = [(last_day(entered[0]), entered[1], False)] if entered else []
    days += [(day, evidence, True) for day, evidence in _seen(instrument, stands)]
    past = sorted((each for each in days if each[0] <= on), key=lambda each: (each[0], each[2]))
    if past:
        since, evidence, seen = past[0]
        because = Because.SEEN if seen else Because.ENTERED
        return Answer(Force.IN_FORCE, because, evidence, since, seen)
    if days:
        return _not_known(Because.DAY_TOO_VAGUE, days[0][1])
    return _not_known(Because.NO_DAY, stands.evidence)


def _days_before_which_it_is_not(
    instrument: Instrument, stands: StateStanding
) -> Iterator[tuple[str, Evidence]]:
    """Verified days of signature, of the instrument's entry, of this state's deposit and entry."""
    if instrument.signed:
        yield instrument.signed, instrument.evidence
    entry = instrument.in_force
    if entry and entry.on and entry.evidence.mark is Mark.VERIFIED:
        yield entry.on, entry.evidence
    if stands.on and stands.on_mark is Mark.VERIFIED:
        yield stands.on, stands.evidence
    if stands.entered and stands.entered_mark is Mark.VERIFIED:
        yield stands.entered, stands.evidence


def _entered(instrument: Instrument, stands: StateStanding) -> tuple[str, Evidence] | None:
    """The day of entry for this state: its own; or that of the instrument, for a state that had
    deposited before, or of which no deposit is recorded."""
    if stands.entered and stands.entered_mark is Mark.VERIFIED:
        return stands.entered, stands.evidence
    entry = instrument.in_force
    if entry is None or not entry.on or entry.evidence.mark is not Mark.VERIFIED:
        return None
    before = stands.on_mark is Mark.VERIFIED and last_day(stands.on or "1") < first_day(entry.on)
    return (entry.on, entry.evidence) if before or not stands.on else None


def _seen(instrument: Instrument, stands: StateStanding) -> Iterator[tuple[date, Evidence]]:
    """Days on which it was seen applied: by a source that says so, and by the register of its
    parties, which is as of a day."""
    if instrument.seen and instrument.seen.evidence.mark is Mark.VERIFIED:
        yield last_day(instrument.seen.on), instrument.seen.evidence
    try:
        yield last_day(stands.evidence.as_at), stands.evidence
    except ValueError:
        return  # "unknown", "as published"
