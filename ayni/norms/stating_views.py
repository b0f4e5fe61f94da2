"""The page on which a focal point says how an instrument stands for the own state."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.norms import api
from ayni.norms.stating_form import ENTRY, SEEN, BackForm, StandingForm
from ayni.norms.views import heading, stands, statement_row

_officer = members.officer_page()


def _instrument(by: Actor, ident: str) -> api.Instrument:
    """The instrument, if this officer may say something of it. Raises `NotAllowed`, `NotFound`."""
    if not api.may_state(by=by):
        raise NotAllowed
    found = api.instrument(ident)
    if not api.can_be_stated(found, members.this_node()):
        raise NotFound(instrument=ident)
    return found


@require_http_methods(["GET", "POST"])
@_officer
def stating(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Say it, having seen what stands; a stale one is shown what stands now, with all that was
    typed."""
    found = _instrument(by, ident)
    if request.method == "POST":
        form = StandingForm(request.POST)
        try:
            if members.attempt(
                form,
                lambda: api.state_standing(
                    by=by,
                    instrument=found.id,
                    statement=form.statement(),
                    seen=form.cleaned_data["version"] or 0,
                ),
                through=(gazette.StaleEntry,),
            ):
                messages.success(request, _("Published to all member states."))
                return redirect("norms:instrument", found.id)
        except gazette.StaleEntry as stale:
            form = _again(request, stale)
    else:
        form = StandingForm(initial=_initial(api.own_statement(found.id)))
    return _page(request, form, found)


def _again(request: HttpRequest, stale: gazette.StaleEntry) -> StandingForm:
    """The same form, on top of what its author sees now."""
    sent = request.POST.copy()
    sent["version"] = str(0 if stale.stands is None else stale.stands.said.version)
    form = StandingForm(sent)
    form.is_valid()
    form.add_error(None, str(stale.reason))
    return form


def _initial(own: api.Published | None) -> dict[str, Any]:
    """What stands, to be changed; nothing but its number if it was taken back or contradicts
    itself."""
    if own is None:
        return {"version": 0}
    said = own.said
    if said.withdrawn or not own.counts:
        return {"version": said.version}
    return {
        "force": said.body["force"],
        "on": said.valid_from,
        "day_is": SEEN if said.body["seen"] else ENTRY,
        "source": said.body["source"],
        "mark": said.body["mark"],
        "version": said.version,
    }


def _page(request: HttpRequest, form: StandingForm, found: api.Instrument) -> HttpResponse:
    here = members.this_node()
    own = api.own_statement(found.id)
    shown = own is not None and (own.line.contested or not own.said.withdrawn)
    state = members.state(here).name
    context = {
        "title": _("Say how it stands for %(state)s") % {"state": state},
        "instrument": heading(found),
        "register": stands(api.shipped().instruments[found.id], here),
        "stands": statement_row(own) if own is not None and shown else None,
        "state": state,
    }
    return members.form_page(request, form, "norms/stating.html", context)


@require_POST
@_officer
def back(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Take it back."""
    found = _instrument(by, ident)
    form = BackForm(request.POST)
    if not form.is_valid():
        return redirect("norms:stating", found.id)
    try:
        api.take_back_standing(by=by, instrument=found.id, seen=form.cleaned_data["version"])
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
        return redirect("norms:stating", found.id)
    messages.success(request, _("Taken back. All member states are told."))
    return redirect("norms:instrument", found.id)
