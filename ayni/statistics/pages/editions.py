"""Pages of what was loaded from published sources: which file, when, and what was put right in it.

All of it was published by others, so every officer may read it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.lib.asked import page_number
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.pages import numbers
from ayni.statistics.pages.files import harmless
from ayni.statistics.pages.filters import Wrong
from ayni.statistics.pages.panels import say

officer = members.officer_page()
PAGE = 50
_SHOWN = 40  # characters of a value that an error repeats


@require_GET
@officer
def editions(request: HttpRequest, _by: Actor) -> HttpResponse:
    """Every file that was loaded, the newest first; which one is counted, and how far one is that
    has not ended."""
    counted = statistics.counted_edition()
    told = [
        {
            "edition": each,
            "title": title_of(each),
            "rows": summary(each),
            "counted": counted is not None and each.id == counted.id,
            "href": reverse("statistics:edition", args=[each.id]),
        }
        for each in statistics.editions()
    ]
    return render(request, "statistics/editions.html", {"editions": told})


@require_GET
@officer
def edition(request: HttpRequest, _by: Actor, edition_id: UUID) -> HttpResponse:
    """One file with every value that did not become exactly what it says; `why`: for one reason."""
    shown, remarks = _found(edition_id)
    times = Counter[str]()
    for each in remarks:
        times[each.why] += each.times
    why = request.GET.get("why", "")
    wrong = []
    if why and why not in times:
        wrong.append(
            Wrong(_("There is no reason “%(why)s” in this log. Choose one of the list.")
                  % {"why": why[:_SHOWN]}, "#why")
        )  # fmt: skip
    lines = [] if wrong else [each for each in remarks if not why or each.why == why]
    page = Paginator(lines, PAGE).get_page(_page_number(request))
    context = {
        "edition": shown,
        "title": title_of(shown),
        "rows": summary(shown),
        "errors": wrong,
        "why": why,
        "reasons": [(each, statistics.remark_words(each)) for each in sorted(times)],
        "by_reason_head": [_("What was done, and why"), _("Values")],
        "by_reason": [
            [str(statistics.remark_words(each)), _number(count)]
            for each, count in times.most_common()
        ],
        "head": log_head(),
        "lines": [_line(each) for each in page],
        "page": page,
        "query": f"&why={why}" if why and not wrong else "",
    }
    return render(request, "statistics/edition.html", context, status=400 if wrong else 200)


@require_GET
@officer
def edition_file(_request: HttpRequest, _by: Actor, edition_id: UUID) -> HttpResponse:
    """The whole log as a file for a spreadsheet (CSV, UTF-8)."""
    shown, remarks = _found(edition_id)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(log_head())
    for each in remarks:
        write.writerow([harmless(cell) for cell in _texts(each)])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"{shown.source}-{shown.dated.isoformat()}-log.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _found(edition_id: UUID) -> tuple[statistics.Edition, list[statistics.Remark]]:
    shown = next((each for each in statistics.editions() if each.id == edition_id), None)
    if shown is None:
        raise NotFound
    return shown, statistics.edition_log(edition=edition_id)


def _page_number(request: HttpRequest) -> int:
    try:
        return page_number(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None


def title_of(edition: statistics.Edition) -> str:
    """What an edition is called: its source, and the date that the file itself states."""
    return _("%(source)s: data of %(date)s") % {
        "source": say(statistics.sources()[edition.source].title),
        "date": numbers.day(edition.dated),
    }


def summary(edition: statistics.Edition) -> list[dict[str, Any]]:
    """What anybody needs who wants to work the figures out again: which file exactly, and how much
    of it has a count."""
    return [
        {"key": _("File"), "value": edition.file},
        {"key": _("SHA-256 of the file"), "value": edition.digest},
        {"key": _("Rows"), "value": numbers.whole(edition.rows)},
        {"key": _("Masked by the source (<5)"), "value": numbers.whole(edition.masked)},
        {"key": _("Rows without a count"), "value": numbers.whole(edition.without_count)},
    ]


def log_head() -> list[str]:
    """The columns of a log."""
    return [
        _("Column"), _("As found"), _("What it became"), _("What was done, and why"),
        _("First row"), _("Times"),
    ]  # fmt: skip


def _texts(remark: statistics.Remark) -> list[str]:
    return [
        remark.column,
        remark.found or _("(empty)"),
        remark.became or _("(empty)"),
        str(statistics.remark_words(remark.why)),
        str(remark.first_row),
        str(remark.times),
    ]


def _line(remark: statistics.Remark) -> list[Any]:
    texts: list[Any] = list(_texts(remark))
    return [*texts[:4], _number(remark.first_row), _number(remark.times)]


def _number(value: int) -> dict[str, Any]:
    return {"text": numbers.whole(value), "number": True}
