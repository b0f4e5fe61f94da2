"""What the pages of documents of meetings and of evidence share: the form with a file, taking the
file as it comes, handing it out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from ayni.agenda import api
from ayni.cooperation import api as cooperation


class FileForm(forms.Form):
    """A file, and what it is called."""

    title = forms.CharField(
        label=gettext_lazy("What it is called"), min_length=3, max_length=200,
        help_text=gettext_lazy("All members read this. Name offices and functions, not persons."),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("The file"),
        help_text=gettext_lazy(
            "A PDF, or a picture as JPEG or PNG, of 5 MB at most. Every member reads it. A PDF "
            "stays as it is: its properties may name who wrote it, so look at them first."
        ),
        error_messages={
            "empty": gettext_lazy("The file is empty. Choose another one."),
            "required": gettext_lazy("Choose a file."),
        },
        widget=forms.FileInput({"class": "govuk-file-upload", "accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_file(self) -> cooperation.SealedFile:
        """It was collected while it came; one that was too large is not here."""
        file = self.cleaned_data["file"]
        if not isinstance(file, cooperation.SealedFile) or file.writer is None:
            raise forms.ValidationError(
                _("This file is larger than 5 MB. Make it smaller, or divide it."), "size"
            )
        return file


def takes_file(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that takes a file. The handler is chosen before anything of the form is read; the
    token, which stands in the form, is looked at by the function that reads the form, under
    `csrf_protect`."""

    def taking(request: HttpRequest, **told: Any) -> HttpResponse:
        handler = cooperation.SealedUpload(request, begin=api.incoming_document)
        # Something has read the form already only where no file can be in it (config/typed.py).
        with contextlib.suppress(AttributeError):
            request.upload_handlers = [handler]
        try:
            return view(request, **told)
        finally:
            handler.upload_interrupted()

    return csrf_exempt(taking)


def file_page(request: HttpRequest, form: FileForm, *, status: int, **told: Any) -> HttpResponse:
    """The form with a file: `title`, `intro`, `back`, `back_text`, and `closed` (why it cannot be
    sent, empty if it can)."""
    return render(request, "agenda/document.html", {"form": form, **told}, status=status)


def handed_out(found: api.File) -> HttpResponse:
    """The file itself, as a download only: no browser shows it as a page of ours. Its name tells
    nothing but its key. Raises `DocumentNotHere`."""
    answer = HttpResponse(api.content_of(found), content_type=found.type.value)
    name = f"ayni-{found.key.partition(':')[0]}-{found.digest[:6]}"
    whole = f"{name}.{cooperation.FILE_EXTENSION[found.type]}"
    answer["Content-Disposition"] = f'attachment; filename="{whole}"'
    return answer
