"""What the members have published, for every officer: whose, which, since when, and whether it
counts. Nothing here is about a person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ayni.gazette import kinds, limits, reading
from ayni.gazette.errors import UnknownEntryKind
from ayni.gazette.forms import OwnerForm
from ayni.gazette.reading import Published
from ayni.gazette.rules import Said
from ayni.members import api as members

log = logging.getLogger("ayni.gazette")
Row = dict[str, Any]


@login_required
@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """Every line, what came last first; of one member if one is chosen."""
    form = OwnerForm(request.GET or None)
    owner = form.cleaned_data["owner"] if form.is_valid() else ""
    page = reading.published(owner=owner, page=_number(request))
    context = {
        "form": form,
        "query": f"&owner={owner}" if owner else "",
        "page": page,
        "entries": [_shown(each) for each in page.object_list],
        "aside": [_aside(*each) for each in limits.set_aside().items()],
    }
    return render(request, "gazette/published.html", context)


def _aside(of: tuple[str, str], n: int) -> str:
    """That a member has published more of a kind than one may, and how many are set aside."""
    owner, name = of
    try:
        title = str(kinds.registered(name).title)
    except UnknownEntryKind:
        title = name
    words = {"owner": member_name(owner), "kind": title, "n": n}
    return (
        _(
            "%(owner)s has published more of one kind than a member may: %(kind)s. Set aside: "
            "%(n)s. What is set aside is kept and does not count. What counts is the same on every "
            "node: the first ones in the order of their keys."
        )
        % words
    )


def member_name(code: str) -> str:
    """A member in the reader's language; one that this version does not know by its code."""
    if code == members.SECRETARIAT:
        return _("Technical secretariat")
    return members.state_name(code) if code in members.states() else code


def _number(request: HttpRequest) -> int:
    said = request.GET.get("page", "1")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 8 else 1


def _shown(found: Published) -> Row:
    said = found.said
    title, about, words, address = said.kind, said.key, "", ""
    if found.known:
        kind = kinds.registered(said.kind)
        title = str(kind.title)
        if not found.problem:
            about = _asked(found, kind.about, said.key)
            address = _asked(found, kind.address, "") if kind.address else ""
            silent = said.withdrawn or found.line.contested
            words = "" if silent else _asked(found, kind.in_words, "")
    return {
        "about": about,
        "address": address,
        "words": words,
        "standing": _standing(found),
        "colour": "green" if found.counts and not said.withdrawn else "grey",
        "rows": [
            {"key": _("Published by"), "value": member_name(said.owner)},
            {"key": _("What it is"), "value": title},
            {"key": _("Number of the version"), "value": said.version},
            {"key": _("Published on"), "value": date_format(said.at, "DATE_FORMAT")},
            *_days(found),
            *_notes(found),
        ],
    }


def _asked(found: Published, words: Callable[[Said], str], otherwise: str) -> str:
    """What a room says of an entry. The key of one that was taken back is checked by nobody."""
    try:
        return words(found.said)
    except Exception:
        # Whatever a member writes, no page of another one ends because of it.
        log.exception("entry not shown", extra={"ids": {"owner": found.said.owner}})
        return otherwise


def _standing(found: Published) -> str:
    """Whether it counts, in two words."""
    if found.line.contested:
        return _("Contradicts itself")
    if not found.known:
        return _("Not known here yet")
    if found.problem:
        return _("Does not count")
    return _("Taken back") if found.said.withdrawn else _("Counts")


def _days(found: Published) -> list[Row]:
    said = found.said
    return [
        {"key": name, "value": date_format(day, "DATE_FORMAT")}
        for name, day in ((_("Holds from"), said.valid_from), (_("Holds until"), said.valid_until))
        if day is not None
    ]


def _notes(found: Published) -> list[Row]:
    """Why it does not count, which numbers are missing, and who brought it."""
    notes = []
    if found.line.contested:
        notes.append(
            _(
                "%(count)s different texts came with this number. None counts until a later one "
                "comes."
            )
            % {"count": found.line.bodies}
        )
    if found.problem:
        notes.append(str(found.problem))
    if found.line.missing:
        numbers = ", ".join(str(each) for each in found.line.missing)
        notes.append(_("Numbers that have not come: %(numbers)s.") % {"numbers": numbers})
    if found.line.aside:
        notes.append(
            _("Versions that are set aside, as it may not have so many: %(n)s.")
            % {"n": found.line.aside}
        )
    if found.source != found.said.owner:
        notes.append(
            _("It was brought by %(node)s; its owner's signature was verified.")
            % {"node": member_name(found.source)}
        )
    return [{"key": _("Note"), "value": each} for each in notes]
