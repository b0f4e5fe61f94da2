"""Notices: taking, triage, search for earlier records, decision, opening a case; search."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk import historical
from ayni.desk.forms import DecideForm, NoticeForm, SearchForm, TriageForm
from ayni.desk.notice_words import about_rows, contact_rows
from ayni.desk.officer import (
    asked_form,
    attempt,
    done,
    form_page,
    keep_draft,
    officer,
    two_officers,
)
from ayni.desk.person_form import OpenCaseForm, contact_of
from ayni.desk.shown import step_row, with_sources
from ayni.desk.step_form import StepForm
from ayni.help import api as help_lines
from ayni.lib import clock
from ayni.lib.asked import record_named
from ayni.members import api as members
from ayni.protocol import api as protocol

words = cases.vocabulary
_EDIT = require_http_methods(["GET", "POST"])
# A telephone number as people write it, with at least six digits.
_NUMBER = re.compile(r"\+?(?:[\s().-]*\d){6,15}")
_YES_NO = {True: "yes", False: "no", None: ""}
# Steps of phase 1 that have a page of their own.
_OWN_PAGES = frozenset({"1.1", "1.2", "1.3", "1.4", "1.5"})


def numbers_here(by: Actor) -> list[Any]:
    """Verified help lines of the country where the institution stands, danger first."""
    country = members.institution(by.institution).stands_in.lower() if by.institution else ""
    return help_lines.lines_in(country)[:3] if country in members.states() else []


@_EDIT
@officer
def notice_new(request: HttpRequest, by: Actor) -> HttpResponse:
    """Steps 1.1 and 1.2."""
    members.check_may(by, members.Permission.NOTICE_TAKE)
    form = asked_form(request, NoticeForm)
    if keep_draft(request):
        return redirect("desk:notice-new")
    taken: list[cases.Notice] = []
    if request.method == "POST" and attempt(
        form,
        lambda: taken.append(
            cases.take_notice(by=by, new=form.notice(), form_id=form.cleaned_data["form_id"])
        ),
    ):
        return done(request, "desk:notice", taken[0].id)
    return form_page(
        request, form, title=_("New notice"), button=_("Save the notice"), keeps=True,
        danger=numbers_here(by), template="desk/notice_form.html",
        intro=_("If she or he is in danger now, call the police first; then write."),
    )  # fmt: skip


@require_GET
@officer
def notice(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """One notice: what was told, what was decided, what comes next and by when."""
    row, opened = cases.open_notice(by=by, notice_id=notice_id)
    if row.is_historical:
        return render(request, "desk/historical.html", historical.context(by, row, opened))
    indicators = opened["indicators"] if isinstance(opened["indicators"], list) else []
    case = cases.case_of_notice(by=by, notice_id=notice_id)
    agenda = None if case is not None else cases.agenda_of_notice(row)
    definition = protocol.definition_for(row.id) if agenda is not None else None
    steps = agenda.steps if agenda is not None else {}
    return render(
        request,
        "desk/notice.html",
        {
            "notice": row,
            "opened": opened,
            "contact": contact_rows(opened["contact"]),
            "about": about_rows(opened["about"]),
            "indicators": [words.Indicator(code).label for code in indicators],
            "case": case,
            "due": {name.replace(".", "_"): _clock(entry) for name, entry in steps.items()},
            "more": [
                step_row(definition, entry)
                for name, entry in steps.items()
                if definition is not None and name not in _OWN_PAGES
                and entry.state is not protocol.StepState.NOT_APPLICABLE
            ],
            "links": _links(by, row),
            "may_triage": members.may(by, members.Permission.NOTICE_TRIAGE),
            "danger": numbers_here(by) if row.imminent_danger else [],
        },
    )  # fmt: skip


def _clock(entry: protocol.StepAgenda) -> dict[str, Any]:
    """Until when, and whether that has passed, also while something else must come first."""
    open_at = None if entry.settled else entry.due_at
    return {"at": open_at, "late": open_at is not None and open_at < clock.now()}


def _links(by: Actor, row: cases.Notice) -> list[dict[str, Any]]:
    links = row.links.order_by("linked_at")
    return cases.named_records(by=by, records=[(link.about, link.about_id) for link in links])


def _workable(by: Actor, notice_id: UUID) -> tuple[cases.Notice, dict[str, Any]]:
    """A notice that can be worked on, opened. Raises `ReadOnly` for a historical one."""
    row, opened = cases.open_notice(by=by, notice_id=notice_id)
    if row.is_historical:
        raise cases.ReadOnly
    return row, opened


@_EDIT
@officer
def notice_triage(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Step 1.3."""
    row, opened = _workable(by, notice_id)
    stored = {
        "version": row.version,
        "imminent_danger": _YES_NO[row.imminent_danger],
        "age_group": row.age_group if row.situation else None,
        "situation": row.situation,
        "person_missing": _YES_NO[row.person_missing],
        "indicators": opened["indicators"] or [],
        "reason": opened["triage_reason"] or "",
    }
    form = asked_form(request, TriageForm, stored=stored)
    return _notice_form(
        request, notice_id, form, stored,
        lambda: cases.triage_notice(by=by, notice_id=notice_id, **form.told()),
        title=_("Triage"), button=_("Save"),
    )  # fmt: skip


@_EDIT
@officer
def notice_decide(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Step 1.5."""
    row, opened = _workable(by, notice_id)
    stored = {
        "version": row.version,
        "outcome": row.outcome,
        "reason": opened["decision_reason"] or "",
    }
    form = asked_form(request, DecideForm, stored=stored)
    return _notice_form(
        request, notice_id, form, stored,
        lambda: cases.decide_notice(by=by, notice_id=notice_id, **form.cleaned_data),
        title=_("Decision"), button=_("Decide"),
    )  # fmt: skip


def _notice_form(
    request: HttpRequest,
    notice_id: UUID,
    form: Any,
    stored: dict[str, Any],
    verb: Any,
    **context: Any,
) -> HttpResponse:
    """A form on a notice that two officers may have open; then back to the notice."""
    back = f"/notices/{notice_id}"
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST":
        try:
            if attempt(form, verb):
                return done(request, "desk:notice", notice_id)
        except cases.Conflict as conflict:
            compared = {k: v for k, v in stored.items() if k != "version"}
            page = two_officers(
                request, form, version=conflict.current_version, compared=compared, back=back
            )
            return page or done(request, "desk:notice", notice_id)
    return form_page(request, form, back=back, keeps=True, **context)


@_EDIT
@officer
def notice_search(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Step 1.4: search for antecedents, by POST only."""
    row, opened = _workable(by, notice_id)
    about = opened["about"] if isinstance(opened["about"], dict) else {}
    documents = about.get("documents")
    stored = {
        "name": about.get("name", ""),
        "phone": _phone_of(row, opened),
        "document": documents[0].get("number", "")
        if isinstance(documents, list) and documents
        else "",
    }
    linked = {link.about_id for link in row.links.all()}
    return _searched(request, by, SearchForm(_sent(request), initial=stored), notice_id, linked)


def _phone_of(row: cases.Notice, opened: dict[str, Any]) -> str:
    """Her telephone number; else where she may be contacted, if that is a number."""
    about = opened["about"] if isinstance(opened["about"], dict) else {}
    phones = about.get("phones")
    if isinstance(phones, list) and phones:
        return str(phones[0])
    contact = opened["contact"] if isinstance(opened["contact"], dict) else {}
    address = str(contact.get("address", ""))
    return address if _contact_is_hers(row) and _NUMBER.fullmatch(address.strip()) else ""


def _contact_is_hers(row: cases.Notice) -> bool:
    """On the public page the writer says how to reach herself, who may be somebody else."""
    return row.channel != words.Channel.WEB or row.informant == words.Informant.DIRECT_VICTIM


@_EDIT
@officer
def search(request: HttpRequest, by: Actor) -> HttpResponse:
    """Search for a person among the cases and notices of this institution; by POST only."""
    return _searched(request, by, SearchForm(_sent(request)), None, set())


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _searched(
    request: HttpRequest, by: Actor, form: SearchForm, notice_id: UUID | None, linked: set[UUID]
) -> HttpResponse:
    found: list[dict[str, Any]] | None = None
    if request.method == "POST" and form.is_valid():
        hits = cases.search_antecedents(by=by, details=form.details(), notice_id=notice_id)
        found = cases.named_hits(by=by, hits=hits, linked=linked)
    return render(
        request,
        "desk/search.html",
        {"form": form, "found": found, "notice_id": notice_id},
        status=422 if form.is_bound and form.errors else 200,
    )


@require_POST
@officer
def notice_link(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Decide that an earlier record is about the same person, or take that back."""
    try:
        about, about_id = record_named(request.POST, cases.LINKABLE)
    except ValueError:
        raise Http404 from None
    if request.POST.get("take_back"):
        cases.unlink_antecedent(by=by, notice_id=notice_id, about_id=about_id)
        messages.success(request, _("The link was taken back."))
    else:
        cases.link_antecedent(by=by, notice_id=notice_id, about=about, about_id=about_id)
        messages.success(request, _("Linked. Both records keep what they hold."))
    return redirect("desk:notice", notice_id)


@_EDIT
@officer
def notice_step(request: HttpRequest, by: Actor, notice_id: UUID, step_id: str) -> HttpResponse:
    """A step of phase 1 without a page of its own, such as telling the police."""
    row, _opened = _workable(by, notice_id)
    agenda = cases.agenda_of_notice(row)
    entry = None if agenda is None else agenda.steps.get(step_id)
    if entry is None or step_id in _OWN_PAGES:
        raise Http404
    definition = protocol.definition_for(notice_id)
    form = asked_form(request, StepForm, definition=definition, step=entry.step)
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST" and attempt(
        form,
        lambda: cases.record_notice_step(
            by=by,
            notice_id=notice_id,
            step=step_id,
            kind=form.cleaned_data["kind"],
            answers=form.answers(),
            reason=form.cleaned_data.get("reason", ""),
            form_id=form.cleaned_data["form_id"],
        ),
    ):
        return done(request, "desk:notice", notice_id)
    shown = with_sources(definition, entry)
    return form_page(
        request, form, title=shown["title"], intro=shown["duty"], button=_("Save"), keeps=True,
        back=f"/notices/{notice_id}", step=shown, told=[], template="desk/step.html",
        may_record=not entry.step.continuous,
    )  # fmt: skip


@_EDIT
@officer
def case_new(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """Open a case from a notice."""
    members.check_may(by, members.Permission.CASE_OPEN)
    row, opened = _workable(by, notice_id)
    there = cases.case_of_notice(by=by, notice_id=notice_id)
    if there is not None:
        messages.info(request, _("The case of this notice is open already."))
        return redirect("desk:case", there.id)
    form = asked_form(request, OpenCaseForm, stored=_from_notice(row, opened))
    if keep_draft(request):
        return redirect(request.path)
    made: list[cases.Case] = []
    if request.method == "POST" and attempt(
        form,
        lambda: made.append(
            cases.open_case(
                by=by,
                notice_id=notice_id,
                new=form.case(situation=row.situation),
                form_id=form.cleaned_data["form_id"],
            )
        ),
    ):
        return done(request, "desk:case", made[0].id)
    return form_page(
        request, form, title=_("Open a case"), button=_("Open the case"), keeps=True,
        back=f"/notices/{notice_id}",
    )  # fmt: skip


def _from_notice(row: cases.Notice, opened: dict[str, Any]) -> dict[str, Any]:
    """What the notice tells, so that nobody has to ask again."""
    about = opened["about"] if isinstance(opened["about"], dict) else {}
    phones, documents = about.get("phones") or [], about.get("documents") or []
    age = str(about.get("age", ""))
    stored: dict[str, Any] = {
        "name_as_written": about.get("name", ""),
        "narrative": opened["narrative"] or "",
        "tracks": [row.track] if row.track else [],
        "language": row.language,
        "citizenship": str(about.get("nationality", "")).upper(),
        "phone": phones[0] if phones else "",
        "document_number": documents[0].get("number", "") if documents else "",
    }
    if age.isdigit():
        stored |= {
            "birth_precision": "age_band",
            "birth_value": f"{age}-{age}",
            "birth_estimated": True,
        }
    return stored | (contact_of(opened["contact"]) if _contact_is_hers(row) else {})
