"""What the pages of this room share: for whom they are, what they say when something is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ayni.alerts.models import ReceivedAlert
from ayni.audit import api as audit
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members

_NAMED = ("case_id", "missing_id", "received_id", "answer_id")


def _refused(
    request: HttpRequest, refusal: Refused, about: Mapping[str, Any]
) -> HttpResponse | None:
    if isinstance(refusal, (NotAllowed, NotFound)):
        return None
    named = filter(None, map(about.get, _NAMED))
    audit.read(
        by=members.actor_of(request.user), verb="alerts.refused", subject=next(named, ""),
        why=refusal.code,
    )  # fmt: skip
    ways = [(_("All alerts"), reverse("alerts:list"))]
    if "case_id" in about:
        ways.insert(0, (_("Back to the case"), reverse("desk:case", args=[about["case_id"]])))
    if "missing_id" in about:
        ways.insert(
            0, (_("Back to the alert"), reverse("alerts:alert", args=[about["missing_id"]]))
        )
    context = {"reason": refusal.reason, "ways": ways}
    return render(request, "alerts/refused.html", context, status=409)


officer = members.officer_page(_refused)


def who_is(state: str, institution: str) -> str:
    """An institution and its state, as people read them."""
    return f"{members.institution_name(institution)}, {members.state_name(state)}"


def conversation_of(row: ReceivedAlert) -> str:
    """The number under which evidence of an alert that came, and of what we answered, is exported;
    empty for one of an institution on this node: it went by no message."""
    return "" if row.sender_state == members.this_node() else row.conversation
