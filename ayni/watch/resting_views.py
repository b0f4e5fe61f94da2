"""Conversations with other nodes that rest, for the administrator: why, and trying one again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib.errors import NotFound
from ayni.watch.aside_views import in_words, institution_name, page_number
from ayni.watch.views import member, officer


def _shown(one: exchange.Rested) -> dict[str, Any]:
    words = in_words(one)
    rows = [
        (_("Why"), words.why),
        (_("What to do"), words.do),
        (_("From"), institution_name(one.institution)),
        (_("For"), institution_name(one.recipient_institution)),
        (_("The next message waits since"), date_format(localtime(one.queued), "DATETIME_FORMAT")),
        (_("Failed attempts in a row"), number_format(one.failures)),
        (_("Tried again by itself at"), date_format(localtime(one.until), "DATETIME_FORMAT")),
        (_("Conversation"), one.conversation),
        (_("Number of the message"), one.message),
    ]
    return {
        "conversation": one.conversation,
        "title": _("To %(member)s: %(kind)s") % {"member": member(one.peer), "kind": one.kind},
        "rows": [{"key": key, "value": value} for key, value in rows],
    }


@require_GET
@officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """What rests, the one that failed most often first."""
    page = exchange.rested(by=by, page=page_number(request))
    context = {"page": page, "resting": [_shown(one) for one in page.object_list]}
    return render(request, "watch/resting.html", context)


@require_POST
@officer
def go_on(request: HttpRequest, by: Actor) -> HttpResponse:
    """Let one be tried again now."""
    try:
        exchange.go_on(by=by, conversation=request.POST.get("conversation", "")[:32])
    except NotFound:
        messages.success(request, _("This conversation does not rest any more."))
    else:
        messages.success(
            request,
            _("It is tried again now. If it fails once more, it is here again within a minute."),
        )
    return redirect("watch:resting")
