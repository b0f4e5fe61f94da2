"""What the person asks about her own data, and what everybody answers who holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.own import delaying
from ayni.own.reading import case_of, institution_name, state_name

_words = cooperation.vocabulary

# As she would say it herself.
RIGHTS: dict[str, Text] = {
    _words.Right.ACCESS: _("I want a copy of my data"),
    _words.Right.CORRECTION: _("Something is wrong: I want it corrected"),
    _words.Right.ERASURE: _("I want my data erased"),
    _words.Right.OBJECTION: _("I do not want my data used any more"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How it stands with one institution: `decision` and `reason` in words once it has answered,
    empty before; `due_at`: the day it named itself, None while it has named none. `by_letter`: it
    is written to; `onward`: to how many others it passed the question on."""

    who: str
    state: str
    due_at: datetime | None
    late: bool
    by_letter: bool
    onward: int
    answered_at: datetime | None
    decision: Text
    reason: Text
    said: str


@dataclass(frozen=True, slots=True)
class OwnRight:
    """One thing she asked, when and in which words; the answer of her institution comes first."""

    what: Text
    asked_at: datetime
    asked: str
    answers: list[Answer]


def asked(*, by: Actor) -> list[OwnRight]:
    """What was asked in her name, newest first, with all answers; recorded. Raises `NotAllowed` for
    anybody but the person, `NotFound` for a code that has ended."""
    case = case_of(by)
    keeper, later = members.institution(case.institution_id), delaying.kept_back(case)
    return [
        OwnRight(
            what=RIGHTS[one.row.right],
            asked_at=one.row.asked_at,
            asked=one.asked,
            answers=[
                _ours(one, keeper),
                *(_theirs(copy) for copy in one.copies if not later & _names_of(copy)),
            ],
        )
        for one in cooperation.rights_of_case(by=by, case_id=case.id)
    ]


def _names_of(copy: cooperation.RightsCopy) -> set[str]:
    """By which names a delay may mean whoever holds her data."""
    return {copy.counterpart_institution, delaying.NODE + copy.counterpart_state}


def _ours(one: cooperation.OpenedRight, keeper: members.Institution) -> Answer:
    row = one.row
    decision, reason = _in_words(row.decision, row.reason)
    return Answer(
        who=keeper.name, state=state_name(keeper.state), due_at=row.due_at, late=row.late,
        by_letter=False, onward=0, answered_at=row.answered_at,
        decision=decision, reason=reason, said=one.answer,
    )  # fmt: skip


def _theirs(copy: cooperation.RightsCopy) -> Answer:
    decision, reason = _in_words(copy.decision, copy.reason)
    return Answer(
        who=institution_name(copy.counterpart_institution),
        state=state_name(copy.counterpart_state),
        due_at=copy.due_at, late=copy.late,
        by_letter=copy.by_letter, onward=copy.onward, answered_at=copy.answered_at,
        decision=decision, reason=reason, said="",
    )  # fmt: skip


def _in_words(decision: str, reason: str) -> tuple[Text, Text]:
    if not decision:
        return "", ""
    return _words.RightDecision(decision).label, _words.RightReason(reason).label


def ask(*, by: Actor, right: str, fields: Iterable[str] = (), words: str = "") -> None:
    """Ask for one of `RIGHTS`; all others who hold her data are asked as well, without her words.

    Raises as `cooperation.ask_right`, and `NotFound` for a code that has ended.
    """
    case = case_of(by)
    cooperation.ask_right(by=by, case_id=case.id, right=right, fields=fields, asked=words)


def answer_days() -> int:
    """Within how many days institutions of this node promise to answer."""
    return int(settings.AYNI_RIGHTS_DAYS)


def whom_to_ask() -> str:
    """How to reach the data protection officer of this node; empty where none was given."""
    return str(settings.AYNI_DATA_PROTECTION_CONTACT)
