"""Pages of meetings: the call, attendance and minutes, decisions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ayni.agenda import api
from ayni.agenda.meeting_forms import AttendanceForm, CallForm, DecisionForm
from ayni.agenda.views import instead_text
from ayni.agenda.wording import codes_text
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.lib.errors import NotFound
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])


def _decision(each: api.Decision) -> dict[str, Any]:
    return {
        "text": each.text,
        "outcome": _("Adopted") if each.adopted else _("Not adopted"),
        "adopted": each.adopted,
        "objections": codes_text(each.objections),
        "reservations": codes_text(each.reservations),
        "reserved": each.reserved,
    }


@require_GET
@_officer
def meeting(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """One meeting: when, where, its agenda, who was present, what was decided."""
    try:
        found = api.meeting(key, api.presidencies())
    except NotFound:
        return redirect("agenda:platform")
    there = codes_text(found.present) if found.held else _("Not recorded yet")
    rows = [
        {"key": _("When"), "value": members.moment_here(found.at)},
        {"key": _("Where"), "value": found.place or _("Not told")},
        {"key": _("States that must be present"), "value": str(found.quorum)},
        {"key": _("States that were present"), "value": there},
    ]
    context = {
        "meeting": found,
        "rows": rows,
        "quorum": len(found.present) >= found.quorum,
        "decisions": [_decision(each) for each in found.decisions],
        "instead": instead_text(found.stands),
        "writes": api.can_write(by=by),
    }
    return render(request, "agenda/meeting.html", context)


@_EDIT
@_officer
def call(request: HttpRequest, by: Actor) -> HttpResponse:
    """Call a meeting."""
    form = CallForm(sent(request))
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            return "after", "", _("A meeting of that name is called for that day already.")

        done, words = write(
            request, form, lambda: api.call_meeting(by=by, **form.told()), now,
            _("The meeting is called. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:platform")
    return page(
        request, form, title=_("Call a meeting"), button=_("Call and publish"), stands=words,
        closed=closed_text(by),
    )  # fmt: skip


@_EDIT
@_officer
def attendance(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Record who was present, and the minutes."""
    return _step(request, by, key, "attendance")


@_EDIT
@_officer
def decision(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Record one decision."""
    return _step(request, by, key, "decision")


def _step(request: HttpRequest, by: Actor, key: str, step: str) -> HttpResponse:
    try:
        found = api.meeting(key, api.presidencies())
    except NotFound:
        return redirect("agenda:platform")
    initial = {"after": found.stands.ref, "present": found.present, "minutes": found.minutes}
    form: AttendanceForm | DecisionForm
    if step == "attendance":
        form, title = AttendanceForm(sent(request), initial=initial), _("Attendance and minutes")
    else:
        form = DecisionForm(sent(request), initial=initial, present=found.present)
        title = _("Record a decision")
    words = ""
    if request.method == "POST":

        def run() -> None:
            verb = api.record_attendance if step == "attendance" else api.decide
            verb(by=by, key=key, **form.told())

        def now() -> tuple[str, str, str]:
            latest = api.meeting(key, api.presidencies())
            decided = "; ".join(each.text for each in latest.decisions)
            there = codes_text(latest.present)
            return "after", latest.stands.ref, " · ".join(filter(None, (there, decided)))

        done, words = write(request, form, run, now, _("Recorded. Every member is told."))
        if done:
            return redirect("agenda:meeting", key)
    return page(
        request, form, title=title, button=_("Record and publish"), stands=words,
        closed=closed_text(by), intro=found.title, back=reverse("agenda:meeting", args=[key]),
        back_text=found.title,
    )  # fmt: skip
