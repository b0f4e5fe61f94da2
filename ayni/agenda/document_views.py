"""Pages of documents of meetings: attach one, download one, take one back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from ayni.agenda import api
from ayni.agenda.file_views import FileForm, file_page, handed_out, takes_file
from ayni.agenda.meeting_forms import ReasonForm
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.lib.errors import NotFound
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])


class DocumentForm(FileForm):
    """A file, what it is called, and which item of the agenda it is about."""

    item = forms.TypedChoiceField(label=gettext_lazy("What it is about"), coerce=int)
    field_order = ("title", "item", "file")

    def __init__(self, *args: Any, items: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [(0, _("The whole meeting"))]
        numbered = [(n, f"{n}. {each}") for n, each in enumerate(items, start=1)]
        self.fields["item"].choices = [*whole, *numbered]  # type: ignore[attr-defined]
        if members.this_node() != members.SECRETARIAT:
            self.fields["instead"] = forms.CharField(
                label=_("Why the presidency writes instead of the technical secretariat"),
                help_text=_("All members see this reason."), max_length=300,
            )  # fmt: skip


@_EDIT
@_officer
def _attach(request: HttpRequest, by: Actor, /, key: str) -> HttpResponse:
    """Who may not attach anything is told so before a byte of the form is read."""
    try:
        found = api.meeting(key, api.presidencies())
    except NotFound:
        return redirect("agenda:platform")
    closed = closed_text(by)
    if closed:
        form = DocumentForm(items=found.items)
        return _page(request, form, found, closed, 422 if request.method == "POST" else 200)
    answer: HttpResponse = _attached(request, by, found)
    return answer


def _page(
    request: HttpRequest, form: DocumentForm, found: api.Meeting, closed: str, status: int
) -> HttpResponse:
    return file_page(
        request, form, status=status, closed=closed, title=_("Attach a document"),
        back=reverse("agenda:meeting", args=[found.key]), back_text=found.title,
    )  # fmt: skip


@csrf_protect  # looks for the token in the form: whatever is in it has come by then
def _attached(request: HttpRequest, by: Actor, found: api.Meeting) -> HttpResponse:
    form = DocumentForm(request.POST or None, request.FILES or None, items=found.items)
    if request.method == "POST" and members.attempt(
        form,
        lambda: api.attach_document(
            by=by, key=found.key, item=form.cleaned_data["item"],
            title=form.cleaned_data["title"], file=form.cleaned_data["file"].writer,
            instead=form.cleaned_data.get("instead", ""),
        ),
    ):  # fmt: skip
        messages.success(request, _("The document is attached. It goes to every member."))
        return redirect("agenda:meeting", found.key)
    return _page(request, form, found, "", 422 if form.is_bound and form.errors else 200)


attach = takes_file(_attach)


def _document(key: str, digest: str) -> api.Document:
    return api.document(f"{key}:{digest}", api.presidencies())


@require_GET
@_officer
def download(request: HttpRequest, by: Actor, key: str, digest: str) -> HttpResponse:
    """The document itself, as a download only: no browser shows it as a page of ours."""
    try:
        return handed_out(_document(key, digest))
    except NotFound:
        return redirect("agenda:platform")
    except api.DocumentNotHere as refusal:
        messages.info(request, str(refusal.reason))
        return redirect("agenda:meeting", key)


@_EDIT
@_officer
def take_back(request: HttpRequest, by: Actor, key: str, digest: str) -> HttpResponse:
    """Take a document back, and say why."""
    try:
        found = _document(key, digest)
    except NotFound:
        return redirect("agenda:platform")
    form = ReasonForm(sent(request), initial={"after": found.stands.ref})
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            latest = _document(key, digest)
            return "after", latest.stands.ref, latest.title

        done, words = write(
            request, form,
            lambda: api.take_back_document(by=by, key=found.key, **form.told()), now,
            _("The document is taken back. Every node removes it."),
        )  # fmt: skip
        if done:
            return redirect("agenda:meeting", key)
    return page(
        request, form, title=_("Take this document back"), button=_("Take it back everywhere"),
        stands=words, closed=closed_text(by), intro=found.title,
        back=reverse("agenda:meeting", args=[key]), back_text=_("Meeting"),
    )  # fmt: skip
