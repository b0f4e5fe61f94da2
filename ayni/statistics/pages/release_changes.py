"""Pages by which something published is withdrawn or corrected: each asks why, by a list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import release_declared as declared
from ayni.statistics import release_words as words
from ayni.statistics.api import Release, ReleaseAct
from ayni.statistics.pages.release_forms import CorrectForm, WithdrawForm
from ayni.statistics.pages.releases import officer
from ayni.statistics.releasing import populations

_EDIT = require_http_methods(["GET", "POST"])


@_EDIT
@officer
def withdraw(request: HttpRequest, by: Actor, release: UUID) -> HttpResponse:
    """Whether it is to be shown no longer, and why: everybody is told."""
    row = statistics.open_release(by=by, release_id=release).release
    members.check_may(by, members.Permission.RELEASE_REVIEW)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        statistics.withdraw_release(by=by, release_id=row.id, reason=form.cleaned_data["reason"])
        messages.success(request, _("Withdrawn. No node shows it any more."))
        return redirect("statistics:release", release=row.id)
    context = {
        "form": form,
        "title": words.title(row),
        "release": row.id,
        "can": statistics.can_act(by=by, release=row, act=ReleaseAct.WITHDRAW),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "statistics/release_withdraw.html", context, status=status)


@require_GET
@officer
def correct(request: HttpRequest, by: Actor, release: UUID) -> HttpResponse:
    """Which release is corrected, and why; then its figures are proposed anew."""
    row = statistics.open_release(by=by, release_id=release).release
    members.check_may(by, members.Permission.RELEASE_PROPOSE)
    form = CorrectForm(request.GET if "go" in request.GET else None)
    of_file = row.source == populations.RECORDS
    if form.is_valid() and statistics.can_correct(by=by, release=row) and not of_file:
        query = {"of": of(row), "corrects": row.id, "why": form.cleaned_data["why"]}
        address = reverse("statistics:release-propose-tables")
        return redirect(f"{address}?{urlencode(query)}")
    context = {
        "form": form,
        "title": words.title(row),
        "release": row.id,
        "can": statistics.can_correct(by=by, release=row),
        "of_file": of_file,
        "declared": declared.as_items(declared.declaration(row)),
    }
    return render(request, "statistics/release_correct.html", context)


def of(row: Release) -> str:
    """Of what a release is, as it stands in the address of a proposal."""
    if row.source == populations.SUM:
        return f"sum:{row.origin}"
    return f"{row.about['population']}:{row.origin}"
