"""The audit trail of an institution for its data protection officer: filters, and a file."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.timezone import get_current_timezone, localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk.officer import author, officer
from ayni.desk.opened_views import who_acted
from ayni.desk.step_form import moment
from ayni.desk.verbs import VERBS
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused
from ayni.members import api as members

PAGE = 50
_LARGEST = 2**63 - 1
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)],
    )


class TrailForm(forms.Form):
    """Who, what, when, which case; all may be empty."""

    optional_unmarked = True
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    what = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    since = _day(gettext_lazy("From day"))
    until = _day(gettext_lazy("To day"))
    case = forms.CharField(
        label=gettext_lazy("Reference of the case"), required=False, max_length=20
    )

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        people = [(str(u.id), u.display_name) for u in members.colleagues(by.institution)]
        what = sorted(((verb, str(words)) for verb, words in VERBS.items()), key=lambda w: w[1])
        self.fields["who"].choices = [("", _("Everybody")), *people]  # type: ignore[attr-defined]
        self.fields["what"].choices = [("", _("Everything")), *what]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days in their order, and a case of this institution."""
        told = super().clean() or {}
        if told.get("since") and told.get("until") and told["since"] > told["until"]:
            self.add_error("until", _("The last day is before the first one."))
        if told.get("case"):
            try:
                told["case_id"] = cases.case_by_reference(by=self.by, reference=told["case"])
            except NotFound:
                self.add_error("case", _("Your institution has no case with this reference."))
        return told

    def query(self) -> cases.TrailQuery:
        """What a valid form asks for; days are those of the reader's post."""
        told = self.cleaned_data
        zone = get_current_timezone()
        until = told["until"] and told["until"] + timedelta(days=1)
        since, end = (
            make_aware(datetime.combine(day, time()), zone) if day else None
            for day in (told["since"], until)
        )
        return cases.TrailQuery(told["who"], told["what"], since, end, told.get("case_id"))


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:20]) > _LARGEST:
        raise Http404
    return int(text[:20])


def _address(asked: QueryDict, **more: Any) -> str:
    kept = QueryDict(mutable=True)
    for name in TrailForm.base_fields:
        if asked.get(name):
            kept[name] = asked.get(name) or ""
    for name, value in more.items():
        kept[name] = str(value)
    return kept.urlencode()


@require_GET
@officer
def trail(request: HttpRequest, by: Actor) -> HttpResponse:
    """Entries, newest first, and the file of the same ones."""
    members.check_may(by, members.Permission.AUDIT_READ)
    form = TrailForm(request.GET, by=by)
    if form.is_valid() and "file" in request.GET:
        try:
            return _file(request, by, form.query())
        except Refused as refusal:
            form.add_error(None, str(refusal.reason))
    # A form with an error shows no entry; that it was looked at is recorded all the same.
    query = form.query() if form.is_valid() else cases.TrailQuery()
    found = cases.audit_trail(by=by, query=query, before=_before(request), limit=PAGE + 1)
    rows = found[:PAGE] if form.is_valid() else []
    context = {
        "form": form,
        "head": [_("When"), _("Who"), _("Function"), _("What")],
        "rows": [_row(entry) for entry in rows],
        "file": _address(request.GET, file="csv"),
        "following": _address(request.GET, before=rows[-1].number) if len(found) > PAGE and rows
        else "",
        "later": "before" in request.GET,
    }  # fmt: skip
    return render(request, "desk/trail.html", context, status=200 if form.is_valid() else 422)


def _row(entry: Any) -> list[str]:
    who, function = who_acted(entry)
    return [moment("datetime", entry.at.isoformat()), str(who), str(function),
            _what(entry)]  # fmt: skip


def _what(entry: Any) -> str:
    """The verb in words; its code if nobody named it: no entry is hidden by a missing word."""
    return str(VERBS.get(entry.verb, entry.verb))


def _file(request: HttpRequest, by: Actor, query: cases.TrailQuery) -> HttpResponse:
    mark, found = cases.export_trail(by=by, query=query)
    out = io.StringIO()
    write = csv.writer(out)
    told = {"who": author(request).display_name, "day": f"{localtime(clock.now()):%Y-%m-%d %H:%M}"}
    write.writerow([_("Exported by %(who)s on %(day)s. Not to be passed on.") % told, mark])
    write.writerow([_("Entry"), _("When"), _("Who"), _("Function"), _("What"), _("About"), mark])
    for entry in found:
        who, function = who_acted(entry)
        cells = [entry.number, localtime(entry.at).isoformat(timespec="seconds"), who, function,
                 _what(entry), entry.subject, mark]  # fmt: skip
        write.writerow([_harmless(str(cell)) for cell in cells])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{mark}.csv"'
    return answer


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
