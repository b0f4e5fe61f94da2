"""Notices and the home page: what is due, what waits, search, decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk import historical
from ayni.desk.forms import CaseForm, DecideForm, NoticeForm, SearchForm, TriageForm
from ayni.desk.notice_words import about_rows, contact_rows
from ayni.desk.officer import (
    asked_form,
    attempt,
    draft_done,
    form_page,
    keep_draft,
    officer,
)
from ayni.members import api as members
from ayni.protocol import api as protocol

words = cases.vocabulary
_YES_NO = {True: "yes", False: "no", None: ""}


@require_GET
@officer
def home(request: HttpRequest, by: Actor) -> HttpResponse:
    """What is due for me, what waits for my institution, what nobody has taken."""
    if not members.may(by, members.Permission.CASE_READ):
        return render(request, "desk/elsewhere.html", {"role": by.role})
    due = protocol.due_for(institution=by.institution, limit=20)
    mine = cases.case_list(by=by, query=cases.CaseQuery(assigned="me"))
    nobodys = cases.case_list(by=by, query=cases.CaseQuery(assigned="nobody"))
    references = cases.references(by=by, ids=[row.subject for row in due])
    return render(
        request,
        "desk/home.html",
        {
            "due": [(row, references.get(row.subject, "")) for row in due],
            "counts": protocol.counts(institution=by.institution),
            "notices": cases.notices_waiting(by=by, limit=10),
            "mine": mine[:10],
            "nobodys": nobodys[:10],
            "may_take": members.may(by, members.Permission.NOTICE_TAKE),
        },
    )


@require_http_methods(["GET", "POST"])
@officer
def notice_new(request: HttpRequest, by: Actor) -> HttpResponse:
    """Steps 1.1 and 1.2."""
    members.check_may(by, members.Permission.NOTICE_TAKE)
    form = asked_form(request, NoticeForm, "notice")
    assert isinstance(form, NoticeForm)
    if keep_draft(request, form, "notice"):
        messages.success(request, _("What you wrote is kept for 24 hours, for you only."))
        return redirect("desk:notice-new")
    taken: list[cases.Notice] = []
    if request.method == "POST" and attempt(
        form, lambda: taken.append(cases.take_notice(by=by, new=form.notice()))
    ):
        draft_done(request, "notice")
        return redirect("desk:notice", taken[0].id)
    return form_page(
        request, form, title=_("New notice"), button=_("Save the notice"), drafts=True,
        intro=_("If she or he is in danger now, call the police first; then write."),
    )  # fmt: skip


@require_GET
@officer
def notice(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """One notice: what was told, what was decided, what comes next."""
    row, opened = cases.open_notice(by=by, notice_id=notice_id)
    if row.is_historical:
        return render(request, "desk/historical.html", historical.context(by, row, opened))
    indicators = opened["indicators"] if isinstance(opened["indicators"], list) else []
    return render(
        request,
        "desk/notice.html",
        {
            "notice": row,
            "opened": opened,
            "contact": contact_rows(opened["contact"]),
            "about": about_rows(opened["about"]),
            "indicators": [words.Indicator(code).label for code in indicators],
            "case": cases.case_of_notice(by=by, notice_id=notice_id),
            "may_triage": members.may(by, members.Permission.NOTICE_TRIAGE),
        },
    )


def _workable(by: Actor, notice_id: UUID) -> tuple[cases.Notice, dict[str, Any]]:
    """A notice that can be worked on, opened. Raises `ReadOnly` for a historical one."""
    row, opened = cases.open_notice(by=by, notice_id=notice_id)
    if row.is_historical:
        raise cases.ReadOnly
    return row, opened


@require_http_methods(["GET", "POST"])
@officer
def notice_triage(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Step 1.3."""
    row, opened = _workable(by, notice_id)
    form = TriageForm(
        request.POST or None,
        initial={
            "version": row.version,
            "imminent_danger": _YES_NO[row.imminent_danger],
            "age_group": row.age_group,
            "situation": row.situation,
            "indicators": opened["indicators"] or [],
            "reason": opened["triage_reason"] or "",
        },
    )
    if request.method == "POST" and attempt(
        form,
        lambda: cases.triage_notice(
            by=by,
            notice_id=notice_id,
            version=form.cleaned_data["version"],
            situation=form.cleaned_data["situation"],
            imminent_danger=form.cleaned_data["imminent_danger"] == "yes",
            age_group=form.cleaned_data["age_group"],
            indicators=tuple(form.cleaned_data["indicators"]),
            reason=form.cleaned_data["reason"],
        ),
    ):
        return redirect("desk:notice", notice_id)
    return form_page(
        request, form, title=_("Triage"), button=_("Save"), back=f"/notices/{notice_id}"
    )


@require_http_methods(["GET", "POST"])
@officer
def notice_search(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Step 1.4: search for antecedents, by POST only."""
    _row, opened = _workable(by, notice_id)
    about = opened["about"] if isinstance(opened["about"], dict) else {}
    phones, documents = about.get("phones"), about.get("documents")
    form = SearchForm(
        request.POST or None,
        initial={
            "name": about.get("name", ""),
            "phone": phones[0] if isinstance(phones, list) and phones else "",
            "document": documents[0].get("number", "")
            if isinstance(documents, list) and documents
            else "",
        },
    )
    found: list[tuple[cases.Antecedent, str]] | None = None
    if request.method == "POST" and form.is_valid():
        found = [
            (antecedent, members.institution(antecedent.institution_id).name)
            for antecedent in cases.search_antecedents(
                by=by, details=form.details(), notice_id=notice_id
            )
        ]
    return render(
        request,
        "desk/search.html",
        {"form": form, "found": found, "notice_id": notice_id},
        status=422 if form.is_bound and form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
@officer
def notice_decide(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Step 1.5."""
    row, opened = _workable(by, notice_id)
    form = DecideForm(
        request.POST or None,
        initial={
            "version": row.version,
            "outcome": row.outcome,
            "reason": opened["decision_reason"] or "",
        },
    )
    if request.method == "POST" and attempt(
        form,
        lambda: cases.decide_notice(
            by=by,
            notice_id=notice_id,
            version=form.cleaned_data["version"],
            outcome=form.cleaned_data["outcome"],
            reason=form.cleaned_data["reason"],
        ),
    ):
        return redirect("desk:notice", notice_id)
    return form_page(
        request, form, title=_("Decision"), button=_("Decide"), back=f"/notices/{notice_id}"
    )


@require_http_methods(["GET", "POST"])
@officer
def case_new(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Open a case from a notice."""
    members.check_may(by, members.Permission.CASE_OPEN)
    row, opened = _workable(by, notice_id)
    there = cases.case_of_notice(by=by, notice_id=notice_id)
    if there is not None:
        messages.info(request, _("The case of this notice is open already."))
        return redirect("desk:case", there.id)
    key = f"case:{notice_id}"
    form = asked_form(request, CaseForm, key)
    assert isinstance(form, CaseForm)
    if not form.is_bound and not form.initial:
        about = opened["about"] if isinstance(opened["about"], dict) else {}
        form.initial = {
            "name_as_written": about.get("name", ""),
            "narrative": opened["narrative"] or "",
            "tracks": [row.track] if row.track else [],
            "language": row.language,
        }
    if keep_draft(request, form, key):
        messages.success(request, _("What you wrote is kept for 24 hours, for you only."))
        return redirect("desk:case-new", notice_id)
    made: list[cases.Case] = []
    if request.method == "POST" and attempt(
        form,
        lambda: made.append(
            cases.open_case(by=by, notice_id=notice_id, new=form.case(situation=row.situation))
        ),
    ):
        draft_done(request, key)
        return redirect("desk:case", made[0].id)
    return form_page(
        request, form, title=_("Open a case"), button=_("Open the case"), drafts=True,
        back=f"/notices/{notice_id}",
    )  # fmt: skip
