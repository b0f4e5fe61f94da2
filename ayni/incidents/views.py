"""Pages of the register, for the data protection officer."""

from __future__ import annotations

from collections.abc import Callable
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
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor
from ayni.incidents import api, duty
from ayni.incidents.forms import CloseForm, DecideForm, IncidentForm, NoteForm, ToldForm
from ayni.incidents.models import Incident
from ayni.incidents.vocabulary import CLASSES, KINDS, STANDINGS, STEP_KINDS
from ayni.lib import clock
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])


def _moment(moment: Any) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")


def _hours(incident: Incident) -> tuple[str, str]:
    """What is said of the 72 hours, and the colour of its tag."""
    now = clock.now()
    remaining = duty.left(incident.facts, now)
    if remaining is None:
        if duty.told_late(incident.facts):
            return _("Told after the 72 hours"), "orange"
        return _("The 72 hours stand still"), "grey"
    hours = int(abs(remaining.total_seconds()) // 3600)
    if duty.late(incident.facts, now):
        said = ngettext("Over for %(n)s hour", "Over for %(n)s hours", hours)
        return said % {"n": hours}, "red"
    said = ngettext("%(n)s hour left", "%(n)s hours left", hours)
    return said % {"n": hours}, "orange" if duty.to_remind(incident.facts, now) else "blue"


@require_GET
@_officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """The register."""
    rows = [
        [
            {"text": _moment(row.noticed_at), "href": reverse("incidents:incident", args=[row.id])},
            KINDS[row.kind],
            STANDINGS[duty.standing(row.facts)],
            _hours(row)[0],
        ]
        for row in api.register(by=by)
    ]
    head = [_("Noticed"), _("What happened"), _("How it stands"), _("Of the 72 hours")]
    return render(request, "incidents/list.html", {"rows": rows, "head": head})


@_EDIT
@_officer
def new(request: HttpRequest, by: Actor) -> HttpResponse:
    """Write an incident down."""
    form = IncidentForm(request.POST if request.method == "POST" else None)
    made: list[Incident] = []
    if request.method == "POST" and members.attempt(
        form, lambda: made.append(api.record_incident(by=by, new=form.told()))
    ):
        messages.success(request, _("Recorded. The 72 hours run from when it was noticed."))
        return redirect("incidents:incident", made[0].id)
    return _form(
        request, form, title=_("New incident"), button=_("Record"), back=reverse("incidents:list"),
        intro=_("Write down at once what is known. What is not known yet comes later as a note."),
    )  # fmt: skip


@require_GET
@_officer
def incident(request: HttpRequest, by: Actor, incident_id: UUID) -> HttpResponse:
    """One incident: what is known, the clock, what comes next, what was written since."""
    opened = api.open_incident(by=by, incident_id=incident_id)
    row = opened.incident
    hours, colour = _hours(row)
    context = {
        "incident": row,
        "kind": KINDS[row.kind],
        "standing": STANDINGS[duty.standing(row.facts)],
        "hours": hours,
        "colour": colour,
        "rows": _rows(opened),
        "next": [(name, _TITLES[name]()) for name in _TITLES if name in duty.steps(row.facts)],
        "steps": [
            {
                "kind": STEP_KINDS[step.kind],
                "at": step.at,
                "who": members.user(UUID(step.by)).display_name,
                "text": text,
            }
            for step, text in opened.steps
        ],
    }
    return render(request, "incidents/incident.html", context)


def _rows(opened: api.Opened) -> list[dict[str, Any]]:
    row, yes_no = opened.incident, {True: _("Yes"), False: _("No"), None: _("Not decided yet")}
    at_most = _("Nobody knows yet") if row.persons_at_most is None else str(row.persons_at_most)
    told = {
        _("The authority was told"): row.authority_told_at,
        _("The persons were told"): row.persons_told_at,
        _("Closed"): row.closed_at,
    }
    return [
        {"key": _("Noticed"), "value": _moment(row.noticed_at)},
        {"key": _("The 72 hours end"), "value": _moment(duty.due(row.noticed_at))},
        {"key": _("Which data"), "value": " · ".join(str(CLASSES[one]) for one in row.classes)},
        {"key": _("How many persons at most"), "value": at_most},
        {"key": _("What is known"), "value": opened.what},
        {"key": _("Is the authority told?"), "value": yes_no[row.notify]},
        {"key": _("Are the persons told?"), "value": yes_no[row.tell_persons]},
        *({"key": key, "value": _moment(at)} for key, at in told.items() if at is not None),
    ]


# What comes next -> what its link and page say, in the order of the page.
_TITLES: dict[str, Callable[[], str]] = {
    "decide": lambda: _("Decide who is told"),
    "tell_authority": lambda: _("The authority was told"),
    "tell_persons": lambda: _("The persons were told"),
    "note": lambda: _("Add what was done"),
    "close": lambda: _("Close the incident"),
}


def _form(request: HttpRequest, form: forms.Form, *, intro: str = "", **told: Any) -> HttpResponse:
    told["intro"] = intro
    return members.form_page(request, form, "incidents/form.html", told)


def _step(
    request: HttpRequest, by: Actor, incident_id: UUID, step: str, form: forms.Form,
    call: Callable[[], None],
) -> HttpResponse:  # fmt: skip
    """One step on a page of its own; a step that does not come next leads back to the incident."""
    back = reverse("incidents:incident", args=[incident_id])
    if request.method == "POST" and members.attempt(form, call):
        messages.success(request, _("Recorded."))
        return redirect(back)
    opened = api.open_incident(by=by, incident_id=incident_id)
    if request.method == "GET" and step not in duty.steps(opened.incident.facts):
        messages.info(request, str(api.NotNow.reason))
        return redirect(back)
    if "version" in form.fields:
        form.fields["version"].initial = opened.incident.version
    return _form(request, form, title=_TITLES[step](), button=_("Record"), back=back)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@_EDIT
@_officer
def note(request: HttpRequest, by: Actor, incident_id: UUID) -> HttpResponse:
    """What was done."""
    form = NoteForm(_sent(request))
    return _step(
        request, by, incident_id, "note", form,
        lambda: api.add_note(by=by, incident_id=incident_id, **form.cleaned_data),
    )  # fmt: skip


@_EDIT
@_officer
def decide(request: HttpRequest, by: Actor, incident_id: UUID) -> HttpResponse:
    """Who is told, and why."""
    form = DecideForm(_sent(request))
    return _step(
        request, by, incident_id, "decide", form,
        lambda: api.decide(by=by, incident_id=incident_id, **form.told()),
    )  # fmt: skip


@_EDIT
@_officer
def authority(request: HttpRequest, by: Actor, incident_id: UUID) -> HttpResponse:
    """The authority was told."""
    form = ToldForm(_sent(request))
    return _step(
        request, by, incident_id, "tell_authority", form,
        lambda: api.tell_authority(by=by, incident_id=incident_id, **form.cleaned_data),
    )  # fmt: skip


@_EDIT
@_officer
def persons(request: HttpRequest, by: Actor, incident_id: UUID) -> HttpResponse:
    """The persons were told."""
    form = ToldForm(_sent(request))
    return _step(
        request, by, incident_id, "tell_persons", form,
        lambda: api.tell_persons(by=by, incident_id=incident_id, **form.cleaned_data),
    )  # fmt: skip


@_EDIT
@_officer
def close(request: HttpRequest, by: Actor, incident_id: UUID) -> HttpResponse:
    """The end."""
    form = CloseForm(_sent(request))
    return _step(
        request, by, incident_id, "close", form,
        lambda: api.close_incident(by=by, incident_id=incident_id, **form.cleaned_data),
    )  # fmt: skip
