"""Consent: recorded per purpose, recipient and fields; withdrawn with one act (step 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import closing, persons
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch, lock
from ayni.cases.disclosure import NAMEABLE
from ayni.cases.errors import FormTaken, GuardianMissing, QuestionsOpen
from ayni.cases.models import Case, Consent
from ayni.cases.safeguards import ConsentView
from ayni.cases.states import CASE_OPEN
from ayni.cases.steps import agenda_of, keep_form, protocol_facts, record_event
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

TEXT_VERSION = "1"
LONGEST = timedelta(days=365)

# The seven questions as the form of step 3.2 names them.
INTERVIEW_STEP = "3.2"
_ASKED = {
    "interview": "consents_to_interview",
    "purpose": "told_purpose",
    "use": "told_use",
    "research": "told_research",
    "access": "told_access",
    "storage": "told_storage",
    "withdrawal": "told_withdrawal",
}

# Without these the consent does not count; research use is free to be refused.
MUST_BE_TOLD = frozenset({"purpose", "use", "access", "storage", "withdrawal"})


class ConsentIncomplete(Refused):
    """A consent to refer names its recipient and the fields."""

    code = "consent_incomplete"
    reason = _("Say to whom the data may go, and which data.")


@dataclass(frozen=True, slots=True)
class NewConsent:
    """A consent as given. `questions` answers the seven questions of the HTCDS consent text;
    `valid_for` is at most one year; `own_view` is what a child herself says."""

    purpose: str
    language: str
    given_by: str
    questions: Mapping[str, bool]
    recipient_state: str = ""
    recipient_institution: str = ""
    fields: frozenset[str] = frozenset()
    witness: str = ""
    own_view: str = ""
    valid_for: timedelta = timedelta(days=180)


def _check(new: NewConsent, *, is_child: bool) -> None:
    words.Purpose(new.purpose)
    words.ConsentBy(new.given_by)
    if not all(new.questions.get(question) for question in MUST_BE_TOLD):
        raise QuestionsOpen
    if new.purpose == words.Purpose.INTERVIEW and not new.questions.get("interview"):
        raise QuestionsOpen
    if new.purpose == words.Purpose.REFER:
        if not (new.recipient_state and new.recipient_institution and new.fields):
            raise ConsentIncomplete
        unknown = new.fields - set(NAMEABLE)
        if unknown:
            raise ConsentIncomplete(field=sorted(unknown)[0])
    if is_child and (new.given_by == words.ConsentBy.PERSON or not new.own_view.strip()):
        raise GuardianMissing
    if not timedelta(0) < new.valid_for <= LONGEST:
        raise ConsentIncomplete


def record_consent(
    *, by: Actor, case_id: UUID, new: NewConsent, form_id: UUID | None = None
) -> Consent:
    """Record a consent; one to the interview also is the protocol's step of informed consent.

    A second call with the same `form_id` gives the same consent. Raises `QuestionsOpen`,
    `ConsentIncomplete`, `GuardianMissing`, `FormTaken`.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.record_consent", subject=case_id, purpose=new.purpose) as act:
        case = lock(Case, case_id, by=by)
        there = Consent.objects.filter(id=form_id).first() if form_id is not None else None
        if there is not None and there.case_id != case.id:
            raise FormTaken
        if there is not None:
            return there
        _check(new, is_child=persons.age_status(case.person).counts_as_child)
        consent = _written(by, case, new, form_id or new_id())
        consent.save(force_insert=True)
        act.note(consent=consent.id)
        if case.status in CASE_OPEN:
            _tell_protocol(by, case, consent, new)
    return consent


def _written(by: Actor, case: Case, new: NewConsent, id: UUID) -> Consent:  # noqa: A002
    now = clock.now()
    consent = Consent(
        id=id,
        institution_id=case.institution_id,
        subject=case.subject,
        created_at=now,
        case=case,
        purpose=new.purpose,
        recipient_state=new.recipient_state,
        recipient_institution=new.recipient_institution,
        fields=sorted(new.fields),
        given_by=new.given_by,
        questions={name: bool(new.questions.get(name)) for name in words.CONSENT_QUESTIONS},
        language=new.language,
        text_version=TEXT_VERSION,
        given_at=now,
        valid_until=now + new.valid_for,
        recorded_by=by.id,
    )
    consent.seal(vault.sealer(case.subject), witness=new.witness, own_view=new.own_view)
    return consent


def _tell_protocol(by: Actor, case: Case, consent: Consent, new: NewConsent) -> None:
    """Step 3.2 is done by the first consent to the interview; facts changed in any case."""
    entry = agenda_of(case, consent.given_at).steps.get(INTERVIEW_STEP)
    if consent.purpose != words.Purpose.INTERVIEW or entry is None or not entry.asked_for:
        protocol.refresh(by=by, subject=case.id, facts=protocol_facts(case))
        return
    answers: dict[str, Any] = {
        field: consent.questions[question] for question, field in _ASKED.items()
    }
    answers |= {"consent_language": new.language, "witness": new.witness}
    form = keep_form(case, by=by, step=INTERVIEW_STEP, answers=answers)
    record_event(
        case, by=by, step=INTERVIEW_STEP, kind="done", at=consent.given_at, event_id=form.id
    )


def withdraw_consent(*, by: Actor, consent_id: UUID, case_id: UUID | None = None) -> Consent:
    """Withdraw a consent at once; what is queued under it is cancelled before it leaves.

    An officer does it for her, or she herself at her own page, which names her `case_id`: the
    case whose consent it is said to be; `NotFound` if it is another's. Raises `NotAllowed`.
    """
    if by.kind is ActorKind.PERSON and case_id is not None:
        members.check_may(by, members.Permission.OWN_READ)
    else:
        members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.withdraw_consent", subject=consent_id) as act:
        consent = fetch(Consent, consent_id, by=by)
        if case_id is not None and consent.case_id != case_id:
            raise NotFound
        act.note(case=consent.case_id)
        if consent.withdrawn_at is None:
            consent.withdrawn_at = clock.now()
            consent.withdrawn_by = by.id
            consent.version += 1
            consent.save(update_fields=["withdrawn_at", "withdrawn_by", "version"])
            if consent.case.status in CASE_OPEN:
                facts = protocol_facts(consent.case)
                protocol.refresh(by=by, subject=consent.case_id, facts=facts)
            elif consent.purpose == words.Purpose.STATISTICS:
                closing.consent_withdrawn(consent.case)
    return consent


def consent_of(*, by: Actor, case_id: UUID, consent_id: UUID) -> Consent:
    """One consent of one case, nothing opened. Raises `NotFound` for a consent of another case."""
    members.check_may(by, members.Permission.CASE_READ)
    consent = fetch(Consent, consent_id, by=by)
    if consent.case_id != case_id:
        raise NotFound
    return consent


def consent_view(consent: Consent) -> ConsentView:
    """One consent, as the safeguards read it."""
    return ConsentView(
        id=str(consent.id),
        purpose=consent.purpose,
        recipient_state=consent.recipient_state,
        recipient_institution=consent.recipient_institution,
        fields=frozenset(consent.fields),
        given_by=consent.given_by,
        own_view_recorded=consent.own_view is not None,
        given_at=consent.given_at,
        valid_until=consent.valid_until,
        withdrawn_at=consent.withdrawn_at,
    )


def consent_views(case: Case) -> list[ConsentView]:
    """All consents of a case, as the safeguards read them."""
    return [consent_view(consent) for consent in case.consents.all()]


def has_consent(case: Case, purpose: str, now: datetime) -> bool:
    """Whether any consent for this purpose holds now."""
    return any(
        c.purpose == purpose and c.withdrawn_at is None and c.given_at <= now < c.valid_until
        for c in case.consents.all()
    )
