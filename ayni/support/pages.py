"""What the pages of this room share: how a need is told, and what is said when something is
refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.support import api as support

words = support.vocabulary


def _refused(
    request: HttpRequest, refusal: Refused, about: Mapping[str, Any]
) -> HttpResponse | None:
    if isinstance(refusal, (NotAllowed, NotFound)):
        return None
    ways = [(_("All needs"), reverse("support:list"))]
    if "key" in about:
        to = reverse("support:need", args=[about["owner"], about["key"]])
        ways.insert(0, (_("Back to the need"), to))
    context = {"reason": refusal.reason, "ways": ways}
    return render(request, "support/refused.html", context, status=409)


officer = members.officer_page(_refused)


def address(need: support.Need, name: str = "need", *more: str) -> str:
    """The address of a page about a need."""
    return reverse(f"support:{name}", args=[need.owner, need.key, *more])


def day(text: str) -> str:
    """A day of an entry, in words."""
    return date_format(date.fromisoformat(text)) if text else ""


def moment(value: str | datetime | None) -> str:
    """A moment of an entry, in the zone of the reader's post."""
    found = clock.parse(value) if isinstance(value, str) and value else value
    return members.moment_here(found if isinstance(found, datetime) else None)


def whose_move(need: support.Need) -> str:
    """Who has the move, in words."""
    if need.move is None:
        return ""
    if not need.move.states:
        return _("Any other state")
    return ", ".join(members.state_name(each) for each in need.move.states)


def what_is_asked(need: support.Need) -> list[dict[str, str]]:
    """What is asked for, as rows."""
    body = need.body
    told = [
        (_("State that asks"), members.state_name(need.owner)),
        (_("What"), str(words.WHATS[body["what"]])),
        (_("Language"), str(words.LANGUAGES[body["language"]]) if body["language"] else ""),
        (_("City"), body["city"]),
        (_("Country"), members.state_name(body["country"])),
        (_("What exactly"), words.free_text(body["text"])),
        (_("By which day"), day(body["by"])),
        (_("Asked on"), moment(body["asked_at"])),
    ]
    return [{"key": key, "value": value} for key, value in told if value]
