"""Of whom a person is told later: officers record it, the data protection officer confirms or ends
it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.own import api
from ayni.own.forms import GROUND_WORDS, DelayForm
from ayni.own.reading import institution_name, state_name


@require_http_methods(["GET", "POST"])
@members.officer_page()
def delays_of_case(request: HttpRequest, by: Actor, case_id: UUID) -> HttpResponse:
    """Every delay in a case, and recording one."""
    found = api.delays_of(by=by, case_id=case_id)
    grounds = api.delay_grounds(members.this_node())
    form = DelayForm(
        request.POST if request.method == "POST" else None,
        whom=_whom(by, case_id),
        grounds=[(code, _ground(code, one.longest_days)) for code, one in grounds.items()],
    )
    if request.method == "POST" and members.attempt(form, lambda: _record(by, case_id, form)):
        messages.success(request, _("Recorded. The data protection officer reads it."))
        return redirect("own:delays-of-case", case_id)
    case = cases.case_for(by=by, case_id=case_id)
    context = {"case": case, "delays": [_shown(one) for one in found]}
    return members.form_page(request, form, "own/delays_of_case.html", context)


def _record(by: Actor, case_id: UUID, form: DelayForm) -> None:
    told = form.cleaned_data
    api.delay(
        by=by, case_id=case_id, whom=told["whom"], ground=told["ground"], order=told["order"],
        until=datetime.combine(told["until"], time(23), UTC),
    )  # fmt: skip


def _whom(by: Actor, case_id: UUID) -> list[tuple[str, Text]]:
    """Institutions of this node, and those with which her data were shared; and their nodes."""
    shared = [
        *cooperation.referrals_of_case(by=by, case_id=case_id),
        *cooperation.requests_of_case(by=by, case_id=case_id),
    ]
    here = members.this_node()
    others = {row.counterpart_institution: row.counterpart_state for row in shared}
    codes = others | {row.code: here for row in members.institutions(state=here)}
    own = members.institution(by.institution).code
    found: list[tuple[str, Text]] = [
        (code, f"{institution_name(code)}, {state_name(state)}")
        for code, state in sorted(codes.items())
        if code != own
    ]
    nodes = sorted(set(others.values()) - {here})
    return found + [(api.NODE + state, _node(state)) for state in nodes]


def _node(state: str) -> str:
    return _("Every institution of %(state)s") % {"state": state_name(state)}


def _ground(code: str, days: int | None = None) -> str:
    words = str(GROUND_WORDS[code])
    if days is None:
        return words
    return words + " " + _("(at most %(n)s days)") % {"n": days}


def _shown(one: api.OpenedDelay) -> dict[str, Any]:
    whom = one.row.whom
    of_node = whom.startswith(api.NODE)
    if one.row.ended_at is not None:
        standing = _("Ended by the data protection officer")
    elif one.again and one.row.reviewed_at is None and one.row.until > clock.now():
        standing = _("Waits for the data protection officer; until then the person is told")
    elif not one.holds:
        standing = _("Over, or not confirmed within a week: the person is told")
    elif one.row.reviewed_at is None:
        standing = _("Holds for a week; not confirmed yet")
    else:
        standing = _("Holds; confirmed by the data protection officer")
    return {
        "row": one.row,
        "whom": _node(whom.removeprefix(api.NODE)) if of_node else institution_name(whom),
        "ground": _ground(one.row.ground),
        "order": one.order,
        "standing": standing,
    }


@require_GET
@members.officer_page()
def delays(request: HttpRequest, by: Actor) -> HttpResponse:
    """The delays that are not over, those that wait for a decision first."""
    found = [_shown(one) for one in api.delays_now(by=by)]
    return render(request, "own/delays.html", {"delays": found})


@require_POST
@members.officer_page()
def review(request: HttpRequest, by: Actor, delay_id: UUID) -> HttpResponse:
    """Confirm a delay, or end it."""
    keep = request.POST.get("decision") == "keep"
    api.review_delay(by=by, delay_id=delay_id, keep=keep)
    said = _("Confirmed until its day.") if keep else _("Ended. The person is told now.")
    messages.success(request, said)
    return redirect("own:delays")
