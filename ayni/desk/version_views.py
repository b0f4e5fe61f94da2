"""Which version of the protocol a case follows, with the national limits; moving it to another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.desk.officer import officer
from ayni.desk.shown import language
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.protocol import api as protocol

_EDIT = require_http_methods(["GET", "POST"])
Row = dict[str, Any]


class MoveForm(forms.Form):
    """Which state of the case the officer saw."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def followed_row(case: cases.Case) -> Row:
    """What a case follows, for its pages."""
    found = protocol.followed(case.id)
    definition = found.definition
    return {
        "title": f"{definition.title.in_language(language())}, {definition.version}",
        "href": reverse("protocol:version", args=[definition.key, definition.version]),
        "adopted": _adopted(found),
        "stricter": [
            {
                "step": f"{each.step.id} {each.step.title.in_language(language())}",
                "words": protocol.national_words(each.rule),
            }
            for each in found.stricter
        ],
        "reservations": [
            (definition.steps[each.step].title.in_language(language()) if each.step else "", each)
            for each in found.reservations
            if not each.step or each.step in definition.steps
        ],
        "latest": found.latest,
    }


def _adopted(found: protocol.Followed) -> str:
    if found.adopted_on is None:
        return _("Reference text: the state had adopted no version when the case was opened.")
    state = members.states().get(found.state)
    words = {
        "state": found.state if state is None else state.name,
        "day": date_format(found.adopted_on, "DATE_FORMAT"),
        "act": found.act,
    }
    return _("Adopted by %(state)s from %(day)s on: %(act)s.") % words


@_EDIT
@officer
def move(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Move an open case to what the state has adopted since, if it has a next step there."""
    case = cases.open_form(by=by, case_id=case_id, form="move")
    refusal = ""
    form = MoveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cases.move_case(by=by, case_id=case_id, version=form.cleaned_data["version"])
        except (NotAllowed, NotFound):
            raise
        except cases.Conflict:
            refusal = _("Somebody else changed this case meanwhile. Look again.")
        except Refused as refused:
            refusal = str(refused.reason)
        else:
            messages.success(request, _("The case follows the other version from now on."))
            return redirect("desk:case", case_id)
    target, why = _target(case)
    context = {
        "case": case,
        "now": followed_row(case),
        "target": target,
        "refusal": refusal or why,
        "back": reverse("desk:case", args=[case_id]),
    }
    return render(request, "desk/move.html", context, status=422 if refusal else 200)


def refusal_words(case: cases.Case, refused: Refused) -> str:
    """Why a case cannot be moved, with the steps that would be lost."""
    if not isinstance(refused, protocol.WithoutNextStep):
        return str(refused.reason)
    steps = protocol.definition_for(case.id).steps
    named = [f"{s} {steps[s].title.in_language(language())}" for s in refused.steps]
    told = _("It is not there: %(steps)s.") % {"steps": ", ".join(named)} if named else ""
    return f"{refused.reason} {told}".strip()


def _target(case: cases.Case) -> tuple[Row | None, str]:
    """To which version the case can be moved; or why it cannot."""
    facts = cases.protocol_facts(case)
    try:
        held = protocol.check_movable(subject=case.id, facts=facts)
    except Refused as refused:
        return None, refusal_words(case, refused)
    there, here = protocol.definition(held.key, held.version), protocol.definition_for(case.id)
    compare = f"?old={here.key}:{here.version}&new={there.key}:{there.version}"
    return {
        "title": f"{there.title.in_language(language())}, {there.version}",
        "compare": reverse("protocol:compare") + compare,
        "other_text": (here.key, here.version) != (there.key, there.version),
        "act": held.act,
    }, ""
