"""Pages of files as evidence of a commitment: attach one, download one, take one back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from ayni.agenda import api
from ayni.agenda.file_views import FileForm, file_page, handed_out, takes_file
from ayni.agenda.wording import size_text
from ayni.agenda.work_forms import TakeBackForm
from ayni.agenda.writing_views import page, sent, write
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission

_officer = members.officer_page()


def evidence_rows(found: api.Commitment) -> list[dict[str, Any]]:
    """The files that the owner state gave, as its pages show them."""
    report = found.standing.report
    named = () if report is None else report.files
    return [
        {
            "title": each.title,
            "digest": each.digest,
            "told": f"{each.type_name}, {size_text(each.size)}",
            "here": api.is_here(each),
            "next": each.sha256 not in named,
        }
        for each in found.files
    ]


def taken_back(found: api.Commitment) -> int:
    """How many files that the report names were taken back, or are not known here yet."""
    report = found.standing.report
    named = set() if report is None else set(report.files)
    return len(named - {each.sha256 for each in found.files})


@require_http_methods(["GET", "POST"])
@_officer
def _attach(request: HttpRequest, by: Actor, /, key: str) -> HttpResponse:
    """Who may not attach anything is told so before a byte of the form is read."""
    try:
        found = api.commitment(key, clock.now().date(), api.presidencies())
    except NotFound:
        return redirect("agenda:work")
    try:
        api.check_may_report(by=by, found=found)
    except (api.NotTheOwner, api.IsWithdrawn) as refusal:
        status = 422 if request.method == "POST" else 200
        return _page(request, FileForm(), found, str(refusal.reason), status)
    answer: HttpResponse = _attached(request, by, found)
    return answer


def _page(
    request: HttpRequest, form: FileForm, found: api.Commitment, closed: str, status: int
) -> HttpResponse:
    return file_page(
        request, form, status=status, closed=closed, title=_("Attach a file as evidence"),
        intro=found.said.title, back=reverse("agenda:commitment", args=[found.key]),
        back_text=_("Commitment"),
    )  # fmt: skip


@csrf_protect  # looks for the token in the form: whatever is in it has come by then
def _attached(request: HttpRequest, by: Actor, found: api.Commitment) -> HttpResponse:
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and members.attempt(
        form,
        lambda: api.attach_evidence(
            by=by, key=found.key, title=form.cleaned_data["title"],
            file=form.cleaned_data["file"].writer, day=clock.now().date(),
        ),
    ):  # fmt: skip
        messages.success(
            request,
            _("The file is attached and goes to every member. Report progress so that it counts."),
        )
        return redirect("agenda:commitment", found.key)
    return _page(request, form, found, "", 422 if form.is_bound and form.errors else 200)


attach = takes_file(_attach)


@require_GET
@_officer
def download(request: HttpRequest, by: Actor, key: str, digest: str) -> HttpResponse:
    """The file itself, as a download only."""
    try:
        return handed_out(api.evidence_file(key, digest))
    except NotFound:
        return redirect("agenda:work")
    except api.DocumentNotHere as refusal:
        messages.info(request, str(refusal.reason))
        return redirect("agenda:commitment", key)


@require_http_methods(["GET", "POST"])
@_officer
def take_back(request: HttpRequest, by: Actor, key: str, digest: str) -> HttpResponse:
    """Take a file of the own state back, and say why."""
    members.check_may(by, Permission.MANDATE_WRITE)
    try:
        found = api.own_evidence(key, digest)
    except NotFound:
        return redirect("agenda:commitment", key)
    form = TakeBackForm(sent(request), initial={"seen": found.seen})
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, int, str]:
            latest = api.own_evidence(key, digest)
            return "seen", latest.seen, latest.title

        done, words = write(
            request, form,
            lambda: api.take_back_evidence(by=by, key=key, digest=digest, **form.cleaned_data), now,
            _("The file is taken back. Every node removes it."),
        )  # fmt: skip
        if done:
            return redirect("agenda:commitment", key)
    return page(
        request, form, title=_("Take this file back"), button=_("Take it back everywhere"),
        stands=words, intro=found.title, back=reverse("agenda:commitment", args=[key]),
        back_text=_("Commitment"),
    )  # fmt: skip
