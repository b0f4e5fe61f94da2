"""What has to be looked at again, by whom; and the page on which it is recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.norms import api, review_kind
from ayni.norms.review_form import ReviewForm
from ayni.norms.reviewing import PERIOD, Item, Sort
from ayni.norms.wording import OUTCOMES, day_text, member_name

Row = dict[str, Any]
PAGE = 25
_officer = members.officer_page()


def _due_text(found: api.ToReview) -> str:
    """By which day, or why at once."""
    if found.due is None:
        return _("at once: it is not known when it was last seen")
    return _("since %(day)s") % {"day": day_text(found.due.isoformat())}


def _who(item: Item) -> str:
    return ", ".join(member_name(code) for code in sorted(item.responsible))


@login_required
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Overdue reviews: of one member, this node's own if nothing else is asked for."""
    here = members.this_node()
    owner = request.GET.get("owner", here)
    known = {*members.states(), members.SECRETARIAT}
    owner = owner if owner in known else ""
    found = api.to_review(day=clock.now().date(), owner=owner)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "count": len(found),
        "page": page,
        "rows": [
            {
                "name": api.review_name(each.item),
                "href": reverse("norms:review", args=[each.item.id]),
                "who": _who(each.item),
                "due": _due_text(each),
            }
            for each in page.object_list
        ],
        "owner": owner,
        "owners": sorted((member_name(code), code) for code in known),
        "further": f"&{urlencode({'owner': owner})}",
    }
    return render(request, "norms/reviews.html", context)


def _where(item: Item) -> str:
    """The page on which the item stands."""
    if item.instrument:
        return reverse("norms:instrument", args=[item.instrument])
    return f"{reverse('norms:state', args=[item.state])}#{item.id}"


@require_safe
@_officer
def review(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """One item: when it is due, every review of it; who is responsible is given the form."""
    item = api.review_item(ident)
    return _page(request, item, _form(request, item) if api.can_review(by=by, item=item) else None)


@require_POST
@_officer
def record(request: HttpRequest, by: Actor, ident: str) -> HttpResponse:
    """Record a review."""
    item = api.review_item(ident)
    if not api.can_review(by=by, item=item):
        raise NotAllowed
    form = _form(request, item)
    if _recorded(request, by, item, form):
        return redirect("norms:review", item.id)
    return _page(request, item, form)


def _page(request: HttpRequest, item: Item, form: ReviewForm | None) -> HttpResponse:
    held = api.last_reviews()
    last = held.get(item.id)
    by_day = api.review_due(item, last)
    context = {
        "name": api.review_name(item),
        "where": _where(item),
        "rows": [
            {"key": _("Who looks at it again"), "value": _who(item)},
            {
                "key": _("Up to which day it was seen"),
                "value": day_text(item.seen.isoformat()) if item.seen else _("Not known"),
            },
            {
                "key": _("To be looked at again by"),
                "value": day_text(by_day.isoformat()) if by_day else _("It is due now"),
            },
            {"key": _("Last review"), "value": _last(last)},
        ],
        "overdue": by_day is None or by_day < clock.now().date(),
        "changed": _changed(item, last),
        "law": item.sort is Sort.NATIONAL and form is not None,
        "stating": item.sort is Sort.STANDING and form is not None,
        "item": item,
        "history": [_version(each) for each in api.review_history(item.id)],
        "form": form,
    }
    if form is not None:
        return members.form_page(request, form, "norms/review.html", context)
    return render(request, "norms/review.html", context)


def _changed(item: Item, last: api.Review | None) -> bool:
    """Whether its last review says so, and the state has not said since what its law says."""
    if item.sort is Sort.NATIONAL:
        return api.provision(item.id).no_longer
    return last is not None and last.outcome is api.Outcome.CHANGED


def _form(request: HttpRequest, item: Item) -> ReviewForm:
    if request.method == "POST":
        return ReviewForm(request.POST)
    own = api.own_review(item.id)
    seen = 0 if own is None else own.said.version
    return ReviewForm(initial={"next_on": clock.now().date() + PERIOD, "version": seen})


def _recorded(request: HttpRequest, by: Actor, item: Item, form: ReviewForm) -> bool:
    """Record it; a stale one is shown with all that was typed."""
    try:
        done = members.attempt(
            form,
            lambda: api.record_review(by=by, ident=item.id, **form.told()),
            through=(gazette.StaleEntry,),
        )
    except gazette.StaleEntry as stale:
        sent = request.POST.copy()
        sent["version"] = str(0 if stale.stands is None else stale.stands.said.version)
        form.add_error(None, str(stale.reason))
        form.data = sent
        return False
    if done:
        messages.success(request, _("Published to all member states."))
    return done


def _last(review: api.Review | None) -> str:
    if review is None:
        return _("No review is recorded.")
    words = {
        "day": day_text(review.on.isoformat()),
        "who": member_name(review.owner),
        "outcome": OUTCOMES[review.outcome],
    }
    return _("%(day)s, %(who)s: %(outcome)s") % words


def _version(found: gazette.Published) -> Row:
    said = found.said
    words = {"day": day_text(said.at.date().isoformat()), "who": member_name(said.owner)}
    return {
        "when": _("%(day)s, %(who)s") % words,
        "words": review_kind.in_words(said) if found.counts and not said.withdrawn else "",
        "problem": "" if found.counts else str(found.problem),
    }
