"""Working on a case: steps, changes, plans, risk, the person, what she told, assigning, closing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.forms import (
    AssignForm,
    ChangeForm,
    CloseForm,
    JourneyForm,
    ReasonForm,
    RiskForm,
)
from ayni.desk.needs_form import ToldForm, as_fields
from ayni.desk.officer import (
    asked_form,
    attempt,
    done,
    form_page,
    keep_draft,
    officer,
    two_officers,
)
from ayni.desk.person_form import PersonForm, initial_of
from ayni.desk.shown import language, with_sources
from ayni.desk.step_form import AnswersForm, StepForm, in_words
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.protocol import api as protocol

_EDIT = require_http_methods(["GET", "POST"])
Told = dict[str, Any]
# Steps of the protocol that have a page of their own.
_OWN_PAGES = {"4.1": "desk:risk", "7.5": "desk:close"}
_CONSENT = "3.2"


def _case_form(
    request: HttpRequest,
    case_id: UUID,
    form: forms.Form,
    verb: Callable[[], Any],
    compared: Told | None = None,
    leads: Callable[[], bool] = lambda: True,
    **context: Any,
) -> HttpResponse:
    """A form on a case: one verb, then back to the case, or home if after it the case is closed to
    the officer (`leads`). `compared`: fields of the form and what stands there now, for two
    officers at once."""
    back = reverse("desk:case", args=[case_id])
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST":
        try:
            if attempt(form, verb):
                return (
                    done(request, "desk:case", case_id) if leads() else done(request, "desk:home")
                )
        except cases.Conflict as conflict:
            page = two_officers(
                request, form, version=conflict.current_version, compared=compared or {}, back=back
            )
            return page or done(request, "desk:case", case_id)
    return form_page(request, form, back=back, keeps=True, **context)


@_EDIT
@officer
def step(request: HttpRequest, by: Actor, case_id: UUID, step_id: str) -> HttpResponse:
    """One step of the protocol: why it is there, what was written down, and recording it."""
    if step_id in _OWN_PAGES:
        return redirect(_OWN_PAGES[step_id], case_id)
    row = cases.case_for(by=by, case_id=case_id)
    definition = protocol.definition_for(case_id)
    entry = cases.agenda_of(row, clock.now()).steps.get(step_id)
    if entry is None:
        raise Http404
    told = cases.answers_of_step(by=by, case_id=case_id, step=step_id)
    amends = entry.settled_at is not None and not entry.asked_for
    if amends:
        form: AnswersForm = asked_form(
            request, AnswersForm, definition=definition, step=entry.step, told=told
        )
    else:
        form = asked_form(request, StepForm, definition=definition, step=entry.step)
    shown = with_sources(definition, entry)
    return _case_form(
        request, case_id, form,
        lambda: _record(by, case_id, entry, form, amends=amends),
        title=shown["title"], intro=shown["duty"], button=_("Save"), step=shown,
        template="desk/step.html", amends=amends, case=row,
        told=in_words(definition, step_id, told, language()),
        consent=step_id == _CONSENT and not amends, may_record=not entry.step.continuous,
    )  # fmt: skip


def _record(
    by: Actor, case_id: UUID, entry: protocol.StepAgenda, form: Any, *, amends: bool
) -> None:
    answers, step_id = form.answers(), entry.step.id
    if step_id == _CONSENT and answers.get("consents_to_interview"):
        _check_consent(by, case_id)
    _protect(by, case_id, answers)
    common = {"by": by, "case_id": case_id, "step": step_id, "answers": answers,
              "form_id": form.cleaned_data["form_id"]}  # fmt: skip
    if amends:
        cases.amend_step(**common)
        return
    side = "" if entry.mine else entry.step.sides[0].value
    cases.record_step(
        **common,
        kind=form.cleaned_data["kind"],
        reason=form.cleaned_data.get("reason", ""),
        side=side,
    )


def _check_consent(by: Actor, case_id: UUID) -> None:
    """A yes is kept as a consent, with its language and its end; here only a no is."""
    row = cases.case_for(by=by, case_id=case_id)
    if not cases.has_consent(row, cases.vocabulary.Purpose.INTERVIEW, clock.now()):
        raise cases.ConsentMissing(_("Record her or his consent to the interview first."))


def _protect(by: Actor, case_id: UUID, answers: Told) -> None:
    """She fears her own state: what is queued there is called back before anything is recorded. If
    nobody knows yet which that is, what is queued to any other."""
    row = cases.case_for(by=by, case_id=case_id)
    own, fears = cases.feared_by_answers(row, answers), answers.get("fears_own_state") is True
    if own or fears:
        unplaced = not own and cases.nationality_unknown(row.person)
        cooperation.protect(by=by, case_id=case_id, states=sorted(own), abroad=unplaced)


def _correct_person(by: Actor, row: cases.Case, version: int, details: Told) -> None:
    """As `_protect`: her nationality may be recorded only now."""
    own = cases.feared_by_details(row.person, details)
    added = own - cases.named_states(row.person)
    if added and version == row.person.version:
        cooperation.protect(by=by, case_id=row.id, states=sorted(own))
        version += 1  # the protection is a change of the person, too
    cases.correct_person(by=by, person_id=row.person_id, version=version, details=details)


@_EDIT
@officer
def risk(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Assess the risk (step 4.1)."""
    row = cases.case_for(by=by, case_id=case_id)
    told = cases.answers_of_step(by=by, case_id=case_id, step="4.1")
    accepts = {"True": "yes", "False": "no"}.get(str(told.get("consents_to_protection")), "")
    stored = {
        "version": row.version,
        "level": row.risk,
        "reason": told.get("actions", ""),
        "at_risk": told.get("at_risk", []),
        "risk_items": told.get("risk_items", []),
        "severity": told.get("severity", ""),
        "likelihood": told.get("likelihood", ""),
        "consents_to_protection": accepts,
    }
    definition = protocol.definition_for(case_id)
    form = asked_form(request, RiskForm, stored=stored, definition=definition)
    return _case_form(
        request, case_id, form,
        lambda: cases.set_risk(by=by, case_id=case_id, **form.told()),
        {"level": row.risk},
        title=_("Assess the risk"), button=_("Save"),
        intro=definition.steps["4.1"].duty.in_language(language()),
    )  # fmt: skip


@_EDIT
@officer
def change(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """The situation changed: what is repeated at every change is due again."""
    cases.open_form(by=by, case_id=case_id, form="change")
    form = asked_form(request, ChangeForm)
    return _case_form(
        request, case_id, form,
        lambda: cases.record_change(by=by, case_id=case_id, **form.cleaned_data),
        title=_("Something changed"), button=_("Record"),
        intro=_("The risk must be assessed again after every change."),
    )  # fmt: skip


@_EDIT
@officer
def journey(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """When the journey is planned: what must be done before it counts back from then."""
    cases.open_form(by=by, case_id=case_id, form="journey")
    form = asked_form(request, JourneyForm)
    return _case_form(
        request, case_id, form,
        lambda: cases.plan_journey(
            by=by, case_id=case_id, at=form.cleaned_data["travels_at"],
            form_id=form.cleaned_data["form_id"],
        ),
        title=_("Plan the journey"), button=_("Save"),
        intro=_("What must be done before the journey is counted back from this time."),
    )  # fmt: skip


@require_POST
@officer
def take_back(request: HttpRequest, by: Actor, case_id: UUID, event: UUID) -> HttpResponse:
    """Take back what was recorded by mistake; both stay in the history."""
    cases.correct_event(by=by, case_id=case_id, event_id=event)
    messages.success(request, _("Taken back. Both stay in the history."))
    return redirect("desk:history", case_id)


@_EDIT
@officer
def assign(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Assign a case, or hand it over with a note."""
    row = cases.open_form(by=by, case_id=case_id, form="assign")
    there = str(row.assigned_to_id or "nobody")
    stored = {"version": row.version, "to_user": there if row.assigned_to_id else by.id}
    form = asked_form(request, AssignForm, stored=stored, own=by.institution)

    given: list[cases.Case] = []

    def verb() -> None:
        told = form.cleaned_data
        which: Told = {"by": by, "case_id": case_id, "version": told["version"]}
        if told["to_user"] == "nobody":
            given.append(cases.assign_case(**which, to_user=None))
        elif told["note"].strip():
            to_user = UUID(told["to_user"])
            given.append(cases.hand_over(**which, to_user=to_user, note=told["note"]))
        else:
            given.append(cases.assign_case(**which, to_user=UUID(told["to_user"])))

    return _case_form(
        request, case_id, form, verb, {"to_user": there}, title=_("Assign or hand over"),
        button=_("Save"), intro=_("With a note it is a hand-over at the end of a shift."),
        leads=lambda: _still_open(request, by, given),
    )  # fmt: skip


def _still_open(request: HttpRequest, by: Actor, given: list[cases.Case]) -> bool:
    """Whether a case is open to the officer who gave it away; if not, a message says so."""
    if not given or cases.is_open(given[0], by=by):
        return True
    messages.success(request, _("The case is handed over. It is closed to you from now on."))
    return False


@require_POST
@officer
def take(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Take a case that nobody has."""
    try:
        cases.take_case(by=by, case_id=case_id)
        messages.success(request, _("The case is yours."))
    except WrongState:
        cases.why_closed(by=by, case_id=case_id)
        messages.error(request, _("Somebody else has taken this case meanwhile."))
    return redirect("desk:case", case_id)


@_EDIT
@officer
def close(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Close a case with a reason."""
    row = cases.open_form(by=by, case_id=case_id, form="close")
    stored = {"version": row.version, "reason": row.closure_reason}
    form = asked_form(request, CloseForm, stored=stored)
    definition = protocol.definition_for(case_id)
    agenda = cases.agenda_of(row, clock.now())
    held = [name for reason in agenda.closing.reasons for name in reason.steps]
    return _case_form(
        request, case_id, form,
        lambda: cases.close_case(by=by, case_id=case_id, **form.cleaned_data),
        {"reason": row.closure_reason},
        title=_("Close the case"), button=_("Close the case"), template="desk/close.html",
        reasons=[r.sentence.in_language(language()) for r in agenda.closing.reasons],
        held=[(name, definition.steps[name].title.in_language(language())) for name in held],
        case=row,
    )  # fmt: skip


@_EDIT
@officer
def reopen(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Open a closed case again."""
    row = cases.open_form(by=by, case_id=case_id, form="reopen")
    form = asked_form(request, ReasonForm, stored={"version": row.version})
    return _case_form(
        request, case_id, form,
        lambda: cases.reopen_case(by=by, case_id=case_id, **form.cleaned_data),
        title=_("Open the case again"), button=_("Open again"),
    )  # fmt: skip


@require_POST
@officer
def follow_up(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Assistance has ended and only contacts remain, or it goes on again."""
    row = cases.open_form(by=by, case_id=case_id, form="follow-up")
    sent = request.POST.get("version", "")
    version = int(sent) if sent.isdecimal() and len(sent) < 10 else row.version
    try:
        cases.follow_up(by=by, case_id=case_id, version=version, active=row.status != "Active")
    except cases.Conflict:
        messages.error(request, _("Somebody else changed this case meanwhile. Look again."))
    return redirect("desk:case", case_id)


@_EDIT
@officer
def person(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Correct the person's details; two officers at once see both values."""
    row = cases.case_for(by=by, case_id=case_id)
    opened = cases.open_identity(by=by, person_id=row.person_id)
    stored = {"version": row.person.version, **initial_of(opened)}
    form = asked_form(request, _Versioned, stored=stored)
    return _case_form(
        request, case_id, form,
        lambda: _correct_person(by, row, form.cleaned_data["version"], form.details()),
        {name: stored.get(name, "") for name in form.fields if name != "version"},
        title=_("Details of the person"), button=_("Save"),
    )  # fmt: skip


class _Versioned(PersonForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


def _answers(found: Mapping[cases.Profile, cases.Answered]) -> dict[str, str]:
    """What was answered about her situation, as the form holds it."""
    return {name.value: found[name].answer.value if name in found else "" for name in cases.ASKED}


@_EDIT
@officer
def told(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """What she told and needs: read it before asking again, correct it, add to it."""
    row, opened = cases.open_told(by=by, case_id=case_id)
    stored = {
        "version": row.version,
        "narrative": opened["narrative"] or "",
        **as_fields(opened["needs"]),
        "exploitation": opened["exploitation"] or [],
        "health": opened["health"] or "",
        **_answers(opened["circumstances"]),
    }
    definition = protocol.definition_for(case_id)
    form = asked_form(request, ToldForm, stored=stored, definition=definition)
    return _case_form(
        request, case_id, form,
        lambda: cases.correct_told(
            by=by, case_id=case_id, version=form.cleaned_data["version"],
            told=form.told(before=opened["needs"]), health=form.cleaned_data["health"],
            answers=form.answers(),
        ),
        {name: value for name, value in stored.items() if name != "version"},
        title=_("What she or he told and needs"), button=_("Save"),
        intro=_("She or he tells it once. Read this before asking again."),
    )  # fmt: skip
