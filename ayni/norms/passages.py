"""What can be found in the register: instruments, their articles, and findings about the law of a
state; and whether each is in force on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ayni.norms.in_force import in_force
from ayni.norms.model import (
    Evidence,
    Force,
    Framework,
    Instrument,
    Mark,
    Provision,
    Reading,
    Subject,
    Text,
    Topic,
    TransferLaw,
    first_day,
    last_day,
)


class Kind(StrEnum):
    """What a passage is."""

    INSTRUMENT = "instrument"
    ARTICLE = "article"
    NOTE = "note"  # a remark on an instrument, with a source of its own
    NATIONAL = "national"


class Reach(StrEnum):
    """Whose it is: of a bloc, of all the world, of two states, of one."""

    CAN = "CAN"
    MERCOSUR = "Mercosur"
    OAS = "OAS"
    UNIVERSAL = "universal"
    BILATERAL = "bilateral"
    NATIONAL = "national"
    OTHER = "other"  # practice and networks of no bloc


_TOPICS = {
    Subject.ASSISTANCE: Topic.ASSISTANCE,
    Subject.TRANSFER: Topic.PERSONAL_DATA,
    Subject.CONSULAR: Topic.CONSULAR_DUTY,
    Subject.STAY: Topic.RESIDENCE,
    Subject.RETURN: Topic.RETURN,
}


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that can be found. `states`: those of which the register, or the state itself, says
    how they stand to it; `text`: its content, None where nobody knows it."""

    id: str
    kind: Kind
    reach: Reach
    states: frozenset[str]
    topics: frozenset[Topic]
    names: Text | None
    short: Text | None
    reference: str
    text: Text | None
    evidence: Evidence
    instrument: str = ""
    state: str = ""


def passages(known: Framework) -> tuple[Passage, ...]:
    """Everything of the register, instruments with their articles first."""
    return (*_of_instruments(known), *_of_states(known))


def _of_instruments(known: Framework) -> Iterator[Passage]:
    articles: dict[str, list[Provision]] = {}
    for each in known.provisions.values():
        if each.instrument:
            articles.setdefault(each.instrument, []).append(each)
    for of in known.instruments.values():
        yield Passage(
            id=of.id,
            kind=Kind.INSTRUMENT,
            reach=reach(of),
            states=of.named,
            topics=_topics(of),
            names=of.names,
            short=of.short,
            reference="",
            text=of.text,
            evidence=of.evidence,
            instrument=of.id,
        )
        yield from _notes(of)
        for each in articles.get(of.id, ()):
            yield Passage(
                id=each.id,
                kind=Kind.ARTICLE,
                reach=reach(of),
                states=of.named,
                topics=each.topics | _topics_read(each),
                names=of.names,
                short=of.short,
                reference=each.reference,
                text=each.text,
                evidence=each.evidence,
                instrument=of.id,
            )


def _notes(of: Instrument) -> Iterator[Passage]:
    for n, each in enumerate(of.notes, start=1):
        yield Passage(
            id=f"{of.id}.note-{n}",
            kind=Kind.NOTE,
            reach=reach(of),
            states=frozenset({each.state}) if each.state else of.named,
            topics=_topics(of),
            names=of.names,
            short=of.short,
            reference="",
            text=each.text,
            evidence=each.evidence,
            instrument=of.id,
        )


def _of_states(known: Framework) -> Iterator[Passage]:
    for each in known.provisions.values():
        if each.state:
            yield Passage(
                id=each.id,
                kind=Kind.NATIONAL,
                reach=Reach.NATIONAL,
                states=frozenset({each.state}),
                topics=each.topics,
                names=None,
                short=None,
                reference=each.reference,
                text=each.text,
                evidence=each.evidence,
                state=each.state,
            )


def reach(of: Instrument) -> Reach:
    """Whose an instrument is."""
    if of.bloc:
        return Reach(of.bloc)
    if of.kind in ("bilateral", "negotiation"):
        return Reach.BILATERAL
    return Reach.UNIVERSAL if of.kind == "universal" else Reach.OTHER


def _topics(of: Instrument) -> frozenset[Topic]:
    """What an instrument is about: what the data say, and what it may serve for."""
    subjects = {subject for ground in of.grounds for subject in ground.subjects}
    return of.topics | {_TOPICS[each] for each in subjects if each in _TOPICS}


def _topics_read(article: Provision) -> frozenset[Topic]:
    """What an article is about by what the states say that have read it."""
    subjects = {subject for read in article.read_by for _crime, subject in read.serves}
    return frozenset(_TOPICS[each] for each in subjects if each in _TOPICS)


def force_for(known: Framework, passage: Passage, state: str, on: date) -> Force:
    """Whether it is in force for a state on a day: one of the three values."""
    if passage.instrument:
        return in_force(known.instruments[passage.instrument], state, on).force
    if passage.state != state:
        return Force.NOT_IN_FORCE
    law = next(
        (each for each in known.laws.get(state, ()) if each.provision.id == passage.id), None
    )
    return _of_a_law(law, on) if law else _seen(passage.evidence, on)


def _of_a_law(law: TransferLaw, on: date) -> Force:
    """By the days between which it holds; a blank is never a no."""
    if law.provision.evidence.mark not in (Mark.VERIFIED, Mark.COMPUTED):
        return Force.NOT_KNOWN
    if law.valid_from and on < first_day(law.valid_from):
        return Force.NOT_IN_FORCE
    if law.valid_to and on > last_day(law.valid_to):
        return Force.NOT_IN_FORCE
    if law.valid_from and on >= last_day(law.valid_from):
        return Force.IN_FORCE
    seen = _seen(law.provision.evidence, on)
    if law.reading is Reading.NONE and seen is Force.IN_FORCE and not law.valid_to:
        return Force.NOT_IN_FORCE  # what was read is that there is no law
    return seen


def _seen(evidence: Evidence, on: date) -> Force:
    """In force from the day on which somebody read it as it then was; before that nobody knows."""
    if evidence.mark not in (Mark.VERIFIED, Mark.COMPUTED):
        return Force.NOT_KNOWN
    try:
        return Force.IN_FORCE if last_day(evidence.as_at) <= on else Force.NOT_KNOWN
    except ValueError:
        return Force.NOT_KNOWN  # "unknown"; "as published", without later amendments


@dataclass(frozen=True, slots=True)
class Standings:
    """For which states it is in force on a day, for which it is not, of which nobody knows."""

    values: dict[str, Force]

    def of(self, value: Force) -> list[str]:
        """The states with one of the three values."""
        return [state for state, each in self.values.items() if each is value]

    @property
    def force(self) -> Force:
        """In force for one at least; otherwise not known if it is not known for one."""
        found = set(self.values.values())
        for value in (Force.IN_FORCE, Force.NOT_KNOWN):
            if value in found:
                return value
        return Force.NOT_IN_FORCE


def standings(
    known: Framework, passage: Passage, *, states: tuple[str, ...], on: date
) -> Standings:
    """How it stands for these states on a day; of a state's own law for that state alone."""
    asked = [passage.state] if passage.state else sorted(states)
    return Standings({each: force_for(known, passage, each, on) for each in asked})
