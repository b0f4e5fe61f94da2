"""The state of the node: for its administrator as a page, for monitoring as text."""

from __future__ import annotations

import hmac
import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.watch import api as watch
from ayni.watch.api import Level, Reading, Unit

officer = members.officer_page()
log = logging.getLogger("ayni.watch")

LEVELS: dict[Level, tuple[Text, str]] = {
    Level.WRONG: (gettext_lazy("Act now"), "red"),
    Level.LOOK: (gettext_lazy("Look at it"), "yellow"),
    Level.UNKNOWN: (gettext_lazy("Not known"), "grey"),
    Level.GOOD: (gettext_lazy("In order"), "green"),
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """Rounded down to the unit in which people would say it."""
    whole = int(seconds)
    if whole < 0:
        return _("ended")
    if whole < _MINUTE:
        return ngettext("%(n)s second", "%(n)s seconds", whole) % {"n": whole}
    if whole < _HOUR:
        n = whole // _MINUTE
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    if whole < 2 * _DAY:
        n = whole // _HOUR
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
    n = whole // _DAY
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def shown(reading: Reading) -> str:
    """The value as people read it, in the reader's language."""
    value = reading.value
    if value is None:
        return _("no value yet")
    match reading.metric.unit:
        case Unit.SECONDS:
            return duration(value)
        case Unit.RATIO:
            return _("%(n)s %%") % {"n": number_format(value * 100, decimal_pos=0)}
        case Unit.BYTES:
            return filesizeformat(value)
    return number_format(value, decimal_pos=0)


def member(code: str) -> str:
    """A member in the reader's language."""
    if code == members.SECRETARIAT:
        return _("Technical secretariat")
    return str(members.state(code).name)


def _problem(reading: Reading) -> dict[str, Any]:
    words, colour = LEVELS[reading.level]
    metric = reading.metric
    return {
        "title": metric.title,
        "member": member(reading.member) if reading.member else "",
        "level": words,
        "colour": colour,
        "value": shown(reading),
        "advice": metric.advice,
    }


def _members(readings: list[Reading]) -> list[list[Any]]:
    """One row for each other member: its worst level and how long a message waits for it."""
    rows = []
    for code in sorted({r.member for r in readings if r.member}, key=member):
        own = [r for r in readings if r.member == code]
        waits = next(r for r in own if r.metric.name == "ayni_peer_message_age_seconds")
        worst = min(own, key=lambda r: watch.ORDER.index(r.level)).level
        waiting = shown(waits) if waits.value else _("nothing waits")
        name = {"text": member(code), "href": reverse("watch:node", args=[code])}
        rows.append([name, LEVELS[worst][0], waiting])
    return rows


@require_GET
@officer
def status(request: HttpRequest, by: Actor) -> HttpResponse:
    """What needs the administrator, then what is well."""
    readings = watch.status(by=by)
    context = {
        "problems": [_problem(r) for r in readings if r.level is not Level.GOOD],
        "good": [
            {"key": r.metric.title, "value": shown(r)}
            for r in readings
            if r.level is Level.GOOD and not r.member
        ],
        "head": [_("Member"), _("How it is"), _("Oldest message that waits for it")],
        "rows": _members(readings),
        "set_aside": exchange.set_aside_count(),
        "files_aside": exchange.files_aside_count(),
        "resting": exchange.rested_count(),
    }
    return render(request, "watch/status.html", context)


def _told(request: HttpRequest) -> bool:
    token = settings.AYNI_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """The values for Prometheus. Who does not hold the token finds no page."""
    if not _told(request):
        raise Http404
    return HttpResponse(watch.for_monitoring(), content_type=watch.CONTENT_TYPE)


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Whether this process can work: 200, or 503 and the code of what is missing."""
    try:
        behind = watch.tables_behind()
        lacking = "tables" if behind else ""
        if behind:
            log.warning("not ready", extra={"ids": {"why": lacking, "behind": behind}})
    except DatabaseError as wrong:
        # The class and PostgreSQL's own code (appendix A of its manual), never its text.
        why = {
            "why": type(wrong).__name__,
            "code": getattr(wrong.__cause__, "sqlstate", None) or "",
        }
        log.warning("not ready", extra={"ids": why})
        lacking = "database"
    return JsonResponse({"ready": not lacking, "lacking": lacking}, status=503 if lacking else 200)
