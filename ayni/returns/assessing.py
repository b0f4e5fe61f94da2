"""Proposing an assessment to the other state's institution, signing it, and hearing its signature.

What both look at leaves under her consent, as everything about her does; of somebody who is or may
be a child with two officers. A feared state is never asked: then there is no return there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused, WrongState
from ayni.members import api as members
from ayni.returns import kinds, leaving, rules, saying, settling, stopping
from ayni.returns.errors import NothingAssessed, NotShared, NotTheirs, WaitsAlready
from ayni.returns.models import Assessment
from ayni.returns.partners import partners, partners_here
from ayni.returns.rules import Answer, Standing
from ayni.vault import api as vault

SEND, SECOND = members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_SECOND
ANSWER = members.Permission.REFERRAL_ANSWER
_OPEN = (Standing.DRAFT, Standing.OURS, Standing.THEIRS)
STOP = stopping.STOP
Items = list[dict[str, str]]


def levels(items: Iterable[Mapping[str, str]]) -> list[str]:
    """The level of risk of each."""
    return [cases.level_of(item["severity"], item["likelihood"]) for item in items]


def digest(items: Items, until: datetime) -> str:
    """What both sign under: SHA-256 of the items and the end as JSON, names sorted, no spaces."""
    told = {"items": items, "until": clock.isoformat(until)}
    raw = json.dumps(told, sort_keys=True, separators=(",", ":"))  # codes and a time: ASCII
    return hashlib.sha256(raw.encode()).hexdigest()


def _content(items: Items) -> dict[str, vault.Json]:
    return {"items": [{**item} for item in items]}


def propose(
    *,
    by: Actor,
    case_id: UUID,
    recipient_institution: str,
    items: Items,
    answer: str,
    until: datetime,
) -> Assessment:
    """Propose an assessment with our signature (`Answer`) to an institution that shares a referral;
    sent at once, unless a second officer must agree first: then it is a draft.

    `items`: {"at_risk", "severity", "likelihood"} each, codes of `rules`. Raises `NotShared`,
    `WaitsAlready`, `NothingAssessed`, `RiskForbids`, `NotAnEnd`, `FearedState`, `ConsentMissing`,
    `GuardianMissing`, `cooperation.NotOnward`, `NoNode`, `NotFound`, `NotAllowed`; ValueError for
    an unknown code.
    """
    members.check_may(by, SEND)
    now, ours = clock.now(), Answer(answer)
    until = clock.parse(clock.isoformat(until))
    rules.check_until(until, now)
    if "person" not in {item["at_risk"] for item in items}:
        raise NothingAssessed
    rules.check_answer("", ours, levels(items))
    with audit.act(by=by, verb="returns.propose", subject=case_id, answer=ours) as act:
        case = cases.case_for(by=by, case_id=case_id)
        shared = _shared(case, recipient_institution)
        row = Assessment(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            direction="out",
            counterpart_state=shared.counterpart_state,
            counterpart_institution=recipient_institution,
            conversation=exchange.new_conversation(),
            about=shared.conversation,
            created_at=now,
            until=until,
            digest=digest(items, until),
            written_by=by.id,
            ours=ours.value,
            ours_by=by.id,
            ours_at=now,
        )
        row.seal(vault.sealer(case.subject), content=_content(items))
        row.save(force_insert=True)
        try:
            _send(row, by=by)
        except cases.SecondOfficerMissing:
            act.note(waits=True)
        act.note(assessment=row.id)
    return row


def _shared(case: cases.Case, institution: str) -> cooperation.Referral:
    may = [*partners(case), *partners_here(case)]
    found = [row for row in may if row.counterpart_institution == institution]
    if not found:
        raise NotShared
    before = Assessment.objects.filter(case=case, counterpart_institution=institution)
    if any(row.standing(clock.now()) in _OPEN for row in before):
        raise WaitsAlready
    return found[0]


def fetch(assessment_id: UUID, *, by: Actor, lock: bool = False) -> Assessment:
    """An assessment of the actor's institution. Raises `NotFound`, `cases.CaseClosed`."""
    found = Assessment.objects.filter(id=assessment_id, institution_id=by.institution)
    if lock:
        saying.alone(found)
    row = found.select_for_update().first() if lock else found.first()
    if row is None:
        raise NotFound
    if by.kind is ActorKind.USER:
        cases.fetch(cases.Case, row.case_id, by=by)
    return row


def items_of(row: Assessment) -> Items:
    """What both look at; empty once her data were erased, or it was stopped."""
    try:
        content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    except vault.Erased:
        return []
    return list(content["items"]) if isinstance(content, dict) else []  # type: ignore[arg-type]


def agree(*, by: Actor, assessment_id: UUID) -> Assessment:
    """Agree to a draft as the second officer; it is sent. Raises `SameOfficer`, `WrongState`, and
    what `propose` raises if the ground is gone meanwhile."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="returns.agree", subject=assessment_id):
        row = fetch(assessment_id, by=by, lock=True)
        if row.sent_at is not None or row.direction == "in":
            raise WrongState
        if row.written_by == by.id:
            raise cooperation.SameOfficer
        rules.check_until(row.until, clock.now())
        row.second_officer = by.id
        _send(row, by=by)
    return row


def _send(row: Assessment, *, by: Actor) -> None:
    now = clock.now()
    consent = leaving.covered(row, kinds.FIELD, now)
    row.as_child = cases.age_status(row.case.person).counts_as_child
    row.consent_id, row.sent_at = UUID(consent.id), now
    told = {
        "about": row.about,
        "at": clock.isoformat(now),
        "until": clock.isoformat(row.until),
        "answer": row.ours,
        "data": {"items": items_of(row)},
    }
    grant = exchange.Grant(
        id=str(row.id),
        recipient=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer",
        fields=frozenset({kinds.FIELD}),
        basis=f"consent:{consent.id}",
        valid_until=min(consent.valid_until, row.until),
        never=cases.feared_states(row.case.person),
    )
    message = saying.say(row, "assessment.propose", told, by=by, grant=grant, valid_until=row.until)
    row.save()
    cooperation.register_transfer(
        by=by,
        institution_code=members.institution(row.institution_id).code,
        about=row.case_id,
        recipient_state=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer",
        fields=[kinds.FIELD],
        basis=grant.basis,
        channel=saying.channel(row),
        message=message,
    )
    settling.settle(row, by=by)


def sign(*, by: Actor, assessment_id: UUID, answer: str) -> Assessment:
    """Sign what the other side proposed, or take our yes back: a no is final. Raises `Signed`,
    `RiskForbids`, `WrongState` for a draft or one that is over, `FearedState`, `NotFound`."""
    members.check_may(by, ANSWER)
    ours = Answer(answer)
    with audit.act(by=by, verb="returns.sign", subject=assessment_id, answer=ours) as act:
        row = fetch(assessment_id, by=by, lock=True)
        now = clock.now()
        if row.sent_at is None or row.until <= now or row.stopped_at is not None:
            raise WrongState
        rules.check_answer(row.ours, ours, levels(items_of(row)))
        feared = cases.feared_states(row.case.person)
        row.ours, row.ours_by, row.ours_at = ours.value, by.id, now
        row.save()
        # To a state that she came to fear nothing is said; our no closes the return here.
        if row.counterpart_state not in feared:
            told = {"at": clock.isoformat(now), "answer": ours.value, "over": row.digest}
            saying.say(row, "assessment.answer", told, by=by)
        settling.settle(row, by=by)
        act.note(case=row.case_id)
    return row


def still_allowed(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver any of these messages; a reason cancels it."""
    row = Assessment.objects.get(id=UUID(subject.removeprefix(STOP)))
    if leaving.fears(row):
        return "feared_state"
    if grant is None:
        return None
    if row.stopped_at is not None:
        return row.why_stopped
    if cases.is_hidden(row):
        return leaving.CASE_HIDDEN
    try:
        leaving.covered(row, kinds.FIELD, now)
    except Refused as refusal:
        return refusal.code
    return None


def receive_proposal(*, by: Actor, received: exchange.Received) -> None:
    """The other side proposes, and has signed. Raises `NotTheirs` unless it shares this referral
    with us and we have a case of it."""
    told = received.payload
    shared = cooperation.Referral.objects.filter(
        institution_id=by.institution,
        conversation=told["about"],
        counterpart_state=received.sender,
        counterpart_institution=received.sender_institution,
        case__isnull=False,
    ).first()
    case = None if shared is None else cases.case_of(shared)
    if case is None:
        raise NotTheirs("assessment")
    now, until = clock.now(), clock.parse(told["until"])
    items = [dict(item) for item in told["data"]["items"]]
    row = Assessment(
        institution_id=by.institution,
        subject=case.subject,
        case=case,
        direction="in",
        counterpart_state=received.sender,
        counterpart_institution=received.sender_institution,
        conversation=received.conversation,
        about=told["about"],
        created_at=now,
        sent_at=now,
        until=min(until, now + rules.LONGEST),
        digest=digest(items, until),
        theirs=told["answer"],
        theirs_at=now,
    )
    with audit.act(by=by, verb="returns.receive", subject=row.id, case=case.id):
        row.seal(vault.sealer(row.subject), content=_content(items))
        row.save(force_insert=True)
        settling.settle(row, by=by)


def assessment_of(received: exchange.Received, *, by: Actor) -> Assessment | None:
    """The assessment in whose conversation a message of its other side came, locked."""
    return (
        Assessment.objects.select_for_update()
        .filter(
            institution_id=by.institution,
            conversation=received.conversation,
            counterpart_state=received.sender,
            counterpart_institution=received.sender_institution,
        )
        .first()
    )


def receive_answer(*, by: Actor, received: exchange.Received) -> None:
    """The other side signs. Once it has said no nothing it says counts any more. Raises `NotTheirs`
    for an unknown assessment, another sender, or a signature under another text."""
    told = received.payload
    row = assessment_of(received, by=by)
    if row is None or told["over"] != row.digest:
        raise NotTheirs("assessment")
    with audit.act(by=by, verb="returns.hear", subject=row.id, answer=told["answer"]):
        if row.theirs == Answer.NO:
            return
        row.theirs, row.theirs_at = told["answer"], clock.now()
        row.save(update_fields=["theirs", "theirs_at"])
        settling.settle(row, by=by)


def take_back_from(*, by: Actor, case: cases.Case, states: Iterable[str]) -> int:
    """She named states that must not learn of her: what waits for them is stopped, and an
    assessment with one of them says no from now on; how many messages were stopped."""
    count = 0
    for row in Assessment.objects.filter(case=case, counterpart_state__in=sorted(states)):
        with audit.act(by=by, verb="returns.take_back", subject=row.id, case=case.id):
            count += exchange.cancel(by=by, subject=str(row.id), peers=None, reason="feared_state")
            if row.ours != Answer.NO:
                row.ours, row.ours_by, row.ours_at = Answer.NO.value, by.id, clock.now()
                row.save()
                settling.settle(row, by=by)
    return count
