"""The page on which a focal point says what the own state's law says of one topic."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from ayni.norms import api, finding_kind
from ayni.norms.finding_form import FindingForm, initial
from ayni.norms.stating_form import BackForm
from ayni.norms.views import evidence_row
from ayni.norms.wording import in_readers_language

_officer = members.officer_page()


def _register(by: Actor, ident: str) -> api.Provision:
    """What the register says, if this officer may say something of it. Raises `NotAllowed`,
    `NotFound`."""
    if not api.may_state(by=by):
        raise NotAllowed
    return api.own_finding(ident)


def _where(found: api.Provision) -> str:
    return f"{reverse('norms:state', args=[found.state])}#{found.id}"


@require_http_methods(["GET", "POST"])
@_officer
def finding(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Say it, having seen what stands; a stale one is shown what stands now, with all that was
    typed."""
    found = _register(by, ident)
    if request.method == "POST":
        form = FindingForm(request.POST)
        try:
            if members.attempt(
                form,
                lambda: api.state_finding(
                    by=by, ident=found.id, law=form.law(), seen=form.cleaned_data["version"] or 0
                ),
                through=(gazette.StaleEntry,),
            ):
                messages.success(request, _("Published to all member states."))
                return redirect(_where(found))
        except gazette.StaleEntry as stale:
            form = _again(request, stale)
    else:
        form = FindingForm(initial=_initial(api.own_law_said(found.id)))
    return _page(request, form, found)


def _again(request: HttpRequest, stale: gazette.StaleEntry) -> FindingForm:
    """The same form, on top of what its author sees now."""
    sent = request.POST.copy()
    sent["version"] = str(0 if stale.stands is None else stale.stands.said.version)
    form = FindingForm(sent)
    form.is_valid()
    form.add_error(None, str(stale.reason))
    return form


def _initial(own: gazette.Published | None) -> dict[str, Any]:
    """What stands, to be changed; nothing but its number if it was taken back or does not count."""
    fresh = {"language": api.title_language(), "read": clock.now().date()}
    if own is None:
        return {**fresh, "version": 0}
    if own.said.withdrawn or not own.counts:
        return {**fresh, "version": own.said.version}
    return {
        **initial(dict(own.said.body)), "read": own.said.valid_from, "version": own.said.version,
    }  # fmt: skip


def _page(request: HttpRequest, form: FindingForm, found: api.Provision) -> HttpResponse:
    context = {
        "title": _("Say what the law says"),
        "name": api.review_name(api.review_item(found.id)),
        "where": _where(found),
        "register": {
            "text": in_readers_language(found.text),
            "reference": found.reference,
            **evidence_row(found.evidence),
        },
        "item": found,
        "stands": _stands(api.own_law_said(found.id)),
        "state": members.state(found.state).name,
    }
    return members.form_page(request, form, "norms/finding.html", context)


def _stands(own: gazette.Published | None) -> dict[str, Any] | None:
    """What this state says of it now, and why it does not count, if it does not."""
    if own is None or (own.said.withdrawn and not own.line.contested):
        return None
    reason: Any = own.problem
    if own.line.contested:
        reason = _("The state published two statements under one number.")
    return {
        "words": "" if reason else finding_kind.in_words(own.said),
        "at": own.said.at,
        "version": own.said.version,
        "reason": reason,
    }


@require_POST
@_officer
def back(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Take it back."""
    found = _register(by, ident)
    form = BackForm(request.POST)
    if not form.is_valid():
        return redirect("norms:finding", found.id)
    try:
        api.take_back_finding(by=by, ident=found.id, seen=form.cleaned_data["version"])
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
        return redirect("norms:finding", found.id)
    messages.success(request, _("Taken back. All member states are told."))
    return redirect(_where(found))
