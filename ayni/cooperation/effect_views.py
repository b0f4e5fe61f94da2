"""Consents that were withdrawn elsewhere, or are over: what our institution does with what it
received under them; and what the others did with what they had received from us."""

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
from ayni.cooperation import effect_words
from ayni.cooperation.forms import EffectForm
from ayni.cooperation.pages import attempt, institution_name, moments, officer, state_name
from ayni.lib import clock
from ayni.members import api as members

words = cooperation.vocabulary


def waiting(by: Actor) -> list[list[Any]]:
    """Rows of the list of those of which our institution has to say what it does."""
    moment = moments(by)
    rows = []
    for row in cooperation.effects_waiting(by=by):
        due = "" if row.due_at is None else moment(row.due_at)
        late = {"moment": due}
        link = {
            "text": institution_name(row.counterpart_institution),
            "href": reverse("cooperation:effect", args=[row.id]),
        }
        rows.append(
            [
                link,
                row.case.reference if row.case else "–",
                moment(row.ended_at),
                _("%(moment)s – late") % late if row.late else due,
            ]
        )
    return rows


def head() -> list[str]:
    """Titles of the columns of `waiting`."""
    return [_("Given by"), _("Case"), _("Withdrawn, or over, on"), _("Answer due")]


def half(by: Actor) -> list[str]:
    """Within which time half of our withdrawals, and of our consents that were over, had their
    effect, and were destroyed: a sentence each; none for few."""
    now, sentences = clock.now(), []
    for cause, title in (
        (words.Ending.WITHDRAWN, _("Consents withdrawn here in the last 12 months")),
        (words.Ending.EXPIRED, _("Consents whose time was over here in the last 12 months")),
    ):
        told = [
            _done_by_half(found, reached, not_yet)
            for found, reached, not_yet in (
                (
                    cooperation.half_took_effect_within(by=by, now=now, cause=cause.value),
                    _("half of the receivers had destroyed the data, or said why they keep them, "
                      "within: %(time)s"),
                    _("half of the receivers have not said yet what they did"),
                ),
                (
                    cooperation.half_destroyed_within(by=by, now=now, cause=cause.value),
                    _("half had destroyed them within: %(time)s"),
                    _("half have not destroyed them yet"),
                ),
            )
            if found is not None
        ]  # fmt: skip
        if told:
            late = _("Who is late without an answer counts as one that took longer.")
            sentences.append(f"{title}: {'; '.join(told)}. {late}")
    return sentences


def _done_by_half(found: cooperation.Half, reached: str, not_yet: str) -> str:
    if found.within is None:
        return not_yet
    return reached % {"time": cooperation.took(found.within)}


@require_http_methods(["GET", "POST"])
@officer
def effect(request: HttpRequest, by: Actor, effect_id: UUID) -> HttpResponse:
    """Say what becomes of data whose consent was withdrawn."""
    row = cooperation.open_effect(by=by, effect_id=effect_id)
    form = EffectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form, lambda: cooperation.confirm_effect(by=by, effect_id=effect_id, **form.cleaned_data)
    ):
        messages.success(request, _("Said. Your reason was sent to the institution that asks."))
        return redirect("cooperation:effect", effect_id)
    moment = moments(by)
    over = row.cause == words.Ending.EXPIRED
    either = bool(row.what) and row.direction == "in"  # who stops it keeps to itself which it was
    since = _("Over since") if over else _("Withdrawn on")
    told = [
        (_("What was received") if row.direction == "in" else _("What was sent"),
         row.get_what_display()),
        (_("Given by"), f"{institution_name(row.counterpart_institution)}, "
                        f"{state_name(row.counterpart_state)}"),
        (_("Case"), row.case.reference if row.case else ""),
        (_("Withdrawn, or over, on") if either else since, moment(row.ended_at)),
        (_("Answer due"), moment(row.due_at) if row.due_at and not row.effect else ""),
        (_("What was said"), effect_words.effect_told(row) if row.effect else ""),
    ]  # fmt: skip
    context = {
        "row": row,
        "over": over,
        "either": either,
        "open": not row.effect and row.direction == "in",
        "rows": [{"key": key, "value": value} for key, value in told if value],
        "may_case": members.may(by, members.Permission.CASE_READ),
    }
    return members.form_page(request, form, "cooperation/effect.html", context)
