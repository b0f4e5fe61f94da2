"""For every pair of the ten states and each of the two crimes: which instruments bind both. Pure.

The common ground has the three values of `in_force.py`. An instrument is *specific* if it serves
for one of the two crimes alone; where no specific one is in force for both there is a *gap*. One
that is about a crime and serves no purpose of the resolver is *without ground*: it is common to
both, and closes no gap. States bound by instruments of both blocs could carry a common action: they
are *bridges*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations

from ayni.norms.in_force import in_force
from ayni.norms.model import Crime, Force, Framework, Instrument, Topic, first_day

BLOCS = ("CAN", "Mercosur")


@dataclass(frozen=True, slots=True)
class Ground:
    """For one crime: ids of instruments in force for both, and of those of which that is not known
    for one of them. `specific`: those of `instruments` that serve for this crime alone;
    `without_ground`: those of `instruments` that are about it and serve no purpose; `not_applied`:
    those of `instruments` that one of the two does not apply to nationals of the other."""

    instruments: tuple[str, ...]
    specific: tuple[str, ...]
    not_known: tuple[str, ...]
    specific_not_known: tuple[str, ...]
    without_ground: tuple[str, ...] = ()
    not_applied: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether verifying something could change what is known of the two."""
        return bool(self.not_known)

    @property
    def force(self) -> Force:
        """Whether anything binds both."""
        return _value(self.instruments, self.not_known)

    @property
    def of_this_crime(self) -> Force:
        """Whether anything about this crime binds both."""
        return _value(self.specific, self.specific_not_known)

    @property
    def is_gap(self) -> bool:
        """Whether nothing about this crime is known to bind both."""
        return not self.specific


@dataclass(frozen=True, slots=True)
class Pair:
    """Two states, by code, and the ground that they share."""

    a: str
    b: str
    matters: dict[Crime, Ground]

    @property
    def named(self) -> frozenset[str]:
        """Ids of all instruments that are named for the two."""
        found = self.matters.values()
        return frozenset(each for one in found for each in (*one.instruments, *one.not_known))


@dataclass(frozen=True, slots=True)
class Bridge:
    """A state bound by instruments of both blocs: their ids."""

    state: str
    blocs: dict[str, tuple[str, ...]]


def _value(known: tuple[str, ...], unknown: tuple[str, ...]) -> Force:
    if known:
        return Force.IN_FORCE
    return Force.NOT_KNOWN if unknown else Force.NOT_IN_FORCE


def pairs(framework: Framework, *, states: tuple[str, ...], on: date) -> tuple[Pair, ...]:
    """Every pair of these states, in order of their codes: 45 of ten."""
    return tuple(
        Pair(a, b, {crime: _ground(framework, a, b, crime, on) for crime in Crime})
        for a, b in combinations(sorted(states), 2)
    )


def _ground(framework: Framework, a: str, b: str, crime: Crime, on: date) -> Ground:
    both, unknown = [], []
    for instrument in sorted(framework.instruments.values(), key=lambda each: each.id):
        if crime not in _crimes(instrument) | _about(instrument):
            continue
        values = {in_force(instrument, state, on).force for state in (a, b)}
        if values == {Force.IN_FORCE}:
            both.append(instrument)
        elif Force.NOT_IN_FORCE not in values and {a, b} & instrument.named:
            unknown.append(instrument)
    return Ground(
        instruments=tuple(each.id for each in both),
        specific=tuple(each.id for each in both if _crimes(each) == {crime}),
        not_known=tuple(each.id for each in unknown),
        specific_not_known=tuple(each.id for each in unknown if _crimes(each) == {crime}),
        without_ground=tuple(each.id for each in both if crime not in _crimes(each)),
        not_applied=tuple(each.id for each in both if _refuses(each, a, b, on)),
    )


def _refuses(instrument: Instrument, a: str, b: str, on: date) -> bool:
    """Whether one of two states is known not to apply it to nationals of the other on a day."""
    return any(
        {row.host, national} == {a, b} and (not row.since or first_day(row.since) <= on)
        for row in instrument.not_applied
        for national in row.nationals_of
    )


def _crimes(instrument: Instrument) -> set[Crime]:
    """The crimes for which it serves a purpose."""
    return {crime for ground in instrument.grounds for crime in ground.crimes}


_TOPICS = {Topic.TRAFFICKING: Crime.TRAFFICKING, Topic.SMUGGLING: Crime.SMUGGLING}


def _about(instrument: Instrument) -> set[Crime]:
    """The crimes that it is about, whether or not it serves a purpose."""
    return {crime for topic, crime in _TOPICS.items() if topic in instrument.topics}


def bridges(framework: Framework, *, states: tuple[str, ...], on: date) -> tuple[Bridge, ...]:
    """States that are bound by instruments of both blocs on this day."""
    found = []
    for state in sorted(states):
        bound = {
            bloc: tuple(
                each.id
                for each in sorted(framework.instruments.values(), key=lambda one: one.id)
                if each.bloc == bloc and in_force(each, state, on).force is Force.IN_FORCE
            )
            for bloc in BLOCS
        }
        if all(bound.values()):
            found.append(Bridge(state, bound))
    return tuple(found)
