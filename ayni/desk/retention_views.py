"""What will be blocked and erased, and holds: pages of the data protection officer. References and
days only; no name, and nothing of what is blocked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.officer import attempt, form_page, officer
from ayni.lib import clock
from ayni.lib.errors import Refused, Text

AHEAD = timedelta(days=90)
KINDS: dict[str, Text] = {
    "case": gettext_lazy("Case"),
    "notice": gettext_lazy("Notice"),
    "referral": gettext_lazy("Referral that nobody took on"),
    "request": gettext_lazy("Request that nobody took on"),
    "message": gettext_lazy("Message that could not be applied"),
}
STEPS: dict[str, Text] = {
    "block": gettext_lazy("Blocked: nobody reads it any more"),
    "erase": gettext_lazy("Erased for good"),
    "none": gettext_lazy("Nothing"),
}
STANDINGS: dict[str, Text] = {
    "kept": gettext_lazy("Kept, and read by who may"),
    "blocked": gettext_lazy("Blocked"),
    "erased": gettext_lazy("Erased"),
}


class HoldForm(forms.Form):
    """Until which day, and why."""

    until = forms.DateField(
        label=gettext_lazy("Hold back until"), widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class EraseForm(forms.Form):
    """Why, and that it is meant."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    sure = forms.BooleanField(label=gettext_lazy("I know that nobody can undo this"))


def _on(due: cases.Due) -> str:
    return "" if due.next.on is None else date_format(due.next.on)


def _reference(due: cases.Due) -> dict[str, str] | str:
    """With its page; what could not be applied has none: nobody knows what is in it."""
    if due.kind == cooperation.UNAPPLIED:
        return due.reference
    return {
        "text": due.reference,
        "href": reverse(f"desk:retention-{due.kind}", args=[due.id]),
    }


@require_GET
@officer
def coming(request: HttpRequest, by: Actor) -> HttpResponse:
    """What comes within 90 days, and every hold."""
    until = localtime(clock.now()).date() + AHEAD
    every = [
        *cases.retention_due(by=by, until=until),
        *cooperation.untaken_due(by=by, until=until),
    ]
    every.sort(key=lambda due: (due.next.on or until, due.reference))
    rows = [
        [
            _reference(due),
            KINDS[due.kind],
            STEPS[due.next.step],
            _on(due),
            date_format(due.held_until) if due.next.held and due.held_until else "",
        ]
        for due in every
    ]
    head = [_("Reference"), _("Kind"), _("What comes next"), _("On"), _("Held back until")]
    return render(request, "desk/retention.html", {"rows": rows, "head": head, "until": until})


def _of(kind: str) -> tuple[Callable[..., Any], Callable[..., None], Callable[..., None]]:
    """Reading, holding back and ending the hold of a kind of record."""
    if kind in cooperation.UNTAKEN:
        return (
            cooperation.untaken_of,
            cooperation.hold_untaken,
            cooperation.end_hold_untaken,
        )
    return cases.retention_of, cases.hold, cases.end_hold


def _record(request: HttpRequest, by: Actor, kind: str, ident: UUID) -> HttpResponse:
    """One record: what comes next, and what can be decided."""
    read, hold, _end = _of(kind)
    due, reason = read(by=by, kind=kind, ident=ident)
    form = HoldForm(request.POST if request.POST.get("do") == "hold" else None)
    here = redirect(f"desk:retention-{kind}", ident)
    if request.method == "POST" and form.is_bound and form.is_valid():
        told = form.cleaned_data
        if attempt(form, lambda: hold(by=by, kind=kind, ident=ident, **told)):
            messages.success(request, _("It is held back. Until then nothing happens to it."))
            return here
    elif request.method == "POST" and not form.is_bound:
        _do(request, by, kind, ident)
        return here
    context: dict[str, Any] = {
        "form": form,
        "due": due,
        "is_case": kind == "case",
        "reason": reason,
        "rows": [
            {"key": _("Reference"), "value": due.reference},
            {"key": _("How it stands"), "value": STANDINGS[due.standing]},
            {"key": _("What comes next"), "value": STEPS[due.next.step]},
            # Without a day: it is worked on, or erased.
            *([{"key": _("On"), "value": _on(due)}] if due.next.on else []),
        ],
    }
    return render(
        request, "desk/retention_record.html", context, status=422 if form.errors else 200
    )


def _do(request: HttpRequest, by: Actor, kind: str, ident: UUID) -> None:
    """One of the buttons; whatever else was sent does nothing."""
    done: dict[str, tuple[Callable[[], None], str]] = {
        "end": (
            lambda: _of(kind)[2](by=by, kind=kind, ident=ident),
            _("The hold has ended. What is due happens in the coming night."),
        ),
        "unblock": (
            lambda: cases.unblock(by=by, case_id=ident),
            _("It is shown to its institution again, until the hold ends."),
        ),
    }
    asked = request.POST.get("do", "")
    if asked not in done or (asked == "unblock" and kind != "case"):
        return
    call, said = done[asked]
    try:
        call()
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
    else:
        messages.success(request, said)


@require_http_methods(["GET", "POST"])
@officer
def case(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """A case."""
    return _record(request, by, "case", case_id)


@require_http_methods(["GET", "POST"])
@officer
def notice(request: HttpRequest, by: Actor, notice_id: UUID) -> HttpResponse:
    """A notice."""
    return _record(request, by, "notice", notice_id)


@require_http_methods(["GET", "POST"])
@officer
def referral(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """A referral that nobody took on."""
    return _record(request, by, "referral", referral_id)


@require_http_methods(["GET", "POST"])
@officer
def asked(request: HttpRequest, by: Actor, request_id: UUID) -> HttpResponse:
    """A request that nobody took on."""
    return _record(request, by, "request", request_id)


@require_http_methods(["GET", "POST"])
@officer
def erase(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Erase a closed case now, at the person's request."""
    form = EraseForm(request.POST or None)
    due, _reason = cases.retention_of(by=by, kind="case", ident=case_id)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: cases.erase_case(by=by, case_id=case_id, reason=reason)):
            messages.success(request, _("It is erased. No backup brings it back."))
            return redirect("desk:retention-case", case_id)
    return form_page(
        request, form, title=_("Erase case %(reference)s now") % {"reference": due.reference},
        button=_("Erase for good"), back=reverse("desk:retention-case", args=[case_id]),
        intro=_("For a request of the person that was granted. Her name, documents, what she told "
                "and every form become unreadable here and in every backup. What other states "
                "hold is theirs to erase."),
    )  # fmt: skip
