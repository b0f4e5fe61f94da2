"""Pages of a file that goes with a referral or request: attach, look, agree, send, open."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import vocabulary as words
from ayni.cooperation.contents import EXTENSION
from ayni.cooperation.pages import attempt, institution_name, moment, officer, state_name
from ayni.cooperation.uploading import NAME, SealedFile, SealedUpload
from ayni.exchange import api as exchange
from ayni.lib.errors import Refused
from ayni.members import api as members

_EDIT = require_http_methods(["GET", "POST"])
_MEGABYTE = 1024 * 1024
_TYPES = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}


class AttachForm(forms.Form):
    """A file, and what it is."""

    what = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=words.AttachmentKind.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "The other side reads this in its own language. No file name is sent."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("The file"),
        help_text=gettext_lazy(
            "A PDF, or a picture as JPEG or PNG, of 100 MB at most. On a slow line a large file "
            "takes minutes: your browser shows how far it is. Stay on this page until it is "
            "done. Out of a picture we take what the camera wrote into it, such as the place. "
            "A PDF stays as it is: its properties may name who wrote it."
        ),
        error_messages={
            "empty": gettext_lazy("The file is empty. Choose another one."),
            "required": gettext_lazy("Choose a file."),
        },
        widget=forms.FileInput({"class": "govuk-file-upload", "accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_file(self) -> SealedFile:
        """It was sealed while it came; one that was too large is not here."""
        file = self.cleaned_data["file"]
        if not isinstance(file, SealedFile) or file.writer is None:
            raise forms.ValidationError(str(cooperation.FileNotTaken(why="size").reason))
        return file


def _back(row: Any) -> str:
    name = "referral" if isinstance(row, cooperation.Referral) else "request"
    return reverse(f"cooperation:{name}", args=[row.id])


def _place(row: Any, one: Any, more: str = "") -> str:
    name = "referral" if isinstance(row, cooperation.Referral) else "request"
    return reverse(f"cooperation:{name}-attachment{more}", args=[row.id, one.id])


@_EDIT
@officer
def _attach(request: HttpRequest, by: Actor, /, **about: UUID) -> HttpResponse:
    """Who may not attach anything here is told so before a byte of the form is read."""
    (about_id,) = about.values()
    row = cooperation.check_attach(by=by, about_id=about_id)
    assert row.case_id is not None  # `check_attach` looks
    cases.open_form(by=by, case_id=row.case_id, form="exchange")
    answer: HttpResponse = _attached(request, by, row)
    return answer


@csrf_protect  # looks for the token in the form: whatever is in it has come and is sealed then
def _attached(request: HttpRequest, by: Actor, row: Any) -> HttpResponse:
    about_id = row.id
    form = AttachForm(request.POST or None, request.FILES or None)
    kept: list[cooperation.Attachment] = []
    if request.method == "POST" and attempt(
        form,
        lambda: kept.append(
            cooperation.attach(
                by=by, about_id=about_id, file=form.cleaned_data["file"].writer,
                what=form.cleaned_data["what"],
            )
        ),
    ):  # fmt: skip
        messages.success(request, _("The file is kept here, sealed. Nothing has left yet."))
        return redirect(_place(row, kept[0]))
    _forget_half(request, form)
    return render(
        request,
        "cooperation/attach.html",
        {
            "form": form,
            "back": _back(row),
            "to": institution_name(row.counterpart_institution),
            "to_state": state_name(row.counterpart_state),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def _forget_half(request: HttpRequest, form: forms.Form) -> None:
    """A file whose form was not complete does not stay."""
    file = request.FILES.get(NAME) if request.method == "POST" else None
    if isinstance(file, SealedFile) and file.writer is not None:
        file.writer.abandon()
        if not form.non_field_errors():
            form.add_error(NAME, _("Choose the file again."))


@csrf_exempt  # the token stands in the form, and is looked at by `_attach`
def attach(request: HttpRequest, **about: UUID) -> HttpResponse:
    """Attach a file. The handler is chosen before anything of the form is read; what it took in
    and nobody attached does not stay, whatever the answer is."""
    handler = SealedUpload(request)
    # Something has read the form already only where no file can be in it (ayni/config/typed.py).
    with contextlib.suppress(AttributeError):
        request.upload_handlers = [handler]
    try:
        answer: HttpResponse = _attach(request, **about)
    finally:
        handler.upload_interrupted()
    return answer


@_EDIT
@officer
def attachment(
    request: HttpRequest, by: Actor, /, attachment_id: UUID, **about: UUID
) -> HttpResponse:
    """One file: what it is, how far it is, what can be done with it."""
    (about_id,) = about.values()
    named: dict[str, Any] = {"by": by, "about_id": about_id, "attachment_id": attachment_id}
    row, one = cooperation.read_attachment(**named)
    if request.method == "POST":
        return _done(request, row, one, named)
    context = {
        "row": row,
        "one": one,
        "back": _back(row),
        "file": _place(row, one, "-file"),
        "to": institution_name(row.counterpart_institution),
        "to_state": state_name(row.counterpart_state),
        "second": cooperation.second_for_file(row, one) if one.standing == "draft" else "",
        "mine": one.written_by == by.id,
        "may_agree": members.may(by, members.Permission.REFERRAL_SECOND),
        "may_send": members.may(by, members.Permission.REFERRAL_SEND),
        **shown(one, by),
    }
    return render(request, "cooperation/attachment.html", context)


def _done(request: HttpRequest, row: Any, one: Any, named: dict[str, Any]) -> HttpResponse:
    action = request.POST.get("do", "")
    if action == "remove":
        cooperation.remove_attachment(**named)
        messages.success(request, _("The file was removed. Nothing of it had left."))
        return redirect(_back(row))
    if action == "agree":
        cooperation.agree_attachment(**named)
        messages.success(request, _("You agreed. Now the file can be sent."))
    else:
        cooperation.send_attachment(**named)
        messages.success(request, _("The file is on its way."))
    return redirect(_place(row, one))


def shown(one: Any, by: Actor) -> dict[str, Any]:
    """What a page says of a file. Nothing of it is opened but its description."""
    told = cooperation.told_of_attachment(one) if one.content is not None else {}
    held = exchange.standing_of_attachment(one.stream)
    size = told.get("size", 0)
    there, all_of_it = cooperation.how_far(one, held)
    return {
        "what": words.AttachmentKind(told["what"]).label if told else _("A file"),
        "type": _TYPES.get(told.get("type", ""), ""),
        "size": _("%(megabytes)s MB") % {"megabytes": number_format(max(size / _MEGABYTE, 0.1), 1)},
        "status": cooperation.attachment_words(one, held),
        "taken_out": cooperation.taken_out_of(told),
        "there": there,
        "all": all_of_it,
        "on_its_way": one.standing in ("sent", "coming"),
        "can_open": one.standing in ("draft", "sent", "arrived", "ready"),
        "created": moment(one.created_at, by),
        "settled": moment(one.settled_at, by),
    }


@require_GET
@officer
def attachment_file(
    request: HttpRequest, by: Actor, /, attachment_id: UUID, **about: UUID
) -> HttpResponse:
    """The file itself, as a download only: no browser shows it as a page of ours."""
    (about_id,) = about.values()
    opened = cooperation.open_attachment(by=by, about_id=about_id, attachment_id=attachment_id)
    answer = StreamingHttpResponse(opened.content, content_type=str(opened.type))
    name = f"ayni-{opened.what.replace('_', '-')}-{str(attachment_id)[:8]}.{EXTENSION[opened.type]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(opened.size)
    return answer  # type: ignore[return-value]  # a response all the same


def lines(row: Any, by: Actor) -> list[dict[str, Any]]:
    """The files of a referral or request, for its page."""
    return [
        {"href": _place(row, one), "ours": one.direction == "out", **shown(one, by)}
        for one in cooperation.attachments_of(row)
    ]


def attach_href(row: Any, by: Actor) -> str:
    """Where a file is attached to this; empty if none may be."""
    if not members.may(by, members.Permission.REFERRAL_SEND):
        return ""
    name = "referral" if isinstance(row, cooperation.Referral) else "request"
    try:
        cooperation.check_attach(by=by, about_id=row.id)
    except Refused:
        return ""
    return reverse(f"cooperation:{name}-attach", args=[row.id])
