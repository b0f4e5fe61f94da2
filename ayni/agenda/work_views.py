"""Pages of the work agenda for all members: what was agreed, who is responsible, how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ayni.agenda import api, file_entry, indicators, withdrawals, work_kinds
from ayni.agenda.evidence_views import evidence_rows, taken_back
from ayni.agenda.views import instead_text, passed_over
from ayni.agenda.wording import COLOURS, STATUS_HEADS, STATUSES, WORDS, day_text, state_text
from ayni.agenda.work_forms import state_choices
from ayni.audit.api import Actor
from ayni.cooperation.api import NotMeasured
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.members.api import Permission

Row = dict[str, Any]
_officer = members.officer_page()
_WIDE = 1000  # units of the picture


def tag_of(status: api.Status) -> Row:
    """How it stands, as a tag."""
    return {"text": STATUSES[status], "colour": COLOURS[status]}


def _place(day: date, first: date, last: date) -> int:
    """Where a day stands in the picture, from 12 to 988 of its 1000 units."""
    return 12 + round((_WIDE - 24) * (day - first).days / max((last - first).days, 1))


def _row(each: api.Commitment, first: date, last: date) -> Row:
    said = each.said
    return {
        "key": each.key,
        "title": said.title,
        "state": state_text(said.state),
        "office": ", ".join(filter(None, (said.office, said.institution))),
        "beside": work_kinds.beside_text(said.beside, ""),
        "due": day_text(said.due),
        "tag": tag_of(each.standing.status),
        "x": _place(said.due, first, last),
        "public": said.public,
    }


def _by_objective(found: list[api.Commitment], first: date, last: date) -> list[Row]:
    rows = []
    for (axis, objective), some in groupby(found, key=lambda each: (each.axis, each.objective)):
        rows.append(
            {
                "axis": axis or _("Objective not known on this node"),
                "objective": objective,
                "rows": [_row(each, first, last) for each in some],
            }
        )
    return rows


def progress_table(rows: Iterable[tuple[str, api.Status]]) -> list[list[Any]]:
    """One line for each group: how many commitments stand how."""
    found = api.counted(rows)
    return [
        [name, *({"text": str(counts[status]), "number": True} for status in api.Status)]
        for name, counts in found.items()
    ]


@require_GET
@_officer
def work(request: HttpRequest, by: Actor) -> HttpResponse:
    """The work agenda: axes, objectives, commitments, a time line, progress by axis and state."""
    today, known = clock.now().date(), api.presidencies()
    everything = api.commitments(today, known)
    state = request.GET.get("state", "")
    state = state if state in members.states() else ""
    found = [each for each in everything if not state or state in each.said.states]
    days = [today, *(each.said.due for each in found)]
    first, last = min(days), max(days)
    objectives = api.objectives(known)
    context = {
        "groups": _by_objective(found, first, last),
        "first": day_text(first),
        "last": day_text(last),
        "today_x": _place(today, first, last),
        "today": day_text(today),
        "states": state_choices(_("All states")),
        "state": state,
        "axis_head": [_("Axis"), *(str(STATUS_HEADS[status]) for status in api.Status)],
        "state_head": [_("State"), *(str(STATUS_HEADS[status]) for status in api.Status)],
        "by_axis": progress_table((each.axis, each.standing.status) for each in found),
        "by_state": progress_table(
            (state_text(each.said.state), each.standing.status) for each in found
        ),
        "objectives": [(each, instead_text(each.stands)) for each in objectives],
        "passed_over": passed_over(
            *(each.stands for each in objectives), *(each.stands for each in everything)
        ),
        "writes": api.can_write(by=by),
        "public": _public_address(),
    }
    return render(request, "agenda/work.html", context)


def _public_address() -> str:
    """Where anybody reads what is public; empty if that is another process's door."""
    return reverse("agenda:public-start") if "public" in settings.AYNI_DOORS else ""


def _version_row(found: Published, words: str) -> Row:
    said = found.said
    told = {"day": day_text(said.at.date()), "owner": state_text(said.owner), "n": said.version}
    return {
        "when": _("%(day)s, %(owner)s, version %(n)s") % told,
        "words": words,
        "problem": "" if found.known and not found.problem else str(found.problem),
    }


def _history(found: api.Commitment) -> list[Row]:
    """Every version of the text, of what was said beside it, of the owner's word and of its files,
    the newest first."""
    key, state = found.key, found.said.state
    both = [
        *((each, work_kinds.commitment_in_words) for each in api.commitment_history(key)),
        *((each, work_kinds.progress_in_words) for each in api.progress(key, state)),
        *((each, file_entry.in_words) for each in api.evidence_history(key, state)),
        *((each, withdrawals.in_words) for each in withdrawals.history(api.Of.COMMITMENT, key)),
        *((each, indicators.target_in_words) for each in indicators.target_history(key)),
        *((each, indicators.measure_in_words) for each in indicators.value_history(state, key)),
    ]
    rows = sorted(both, key=lambda row: row[0].said.at, reverse=True)
    return [
        _version_row(each, words(each.said) if each.known and not each.problem else "")
        for each, words in rows
    ]


def _facts(by: Actor, found: api.Commitment) -> list[Row]:
    said, report = found.said, found.standing.report
    others = work_kinds.beside_text(said.beside, said.beside_offices)
    rows = [
        {"key": _("Axis"), "value": found.axis or _("Objective not known on this node")},
        {"key": _("Objective"), "value": found.objective or said.objective},
        {"key": _("Responsible state"), "value": state_text(said.state)},
        {
            "key": _("Responsible office"),
            "value": ", ".join(filter(None, (said.office, said.institution))),
        },
        *([{"key": _("Responsible beside it"), "value": others}] if others else []),
        {"key": _("Last day"), "value": day_text(said.due)},
        {
            "key": _("Marked as public by the plenary"),
            "value": _("Yes") if said.public else _("No"),
        },
    ]
    if report is not None:
        rows += [
            {"key": _("The state says"), "value": str(WORDS[report.word])},
            {"key": _("What was done"), "value": report.action or _("Not told")},
        ]
        if report.reason:
            rows.append({"key": _("Why it is given up"), "value": report.reason})
    if found.standing.answered_on is not None:
        yes = found.standing.answer is api.Validation.YES
        words = _("Yes, on %(day)s") if yes else _("No, on %(day)s")
        told = words % {"day": day_text(found.standing.answered_on)}
        rows.append({"key": _("Validated by the authority of the state"), "value": told})
    return rows + _numbers(by, found)


def _numbers(by: Actor, found: api.Commitment) -> list[Row]:
    """The indicator, what its state has told, and on that state's node what it comes to now."""
    target = found.target
    if not target.code:
        return []
    told = _("not told yet") if found.value is None else indicators.value_text(found.value)
    rows = [
        {"key": _("Indicator"), "value": indicators.title(target.code)},
        *({"key": name, "value": words} for name, words in indicators.meaning(target.code)),
        {"key": _("Target"), "value": indicators.target_text(target)},
        {"key": _("What the state has told"), "value": told},
    ]
    now = _value_now(by, found)
    return [*rows, {"key": _("Value now"), "value": now}] if now else rows


def _value_now(by: Actor, found: api.Commitment) -> str:
    """On its own state's node, what the indicator comes to now, or why its source does not tell."""
    if found.said.state != members.this_node():
        return ""
    try:
        now = indicators.value_now(found.target.code, by=by, now=clock.now())
    except NotMeasured as why:
        return str(why)
    return "" if now is None else indicators.value_text(now)


def _reports(by: Actor, found: api.Commitment) -> bool:
    try:
        api.check_may_report(by=by, found=found)
    except (NotAllowed, api.NotTheOwner, api.IsWithdrawn):
        return False
    return True


def _takes_back(by: Actor, found: api.Commitment) -> bool:
    """Its own files also where the plenary has withdrawn the commitment."""
    own = found.said.state == members.this_node()
    return own and members.may(by, Permission.MANDATE_WRITE)


def _decided(said: api.Undertaking) -> dict[str, Any] | None:
    """The decision from which a commitment came, in its own words; None if it is not told, or is
    not here."""
    if not said.meeting or not said.decision:
        return None
    try:
        found = api.meeting(said.meeting, api.presidencies()).decisions[said.decision - 1]
    except (NotFound, IndexError):
        return None
    return {"number": said.decision, "text": found.text}


@require_GET
@_officer
def commitment(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """One commitment: how it stands, where that can be seen, every version of it."""
    try:
        found = api.commitment(key, clock.now().date(), api.presidencies())
    except NotFound:
        return redirect("agenda:work")
    report = found.standing.report
    evidence = report.evidence if report is not None else ""
    reports = _reports(by, found)
    context = {
        "commitment": found,
        "rows": _facts(by, found),
        "tag": tag_of(found.standing.status),
        "evidence": evidence,
        "link": api.is_address(evidence),
        "files": evidence_rows(found),
        "files_gone": taken_back(found),
        "takes_back": _takes_back(by, found),
        "instead": instead_text(found.stands),
        "passed_over": passed_over(found.stands),
        "history": _history(found),
        "writes": api.can_write(by=by),
        "reports": reports,
        "validates": api.can_validate(by=by, found=found),
        "meeting": reverse("agenda:meeting", args=[found.said.meeting])
        if found.said.meeting
        else "",
        "decision": _decided(found.said),
    }
    return render(request, "agenda/commitment.html", context)
