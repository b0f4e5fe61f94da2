"""Reading: alerts of ours with what became of each copy, and alerts that were received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.alerts import answer_reading, issuing, read_there, rules
from ayni.alerts.answer_reading import Heard
from ayni.alerts.errors import AlertOver
from ayni.alerts.models import Alert, AlertAnswer, AlertCopy, ReceivedAlert
from ayni.alerts.rules import Standing, State
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.vault import api as vault

READ = members.Permission.REFERRAL_ANSWER
AT_MOST = 200


@dataclass(frozen=True, slots=True)
class CopySeen:
    """One recipient and how it stands; `since`: when it was told to remove, or when its time ended,
    for whoever has not confirmed, and `due`: by when it must have; `why`: the code of what stopped
    it."""

    copy: AlertCopy
    standing: Standing
    since: datetime | None
    due: datetime | None
    why: str

    def late(self, now: datetime) -> bool:
        """Whether the removal is not confirmed, and the time for it is over."""
        to_confirm = self.standing is Standing.TO_CONFIRM
        return to_confirm and self.due is not None and self.due <= now


@dataclass(frozen=True, slots=True)
class Opened:
    """One alert of ours. `may_issue`, `may_agree`, `may_recall`: what can be done now.
    `heard`: what its recipients answered, the newest first; `readings`: which roles of each have
    read it."""

    alert: Alert
    content: dict[str, Any]
    copies: list[CopySeen]
    over: bool
    needs_second: bool
    may_issue: bool
    may_agree: bool
    may_recall: bool
    heard: list[Heard]
    readings: list[tuple[AlertCopy, cooperation.FirstReading]]


@dataclass(frozen=True, slots=True)
class OpenedReceived:
    """One alert that was received, with what it says; `ours`: our answers, the newest first."""

    row: ReceivedAlert
    content: dict[str, Any]
    ours: list[AlertAnswer]


def alerts_sent(*, by: Actor) -> list[Alert]:
    """Alerts that this institution wrote, newest first; nothing is opened."""
    members.check_may(by, READ)
    found = Alert.objects.filter(institution_id=by.institution).select_related("case")
    return list(cases.only_open(found, by=by, untaken=False)[:AT_MOST])


def alerts_received(*, by: Actor) -> list[ReceivedAlert]:
    """Alerts that this institution received, newest first; nothing is opened. Everybody who works
    on referrals sees them: whoever meets the person must know."""
    members.check_may(by, READ)
    found = ReceivedAlert.objects.filter(institution_id=by.institution)
    return list(found[:AT_MOST])


def removals_untold(*, by: Actor) -> frozenset[UUID]:
    """Those of the alerts that this institution received and removed of which the sender has not
    heard that yet: the confirmation waits to be delivered. Nothing is opened."""
    members.check_may(by, READ)
    gone = ReceivedAlert.objects.filter(institution_id=by.institution, removed_at__isnull=False)
    idents = [str(ident) for ident in gone.values_list("id", flat=True)[:AT_MOST]]
    waits = exchange.undelivered(idents, kind="alert.removed") if idents else ()
    return frozenset(map(UUID, waits))


def copies_unconfirmed(*, by: Actor, alerts: list[Alert]) -> dict[UUID, int]:
    """Of each alert that is over, how many recipients have not confirmed the removal."""
    now = clock.now()
    over = [alert for alert in alerts if alert.issued_at and alert.over(now)]
    found: dict[UUID, int] = {}
    for seen in _seen(over, now):
        if seen.standing is Standing.TO_CONFIRM:
            found[seen.copy.alert_id] = found.get(seen.copy.alert_id, 0) + 1
    return found


def late_copies(alerts: list[Alert], now: datetime) -> dict[UUID, int]:
    """Of each of these, how many recipients are late to confirm the removal."""
    late: dict[UUID, int] = {}
    for seen in _seen(alerts, now):
        if seen.late(now):
            late[seen.copy.alert_id] = late.get(seen.copy.alert_id, 0) + 1
    return late


def open_alert(*, by: Actor, alert_id: UUID) -> Opened:
    """One alert of ours: exactly what leaves or left, and how each recipient stands; the opening is
    recorded first. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    alert = issuing.fetch(alert_id, by=by)
    audit.read(by=by, verb="alerts.open_alert", subject=alert_id)
    cases.open_form(by=by, case_id=alert.case_id, form="alert")
    now = clock.now()
    try:
        content = alert.unseal(vault.sealer(alert.subject), ["content"])["content"]
    except vault.Erased:  # her case was erased: what remains says to whom it went
        content = None
    draft, second = alert.state == State.DRAFT, bool(alert.second_officer)
    copies = _seen([alert], now)
    return Opened(
        alert=alert,
        content=content if isinstance(content, dict) else {},
        copies=copies,
        over=alert.over(now),
        needs_second=draft and alert.two_needed and not second,
        may_issue=draft and not alert.over(now) and (second or not alert.two_needed),
        may_agree=draft and not second and alert.written_by != by.id,
        may_recall=not alert.over(now),
        heard=answer_reading.heard(alert),
        readings=[(s.copy, each) for s in copies for each in cooperation.readings_of(s.copy.id)],
    )


def _seen(alerts: list[Alert], now: datetime) -> list[CopySeen]:
    found = {alert.id: alert for alert in alerts}
    copies = AlertCopy.objects.filter(alert_id__in=found)
    own = members.this_node()
    return [_one(copy, found[copy.alert_id], now, own) for copy in copies]


def _one(copy: AlertCopy, alert: Alert, now: datetime, own: str) -> CopySeen:
    over = alert.over(now)
    local = copy.recipient_state == own
    sent = (
        [] if local else [d for d in exchange.deliveries(str(copy.id)) if d.kind == "alert.issue"]
    )
    refused = next((d.reason for d in sent if d.state in ("refused", "cancelled")), "")
    delivered = bool(alert.issued_at) and (local or any(d.state == "delivered" for d in sent))
    standing = rules.standing(
        delivered=delivered,
        stopped=bool(copy.stopped or refused) or alert.state == State.CANCELLED,
        removed=copy.confirmed_at is not None,
        over=over or copy.told_at is not None,
    )
    since = copy.told_at or alert.recalled_at or (alert.until if over else None)
    due = copy.due_at or (None if since is None else rules.removal_due(since))
    return CopySeen(copy, standing, since, due, copy.stopped or refused)


def open_received(*, by: Actor, alert_id: UUID) -> OpenedReceived:
    """One alert that was received; the opening is recorded first. Raises `AlertOver` once it is
    recalled or its time has ended, `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    row = ReceivedAlert.objects.filter(id=alert_id, institution_id=by.institution).first()
    if row is None:
        raise NotFound
    audit.read(by=by, verb="alerts.open_received", subject=alert_id)
    if row.over(clock.now()):
        raise AlertOver
    try:
        content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    except vault.Erased:
        raise AlertOver from None
    read_there.tell(row, by=by)
    ours = list(AlertAnswer.objects.filter(received=row, dropped_at__isnull=True))
    return OpenedReceived(row, content if isinstance(content, dict) else {}, ours)
