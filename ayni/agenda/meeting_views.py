"""Pages of meetings: the call, attendance and minutes, decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ayni.agenda import api, putting_views
from ayni.agenda.meeting_forms import (
    AttendanceForm,
    CallForm,
    CloseForm,
    CorrectDecisionForm,
    CorrectForm,
    DecisionForm,
    MoveForm,
    ReasonForm,
)
from ayni.agenda.views import instead_text
from ayni.agenda.wording import PHASE_COLOURS, PHASES, codes_text, day_text, size_text, state_text
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound, Text
from ayni.lib.paper import PaperNotMade
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])
_RECORDED = gettext_lazy("Recorded. Every member is told.")


def _decision(each: api.Decision) -> dict[str, Any]:
    return {
        "text": each.text,
        "outcome": _("Adopted") if each.adopted else _("Not adopted"),
        "adopted": each.adopted,
        "objections": codes_text(each.objections),
        "reservations": codes_text(each.reservations),
        "reserved": each.reserved,
        "earlier": api.earlier_texts(each, members.moment_here),
    }


@require_GET
@_officer
def meeting(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """One meeting: when, where, its agenda, who was present, what was decided."""
    try:
        found = api.meeting(key, api.presidencies())
    except NotFound:
        return redirect("agenda:platform")
    known = api.presidencies()
    there = codes_text(found.present) if found.held else _("Not recorded yet")
    rows = [
        {"key": _("When"), "value": members.moment_here(found.at)},
        {"key": _("Where"), "value": found.place or _("Not told")},
        {"key": _("Called by"), "value": state_text(api.called_by(key, known))},
        {"key": _("Quorum"), "value": api.quorum_text(found)},
        {"key": _("States that were present"), "value": there},
    ]
    writes, now = api.can_write(by=by), clock.now()
    context = {
        "meeting": found,
        "tag": {"text": PHASES[found.phase], "colour": PHASE_COLOURS[found.phase]},
        "rows": rows,
        "quorum": found.quorate,
        "short": api.short_notice_text(api.short_notice(found, known)),
        "decisions": [_decision(each) for each in found.decisions],
        "rest": api.resting(found, known) if writes else (),
        "documents": [_document(each, found) for each in api.documents_of(key, known)],
        "commitments": _of_meeting(key, known),
        "changes": [_change(each) for each in reversed(found.changes)],
        "earlier": [_earlier(each) for each in api.earlier_calls(found)],
        "instead": instead_text(found.stands),
        "writes": writes,
        "can": {step.name: writes and api.can_step(found, step, now=now) for step in api.Step},
        "waits": found.phase is api.Phase.CALLED and now < found.at,
        "languages": MINUTES,
        **putting_views.beside(key, known),
    }
    return render(request, "agenda/meeting.html", context)


# How an address and a link name the languages of the minutes.
MINUTES = (("es", "Español"), ("pt-br", "Português"), ("en", "English"))


def _document(each: api.Document, found: api.Meeting) -> dict[str, Any]:
    about = found.items[each.item - 1] if 0 < each.item <= len(found.items) else ""
    return {
        "title": each.title,
        "digest": each.digest,
        "told": f"{each.type_name}, {size_text(each.size)}",
        "about": about,
        "here": api.is_here(each),
    }


def _earlier(each: api.Call) -> dict[str, Any]:
    words = {"day": day_text(each.on), "owner": state_text(each.owner), "n": each.version}
    return {
        "when": _("%(day)s, %(owner)s, version %(n)s") % words,
        "title": each.title,
        "items": each.items,
    }


def _change(each: api.Change) -> str:
    words = {
        "moment": members.moment_here(each.at),
        "place": each.place or _("place not told"),
        "reason": each.reason,
    }
    return api.change_sentences()[each.what] % words


def _of_meeting(key: str, known: api.Presidencies) -> list[api.Commitment]:
    """Commitments that came from a meeting, what is due first first."""
    day = clock.now().date()
    found = [each for each in api.commitments(day, known) if each.said.meeting == key]
    return sorted(found, key=lambda each: (each.said.due, each.key))


@require_GET
@_officer
def minutes(request: HttpRequest, by: Actor, key: str, language: str) -> HttpResponse:
    """The minutes as a tagged PDF, in one of three languages."""
    if language not in dict(MINUTES):
        raise Http404
    known = api.presidencies()
    try:
        found = api.meeting(key, known)
    except NotFound:
        return redirect("agenda:platform")
    try:
        content = api.minutes_pdf(
            found, caller=api.called_by(key, known), short=api.short_notice(found, known),
            commitments=_of_meeting(key, known), documents=api.documents_of(key, known),
            language=language,
        )  # fmt: skip
    except PaperNotMade as refusal:
        messages.error(request, str(refusal.reason))
        return redirect("agenda:meeting", key)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="ayni-{key}-{language}.pdf"'
    return answer


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
def move(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Move a meeting, and say why."""
    return _step(request, by, key, "move")


@_EDIT
@_officer
def correct(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Correct the name or the agenda."""
    return _step(request, by, key, "correct")


@_EDIT
@_officer
def cancel(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Cancel a meeting, and say why."""
    return _step(request, by, key, "cancel")


@_EDIT
@_officer
def close(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Close the minutes."""
    return _step(request, by, key, "close")


@_EDIT
@_officer
def reopen(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Open final minutes again, and say why."""
    return _step(request, by, key, "reopen")


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


@_EDIT
@_officer
def correct_decision(request: HttpRequest, by: Actor, key: str, number: int) -> HttpResponse:
    """Correct one decision, counted from one, and say why."""
    return _step(request, by, key, "correct_decision", number=number)


# Step -> title of its page, its button, what is said when it is done.
_STEPS: dict[str, tuple[Text, Text, Text]] = {
    "attendance": (
        gettext_lazy("Attendance and minutes"),
        gettext_lazy("Record and publish"),
        _RECORDED,
    ),
    "decision": (gettext_lazy("Record a decision"), gettext_lazy("Record and publish"), _RECORDED),
    "move": (
        gettext_lazy("Move the meeting"),
        gettext_lazy("Move and publish"),
        gettext_lazy("The meeting is moved. Every member is told."),
    ),
    "correct": (
        gettext_lazy("Correct the call"),
        gettext_lazy("Correct and publish"),
        gettext_lazy("The call is corrected. Every member is told."),
    ),
    "correct_decision": (
        gettext_lazy("Correct the decision"),
        gettext_lazy("Correct and publish"),
        gettext_lazy("The decision is corrected. Every member is told."),
    ),
    "cancel": (
        gettext_lazy("Cancel the meeting"),
        gettext_lazy("Cancel and publish"),
        gettext_lazy("The meeting is cancelled. Every member is told."),
    ),
    "close": (
        gettext_lazy("Close the minutes"),
        gettext_lazy("Close and publish"),
        gettext_lazy("The minutes are final. Every member is told."),
    ),
    "reopen": (
        gettext_lazy("Open the minutes again"),
        gettext_lazy("Open again and publish"),
        gettext_lazy("The minutes are a draft again. Every member is told."),
    ),
}
_VERBS: dict[str, Callable[..., Any]] = {
    "attendance": api.record_attendance,
    "decision": api.decide,
    "move": api.move_meeting,
    "correct": api.correct_call,
    "correct_decision": api.correct_decision,
    "cancel": api.cancel_meeting,
    "close": api.close_meeting,
    "reopen": api.reopen_meeting,
}
_FORMS = {
    "attendance": AttendanceForm, "move": MoveForm, "correct": CorrectForm, "cancel": ReasonForm,
    "close": CloseForm, "reopen": ReasonForm,
}  # fmt: skip


_OF_DECISION = ("text", "objections", "reservations", "reserved")


def _form(request: HttpRequest, found: api.Meeting, step: str, number: int) -> Any:
    initial = {
        "after": found.stands.ref, "present": found.present, "minutes": found.minutes,
        "at": found.at, "place": found.place, "title": found.title,
        "items": "\n".join(found.items),
    }  # fmt: skip
    if step == "correct_decision":
        stood = found.decisions[number - 1]
        initial |= {name: getattr(stood, name) for name in _OF_DECISION}
        return CorrectDecisionForm(sent(request), initial=initial, present=found.present)
    if step == "decision":
        return DecisionForm(sent(request), initial=initial, present=found.present)
    return _FORMS[step](sent(request), initial=initial)


def _stands_text(found: api.Meeting) -> str:
    decided = "; ".join(each.text for each in found.decisions)
    when = f"{members.moment_here(found.at)}, {found.place}".strip(", ")
    call = "; ".join((found.title, *found.items))
    told = (call, str(PHASES[found.phase]), when, codes_text(found.present), decided)
    return " · ".join(filter(None, told))


def _step(
    request: HttpRequest, by: Actor, key: str, step: str, **which: int
) -> HttpResponse:  # fmt: skip
    try:
        found = api.meeting(key, api.presidencies())
    except NotFound:
        return redirect("agenda:platform")
    number = which.get("number", 1)
    if which and not 0 < number <= len(found.decisions):
        return redirect("agenda:meeting", key)
    form, words = _form(request, found, step, number), ""
    title, button, done_text = _STEPS[step]
    if request.method == "POST":

        def run() -> None:
            _VERBS[step](by=by, key=key, **which, **form.told())

        def now() -> tuple[str, str, str]:
            latest = api.meeting(key, api.presidencies())
            return "after", latest.stands.ref, _stands_text(latest)

        done, words = write(request, form, run, now, str(done_text))
        if done:
            return redirect("agenda:meeting", key)
    return page(
        request, form, title=title, button=button, stands=words, closed=closed_text(by),
        intro=found.title, back=reverse("agenda:meeting", args=[key]), back_text=found.title,
    )  # fmt: skip
