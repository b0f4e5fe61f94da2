"""The report of the work agenda: a page to print, and the same as a file."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.agenda import api, indicators, report
from ayni.agenda.wording import STATUS_HEADS, WORDS, day_text, state_text
from ayni.agenda.work_forms import state_choices
from ayni.agenda.work_kinds import beside_text
from ayni.agenda.work_views import progress_table, tag_of
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members

Row = dict[str, Any]
_officer = members.officer_page()


def _chosen(request: HttpRequest, day: date) -> tuple[str, list[api.Commitment]]:
    state = request.GET.get("state", "")
    state = state if state in members.states() else ""
    found = api.commitments(day, api.presidencies())
    return state, [each for each in found if not state or state in each.said.states]


def _evidence(each: api.Commitment) -> str:
    return "" if each.standing.report is None else each.standing.report.evidence


def _files(each: api.Commitment) -> str:
    report = each.standing.report
    named = () if report is None else report.files
    return "; ".join(file.title for file in each.files if file.sha256 in named)


def told(each: api.Commitment) -> list[Row]:
    """What was said of a commitment, in rows of the report."""
    said, standing, own = each.said, each.standing, each.standing.report
    rows = [
        (_("Responsible office"), ", ".join(filter(None, (said.office, said.institution)))),
        (_("Responsible beside it"), beside_text(said.beside, said.beside_offices)),
        (_("Last day"), day_text(said.due)),
        (_("The state says"), str(WORDS[own.word]) if own else _("Nothing yet")),
        (_("What was done"), own.action if own else ""),
        (_("Where it can be seen"), _evidence(each)),
        (_("Files as evidence"), _files(each)),
        (_("Why it is given up"), own.reason if own else ""),
        (_("Why it is withdrawn"), each.withdrawn),
    ]
    if standing.answered_on is not None:
        yes = standing.answer is api.Validation.YES
        words = _("Yes, on %(day)s") if yes else _("No, on %(day)s")
        day = words % {"day": day_text(standing.answered_on)}
        rows.append((_("Validated by the authority of the state"), day))
    return [{"key": key, "value": value} for key, value in rows if value] + indicator_rows(each)


def indicator_rows(each: api.Commitment) -> list[Row]:
    """The indicator of a commitment, its target, what its state told last."""
    target = each.target
    if not target.code:
        return []
    name = indicators.title(target.code)
    value = _("not told yet") if each.value is None else indicators.value_text(each.value)
    return [
        {"key": _("Indicator"), "value": name},
        {"key": _("Target"), "value": indicators.target_text(target)},
        {"key": _("What the state has told"), "value": value},
    ]


@require_safe
@_officer
def page(request: HttpRequest, by: Actor) -> HttpResponse:
    """The report on a page that prints well, of all states or of one."""
    today = clock.now().date()
    state, found = _chosen(request, today)
    axes = [
        {
            "axis": axis or _("Objective not known on this node"),
            "rows": [
                {
                    "objective": each.objective, "title": each.said.title,
                    "state": state_text(each.said.state), "tag": tag_of(each.standing.status),
                    "told": told(each),
                }
                for each in some
            ],
        }
        for axis, some in groupby(found, key=lambda each: each.axis)
    ]  # fmt: skip
    head = [str(STATUS_HEADS[status]) for status in api.Status]
    context = {
        "today": day_text(today),
        "state": state,
        "state_name": state_text(state) if state else "",
        "states": state_choices(_("All states")),
        "axes": axes,
        "axis_head": [_("Axis"), *head],
        "state_head": [_("State"), *head],
        "by_axis": progress_table((each.axis, each.standing.status) for each in found),
        "by_state": progress_table(
            (state_text(each.said.state), each.standing.status) for each in found
        ),
    }
    return render(request, "agenda/report.html", context)


@require_safe
@_officer
def file(request: HttpRequest, by: Actor) -> HttpResponse:
    """The same as a file: codes and ids, so that it says the same in every language."""
    today = clock.now().date()
    state, found = _chosen(request, today)
    content = report.as_csv(found, today)
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = "-".join(filter(None, ("work-agenda", state, today.isoformat())))
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
