"""Pages of the search for earlier records before a referral is accepted. By POST only: no address
holds personal data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.pages import moment, officer
from ayni.members import api as members


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
            "found": None if found is None else _hits(by, found, row),
            "links": linked(by, row),
            "at": moment(row.searched_at, by),
            "can_accept": cooperation.Move.ACCEPT in opened.moves,
        },
    )


def linked(by: Actor, row: cooperation.Referral) -> list[dict[str, Any]]:
    """The earlier records that this referral is linked to, as the pages show them."""
    return _records(by, ((about, UUID(id_)) for about, id_ in row.earlier), set())


def _records(
    by: Actor, records: Iterable[tuple[str, UUID]], known: set[str]
) -> list[dict[str, Any]]:
    pairs = list(records)
    names = cases.references(by=by, ids=[id_ for _about, id_ in pairs]) if pairs else {}
    return [
        {
            "about": about,
            "id": id_,
            "reference": names.get(id_, ""),
            "linked": str(id_) in known,
        }
        for about, id_ in pairs
    ]


def _hits(
    by: Actor, hits: list[cases.Antecedent], row: cooperation.Referral
) -> list[dict[str, Any]]:
    known = {id_ for _about, id_ in row.earlier}
    rows = []
    for hit in hits:
        opens = [("case", id_) for id_ in hit.case_ids]
        if hit.about == "notice" and hit.about_id is not None:
            opens.append(("notice", hit.about_id))
        rows.append(
            {
                "strength": hit.strength,
                "institution": members.institution(hit.institution_id).name,
                "own": hit.about_id is not None,
                "records": _records(by, opens, known),
            }
        )
    return rows


@require_POST
@officer
def link(request: HttpRequest, by: Actor, referral_id: UUID) -> HttpResponse:
    """An earlier record is about the same person, or that is taken back."""
    about = request.POST.get("about", "")
    if about not in {"notice", "case"}:
        raise Http404
    try:
        about_id = UUID(request.POST.get("about_id", ""))
    except ValueError:
        raise Http404 from None
    if request.POST.get("take_back"):
        cooperation.unlink_earlier(by=by, referral_id=referral_id, about_id=about_id)
    else:
        cooperation.link_earlier(by=by, referral_id=referral_id, about=about, about_id=about_id)
    return redirect("cooperation:earlier", referral_id)
