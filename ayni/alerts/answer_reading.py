"""Reading answers to alerts: what recipients of ours said, and what we answer to others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ayni.alerts import answering
from ayni.alerts.answers import Outcome
from ayni.alerts.models import Alert, AlertAnswer
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.members import api as members
from ayni.vault import api as vault

READ = members.Permission.REFERRAL_ANSWER


@dataclass(frozen=True, slots=True)
class Heard:
    """What one recipient answered; `content` is empty once her data were erased."""

    row: AlertAnswer
    state: str
    institution: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenedAnswer:
    """One answer of ours. `delivered`: its message is there; `stopped`: the code of why it did not
    leave; the rest: what can be done now."""

    row: AlertAnswer
    content: dict[str, Any]
    delivered: bool
    stopped: str
    needs_second: bool
    may_agree: bool
    may_send: bool
    may_drop: bool


def _content(row: AlertAnswer) -> dict[str, Any]:
    try:
        said = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    except vault.Erased:
        return {}
    return said if isinstance(said, dict) else {}


def heard(alert: Alert) -> list[Heard]:
    """What recipients answered to an alert of ours, the newest first."""
    rows = AlertAnswer.objects.filter(copy__alert=alert, direction="in").select_related("copy")
    return [
        Heard(row, row.copy.recipient_state, row.copy.recipient_institution, _content(row))
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
        copy__alert__in=[alert.id for alert in alerts],
    ).values_list("copy__alert_id", "outcome")
    found: dict[UUID, Outcome] = {}
    for ident, outcome in rows:
        if found.get(ident) is not Outcome.FOUND:
            found[ident] = Outcome(outcome)
    return found


def open_answer(*, by: Actor, answer_id: UUID) -> OpenedAnswer:
    """One answer that we wrote; the opening is recorded first. Raises `AlertOver` once the alert is
    over, `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    row = answering.fetch(answer_id, by=by)
    audit.read(by=by, verb="alerts.open_answer", subject=answer_id)
    assert row.received_id is not None
    answering.received_open(by, row.received_id)
    draft, second = answering.is_draft(row), answering.needs_second(row)
    sent = exchange.deliveries(str(row.id))
    local = row.received is not None and row.received.sender_state == members.this_node()
    return OpenedAnswer(
        row=row,
        content=_content(row),
        delivered=row.sent_at is not None
        and (local or any(each.state == "delivered" for each in sent)),
        stopped=next((e.reason for e in sent if e.state in ("refused", "cancelled")), ""),
        needs_second=draft and second,
        may_agree=draft and second and row.written_by != by.id,
        may_send=draft and not second,
        may_drop=draft,
    )
