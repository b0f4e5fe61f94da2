"""A sum over states is declared in steps, one thing on each page; at the end all of it is shown
once more, with the button. What was answered stands in the address: it tells of nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics import api as statistics
from ayni.statistics.pages.sum_forms import DaysForm, StatesForm, WhatForm, YearsForm, wanted
from ayni.statistics.pages.sum_pages import officer

_PARTS = ("day", "month", "year")
_AT, _CHANGE = "at", "change"  # which step an answer is of; which one is asked for again
# Who did not answer, or said no, or gave nothing, is left out of the next one; all others have to
# be in it.
_GONE = frozenset({statistics.Why.DECLINED, statistics.Why.SILENT, statistics.Why.NOT_GIVEN})


@dataclass(frozen=True, slots=True)
class Step:
    """One page of it. `names`: what of an address is of this step."""

    code: str
    title: Text
    form: type[forms.Form]
    names: tuple[str, ...]


STEPS = (
    Step("what", gettext_lazy("What is added"), WhatForm, ("table",)),
    Step("years", gettext_lazy("Which years"), YearsForm, ("first", "last")),
    Step("states", gettext_lazy("Which states"), StatesForm, ("states",)),
    Step(
        "days", gettext_lazy("The last days"), DaysForm,
        tuple(f"{of}_{part}" for of in ("answer_by", "give_by") for part in _PARTS),
    ),
)  # fmt: skip


@require_http_methods(["GET", "POST"])
@officer
def declare(request: HttpRequest, by: Actor) -> HttpResponse:
    """Declare a sum to all states, step by step; `again`: in place of one that ended without a
    sum."""
    members.check_may(by, Permission.SUM_DECLARE)
    if members.this_node() != members.SECRETARIAT:
        raise statistics.NotTheSecretariat
    asked = request.GET
    if before := asked.get("again", ""):
        return redirect(_address(_answers(statistics.sum_round(by=by, digest=before)), "states"))
    told: dict[str, Any] = {}
    for step in STEPS:
        begun = asked.get(_AT) == step.code or any(name in asked for name in step.names)
        form = step.form(asked if begun else None)
        if not form.is_valid() or asked.get(_CHANGE) == step.code:
            return _asked(request, step, form)
        told |= form.cleaned_data
    return _checked(request, told, lambda: statistics.declare_sum(by=by, wanted=wanted(told)))


def _asked(request: HttpRequest, step: Step, form: forms.Form) -> HttpResponse:
    """One question; what the others have been answered travels with it."""
    place = STEPS.index(step)
    others = [name for each in STEPS if each is not step for name in each.names]
    back = _address(request.GET, STEPS[place - 1].code) if place else reverse("statistics:sums")
    context = {
        "title": step.title,
        "step": _("Step %(n)s of %(of)s") % {"n": place + 1, "of": len(STEPS)},
        "code": step.code,
        "carried": [(name, each) for name in others for each in request.GET.getlist(name)],
        "back": back,
    }
    return members.form_page(request, form, "statistics/sum_declare.html", context)


def _checked(
    request: HttpRequest, told: Mapping[str, Any], send: Callable[[], str]
) -> HttpResponse:
    """All of it once more; it is declared by the button."""
    form = forms.Form(request.POST if request.method == "POST" else None)
    made: list[str] = []
    if request.method == "POST" and members.attempt(form, lambda: made.append(send())):
        messages.success(request, _("Declared. Every state of it is asked now."))
        return redirect("statistics:sum", made[0])
    values = (
        statistics.table_title(statistics.sum_tables()[told["table"]]),
        statistics.period_words(*statistics.period_of(told["first"], told["last"])),
        statistics.states_by_name(told["states"]),
        _("Answer until %(answer)s, give until %(give)s")
        % {"answer": date_format(told["answer_by"]), "give": date_format(told["give_by"])},
    )
    rows = [
        {
            "key": str(step.title),
            "value": value,
            "href": _address(request.GET, step.code),
            "action": _("Change"),
        }
        for step, value in zip(STEPS, values, strict=True)
    ]
    context = {"form": form, "rows": rows, "back": _address(request.GET, STEPS[-1].code)}
    status = 422 if form.errors else 200
    return render(request, "statistics/sum_declare_check.html", context, status=status)


def _answers(known: statistics.SumRound) -> QueryDict:
    """What a sum that ended was, without the states that are gone, and without its days."""
    about, why = known.round.declared, known.ended(clock.now())
    gone = why.states if why and why.why in _GONE else ()
    found = QueryDict(mutable=True)
    found["table"] = about.table
    found["first"], found["last"] = str(about.first.year), str(about.last.year)
    found.setlist("states", [each for each in about.states if each not in gone])
    return found


def _address(answers: QueryDict, step: str) -> str:
    """This page, asking one step again."""
    kept = [
        (name, each) for of in STEPS for name in of.names for each in answers.getlist(name)
    ]  # fmt: skip
    return f"{reverse('statistics:sum-declare')}?{urlencode([*kept, (_CHANGE, step)])}"
