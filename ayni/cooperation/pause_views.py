"""Pages of a pause: asking the other side for one, answering it, and ending it early."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.forms import AnswerPauseForm, EndPauseForm, PauseForm
from ayni.cooperation.pages import attempt, form_page, institution_name, moment, officer, state_name
from ayni.lib.errors import NotFound, WrongState

_EDIT = require_http_methods(["GET", "POST"])


def _ask(request: HttpRequest, by: Actor, row: Any, name: str) -> HttpResponse:
    if not cooperation.can_pause(row):
        raise WrongState
    back = reverse(f"cooperation:{name}", args=[row.id])
    form = PauseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form, lambda: cooperation.ask_pause(by=by, about_id=row.id, **form.told()), row, by
    ):
        messages.success(request, _("Asked. The time goes on until the other side agrees."))
        return redirect(back)
    return form_page(
        request, form, title=_("Ask for a pause"), button=_("Ask for it"), back=back,
        intro=_(
            "The time for the answer stands still only if the other side agrees. The reason and "
            "the day are sent there. Nothing about the person is."
        ),
        notes=[_("Answer due:") + " " + moment(row.due_at, by)],
    )  # fmt: skip


def _answer(request: HttpRequest, by: Actor, row: Any, name: str, pause_id: UUID) -> HttpResponse:
    pause = next((one for one in cooperation.pauses_of(row) if one.id == pause_id), None)
    if pause is None:
        raise NotFound
    back = reverse(f"cooperation:{name}", args=[row.id])
    if cooperation.asked_of_us([row]).get(row.id) != pause and request.method == "GET":
        messages.info(request, _("This was answered already, or its time is over."))
        return redirect(back)
    form = AnswerPauseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.answer_pause(
            by=by, about_id=row.id, pause_id=pause_id,
            agree=form.cleaned_data["decision"] == "agree",
        ),
        row, by,
    ):  # fmt: skip
        messages.success(request, _("Recorded, and told to the other side."))
        return redirect(back)
    return form_page(
        request, form, title=_("Answer about a pause"), button=_("Send the answer"), back=back,
        notes=_asked(row, pause, by),
    )  # fmt: skip


def _asked(row: Any, pause: cooperation.Pause, by: Actor) -> list[str]:
    told = {
        "name": institution_name(row.counterpart_institution),
        "state": state_name(row.counterpart_state),
        "until": moment(pause.until, by),
        "reason": pause.get_reason_display(),
        "due": moment(row.due_at, by),
        "later": moment(cooperation.due_if_agreed(row, pause), by),
    }
    return [
        _("%(name)s, %(state)s, asks that the time stands still until %(until)s.") % told,
        _("Reason: %(reason)s.") % told,
        _("Now the answer is due by %(due)s. If you agree, by %(later)s.") % told,
    ]


def _end(request: HttpRequest, by: Actor, row: Any, name: str, pause_id: UUID) -> HttpResponse:
    pause = next((one for one in cooperation.pauses_of(row) if one.id == pause_id), None)
    if pause is None:
        raise NotFound
    back = reverse(f"cooperation:{name}", args=[row.id])
    if pause not in cooperation.to_be_ended(row):
        messages.info(request, _("This pause does not run any more, or was never agreed on."))
        return redirect(back)
    form = EndPauseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.end_pause(
            by=by, about_id=row.id, pause_id=pause_id, reason=form.cleaned_data["reason"]
        ),
        row, by,
    ):  # fmt: skip
        messages.success(request, _("The pause ends. The other side is told."))
        return redirect(back)
    told = {
        "due": moment(row.due_at, by),
        "sooner": moment(cooperation.due_if_ended(row, pause), by),
    }
    return form_page(
        request, form, title=_("End the pause"), button=_("End the pause"), back=back,
        intro=_(
            "From the next full hour on the time runs again, for both sides. The other side is "
            "told, with the reason; it need not agree. Nothing about the person is sent."
        ),
        notes=[_("Now the answer is due by %(due)s. If you end the pause, by %(sooner)s.") % told],
    )  # fmt: skip


@_EDIT
@officer
def referral_pause(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """Ask for a pause of the time to answer a referral."""
    row = cooperation.open_referral(by=by, referral_id=referral_id).row
    return _ask(request, by, row, "referral")


@_EDIT
@officer
def request_pause(request: HttpRequest, by: Actor, request_id: UUID) -> HttpResponse:
    """Ask for a pause of the time to answer a request."""
    row = cooperation.open_request(by=by, request_id=request_id).row
    return _ask(request, by, row, "request")


@_EDIT
@officer
def referral_pause_answer(
    request: HttpRequest, by: Actor, referral_id: UUID, pause_id: UUID
) -> HttpResponse:
    """Agree to a pause that the other side of a referral asks for, or not."""
    row = cooperation.open_referral(by=by, referral_id=referral_id).row
    return _answer(request, by, row, "referral", pause_id)


@_EDIT
@officer
def request_pause_answer(
    request: HttpRequest, by: Actor, request_id: UUID, pause_id: UUID
) -> HttpResponse:
    """Agree to a pause that the other side of a request asks for, or not."""
    row = cooperation.open_request(by=by, request_id=request_id).row
    return _answer(request, by, row, "request", pause_id)


@_EDIT
@officer
def referral_pause_end(
    request: HttpRequest, by: Actor, referral_id: UUID, pause_id: UUID
) -> HttpResponse:
    """End an agreed pause of a referral early."""
    row = cooperation.open_referral(by=by, referral_id=referral_id).row
    return _end(request, by, row, "referral", pause_id)


@_EDIT
@officer
def request_pause_end(
    request: HttpRequest, by: Actor, request_id: UUID, pause_id: UUID
) -> HttpResponse:
    """End an agreed pause of a request early."""
    row = cooperation.open_request(by=by, request_id=request_id).row
    return _end(request, by, row, "request", pause_id)
