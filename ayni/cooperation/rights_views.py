"""What persons ask about their own data: the list with its clock, one request and its answer, and
asking for a person who does not do it herself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import effect_views, effect_words
from ayni.cooperation.forms import AnswerRightForm, RightForm
from ayni.cooperation.pages import (
    attempt,
    form_page,
    institution_name,
    moments,
    officer,
    state_name,
)
from ayni.members import api as members

words = cooperation.vocabulary
_EDIT = require_http_methods(["GET", "POST"])


@require_GET
@officer
def rights(request: HttpRequest, by: Actor) -> HttpResponse:
    """What waits for an answer of my institution, the nearest time first."""
    found = cooperation.rights_waiting(by=by)
    audit.read(by=by, verb="cooperation.open_list", subject=by.institution, list="rights")
    moment = moments(by)
    rows = [
        [
            {
                "text": row.get_right_display(),
                "href": reverse("cooperation:right", args=[row.id]),
            },
            {"text": row.case.reference if row.case else "–", "label": _("Case")},
            {"text": moment(row.asked_at), "label": _("Asked")},
            {"text": _due(row, moment(row.due_at)), "label": _("Answer due")},
        ]
        for row in found
    ]
    head = [_("What is asked"), _("Case"), _("Asked"), _("Answer due")]
    context = {
        "head": head,
        "rows": rows,
        "effects_head": effect_views.head(),
        "effects": effect_views.waiting(by),
        "half": effect_views.half(by),
    }
    return render(request, "cooperation/rights.html", context)


def _due(row: cooperation.RightsRequest, by_when: str) -> str:
    return _("%(moment)s – late") % {"moment": by_when} if row.late else by_when


@_EDIT
@officer
def right(request: HttpRequest, by: Actor, right_id: UUID) -> HttpResponse:
    """One request with the person's words and the answers of the others; and answering it."""
    found = cooperation.open_right(by=by, request_id=right_id)
    form = AnswerRightForm(request.POST if request.method == "POST" else None)
    if found.row.direction == "in":
        del form.fields["answer"]
    if request.method == "POST" and attempt(
        form, lambda: cooperation.answer_right(by=by, request_id=right_id, **form.cleaned_data)
    ):
        messages.success(request, _("Answered. The answer stands on her or his own page."))
        return redirect("cooperation:right", right_id)
    context = {
        "one": _shown(found, by),
        "open": found.row.answered_at is None,
        "may_case": members.may(by, members.Permission.CASE_READ),
    }
    return members.form_page(request, form, "cooperation/right.html", context)


def _shown(found: cooperation.OpenedRight, by: Actor) -> dict[str, Any]:
    """One request in words."""
    row, moment = found.row, moments(by)
    fields = [str(label) for name, (_at, label) in cases.DISCLOSABLE.items() if name in row.fields]
    told = [
        (_("Case"), row.case.reference if row.case else _("No case was opened for it here")),
        (_("Asked"), f"{moment(row.asked_at)}, {_asked_by(row)}"),
        (_("Which data"), ", ".join(fields)),
        (_("In her or his own words"), found.asked),
        (_("Answer due"), "" if row.answered_at else _due(row, moment(row.due_at))),
        (_("Answered"), moment(row.answered_at)),
        (_("Answer"), _answer_words(row)),
        (_("What the person reads"), found.answer),
    ]
    return {
        "row": row,
        "title": row.get_right_display(),
        "rows": [{"key": key, "value": value} for key, value in told if value],
        "others": [_other(copy, moment(copy.due_at)) for copy in found.copies],
    }


def _asked_by(row: cooperation.RightsRequest) -> str:
    by = {
        "person": _("by herself or himself, on the own page"),
        "user": _("written down by an officer"),
    }
    return by.get(row.asked_by, _("passed on by another institution"))


def _answer_words(row: cooperation.RightsRequest | cooperation.RightsCopy) -> str:
    if row.answered_at is None:
        return ""
    decision = words.RightDecision(row.decision).label
    return f"{decision}: {words.RightReason(row.reason).label}"


def _other(copy: cooperation.RightsCopy, due: str) -> dict[str, str]:
    name = institution_name(copy.counterpart_institution)
    if copy.answered_at is not None:
        how = _answer_words(copy)
    elif copy.by_letter:
        how = _("It is reached by letter only: write to it, and tell the person what it answers.")
    elif due:
        how = _("Answers by %(due)s") % {"due": due}
    else:
        how = _("Told; it has not said yet until when it answers")
    return {"key": f"{name}, {state_name(copy.counterpart_state)}", "value": how}


@require_GET
@officer
def rights_of_case(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """What the person of one case asked, with the answers of all who hold the data."""
    found = cooperation.rights_of_case(by=by, case_id=case_id)
    context = {
        "case_id": case_id,
        "asked": [_shown(one, by) for one in found],
        "effects": [
            effect_words.outcome(row) for row in cooperation.effects_of_case(by=by, case_id=case_id)
        ],
        "may_case": members.may(by, members.Permission.CASE_READ),
    }
    return render(request, "cooperation/rights_of_case.html", context)


@_EDIT
@officer
def right_new(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Write down what the person asks about her data."""
    cooperation.rights_of_case(by=by, case_id=case_id)
    back = reverse("cooperation:rights-of-case", args=[case_id])
    form = RightForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and attempt(
        form, lambda: cooperation.ask_right(by=by, case_id=case_id, **form.told())
    ):
        messages.success(
            request, _("Written down. All others to whom the data were given are told as well.")
        )
        return redirect(back)
    return form_page(
        request, form, title=_("She or he asks about the own data"), button=_("Write it down"),
        back=back,
        intro=_(
            "Your institution answers, and so does each other one that has the data. A state from "
            "which the person is protected is told nothing."
        ),
    )  # fmt: skip
