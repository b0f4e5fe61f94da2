"""Who opened or changed a case: pages of the data protection officer. No name of a person here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.desk.officer import form_page, officer
from ayni.desk.verbs import in_words
from ayni.lib.errors import NotFound, Text
from ayni.members import api as members


class ReferenceForm(forms.Form):
    """Which case; its reference says nothing about the person."""

    reference = forms.CharField(label=gettext_lazy("Reference of the case"), max_length=20)


@require_http_methods(["GET", "POST"])
@officer
def find(request: HttpRequest, by: Actor) -> HttpResponse:
    """Ask for a case by its reference."""
    members.check_may(by, members.Permission.AUDIT_READ)
    form = ReferenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            known = cases.case_by_reference(by=by, reference=form.cleaned_data["reference"])
            return redirect("desk:opened-by", known)
        except NotFound:
            form.add_error("reference", _("Your institution has no case with this reference."))
    return form_page(
        request, form, title=_("Who opened a case"), button=_("Show"),
        intro=_("Everything that was read or changed is listed. Your looking is recorded too."),
    )  # fmt: skip


@require_GET
@officer
def opened_by(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Who opened or changed one case, newest first."""
    entries = cases.who_opened(by=by, case_id=case_id)
    rows = [[entry.at, *who_acted(entry), in_words(entry.verb)] for entry in entries]
    return render(request, "desk/opened_by.html", {"entries": rows})


def who_acted(entry: Any) -> tuple[Text, Text]:
    """Name and function of whoever acted; of a machine, what it is."""
    match ActorKind(entry.actor_kind):
        case ActorKind.USER:
            user = members.user(entry.actor_id)
            role = members.ROLE_NAMES[members.Role(entry.actor_role)]
            return user.display_name, f"{role}, {user.institution}" if user.institution else role
        case ActorKind.PEER:
            node = entry.actor_id
            if node == members.SECRETARIAT:
                return _("Technical secretariat"), _("Node of another member")
            return members.state(node).name, _("Node of another member")
        case ActorKind.JOB:
            return _("This node"), _("Automatic")
        case ActorKind.PERSON:
            return _("The person concerned"), ""
        case ActorKind.PUBLIC:
            return _("Somebody who wrote through the public page"), ""
