"""What a definition of the protocol consists of, once read and checked. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Self

from ayni.protocol.conditions import Condition, Fact, FactValue

__all__ = [
    "Actor",
    "Cite",
    "Condition",
    "Definition",
    "Fact",
    "FactValue",
    "FormField",
    "Gate",
    "Limit",
    "Mark",
    "Option",
    "Phase",
    "Repeat",
    "RepeatKind",
    "Side",
    "Source",
    "Start",
    "Step",
    "SubjectKind",
    "Text",
]

FieldClass = Literal["personal", "sealed", "internal"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Spanish, Brazilian Portuguese and English."""

    es: str
    pt: str
    en: str

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Self:
        return cls(words["es"], words["pt"], words["en"])

    def in_language(self, code: str) -> str:
        """The words for a language code such as `es-ar`, `pt-br` or `en`; else Spanish."""
        return {"pt": self.pt, "en": self.en}.get(code[:2].lower(), self.es)

    def __str__(self) -> str:
        return self.en


class Side(StrEnum):
    """The part a state plays for one subject. A post has only the state that it belongs to."""

    OWN = "own"
    HOST = "host"
    NATIONALITY = "nationality"
    RESIDENCE = "residence"
    TRANSIT = "transit"


class SubjectKind(StrEnum):
    """What a phase runs on."""

    POST = "post"
    NOTICE = "notice"
    CASE = "case"


class Mark(StrEnum):
    """How far a source was read. Only V may carry a norm."""

    READ = "V"
    INDEX_ONLY = "I"
    UNVERIFIED = "M"
    NOT_FOUND = "X"
    PROPOSAL = "D"


class Unit(StrEnum):
    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"


class LimitStatus(StrEnum):
    """Where a time limit comes from. Practice is documented but not, or no longer, a norm."""

    NORM = "norm"
    PRACTICE = "practice"
    TREATY = "treaty"
    PROPOSAL = "proposal"


class Start(StrEnum):
    """From which event a limit counts.

    `opened` the subject was opened; `ready` the step was first found due (recorded then);
    `changed` the change that called for it; `last_done` the time it was last done;
    `step` another step was settled; `before` counts back from a planned moment.
    """

    OPENED = "opened"
    READY = "ready"
    CHANGED = "changed"
    LAST_DONE = "last_done"
    STEP = "step"
    BEFORE = "before"


class RepeatKind(StrEnum):
    SCHEDULE = "schedule"
    EVERY = "every"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of the source register. `repealed` texts document a practice, never a norm."""

    id: str
    title: Text
    mark: Mark
    seen: Text
    address: str = ""
    repealed: bool = False


@dataclass(frozen=True, slots=True)
class Cite:
    """A place in a source, with its own mark: a register entry may be read only in part."""

    source: str
    mark: Mark
    place: str = ""

    @property
    def verified(self) -> bool:
        return self.mark is Mark.READ


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; `role` is the role in `members` that does it or records that it was done."""

    code: str
    name: Text
    role: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit. `value` None: the source says "without delay" or the like, in `words`.

    `changeable`: a state that adopts the version may set less time for what it owes itself. Where
    it did, `value` is its own, `common` that of the version, and `act` the state's act.
    """

    value: int | None
    unit: Unit
    status: LimitStatus
    start: Start
    cites: tuple[Cite, ...] = ()
    step: str = ""
    moment: str = ""
    when: str = ""
    words: Text | None = None
    changeable: bool = False
    common: int | None = None
    act: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """How a step comes back: a schedule of values, every so often, or after every change."""

    kind: RepeatKind
    values: tuple[int, ...] = ()
    unit: Unit = Unit.CALENDAR_DAYS


@dataclass(frozen=True, slots=True)
class Gate:
    """A named condition that must be true, and the sentence that says why the step is stopped."""

    condition: str
    why: Text


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of a step's form. `standard` names the HTCDS field whose codes are used."""

    id: str
    kind: str
    label: Text
    klass: FieldClass
    required: bool = False
    options: str = ""
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One duty. Sides owe it each for itself, or together if `joint`.

    `presumed` it applies while that cannot be told (protection rules); `answers` the other side
    waits for it, so its case stays open; `closes` doing it closes the case; `protects` names whom
    a special rule is for (child, feared_state, smuggled).
    """

    id: str
    phase: str
    title: Text
    duty: Text
    sides: tuple[Side, ...]
    actor: str
    joint: bool = False
    applies_when: str = ""
    presumed: bool = False
    after: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    period: tuple[Limit, ...] = ()
    repeat: Repeat | None = None
    gates: tuple[Gate, ...] = ()
    fields: tuple[FormField, ...] = ()
    cites: tuple[Cite, ...] = ()
    continuous: bool = False
    waivable: bool = True
    declinable: bool = True
    holds_closing: bool = True
    answers: bool = False
    closes: bool = False
    protects: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    id: str
    title: Text
    subject: SubjectKind
    continues_in: SubjectKind | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole protocol. `digest` is the SHA-256 of its canonical JSON, in hexadecimal."""

    key: str
    version: str
    title: Text
    status: Text
    digest: str
    sources: Mapping[str, Source]
    places: Mapping[str, Text]
    actors: Mapping[str, Actor]
    facts: Mapping[str, Fact]
    fact_names: Mapping[str, Text]
    fact_sentences: Mapping[str, Text]
    conditions: Mapping[str, Condition]
    condition_sentences: Mapping[str, Text]
    options: Mapping[str, tuple[Option, ...]]
    option_standards: Mapping[str, str]
    reasons: Mapping[str, Text]
    moments: Mapping[str, Text]
    phrases: Mapping[str, Text]
    phases: tuple[Phase, ...]
    steps: Mapping[str, Step]
    closing_gates: tuple[Gate, ...]
    answered_by: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def place_of(self, cite: Cite) -> Text:
        """Where in its source a cite points; an article or number is the same in all languages."""
        return self.places.get(cite.place) or Text(cite.place, cite.place, cite.place)
