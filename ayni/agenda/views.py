"""Pages of the platform for all members: who presides, organs, rules, offices of each state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ayni.agenda import api, seed
from ayni.agenda.forms import item_page, item_text
from ayni.agenda.wording import (
    CHECKLIST,
    FUNCTIONS,
    HOW,
    MARKS,
    PHASE_COLOURS,
    PHASES,
    SORTS_MANY,
    day_text,
    month_text,
    rule_text,
    state_text,
)
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission

Row = dict[str, Any]
_officer = members.officer_page()


def known_text(source: str, mark: str) -> str:
    """A source, and how the value is known, in one line."""
    known = str(MARKS[mark])
    if not source:
        return _("How it is known: %(mark)s.") % {"mark": known}
    words = {"source": source, "mark": known}
    return _("Source: %(source)s. How it is known: %(mark)s.") % words


def begins_text(term: api.Term) -> str:
    """From when, in words; a beginning that no source states is called inferred."""
    day = month_text(term.begins) if term.month_only else day_text(term.begins)
    return _("%(day)s (inferred)") % {"day": day} if term.inferred else day


def until_text(term: api.Term) -> str:
    """Until when, in words."""
    if term.end is api.End.DAY and term.until is not None:
        return day_text(term.until)
    if term.end is api.End.OPEN:
        return _("until it hands over")
    if term.seen is None:
        return _("nobody knows")
    return _("nobody knows; in office on %(day)s") % {"day": day_text(term.seen)}


def _who(known: api.Presidencies, today: date) -> Row:
    """Who presides, as sentences."""
    found = known.on(today)
    if known.stands.broken:
        return {"known": False, "text": str(api.NothingStands.reason)}
    if found.term is not None:
        words = {"state": state_text(found.term.state), "day": begins_text(found.term)}
        return {"known": True, "text": _("%(state)s presides, since %(day)s.") % words}
    if found.last is None:
        return {"known": False, "text": _("It is not known who presides.")}
    words = {"state": state_text(found.last.state), "day": begins_text(found.last)}
    text = _(
        "It is not known who presides today. The last presidency that is recorded is that of "
        "%(state)s, which began on %(day)s."
    )
    return {"known": False, "text": text % words}


def _expected_text(term: api.Term, rule: api.Rule) -> str:
    """When a term of which no end is known is expected to end, by the rule that held when it
    began; empty where the end is known, or the rule is not."""
    years = rule.on(term.begins).value
    day = api.expected_end(term, int(years)) if years else None
    if day is None:
        return ""
    words = {"n": years, "day": month_text(day) if term.month_only else day_text(day)}
    return (
        _(
            "Expected end, not confirmed: %(day)s. By the rule on the length of a presidency, in "
            "years: %(n)s."
        )
        % words
    )


def _until_cell(term: api.Term, rule: api.Rule) -> str:
    text, expected = until_text(term), _expected_text(term, rule)
    return f"{text}. {expected}" if expected else text


def _terms(known: api.Presidencies, *, writes: bool) -> list[list[Any]]:
    length = api.rule("term_years", known)
    return [
        [
            {
                "text": state_text(each.state),
                "href": reverse("agenda:term", args=[each.begins.isoformat()]) if writes else "",
            },
            begins_text(each),
            _until_cell(each, length),
            known_text(each.source, each.mark),
        ]
        for each in reversed(known.terms)
    ]


def _rules(known: api.Presidencies, today: date, *, writes: bool) -> list[list[Any]]:
    rows = []
    for each in api.rules(known):
        row = seed.rules()[each.code]
        href = reverse("agenda:rule", args=[each.code]) if writes else ""
        now = each.on(today)
        told = known_text(now.source, now.mark) if now.mark else ""
        if each.stands.version is None and "notes" in row:
            told = f"{told} {seed.in_readers_language(row['notes'])}"
        told = f"{told} {instead_text(each.stands)}".strip()
        name = {"text": seed.in_readers_language(row["names"]), "href": href}
        values = [line_text(now), *_other_lines(each, today)]
        rows.append([name, ". ".join(values), told])
    return rows


def line_text(line: api.RuleLine) -> str:
    """A value of a rule and its days, in words."""
    days = [
        _("from %(day)s") % {"day": day_text(line.begins)} if line.begins else "",
        _("until %(day)s") % {"day": day_text(line.until)} if line.until else "",
    ]
    if line.value and line.begins is None:
        days[0] = _("since when is not known")
    return ", ".join(filter(None, (rule_text(line.value), *days)))


def _other_lines(rule: api.Rule, today: date) -> list[str]:
    """What held before and what will hold, the first first; nothing that was never known."""
    told = []
    for each in rule.lines if not rule.stands.broken else ():
        if each.begins is not None and each.begins > today:
            told.append(_("Later: %(text)s") % {"text": line_text(each)})
        elif each.value and each.until is not None and each.until < today:
            told.append(_("Earlier: %(text)s") % {"text": line_text(each)})
    return told


def _office_text(office: api.Office | None) -> str:
    if office is None:
        return _("Not told")
    named = ", ".join(each for each in (office.office, office.institution) if each)
    if office.until is None:
        return named
    return _("%(office)s (until %(day)s)") % {"office": named, "day": day_text(office.until)}


def _beside_text(beside: api.OtherOffices | None) -> str:
    """Which office comes later, and which one there was, after what holds today."""
    if beside is None:
        return ""
    told = []
    if beside.earlier is not None and beside.earlier.until is not None:
        words = {"office": beside.earlier.office, "day": day_text(beside.earlier.until)}
        told.append(_("Earlier, until %(day)s: %(office)s") % words)
    if beside.later is not None:
        words = {"office": beside.later.office, "day": day_text(beside.later.begins)}
        told.append(_("Later, from %(day)s: %(office)s") % words)
    return ". ".join(told)


def _focal_points(today: date, by: Actor) -> tuple[list[list[Any]], str]:
    """Rows of the states that named an office, and of the own one for who may name it; and the
    names of all others, which have told nothing."""
    found, beside = api.focal_points(today), api.offices_beside(today)
    told = {*found, *beside}
    here, may = members.this_node(), members.may(by, Permission.MANDATE_WRITE)
    rows, not_told = [], []
    for each in sorted(members.states().values(), key=lambda one: one.name):
        mine = may and each.code == here
        if not mine and not any((each.code, function) in told for function in FUNCTIONS):
            not_told.append(each.name)
            continue
        row: list[Any] = [each.name]
        for function in FUNCTIONS:
            text = _office_text(found.get((each.code, function)))
            more = _beside_text(beside.get((each.code, function)))
            href = reverse("agenda:office", args=[function]) if mine else ""
            row.append({"text": f"{text}. {more}." if more else text, "href": href})
        rows.append(row)
    return rows, ", ".join(not_told)


def _meeting(each: api.Meeting) -> Row:
    last = each.changes[-1] if each.changes else None
    told = last is not None and last.what in (api.Step.MOVE, api.Step.CANCEL)
    words = {"reason": last.reason} if last is not None and told and not each.held else None
    sentence = _("Cancelled: %(reason)s") if each.phase is api.Phase.CANCELLED else _(
        "Moved to this time or place: %(reason)s"
    )  # fmt: skip
    return {
        "key": each.key,
        "title": each.title,
        "at": members.moment_here(each.at),
        "tag": {"text": PHASES[each.phase], "colour": PHASE_COLOURS[each.phase]},
        "why": sentence % words if words else "",
    }


def _party(each: api.Party, *, writes: bool) -> Row:
    days = [
        _("from %(day)s") % {"day": day_text(each.begins)} if each.begins else "",
        _("until %(day)s") % {"day": day_text(each.until)} if each.until else "",
        _("coordinated by %(state)s") % {"state": state_text(each.leads)} if each.leads else "",
    ]
    return {
        "name": each.name,
        "about": each.about,
        "told": ", ".join(one for one in days if one),
        "source": known_text(each.source, each.mark),
        "instead": instead_text(each.stands),
        "href": reverse("agenda:party", args=[each.key]) if writes else "",
    }


def _organ(row: Row) -> Row:
    return {
        "name": seed.in_readers_language(row["names"]),
        "text": seed.in_readers_language(row["description"]),
        "source": known_text(row.get("source", ""), row["mark"]),
    }


def _to_come(each: api.Party, today: date) -> bool:
    return not each.at_work(today) and not each.over(today)


def _parties(
    found: list[api.Party], sort: str, writes: bool, wanted: Callable[[api.Party], bool]
) -> list[Row]:
    return [_party(each, writes=writes) for each in found if each.sort == sort and wanted(each)]


def instead_text(stands: api.Stands) -> str:
    """That a presidency wrote what stands, and why; empty where the secretariat did."""
    version = stands.version
    if version is None or version.owner == members.SECRETARIAT:
        return ""
    words = {"state": state_text(version.owner), "reason": version.body["instead"]}
    return _("Written by %(state)s instead of the technical secretariat: %(reason)s") % words


def passed_over(*all_stands: api.Stands) -> list[str]:
    """What was written without knowing what stood then: shown, without effect."""
    return [
        _("%(state)s published a version on %(day)s that has no effect here.")
        % {"state": state_text(each.owner), "day": day_text(each.at.date())}
        for stands in all_stands
        for each in stands.passed_over
    ]


@require_GET
@_officer
def platform(request: HttpRequest, by: Actor) -> HttpResponse:
    """The platform: who presides, presidencies, organs, rules, focal points, groups, observers."""
    today = clock.now().date()
    known = api.presidencies()
    writes = api.can_write(by=by)
    found = api.parties(known)
    focal_points, not_told = _focal_points(today, by)
    context = {
        "who": _who(known, today),
        "instead": instead_text(known.stands),
        "passed_over": passed_over(known.stands, *(each.stands for each in found)),
        "writes": writes,
        "terms": _terms(known, writes=writes),
        "terms_head": [_("State"), _("Since"), _("Until"), _("How it is known")],
        "handings": [
            {"day": each.day, "text": day_text(date.fromisoformat(each.day))}
            for each in api.handings(known)
            if each.stands.version is not None
        ],
        "organs": [_organ(row) for row in seed.organs_on(today, seed.organs())],
        "rules": _rules(known, today, writes=writes),
        "rules_head": [_("Rule"), _("Value"), _("How it is known")],
        "focal_points": focal_points,
        "not_told": not_told,
        "focal_head": [_("State"), *(str(each) for each in FUNCTIONS.values())],
        "sorts": [
            {
                "name": SORTS_MANY[sort],
                "now": _parties(found, sort, writes, lambda each: each.at_work(today)),
                "others": [
                    (
                        _("Later"),
                        _parties(found, sort, writes, lambda each: _to_come(each, today)),
                    ),
                    (_("Earlier"), _parties(found, sort, writes, lambda each: each.over(today))),
                ],
            }
            for sort in SORTS_MANY
        ],
        "meetings": [_meeting(each) for each in api.all_meetings(known)],
        "today": today,
    }
    return render(request, "agenda/platform.html", context)


@require_GET
@_officer
def handing(request: HttpRequest, by: Actor, day: str) -> HttpResponse:
    """One handing over: from whom to whom, and what became of each thing that was open."""
    found = next((each for each in api.handings(api.presidencies()) if each.day == day), None)
    if found is None or found.stands.version is None:
        messages.info(request, _("No handing over is recorded for that day."))
        return redirect("agenda:platform")
    body = found.stands.version.body
    rows = [
        {
            "title": CHECKLIST[row["code"]],
            "about": item_text(api.Item(row["code"], tuple(row["about"]))),
            "page": item_page(row["code"]),
            "how": HOW[row["how"]],
            "open": row["how"] == "open",
            "note": row["note"],
        }
        for row in body["items"]
    ]
    context = {
        "day": date.fromisoformat(day),
        "rows": [
            {"key": _("From"), "value": state_text(body["from"]) or _("Not known")},
            {"key": _("To"), "value": state_text(body["to"])},
            {"key": _("Where it is written"), "value": body["source"]},
        ],
        "items": rows,
        "instead": instead_text(found.stands),
    }
    return render(request, "agenda/handing.html", context)
