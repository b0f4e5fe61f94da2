"""Whether this node's register is the one that the secretariat has signed; signing it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from ayni.norms import api
from ayni.norms.wording import day_text

_officer = members.officer_page()


class SignForm(forms.Form):
    """Which number the officer had before her eyes; 0 if there was none."""

    version = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)


@login_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Version, digest, and what was signed."""
    found = api.register()
    signed = found.signed
    counts = signed is not None and found.agreement is not api.Agreement.UNSIGNED
    rows = [
        {"key": _("Version of the program"), "value": found.version},
        {"key": _("Digest of the register of this node"), "value": found.digest},
        {
            "key": _("Digest that the technical secretariat has signed"),
            "value": signed.said.body["digest"]
            if signed and counts
            else _("Not signed yet for this version"),
        },
    ]
    if signed and counts:
        day = day_text(signed.said.at.date().isoformat())
        rows.append({"key": _("Signed on"), "value": day})
    context = {
        "rows": rows,
        "agreement": found.agreement.value,
        "may_sign": api.may_sign_register(by=members.actor_of(request.user)),
        "seen": 0 if signed is None else signed.said.version,
    }
    return render(request, "norms/register.html", context)


@require_POST
@_officer
def sign(request: HttpRequest, by: Actor) -> HttpResponse:
    """Sign it for all."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return redirect("norms:register")
    try:
        api.sign_register(by=by, seen=form.cleaned_data["version"])
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
        return redirect("norms:register")
    messages.success(request, _("Published to all member states."))
    return redirect("norms:register")
