"""Who else may open a case: letting colleagues in, breaking the glass, and what the data protection
officer sees of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk.access_forms import BreakGlassForm, LetInForm, SeenForm
from ayni.desk.officer import asked_form, attempt, done, form_page, keep_draft, officer

_EDIT = require_http_methods(["GET", "POST"])


@_EDIT
@officer
def let_in(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Open a case to a colleague as well; below, to whom it is open and how to end that."""
    row = cases.open_form(by=by, case_id=case_id, form="let-in")
    there = cases.let_in_to(by=by, case_id=case_id)
    but = frozenset({by.id, str(row.assigned_to_id), *(str(one.officer_id) for one in there)})
    form = asked_form(request, LetInForm, own=by.institution, but=but)
    if request.method == "POST" and attempt(
        form,
        lambda: cases.let_in(by=by, case_id=case_id, officer_id=UUID(form.cleaned_data["officer"])),
    ):
        messages.success(request, _("The case is open to this colleague too."))
        return done(request, "desk:let-in", case_id)
    return form_page(
        request, form, title=_("Let a colleague in"), button=_("Let in"),
        intro=_("Let in only who must work on this case with you, such as the second officer."),
        back=reverse("desk:case", args=[case_id]), template="desk/let_in.html",
        there=there, case=row, nobody=not form.anybody,
    )  # fmt: skip


@require_POST
@officer
def let_out(request: HttpRequest, by: Actor, case_id: UUID, officer_id: UUID) -> HttpResponse:
    """The case is open to this officer no longer."""
    cases.let_out(by=by, case_id=case_id, officer_id=officer_id)
    if str(officer_id) == by.id:
        messages.success(request, _("The case is closed to you again."))
        return redirect("desk:home")
    messages.success(request, _("The case is closed to this colleague from now on."))
    return redirect("desk:let-in", case_id)


@_EDIT
@officer
def break_glass(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Open a closed case in an emergency, with a reason."""
    closed = cases.why_closed(by=by, case_id=case_id)
    form = asked_form(request, BreakGlassForm)
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST" and attempt(
        form,
        lambda: cases.break_glass(by=by, case_id=case_id, reason=form.cleaned_data["reason"]),
    ):
        return done(request, "desk:case", case_id)
    return form_page(
        request, form, title=_("Open the case in an emergency"), button=_("Open for three hours"),
        intro=_(
            "Only if somebody is in danger and nobody who works on the case can be reached. The "
            "case closes again after three hours, or before if you say so."
        ),
        back=reverse("desk:case", args=[closed.case_id]), keeps=True,
    )  # fmt: skip


@require_GET
@officer
def emergencies(request: HttpRequest, by: Actor) -> HttpResponse:
    """Cases that were opened in an emergency (data protection officer)."""
    return render(request, "desk/emergencies.html", {"rows": cases.emergencies(by=by)})


@_EDIT
@officer
def seen(request: HttpRequest, by: Actor, access_id: UUID) -> HttpResponse:
    """Look into one emergency: it was looked at, and whether the person is told."""
    one = cases.emergency(by=by, access_id=access_id)
    form = asked_form(request, SeenForm, stored={"withheld": one.withheld})
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST" and attempt(
        form,
        lambda: cases.see_emergency(
            by=by, access_id=access_id, withheld=form.cleaned_data["withheld"]
        ),
    ):
        messages.success(request, _("Recorded that you looked into it."))
        return done(request, "desk:emergencies")
    return form_page(
        request, form, title=_("Case opened in an emergency"), button=_("I have looked into it"),
        back=reverse("desk:emergencies"), template="desk/emergency.html", one=one, keeps=True,
    )  # fmt: skip
