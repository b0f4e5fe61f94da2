"""The messages of every registered kind of question, made of its registration: the questions, with
or without data of the person, and the answers, with or without what they tell of her."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ayni.cases import api as cases
from ayni.cooperation import registry
from ayni.cooperation.kinds import MOMENT, NEVER, NEVER_SCHEMA, closed
from ayni.cooperation.registry import FREE, Inquiry
from ayni.exchange.api import MessageKind

LONGEST_TEXT = 4000
_FREE = closed(
    ["text", "language"],
    text={"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
    language={"enum": list(registry.FREE_LANGUAGES)},
)
_ABOUT = {"type": "string", "pattern": "^([0-9a-f]{32})?$"}
_APART = frozenset({FREE, NEVER, "answers"})  # names in `data` that are no fields of a consent


@dataclass(frozen=True, slots=True)
class Messages:
    """The four messages of one kind."""

    ask: MessageKind
    ask_with_data: MessageKind
    answer: MessageKind
    answer_with_data: MessageKind


def _ask_reveals(data: Mapping[str, Any]) -> frozenset[str]:
    free = registry.TOLD_BY_FREE_TEXT if FREE in data else frozenset[str]()
    return (frozenset(data) - {FREE}) | free


def messages(kind: Inquiry) -> Messages:
    """The messages of a registered kind."""
    return Messages(*_asks(kind), *_answers(kind))


def _asks(kind: Inquiry) -> tuple[MessageKind, MessageKind]:
    asked: dict[str, Any] = {
        "about": _ABOUT,
        "questions": {
            "type": "array",
            "items": {"enum": sorted(kind.questions)},
            "minItems": 1,
            "maxItems": len(kind.questions),
            "uniqueItems": True,
        },
    }
    values = {name: cases.SHAPES[name] for name in kind.fields}
    data = closed([], **values, **{FREE: _FREE, NEVER: NEVER_SCHEMA})
    plain = MessageKind(
        name=f"{kind.name}.ask",
        personal=False,
        schema=closed(list(asked), **asked),
        handling=kind.handling,
    )
    with_data = MessageKind(
        name=f"{kind.name}.ask_with_data",
        personal=True,
        carries={"refer": kind.ask_carries | {NEVER}},
        reveals=_ask_reveals,
        also=cases.check_birth,
        handling=kind.handling,
        schema=closed([*asked, "data"], **asked, data={**data, "minProperties": 1}),
    )
    return plain, with_data


def _answers(kind: Inquiry) -> tuple[MessageKind, MessageKind]:
    plain = {q.id: q.schema for q in kind.questions.values() if not q.tells}
    personal = {q.id: q.schema for q in kind.questions.values() if q.tells}
    answered: dict[str, Any] = {"at": MOMENT, "answers": closed([], **plain)}
    told = {**closed([], **personal), "minProperties": 1}
    data = closed([], **{FREE: _FREE, NEVER: NEVER_SCHEMA}, answers=told)

    def reveals(data: Mapping[str, Any]) -> frozenset[str]:
        told = kind.tells(data.get("answers", {}), free=FREE in data)
        return told | (frozenset(data) - _APART) | ({NEVER} & set(data))

    without = MessageKind(
        name=f"{kind.name}.answer",
        personal=False,
        schema=closed(["at", "answers"], **answered),
        handling=kind.handling,
    )
    with_data = MessageKind(
        name=f"{kind.name}.answer_with_data",
        personal=True,
        carries={"refer": kind.answer_carries | {NEVER}},
        reveals=reveals,
        handling=kind.handling,
        schema=closed(["at", "answers", "data"], **answered, data={**data, "minProperties": 1}),
    )
    return without, with_data


def _of(name: str) -> Messages:
    return messages(registry.inquiries()[name])


# Each stands under the name of its kind in capitals, where `config/wiring.py` looks for it.
_INFORMATION, _NATIONALITY, _FOLLOW_UP = map(_of, ("information", "nationality", "follow_up"))
INFORMATION_ASK = _INFORMATION.ask
INFORMATION_ASK_WITH_DATA = _INFORMATION.ask_with_data
INFORMATION_ANSWER = _INFORMATION.answer
INFORMATION_ANSWER_WITH_DATA = _INFORMATION.answer_with_data
NATIONALITY_ASK = _NATIONALITY.ask
NATIONALITY_ASK_WITH_DATA = _NATIONALITY.ask_with_data
NATIONALITY_ANSWER = _NATIONALITY.answer
NATIONALITY_ANSWER_WITH_DATA = _NATIONALITY.answer_with_data
FOLLOW_UP_ASK = _FOLLOW_UP.ask
FOLLOW_UP_ASK_WITH_DATA = _FOLLOW_UP.ask_with_data
FOLLOW_UP_ANSWER = _FOLLOW_UP.answer
FOLLOW_UP_ANSWER_WITH_DATA = _FOLLOW_UP.answer_with_data
