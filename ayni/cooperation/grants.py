"""Under which consent something may leave, and whether that still holds at the moment of sending.

The rules stand in `cases.safeguards`; here is only what is asked of them (promises 3 and 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.cooperation import history
from ayni.cooperation.handled import check_onward
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Clock, Exchange, Referral, Request
from ayni.cooperation.states import REFERRAL, Move, Side, State, can_move
from ayni.exchange import api as exchange
from ayni.exchange.api import Grant
from ayni.lib.errors import Refused, Text

PROTECTION_CHANGED = "protection_changed"
CASE_HIDDEN = "case_hidden"


def _disclosure(row: Exchange, fields: Iterable[str]) -> cases.Disclosure:
    second = row.second_officer if isinstance(row, (Referral, Request)) else ""
    return cases.Disclosure(
        recipient_state=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        fields=frozenset(fields),
        officers=frozenset({row.written_by, second} - {""}),
    )


def _case(row: Exchange) -> cases.Case:
    case: cases.Case | None = row.case
    assert case is not None, "what leaves belongs to a case"
    return case


def check_draft(row: Exchange, now: datetime) -> cases.ConsentView:
    """The consent that covers a draft. Raises `FearedState`, `ConsentMissing`,
    `GuardianMissing`, `NotOnward`."""
    case = _case(row)
    check_onward(case_id=case.id, to=row.counterpart_state, fields=row.fields)
    return cases.check_covered(
        disclosure=_disclosure(row, row.fields),
        consents=cases.consent_views(case),
        age=cases.age_status(case.person),
        feared_states=cases.feared_states(case.person),
        now=now,
    )


def second_missing(row: Exchange) -> Text:
    """Why another officer must agree to a draft before it leaves; empty if nobody need."""
    case = _case(row)
    try:
        cases.check_second(
            disclosure=_disclosure(row, row.fields),
            age=cases.age_status(case.person),
            feared_states=cases.feared_states(case.person),
        )
    except cases.SecondOfficerMissing as missing:
        return missing.reason
    return ""


def check_seen_by_one(row: Exchange, fields: Iterable[str]) -> None:
    """Raise `SecondOfficerMissing` for fields that need two officers: the second one of this row
    never saw them."""
    named, case = frozenset(fields), _case(row)
    if named:
        cases.check_second(
            disclosure=replace(_disclosure(row, named), officers=frozenset({row.written_by})),
            age=cases.age_status(case.person),
            feared_states=cases.feared_states(case.person),
        )


def check_leaves(row: Exchange, fields: Iterable[str], now: datetime) -> cases.ConsentView:
    """The consent under which these fields may leave now. Raises as `check_draft`, and
    `SecondOfficerMissing`."""
    case, fields = _case(row), frozenset(fields)
    check_onward(case_id=case.id, to=row.counterpart_state, fields=fields)
    return cases.check_may_leave(
        disclosure=_disclosure(row, fields),
        consents=cases.consent_views(case),
        age=cases.age_status(case.person),
        feared_states=cases.feared_states(case.person),
        now=now,
    )


def grant_for(row: Exchange, fields: Iterable[str], consent: cases.ConsentView) -> Grant:
    """What `exchange` checks when the message is queued and before every attempt."""
    feared = cases.feared_states(_case(row).person)
    return Grant(
        id=str(row.id),
        recipient=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer",
        fields=frozenset(fields) | ({NEVER} if feared else frozenset()),
        basis=f"consent:{consent.id}",
        valid_until=consent.valid_until,
        never=feared,
    )


def with_case(row: Exchange) -> Exchange:
    """The row that points at the case which this one is about: itself, or the referral that a
    request belongs to, where their case was hidden when the request came."""
    if row.case_id is not None or not isinstance(row, Request) or row.direction == "out":
        return row
    return shared_referral(row) or row


def shared_referral(row: Request) -> Referral | None:
    """The referral between the two institutions that a received request belongs to."""
    return Referral.objects.filter(
        institution_id=row.institution_id,
        conversation=row.about,
        counterpart_state=row.counterpart_state,
        counterpart_institution=row.counterpart_institution,
    ).first()


def feared(row: Exchange) -> frozenset[str]:
    """The states that the person whom this row is about fears, also where her case is hidden here.
    Of a case that is erased nobody can know: then the other side counts as feared."""
    known = cases.feared_of(with_case(row))
    return frozenset({row.counterpart_state}) if known is None else known


def fears(row: Exchange) -> bool:
    """Whether the person of this row's case fears the state on the other side, as `feared` says."""
    return row.counterpart_state in feared(row)


def lock_what_allows(row: Exchange) -> None:
    """Keep consents and protection flag as they are until the message has left. Raises
    `exchange.Held` while another act holds them.

    Whoever delivers holds the message, and who protects her holds her record and then wants the
    message: so the one that delivers never waits here.
    """
    case = _case(row)
    consents = cases.Consent.objects.filter(case=case)
    known = set(consents.values_list("id", flat=True))
    held = consents.select_for_update(skip_locked=True).values_list("id", flat=True)
    person = cases.Person.objects.select_for_update(skip_locked=True).filter(id=case.person_id)
    if not known <= set(held) or not person.values_list("id", flat=True):
        raise exchange.Held(row.id)


def _still_allowed(row: Exchange, grant: Grant | None, now: datetime) -> str:
    if row.state in (State.WITHDRAWN, State.CANCELLED):
        return row.state
    if cases.is_hidden(row):
        return CASE_HIDDEN
    lock_what_allows(row)
    try:
        check_leaves(row, (grant.fields if grant else frozenset()) - {NEVER}, now)
    except Refused as refusal:
        return refusal.code
    # Whoever receives it would not know of a state that she has named since.
    named = grant.never if grant else frozenset()
    return "" if cases.feared_states(_case(row).person) <= named else PROTECTION_CHANGED


def file_may_leave(
    about: UUID,
    fields: frozenset[str],
    officers: frozenset[str],
    grant: Grant | None,
    now: datetime,
) -> str:
    """Why a file with a referral or request may not leave now; empty if it may. `officers`: those
    who agreed to this file."""
    found = Referral.objects.select_related("case__person").filter(id=about).first()
    row: Exchange = found or Request.objects.select_related("case__person").get(id=about)
    if row.state in (State.WITHDRAWN, State.CANCELLED):
        return row.state
    if cases.is_hidden(row):
        return CASE_HIDDEN
    lock_what_allows(row)
    case = _case(row)
    try:
        check_onward(case_id=case.id, to=row.counterpart_state, fields=fields)
        cases.check_may_leave(
            disclosure=replace(_disclosure(row, fields), officers=officers - {""}),
            consents=cases.consent_views(case),
            age=cases.age_status(case.person),
            feared_states=cases.feared_states(case.person),
            now=now,
        )
    except Refused as refusal:
        return refusal.code
    named = grant.never if grant else frozenset()
    return "" if cases.feared_states(case.person) <= named else PROTECTION_CHANGED


def _cancel(row: Exchange, reason: str) -> None:
    table = history.table_of(row)
    if can_move(table, State(row.state), Move.CANCEL, Side.NODE):
        job = audit.job("exchange.drain", str(row.institution_id))
        with audit.act(by=job, verb="cooperation.cancel", subject=row.id, reason=reason):
            history.advance(row, table, Move.CANCEL, Side.NODE, by=job, cancelled=reason)
            history.stop_clock(row, by=job)


def unsend(row: Request, reason: str) -> None:
    """An answer of ours was cancelled before it left: it is owed again, and written anew."""
    table = history.table_of(row)
    if not can_move(table, State(row.state), Move.UNSEND, Side.NODE):
        return
    job = audit.job("exchange.drain", str(row.institution_id))
    with audit.act(by=job, verb="cooperation.unsend", subject=row.id, reason=reason):
        row.answered_by = row.answer_agreed_by = ""
        history.advance(row, table, Move.UNSEND, Side.NODE, by=job, cancelled=reason)


def still_allowed_referral(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver a referral; a reason cancels it."""
    row = Referral.objects.select_related("case__person").get(id=UUID(subject))
    reason = _still_allowed(row, grant, now)
    if reason:
        _cancel(row, reason)
    return reason or None


def still_allowed_more(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """The same for further fields; if they may not leave, they are still asked for."""
    row = Referral.objects.select_related("case__person").get(id=UUID(subject))
    reason = _still_allowed(row, grant, now)
    fields = (grant.fields if grant else frozenset()) - {NEVER}
    if reason and fields and can_move(REFERRAL, State(row.state), Move.UNSEND, Side.NODE):
        job = audit.job("exchange.drain", str(row.institution_id))
        with audit.act(by=job, verb="cooperation.unsend", subject=row.id, reason=reason):
            history.advance(row, REFERRAL, Move.UNSEND, Side.NODE, by=job, cancelled=reason)
    return reason or None


def still_allowed_request(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """The same for a request; one without personal fields is refused only by fear."""
    row = Request.objects.select_related("case__person").get(id=UUID(subject))
    if row.fields:
        reason = _still_allowed(row, grant, now)
    elif cases.is_hidden(row):
        reason = CASE_HIDDEN
    else:
        lock_what_allows(row)
        reason = "feared_state" if fears(row) else ""
    if reason:
        _cancel(row, reason)
    return reason or None


def still_allowed_referral_state(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """A state message carries no personal data, but a feared state receives nothing at all."""
    row = Referral.objects.select_related("case__person").get(id=UUID(subject))
    return "feared_state" if fears(row) else None


def still_allowed_request_state(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """The same for a request."""
    row = Request.objects.select_related("case__person").get(id=UUID(subject))
    return "feared_state" if fears(row) else None


def still_allowed_pause(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """The same for what concerns a pause of either."""
    row: Exchange | None = (
        Referral.objects.select_related("case__person").filter(id=UUID(subject)).first()
    )
    if row is None:
        row = Request.objects.select_related("case__person").get(id=UUID(subject))
    return "feared_state" if fears(row) else None


def still_allowed_right(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """The same for a request of the person about her data. It tells nothing about her, so it needs
    no consent; where what it is about never left, there is nobody to ask."""
    reason = still_allowed_pause(message=message, subject=subject, grant=grant, now=now)
    never_left = {"id": UUID(subject), "state": State.CANCELLED}
    gone = any(
        model._default_manager.filter(**never_left).exists() for model in (Referral, Request)
    )
    return reason or ("cancelled" if gone else None)


def still_allowed_clock(
    *, message: str, subject: str, grant: Grant | None, now: datetime
) -> str | None:
    """A case under protection sends no clock."""
    withheld = Clock.objects.filter(id=UUID(subject), withheld=True).exists()
    return "protected" if withheld else None
