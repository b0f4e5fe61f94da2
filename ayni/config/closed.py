"""What somebody is told who may not open a page: of a case that is closed to her or him, why, and
what to do. One place for the pages of all rooms."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import permission_denied

from ayni.cases import api as cases
from ayni.members import api as members


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a refusal (403); that somebody stood before a closed case is recorded."""
    refusal = exception.__cause__
    if not isinstance(refusal, cases.CaseClosed):
        return permission_denied(request, exception)
    closed = cases.why_closed(by=members.actor_of(request.user), case_id=refusal.case_id)
    return render(request, "desk/closed_to_you.html", {"closed": closed}, status=403)
