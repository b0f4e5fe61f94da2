"""Pages on which an officer takes records of HTCDS 2.0 in and gives cases out (ADR 0077, 0083).

A file that comes in is held in memory until it is sealed and never on a disk in clear; a job reads
it, and the page says how far that is. One that goes out is made for this answer and kept nowhere.
Giving out asks once more for password and number, as the command does: a browser that somebody left
open must not be enough.
"""

from __future__ import annotations

import contextlib
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics import api as statistics
from ayni.statistics.errors import UploadUnderWay
from ayni.statistics.htcds.upload_states import WORKING, UploadState, WhyStopped
from ayni.statistics.htcds.uploads import OpenUpload

_EDIT = require_http_methods(["GET", "POST"])
_MOST = 5_000_000  # bytes; whoever runs the node loads larger files with the command
_officer = members.officer_page()


def ways(by: Actor) -> list[dict[str, object]]:
    """The ways to these pages for the bar of the figures, each for who may open it."""
    found = (
        (Permission.NOTICE_TAKE, "htcds-import", _("Take in HTCDS records")),
        (Permission.CASE_READ, "htcds-export", _("Give cases out in HTCDS")),
    )
    return [
        {"href": reverse(f"statistics:{route}"), "text": text, "current": False}
        for permission, route, text in found
        if members.may(by, permission)
    ]


class _Held:
    """A file on its way in, in memory."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, content: bytes) -> None:
        """Take more content. Raises `exchange.TooLarge`."""
        if len(self.content) + len(content) > _MOST:
            raise exchange.TooLarge(f"more than {_MOST} bytes")
        self.content += content

    def abandon(self) -> None:
        """Forget what came."""
        self.content.clear()


class _Upload(cooperation.SealedUpload):
    """Keeps what the file is called as well: its ending says in which format it is."""

    def file_complete(self, file_size: int) -> cooperation.SealedFile:
        """What the form finds under the name `file`."""
        found = super().file_complete(file_size)
        found.name = PurePath(self.file_name or "").name
        return found


class ImportForm(forms.Form):
    """A file, the sheet of a workbook that was renamed, and whether its good rows go in alone."""

    file = forms.FileField(
        label=gettext_lazy("The file"),
        help_text=gettext_lazy(
            "An Excel template of HTCDS 2.0, submissions of its form (XML), CSV or JSON, of 5 MB "
            "at most. It is read whole before anything is kept. Whoever runs the node can load "
            "larger files."
        ),
        error_messages={
            "empty": gettext_lazy("The file is empty. Choose another one."),
            "required": gettext_lazy("Choose a file."),
        },
        widget=forms.FileInput(
            {"class": "govuk-file-upload", "accept": ".xlsx,.xlsm,.csv,.json,.xml"}
        ),
    )
    sheet = forms.CharField(
        label=gettext_lazy("Name of the sheet with the cases"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Only if the sheet of the template was given another name."),
    )
    partial = forms.BooleanField(
        label=gettext_lazy("Take in the rows without a problem, and leave the others out"),
        required=False,
        help_text=gettext_lazy("Otherwise all rows are kept, or none."),
    )

    def clean_file(self) -> statistics.HeldFile:
        """It was collected while it came; one that was too large is not here."""
        file = self.cleaned_data["file"]
        held = getattr(file, "writer", None)
        if not isinstance(held, _Held):
            raise forms.ValidationError(
                _("This file is larger than 5 MB. Divide it, or ask whoever runs the node."), "size"
            )
        return statistics.HeldFile(file.name, bytes(held.content))


@_EDIT
@_officer
def _take_in(request: HttpRequest, by: Actor, /) -> HttpResponse:
    """Who may not take records in is told so before a byte of the form is read."""
    members.check_may(by, Permission.NOTICE_TAKE)
    answer: HttpResponse = _taken(request, by)
    return answer


@csrf_protect  # looks for the token in the form: whatever is in it has come then
def _taken(request: HttpRequest, by: Actor) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if "act" in request.POST:
            return _acted(request, by)
        if form.is_valid():
            return _given(request, by, form.cleaned_data)
    found = None if form.is_bound else statistics.open_htcds(by=by, now=clock.now())
    context = {"form": form, **_standing(found)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "statistics/htcds_import.html", context, status=status)


def _given(request: HttpRequest, by: Actor, told: dict[str, Any]) -> HttpResponse:
    try:
        statistics.upload_htcds(
            by=by,
            file=told["file"],
            now=clock.now(),
            partial=told["partial"],
            sheet=told["sheet"],
        )
    except UploadUnderWay as refused:
        messages.warning(request, str(refused))
    return redirect("statistics:htcds-import")


def _acted(request: HttpRequest, by: Actor) -> HttpResponse:
    """The good rows go in, or the file is forgotten."""
    try:
        if request.POST["act"] == "rows":
            statistics.take_htcds_rows(by=by, now=clock.now())
        elif request.POST["act"] == "forget":
            statistics.forget_htcds(by=by)
    except (WrongState, NotFound) as refused:  # pressed twice, or a day later: the page says it
        messages.warning(request, str(refused))
    return redirect("statistics:htcds-import")


_STEPS = {
    UploadState.WAITING: gettext_lazy("waiting for its turn"),
    UploadState.READING: gettext_lazy("reading the file"),
    UploadState.KEEPING: gettext_lazy("keeping the records"),
}
_STOPPED = {
    WhyStopped.BROKEN: gettext_lazy(
        "It was broken off several times. Nothing was kept. Tell who runs the node."
    ),
    WhyStopped.NOT_ALLOWED: gettext_lazy(
        "Your role did not allow it any more when it was read. Nothing was kept."
    ),
    WhyStopped.GONE: gettext_lazy(
        "The file is not here any more and can not be read. Nothing was kept. Send it again."
    ),
}


def _standing(found: OpenUpload | None) -> dict[str, Any]:
    """What the page shows of a file."""
    if found is None:
        return {"upload": None}
    told = {"upload": found, "came": members.moment_here(found.uploaded_at)}
    if found.state in WORKING:
        return {
            **told,
            "step": _STEPS[found.state],
            "steps_done": WORKING.index(found.state),
            "steps": len(WORKING),
        }
    if found.state is UploadState.STOPPED:
        return {**told, "stopped": _STOPPED[WhyStopped(found.problem)]}
    return {
        **told,
        "done": found.told if found.state is UploadState.DONE else None,
        "problems": [_row(each) for each in found.told["problems"]],
        "problems_head": [_("Sheet"), _("Row"), _("Column"), _("Value"), _("What was expected")],
        "more": found.told["more"],
        "changes": [_row(each) for each in found.told.get("changes", ())],
        "changes_head": [_("Sheet"), _("Row"), _("Column"), _("Value"), _("What it became")],
    }


def _row(each: list[Any]) -> list[str]:
    """A row of a table; what concerns a whole sheet has no row (0) and no column."""
    return [str(cell) if cell else "–" for cell in each]


@csrf_exempt  # `_taken` looks for the token, when the handler below has been put in place
def take_in(request: HttpRequest) -> HttpResponse:
    """Give a file of HTCDS 2.0 to be taken in as historical notices, and see how far that is and
    what became of it; every problem is told with its place."""
    handler = _Upload(request, begin=_Held)  # type: ignore[arg-type]
    # Something has read the form already only where no file can be in it (config/typed.py).
    with contextlib.suppress(AttributeError):
        request.upload_handlers = [handler]
    try:
        return _take_in(request)
    finally:
        handler.upload_interrupted()


class ExportForm(forms.Form):
    """The format, what of a person goes out, and who asks."""

    form = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            ("xlsx", gettext_lazy("Excel template")),
            ("xlsx-validated", gettext_lazy("Excel template with lists to choose from")),
            ("xlsx-several", gettext_lazy("Excel template with several choices in a cell")),
            ("csv", gettext_lazy("CSV")),
            ("json", gettext_lazy("JSON")),
            ("xform", gettext_lazy("Submissions of the form (XML)")),
        ],
        widget=forms.RadioSelect,
    )
    identity = forms.BooleanField(
        label=gettext_lazy("Also names, documents, numbers, addresses and organisations"),
        required=False,
    )
    told = forms.BooleanField(
        label=gettext_lazy("Also what the persons told, health and needs"), required=False
    )
    protected = forms.BooleanField(
        label=gettext_lazy("Also persons who fear a state"), required=False
    )
    without_consent = forms.BooleanField(
        label=gettext_lazy("Also persons who have not agreed to statistics"), required=False
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    app_number = forms.CharField(
        label=gettext_lazy("The number that your app shows now"),
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs = {
            "identity": Permission.IDENTITY_READ, "told": Permission.IDENTITY_READ,
            "protected": Permission.CASE_ALL, "without_consent": Permission.CASE_ALL,
        }  # fmt: skip
        for name, permission in needs.items():
            if not members.may(by, permission):
                del self.fields[name]

    def wanted(self) -> statistics.Wanted:
        """What goes out."""
        names = ("identity", "told", "protected", "without_consent")
        return statistics.Wanted(**{name: bool(self.cleaned_data.get(name)) for name in names})


@_EDIT
@_officer
def give_out(request: HttpRequest, by: Actor) -> HttpResponse:
    """Give the cases that are open to this officer out as a file of HTCDS 2.0."""
    members.check_may(by, Permission.CASE_READ)
    form = ExportForm(request.POST or None, by=by)
    found: list[HttpResponse] = []
    if request.method == "POST" and members.attempt(
        form, lambda: found.extend(_file(request, by, form))
    ):
        if found:
            return found[0]
        form.add_error(
            "app_number",
            _("Password or number is wrong, or you have no app that shows numbers."),
        )
    return members.form_page(request, form, "statistics/htcds_export.html", {})


def _file(request: HttpRequest, by: Actor, form: ExportForm) -> list[HttpResponse]:
    prove = import_string(settings.AYNI_OFFICER_PROOF)
    told = form.cleaned_data
    if not prove(request.user, password=told["password"], written=told["app_number"].strip()):
        return []
    name = told["form"]
    exported = statistics.export_htcds(by=by, now=clock.now(), wanted=form.wanted(), form=name)
    answer = HttpResponse(
        statistics.htcds_file(exported, name), content_type="application/octet-stream"
    )
    ending = statistics.htcds_ending(name)
    answer["Content-Disposition"] = f'attachment; filename="ayni-htcds-{name}.{ending}"'
    # The answer is the file itself; the next page says what is in it.
    messages.info(
        request,
        _(
            "%(records)s records went out. Left out: %(protected)s who fear a state, %(without)s "
            "who have not agreed to statistics, %(unfit)s that no format can hold."
        )
        % {
            "records": len(exported.records),
            "protected": exported.protected,
            "without": exported.without_consent,
            "unfit": len(exported.unfit),
        },
    )
    return [answer]
