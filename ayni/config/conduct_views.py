"""The code of conduct, which every officer accepts before the first case."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ayni.members import api as members


@login_required
@require_http_methods(["GET", "POST"])
def conduct(request: HttpRequest) -> HttpResponse:
    """The text; by POST it is accepted."""
    user = request.user
    if not isinstance(user, members.User):
        raise Http404
    if request.method == "POST":
        members.accept_conduct(by=members.actor_of(user))
        return redirect("/")
    context = {"accepted": members.has_accepted_conduct(user), "at": user.conduct_at}
    return render(request, "account/conduct.html", context)
