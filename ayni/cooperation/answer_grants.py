"""On which ground an answer to a registered kind of question may tell something of the person.

With a case of our own: her consent in it, as for everything that leaves. Without one (a register is
asked about somebody who was never there): the answer goes back to whoever asked under her consent,
to nobody else, tells what was asked and nothing more, and needs two officers unless she is known to
be an adult and under no protection.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ayni.cases import api as cases
from ayni.cooperation import grants
from ayni.cooperation.errors import NotAskedWithData
from ayni.cooperation.handled import check_onward, handling_of
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Request
from ayni.cooperation.states import State
from ayni.exchange.api import Grant
from ayni.lib.errors import Refused, Text
from ayni.vault import api as vault

# How long an answer on that ground may wait for a node that cannot be reached.
_WAITS = timedelta(days=45)


def _received(row: Request) -> dict[str, Any]:
    content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    return content if isinstance(content, dict) else {}


def _disclosure(row: Request) -> cases.Disclosure:
    return cases.Disclosure(
        recipient_state=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        fields=frozenset(row.answer_fields),
        officers=frozenset({row.answered_by, row.answer_agreed_by} - {""}),
    )


def _known(row: Request) -> tuple[cases.AgeStatus, frozenset[str]]:
    """The person's age and the states that must not learn of her, as far as known here."""
    if row.case is not None:
        return cases.age_status(row.case.person), cases.feared_states(row.case.person)
    received = _received(row)
    feared = frozenset(received.get(NEVER, ())) | grants.feared(row)
    return cases.age_of_birth(received.get("birth")), feared


def check_ground(row: Request, now: datetime) -> str:
    """The basis on which what an answer tells may leave; empty for one that tells nothing of the
    person. Does not ask for the second officer. Raises `FearedState`, `ConsentMissing`,
    `GuardianMissing`, `NotOnward`, `NotAskedWithData`."""
    age, feared = _known(row)
    cases.check_feared(feared, row.counterpart_state)
    if not row.answer_fields:
        return ""
    if row.case is not None:
        check_onward(case_id=row.case.id, to=row.counterpart_state, fields=row.answer_fields)
        found = cases.check_covered(
            disclosure=_disclosure(row),
            consents=cases.consent_views(row.case),
            age=age,
            feared_states=feared,
            now=now,
        )
        return f"consent:{found.id}"
    if not row.fields or handling_of(row).over(now):
        raise NotAskedWithData
    return f"asked:{row.conversation}"


def second_missing(row: Request) -> Text:
    """Why another officer must agree to an answer before it leaves; empty if nobody need."""
    if not row.answer_fields:
        return ""
    age, feared = _known(row)
    try:
        cases.check_second(disclosure=_disclosure(row), age=age, feared_states=feared)
    except cases.SecondOfficerMissing as missing:
        return missing.reason
    return ""


def grant_for(row: Request, now: datetime) -> Grant:
    """The grant of an answer that tells something of the person. Raises as `check_ground`, and
    `SecondOfficerMissing`."""
    basis = check_ground(row, now)
    age, feared = _known(row)
    cases.check_second(disclosure=_disclosure(row), age=age, feared_states=feared)
    fields = frozenset(row.answer_fields) | ({NEVER} if feared else frozenset())
    return Grant(
        id=str(row.id),
        recipient=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer",
        fields=fields,
        basis=basis,
        valid_until=_valid_until(row, basis, now),
        never=feared,
    )


def _valid_until(row: Request, basis: str, now: datetime) -> datetime:
    _kind, _colon, ident = basis.partition(":")
    if row.case is not None:
        for consent in cases.consent_views(row.case):
            if consent.id == ident:
                return consent.valid_until
    until = handling_of(row).until
    return min(now + _WAITS, until) if until else now + _WAITS


def still_allowed_answer(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver an answer; a reason cancels it, and it is owed again.

    A state that is feared meanwhile gets nothing; without data of the person nothing else counts.
    """
    row = Request.objects.select_related("case__person").get(id=UUID(subject))
    if cases.is_hidden(row):
        reason = grants.CASE_HIDDEN
    else:
        if row.case is not None:
            grants.lock_what_allows(row)
        reason = _reason(row, grant, now)
    if reason:
        grants.unsend(row, reason)
    return reason or None


def _reason(row: Request, grant: Grant | None, now: datetime) -> str:
    if row.state in (State.WITHDRAWN, State.CANCELLED):
        return row.state
    try:
        if grant is None:
            cases.check_feared(_known(row)[1], row.counterpart_state)
            return ""
        basis = grant_for(row, now)
    except Refused as refusal:
        return refusal.code
    return "" if basis.never <= grant.never else grants.PROTECTION_CHANGED
