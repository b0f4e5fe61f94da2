"""What was done in a month: a page for the data protection officer to read, print and keep. It
counts acts of officers and machines, never persons or cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dates import MONTHS
from django.utils.timezone import get_current_timezone, localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ayni.audit import api as audit
from ayni.audit.api import Actor, Counted
from ayni.cases import api as cases
from ayni.desk.officer import officer
from ayni.desk.opened_views import who_acted
from ayni.desk.verbs import VERBS
from ayni.lib import clock
from ayni.members import api as members

_EARLIEST = 24  # months that can be chosen


def _before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _name(first: date) -> str:
    return _("%(month)s %(year)s") % {"month": MONTHS[first.month], "year": first.year}


class MonthForm(forms.Form):
    """Which month; the present one is not over, and is offered as well."""

    optional_unmarked = True
    month = forms.ChoiceField(label=gettext_lazy("Month"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = today.replace(day=1)
        months = [_before(first, n) for n in range(_EARLIEST)]
        choices = [(f"{month:%Y-%m}", _name(month)) for month in months]
        self.fields["month"].choices = choices  # type: ignore[attr-defined]

    def first(self, today: date) -> date:
        """The first day of the month asked for; without one, of the last month that is over."""
        chosen = self.cleaned_data.get("month")
        if chosen:
            return date.fromisoformat(f"{chosen}-01")
        return _before(today.replace(day=1), 1)


def _moment(day: date) -> datetime:
    return make_aware(datetime.combine(day, time()), get_current_timezone())


def _counts(by: Actor, first: date) -> list[Counted]:
    return cases.audit_month(by=by, since=_moment(first), until=_moment(_before(first, -1)))


def _sums(found: Iterable[Counted], key: Callable[[Counted], Any]) -> Counter[Any]:
    sums: Counter[Any] = Counter()
    for row in found:
        sums[key(row)] += row.times
    return sums


def _acts(found: list[Counted], former: list[Counted]) -> list[list[Any]]:
    """What was done: how often in the month, and in the one before. The most frequent first."""
    now, then = (_sums(rows, lambda row: row.verb) for rows in (found, former))
    # The code of a verb that nobody named: no act is hidden by a missing word.
    words = {verb: str(VERBS.get(verb, verb)) for verb in (*now, *then)}
    return [
        [words[verb], *({"text": sums[verb], "number": True} for sums in (now, then))]
        for verb in sorted(words, key=lambda verb: (-now[verb], words[verb]))
    ]


def _actors(found: list[Counted]) -> list[list[Any]]:
    """Who did it: acts of every kind."""
    sums = _sums(found, lambda row: (row.actor_kind, row.actor_id, row.actor_role))
    rows = []
    for (kind, ident, role), times in sums.most_common():
        who, function = who_acted(audit.Counted("", kind, ident, role, times))
        rows.append([who, function, {"text": times, "number": True}])
    return rows


def _alarms(first: date) -> list[Any]:
    since, until = _moment(first), _moment(_before(first, -1))
    return [alarm for alarm in audit.alarms() if since <= alarm.at < until]


@require_GET
@officer
def month(request: HttpRequest, by: Actor) -> HttpResponse:
    """The report of one month."""
    members.check_may(by, members.Permission.AUDIT_READ)
    today = localtime(clock.now()).date()
    form = MonthForm(request.GET or None, today=today)
    first = form.first(today) if form.is_valid() else _before(today.replace(day=1), 1)
    found, former = _counts(by, first), _counts(by, _before(first, 1))
    former_name = _name(_before(first, 1))
    alarms = _alarms(first)
    context = {
        "form": form,
        "name": _name(first),
        "whole": today >= _before(first, -1),
        "total": sum(row.times for row in found),
        "acts": _acts(found, former),
        "acts_head": [_("What"), _name(first), former_name],
        "actors": _actors(found),
        "actors_head": [_("Who"), _("Function"), _("Acts")],
        "alarms": len(alarms),
        "unseen": sum(alarm.seen_at is None for alarm in alarms),
        "made_at": clock.now(),
    }
    return render(request, "desk/month.html", context, status=422 if form.errors else 200)
