"""A registered kind of question in the reader's language: the words are looked up by the id of each
question and answer on the reader's own node; free text stays as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from ayni.audit.api import Actor
from ayni.cooperation import answer_grants, handled, inquiring, registry, replying
from ayni.cooperation.models import Exchange, Request
from ayni.cooperation.registry import FREE
from ayni.cooperation.states import State
from ayni.exchange.api import Handling
from ayni.lib.errors import Refused, Text
from ayni.vault import api as vault


@dataclass(frozen=True, slots=True)
class FreeText:
    """What somebody wrote, and in which language (ISO 639-1); never translated."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class OpenedInquiry:
    """One question of a registered kind. `lines`: (question, answers) in the reader's words, no
    answers where none came; `hidden`: why what came may not be seen by this officer, or empty;
    `waits`: why another officer must agree first, or empty; `draft`: our own answer waits."""

    title: str
    lines: list[tuple[str, list[str]]]
    asked_free: FreeText | None
    told_free: FreeText | None
    asked_under: Handling
    told_under: Handling
    waits: Text = ""
    draft: bool = False
    hidden: Text = ""
    fields: list[str] = field(default_factory=list)


def title_of(row: Exchange) -> str:
    """What a request of a registered kind is called, in the reader's language; else empty."""
    kind = registry.inquiry(row.kind) if isinstance(row, Request) else None
    return "" if kind is None else registry.in_language(kind.title, get_language())


def hidden_from(row: Exchange, *, by: Actor) -> Text:
    """Why this officer may not see what came from the other side; empty if she or he may."""
    try:
        handled.check_sees(row, by=by)
    except Refused as refusal:
        return refusal.reason
    return ""


def _free(said: Mapping[str, Any]) -> FreeText | None:
    told = said.get(FREE)
    return FreeText(told["text"], told["language"]) if isinstance(told, dict) else None


def opened(row: Exchange, content: Mapping[str, Any], *, hidden: Text) -> OpenedInquiry | None:
    """The question of a request; None for a referral or a request of a protocol step. `content`:
    what was asked with it, as far as the reader may see it."""
    if not isinstance(row, Request) or registry.inquiry(row.kind) is None:
        return None
    kind = inquiring.registered(row)
    told: Any = {}
    if row.told is not None and not (hidden and row.direction == "out"):
        told = row.unseal(vault.sealer(row.subject), ["told"])["told"] or {}
    here = get_language()
    answers = told.get("answers", {})
    codes = [row.handling, row.answer_handling]
    under = [Handling.from_json(each) if each else Handling() for each in codes]
    return OpenedInquiry(
        title=registry.in_language(kind.title, here),
        lines=[
            (
                registry.in_language(question.text, here),
                [
                    registry.in_language(question.choices[code], here)
                    for code in _listed(answers.get(question.id))
                ],
            )
            for question in replying.choices_of(row)
        ],
        asked_free=_free(content),
        told_free=_free(told),
        asked_under=under[0],
        told_under=under[1],
        waits=_waits(row),
        draft=replying.waits_for_second(row),
        hidden=hidden,
        fields=[name for name in row.fields if name in kind.fields],
    )


def _listed(answer: Any) -> list[str]:
    if answer is None:
        return []
    return list(answer) if isinstance(answer, list) else [answer]


def _waits(row: Request) -> Text:
    if row.direction == "out" and row.state == State.DRAFT:
        return inquiring.second_missing(row)
    if replying.waits_for_second(row):
        return answer_grants.second_missing(row)
    return ""
