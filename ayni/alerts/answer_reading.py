"""Reading answers to alerts: what recipients of ours said, and what we answer to others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator

from ayni.alerts import answering, taking_back
from ayni.alerts.answers import Outcome
from ayni.alerts.errors import AlertOver
from ayni.alerts.models import Alert, AlertAnswer, ReceivedAlert
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members

READ = members.Permission.REFERRAL_ANSWER
PAGE = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What one recipient answered; `content` is empty once her data were erased, or it took it
    back."""

    row: AlertAnswer
    state: str
    institution: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerSent:
    """One answer of ours in the list. `over`: its alert is; `opens`: whether its page can be
    opened, and it be taken back there: not if it never left, and the alert is over."""

    row: AlertAnswer
    received: ReceivedAlert
    over: bool
    opens: bool


@dataclass(frozen=True, slots=True)
class OpenedAnswer:
    """One answer of ours. `delivered`: its message is there; `stopped`: the code of why it did not
    leave; `late`: its destruction is not confirmed in time; the rest: what can be done now."""

    row: AlertAnswer
    content: dict[str, Any]
    delivered: bool
    stopped: str
    needs_second: bool
    may_agree: bool
    may_send: bool
    may_drop: bool
    may_withdraw: bool
    late: bool


def heard(alert: Alert) -> list[Heard]:
    """What recipients answered to an alert of ours, the newest first."""
    rows = AlertAnswer.objects.filter(copy__alert=alert, direction="in").select_related("copy")
    return [
        Heard(
            row,
            row.copy.recipient_state,
            row.copy.recipient_institution,
            row.said(),
        )
        for row in rows
        if row.copy is not None
    ]


def outcomes(*, by: Actor, alerts: Iterable[Alert]) -> dict[UUID, Outcome]:
    """Of each of these alerts of ours that was answered, the best that was said: found, or seen.
    Nothing is opened."""
    members.check_may(by, READ)
    rows = AlertAnswer.objects.filter(
        institution_id=by.institution,
        direction="in",
        withdrawn_at__isnull=True,
        copy__alert__in=[alert.id for alert in alerts],
    ).values_list("copy__alert_id", "outcome")
    found: dict[UUID, Outcome] = {}
    for ident, outcome in rows:
        if found.get(ident) is not Outcome.FOUND:
            found[ident] = Outcome(outcome)
    return found


def answers_sent(*, by: Actor, page: int = 1) -> Page[Any]:
    """A page of `AnswerSent`: what this institution answered and sent, newest first, also where the
    alert is over: it can be taken back. A page that there is not is the nearest; nothing is
    opened."""
    members.check_may(by, READ)
    sent = AlertAnswer.objects.filter(
        institution_id=by.institution, direction="out", sent_at__isnull=False
    )
    ordered = sent.select_related("received").order_by("-sent_at", "id")
    pages: Paginator[Any] = Paginator(ordered, PAGE)
    found = pages.get_page(page)
    found.object_list = _listed(found.object_list)
    return found


def _listed(rows: Iterable[AlertAnswer]) -> list[AnswerSent]:
    now = clock.now()
    known = [(row, row.received) for row in rows if row.received is not None]
    over = {row.id for row, received in known if received.over(now)}
    ended = [str(row.id) for row, _of in known if row.id in over and row.withdrawn_at is None]
    gone = exchange.all_that_never_arrived().filter(subject__in=ended) if ended else None
    never = set() if gone is None else set(gone.values_list("subject", flat=True))
    return [AnswerSent(row, of, row.id in over, str(row.id) not in never) for row, of in known]


def is_late(row: AlertAnswer) -> bool:
    """Whether whoever asked has not confirmed in time that it destroyed what we took back."""
    return row.due_at is not None and row.confirmed_at is None and row.due_at <= clock.now()


def open_answer(*, by: Actor, answer_id: UUID) -> OpenedAnswer:
    """One answer that we wrote; the opening is recorded first. Once the alert is over nothing of it
    can be read, and what whoever asked may have can still be taken back. Raises `AlertOver` for any
    other, `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    row = answering.fetch(answer_id, by=by)
    audit.read(by=by, verb="alerts.open_answer", subject=answer_id)
    assert row.received_id is not None
    assert row.received is not None
    local = row.received.sender_state == members.this_node()
    left = row.sent_at is not None and (local or not taking_back.never_left(row))
    over = row.received.over(clock.now())
    if over and not left and row.withdrawn_at is None:
        raise AlertOver
    draft, second = answering.is_draft(row), answering.needs_second(row)
    sent = exchange.deliveries(str(row.id))
    return OpenedAnswer(
        row=row,
        content={} if over else row.said(),
        delivered=row.sent_at is not None
        and (local or any(each.state == "delivered" for each in sent)),
        stopped=next((e.reason for e in sent if e.state in ("refused", "cancelled")), ""),
        needs_second=draft and second,
        may_agree=draft and second and row.written_by != by.id,
        may_send=draft and not second,
        may_drop=draft,
        may_withdraw=row.sent_at is not None
        and row.withdrawn_at is None
        and members.may(by, members.Permission.REFERRAL_SEND),
        late=is_late(row),
    )
