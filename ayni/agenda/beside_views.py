"""Pages on which the plenary's text about an objective or a commitment is written beside it:
withdrawn or taken up again, and by which indicator it is seen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ayni.agenda import api, indicators
from ayni.agenda.forms import PlatformForm
from ayni.agenda.standing import Stands
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])
_WITHDRAW, _TAKE_UP = "withdraw", "take_up"


class WithdrawalForm(PlatformForm):
    """Why it is withdrawn, or taken up again. `intends` stays what the author meant, also if
    somebody else has done it meanwhile."""

    intends = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[(_WITHDRAW, _WITHDRAW), (_TAKE_UP, _TAKE_UP)]
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), min_length=3, max_length=300,
        help_text=gettext_lazy("All members read this. Name offices and functions, not persons."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class TargetForm(PlatformForm):
    """By which number it is seen, and how far it is to come."""

    code = forms.ChoiceField(
        label=gettext_lazy("Indicator"), required=False,
        help_text=gettext_lazy("Each state's number is published with its next report."),
    )  # fmt: skip
    target = forms.IntegerField(
        label=gettext_lazy("Target"), required=False, min_value=0, max_value=indicators.MOST,
        help_text=gettext_lazy("A whole number: per cent, or hours."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("No indicator")), *((each.code, each.title) for each in api.offered())
        ]  # fmt: skip


def _text(about: api.Of, key: str) -> tuple[str, api.Withdrawal, api.Target]:
    """What it says, and what is said beside it. Raises `NotFound`."""
    known = api.presidencies()
    if about is api.Of.COMMITMENT:
        found = api.commitment(key, clock.now().date(), known)
        own = indicators.Targets(known).own(about, key)
        return found.said.title, found.withdrawal, own
    for each in api.objectives(known):
        if each.key == key:
            return f"{each.axis}: {each.objective}", each.withdrawal, each.target
    raise NotFound


def _back(about: api.Of, key: str) -> dict[str, str]:
    if about is api.Of.COMMITMENT:
        return {
            "back": reverse("agenda:commitment", args=[key]), "back_text": _("Commitment")
        }  # fmt: skip
    return {"back": reverse("agenda:work"), "back_text": _("Work agenda")}


def _now(stands: Stands, words: str) -> tuple[str, str, str]:
    return "after", stands.ref, words


@_EDIT
@_officer
def withdraw(request: HttpRequest, by: Actor, key: str, about: api.Of) -> HttpResponse:
    """Withdraw an objective or a commitment, or take it up again."""
    try:
        title, withdrawal, _target = _text(about, key)
    except NotFound:
        return redirect("agenda:work")
    intends = _TAKE_UP if withdrawal.withdrawn else _WITHDRAW
    intends = request.POST.get("intends", intends)
    initial = {"after": withdrawal.stands.ref, "intends": intends}
    form = WithdrawalForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            latest = _text(about, key)[1]
            said = _("Withdrawn by the plenary: %(why)s") if latest.withdrawn else (
                _("Taken up again: %(why)s"))  # fmt: skip
            return _now(latest.stands, said % {"why": latest.reason})

        def verb() -> Any:
            told = form.cleaned_data
            return api.withdraw(
                by=by, about=about, key=key, withdrawn=told["intends"] == _WITHDRAW,
                reason=told["reason"], **form.written(),
            )  # fmt: skip

        done, words = write(request, form, verb, now, _("Recorded. Every member is told."))
        if done:
            return redirect(_back(about, key)["back"])
    withdraws = intends == _WITHDRAW
    name = _("Withdraw from the work agenda") if withdraws else _("Take up again")
    return page(
        request, form, title=name, button=_("Record and publish"), intro=title, stands=words,
        closed=closed_text(by), **_back(about, key),
    )  # fmt: skip


@_EDIT
@_officer
def indicator(request: HttpRequest, by: Actor, key: str, about: api.Of) -> HttpResponse:
    """Name the indicator of an objective or a commitment, and its target."""
    try:
        title, _withdrawal, target = _text(about, key)
    except NotFound:
        return redirect("agenda:work")
    initial = {"after": target.stands.ref, "code": target.code, "target": target.target or None}
    form = TargetForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            latest = _text(about, key)[2]
            said = f"{indicators.title(latest.code)}: {indicators.target_text(latest)}"
            return _now(latest.stands, said if latest.code else _("No indicator any more."))

        def verb() -> Any:
            told = form.cleaned_data
            return api.set_target(
                by=by, about=about, key=key, code=told["code"], target=told["target"] or 0,
                **form.written(),
            )  # fmt: skip

        done, words = write(request, form, verb, now, _("Recorded. Every member is told."))
        if done:
            return redirect(_back(about, key)["back"])
    return page(
        request, form, title=_("Indicator of the work agenda"), button=_("Record and publish"),
        intro=title, stands=words, closed=closed_text(by), **_back(about, key),
    )  # fmt: skip
