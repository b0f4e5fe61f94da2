"""What the person concerned reads: what is written down about her, in plain words; her consents,
which she can withdraw; who opened her data and to whom they were given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import NotFound, Text
from ayni.members import api as members
from ayni.own import delaying
from ayni.own.following import STAYS, STOPS
from ayni.own.models import Code

# Whoever looks over her shoulder, or took the paper away, must not learn the words by which she and
# the officer know each other.
_SECRET = frozenset({"safe_word", "our_word"})


@dataclass(frozen=True, slots=True)
class Written:
    """What is written down: who keeps it, since when and until when, and each value in words."""

    reference: str
    institution: members.Institution
    opened_at: datetime
    closed_at: datetime | None
    kept_until: date | None
    values: list[tuple[Text, str]]


def case_of(by: Actor) -> cases.Case:
    """The case for which the person was given her code. Raises `NotAllowed` for anybody else,
    `NotFound` for a code that has ended."""
    members.check_may(by, members.Permission.OWN_READ)
    code = Code.objects.filter(id=by.id, ended_at__isnull=True).first()
    if code is None:
        raise NotFound
    return cases.own_case(by=by, case_id=code.case_id)


def written(*, by: Actor) -> Written:
    """What is written down about the person to whom the code `by` was given; recorded.

    Raises `NotAllowed` for anybody else, `NotFound` for a code that has ended.
    """
    case = case_of(by)
    told = cases.disclose(by=by, case_id=case.id, fields=list(cases.DISCLOSABLE), reason="own_view")
    answers = cases.own_circumstances(by=by, case_id=case.id)
    if isinstance(told.get("contact"), Mapping):
        told["contact"] = {k: v for k, v in told["contact"].items() if k not in _SECRET}
    return Written(
        reference=case.reference,
        institution=members.institution(case.institution_id),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        kept_until=case.kept_until,
        values=[
            *_in_words(told),
            *((cases.PROFILES[name], str(one.answer.label)) for name, one in answers.items()),
        ],
    )


def journey(*, by: Actor) -> tuple[str, list[tuple[str, str]]] | None:
    """How her journey home stands and what her travel plan says, each (label, text); None if there
    is none, or if whoever receives her is kept back by a recorded ground. Raises as `written`."""
    case = case_of(by)
    found = import_string(settings.AYNI_OWN_JOURNEY)(by=by, case_id=case.id)
    if found is None:
        return None
    told, lines, institution, state = found
    if delaying.kept_back(case) & {institution, delaying.NODE + state}:
        return None
    return told, lines


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """One consent as she reads it. `to` and `state`: who may receive, empty where nobody does;
    `fields`: what, in words. `holds`: whether it is in force now. `stops` and `stays`: what
    follows when she takes it back, and what does not."""

    id: UUID
    purpose: str
    stops: Text
    stays: Text
    to: str
    state: str
    fields: list[Text]
    given_at: datetime
    valid_until: datetime
    withdrawn_at: datetime | None
    holds: bool
    effects: list[OwnEffect]


@dataclass(frozen=True, slots=True)
class OwnEffect:
    """What one receiver did with her data after she withdrew, or the time was `over`: `what` and
    `why` in words, empty before it has said so; `took`: how long after it. The names with `first`:
    what it had said before it did that, empty if nothing else."""

    who: str
    state: str
    of: Text
    what: Text
    why: Text
    took: str
    first: Text
    first_why: Text
    first_took: str
    by_letter: bool
    over: bool


def _effect(row: cooperation.ConsentEffect) -> OwnEffect:
    words = cooperation.vocabulary
    return OwnEffect(
        who=institution_name(row.counterpart_institution),
        state=state_name(row.counterpart_state),
        of=words.What(row.what).label if row.what else "",
        what=words.Effect(row.effect).label if row.effect else "",
        why=words.WhyKept(row.reason).label if row.reason else "",
        took="" if row.effect_at is None else cooperation.took(row.effect_at - row.ended_at),
        first=words.Effect(row.first_effect).label if row.changed else "",
        first_why=words.WhyKept(row.first_reason).label if row.changed and row.first_reason else "",
        first_took=""
        if row.first_at is None or not row.changed
        else cooperation.took(row.first_at - row.ended_at),
        by_letter=row.by_letter,
        over=row.cause == words.Ending.EXPIRED,
    )


def consents(*, by: Actor) -> list[OwnConsent]:
    """Every consent in her name, the newest first; recorded. Raises as `written`."""
    now, case = clock.now(), case_of(by)
    later = delaying.kept_back(case)
    found: dict[UUID | None, list[OwnEffect]] = {}
    for row in cooperation.effects_of_case(by=by, case_id=case.id):
        if not later & {row.counterpart_institution, delaying.NODE + row.counterpart_state}:
            found.setdefault(row.consent_id, []).append(_effect(row))
    return [
        OwnConsent(
            id=row.id,
            purpose=row.purpose_words,
            stops=STOPS[row.purpose],
            stays=STAYS[row.purpose],
            to=institution_name(row.recipient_institution),
            state=state_name(row.recipient_state),
            fields=_names(row.fields),
            given_at=row.given_at,
            valid_until=row.valid_until,
            withdrawn_at=row.withdrawn_at,
            holds=row.withdrawn_at is None and row.given_at <= now < row.valid_until,
            effects=found.get(row.id, []),
        )
        for row in cases.own_consents(by=by, case_id=case.id)
    ]


def withdraw(*, by: Actor, consent_id: UUID) -> None:
    """Withdraw one of her consents, at once; nothing if it was withdrawn. Raises as `written`, and
    `NotFound` for a consent that is not hers."""
    cooperation.withdraw_consent(by=by, consent_id=consent_id, case_id=case_of(by).id)


@dataclass(frozen=True, slots=True)
class Opened:
    """Which institution, or which state's node, read her data or worked with them, how often, and
    when last. `who` is empty for what this node does by itself."""

    who: str
    state: str
    read: bool
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What was given on: to whom, in which state, when, which fields in words."""

    to: str
    state: str
    at: datetime
    fields: list[Text]


def opened(*, by: Actor) -> tuple[list[Opened], list[Given]]:
    """Who opened or received her data, the latest first; officers are not named, and who is
    kept back by a recorded ground is left out until its day. Recorded. Raises
    as `written`."""
    case = case_of(by)
    later = delaying.kept_back(case)
    rows = cases.seen_by(by=by, case_id=case.id)
    seen = [_opened(row) for row in rows if not later & _names_of(row)]
    given = [
        Given(
            to=institution_name(row.recipient_institution),
            state=state_name(row.recipient_state),
            at=row.at,
            fields=_names(row.fields),
        )
        for row in cooperation.transfers_told(by=by, case_id=case.id)
        if not later & {row.recipient_institution, delaying.NODE + row.recipient_state}
    ]
    return seen, given


def _names_of(row: cases.Seen) -> set[str]:
    """By which names a delay may mean whoever was at it."""
    if row.institution:
        found = members.institution(row.institution)
        return {found.code, delaying.NODE + found.state}
    return {delaying.NODE + row.node} if row.node else set()


@dataclass(frozen=True, slots=True)
class InEmergency:
    """That somebody of an institution opened her closed case in an emergency: from when to when."""

    who: str
    at: datetime
    until: datetime


def emergencies(*, by: Actor) -> list[InEmergency]:
    """When her case was opened in an emergency by somebody who does not work on it, the latest
    first; a day later at most, unless a legal ground delays it. Recorded. Raises as `written`."""
    told = cases.emergencies_told(by=by, case_id=case_of(by).id)
    return [InEmergency(members.institution(e.institution).name, e.at, e.until) for e in told]


def _opened(row: cases.Seen) -> Opened:
    who, state = "", members.this_node()
    if row.institution:
        found = members.institution(row.institution)
        who, state = found.name, found.state
    elif row.node:
        who = state = row.node
    return Opened(
        who=state_name(who) if row.node else who,
        state=state_name(state),
        read=row.doing is cases.Doing.READ,
        times=row.times,
        last=row.last,
    )


def state_name(code: str) -> str:
    """A member in the reader's language; empty for none."""
    if code == members.SECRETARIAT:
        return str(_("Technical secretariat"))
    return str(members.state(code).name) if code else ""


def institution_name(code: str) -> str:
    """An institution in the reader's language; its code if it is not known here."""
    try:
        return str(members.institution_by_code(code).name) if code else ""
    except NotFound:
        return code


def _names(fields: Iterable[str]) -> list[Text]:
    return [cases.NAMEABLE[name] for name in fields if name in cases.NAMEABLE]


def _in_words(told: Mapping[str, Any]) -> list[tuple[Text, str]]:
    rows = [(cases.DISCLOSABLE[name][1], cases.in_words(name, told[name])) for name in told]
    return [(label, text) for label, text in rows if text]
