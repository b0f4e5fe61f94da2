"""The register that is shipped, what states have verified of themselves and of their own law, and
what the last reviews say no longer holds, together. Pure.

A state's own statement stands above the register for its own standing. Where the two do not agree
that is said, with both sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ayni.norms.in_force import Answer, in_force
from ayni.norms.model import Force, Framework, Instrument, Provision, Stated, StatedLaw

_DAY = timedelta(days=1)


def joined(seed: Framework, stated: Iterable[tuple[str, str, Stated]]) -> Framework:
    """The framework with statements: (id of the instrument, state, what it says). One about an
    instrument that the register does not have is passed over."""
    found: dict[str, dict[str, Stated]] = {}
    for ident, state, said in sorted(stated, key=lambda each: each[0] not in seed.former):
        current = seed.former.get(ident, ident)  # what is said of the current id comes last
        if current in seed.instruments:
            found.setdefault(current, {})[state] = said
    if not found:
        return seed
    instruments = {
        ident: replace(each, stated=found[ident]) if ident in found else each
        for ident, each in seed.instruments.items()
    }
    return replace(seed, instruments=instruments)


def reviewed(known: Framework, no_longer: Mapping[str, date]) -> Framework:
    """The framework with what the last reviews say no longer holds: id of the item (instrument,
    instrument and state, finding about a state's law) -> day of the review."""
    if not no_longer:
        return known
    of: dict[str, dict[str, date]] = {}
    for ident, day in no_longer.items():
        head, _colon, state = ident.partition(":")
        of.setdefault(head, {})[state] = day
    gone = of.keys() & known.provisions.keys()
    return replace(
        known,
        instruments={
            ident: replace(each, no_longer=of[ident]) if ident in of else each
            for ident, each in known.instruments.items()
        },
        provisions={
            ident: replace(each, no_longer=True) if ident in gone else each
            for ident, each in known.provisions.items()
        },
        laws={
            state: tuple(
                replace(law, provision=replace(law.provision, no_longer=True))
                if law.provision.id in gone
                else law
                for law in laws
            )
            for state, laws in known.laws.items()
        },
    )


def with_laws(
    known: Framework, said: Mapping[str, StatedLaw], no_longer: Mapping[str, date]
) -> Framework:
    """The framework with what states say of their own law: id of the finding -> what it says;
    `no_longer` as of `reviewed`, which comes before.

    What a law on personal data lets pass stays as the register has it: the statement is about what
    the law says, and names no ground of a transfer.
    """
    found = {
        ident: _of_law(known.provisions[ident], each, no_longer.get(ident))
        for ident, each in said.items()
        if ident in known.provisions
    }
    return replace(known, provisions={**known.provisions, **found}) if found else known


def _of_law(register: Provision, said: StatedLaw, reviewed_on: date | None) -> Provision:
    """One finding as its state has read it. Where the law provides for nothing there is no ground;
    what was said on the day of a review that it no longer holds, or later, answers it."""
    if said.contested:
        return replace(register, evidence=said.evidence, stated=said)
    answered = reviewed_on is None or said.on >= reviewed_on
    return replace(
        register,
        reference=said.reference or register.reference,
        text=said.text,
        evidence=said.evidence,
        ground=register.ground if said.provides else None,
        no_longer=register.no_longer and not answered,
        stated=said,
    )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The register and a state do not say the same of the day `on`, or of the day before it:
    `answer` is what the register alone says, `stated` what the state says."""

    state: str
    stated: Stated
    answer: Answer


def contradictions(instrument: Instrument) -> tuple[Contradiction, ...]:
    """Where the register knows something else than a state says of itself, by state. What the
    register does not know contradicts nothing; two statements of the state that contradict each
    other are no contradiction with the register."""
    instrument = replace(instrument, no_longer={})  # a review says nothing of what holds
    alone = replace(instrument, stated={})
    found = []
    for state, stated in sorted(instrument.stated.items()):
        if stated.contested:
            continue
        for day in (stated.on, stated.on - _DAY):
            register, own = in_force(alone, state, day), in_force(instrument, state, day)
            if register.force not in (Force.NOT_KNOWN, own.force):
                found.append(Contradiction(state, stated, register))
                break
    return tuple(found)
