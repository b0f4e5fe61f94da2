"""Pages of common actions: the gap, what was proposed for it, and where that stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ayni.agenda import api
from ayni.agenda.action_forms import ActionForm, CourseForm, TakeBackForm
from ayni.agenda.action_kinds import gap_text
from ayni.agenda.actions import MOVES
from ayni.agenda.views import instead_text, passed_over
from ayni.agenda.wording import (
    ACTION_COLOURS,
    ACTION_STATUSES,
    MATTERS,
    NAMED,
    codes_text,
    day_text,
    state_text,
)
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members

Row = dict[str, Any]
_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])


def followed_gaps(by: Actor, gaps: Iterable[tuple[str, str, str]]) -> dict[Any, tuple[str, str]]:
    """For the page of the common ground: (crime, state, state) of each gap -> what can be done
    there, or where its proposal stands, and the address. Named in `config/wiring.GAPS_FOLLOWED`."""
    found = api.action_proposals(api.presidencies())
    may = api.can_propose(by=by)
    told = {}
    for matter, a, b in gaps:
        gap = api.Gap(matter, a, b)
        rows = found.get(gap, [])
        if rows:
            words = _("Common action: %(status)s") % {"status": ACTION_STATUSES[rows[0].status]}
        else:
            words = _("Propose a common action") if may else _("No common action is proposed")
        told[matter, a, b] = (words, reverse("agenda:action", args=[gap.key]))
    return told


@require_GET
@_officer
def actions(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every common action that was proposed, by gap."""
    del by  # every officer sees them
    rows = [
        {"gap": gap_text(gap), "key": gap.key, **_shown(found[0])}
        for gap, found in api.action_proposals(api.presidencies()).items()
    ]
    return render(request, "agenda/actions.html", {"rows": rows})


def _shown(found: api.Action) -> Row:
    return {
        "title": found.title,
        "why": found.why,
        "owner": state_text(found.owner),
        "at": day_text(found.at.date()),
        "status": ACTION_STATUSES[found.status],
        "colour": ACTION_COLOURS[found.status],
        "carriers": codes_text(found.carriers),
        "meeting": found.meeting,
        "decision": found.decision,
        "reason": found.reason,
        "number": found.number,
        "digest": gazette.in_groups(found.digest),
        "named": NAMED[found.named],
    }


@require_GET
@_officer
def action(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """One gap: what it is, who could carry an action, what was proposed and where it stands."""
    gap, today, known = api.gap(key), clock.now().date(), api.presidencies()
    found = api.proposals_for(gap, known)
    first = found[0] if found else None
    bridges = api.carriers(today)
    is_gap = api.is_gap(gap, today)
    closed = api.in_the_way(found) is not None
    own = first is not None and first.owner == members.this_node()
    context = {
        "gap": gap_text(gap),
        "key": gap.key,
        "is_gap": is_gap,
        "bridges": codes_text(bridges),
        "between": f"{reverse('norms:pair')}?requesting={gap.a}&requested={gap.b}"
        f"&crime={gap.matter}",
        "first": _shown(first) if first else None,
        "others": [_shown(each) for each in found[1:]],
        "instead": instead_text(first.stands) if first else "",
        "passed_over": passed_over(*(each.stands for each in found)),
        "proposes": is_gap and not closed and api.can_propose(by=by),
        "takes_back": own and first is not None and first.is_open and api.can_propose(by=by),
        "says": first is not None and bool(MOVES[first.status]) and api.can_write(by=by),
    }
    return render(request, "agenda/action.html", context)


def _back(gap: api.Gap) -> Row:
    return {"back": reverse("agenda:action", args=[gap.key]), "back_text": gap_text(gap)}


@_EDIT
@_officer
def propose(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Propose a common action for a gap; the form is filled in."""
    gap, today = api.gap(key), clock.now().date()
    bridges = api.carriers(today)
    told = {"gap": gap_text(gap), "matter": MATTERS[gap.matter]}
    initial = {
        "title": _("A common action of the Andean Community and Mercosur. %(gap)s") % told,
        "why": _("%(gap)s. No instrument about this crime is known to be in force for both states.")
        % told,
        "carriers": bridges,
        "seen": api.own_version(gap),
    }
    form = ActionForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, int, str]:
            rows = api.proposals_for(gap, api.presidencies())
            return "seen", api.own_version(gap), rows[0].title if rows else ""

        try:
            done, words = write(
                request, form,
                lambda: api.propose_action(by=by, gap=gap, day=today, **form.told()), now,
                _("Proposed to both blocs. Every member is told."), through=(api.AlreadyProposed,),
            )  # fmt: skip
        except api.AlreadyProposed as refusal:
            form.add_error(None, str(refusal.reason))
            there = api.in_the_way(api.proposals_for(gap, api.presidencies()))
            done, words = False, _named(there) if there else ""
        if done:
            return redirect("agenda:action", gap.key)
    return page(
        request, form, title=_("Propose a common action"), button=_("Propose and publish"),
        stands=words, intro=gap_text(gap), **_back(gap),
    )  # fmt: skip


@_EDIT
@_officer
def take_back(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Take the own proposal back."""
    gap = api.gap(key)
    form = TakeBackForm(sent(request), initial={"seen": api.own_version(gap)})
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, int, str]:
            return "seen", api.own_version(gap), ""

        done, words = write(
            request, form, lambda: api.withdraw_action(by=by, gap=gap, **form.told()), now,
            _("Taken back. All member states are told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:action", gap.key)
    return page(
        request, form, title=_("Take the proposal back"), button=_("Take back and publish"),
        stands=words, intro=gap_text(gap), **_back(gap),
    )  # fmt: skip


def _ref(found: api.Action) -> str:
    return f"{found.owner}:{found.number}"


def _named(found: api.Action) -> str:
    return f"{state_text(found.owner)}: {found.title}"


@_EDIT
@_officer
def course(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Say for the platform what becomes of the proposal that is followed."""
    gap, known = api.gap(key), api.presidencies()
    found = api.proposals_for(gap, known)
    if not found:
        return redirect("agenda:action", gap.key)
    first = found[0]
    form = CourseForm(
        sent(request), status=first.status, meetings=api.all_meetings(known),
        initial={"after": first.stands.ref, "number": _ref(first), "meeting": first.meeting},
    )  # fmt: skip
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            latest = api.proposals_for(gap, api.presidencies())[0]
            status = ACTION_STATUSES[latest.status]
            return "after", latest.stands.ref, f"{status}. {_named(latest)}"

        done, words = write(
            request, form,
            lambda: api.say_of_action(by=by, gap=gap, **form.told()), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:action", gap.key)
        if words:  # it was changed meanwhile: the next answer is about what is shown now
            latest, seen = api.proposals_for(gap, api.presidencies())[0], request.POST.copy()
            seen["after"], seen["number"] = latest.stands.ref, _ref(latest)
            form.data = seen
    return page(
        request, form, title=_("What becomes of the proposal"), button=_("Record and publish"),
        stands=words, closed=closed_text(by), intro=first.title, **_back(gap),
    )  # fmt: skip
