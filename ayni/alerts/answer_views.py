"""Pages of answers to an alert that was received: writing one, looking at what would leave,
agreeing, sending. No address holds anything about a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.alerts import api as alerts
from ayni.alerts.answer_forms import FoundForm, SeenForm
from ayni.alerts.pages import conversation_of, officer, who_is
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members

words = alerts.vocabulary
_EDIT = require_http_methods(["GET", "POST"])
_DAYS = frozenset({"seen_on", "found_on"})


def told_rows(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """What an answer says, in words, in one order; free text stands apart."""
    return [
        {"key": str(label), "value": _in_words(name, content[name])}
        for name, label in words.TOLD.items()
        if content.get(name)
    ]


def _in_words(name: str, value: Any) -> str:
    if name == "outcome":
        return str(words.OUTCOMES[alerts.Outcome(value)])
    if name == "ground":
        return str(words.GROUNDS[alerts.Ground(value)])
    if name == "child":
        return _("Yes")
    if name == "contact":
        return str(members.institution_name(value))
    if name == "seen_country":
        return cases.in_words("host_country", value)
    return date_format(date.fromisoformat(value), "DATE_FORMAT") if name in _DAYS else str(value)


def free_text(content: Mapping[str, Any]) -> dict[str, str]:
    """The words of an answer, with their language and its name; empty where there are none."""
    said = content.get("words")
    if not said:
        return {}
    return {**said, "name": str(cooperation.LANGUAGES.get(said["language"], said["language"]))}


@_EDIT
@officer
def seen(request: HttpRequest, by: Actor, received_id: UUID) -> HttpResponse:
    """She was seen: where and when."""
    found = _opened(by, received_id)
    own = members.institution(by.institution)
    form = SeenForm(
        request.POST if request.method == "POST" else None,
        authority=own.kind == alerts.rules.CHILD_AUTHORITY,
    )
    return _written(
        request, by, found, form, alerts.Outcome.SEEN,
        title=_("The person was seen"),
        intro=_("Nothing leaves yet: you will see exactly what would leave, and to whom."),
    )  # fmt: skip


@_EDIT
@officer
def found(request: HttpRequest, by: Actor, received_id: UUID) -> HttpResponse:
    """She was found: through whom she can be spoken with."""
    opened = _opened(by, received_id)
    authority = members.institution(by.institution).kind == alerts.rules.CHILD_AUTHORITY
    form = FoundForm(
        request.POST if request.method == "POST" else None,
        authority=authority,
        contacts=alerts.contacts(by=by, child=authority),
    )
    return _written(
        request, by, opened, form, alerts.Outcome.FOUND,
        title=_("The person was found"),
        intro=_(
            "First of all: is she or he safe? Where she or he is, is told to nobody. Nothing "
            "leaves yet."
        ),
    )  # fmt: skip


def _opened(by: Actor, received_id: UUID) -> alerts.OpenedReceived:
    members.check_may(by, members.Permission.REFERRAL_SEND)
    return alerts.open_received(by=by, alert_id=received_id)


def _written(
    request: HttpRequest,
    by: Actor,
    opened: alerts.OpenedReceived,
    form: SeenForm | FoundForm,
    outcome: alerts.Outcome,
    **context: Any,
) -> HttpResponse:
    made: list[alerts.AlertAnswer] = []
    if request.method == "POST" and members.attempt(
        form,
        lambda: made.append(
            alerts.write_answer(by=by, received_id=opened.row.id, outcome=outcome, **form.told())
        ),
    ):
        return redirect("alerts:answer", made[0].id)
    context |= {
        "button": _("Preview"),
        "back": reverse("alerts:received", args=[opened.row.id]),
    }
    return members.form_page(request, form, "alerts/form.html", context)


@require_GET
@officer
def answer(request: HttpRequest, by: Actor, answer_id: UUID) -> HttpResponse:
    """One answer of ours: exactly what would leave or left, and whether it arrived."""
    opened = alerts.open_answer(by=by, answer_id=answer_id)
    row = opened.row
    assert row.received is not None
    context = {
        "opened": opened,
        "row": row,
        "draft": opened.may_drop,
        "over": row.received.over(clock.now()),
        "conversation": conversation_of(row.received),
        "to": who_is(row.received.sender_state, row.received.sender_institution),
        "content": told_rows(opened.content),
        "free": free_text(opened.content),
        "standing": _standing(opened),
    }
    return render(request, "alerts/answer.html", context)


def taken_back(row: alerts.AlertAnswer) -> str:
    """What became of an answer of ours that was taken back, in words."""
    told = {"moment": members.moment_here(row.withdrawn_at)}
    if not row.withdrawal:
        return _("Taken back %(moment)s, before it left. Whoever asked does not have it.") % told
    if row.removed_at is not None and row.withdrawn_at is not None:
        told["time"] = cooperation.took(row.removed_at - row.withdrawn_at)
        return _("Taken back %(moment)s. Whoever asked destroyed it %(time)s later.") % told
    told["due"] = members.moment_here(row.due_at)
    if alerts.is_late(row):
        return (
            _(
                "Taken back %(moment)s. Whoever asked has not confirmed that it is destroyed: due "
                "%(due)s – late"
            )
            % told
        )
    return (
        _(
            "Taken back %(moment)s. Whoever asked has not confirmed yet that it is destroyed: due "
            "%(due)s"
        )
        % told
    )


def _standing(opened: alerts.OpenedAnswer) -> str:
    if opened.row.dropped_at is not None:
        return _("Thrown away. Nothing had left.")
    if opened.row.sent_at is None:
        return ""
    if opened.row.withdrawn_at is not None:
        return taken_back(opened.row)
    if opened.stopped:
        return _("It did not leave: the alert was over before it could be delivered.")
    moment = {"moment": members.moment_here(opened.row.sent_at)}
    if opened.delivered:
        return _("Sent %(moment)s. It has arrived.") % moment
    return _("Sent %(moment)s. It has not arrived yet.") % moment


@require_POST
@officer
def agree(request: HttpRequest, by: Actor, answer_id: UUID) -> HttpResponse:
    """Agree as the second officer."""
    alerts.agree_answer(by=by, answer_id=answer_id)
    messages.success(request, _("You agreed as the second officer. It can be sent now."))
    return redirect("alerts:answer", answer_id)


@require_POST
@officer
def send(request: HttpRequest, by: Actor, answer_id: UUID) -> HttpResponse:
    """Send it to whoever issued the alert."""
    alerts.send_answer(by=by, answer_id=answer_id)
    messages.success(request, _("The answer was sent to whoever asked, and to nobody else."))
    return redirect("alerts:answer", answer_id)


@require_POST
@officer
def drop(request: HttpRequest, by: Actor, answer_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    row = alerts.drop_answer(by=by, answer_id=answer_id)
    messages.success(request, _("Thrown away. Nothing had left."))
    return redirect("alerts:received", row.received_id)


@require_POST
@officer
def withdraw(request: HttpRequest, by: Actor, answer_id: UUID) -> HttpResponse:
    """Take back what we answered. Nobody asks why."""
    alerts.withdraw_answer(by=by, answer_id=answer_id)
    messages.success(request, _("Taken back. Below you see what became of it."))
    return redirect("alerts:answer", answer_id)
