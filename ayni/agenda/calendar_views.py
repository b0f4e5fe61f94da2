"""The page on which an officer makes and ends the address of her calendar, and the calendar
itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ayni.agenda import api
from ayni.agenda.models import CalendarAddress
from ayni.agenda.wording import day_text
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members

_officer = members.officer_page()


@require_http_methods(["GET", "POST"])
@_officer
def calendar(request: HttpRequest, by: Actor) -> HttpResponse:
    """Whether there is an address; make one, which is shown this once, or end it."""
    now, address = clock.now(), ""
    found = api.calendar_of(by=by, now=now)
    if request.POST.get("do") == "end":
        api.end_calendar(by=by, now=now)
        messages.success(request, _("The address does not work any more."))
        return redirect("agenda:calendar")
    # Loaded again, the form would make another address and end the one that was just pasted.
    if request.POST.get("do") == "make" and request.POST.get("seen", "") != _seen(found):
        messages.info(request, _("An address was made already. It was shown once."))
        return redirect("agenda:calendar")
    if request.POST.get("do") == "make":
        language = translation.get_language() or "es"
        secret = api.make_calendar(by=by, language=language, now=now)
        address = request.build_absolute_uri(reverse("agenda:calendar-feed", args=[secret]))
        found = api.calendar_of(by=by, now=now)
    context = {
        "address": address,
        "seen": _seen(found),
        "found": found,
        "rows": []
        if found is None
        else [
            {"key": _("Made on"), "value": day_text(found.made_at.date())},
            {"key": _("Works until"), "value": day_text(found.until.date())},
            {
                "key": _("Last fetched on"),
                "value": day_text(found.fetched_on) if found.fetched_on else _("Never"),
            },
        ],
    }
    return render(request, "agenda/calendar.html", context)


def _seen(found: CalendarAddress | None) -> str:
    """Which address stands before her eyes."""
    return "" if found is None else clock.isoformat(found.made_at)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret address; whoever has no such address finds no page."""
    try:
        content = api.fetch_calendar(secret=secret, now=clock.now())
    except NotFound:
        raise Http404 from None
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="ayni.ics"'
    return answer
