"""Pages of Línea 145: figures, the rows behind each, and the log of what was loaded."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.lib.asked import page_number
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import words
from ayni.statistics.linea145 import PERSON_COLUMNS, REPORT_COLUMNS, ZONE
from ayni.statistics.logs import PAGE

officer = members.officer_page()

# Heading and figures in order. The roles stand apart: victims, relatives and accused never add up.
SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (gettext_lazy("Triage"), ("emergency", "urgency", "orientation", "without_situation")),
    (gettext_lazy("Anonymity"), ("anonymous", "anonymity_unknown")),
    (
        gettext_lazy("Referrals"),
        ("without_first_referral", "first_referrals", "second_referrals", "third_referrals"),
    ),
    (
        gettext_lazy("Days until the first referral"),
        ("without_referral_date", "negative_intervals", "referred_by_next_day", "referred_later"),
    ),
    *(
        (
            heading,
            (
                f"reports_naming_{role}", role, f"{role}_without_nationality",
                f"{role}_of_no_country",
            ),
        )
        for role, heading in (
            ("direct_victims", gettext_lazy("Direct victims")),
            ("relatives", gettext_lazy("Relatives")),
            ("accused", gettext_lazy("Accused persons")),
        )
    ),
)  # fmt: skip
# Shown only where there is something to tell.
UNUSUAL = frozenset(
    {"anonymity_unknown", "without_referral_date", "relatives_of_no_country",
     "direct_victims_of_no_country", "accused_of_no_country", "other_subject"}
)  # fmt: skip
# A spreadsheet would run such a value as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _reads_rows(by: Actor) -> bool:
    return members.may(by, members.Permission.CASE_READ)


@require_GET
@officer
def linea145(request: HttpRequest, by: Actor) -> HttpResponse:
    """What the hotline's records say; each figure with its denominator and the rows behind it."""
    national = members.may(by, members.Permission.NODE_FIGURES_READ)
    held = statistics.node_figures(by=by) if national else []
    shown = _chosen(held, request.GET.get("of", ""))
    counted = statistics.count_linea145(by=by) if shown is None else shown.figures
    loads = statistics.loads(by=by)
    total = counted["reports"].numerator
    return render(
        request,
        "statistics/linea145.html",
        {
            "total": _cell(counted["reports"], by),
            "other": _cell(counted["other_subject"], by),
            "loaded": total or counted["other_subject"].numerator,
            "sections": [
                (
                    heading,
                    f"figures-{n}",
                    [_figure(counted, name, by) for name in _told(counted, names)],
                )
                for n, (heading, names) in enumerate(SECTIONS, 1)
            ],
            "national": national,
            "shown": None if shown is None else _holder(shown),
            "others": [_holder(each) for each in held if each is not shown],
            "loads": bool(loads),
            "broken_off": bool(loads) and loads[0].ended_at is None,
            "reads_rows": _reads_rows(by),
        },
    )


def _chosen(held: list[statistics.HeldFigures], code: str) -> statistics.HeldFigures | None:
    """The figures of the institution that was asked for; else of the first."""
    asked = [each for each in held if each.holder == code]
    return next(iter([*asked, *held]), None)


def _holder(held: statistics.HeldFigures) -> dict[str, str]:
    return {
        "code": held.holder,
        "name": members.institution_by_code(held.holder).name,
        "at": date_format(held.counted_at.astimezone(ZONE), "DATETIME_FORMAT"),
    }


def _told(counted: dict[str, statistics.Counted], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name not in UNUSUAL or counted[name].numerator]


def _cell(figure: statistics.Counted, by: Actor) -> dict[str, Any]:
    """A number, with a link to its rows for those who may read them."""
    linked = _reads_rows(by) and figure.numerator
    href = reverse("statistics:linea145-rows", args=[figure.name]) if linked else ""
    return {
        "text": number_format(figure.numerator, force_grouping=True),
        "number": figure.numerator,
        "href": href,
        "title": words.FIGURES[figure.name],
    }


def _figure(counted: dict[str, statistics.Counted], name: str, by: Actor) -> dict[str, Any]:
    figure = counted[name]
    share = figure.per_cent
    whole = figure.base == name
    return {
        "title": words.FIGURES[name],
        "numerator": _cell(figure, by),
        "denominator": None if whole else _cell(counted[figure.base], by),
        "per_cent": "" if share is None else number_format(share, decimal_pos=1),
    }


def _page_number(request: HttpRequest) -> int:
    try:
        return page_number(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None


@require_GET
@officer
def rows(request: HttpRequest, by: Actor, figure: str) -> HttpResponse:
    """The rows behind one figure. No name stands in these records, and nothing sealed is opened."""
    found = statistics.linea145_rows(by=by, figure=figure)
    page = Paginator(found, PAGE).get_page(_page_number(request))
    asked = statistics.FIGURES[figure]
    of_persons = asked.of == "persons"
    whole = words.FIGURES[asked.base]
    return render(
        request,
        "statistics/rows.html",
        {
            "title": words.FIGURES[figure],
            "whole": "" if asked.base in (figure, "reports") else whole,
            "page": page,
            "head": _head(of_persons),
            "rows": [_person(row) if of_persons else _report(row) for row in page],
        },
    )


def _head(of_persons: bool) -> list[str]:
    if of_persons:
        return [_("Report"), _("Date of entry"), _("Named as"), _("Nationality")]
    return [
        _("Report"), _("Date of entry"), _("Triage"), _("Anonymous"), _("Referrals"),
        _("Days until the first"),
    ]  # fmt: skip


def _link(notice: Any) -> dict[str, str]:
    try:
        href = reverse("desk:notice", args=[notice.id])
    except NoReverseMatch:
        href = ""
    return {"text": notice.source_number, "href": href}


def _day(moment: datetime) -> str:
    """The calendar day in Buenos Aires."""
    return date_format(moment.astimezone(ZONE).date(), "DATE_FORMAT")


def _report(row: Any) -> list[Any]:
    anonymous = {True: _("Yes"), False: _("No"), None: _("Not written")}[row.anonymous]
    days = "–" if row.days is None else str(row.days.days)
    return [
        _link(row),
        _day(row.received_at),
        str(words.SITUATIONS.get(row.situation, _("Not written"))),
        anonymous,
        "; ".join(_referral(link) for link in row.chain) or _("None"),
        {"text": days, "number": True},
    ]


def _referral(link: Any) -> str:
    told = [f"{link.ordinal}. {link.body or _('Not written')}"]
    if link.referred_at is not None:
        local = link.referred_at.astimezone(ZONE)
        told.append(date_format(local.replace(tzinfo=None), "DATETIME_FORMAT"))
    return ", ".join(told)


def _person(row: Any) -> list[Any]:
    return [_link(row.notice), _day(row.notice.received_at), row.role_words, row.nationality_words]


@require_GET
@officer
def log_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Each load: when, which files, what became of their rows."""
    return render(
        request,
        "statistics/logs.html",
        {
            "loads": [_load(load) for load in statistics.loads(by=by)],
            "reads_rows": _reads_rows(by),
        },
    )


def _load(load: statistics.Load) -> dict[str, Any]:
    files = [load.files.get(kind, {}) for kind in ("reports", "persons")]
    head = [
        _("File"), _("Rows"), _("Added"), _("There already"), _("Told otherwise now"),
        _("Turned away"),
    ]  # fmt: skip
    names = ("rows", "added", "same", "differs", "rejected")
    return {
        "id": load.id,
        "code": str(load.id)[:8],
        "began": date_format(load.began_at.astimezone(ZONE), "DATETIME_FORMAT"),
        "ended": load.ended_at is not None,
        "nothing_new": load.ended_at is not None and not any(f.get("added") for f in files),
        "lines": load.findings_count,
        "head": head,
        "rows": [
            [file.get("name", ""), *(_number(file.get(n, 0)) for n in names)] for file in files
        ],
        "digests": [(file.get("name", ""), file.get("digest", "")) for file in files],
    }


def _number(value: int) -> dict[str, Any]:
    return {"text": number_format(value, force_grouping=True), "number": True}


@require_GET
@officer
def log(request: HttpRequest, by: Actor, load_id: UUID) -> HttpResponse:
    """One log: what was done with each value that was not taken as it stands, and why."""
    treatment = request.GET.get("treatment", "")
    if treatment and treatment not in words.TREATMENTS:
        raise Http404
    number = _page_number(request)
    start = max(number - 1, 0) * PAGE
    opened = statistics.open_log(by=by, load_id=load_id, treatment=treatment, start=start)
    page = Paginator(range(opened.total), PAGE).get_page(number)
    return render(
        request,
        "statistics/log.html",
        {
            "load": _load(opened.load),
            "treatment": treatment,
            "treatments": words.TREATMENTS.items(),
            "page": page,
            "query": f"&treatment={treatment}" if treatment else "",
            "head": _log_head(),
            "rows": [_line(line) for line in opened.lines],
            "coded_head": [
                _("Column"),
                _("File"),
                _("As found"),
                _("What it became"),
                _("Times"),
            ],
            "coded": _coded(opened.coded),
        },
    )


def _log_head() -> list[str]:
    return [
        _("Row"), _("File"), _("Column"), _("As found"), _("What it became"), _("What was done"),
        _("Why"),
    ]  # fmt: skip


def _line(line: statistics.Line) -> list[Any]:
    return [
        str(line.row),
        _file(line.file),
        line.column,
        line.found or _("(empty)"),
        words.of_code(line.column, line.became) or _("(empty)"),
        str(words.TREATMENTS[line.treatment]),
        str(words.WHY[line.why]),
    ]


def _coded(coded: dict[str, Any]) -> list[list[Any]]:
    """What values of lists became, and how often, by file and column."""
    found = []
    for file, columns in (("reports", REPORT_COLUMNS), ("persons", PERSON_COLUMNS)):
        of_file = coded.get(file, {})
        for column in filter(of_file.__contains__, columns):
            for value, (code, times) in sorted(of_file[column].items(), key=_times, reverse=True):
                became = words.of_code(column, code)
                found.append([column, _file(file), value, became, _number(times)])
    return found


def _times(value: tuple[str, list[Any]]) -> int:
    return int(value[1][1])


def _file(kind: str) -> str:
    return {"reports": _("Reports"), "persons": _("Persons")}[kind]


@require_GET
@officer
def log_file(request: HttpRequest, by: Actor, load_id: UUID) -> HttpResponse:
    """The whole log as a file for a spreadsheet (CSV, UTF-8)."""
    opened = statistics.open_log(by=by, load_id=load_id, limit=None)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(_log_head())
    for line in opened.lines:
        write.writerow([_harmless(str(cell)) for cell in _line(line)])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="linea145-log-{load_id}.csv"'
    return answer


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
