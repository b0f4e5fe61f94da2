"""Pages that show: the needs, one need, the figures."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.asked import page_number
from ayni.members import api as members
from ayni.support import api as support
from ayni.support.pages import address, day, moment, officer, what_is_asked, whose_move, words

PAGE = 25
MOST_NOT_COUNTED = 50  # shown of what does not count: one node may send any number of it
Standing, Act = support.Standing, support.Act


@require_GET
@officer
def listed(request: HttpRequest, by: Actor) -> HttpResponse:
    """Needs: open, those that concern the own state, those that are over."""
    try:
        show = support.Show(request.GET.get("show", support.Show.OPEN))
        number = page_number(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None
    now = clock.now()
    page = Paginator(support.listed(show=show, now=now), PAGE).get_page(number)
    over = show is support.Show.OVER
    not_counted = support.not_counted()
    context = {
        "show": show,
        "tabs": [
            (each, text, each is show)
            for each, text in (
                (support.Show.OPEN, _("Open needs")),
                (support.Show.MINE, _("Of my state")),
                (support.Show.OVER, _("Met or closed")),
            )
            if each is not support.Show.MINE or not _secretariat()
        ],
        "page": page,
        "head": _head(over=over),
        "rows": [_line(each, now, over=over) for each in page.object_list],
        "may_ask": support.may_ask(by=by),
        "not_counted": [
            {"state": _owner(each.said.owner), "why": each.problem or words.NOT_TOGETHER}
            for each in not_counted[:MOST_NOT_COUNTED]
        ],
        "more_not_counted": max(len(not_counted) - MOST_NOT_COUNTED, 0),
    }
    return render(request, "support/list.html", context)


def _secretariat() -> bool:
    return members.this_node() == members.SECRETARIAT


def _owner(code: str) -> str:
    if code == members.SECRETARIAT:
        return _("Technical secretariat")
    return members.state_name(code) if code in members.states() else code


def _head(*, over: bool) -> list[str]:
    head = [_("What"), _("State that asks"), _("How it stands")]
    return [*head, _("Asked on")] if over else [*head, _("Whose move"), _("Due by")]


def _line(need: support.Need, now: datetime, *, over: bool) -> list[Any]:
    line: list[Any] = [
        {"text": words.title(need.body), "href": address(need)},
        members.state_name(need.owner),
        words.STANDINGS[need.standing][0],
    ]
    if over or need.move is None:
        return [*line, moment(need.asked_at)]
    due = moment(need.move.due)
    if need.move.due <= now:
        due = _("Overdue since %(moment)s") % {"moment": due}
    return [*line, whose_move(need), due]


@require_GET
@officer
def need(request: HttpRequest, by: Actor, owner: str, key: str) -> HttpResponse:
    """One need: what is asked, what is offered, whose move it is, what this officer can do."""
    found = support.need(owner, key)
    now, acts = clock.now(), support.acts(found, by=by)
    text, colour = words.STANDINGS[found.standing]
    here = members.this_node()
    own = found.offer_of(here)
    context = {
        "need": found,
        "title": words.title(found.body),
        "standing": text,
        "colour": colour,
        "steps": _steps(found),
        "asked": what_is_asked(found),
        "offers": [_offer(each, found, acts) for each in found.offers],
        "move": whose_move(found),
        "due": moment(found.move.due) if found.move else "",
        "overdue": found.overdue(now),
        "ours": bool(found.move and here in found.move.states),
        "brokering": _brokering(found),
        "may": {act.value: act in acts for act in Act},
        "own": own,
        "own_accepted": own is not None and found.accepted == here,
        "renew": own is not None and not own.taken_back and not found.meant(own),
        "changed_away": bool(found.body["accepted"]["state"])
        and not found.accepted
        and not found.over,
    }
    return render(request, "support/need.html", context)


def _steps(need: support.Need) -> list[dict[str, str]]:
    way = list(words.STEPS)
    reached = way.index(need.standing) if need.standing in way else None
    found = []
    for number, standing in enumerate(way):
        if reached is None:
            state = ""
        else:
            state = "done" if number <= reached else "current" if number == reached + 1 else ""
        found.append({"title": str(words.STEPS[standing]), "state": state})
    if reached is None:
        closed = need.body["closed"]
        reason = str(words.REASONS[support.Reason(closed["reason"])])
        text = f"{moment(closed['at'])}. {reason}"
        found = [
            found[0] | {"state": "done"},
            {"title": str(words.STANDINGS[Standing.CLOSED][0]), "state": "done", "text": text},
        ]
    return found


def _offer(
    offer: support.Offer, need: support.Need, acts: frozenset[support.Act]
) -> dict[str, Any]:
    body = offer.body
    told = [
        (_("What"), words.free_text(body["text"])),
        (_("By which day"), day(body["by"])),
        (_("Offered on"), moment(offer.offered_at)),
        (_("Delivered on"), moment(body["delivered_at"])),
    ]
    stands = offer in need.standing_offers
    accepted = need.accepted == offer.state
    status, colour = _("It stands"), "blue"
    if offer.taken_back:
        status, colour = _("It was taken back"), "grey"
    elif accepted:
        status, colour = _("It was accepted"), "green"
    elif not stands:
        status, colour = _("Made before the need was changed"), "grey"
    return {
        "state": members.state_name(offer.state),
        "rows": [{"key": key, "value": value} for key, value in told if value],
        "status": status,
        "colour": colour,
        "terms": offer.terms,
        "accept": address(need, "accept", offer.state)
        if Act.ACCEPT in acts and stands and not accepted
        else "",
    }


def _brokering(need: support.Need) -> list[dict[str, str]]:
    rows = []
    for label, told in ((_("Proposed"), need.proposed), (_("Reminded"), need.reminded)):
        for state, at in sorted(told.items(), key=lambda pair: pair[1]):
            rows.append({"key": label, "value": f"{members.state_name(state)}, {moment(at)}"})
    return rows


@require_GET
@officer
def figures(request: HttpRequest, by: Actor) -> HttpResponse:
    """Time to the first offer and share met, by kind and by state; and the time limits."""
    found = support.figures(now=clock.now())
    head = [_("How many"), _("Time to the first offer"), _("Share met")]
    waits = {
        "offer": _("First offer"),
        "answer": _("Answer to an offer"),
        "delivery": _("Delivery"),
        "confirmation": _("Confirmation"),
    }
    context = {
        "what_head": [_("What"), *head],
        "state_head": [_("State that asks"), *head],
        "together": [[_("All"), *_cells(found.together)]],
        "by_what": [[str(words.WHATS[c]), *_cells(row)] for c, row in found.by_what.items()],
        "by_state": [[members.state_name(c), *_cells(row)] for c, row in found.by_state.items()],
        "limit_head": [_("Time limit"), _("What"), _("Hours"), _("How it is set")],
        "limits": [
            [
                waits[each.wait],
                str(words.WHATS[each.what]) if each.what else _("All others"),
                str(each.hours),
                _("Proposed by the platform"),
            ]
            for each in support.limits()
        ],
    }
    return render(request, "support/figures.html", context)


def _cells(row: support.Row) -> list[str]:
    few = _("Fewer than 10")
    if row.hours is None:
        time = few
    elif math.isinf(row.hours):
        time = _("Half got no offer in time")
    else:
        hours = max(round(row.hours), 1)
        time = ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    met = few
    if row.met is not None:
        met = _("%(number)s per cent") % {"number": number_format(row.met, decimal_pos=0)}
    return [str(row.asked), time, met]
