"""While a removal is not confirmed a clock runs, with a due time that both sides see."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import time_machine
from django.test import Client
from django.urls import reverse

from ayni.alerts import api as alerts
from ayni.alerts.expiring import remove_expired
from ayni.alerts.models import Alert, AlertCopy, ReceivedAlert
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.lib import clock
from ayni.members import api as members
from tests.alerts.stories import an_alert, from_bolivia, its_officer, says, to_the_prosecution
from tests.cast import Cast, enter
from tests.exchange.peer import Peer

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
due_of = alerts.rules.removal_due


def _browser(cast: Cast) -> Client:
    """Ana's browser, in English; on another day she signs in anew."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


def _confirmed(bolivia: Peer, alert: alerts.Alert) -> str:
    copy = AlertCopy.objects.get(alert=alert)
    told = {"at": clock.isoformat(clock.now()), "why": "recalled", "fields": ["gender"]}
    return says(bolivia, copy.conversation, 1, "alert.removed", **told)


def test_the_due_time_of_a_recall_travels_in_its_envelope(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    exchange.drain(peer="bo")

    copy = AlertCopy.objects.get(alert=alert)
    assert copy.told_at is not None
    assert copy.due_at == due_of(copy.told_at)
    assert envelope.parse(bolivia.raw[-1]).header.due == copy.due_at


def test_the_receiver_keeps_the_time_that_it_was_told(ana: Actor, bolivia: Peer) -> None:
    conversation = secrets.token_hex(16)
    from_bolivia(bolivia, conversation)
    (row,) = alerts.alerts_received(by=ana)
    assert row.due_at == due_of(row.until), "as long as nobody takes it back"
    told = clock.hour_up(clock.now() + 30 * HOUR)
    raw = bolivia.seal(
        {"at": clock.isoformat(clock.now())}, sequence=2, kind="alert.recall",
        conversation=conversation, due=told,
    )  # fmt: skip
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None

    assert ReceivedAlert.objects.get(id=row.id).due_at == told
    assert alerts.removals_untold(by=ana) == {row.id}
    exchange.drain(peer="bo")
    assert alerts.removals_untold(by=ana) == frozenset()


def test_a_recall_of_a_version_before_has_a_time_all_the_same(ana: Actor, bolivia: Peer) -> None:
    conversation = secrets.token_hex(16)
    from_bolivia(bolivia, conversation)
    says(bolivia, conversation, 2, "alert.recall", at=clock.isoformat(clock.now()))
    (row,) = alerts.alerts_received(by=ana)

    assert row.removed_at is not None
    assert row.due_at == due_of(row.removed_at)


def test_who_is_late_stands_on_the_page_and_on_the_home_page_until_it_confirms(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    to = reverse("alerts:alert", args=[alert.id])
    assert "– late" not in _browser(cast).get(to).content.decode()
    assert alerts.at_a_glance(by=ana).late == []

    due = AlertCopy.objects.get(alert=alert).due_at
    assert due is not None
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        assert alerts.at_a_glance(by=ana).late == []
    with time_machine.travel(due, tick=False):
        assert [(row.id, n) for row, n in alerts.at_a_glance(by=ana).late] == [(alert.id, 1)]
        browser = _browser(cast)
        page = browser.get(to).content.decode()
        assert "– late" in page
        assert "Write or telephone" in page
        home = browser.get("/").content.decode()
        assert "Removals that are late" in home
        assert f'href="{to}"' in home

        assert _confirmed(bolivia, alert) == "applied"
        assert alerts.at_a_glance(by=ana).late == []
        assert "Removals that are late" not in browser.get("/").content.decode()


def test_one_that_ended_by_itself_is_late_a_day_after_its_end(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana, until=clock.now() + 2 * HOUR)
    exchange.drain(peer="bo")
    due = due_of(alert.until)
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        assert alerts.at_a_glance(by=ana).late == []
    with time_machine.travel(due, tick=False):
        assert [row.id for row, _n in alerts.at_a_glance(by=ana).late] == [alert.id]


def test_what_never_arrived_is_not_late(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana, until=clock.now() + 2 * HOUR)
    with time_machine.travel(clock.now() + 3 * DAY, tick=False):
        exchange.drain(peer="bo")
        assert alerts.at_a_glance(by=ana).late == []
    stopped = an_alert(ana)
    alerts.recall_alert(by=ana, alert_id=stopped.id, reason="mistake")
    with time_machine.travel(clock.now() + 3 * DAY, tick=False):
        assert alerts.at_a_glance(by=ana).late == []
    assert alerts.open_alert(by=ana, alert_id=alert.id).copies


def test_the_receiver_sees_on_its_list_that_the_sender_does_not_know_yet(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    from_bolivia(bolivia, secrets.token_hex(16))
    (row,) = alerts.alerts_received(by=ana)
    bolivia.answers = False
    with time_machine.travel(row.until, tick=False):
        assert remove_expired(now=clock.now()) == 1
        assert (
            "does not know it yet: due"
            in _browser(cast).get(reverse("alerts:list")).content.decode()
        )
    with time_machine.travel(row.until + 2 * DAY, tick=False):
        page = _browser(cast).get(reverse("alerts:list")).content.decode()
        assert "does not know it yet" in page
        assert "– late" in page


def test_within_one_node_nothing_is_late_for_it_is_done_at_once(ana: Actor) -> None:
    alert = alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana).id)
    pablo = its_officer()
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="wish")
    copy = AlertCopy.objects.get(alert=alert)
    with members.acting(pablo.institution):
        (row,) = alerts.alerts_received(by=pablo)
        assert row.due_at == copy.due_at
    with time_machine.travel(clock.now() + 3 * DAY, tick=False):
        assert alerts.at_a_glance(by=ana).late == []


def _overdue(moment: datetime) -> datetime | None:
    from ayni.alerts.overdue import removal_late_since

    return removal_late_since(now=moment)


def test_the_node_knows_since_when_a_removal_is_late_and_of_whom_not(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    now = clock.now()
    assert _overdue(now) is None
    ends = Alert.objects.get(id=alert.id).until
    assert _overdue(ends + 2 * DAY) == ends + alerts.rules.REMOVED_WITHIN
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    exchange.drain(peer="bo")
    (copy,) = alert.copies.all()
    assert _overdue(now) is None
    assert _overdue(now + 2 * DAY) == copy.due_at
    assert _confirmed(bolivia, alert) == "applied"
    assert _overdue(now + 2 * DAY) is None
