"""Where an officer is signed in, and ending one of them or all others. django-allauth keeps the
list (`allauth.usersessions`); it offers only "all others" itself."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.members import api as members

# Part of what a browser says of itself -> what people call it; the first that fits.
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    ("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


def device(said: str) -> str:
    """A device as people call it, by what its browser says of itself; empty if nothing fits."""
    found = [
        next((name for part, name in table if part in said), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


@login_required
@require_http_methods(["GET", "POST"])
def sign_ins(request: HttpRequest) -> HttpResponse:
    """The list; by POST `end` names one of them by its number, or `others`: all but this one."""
    user = request.user
    if not isinstance(user, members.User):
        raise Http404
    here = request.session.session_key
    rows = UserSession.objects.purge_and_list(user)
    if request.method == "POST":
        asked = request.POST.get("end", "")
        ended = [
            row for row in rows if row.session_key != here and asked in {"others", str(row.pk)}
        ]
        for row in ended:
            row.end()
            members.note_sign_in_ended(by=members.actor_of(user), sign_in=row.pk)
        if ended:
            messages.success(request, _("Ended. Whoever sits there has to sign in again."))
        return redirect("sign_ins")
    context = {"rows": [_row(row, here) for row in sorted(rows, key=_begun, reverse=True)]}
    return render(request, "account/sign_ins.html", context)


def _begun(row: UserSession) -> Any:
    return row.created_at


def _row(row: UserSession, here: str | None) -> dict[str, Any]:
    return {
        "id": row.pk,
        "device": device(row.user_agent),
        "begun": row.created_at,
        "here": row.session_key == here,
    }
