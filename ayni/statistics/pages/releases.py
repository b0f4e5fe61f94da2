"""Pages of the office of statistics: releases from the proposal to the publication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.lib.errors import NotFound, Refused
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import release_declared as declared
from ayni.statistics import release_words as words
from ayni.statistics.api import Choice, Declared, Release, ReleaseAct, ReleaseFile, ReleaseState
from ayni.statistics.disclosure.findings import Check, Weight
from ayni.statistics.disclosure.rounding import Margins
from ayni.statistics.disclosure.suppressing import Full, Zeros
from ayni.statistics.pages import published_tables
from ayni.statistics.pages.filters import Wrong
from ayni.statistics.pages.release_forms import (
    HowForm,
    ReviewForm,
    TablesForm,
    WhatForm,
    choice_code,
    offered,
)
from ayni.statistics.releasing.errors import CannotCorrect
from ayni.statistics.releasing.reasons import why_corrected, why_withdrawn
from ayni.statistics.releasing.states import PHASE_WORDS, Phase
from ayni.statistics.releasing.tables import TaskKind

_COLOURS = {
    ReleaseState.PROPOSED: "grey",
    ReleaseState.CHECKED: "yellow",
    ReleaseState.REFUSED: "red",
    ReleaseState.SENT_BACK: "orange",
    ReleaseState.ACCEPTED: "blue",
    ReleaseState.PUBLISHING: "teal",
    ReleaseState.PUBLISHED: "green",
    ReleaseState.REPLACED: "grey",
    ReleaseState.WITHDRAWN: "red",
    ReleaseState.DISCARDED: "grey",
}
_OF_THE_MACHINE = (
    ReleaseAct.ALLOW, ReleaseAct.REFUSE, ReleaseAct.REPLACE, ReleaseAct.PUBLISH, ReleaseAct.STOP,
)  # fmt: skip
_SHOWN = 100  # findings on a page
_EDIT = require_http_methods(["GET", "POST"])


def _refused(request: HttpRequest, refusal: Refused, kwargs: Any) -> HttpResponse | None:
    if refusal.code == "unknown_release":
        raise Http404
    release = kwargs.get("release")
    context = {
        "errors": [Wrong(str(refusal), "#back")],
        "back": reverse("statistics:release", args=[release])
        if release
        else reverse("statistics:releases"),
    }
    return render(request, "statistics/release_refused.html", context, status=409)


officer = members.officer_page(_refused)


@require_GET
@officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every release of this node."""
    rows = [
        [
            {"text": words.title(row), "href": reverse("statistics:release", args=[row.id])},
            str(words.METHODS[statistics.Method(row.method)]),
            words.state(row),
            members.moment_here(row.proposed_at),
        ]
        for row in statistics.releases(by=by)
    ]
    head = [_("Figures"), _("Method"), _("How it stands"), _("Proposed on")]
    return render(request, "statistics/releases.html", {"rows": rows, "head": head})


@require_GET
@officer
def propose(request: HttpRequest, by: Actor) -> HttpResponse:
    """First: of whom the figures are."""
    choices = offered(statistics.choices(by=by))
    form = WhatForm(request.GET if "of" in request.GET or "go" in request.GET else None,
                    choices=choices)  # fmt: skip
    if form.is_valid():
        address = reverse("statistics:release-propose-tables")
        return redirect(f"{address}?{urlencode({'of': form.cleaned_data['of']})}")
    return render(request, "statistics/release_what.html", {"form": form, "any": bool(choices)})


@require_GET
@officer
def propose_tables(request: HttpRequest, by: Actor) -> HttpResponse:
    """Second: which tables, of which years."""
    of = request.GET.get("of", "")
    found, corrected = _begun(request, by)
    if found is None:
        return redirect("statistics:release-propose")
    choice, _holder = found
    form = TablesForm(
        request.GET if "go" in request.GET else None, choice=choice, initial=_as_before(corrected)
    )
    if form.is_valid():
        told = form.cleaned_data
        query: list[tuple[str, Any]] = [("of", of), *(("table", each) for each in told["table"])]
        query += [(name, told[name]) for name in ("first", "last") if told.get(name) is not None]
        query += [("per_year", "on")] if told.get("per_year") else []
        query += _carried(request, corrected)
        return redirect(f"{reverse('statistics:release-propose-how')}?{urlencode(query)}")
    context = {
        "form": form,
        "of": of,
        "name": words.name(choice.population.names),
        "corrects": _said_of(corrected, request.GET.get("why", "")),
    }
    return render(request, "statistics/release_tables.html", context)


@_EDIT
@officer
def propose_how(request: HttpRequest, by: Actor) -> HttpResponse:
    """Third: how small numbers are protected; then it is proposed."""
    of = request.GET.get("of", "")
    found, corrected = _begun(request, by)
    if found is None:
        return redirect("statistics:release-propose")
    choice, holder = found
    asked = TablesForm(request.GET, choice=choice)
    if not asked.is_valid():
        address = reverse("statistics:release-propose-tables")
        return redirect(f"{address}?{urlencode([('of', of), *_carried(request, corrected)])}")
    why = request.GET.get("why", "")
    form = HowForm(
        request.POST if request.method == "POST" else None, initial=_as_before(corrected)
    )
    wrong: list[Wrong] = []
    if request.method == "POST" and form.is_valid():
        try:
            row = _propose(
                by, choice, holder, asked.cleaned_data, form.cleaned_data, corrected, why
            )
        except statistics.ProposalRefused as refused:
            wrong = [Wrong(each, "#form") for each in refused.problems]
        else:
            messages.success(request, _("Proposed. The machine looks at it now."))
            return redirect("statistics:release", release=row.id)
    context = {
        "form": form,
        "wrong": wrong,
        "name": words.name(choice.population.names),
        "corrects": _said_of(corrected, why),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "statistics/release_how.html", context, status=status)


def _propose(
    by: Actor,
    choice: Choice,
    holder: str,
    asked: dict[str, Any],
    told: dict[str, Any],
    corrected: Release | None,
    why: str,
) -> Release:
    years = (asked["first"], asked["last"]) if asked.get("first") else None
    told_of = Declared(
        method=statistics.Method(told["method"]),
        tables=tuple(tuple(each.split(",")) for each in asked["table"]),
        years=years,
        per_year=bool(asked.get("per_year")),
        threshold=told["threshold"],
        zeros=Zeros(told["zeros"]),
        full=Full(told["full"]),
        base=told["base"],
        margins=Margins(told["margins"]),
    )
    return statistics.propose_release(
        by=by,
        source=choice.source,
        population=choice.population.code,
        digest=choice.digest,
        holder=holder,
        declared=told_of,
        corrects=None if corrected is None else corrected.id,
        reason="" if corrected is None else why,
    )


def _begun(request: HttpRequest, by: Actor) -> tuple[tuple[Choice, str] | None, Release | None]:
    """Of whom the figures are (None: of nothing that is offered), and what they are to come in the
    place of (None: of nothing). A correction is never turned into a release of its own: raises
    `CannotCorrect` where what it corrects, or whose figures it is of, is not there any more."""
    found, corrected = _choice(by, request.GET.get("of", "")), None
    if "corrects" in request.GET:
        corrected = _corrected(request.GET["corrects"], by)
        if found is None:
            raise CannotCorrect
    return found, corrected


def _corrected(wanted: str, by: Actor) -> Release:
    for row in statistics.releases(by=by):
        if str(row.id) == wanted and statistics.can_correct(by=by, release=row):
            return row
    raise CannotCorrect


def _carried(request: HttpRequest, corrected: Release | None) -> list[tuple[str, Any]]:
    """What is corrected, and why, for the address of the next page."""
    if corrected is None:
        return []
    return [("corrects", corrected.id), ("why", request.GET.get("why", ""))]


def _as_before(corrected: Release | None) -> dict[str, Any]:
    """What a form begins with: what was declared the first time."""
    if corrected is None:
        return {}
    told = corrected.declared
    first, last = told["years"] or (None, None)
    return {
        "table": [",".join(each) for each in told["tables"]],
        "first": first,
        "last": last,
        "per_year": told["per_year"],
        "method": told["method"],
        **{name: told[name] for name in ("threshold", "zeros", "full", "base", "margins")},
    }


def _said_of(corrected: Release | None, why: str) -> dict[str, Any] | None:
    """What is corrected, and why, for a page."""
    if corrected is None:
        return None
    return {
        "id": corrected.id,
        "code": why,
        "text": f"{words.title(corrected)}, {members.moment_here(corrected.published_at)}",
        "href": reverse("statistics:release", args=[corrected.id]),
        "why": why_corrected(why),
    }


def _choice(by: Actor, of: str) -> tuple[Choice, str] | None:
    """What an address asks for; None for what is not offered."""
    for each in statistics.choices(by=by):
        for holder in each.holders or ("",):
            if choice_code(each, holder) == of:
                return each, holder
    return None


@require_GET
@officer
def release(request: HttpRequest, by: Actor, release: UUID) -> HttpResponse:
    """One release: how it stands, what the machine found, what would be published."""
    found = statistics.open_release(by=by, release_id=release)
    row = found.release
    context = {
        **_everything(found),
        "row": row,
        "title": words.title(row),
        "state": words.state(row),
        "colour": _COLOURS[ReleaseState(row.state)],
        "facts": _facts(row),
        "phase": PHASE_WORDS[Phase(row.phase)],
        "steps": list(Phase).index(Phase(row.phase)),
        "of_steps": len(Phase) - 1,
        "reviews": [
            {
                "who": _who(each.by),
                "when": members.moment_here(each.at),
                "what": (
                    pgettext("of a release", "Accepted")
                    if each.decision == "accept"
                    else _("Sent back")
                ),
                "reasons": each.reasons,
            }
            for each in found.reviews
        ],
        "may": {
            act.value: statistics.can_act(by=by, release=row, act=act)
            for act in ReleaseAct
            if act not in _OF_THE_MACHINE
        }
        | {"correct": statistics.can_correct(by=by, release=row)},
        "own": by.id == str(row.proposed_by),
        "pending": row.state in (ReleaseState.CHECKED, ReleaseState.ACCEPTED),
        "public": _public(row),
        "tasks": [_task(found, kind) for kind in found.tasks],
        "shown": None,
    }
    if found.content is not None:
        context["shown"] = published_tables.preview(
            found.content, row.method, request.GET.get("table", ""), request.GET.get("part", "")
        )
    return render(request, "statistics/release.html", context)


def _everything(found: ReleaseFile) -> dict[str, Any]:
    """All that is accepted: what is declared, what it cost, what stands aside, what the machine
    looked at and found."""
    rows = declared.declaration(found.release)
    if found.counts_mark:
        rows.append((_("Mark of the counts: the same while they are the same"), found.counts_mark))
    return {
        "declared": declared.as_items(rows),
        "corrects": _said_of(found.release.corrects, found.release.reason),
        "changes_head": [_("What"), _("Before"), _("Now")],
        "changes": [list(each) for each in declared.changes(found.release)],
        "cost": declared.as_items(declared.cost(found.charge)),
        "aside": declared.as_items(declared.set_aside(found)),
        "beside": [
            {
                "text": _seen(each),
                "href": reverse("statistics:release", args=[each.id]),
            }
            for each in found.beside
        ],
        "findings": _findings(found),
        "checked": [
            str(words.CHECKS[Check(each)]) for each in (found.verdict or {}).get("checked", ())
        ],
    }


def _seen(row: Release) -> str:
    if row.published_at is None:
        told = {"what": words.title(row)}
        return _("%(what)s (sent to the other nodes, not published)") % told
    return f"{words.title(row)}, {members.moment_here(row.published_at)}"


def _facts(row: Release) -> list[dict[str, str]]:
    told = [
        (_("Proposed by"), f"{_who(row.proposed_by)}, {members.moment_here(row.proposed_at)}"),
    ]
    if row.published_at is not None and row.published_by is not None:
        said = f"{_who(row.published_by)}, {members.moment_here(row.published_at)}"
        told.append((_("Published by"), said))
    if row.withdrawn_at is not None and row.withdrawn_by is not None:
        said = f"{_who(row.withdrawn_by)}, {members.moment_here(row.withdrawn_at)}"
        told.append((_("Withdrawn by"), said))
    if row.withdrawn_for:
        told.append((_("Why it was withdrawn"), why_withdrawn(row.withdrawn_for)))
    if row.sha256:
        told.append((_("Hash (SHA-256)"), row.sha256))
    return [{"key": key, "value": value} for key, value in told]


def _who(user: UUID) -> str:
    try:
        return str(members.user(user).display_name)
    except NotFound:
        return _("Somebody who is no longer here")


def _public(row: Release) -> str:
    if row.state != ReleaseState.PUBLISHED:
        return ""
    return reverse("statistics:published-start")


def _task(found: ReleaseFile, kind: str) -> dict[str, Any]:
    """What a job does or has done with a release, for a page."""
    task, row = found.tasks[kind], found.release
    publishes = kind == TaskKind.PUBLISH
    told: dict[str, Any] = {"runs": task.ended_at is None, "done": task.done, "steps": task.steps}
    told["label"] = _("Publishing") if publishes else _("Making it again from its inputs")
    if told["runs"] or (publishes and not task.problem):
        return told
    if task.problem:
        why = words.problem(task.problem)
        told["wrong"] = (_("It was not published: %(why)s") if publishes
                         else _("It was not made again: %(why)s")) % {"why": why}  # fmt: skip
    elif task.sha256 == row.sha256 and task.differs is not None and task.differs < 0:
        told["right"] = _("Made again from its inputs: the same, byte by byte.")
    else:
        told["wrong"] = _(
            "Made again from its inputs: NOT the same from byte %(byte)s on. Tell who runs the "
            "node."
        ) % {"byte": number_format(task.differs or 0)}
    told["at"] = members.moment_here(task.ended_at)
    return told


def _findings(found: ReleaseFile) -> dict[str, Any]:
    every = words.findings(found)
    return {
        "refuse": [words.said(each) for each in every if each.weight is Weight.REFUSES][:_SHOWN],
        "tell": [words.said(each) for each in every if each.weight is Weight.TELLS][:_SHOWN],
        "more": max(0, len(every) - _SHOWN),
    }


@_EDIT
@officer
def review(request: HttpRequest, by: Actor, release: UUID) -> HttpResponse:
    """A second person decides, with reasons."""
    found = statistics.open_release(by=by, release_id=release)
    row = found.release
    initial = {"sha256": row.sha256}
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        statistics.review_release(
            by=by, release_id=row.id, decision=told["decision"], reasons=told["reasons"],
            sha256=told["sha256"],
        )  # fmt: skip
        messages.success(request, _("Your decision and your reasons are recorded."))
        return redirect("statistics:release", release=row.id)
    context = {
        **_everything(found),
        "form": form,
        "title": words.title(row),
        "release": row.id,
        "can": statistics.can_act(by=by, release=row, act=ReleaseAct.SEND_BACK),
        "own": by.id == str(row.proposed_by),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "statistics/release_review.html", context, status=status)


@require_POST
@officer
def act(request: HttpRequest, by: Actor, release: UUID) -> HttpResponse:
    """Publish, not pursue, or make again."""
    wanted = request.POST.get("act", "")
    verbs: dict[str, tuple[Callable[..., Any], str]] = {
        "publish": (statistics.sign_release, _("Signed. It is being published now.")),
        "rebuild": (statistics.ask_to_rebuild, _("It is being made again now.")),
        "discard": (statistics.discard_release, _("It is not pursued.")),
    }
    if wanted not in verbs:
        raise Http404
    verb, said = verbs[wanted]
    verb(by=by, release_id=release)
    messages.success(request, said)
    return redirect("statistics:release", release=release)


@require_GET
@officer
def ledger(request: HttpRequest, by: Actor) -> HttpResponse:
    """What has been spent on the records of each year."""
    rows = [
        [
            str(each.cohort), each.population,
            {"text": str(each.spent.normalize()), "number": True},
            {"text": str(each.left.normalize()), "number": True},
            {"text": number_format(len(each.charges)), "number": True},
        ]
        for each in statistics.balances(by=by)
    ]  # fmt: skip
    head = [_("Year of registration"), _("Group of persons"), _("Spent (rho)"),
            _("Left for one release (rho)"), _("Releases")]  # fmt: skip
    return render(request, "statistics/release_ledger.html", {"rows": rows, "head": head})
