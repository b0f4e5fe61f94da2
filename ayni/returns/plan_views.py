"""Pages of travel plans, for the side that sends and the side that receives. No address holds
anything about a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns import plan_words as words
from ayni.returns.plan_forms import ArrivalForm, MomentForm, PlanForm, ReplyForm, StopForm
from ayni.returns.views import conversation_of, officer

plans = returns.plans
_EDIT = require_http_methods(["GET", "POST"])


def _form(
    request: HttpRequest, form: Any, *, template: str = "returns/form.html", **context: Any
) -> HttpResponse:
    return members.form_page(request, form, template, context)


@_EDIT
@officer
def write(request: HttpRequest, by: Actor, assessment_id: UUID) -> HttpResponse:
    """Write a plan, or change the one that was sent."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    returns.open_assessment(by=by, assessment_id=assessment_id)
    rows, may = returns.plans_of_assessment(by=by, assessment_id=assessment_id)
    if not may:
        raise returns.NotBothYes if not rows else WrongState
    before = returns.travel_of(rows[0]) if rows else {}
    form = PlanForm(request.POST if request.method == "POST" else None, before=before)
    made: list[returns.TravelPlan] = []
    if request.method == "POST" and members.attempt(
        form,
        lambda: made.append(returns.write_plan(by=by, assessment_id=assessment_id, **form.told())),
    ):
        sent = made[0].sent_at is not None
        messages.success(
            request,
            _("Sent. The other institution answers now.")
            if sent
            else _("Written. A second officer must agree before it leaves."),
        )
        return redirect("returns:plan", made[0].id)
    return _form(
        request, form, title=_("Change the travel plan") if rows else _("Write a travel plan"),
        button=_("Send the plan"), back=reverse("returns:assessment", args=[assessment_id]),
        intro=_(
            "It leaves under the consent of the person, to the institution that receives her or "
            "him and to nobody else. A changed plan must be accepted again."
        ),
    )  # fmt: skip


@require_GET
@officer
def plan(request: HttpRequest, by: Actor, plan_id: UUID) -> HttpResponse:
    """One version of a plan, what became of it, and what can be done."""
    found = returns.open_plan(by=by, plan_id=plan_id)
    row = found.row
    moment = members.moments(by=by)
    text, colour = words.STANDINGS[found.standing]
    theirs = members.institution_and_state(row.counterpart_institution, row.counterpart_state)
    context = {
        "found": found,
        "row": row,
        "standing": text,
        "colour": colour,
        "travel": words.rows(found.travel, moment),
        "became": _became(found, moment, theirs),
        "draft": found.standing is plans.Standing.DRAFT,
        "missing": found.standing is plans.Standing.MISSING,
        "unconfirmed": found.standing is plans.Standing.UNCONFIRMED,
        "conversation": conversation_of(row),
    }
    return render(request, "returns/plan.html", context)


def _became(found: returns.OpenedPlan, moment: Any, theirs: str) -> list[dict[str, str]]:
    row = found.row
    label = _("To") if row.direction == "out" else _("From whom")
    told = [(label, theirs), (_("When it was sent"), moment(row.sent_at))]
    told.append((_("Who has read it there"), found.read_there))
    if row.reply:
        said = str(words.REPLIES[row.reply])
        if row.change:
            said += ": " + "; ".join(str(words.CHANGES.get(c, c)) for c in row.change)
        told.append((_("Answer"), f"{said}. {moment(row.replied_at)}"))
    told.append((_("Boarded"), moment(row.boarded_at)))
    if row.arrival:
        said = str(words.ARRIVALS[row.arrival])
        told.append((_("Arrival"), f"{said}. {moment(row.arrival_at)}"))
        told.append((_("Told by"), words.role_name(row.arrival_role)))
    if row.condition:
        told.append((_("How"), str(words.CONDITIONS.get(row.condition, row.condition))))
    told.append((_("Note of your institution"), found.note))
    if row.why_stopped:
        said = str(words.WHY[row.why_stopped])
        told.append((_("Stopped because"), f"{said}. {moment(row.stopped_at)}"))
    if found.effect is not None:
        did = cooperation.effect_told(found.effect)
        told.append((_("What the other institution did"), did))
    told.append((_("Kept until"), "" if row.emptied_at else moment(row.kept_until)))
    return [{"key": key, "value": value} for key, value in told if value]


@require_POST
@officer
def agree(request: HttpRequest, by: Actor, plan_id: UUID) -> HttpResponse:
    """Agree as the second officer; it is sent."""
    returns.agree_plan(by=by, plan_id=plan_id)
    messages.success(request, _("You agreed as the second officer. It was sent."))
    return redirect("returns:plan", plan_id)


def _act(
    request: HttpRequest, by: Actor, plan_id: UUID, form: Any, verb: Any, done: str, **page: Any
) -> HttpResponse:
    """One form about one plan: what it says stands above it."""
    found = returns.open_plan(by=by, plan_id=plan_id)
    if request.method == "POST" and members.attempt(
        form, lambda: verb(by=by, plan_id=plan_id, **form.cleaned_data)
    ):
        messages.success(request, done)
        return redirect("returns:plan", plan_id)
    back = reverse("returns:plan", args=[plan_id])
    travel = words.rows(found.travel, members.moments(by=by))
    return _form(request, form, template="returns/plan_form.html", back=back, travel=travel, **page)


@_EDIT
@officer
def answer(request: HttpRequest, by: Actor, plan_id: UUID) -> HttpResponse:
    """Accept, or ask for a change."""
    form = ReplyForm(request.POST if request.method == "POST" else None)
    return _act(
        request, by, plan_id, form, returns.answer_plan, _("Answered. The others are told."),
        title=_("Answer the travel plan"), button=_("Answer the plan"),
        intro=_("With your yes, your institution waits for her or him at that time and place."),
    )  # fmt: skip


@_EDIT
@officer
def boarded(request: HttpRequest, by: Actor, plan_id: UUID) -> HttpResponse:
    """Tell that she has boarded."""
    form = MomentForm(request.POST if request.method == "POST" else None)
    return _act(
        request, by, plan_id, form, returns.tell_boarded, _("Told: she or he is on the way."),
        title=_("Tell that she or he has boarded"), button=_("Tell"),
        intro=_("Whoever receives her or him is told at once."),
    )  # fmt: skip


@_EDIT
@officer
def arrival(request: HttpRequest, by: Actor, plan_id: UUID) -> HttpResponse:
    """Acknowledge the arrival, or report that she did not arrive."""
    form = ArrivalForm(request.POST if request.method == "POST" else None)
    return _act(
        request, by, plan_id, form, returns.tell_arrival, _("Told. The others know."),
        title=_("Did she or he arrive?"), button=_("Tell"),
        intro=_(
            "If she or he did not arrive, both institutions see an alarm and assess the risk anew."
        ),
    )  # fmt: skip


@_EDIT
@officer
def stop(request: HttpRequest, by: Actor, plan_id: UUID) -> HttpResponse:
    """Stop a plan, or throw a draft away."""
    form = StopForm(request.POST if request.method == "POST" else None)
    return _act(
        request, by, plan_id, form, returns.stop_plan, _("Stopped."),
        title=_("Stop the travel plan"), button=_("Stop the plan"),
        intro=_("Whoever has it is told, and its software empties it."),
    )  # fmt: skip
