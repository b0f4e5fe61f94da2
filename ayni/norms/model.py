"""The framework as values: instruments, provisions, standing of states, rules of transfer. Pure.

Dates are texts as exact as their source: a year, a month, or a day (ISO 8601).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property


class Mark(StrEnum):
    """How a value is known."""

    VERIFIED = "V"  # read in the source named
    COMPUTED = "C"  # worked out from verified values
    SECONDARY = "2"  # seen only in a secondary source
    INDEX = "I"  # only its heading was seen
    UNVERIFIED = "M"
    NOT_FOUND = "X"  # searched for in public sources and not found


_STRENGTH = (Mark.NOT_FOUND, Mark.UNVERIFIED, Mark.INDEX, Mark.SECONDARY, Mark.COMPUTED,
             Mark.VERIFIED)  # fmt: skip


def weakest(*marks: Mark) -> Mark:
    """The mark of a conclusion that rests on all of these; nothing to rest on is verified."""
    return min(marks, key=_STRENGTH.index, default=Mark.VERIFIED)


class Crime(StrEnum):
    """The two crimes, which are never mixed."""

    TRAFFICKING = "trafficking"
    SMUGGLING = "smuggling"


class Subject(StrEnum):
    """What one state wants of another.

    `stay`: requesting is the state of nationality, requested the host. `return`: requesting is the
    host, requested the state that receives the person. `consular`: requesting is the state without
    a post, requested the one whose post acts. `transfer`: requesting sends the data.
    """

    ASSISTANCE = "assistance"
    TRANSFER = "transfer"
    CONSULAR = "consular"
    STAY = "stay"
    RETURN = "return"
    MISSING_PERSON = "missing_person"
    EVIDENCE = "evidence"


class Standing(StrEnum):
    """How a state stands to an instrument."""

    PARTY = "party"
    ACCEDED = "acceded"
    SIGNED_ONLY = "signed_only"
    NEITHER = "neither"
    NOT_PARTY = "not_party"
    NO_ACTION = "no_action"
    UNKNOWN = "unknown"


class Force(StrEnum):
    """Whether an instrument binds a state on a day."""

    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"
    NOT_KNOWN = "not_known"


BOUND = frozenset({Standing.PARTY, Standing.ACCEDED})


class Topic(StrEnum):
    """What a provision is about. Of every state the register says something to each topic of
    `SURVEY`, were it only that nobody has verified it."""

    TRAFFICKING = "trafficking"
    SMUGGLING = "smuggling"
    LEAD_BODY = "lead_body"
    PLAN = "plan"
    NON_PUNISHMENT = "non_punishment"
    REFLECTION = "reflection"
    RESIDENCE = "residence"
    COMPENSATION = "compensation"
    HELP = "help"
    CONSULAR_DUTY = "consular_duty"
    PERSONAL_DATA = "personal_data"
    ASSISTANCE = "assistance"
    CHILDREN = "children"
    RETURN = "return"
    INFORMATION = "information"
    BLOCS = "blocs"


SURVEY = tuple(
    each
    for each in Topic
    if each not in (Topic.ASSISTANCE, Topic.CHILDREN, Topic.RETURN, Topic.INFORMATION)
)


class TransferGround(StrEnum):
    """What may let personal data leave a state, in the order in which Ayni looks at them."""

    CONSENT = "consent"
    TREATY = "treaty"
    VITAL_INTEREST = "vital_interest"
    MEDICAL = "medical"
    JUDICIAL_COOPERATION = "judicial_cooperation"
    INTELLIGENCE = "intelligence"
    PUBLIC_INTEREST = "public_interest"
    ADEQUACY = "adequacy"
    SENDERS_GUARANTEE = "senders_guarantee"


class Reading(StrEnum):
    """Whether a state's rule of transfer was read."""

    FULL = "full"
    NONE = "none"  # there is no general law
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in three languages."""

    es: str
    pt: str
    en: str

    def in_language(self, language: str) -> str:
        """The text for a language code such as `pt-br`; Spanish for any other language."""
        return {"pt": self.pt, "en": self.en}.get(language[:2], self.es)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value comes from, how it is known, and up to when it was seen."""

    source: str
    mark: Mark
    as_at: str = "unknown"


@dataclass(frozen=True, slots=True)
class Ground:
    """For which crimes and subjects something may serve, and by which provisions."""

    crimes: frozenset[Crime]
    subjects: frozenset[Subject]
    provisions: tuple[str, ...] = ()
    side: str = ""  # requested or requesting: whose law it is; empty for an instrument
    conditions: tuple[str, ...] = ()

    @property
    def purposes(self) -> frozenset[tuple[Crime, Subject]]:
        """Each crime with each subject."""
        return frozenset((crime, subject) for crime in self.crimes for subject in self.subjects)

    def serves(self, crime: Crime, subject: Subject) -> bool:
        return crime in self.crimes and subject in self.subjects


@dataclass(frozen=True, slots=True)
class StateStanding:
    """How one state stands to one instrument. `on` is the date of deposit, `entered` that of its
    entry into force for this state; either may be empty."""

    standing: Standing
    on: str
    on_mark: Mark
    evidence: Evidence
    entered: str = ""
    entered_mark: Mark = Mark.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Stated:
    """What a state itself says, having read it in the source that it names: `force` from the day
    `on`; `seen`: that is a day on which it was seen applied, not that of its entry. `contested`:
    it published two different statements under one number, and nothing is known until it
    publishes a later one."""

    force: Force
    on: date
    seen: bool
    evidence: Evidence
    contested: bool = False

    def answers(self, review: date) -> bool:
        """Whether it was published on the day of a review or later."""
        return not self.contested and last_day(self.evidence.as_at) >= review


@dataclass(frozen=True, slots=True)
class StatedLaw:
    """What a state itself says of its own law, having read it in its source: whether the law
    provides for the topic, and what it says, in the language in which the state wrote it. `on`:
    the day on which it said so; the day on which it was read is that of the evidence. `contested`:
    it published two different statements under one number, and nothing is known until it publishes
    a later one. `grounds`, of a law on personal data: everything that it names as letting data
    leave the state; None where the state does not say it."""

    provides: bool
    text: Text | None
    language: str
    reference: str
    on: date
    evidence: Evidence
    contested: bool = False
    grounds: frozenset[TransferGround] | None = None


Purposes = frozenset[tuple[Crime, Subject]]


@dataclass(frozen=True, slots=True)
class ArticleRead:
    """What one state says of one article of an instrument, or of its whole text, having read it in
    its source: in one or two sentences, in the language in which it wrote them; the article as it
    is cited; what it serves for. The day on which it was read is that of the evidence. `contested`:
    it published two different statements under one number, and nothing is known until it publishes
    a later one."""

    state: str
    text: str
    language: str
    reference: str
    serves: Purposes
    evidence: Evidence
    contested: bool = False


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A host does not apply an instrument to nationals of these states. `since` may be empty."""

    host: str
    nationals_of: frozenset[str]
    since: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class InForce:
    """Entry into force of an instrument; `on` is empty where it is not known."""

    on: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Seen:
    """A source that shows an instrument applied on a day."""

    on: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Note:
    """A reservation, declaration or remark; of one state if it names one."""

    text: Text
    evidence: Evidence
    state: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A treaty, decision, agreement or practice, and how the ten states stand to it."""

    id: str
    kind: str
    short: Text
    names: Text
    text: Text | None
    bloc: str
    evidence: Evidence
    in_force: InForce | None
    grounds: tuple[Ground, ...]
    standing: Mapping[str, StateStanding]
    not_applied: tuple[NotApplied, ...]
    notes: tuple[Note, ...]
    seen: Seen | None = None
    signed: str = ""
    former: tuple[str, ...] = ()
    stated: Mapping[str, Stated] = field(default_factory=dict)
    topics: frozenset[Topic] = frozenset()
    # Days of the last reviews that say that it no longer holds as it stands: under a state's code
    # how that state stands to it, under no code the instrument itself.
    no_longer: Mapping[str, date] = field(default_factory=dict)
    read_by: tuple[ArticleRead, ...] = ()  # what states have read of its whole text

    @property
    def purposes(self) -> Purposes:
        """Everything for which it may serve."""
        return frozenset(each for ground in self.grounds for each in ground.purposes)

    @property
    def named(self) -> frozenset[str]:
        """States of which it says how they stand to it, or which say so themselves."""
        return frozenset(self.standing) | frozenset(self.stated)


@dataclass(frozen=True, slots=True)
class Provision:
    """An article of an instrument, or one finding about a state's own law. Text may be unknown."""

    id: str
    reference: str
    text: Text | None
    evidence: Evidence
    instrument: str = ""
    state: str = ""
    topic: Topic | None = None
    ground: Ground | None = None
    also: frozenset[Topic] = frozenset()
    no_longer: bool = False  # its last review says that it no longer holds as it stands
    stated: StatedLaw | None = None  # what its state itself says of it, if that counts
    read_by: tuple[ArticleRead, ...] = ()  # of an article: what states have read of it

    @property
    def topics(self) -> frozenset[Topic]:
        """Everything that it is about."""
        return self.also | ({self.topic} if self.topic else frozenset())


@dataclass(frozen=True, slots=True)
class TransferLaw:
    """What one state's law says about personal data that leaves it, for a period."""

    provision: Provision
    valid_from: str
    valid_to: str
    reading: Reading
    permits: Mapping[TransferGround, Mark]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where sources disagree about a state."""

    id: str
    states: tuple[str, ...]
    instrument: str
    text: Text


@dataclass(frozen=True)
class Framework:
    """Everything of the data files, checked."""

    instruments: Mapping[str, Instrument]
    provisions: Mapping[str, Provision]
    laws: Mapping[str, tuple[TransferLaw, ...]]
    disagreements: tuple[Disagreement, ...] = ()

    @cached_property
    def former(self) -> Mapping[str, str]:
        """Ids under which instruments stood before, and those under which they stand now."""
        return {old: each.id for each in self.instruments.values() for old in each.former}


def first_day(text: str) -> date:
    """The first day that a partial date may mean. Raises `ValueError` for anything else."""
    parts = [int(part) for part in text.split("-")]
    return date(*(parts + [1, 1])[:3])


def last_day(text: str) -> date:
    """The last day that a partial date may mean. Raises `ValueError` for anything else."""
    match [int(part) for part in text.split("-")]:
        case [year]:
            return date(year, 12, 31)
        case [year, month]:
            return date(year, month, calendar.monthrange(year, month)[1])
        case [year, month, day]:
            return date(year, month, day)
        case _:
            raise ValueError(text)
