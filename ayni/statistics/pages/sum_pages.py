"""What the pages of sums over states share: whose they are, what is said when something is refused,
and how a round is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Act
from ayni.statistics.pages import sum_words as words


def _refused(
    request: HttpRequest, refusal: Refused, about: Mapping[str, Any]
) -> HttpResponse | None:
    if isinstance(refusal, (NotAllowed, NotFound)):
        return None
    ways = [(_("All sums over states"), reverse("statistics:sums"))]
    if "key" in about and not isinstance(refusal, statistics.UnknownRound):
        ways.insert(0, (_("Back to the sum"), reverse("statistics:sum", args=[about["key"]])))
    context = {"reason": refusal.reason, "ways": ways}
    return render(request, "statistics/sum_refused.html", context, status=409)


officer = members.officer_page(_refused)


def address(known: statistics.SumRound, name: str = "sum") -> str:
    """The address of a page about a round."""
    return reverse(f"statistics:{name}", args=[known.digest])


def what_is_added(known: statistics.SumRound) -> list[dict[str, str]]:
    """What a round adds, as rows."""
    about = known.round.declared
    told = [
        (_("What is added"), statistics.sum_title(known)),
        (_("Years"), statistics.period_words(about.first, about.last)),
        (_("States"), statistics.states_by_name(about.states)),
        (_("Declared on"), members.moment_here(known.declared_at)),
        (_("Answer until"), members.moment_here(about.answer_due)),
        (_("Give until"), members.moment_here(about.share_due)),
        (_("Number"), known.digest[:12]),
    ]
    return [{"key": key, "value": value} for key, value in told]


def states_table(
    known: statistics.SumRound, parts: Mapping[str, statistics.Part] | None
) -> dict[str, Any]:
    """How far each state is; for the secretariat also where its part is."""
    head = [_("State"), _("How far it is")]
    if parts is not None:
        head.append(_("Its part"))
    rows = []
    for state in sorted(known.round.declared.states, key=members.state_name):
        said = str(words.STEPS[statistics.step_of(known.round, state)])
        if reason := known.round.reasons.get(state):
            said = f"{said}: {words.REASONS[statistics.Reason(reason)]}"
        row = [members.state_name(state), said]
        if parts is not None:
            row.append(str(words.PARTS[parts[state]]))
        rows.append(row)
    return {"head": head, "rows": rows}


def what_waits(known: statistics.SumRound, now: datetime) -> dict[str, Any]:
    """What this state is to do, until when; and what came of the round."""
    move = known.move(members.this_node(), now)
    ended = known.ended(now)
    came = statistics.why_ended(ended) if ended else ""
    if known.outcome is not None:
        came = words.outcome(known.outcome, known.wrong)
    return {
        "answer": members.moment_here(move.due) if move and move.act is Act.ANSWER else "",
        "give": members.moment_here(move.due) if move and move.act is Act.GIVE else "",
        "came": came,
        "waits_for_sum": known.standing(now) is statistics.SumStanding.GIVEN
        and known.outcome is None,
    }


def line(known: statistics.SumRound, now: datetime) -> list[Any]:
    """One row of the list."""
    about, standing = known.round.declared, known.standing(now)
    due = ""
    if standing is statistics.SumStanding.ASKED:
        due = date_format(about.answer_due.date())
    elif standing is statistics.SumStanding.AGREED:
        due = date_format(about.share_due.date())
    move = known.move(members.this_node(), now)
    if move is not None:
        due = _("Your state: until %(moment)s") % {"moment": members.moment_here(move.due)}
    return [
        {"text": statistics.sum_title(known), "href": address(known)},
        statistics.period_words(about.first, about.last),
        str(len(about.states)),
        str(words.standing(known, standing)["text"]),
        due or "–",
    ]
