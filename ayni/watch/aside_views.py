"""Messages of other nodes that stand aside, for the administrator: why, and trying one again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.watch.views import member, officer


def page_number(request: HttpRequest) -> int:
    """Which page the address asks for; the first for anything that is none."""
    said = request.GET.get("page", "1")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 1


def institution_name(code: str) -> str:
    """An institution as an administrator reads it; its code where it is not known here."""
    try:
        return str(members.institution_by_code(code).name)
    except NotFound:  # it was here when the message came
        return code


def in_words(one: exchange.Aside | exchange.Rested) -> exchange.Words:
    """Why, and what to do; also for a reason that this version of the software does not know."""
    if one.words is not None:
        return one.words
    why = _("This version of the software does not know the reason “%(code)s”.")
    return exchange.Words(why % {"code": one.reason}, _("Tell whoever maintains the software."))


def _shown(one: exchange.Aside) -> dict[str, Any]:
    words = in_words(one)
    rows = [
        (_("Why"), words.why),
        (_("What the receiving part said"), words.quoted),
        (_("What to do"), words.do),
        (_("For"), institution_name(one.institution)),
        (_("Came"), date_format(localtime(one.received), "DATETIME_FORMAT")),
        (_("Conversation"), one.conversation),
        (_("Place in the conversation"), str(one.sequence)),
        (_("Number of the message"), one.message),
    ]
    return {
        "message": one.message,
        "title": _("From %(member)s: %(kind)s") % {"member": member(one.peer), "kind": one.kind},
        "rows": [{"key": key, "value": value} for key, value in rows if value],
        "again": one.again,
    }


def _file(one: exchange.FileAside) -> dict[str, Any]:
    rows = [
        (_("Why"), one.words.why),
        (_("What the software said"), one.failed),
        (_("What to do"), one.words.do),
        (_("How often it was looked at"), str(one.looks)),
        (_("Came"), date_format(localtime(one.came), "DATETIME_FORMAT")),
        (_("Number of the message"), one.message),
        (_("Number of the file"), one.attachment),
    ]
    return {
        "attachment": one.attachment,
        "title": _("A file from %(member)s") % {"member": member(one.peer)},
        "rows": [{"key": key, "value": value} for key, value in rows if value],
    }


@require_GET
@officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """What stands aside, the oldest first."""
    page = exchange.set_aside(by=by, page=page_number(request))
    context = {
        "page": page,
        "messages_aside": [_shown(one) for one in page.object_list],
        "files": [_file(one) for one in exchange.files_aside(by=by)],
    }
    return render(request, "watch/set_aside.html", context)


@require_POST
@officer
def again(request: HttpRequest, by: Actor) -> HttpResponse:
    """Try one again, and say what came of it; a file is looked at by a job."""
    try:
        if attachment := request.POST.get("attachment", "")[:32]:
            exchange.look_once_more(by=by, attachment=attachment)
            messages.success(
                request,
                _("The file is looked at once more now. If that fails, it stands here again."),
            )
            return redirect("watch:set-aside")
        why = exchange.try_again(by=by, message=request.POST.get("message", "")[:32])
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.reason))
    else:
        if why:
            messages.error(
                request, _("It was tried again and stays aside. The reason below is the new one.")
            )
        else:
            messages.success(request, _("The message was applied now."))
    return redirect("watch:set-aside")
