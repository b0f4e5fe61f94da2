"""The case list and the pages of one case: what is due, who it is, consents, history."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.closed import counted_rows, kept
from ayni.desk.following import what_next
from ayni.desk.forms import ConsentForm, FilterForm
from ayni.desk.notice_words import contact_rows
from ayni.desk.officer import (
    asked_form,
    attempt,
    done,
    form_page,
    keep_draft,
    looked_at_list,
    officer,
)
from ayni.desk.paging import as_text, place_in
from ayni.desk.safeguards import safeguard_rows
from ayni.desk.shown import (
    Names,
    by_phase,
    institution_name,
    language,
    step_row,
    timeline,
    with_sources,
)
from ayni.desk.version_views import followed_row
from ayni.members import api as members
from ayni.protocol import api as protocol

_EDIT = require_http_methods(["GET", "POST"])
State = protocol.StepState


@require_GET
@officer
def case_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Cases of my institution; the name is hidden."""
    looked_at_list(by, "cases")
    form = FilterForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = cases.case_list(
        by=by,
        query=cases.CaseQuery(
            status=asked.get("status") or "open",
            assigned=asked.get("assigned", ""),
            risk=asked.get("risk", ""),
            track=asked.get("track", ""),
            situation=asked.get("situation", ""),
            overdue=bool(asked.get("overdue")),
            reference=asked.get("reference", ""),
            after=place_in(request.GET.get("after", "")),
        ),
    )
    shown = rows[: cases.PAGE]
    following = ""
    if len(rows) > cases.PAGE:
        last = shown[-1]
        kept = {name: value for name, value in asked.items() if value}
        following = urlencode({**kept, "after": as_text((last.opened_at, last.id))})
    due = protocol.next_due([row.id for row in shown])
    every = members.may(by, members.Permission.CASE_ALL)
    return render(
        request,
        "desk/cases.html",
        {
            "form": form,
            # Of what nobody has taken its next step is shown to who takes it.
            "cases": [(row, due.get(row.id), row.assigned_to_id or every) for row in shown],
            "following": following,
            "later": bool(request.GET.get("after")),
            "moves": members.may(by, members.Permission.CASE_WRITE)
            and protocol.adopted().adopted_on is not None,
        },
    )


@require_GET
@officer
def case(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """One case: what is due now and for whom, why, consents, referrals, what happened last."""
    page = cases.open_case_page(by=by, case_id=case_id)
    definition = page.definition
    steps = page.agenda.steps.values()
    told = page.opened
    exchanges = _exchanges(by, case_id)
    is_open = page.case.closed_at is None
    return render(
        request,
        "desk/case.html",
        {
            "page": page,
            "case": page.case,
            "open": is_open,
            "next": what_next(page, exchanges) if is_open else [],
            "followed": followed_row(page.case),
            "tracks": [cases.vocabulary.Track(t).label for t in page.case.tracks],
            "safe": contact_rows(page.safe_contact),
            "call_back": _call_back(page.agenda),
            "mine": [with_sources(definition, e) for e in page.agenda.mine()],
            "theirs": [with_sources(definition, e) for e in page.agenda.owed_by_others()],
            "stopped": [
                step_row(definition, e)
                for e in steps
                if e.mine and e.state in (State.BLOCKED, State.CANNOT_TELL) and not e.step.closes
            ],
            "waiting": [
                step_row(definition, e) for e in steps if e.mine and e.state is State.WAITING
            ],
            "standing": [step_row(definition, e) for e in steps if e.state is State.STANDING],
            "settled": sum(e.settled for e in steps),
            "periods": [step_row(definition, e) for e in steps if e.period_until is not None],
            "kept": kept(page.case) if page.case.kept_until else None,
            "counted": counted_rows(definition, page.counted),
            "closing": [r.sentence.in_language(language()) for r in page.agenda.closing.reasons],
            "needs": cases.needs_parts(told["needs"]),
            "safeguards": safeguard_rows(page.safeguards),
            "told": told["narrative"] or "",
            "consents": [(c, institution_name(c.recipient_institution)) for c in page.consents],
            "exchanges": exchanges,
            "end": _end(by, page),
            "links": _links(by, page),
            "glass": cases.glass_broken(by=by, case_id=case_id),
            "let_in": cases.let_in_to(by=by, case_id=case_id),
            "hand_overs": page.hand_overs[:3],
            "may_audit": members.may(by, members.Permission.AUDIT_READ),
        },
    )


def _end(by: Actor, page: cases.CasePage) -> dict[str, Any] | None:
    """The end of a protection that waits for its second officer, if one was asked for."""
    if not page.feared_states:
        return None
    waiting = cooperation.ends_waiting(by=by, case_id=page.case.id)
    if not waiting:
        return None
    return {"id": waiting[0].id, "at": waiting[0].asked_at, "mine": waiting[0].asked_by == by.id}


def _call_back(agenda: protocol.Agenda) -> str:
    """Whether somebody may call back (step 1.2.a): the sentence if not, else empty."""
    entry = agenda.steps.get("1.2.a")
    if entry is None or entry.state is not State.BLOCKED:
        return ""
    return entry.why[0].sentence.in_language(language()) if entry.why else ""


def _exchanges(by: Actor, case_id: UUID) -> list[dict[str, Any]]:
    """Referrals and requests of a case, both directions, newest first."""
    found = [("referral", row) for row in cooperation.referrals_of_case(by=by, case_id=case_id)] + [
        ("request", row) for row in cooperation.requests_of_case(by=by, case_id=case_id)
    ]
    return [
        {
            "kind": kind,
            "row": row,
            "name": institution_name(row.counterpart_institution),
        }
        for kind, row in found
    ]


def _links(by: Actor, page: cases.CasePage) -> list[dict[str, Any]]:
    """Earlier records that an officer linked, seen from either end."""
    ends = [
        ("notice", link.notice_id)
        if link.about == "case" and link.about_id == page.case.id
        else (link.about, link.about_id)
        for link in page.links
    ]
    return cases.named_records(by=by, records=ends)


@require_GET
@officer
def protocol_page(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """The whole protocol for this case: every step, where it stands, why, and from which source."""
    page = cases.open_case_page(by=by, case_id=case_id)
    definition = protocol.definition_for(case_id)
    return render(
        request,
        "desk/protocol.html",
        {
            "case": page.case,
            "open": page.case.closed_at is None,
            "title": definition.title.in_language(language()),
            "status": definition.status.in_language(language()),
            "phases": by_phase(definition, page.agenda),
        },
    )


@require_GET
@officer
def history(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Everything that happened, newest first, with what was written down."""
    found = cases.open_history(by=by, case_id=case_id)
    return render(
        request,
        "desk/history.html",
        {
            "case": found.case,
            "open": found.case.closed_at is None,
            "rows": timeline(found, Names.of(by.institution)),
            "exchanges": _exchanges(by, case_id),
        },
    )


@require_POST
@officer
def identity(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Open the identity: recorded, shown once, never in an address."""
    row = cases.case_for(by=by, case_id=case_id)
    opened = cases.open_identity(by=by, person_id=row.person_id)
    known = [
        {"key": label, "value": cases.in_words(name, opened[name])}
        for name, (_row, label) in cases.DISCLOSABLE.items()
        if opened.get(name) and name != "contact"
    ]
    return render(
        request,
        "desk/identity.html",
        {
            "case": row,
            "known": known,
            "contact": contact_rows(opened["contact"]),
            "safeguards": safeguard_rows(cases.of_identity(opened, cases.safeguard_rules())),
        },
    )


@_EDIT
@officer
def consent_new(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Record a consent."""
    cases.open_form(by=by, case_id=case_id, form="consent")
    form = asked_form(request, ConsentForm, own=by.institution)
    if keep_draft(request):
        return redirect(request.path)
    if request.method == "POST" and attempt(
        form,
        lambda: cases.record_consent(
            by=by, case_id=case_id, new=form.consent(), form_id=form.cleaned_data["form_id"]
        ),
    ):
        return done(request, "desk:case", case_id)
    return form_page(
        request, form, title=_("Record a consent"), button=_("Record"), keeps=True,
        intro=_("Without consent the assistance continues; only sharing does not."),
        back=f"/cases/{case_id}",
    )  # fmt: skip


@_EDIT
@officer
def consent_withdraw(request: HttpRequest, by: Actor, case_id: UUID, consent: UUID) -> HttpResponse:
    """Withdraw a consent of this case."""
    cases.consent_of(by=by, case_id=case_id, consent_id=consent)
    cases.open_form(by=by, case_id=case_id, form="withdraw")
    if request.method == "POST":
        cooperation.withdraw_consent(by=by, consent_id=consent, case_id=case_id)
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
    named = [label for name, label in cases.NAMEABLE.items() if name in found.fields]
    asked = [
        (label, found.questions.get(name))
        for name, label in cases.vocabulary.CONSENT_QUESTIONS.items()
    ]
    with translation.override(found.print_language):
        context = {
            "consent": found,
            "case": page.case,
            "institution": members.institution(by.institution).name,
            "recipient": institution_name(found.recipient_institution),
            "named": named,
            "asked": asked,
        }
        return render(request, "desk/consent_print.html", context)
