"""What happens next in a case that two institutions share: whose turn it is, and where to go."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.shown import language
from ayni.protocol import api as protocol

Row = dict[str, Any]
ASKS = "2.3"  # the step of our side that is done by a request to the other state


def what_next(page: cases.CasePage, exchanges: list[Row]) -> list[Row]:
    """Its referrals and requests that are not over, ours to act on first, then the request that
    the protocol asks for. Each: `text`, `href`, `until`. Empty where nothing is shared."""
    ours, theirs = [], []
    asked = cooperation.asked_of_us([one["row"] for one in exchanges])
    for one in exchanges:
        row, turn = one["row"], cooperation.our_turn(one["row"])
        if row.settled_at is not None:
            continue
        told = {"text": _about(one), "href": _address(one), "until": row.deadline, "do": ""}
        if row.id in asked:
            told["do"] = _("The other side asks for a pause: answer")
            ours.append(told)
        elif turn:
            words = cooperation.vocabulary.MOVE_WORDS
            ours.append({**told, "do": " / ".join(str(words[move]) for move in turn)})
        else:
            theirs.append({**told, "do": _("The other side must act.")})
    return ours + _to_ask(page, exchanges) + theirs


def _to_ask(page: cases.CasePage, exchanges: list[Row]) -> list[Row]:
    """The request of step 2.3, while it is ours to send, not sent, and somebody may be asked."""
    entry = page.agenda.steps.get(ASKS)
    asked = any(
        isinstance(one["row"], cooperation.Request)
        and (one["row"].direction, one["row"].step) == ("out", ASKS)
        and one["row"].settled_at is None
        for one in exchanges
    )
    due = entry is not None and entry.mine and not entry.settled
    if entry is None or not due or asked:
        return []
    if entry.state in (protocol.StepState.NOT_APPLICABLE, protocol.StepState.WAITING):
        return []
    if not cooperation.who_may_be_asked(page.case):
        return []
    return [
        {
            "text": f"{entry.step.id} {entry.step.title.in_language(language())}",
            "href": reverse("cooperation:request-new", args=[page.case.id]),
            "until": entry.due_at,
            "do": _("Send a request to the other state"),
        }
    ]


def _about(one: Row) -> str:
    incoming, told = one["row"].direction == "in", {"name": one["name"]}
    if one["kind"] == "referral":
        return (_("Referral from %(name)s") if incoming else _("Referral to %(name)s")) % told
    return (_("Request from %(name)s") if incoming else _("Request to %(name)s")) % told


def _address(one: Row) -> str:
    return reverse(f"cooperation:{one['kind']}", args=[one["row"].id])
