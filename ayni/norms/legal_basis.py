"""The answer of the legal-basis resolver as one document: what may be named, what is missing and
what would settle it, warnings, and what lets personal data pass on both sides. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ayni.norms import resolver
from ayni.norms.in_force import Answer, Because, in_force
from ayni.norms.model import Crime, Force, Framework, Instrument, Note, Standing, Subject
from ayni.norms.resolver import Basis, Reason, Status, TransferBasis


class Purpose(StrEnum):
    """What one state asks another for."""

    ASSISTANCE = "assistance"
    RETURN = "return"
    INFORMATION = "information"
    MISSING_PERSON = "missing_person"
    EVIDENCE = "evidence"


_SUBJECTS = {
    Purpose.ASSISTANCE: Subject.ASSISTANCE,
    Purpose.RETURN: Subject.RETURN,
    Purpose.INFORMATION: Subject.TRANSFER,
    Purpose.MISSING_PERSON: Subject.MISSING_PERSON,
    Purpose.EVIDENCE: Subject.EVIDENCE,
}
# The closer two states have agreed, the earlier it is named.
_CLOSENESS = {"bilateral": 0, "regional": 1, "practice": 2, "universal": 3, "negotiation": 4}


@dataclass(frozen=True, slots=True)
class Named:
    """An instrument in force for both states, for these purposes. `since`: from which day the
    sources show it for both; `seen`: for one of them only seen applied, its day of entry unknown.
    `to_check`: purposes for which it may serve once its article has been read."""

    instrument: Instrument
    purposes: tuple[Purpose, ...]
    to_check: tuple[Purpose, ...]
    provisions: tuple[str, ...]
    since: date
    seen: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """An instrument that would serve and cannot be named: `force` of each state."""

    instrument: Instrument
    force: tuple[tuple[str, Answer], ...]
    purposes: tuple[Purpose, ...]
    reasons: tuple[Reason, ...]

    @property
    def known(self) -> bool:
        """Whether it is certain that it cannot be named; else something has to be found out."""
        return any(answer.force is Force.NOT_IN_FORCE for _state, answer in self.force)


@dataclass(frozen=True, slots=True)
class Warned:
    """What an officer has to know before she names anything."""

    code: str
    state: str
    instrument: str
    note: Note | None


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """Everything the register says about one question."""

    requesting: str
    requested: str
    crime: Crime
    purposes: tuple[Purpose, ...]
    on: date
    instruments: tuple[Named, ...]
    national: tuple[Basis, ...]
    missing: tuple[Missing, ...]
    unserved: tuple[Purpose, ...]
    warnings: tuple[Warned, ...]
    data_protection: tuple[tuple[str, tuple[TransferBasis, ...]], ...]


def legal_basis(
    framework: Framework,
    *,
    requesting: str,
    requested: str,
    crime: Crime,
    purposes: tuple[Purpose, ...],
    on: date,
) -> LegalBasis:
    """What one state may name to another on a day, for one of the two crimes.

    Instruments come in a fixed order: bilateral, regional, practice, universal, then by id. What is
    in force for either state alone, or of which that is not known, stands under `missing`.
    """
    bases = {
        purpose: resolver.legal_bases(
            framework,
            requesting=requesting,
            requested=requested,
            crime=crime,
            subject=_SUBJECTS[purpose],
            on=on,
        )
        for purpose in purposes
    }
    pair = (requesting, requested)
    named, missing = [], []
    for instrument in _serving(framework, bases):
        force = tuple((state, in_force(instrument, state, on)) for state in pair)
        found = {
            purpose: basis
            for purpose, some in bases.items()
            for basis in some
            if basis.id == instrument.id
        }
        if all(answer.force is Force.IN_FORCE for _state, answer in force):
            named.append(_named(instrument, force, found))
        else:
            reasons = _together(basis.reasons for basis in found.values())
            missing.append(Missing(instrument, force, tuple(found), reasons))
    return LegalBasis(
        requesting=requesting,
        requested=requested,
        crime=crime,
        purposes=purposes,
        on=on,
        instruments=tuple(named),
        national=_national(bases),
        missing=tuple(missing),
        unserved=tuple(
            purpose
            for purpose in purposes
            if not any(purpose in (*each.purposes, *each.to_check) for each in named)
        ),
        warnings=tuple(_warnings(framework, pair, crime, on)),
        data_protection=tuple(
            (
                sender,
                resolver.transfer_grounds(
                    framework, sender=sender, recipient=other, on=on, crime=crime
                ),
            )
            for sender, other in (pair, pair[::-1])
        ),
    )


def _serving(framework: Framework, bases: dict[Purpose, tuple[Basis, ...]]) -> Iterator[Instrument]:
    ids = {each.id for some in bases.values() for each in some if each.kind == "instrument"}
    yield from sorted(
        (framework.instruments[each] for each in ids),
        key=lambda instrument: (_CLOSENESS[instrument.kind], instrument.id),
    )


def _named(
    instrument: Instrument, force: tuple[tuple[str, Answer], ...], found: dict[Purpose, Basis]
) -> Named:
    days = [answer.since for _state, answer in force if answer.since]
    serves = {
        purpose: basis for purpose, basis in found.items() if basis.status is Status.AVAILABLE
    }
    provisions = [id_ for basis in found.values() for id_ in basis.provisions]
    return Named(
        instrument=instrument,
        purposes=tuple(serves),
        to_check=tuple(purpose for purpose in found if purpose not in serves),
        provisions=tuple(dict.fromkeys(provisions)),
        since=max(days),
        seen=any(answer.seen for _state, answer in force),
        reasons=_together(basis.reasons for basis in found.values()),
    )


def _together(some: Iterable[tuple[Reason, ...]]) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    for each in some:
        reasons += [reason for reason in each if reason not in reasons]
    return tuple(reasons)


def _national(bases: dict[Purpose, tuple[Basis, ...]]) -> tuple[Basis, ...]:
    found = {each.id: each for some in bases.values() for each in some if each.kind == "national"}
    return tuple(found[each] for each in sorted(found))


_WARNED = {
    Standing.SIGNED_ONLY: "ratification_pending",
    Standing.NEITHER: "not_party",
    Standing.NOT_PARTY: "not_party",
    Standing.NO_ACTION: "not_party",
}
_STATED = {
    Because.STATED_NOT: "stated_not_in_force",
    Because.STATED_NOT_KNOWN: "not_known",
    Because.STATEMENTS_CONTRADICT: "not_known",
    Because.NO_LONGER_HOLDS: "not_known",
    Because.STANDING_NO_LONGER_HOLDS: "not_known",
}
# What every state is expected to be bound by, for each crime.
_EXPECTED = {Crime.TRAFFICKING: "palermo-trafficking", Crime.SMUGGLING: "palermo-smuggling"}


def _warnings(
    framework: Framework, pair: tuple[str, str], crime: Crime, on: date
) -> Iterator[Warned]:
    instrument = framework.instruments[_EXPECTED[crime]]
    for state in pair:
        answer = in_force(instrument, state, on)
        if answer.because in _STATED:
            yield Warned(_STATED[answer.because], state, instrument.id, None)
            continue
        if state in instrument.stated and answer.force is Force.IN_FORCE:
            continue
        stands = instrument.standing.get(state)
        if stands is None or stands.standing is Standing.UNKNOWN:
            yield Warned("not_known", state, instrument.id, None)
        elif stands.standing in _WARNED:
            notes = (each for each in instrument.notes if each.state == state)
            yield Warned(_WARNED[stands.standing], state, instrument.id, next(notes, None))
