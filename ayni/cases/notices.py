"""Notices: taking, triage, decision (protocol phase 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import search
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch, fetch_to_change, lock
from ayni.cases.errors import FormTaken, ReadOnly
from ayni.cases.models import Case, Notice
from ayni.cases.states import NoticeState, notice_may_go
from ayni.cases.steps import keep_form, sent_before
from ayni.lib import clock
from ayni.lib.errors import Refused, WrongState
from ayni.lib.identifiers import new_id, spoken_code
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

_PUBLIC_FIELDS = frozenset(
    {
        "informant", "anonymous", "language", "safe_to_talk", "place", "informant_name", "contact",
        "about", "narrative", "indicators",
    }
)  # fmt: skip


class ReasonMissing(Refused):
    """A decision needs its reason."""

    code = "reason_missing"
    reason = _("Write the reason. Without it nobody can follow the decision later.")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What is told at step 1.1 and 1.2. Codes as in `vocabulary`; the rest is free text.

    `contact` is {method (a `ContactMethod`), note, address, hours, never, safe_word, who_listens};
    `about` is what is told of the person: {name, age, gender, phones, documents, nationality}.
    None: was not asked.
    """

    channel: str
    informant: str = ""
    informant_body: str = ""
    anonymous: bool = False
    subject_matter: str = ""
    person_missing: bool | None = None
    track: str = ""
    language: str = ""
    interpreter: bool | None = None
    safe_to_talk: bool | None = None
    place: str = ""
    informant_name: str = ""
    contact: Mapping[str, Any] | None = None
    about: Mapping[str, Any] | None = None
    narrative: str = ""
    indicators: tuple[str, ...] = ()
    received_at: datetime | None = None


def take_notice(*, by: Actor, new: NewNotice, form_id: UUID | None = None) -> Notice:
    """Record a notice for the actor's institution; anonymity never blocks.

    A second call with the same `form_id` gives the same notice. Raises `FormTaken`, and
    `TimeRefused` for a notice from the future.
    """
    members.check_may(by, members.Permission.NOTICE_TAKE)
    if form_id is not None and Notice.objects.filter(id=form_id).exists():
        return _taken(form_id)
    notice = _written(by, new, form_id or new_id())
    try:
        with audit.act(by=by, verb="cases.take_notice", subject=notice.id, channel=notice.channel):
            notice.save(force_insert=True)
            _begin(by, notice, new)
    except IntegrityError:
        # The same form at the same moment (a double click): the other one has taken it.
        return _taken(form_id)
    return notice


def _taken(form_id: UUID | None) -> Notice:
    there = None if form_id is None else Notice.objects.filter(id=form_id).first()
    if there is None:
        raise FormTaken
    return there


def _written(by: Actor, new: NewNotice, id: UUID) -> Notice:  # noqa: A002
    subject = vault.new_subject()
    now = clock.now()
    notice = Notice(
        id=id,
        institution_id=by.institution,
        subject=subject,
        created_at=now,
        reference=spoken_code(),
        state=NoticeState.RECEIVED,
        received_at=new.received_at or now,
        channel=words.Channel(new.channel).value,
        informant=words.Informant(new.informant).value if new.informant else "",
        informant_body=words.InformantBody(new.informant_body).value if new.informant_body else "",
        anonymous=new.anonymous,
        subject_matter=words.SubjectMatter(new.subject_matter).value if new.subject_matter else "",
        person_missing=new.person_missing,
        track=words.Track(new.track).value if new.track else "",
        language=new.language,
        interpreter=new.interpreter,
        safe_to_talk=new.safe_to_talk,
        # Known at once, so that lists can show it; triage decides.
        imminent_danger=True if words.Indicator.DANGER_NOW in new.indicators else None,
    )
    notice.seal(
        vault.sealer(subject),
        place=new.place,
        informant_name="" if new.anonymous else new.informant_name,
        contact=dict(new.contact or {}),
        about=dict(new.about or {}),
        narrative=new.narrative,
        indicators=[words.Indicator(code).value for code in new.indicators],
    )
    return notice


def _begin(by: Actor, notice: Notice, new: NewNotice) -> None:
    """Search tokens, and the first steps of phase 1."""
    search.index(
        institution_id=notice.institution_id,
        subject=notice.subject,
        about="notice",
        about_id=notice.id,
        details=new.about or {},
    )
    step_done(by, notice, "1.1", at=notice.received_at)
    if notice.safe_to_talk is not None:
        step_done(by, notice, "1.2")


def step_done(by: Actor, notice: Notice, step: str, **more: Any) -> None:
    """Record a step of phase 1, done now unless `more` says otherwise, inside its verb."""
    protocol.record_event(
        by=by,
        subject=notice.id,
        institution=notice.institution_id,
        step=step,
        side=words.Side.HOST.value,
        facts=facts_of_notice(notice),
        **{"kind": "done", **more},
    )


def _change(notice_id: UUID, *, by: Actor, version: int, to: NoticeState) -> Notice:
    notice = fetch_to_change(Notice, notice_id, by=by, version=version)
    if notice.state == NoticeState.HISTORICAL:
        raise ReadOnly
    if not notice_may_go(notice.state, to):
        raise WrongState
    notice.state = to
    return notice


def triage_notice(
    *,
    by: Actor,
    notice_id: UUID,
    version: int,
    situation: str,
    imminent_danger: bool,
    age_group: str,
    indicators: tuple[str, ...],
    reason: str,
    person_missing: bool | None = None,
) -> Notice:
    """Class a notice as emergency, urgency or orientation (step 1.3).

    `age_group` is child, adult or empty (unknown, which counts as child). Danger now or a child
    is an emergency: the protocol's gate refuses another class (`StepRefused`).
    """
    members.check_may(by, members.Permission.NOTICE_TRIAGE)
    with audit.act(by=by, verb="cases.triage_notice", subject=notice_id, situation=situation):
        notice = _change(notice_id, by=by, version=version, to=NoticeState.TRIAGED)
        notice.situation = words.Situation(situation).value
        notice.triaged_at = clock.now()
        notice.imminent_danger = imminent_danger
        notice.age_group = age_group
        if person_missing is not None:
            notice.person_missing = person_missing
        notice.seal(
            vault.sealer(notice.subject),
            indicators=[words.Indicator(code).value for code in indicators],
            triage_reason=reason,
        )
        notice.save()
        _settle(by, notice, "1.3", notice.triaged_at)
    return notice


def _settle(by: Actor, notice: Notice, step: str, at: datetime) -> None:
    """A step that may be taken again with a new reason: done once, its gates asked every time."""
    facts = facts_of_notice(notice)
    if not protocol.agenda(subject=notice.id, facts=facts).steps[step].settled:
        step_done(by, notice, step, at=at)
        return
    protocol.check_gates(protocol.definition_for(notice.id), step, facts)
    protocol.refresh(by=by, subject=notice.id, facts=facts)


def decide_notice(*, by: Actor, notice_id: UUID, version: int, outcome: str, reason: str) -> Notice:
    """Decide what becomes of a notice (step 1.5). Raises `ReasonMissing`, `WrongState`."""
    members.check_may(by, members.Permission.NOTICE_TRIAGE)
    if not reason.strip():
        raise ReasonMissing
    with audit.act(by=by, verb="cases.decide_notice", subject=notice_id, outcome=outcome):
        notice = _change(notice_id, by=by, version=version, to=NoticeState.DECIDED)
        if Case.objects.filter(notice=notice).exists():
            raise WrongState
        notice.outcome = words.NoticeOutcome(outcome).value
        notice.decided_at = clock.now()
        notice.seal(vault.sealer(notice.subject), decision_reason=reason)
        notice.save()
        _settle(by, notice, "1.5", notice.decided_at)
    return notice


def facts_of_notice(notice: Notice) -> dict[str, Any]:
    """What a notice tells the conditions of the protocol; answers of its forms come first."""
    known = _answered(notice)
    if notice.person_missing is not None:
        known["person_missing"] = notice.person_missing
    if notice.safe_to_talk is not None:
        known["safe_to_talk"] = notice.safe_to_talk
    if notice.situation:
        known["situation"] = notice.situation
    if notice.imminent_danger is not None:
        # Age unknown counts as child.
        known["danger_or_child_seen"] = notice.imminent_danger or notice.age_group != "adult"
    if notice.age_group:
        known["age_group"] = notice.age_group
    if notice.outcome:
        known["notice_outcome"] = notice.outcome
    return known


def _answered(notice: Notice) -> dict[str, Any]:
    forms = list(notice.forms.order_by("created_at", "id"))
    if not forms:
        return {}
    sealer = vault.sealer(notice.subject)
    definition = protocol.definition_for(notice.id)
    known: dict[str, Any] = {}
    for form in forms:
        told = form.unseal(sealer)["answers"]
        if isinstance(told, dict):
            known |= protocol.facts_from_answers(definition, {form.step: told})
    return known


def record_notice_step(
    *,
    by: Actor,
    notice_id: UUID,
    step: str,
    kind: str,
    answers: Mapping[str, Any] | None = None,
    reason: str = "",
    form_id: UUID | None = None,
) -> Notice:
    """Record a step of phase 1 that has no verb of its own, such as telling the police (1.3.a).

    Raises what `protocol.record_event` raises; `WrongState` once a case was opened (the step is
    recorded there), `ReadOnly` for a historical notice.
    """
    members.check_may(by, members.Permission.NOTICE_TRIAGE)
    with audit.act(by=by, verb="cases.record_notice_step", subject=notice_id, step=step, kind=kind):
        notice = lock(Notice, notice_id, by=by)
        if notice.state == NoticeState.HISTORICAL:
            raise ReadOnly
        if sent_before(form_id, notice_id):
            return notice
        if Case.objects.filter(notice=notice).exists():
            raise WrongState
        form = None
        if answers:
            form = keep_form(notice, by=by, step=step, answers=answers, form_id=form_id)
        event_id = form.id if form else form_id
        step_done(by, notice, step, kind=kind, reason=reason, event_id=event_id)
    return notice


def agenda_of_notice(notice: Notice) -> protocol.Agenda | None:
    """What the protocol says about a notice now; None for a historical one: nothing runs there."""
    if notice.state == NoticeState.HISTORICAL:
        return None
    return protocol.agenda(subject=notice.id, facts=facts_of_notice(notice))


def open_notice(*, by: Actor, notice_id: UUID) -> tuple[Notice, dict[str, Any]]:
    """A notice and what it says; the opening is recorded first."""
    members.check_may(by, members.Permission.CASE_READ)
    notice = fetch(Notice, notice_id, by=by)
    audit.read(by=by, verb="cases.open_notice", subject=notice_id)
    opened: dict[str, Any] = notice.unseal(vault.sealer(notice.subject))
    return notice, opened


def notices_waiting(*, by: Actor, limit: int = 100) -> list[Notice]:
    """Notices of the actor's institution that are not decided: danger first, then the oldest."""
    members.check_may(by, members.Permission.CASE_READ)
    return list(
        Notice.objects.filter(
            institution_id=by.institution, state__in=[NoticeState.RECEIVED, NoticeState.TRIAGED]
        ).order_by(F("imminent_danger").desc(nulls_last=True), "received_at")[:limit]
    )


def receive_public_notice(payload: Mapping[str, Any]) -> str:
    """A notice from the public pages, handed up by `help` through the wiring table.

    `payload` has the fields of `NewNotice` (channel is always the public page), `institution`, the
    code of the institution that takes notices here, and `notice_id`: one that came before, as from
    a server that was killed before it could answer, is the same notice. Returns the reference to
    tell the person.
    """
    institution = members.institution_by_code(str(payload["institution"]))
    by = Actor(ActorKind.PUBLIC, "public-page", str(institution.id))
    number = payload.get("notice_id")  # what waited since an older version has none
    told = {key: value for key, value in payload.items() if key in _PUBLIC_FIELDS}
    if "indicators" in told:
        told["indicators"] = tuple(told["indicators"])
    with members.acting(institution.id):
        notice = take_notice(
            by=by,
            new=NewNotice(channel=words.Channel.WEB.value, **told),
            form_id=UUID(str(number)) if number else None,
        )
    return notice.reference
