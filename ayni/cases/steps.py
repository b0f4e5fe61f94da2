"""Working through the protocol: steps, changes, plans, corrections, risk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import answers as record
from ayni.cases import vocabulary as words
from ayni.cases.access import check_version, lock
from ayni.cases.errors import FormTaken
from ayni.cases.facts import facts_of
from ayni.cases.heard import tell_changed
from ayni.cases.models import Case, Notice, StepForm
from ayni.cases.states import CASE_OPEN
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

CHANGED = "changed"  # a form without a step: what changed
PLANNED = "planned"
TRAVEL = "travel"


class NotSettled(WrongState):
    """Only what was recorded can be added to or corrected."""

    code = "not_settled"
    reason = _("This step was not recorded yet. Record it first.")


def protocol_facts(case: Case, now: datetime | None = None) -> dict[str, Any]:
    """What this case tells the conditions of the protocol. A fact that is absent is unknown."""
    return facts_of(case, now or clock.now())


def sent_before(form_id: UUID | None, about: UUID) -> bool:
    """Whether this form about a case or notice was sent already (a double click).

    Ask with that row locked. Raises `FormTaken` if it was about another one.
    """
    if form_id is None:
        return False
    found = StepForm.objects.filter(id=form_id).first()
    if found is not None and about not in (found.case_id, found.notice_id):
        raise FormTaken
    return found is not None


def keep_form(
    row: Case | Notice,
    *,
    by: Actor,
    step: str,
    answers: Mapping[str, Any],
    form_id: UUID | None = None,
    written_by: str = "",
) -> StepForm:
    """Write down the answers of one step, sealed for the person. `written_by` is their author
    where that is another than who records them; what no officer of this node said has none."""
    form = StepForm(
        institution_id=row.institution_id,
        subject=row.subject,
        created_at=clock.now(),
        case=row if isinstance(row, Case) else None,
        notice=row if isinstance(row, Notice) else None,
        step=step,
        written_by=written_by or (by.id if by.kind is ActorKind.USER else None),
    )
    if form_id is not None:
        form.id = form_id
    form.seal(vault.sealer(row.subject), answers=dict(answers))
    form.save(force_insert=True)
    return form


def record_event(case: Case, *, by: Actor, **what: Any) -> None:
    """One event of the protocol about this case, with what the case tells it now."""
    what.setdefault("side", case.side)
    protocol.record_event(
        by=by,
        subject=case.id,
        institution=case.institution_id,
        facts=protocol_facts(case),
        **what,
    )


def _open_case(case_id: UUID, *, by: Actor) -> Case:
    case = lock(Case, case_id, by=by)
    if case.status not in CASE_OPEN:
        raise WrongState
    return case


def _ask_above(case: Case, step: str, answers: Mapping[str, Any], *, by: Actor) -> None:
    """Ask the room above that keeps a step closed, if there is one (`config/wiring.py`)."""
    path = settings.AYNI_STEP_GUARDS.get(step)
    if path is not None:
        import_string(path)(case=case, answers=answers, by=by)


def record_step(
    *,
    by: Actor,
    case_id: UUID,
    step: str,
    kind: str,
    answers: Mapping[str, Any] | None = None,
    reason: str = "",
    side: str = "",
    form_id: UUID | None = None,
    written_by: str = "",
) -> Case:
    """Record that a step was done, declined or waived, with what was written down.

    `side` is given when another state did it and told us. Answers that establish facts join those
    known already, and those that are the case's own data its record (`answers`); `written_by` is
    the officer who wrote them if a node records them. A second call with the same `form_id` does
    nothing. Raises what `protocol.record_event` raises,
    `Contradicted`, and `WrongState` for a closed case.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.record_step", subject=case_id, step=step, kind=kind):
        case = _open_case(case_id, by=by)
        if sent_before(form_id, case_id):
            return case
        if kind == "done":
            _ask_above(case, step, answers or {}, by=by)
        form = None
        if answers:
            form = keep_form(
                case, by=by, step=step, answers=answers, form_id=form_id, written_by=written_by
            )
            record.learn(case, step, answers)
        case.save()
        tell_changed(case)
        record_event(
            case,
            by=by,
            step=step,
            kind=kind,
            at=clock.now(),
            side=side or case.side,
            reason=reason,
            event_id=form.id if form else form_id,
        )
        _plan(case, by=by, answers=answers or {})
    return case


def _plan(case: Case, *, by: Actor, answers: Mapping[str, Any]) -> None:
    """The travel plan (step 6.1) says when the journey begins; clocks count back from it."""
    told = answers.get("travels_at")
    if isinstance(told, str) and told:
        record_event(
            case, by=by, kind="planned", moment=TRAVEL, due_at=datetime.fromisoformat(told)
        )


def amend_step(
    *,
    by: Actor,
    case_id: UUID,
    step: str,
    answers: Mapping[str, Any],
    form_id: UUID | None = None,
    written_by: str = "",
) -> Case:
    """Write down more, or something else, about a step that was recorded; the earlier answers stay
    beside it. `written_by` as in `record_step`. Raises `NotSettled`, `Contradicted`."""
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.amend_step", subject=case_id, step=step):
        case = _open_case(case_id, by=by)
        if sent_before(form_id, case_id):
            return case
        entry = agenda_of(case, clock.now()).steps.get(step)
        if entry is None or entry.settled_at is None:
            raise NotSettled
        _ask_above(case, step, answers, by=by)
        keep_form(case, by=by, step=step, answers=answers, form_id=form_id, written_by=written_by)
        record.learn(case, step, answers)
        case.save()
        tell_changed(case)
        _plan(case, by=by, answers=answers)
        protocol.refresh(by=by, subject=case.id, facts=protocol_facts(case))
    return case


def correct_event(*, by: Actor, case_id: UUID, event_id: UUID) -> Case:
    """Take back what was recorded by mistake; both stay in the history.

    Facts that its form established fall back to what other forms say of them. Raises `NotFound`.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.correct_event", subject=case_id, event=event_id):
        case = _open_case(case_id, by=by)
        _forget(case, event_id)
        case.save()
        tell_changed(case)
        record_event(case, by=by, kind="corrected", corrects=event_id, reason="entered_by_mistake")
    return case


def _forget(case: Case, event_id: UUID) -> None:
    sealer = vault.sealer(case.subject)
    definition = protocol.definition(case.definition, case.definition_version)
    gone: set[str] = set()
    kept: dict[str, Any] = {}
    for form in forms_of(case):
        told = form.unseal(sealer)["answers"]
        if isinstance(told, dict):
            learned = protocol.facts_from_answers(definition, {form.step: told})
            if form.id == event_id:
                gone |= set(learned)
            else:
                kept |= learned
    stored = case.unseal(sealer, ["facts"])["facts"]
    known = dict(stored) if isinstance(stored, dict) else {}
    for name in gone:
        known.pop(name, None)
        if name in kept:
            known[name] = kept[name]
    case.seal(sealer, facts=known)


def forms_of(case: Case) -> list[StepForm]:
    """What was written down about a case and about its notice, oldest first."""
    about = Q(case=case)
    if case.notice_id:
        about |= Q(notice_id=case.notice_id)
    return list(StepForm.objects.filter(about).order_by("created_at", "id"))


def record_change(
    *,
    by: Actor,
    case_id: UUID,
    reason: str,
    note: str,
    form_id: UUID | None = None,
    written_by: str = "",
) -> Case:
    """The situation changed: what the protocol repeats at every change is due again.

    `reason` is a code of the protocol's list, `note` says what changed; `written_by` as in
    `record_step`.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.record_change", subject=case_id, reason=reason):
        case = _open_case(case_id, by=by)
        if sent_before(form_id, case_id):
            return case
        told = {"note": note}
        form = keep_form(
            case, by=by, step=CHANGED, answers=told, form_id=form_id, written_by=written_by
        )
        record_event(case, by=by, kind="changed", reason=reason, event_id=form.id)
    return case


def plan_journey(*, by: Actor, case_id: UUID, at: datetime, form_id: UUID | None = None) -> Case:
    """When the journey is planned to begin (aware); what must be done before it counts back."""
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.plan_journey", subject=case_id):
        case = _open_case(case_id, by=by)
        if sent_before(form_id, case_id):
            return case
        answers = {"travels_at": clock.isoformat(at)}
        form = keep_form(case, by=by, step=PLANNED, answers=answers, form_id=form_id)
        record_event(case, by=by, kind="planned", moment=TRAVEL, due_at=at, event_id=form.id)
    return case


def set_risk(
    *,
    by: Actor,
    case_id: UUID,
    version: int,
    level: str,
    reason: str,
    matrix: Mapping[str, Any] | None = None,
    form_id: UUID | None = None,
) -> Case:
    """Assess the risk (step 4.1): the level, why, and the matrix as the step's form names it."""
    members.check_may(by, members.Permission.CASE_WRITE)
    words.Risk(level)
    with audit.act(by=by, verb="cases.set_risk", subject=case_id, level=level):
        case = _open_case(case_id, by=by)
        if sent_before(form_id, case_id):
            return case
        check_version(case, version)
        told = {**(matrix or {}), "risk_level": level, "actions": reason}
        form = keep_form(case, by=by, step="4.1", answers=told, form_id=form_id)
        record.learn(case, "4.1", told)
        case.save()
        tell_changed(case)
        if agenda_of(case, clock.now()).steps["4.1"].settled:
            # Assessed again although nothing was reported as changed.
            protocol.refresh(by=by, subject=case.id, facts=protocol_facts(case))
        else:
            record_event(case, by=by, step="4.1", kind="done", at=clock.now(), event_id=form.id)
    return case


def agenda_of(case: Case, now: datetime) -> protocol.Agenda:
    """What the protocol says about this case now."""
    return protocol.agenda(subject=case.id, facts=protocol_facts(case, now), now=now)
