"""Pages of the search for earlier records before a referral is accepted. By POST only: no address
holds personal data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.pages import moment, officer
from ayni.lib.asked import record_named


@require_http_methods(["GET", "POST"])
@officer
def search(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """Step 1.4 for a referral: what was received is searched for; then it may be accepted."""
    found = None
    if request.method == "POST":
        found = cooperation.search_earlier(by=by, referral_id=referral_id)
    opened = cooperation.open_referral(by=by, referral_id=referral_id)
    row = opened.row
    if row.direction != "in":
        raise Http404
    return render(
        request,
        "cooperation/earlier.html",
        {
            "row": row,
            "found": None if found is None else _found(by, found, row),
            "links": linked(by, row),
            "at": moment(row.searched_at, by),
            "can_accept": cooperation.Move.ACCEPT in opened.moves,
        },
    )


def _found(
    by: Actor, hits: list[cases.Antecedent], row: cooperation.Referral
) -> list[dict[str, Any]]:
    return cases.named_hits(by=by, hits=hits, linked={id_ for _about, id_ in _earlier(row)})


def linked(by: Actor, row: cooperation.Referral) -> list[dict[str, Any]]:
    """The earlier records that this referral is linked to, as the pages show them."""
    return cases.named_records(by=by, records=_earlier(row))


def _earlier(row: cooperation.Referral) -> list[tuple[str, UUID]]:
    return [(about, UUID(id_)) for about, id_ in row.earlier]


@require_POST
@officer
def link(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """An earlier record is about the same person, or that is taken back."""
    try:
        about, about_id = record_named(request.POST, cases.LINKABLE)
    except ValueError:
        raise Http404 from None
    if request.POST.get("take_back"):
        cooperation.unlink_earlier(by=by, referral_id=referral_id, about_id=about_id)
    else:
        cooperation.link_earlier(by=by, referral_id=referral_id, about=about, about_id=about_id)
    return redirect("cooperation:earlier", referral_id)
