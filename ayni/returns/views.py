"""Pages of joint assessments. No address holds anything about a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.returns import api as returns
from ayni.returns import plan_lines
from ayni.returns.forms import ProposeForm, SignForm, words_of

words = returns.vocabulary
_EDIT = require_http_methods(["GET", "POST"])


def _refused(
    request: HttpRequest, refusal: Refused, about: Mapping[str, Any]
) -> HttpResponse | None:
    if isinstance(refusal, (NotAllowed, NotFound)):
        return None
    named = filter(None, map(about.get, ("case_id", "assessment_id", "plan_id")))
    audit.read(
        by=members.actor_of(request.user), verb="returns.refused", subject=next(named, ""),
        why=refusal.code,
    )  # fmt: skip
    ways = []
    if "assessment_id" in about:
        to = reverse("returns:assessment", args=[about["assessment_id"]])
        ways.append((_("Back to the assessment"), to))
    if "plan_id" in about:
        to = reverse("returns:plan", args=[about["plan_id"]])
        ways.append((_("Back to the travel plan"), to))
    if "case_id" in about:
        if isinstance(refusal, cases.ConsentMissing):
            to = reverse("desk:consent-new", args=[about["case_id"]])
            ways.append((_("Record a consent"), to))
        ways.append((_("Back to the case"), reverse("desk:case", args=[about["case_id"]])))
    context = {"reason": refusal.reason, "ways": ways}
    return render(request, "returns/refused.html", context, status=409)


officer = members.officer_page(_refused)


def conversation_of(row: returns.Assessment | returns.TravelPlan) -> str:
    """The number under which evidence of it is exported; empty where nothing left this node."""
    left = row.counterpart_state != members.this_node() and row.sent_at is not None
    return row.conversation if left else ""


def _line(row: returns.Assessment) -> list[Any]:
    return [
        {
            "text": members.institution_name(row.counterpart_institution),
            "href": reverse("returns:assessment", args=[row.id]),
        },
        members.state_name(row.counterpart_state),
        words.STANDINGS[row.standing(clock.now())][0],
        members.moment_here(row.until),
    ]


def _head() -> list[str]:
    return [_("Institution"), _("State"), _("How it stands"), _("Valid until")]


@require_GET
@officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """What waits for our signature, and journeys that are not over."""
    rows, journeys = returns.assessments_waiting(by=by), returns.plans_waiting(by=by)
    audit.read(by=by, verb="returns.open_list", subject=by.institution)
    context = {
        "head": _head(),
        "rows": [_line(row) for row in rows],
        "plan_head": plan_lines.head(),
        "plans": [plan_lines.line(row) for row in journeys],
    }
    return render(request, "returns/list.html", context)


@require_GET
@officer
def of_case(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """The assessments of one case."""
    found = returns.assessments_of_case(by=by, case_id=case_id)
    context = {
        "case_id": case_id,
        "head": _head(),
        "rows": [_line(row) for row in found.rows],
        "may_begin": bool(found.partners),
    }
    return render(request, "returns/of_case.html", context)


@_EDIT
@officer
def propose(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Propose an assessment, signed by us."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    found = returns.assessments_of_case(by=by, case_id=case_id)
    if not found.partners:
        raise returns.NotShared
    form = ProposeForm(
        request.POST if request.method == "POST" else None,
        definition=protocol.definition_for(case_id),
        partners=[
            (
                row.counterpart_institution,
                members.institution_and_state(row.counterpart_institution, row.counterpart_state),
            )
            for row in found.partners
        ],
    )
    made: list[returns.Assessment] = []
    if request.method == "POST" and members.attempt(
        form, lambda: made.append(returns.propose(by=by, case_id=case_id, **form.told()))
    ):
        sent = made[0].sent_at is not None
        messages.success(
            request,
            _("Signed and sent. The other institution signs now.")
            if sent
            else _("Written. A second officer must agree before it leaves."),
        )
        return redirect("returns:assessment", made[0].id)
    return _form(
        request, form, title=_("Assess together whether a return is safe"),
        button=_("Sign and send"), back=reverse("returns:case", args=[case_id]),
        intro=_(
            "Both institutions look at the same risks and both sign. What you choose here leaves "
            "with your signature, under the consent of the person."
        ),
    )  # fmt: skip


def _form(request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
    return members.form_page(request, form, "returns/form.html", context)


@require_GET
@officer
def assessment(request: HttpRequest, by: Actor, assessment_id: UUID) -> HttpResponse:
    """One assessment: the risks, and both signatures."""
    found = returns.open_assessment(by=by, assessment_id=assessment_id)
    row = found.row
    definition = protocol.definition_for(row.case_id)
    who, severe, likely = (words_of(definition, n) for n in ("at_risk", "severity", "likelihood"))
    level = dict(cases.vocabulary.Risk.choices)
    text, colour = words.STANDINGS[found.standing]
    theirs = members.institution_and_state(row.counterpart_institution, row.counterpart_state)
    signatures = [
        {"key": _("Your institution"), "value": _signed(row.ours, row.ours_at)},
        {"key": theirs, "value": _signed(row.theirs, row.theirs_at)},
        {"key": _("Valid until"), "value": members.moment_here(row.until)},
    ]
    if row.stopped_at:
        at = members.moment_here(row.stopped_at)
        signatures.append({"key": _("Stopped and emptied here"), "value": at})
    if found.effect is not None:
        told = cooperation.effect_told(found.effect)
        signatures.append({"key": _("What the other institution did"), "value": told})
    if found.read_there:
        signatures.append({"key": _("Who has read it there"), "value": found.read_there})
    plans, may_plan = returns.plans_of_assessment(by=by, assessment_id=assessment_id)
    context = {
        "found": found,
        "row": row,
        "plan_head": plan_lines.head(),
        "plans": [plan_lines.line(each) for each in plans],
        "may_plan": may_plan,
        "standing": text,
        "colour": colour,
        "signatures": signatures,
        "head": [_("Who is at risk"), _("How severe"), _("How likely"), _("Level of risk")],
        "items": [
            [who.get(a, a), severe.get(s, s), likely.get(b, b), str(level[c])]
            for a, s, b, c in found.items
        ],
        "draft": found.standing is returns.rules.Standing.DRAFT,
        "conversation": conversation_of(row),
    }
    return render(request, "returns/assessment.html", context)


def _signed(answer: str, at: datetime | None) -> str:
    said = str(words.ANSWERS[answer])
    return f"{said} ({members.moment_here(at)})" if at else said


@require_POST
@officer
def agree(request: HttpRequest, by: Actor, assessment_id: UUID) -> HttpResponse:
    """Agree as the second officer; it is sent."""
    returns.agree(by=by, assessment_id=assessment_id)
    messages.success(request, _("You agreed as the second officer. It was sent."))
    return redirect("returns:assessment", assessment_id)


@_EDIT
@officer
def sign(request: HttpRequest, by: Actor, assessment_id: UUID) -> HttpResponse:
    """Sign, or take a yes back."""
    returns.open_assessment(by=by, assessment_id=assessment_id)
    form = SignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and members.attempt(
        form, lambda: returns.sign(by=by, assessment_id=assessment_id, **form.cleaned_data)
    ):
        messages.success(request, _("Signed. The other institution is told."))
        return redirect("returns:assessment", assessment_id)
    return _form(
        request, form, title=_("Sign for your institution"), button=_("Sign"),
        back=reverse("returns:assessment", args=[assessment_id]),
        intro=_("You sign exactly the risks that stand on the page before, and nothing else."),
    )  # fmt: skip
