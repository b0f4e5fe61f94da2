"""The kinds of questions that states put to each other, each registered here. No database.

A kind is data (`data/kinds/NAME.json`: questions and answers, one id each, in three languages) and
a registration: its states, its time to answer, what may be sent with it, its handling codes. The
messages, the forms of both sides and their checks are made of these.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ayni.cases import api as cases
from ayni.cooperation.states import INQUIRY, INQUIRY_WITH_FEEDBACK, Table
from ayni.exchange.api import Allowed
from ayni.lib.errors import Misconfigured

LANGUAGES = ("es", "pt", "en")
# Languages of free text, ISO 639-1; it is never translated, and always marked with one of them.
FREE_LANGUAGES = ("es", "pt", "en", "gn", "qu", "ay")
FREE = "free"
# The field of a consent that free text about a person may tell of.
TOLD_BY_FREE_TEXT = frozenset({"narrative"})
Words = Mapping[str, str]
Answers = Mapping[str, Any]


def in_language(words: Words, language: str | None) -> str:
    """The words in the reader's language (`pt-br` reads `pt`), in Spanish for any other."""
    return words.get((language or "es").partition("-")[0], words["es"])


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `id` is its meaning, the same on every node; `choices`: id -> words; `several`:
    more than one may be chosen; `tells`: the fields of a consent that an answer tells of, empty for
    what is about the institution."""

    id: str
    text: Words
    choices: Mapping[str, Words]
    several: bool
    tells: frozenset[str]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of one answer."""
        one = {"enum": sorted(self.choices)}
        if not self.several:
            return one
        many = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
        return {**many, "maxItems": len(self.choices)}


@dataclass(frozen=True)
class Inquiry:
    """A registered kind of question. `choose`: the asker picks among the questions, else all are
    asked; `fields`: what of the person may go with it, under a consent; `shared`: it is about a
    referral that both sides have; `wait`: whose time limit counts (`data/limits.yaml`)."""

    name: str
    title: Words
    questions: Mapping[str, Question]
    choose: bool
    fields: tuple[str, ...] = ()
    shared: bool = True
    states: Table = field(default_factory=lambda: INQUIRY)
    wait: str = "request"
    handling: Allowed = field(default_factory=Allowed)

    @cached_property
    def ask_carries(self) -> frozenset[str]:
        """The fields that may leave with the questions."""
        return frozenset(self.fields) | TOLD_BY_FREE_TEXT

    @cached_property
    def answer_carries(self) -> frozenset[str]:
        """The fields that the answers may tell of."""
        return TOLD_BY_FREE_TEXT.union(*(q.tells for q in self.questions.values()))

    def tells(self, answers: Iterable[str], *, free: bool = False) -> frozenset[str]:
        """The fields that these answers (ids of questions) and a free text tell of."""
        told = frozenset[str]().union(*(self.questions[name].tells for name in answers))
        return told | (TOLD_BY_FREE_TEXT if free else frozenset())

    def apart(self, answers: Answers) -> tuple[dict[str, Any], dict[str, Any]]:
        """Answers that tell nothing of the person, and those that do."""
        personal = {k: v for k, v in answers.items() if self.questions[k].tells}
        return {k: v for k, v in answers.items() if k not in personal}, personal


def _question(row: Mapping[str, Any], place: str) -> Question:
    found = Question(
        id=row["id"],
        text=row["text"],
        choices=MappingProxyType({choice["id"]: choice["text"] for choice in row["choices"]}),
        several=row["several"],
        tells=frozenset(row["tells"]),
    )
    for words in (found.text, *found.choices.values()):
        if set(words) != set(LANGUAGES) or not all(words.values()):
            raise Misconfigured(f"{place}: {found.id}: es, pt and en, each with words")
    if len(found.choices) != len(row["choices"]) or len(found.choices) < 2:
        raise Misconfigured(f"{place}: {found.id}: two answers or more, each with its own id")
    if not found.tells <= set(cases.DISCLOSABLE):
        raise Misconfigured(f"{place}: {found.id}: tells names a field that no consent knows")
    return found


def read(name: str, **registered: Any) -> Inquiry:
    """One kind with its questions, as its file has them. Raises `Misconfigured` with file and
    question."""
    path = Path(__file__).parent / "data" / "kinds" / f"{name}.json"
    told = json.loads(path.read_text("utf-8"))
    questions = {row["id"]: _question(row, path.name) for row in told["questions"]}
    if len(questions) != len(told["questions"]):
        raise Misconfigured(f"{path.name}: two questions with one id")
    choose = told["asks"] == "choose"
    title: Words = told["title"]
    return Inquiry(name, title, MappingProxyType(questions), choose, **registered)


@cache
def inquiries() -> Mapping[str, Inquiry]:
    """Every registered kind by its name."""
    found = (
        read("information"),
        read(
            "nationality",
            wait="nationality",
            shared=False,
            fields=(
                "name_as_written", "given_names", "first_surname", "second_surname", "birth",
                "gender", "citizenships", "documents",
            ),
        ),
        read("follow_up", states=INQUIRY_WITH_FEEDBACK),
    )  # fmt: skip
    return MappingProxyType({each.name: each for each in found})


def inquiry(name: str) -> Inquiry | None:
    """The registered kind of this name; None for a request of a protocol step."""
    return inquiries().get(name)


def table_of(kind: str) -> Table | None:
    """The states of a registered kind; None for a request of a protocol step."""
    found = inquiry(kind)
    return None if found is None else found.states
