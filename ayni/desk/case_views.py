"""The case list and the pages of one case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.forms import (
    AssignForm,
    CloseForm,
    ConsentForm,
    FilterForm,
    PersonForm,
    ReasonForm,
    RiskForm,
)
from ayni.desk.officer import asked_form, attempt, draft_done, form_page, keep_draft, officer
from ayni.desk.step_form import StepForm
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol


@require_GET
@officer
def case_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Cases of my institution; the name is hidden."""
    form = FilterForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = cases.case_list(
        by=by,
        query=cases.CaseQuery(
            status=asked.get("status") or "open",
            assigned=asked.get("assigned", ""),
            risk=asked.get("risk", ""),
            reference=asked.get("reference", ""),
        ),
    )
    due = protocol.next_due([row.id for row in rows])
    return render(
        request,
        "desk/cases.html",
        {"form": form, "cases": [(row, due.get(row.id)) for row in rows]},
    )


@require_GET
@officer
def case(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """One case: what is due now and for whom, why, consents, referrals, history."""
    page = cases.open_case_page(by=by, case_id=case_id)
    language = get_language() or "es"
    definition = protocol.definition_for(case_id)
    return render(
        request,
        "desk/case.html",
        {
            "page": page,
            "case": page.case,
            "protocol": definition.title.in_language(language),
            "tracks": [cases.vocabulary.Track(t).label for t in page.case.tracks],
            "mine": [_step_row(definition, e, language) for e in page.agenda.mine()],
            "theirs": [_step_row(definition, e, language) for e in page.agenda.owed_by_others()],
            "stopped": [
                _step_row(definition, e, language)
                for e in page.agenda.steps.values()
                if e.state in (protocol.StepState.BLOCKED, protocol.StepState.CANNOT_TELL)
            ],
            "done": [
                _step_row(definition, e, language) for e in page.agenda.steps.values() if e.settled
            ],
            "closing": [r.sentence.in_language(language) for r in page.agenda.closing.reasons],
            "consents": [(c, _institution(c.recipient_institution)) for c in page.consents],
            "referrals": [
                (row, _institution(row.counterpart_institution))
                for row in cooperation.referrals_of_case(by=by, case_id=case_id)
            ],
            "may_audit": members.may(by, members.Permission.AUDIT_READ),
        },
    )


def _institution(code: str) -> str:
    """The name of an institution; its code if it is not known here, empty for none."""
    try:
        return members.institution_by_code(code).name if code else ""
    except NotFound:
        return code


def _step_row(
    definition: protocol.Definition, entry: protocol.StepAgenda, language: str
) -> dict[str, Any]:
    """One step as the page shows it: its words, state, due time, why, and source."""
    step = entry.step
    return {
        "id": step.id,
        "title": step.title.in_language(language),
        "duty": step.duty.in_language(language),
        "state": entry.state.value,
        "due_at": entry.due_at,
        "at_once": entry.limit is not None and entry.limit.value == 0,
        "actor": definition.actors[step.actor].name.in_language(language),
        "side": step.sides[0].value,
        "why": [r.sentence.in_language(language) for r in entry.why],
        "sources": [
            {
                "title": definition.sources[cite.source].title.in_language(language),
                "place": definition.place_of(cite).in_language(language),
                "verified": cite.verified,
            }
            for cite in step.cites
        ],
        "settled_at": entry.settled_at,
    }


@require_POST
@officer
def identity(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Open the identity: recorded, shown once, never in an address."""
    row = cases.case_for(by=by, case_id=case_id)
    opened = cases.open_identity(by=by, person_id=row.person_id)
    known = [
        {"key": label, "value": cases.in_words(name, opened[name])}
        for name, (_row, label) in cases.DISCLOSABLE.items()
        if opened.get(name)
    ]
    return render(request, "desk/identity.html", {"case": row, "known": known})


def _case_form(
    request: HttpRequest,
    by: Actor,
    case_id: UUID,
    form: forms.Form,
    verb: Callable[[dict[str, Any]], Any],
    **context: Any,
) -> HttpResponse:
    """A form on a case: one verb, then back to the case."""
    if request.method == "POST" and attempt(form, lambda: verb(form.cleaned_data)):
        return redirect("desk:case", case_id)
    return form_page(request, form, back=f"/cases/{case_id}", **context)


@require_http_methods(["GET", "POST"])
@officer
def step(request: HttpRequest, by: Actor, case_id: UUID, step_id: str) -> HttpResponse:
    """Record one step of the protocol."""
    cases.case_for(by=by, case_id=case_id)
    definition = protocol.definition_for(case_id)
    known = definition.steps.get(step_id)
    if known is None:
        raise Http404
    key = f"step:{case_id}:{step_id}"[:80]
    form = asked_form(request, StepForm, key, definition=definition, step=known)
    assert isinstance(form, StepForm)
    if keep_draft(request, form, key):
        messages.success(request, _("What you wrote is kept for 24 hours, for you only."))
        return redirect("desk:step", case_id, step_id)
    if request.method == "POST" and attempt(
        form,
        lambda: cases.record_step(
            by=by,
            case_id=case_id,
            step=step_id,
            kind=form.cleaned_data["kind"],
            answers=form.answers(),
            reason=form.cleaned_data["reason"],
        ),
    ):
        draft_done(request, key)
        return redirect("desk:case", case_id)
    language = get_language() or "es"
    return form_page(
        request, form, title=known.title.in_language(language), button=_("Save"), drafts=True,
        intro=known.duty.in_language(language), back=f"/cases/{case_id}",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def consent_new(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Record a consent."""
    cases.case_for(by=by, case_id=case_id)
    form = ConsentForm(request.POST or None, own=by.institution)
    return _case_form(
        request, by, case_id, form,
        lambda told: cases.record_consent(by=by, case_id=case_id, new=form.consent()),
        title=_("Record a consent"), button=_("Record"),
        intro=_("Without consent the assistance continues; only sharing does not."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def consent_withdraw(request: HttpRequest, by: Actor, case_id: UUID, consent: UUID) -> HttpResponse:
    """Withdraw a consent."""
    if request.method == "POST":
        cases.withdraw_consent(by=by, consent_id=consent)
        messages.success(request, _("The consent is withdrawn. Nothing more leaves under it."))
        return redirect("desk:case", case_id)
    return form_page(
        request, forms.Form(), title=_("Withdraw this consent?"), button=_("Withdraw"),
        back=f"/cases/{case_id}",
    )  # fmt: skip


@require_GET
@officer
def consent_print(request: HttpRequest, by: Actor, case_id: UUID, consent: UUID) -> HttpResponse:
    """A consent as it is printed for the person, in her language."""
    page = cases.open_case_page(by=by, case_id=case_id)
    found = next((c for c in page.consents if c.id == consent), None)
    if found is None:
        raise Http404
    named = [label for name, (_row, label) in cases.DISCLOSABLE.items() if name in found.fields]
    asked = [
        (label, found.questions.get(name))
        for name, label in cases.vocabulary.CONSENT_QUESTIONS.items()
    ]
    with translation.override(found.print_language):
        context = {
            "consent": found,
            "case": page.case,
            "institution": members.institution(by.institution).name,
            "recipient": _institution(found.recipient_institution),
            "named": named,
            "asked": asked,
        }
        return render(request, "desk/consent_print.html", context)


@require_http_methods(["GET", "POST"])
@officer
def risk(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Assess the risk."""
    row = cases.case_for(by=by, case_id=case_id)
    form = RiskForm(request.POST or None, initial={"version": row.version, "level": row.risk})
    return _case_form(
        request, by, case_id, form,
        lambda told: cases.set_risk(by=by, case_id=case_id, **told),
        title=_("Assess the risk"), button=_("Save"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def assign(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Assign a case, or hand it over with a note."""
    row = cases.case_for(by=by, case_id=case_id)
    form = AssignForm(
        request.POST or None,
        own=by.institution,
        initial={"version": row.version, "to_user": str(row.assigned_to_id or by.id)},
    )

    def verb(told: dict[str, Any]) -> None:
        to = UUID(told["to_user"])
        if told["note"].strip():
            cases.hand_over(
                by=by, case_id=case_id, version=told["version"], to_user=to, note=told["note"]
            )
        else:
            cases.assign_case(by=by, case_id=case_id, version=told["version"], to_user=to)

    return _case_form(
        request, by, case_id, form, verb, title=_("Assign or hand over"), button=_("Save"),
        intro=_("With a note it is a hand-over at the end of a shift."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def close(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Close a case with a reason."""
    row = cases.case_for(by=by, case_id=case_id)
    form = CloseForm(
        request.POST or None, initial={"version": row.version, "reason": row.closure_reason}
    )
    return _case_form(
        request, by, case_id, form,
        lambda told: cases.close_case(by=by, case_id=case_id, **told),
        title=_("Close the case"), button=_("Close the case"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def reopen(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Open a closed case again."""
    row = cases.case_for(by=by, case_id=case_id)
    form = ReasonForm(request.POST or None, initial={"version": row.version})
    return _case_form(
        request, by, case_id, form,
        lambda told: cases.reopen_case(
            by=by, case_id=case_id, version=told["version"] or row.version, reason=told["reason"]
        ),
        title=_("Open the case again"), button=_("Open again"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def person(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Correct the person's details; two officers at once see both values."""
    row = cases.case_for(by=by, case_id=case_id)
    opened = cases.open_identity(by=by, person_id=row.person_id)
    form = PersonForm(request.POST or None, initial=_person_initial(opened))
    sent = request.POST.get("version", "")
    version = int(sent) if sent.isdigit() else row.person.version
    if request.method == "POST" and form.is_valid():
        try:
            cases.correct_person(
                by=by, person_id=row.person_id, version=version, details=form.details()
            )
        except cases.Conflict as conflict:
            return render(
                request,
                "desk/conflict.html",
                {"form": form, "version": conflict.current_version, "back": f"/cases/{case_id}",
                 "pairs": _differences(form.details(), conflict.theirs)},
                status=409,
            )  # fmt: skip
        return redirect("desk:case", case_id)
    return form_page(
        request, form, title=_("Details of the person"), button=_("Save"),
        back=f"/cases/{case_id}", version=version,
    )  # fmt: skip


def _person_initial(opened: dict[str, Any]) -> dict[str, Any]:
    birth = opened["birth"] or {}
    documents, citizenships = opened["documents"] or [{}], opened["citizenships"] or [""]
    phones, languages = opened["phones"] or [""], opened["languages"] or [""]
    names = ("name_as_written", "given_names", "first_surname", "second_surname", "gender")
    return {
        **{name: opened[name] or "" for name in names},
        "birth_precision": birth.get("precision", "unknown"),
        "birth_value": birth.get("value", ""),
        "birth_estimated": birth.get("quality") == "estimated",
        "citizenship": citizenships[0],
        "document_kind": documents[0].get("kind", ""),
        "document_state": documents[0].get("issuing_state", ""),
        "document_number": documents[0].get("number", ""),
        "document_withheld": documents[0].get("withheld_by_others", False),
        "phone": phones[0],
        "language": languages[0],
    }


def _differences(mine: dict[str, Any], theirs: Any) -> list[dict[str, Any]]:
    """Where the two officers differ: what stands there now, and what was just written."""
    return [
        {
            "name": cases.DISCLOSABLE[name][1],
            "mine": cases.in_words(name, mine[name]),
            "theirs": cases.in_words(name, theirs.get(name)),
        }
        for name in mine
        if (theirs.get(name) or "") != (mine[name] or "")
    ]
