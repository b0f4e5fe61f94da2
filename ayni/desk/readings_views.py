"""How much officers open in a day, and alarms beyond the budget of their role: pages of the data
protection officer."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk.forms import choice
from ayni.desk.officer import asked_form, attempt, done, form_page, officer
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members

READINGS: dict[str, Text] = {
    "cases": gettext_lazy("Cases opened"),
    "identities": gettext_lazy("Names shown"),
    "arrived": gettext_lazy("Notices, referrals and requests opened"),
    "searches": gettext_lazy("Searches for a person"),
    "closed": gettext_lazy("Closed cases tried"),
}


class FindingForm(forms.Form):
    """What looking into an alarm brought."""

    finding = choice(gettext_lazy("What did you find?"), cases.Finding.choices)


@require_GET
@officer
def readings(request: HttpRequest, by: Actor) -> HttpResponse:
    """Alarms, then what each officer opened today beside what is usual."""
    alarms = [(row, READINGS[row.reading]) for row in cases.reading_alarms(by=by)]
    days = [
        {
            "name": day.officer.display_name,
            "role": members.ROLE_NAMES[members.Role(day.role)],
            "cells": [
                (READINGS[reading], times, allowed, times > allowed)
                for reading, (times, allowed) in day.counts.items()
            ],
        }
        for day in cases.readings(by=by, now=clock.now())
    ]
    context = {"alarms": alarms, "days": days, "heads": READINGS.values()}
    return render(request, "desk/readings.html", context)


@require_http_methods(["GET", "POST"])
@officer
def reading(request: HttpRequest, by: Actor, reading_id: UUID) -> HttpResponse:
    """Look into one alarm, and write down what was found."""
    row = cases.reading_alarm(by=by, alarm_id=reading_id)
    form = asked_form(request, FindingForm, stored={"finding": row.finding})
    if request.method == "POST" and attempt(
        form,
        lambda: cases.see_reading_alarm(
            by=by, alarm_id=reading_id, finding=form.cleaned_data["finding"]
        ),
    ):
        messages.success(request, _("Recorded that you looked into it."))
        return done(request, "desk:readings")
    return form_page(
        request, form, title=_("More opened than is usual"), button=_("I have looked into it"),
        back=reverse("desk:readings"), template="desk/reading.html", row=row,
        what=READINGS[row.reading], role=members.ROLE_NAMES[members.Role(row.role)],
    )  # fmt: skip
