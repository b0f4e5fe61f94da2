"""Pages of the protection of a case: naming a state, and ending a protection by two officers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.forms import DecideForm, ProtectForm, ProtectionEndForm
from ayni.cooperation.pages import attempt, form_page, moment, officer, state_name
from ayni.members import api as members

_EDIT = require_http_methods(["GET", "POST"])


def _names(states: frozenset[str] | list[str]) -> str:
    return ", ".join(sorted(state_name(code) for code in states))


@_EDIT
@officer
def protect(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """From whom a case is protected, and naming a further state. None is taken away here."""
    found = cooperation.open_protection(by=by, case_id=case_id)
    sent = request.method == "POST"
    form = ProtectForm(request.POST if sent else None, but=() if sent else found.states)
    if sent and attempt(
        form,
        lambda: cooperation.protect(by=by, case_id=case_id, states=form.cleaned_data["states"]),
    ):
        messages.success(request, _("Saved. What was waiting to be sent there was called back."))
        return redirect("desk:case", case_id)
    return form_page(
        request, form, title=_("Protect from a state"), button=_("Save"), back=f"/cases/{case_id}",
        intro=_("These states receive nothing about this person, not even a deadline."),
        notes=_notes(found),
        ways=[(_end_words(found), reverse("cooperation:protect-end", args=[case_id]))]
        if found.states else [],
    )  # fmt: skip


def _notes(found: cooperation.Protection) -> list[str]:
    if not found.states:
        return []
    return [_("Protected now from: %(states)s.") % {"states": _names(found.states)}]


def _end_words(found: cooperation.Protection) -> str:
    if found.asked is None:
        return _("End the protection from a state")
    return _("An officer asks to end the protection from a state: decide")


@_EDIT
@officer
def protection_end(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Ask that the protection from a state ends; another officer decides."""
    found = cooperation.open_protection(by=by, case_id=case_id)
    if found.asked is not None:
        return redirect("cooperation:protect-decide", case_id, found.asked.id)
    form = ProtectionEndForm(request.POST if request.method == "POST" else None, among=found.states)
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.ask_protection_end(by=by, case_id=case_id, **form.cleaned_data),
    ):
        messages.success(request, _("Asked. Nothing changes until another officer agrees."))
        return redirect("desk:case", case_id)
    return form_page(
        request, form, title=_("End the protection from a state"), button=_("Ask for it"),
        back=reverse("cooperation:protect", args=[case_id]), notes=_notes(found),
        intro=_("Whoever may send will then be able to send there. Another officer must agree."),
    )  # fmt: skip


@_EDIT
@officer
def protection_decide(request: HttpRequest, by: Actor, case_id: UUID, end_id: UUID) -> HttpResponse:
    """Agree to the end of a protection that another officer asked for, or keep it."""
    found = cooperation.open_protection(by=by, case_id=case_id, end_id=end_id)
    back = reverse("cooperation:protect", args=[case_id])
    if found.asked is None or found.asked.id != end_id:
        messages.info(request, _("This was decided meanwhile, or taken back."))
        return redirect(back)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form,
        lambda: cooperation.decide_protection_end(
            by=by, case_id=case_id, end_id=end_id, agree=form.cleaned_data["decision"] == "agree"
        ),
    ):
        messages.success(request, _("Recorded."))
        return redirect(back)
    return form_page(
        request, form, title=_("End the protection from a state"), button=_("Save"), back=back,
        notes=[*_notes(found), *_asked(found.asked, by)],
    )  # fmt: skip


def _asked(asked: cooperation.Asked, by: Actor) -> list[str]:
    names = {str(user.id): user.display_name for user in members.everybody(by.institution)}
    who = _("you") if asked.asked_by == by.id else names.get(asked.asked_by, _("a colleague"))
    told = {"states": _names(asked.states), "who": who, "moment": moment(asked.asked_at, by)}
    return [
        _("To end from: %(states)s. Asked by %(who)s, %(moment)s.") % told,
        _("Reason: %(reason)s") % {"reason": asked.reason},
    ]
