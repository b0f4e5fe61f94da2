"""An alert leaves for another node with the minimum; its removal there is confirmed here."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from ayni.alerts import api as alerts
from ayni.alerts import tasks
from ayni.alerts.expiring import remove_expired
from ayni.alerts.models import Alert, AlertCopy, ReceivedAlert
from ayni.audit.api import Actor
from ayni.cooperation.models import Transfer
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from tests.alerts.stories import DAY, SEEN, a_draft, an_alert, ending, from_bolivia, says
from tests.cases.stories import ADULT, a_case
from tests.cast import an_institution, an_officer
from tests.exchange.peer import CONSULATE, Peer

Standing = alerts.rules.Standing


def _standing(by: Actor, alert: Alert) -> list[Standing]:
    return [c.standing for c in alerts.open_alert(by=by, alert_id=alert.id).copies]


def _removed(sequence: int = 1, **changed: Any) -> dict[str, Any]:
    told = {"at": clock.isoformat(clock.now()), "why": "recalled", "fields": ["last_country"]}
    return {"sequence": sequence, "kind": "alert.removed", **told, **changed}


def test_exactly_the_minimum_leaves_and_of_the_birth_the_year(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")

    (told,) = bolivia.read
    assert set(told) == {"at", "handling", "data"}
    assert told["handling"] == ending(alert.until)
    assert told["data"] == {
        "name_as_written": ADULT["name_as_written"],
        "given_names": "Rosa",
        "first_surname": "Inventada",
        "second_surname": "Mamani",
        "birth": {"precision": "year", "value": "1998"},
        "citizenships": ["BO"],
        **SEEN,
    }, "no document, telephone, needs or narrative"
    assert _standing(ana, alert) == [Standing.HAS_IT]
    line = Transfer.objects.get(about=alert.case_id)
    assert (line.purpose, line.fields) == ("search", sorted(told["data"]))
    assert line.basis.startswith("protocol:")
    assert line.basis.endswith("/1.6")


def test_who_confirmed_and_who_not_and_since_when(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    recalled = alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    exchange.drain(peer="bo")

    assert set(bolivia.read[-1]) == {"at"}, "the reason stays here"
    (seen,) = alerts.open_alert(by=ana, alert_id=alert.id).copies
    assert (seen.standing, seen.copy.told_at) == (Standing.TO_CONFIRM, seen.since)
    assert seen.since is not None
    assert recalled.recalled_at is not None
    assert alerts.copies_unconfirmed(by=ana, alerts=[recalled]) == {alert.id: 1}

    assert says(bolivia, seen.copy.conversation, **_removed()) == "applied"
    first = AlertCopy.objects.get(alert=alert)
    assert says(bolivia, seen.copy.conversation, **_removed(2, fields=[])) == "applied"
    assert _standing(ana, alert) == [Standing.REMOVED]
    again = AlertCopy.objects.get(alert=alert)
    assert (again.removed_fields, again.confirmed_at) == (["last_country"], first.confirmed_at)
    assert alerts.copies_unconfirmed(by=ana, alerts=[recalled]) == {}


def test_a_recall_whose_receipt_was_lost_gets_it_after_its_removal_was_confirmed(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    (seen,) = alerts.open_alert(by=ana, alert_id=alert.id).copies
    # Here nobody knows that the recall has come there: the answer to it was cut off.
    assert says(bolivia, seen.copy.conversation, **_removed()) == "applied"
    exchange.drain(peer="bo")

    assert set(bolivia.read[-1]) == {"at"}
    recall = OutgoingMessage.objects.get(kind="alert.recall")
    assert (recall.state, recall.reason) == ("delivered", "applied")


def test_what_has_not_left_is_stopped_and_nobody_need_confirm(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="mistake")
    exchange.drain(peer="bo")

    assert bolivia.read == []
    assert _standing(ana, alert) == [Standing.NEVER_HAD_IT]


def test_a_recall_is_told_once_and_a_second_one_is_too_late(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    with pytest.raises(WrongState):
        alerts.recall_alert(by=ana, alert_id=alert.id, reason="safety")
    exchange.drain(peer="bo")

    assert len(bolivia.read) == 2


def test_a_peer_that_was_down_while_it_ran_out_never_receives_it(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana, until=clock.now() + timedelta(hours=2))
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        exchange.drain(peer="bo")
        assert _standing(ana, alert) == [Standing.NEVER_HAD_IT]

    assert bolivia.read == []


def test_a_stranger_cannot_confirm(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")

    assert says(bolivia, secrets.token_hex(16), **_removed()) == "set_aside"
    assert AlertCopy.objects.get(alert=alert).confirmed_at is None


def test_what_is_received_is_read_and_gone_after_its_recall(ana: Actor, bolivia: Peer) -> None:
    conversation = secrets.token_hex(16)
    assert from_bolivia(bolivia, conversation) == "applied"
    (row,) = alerts.alerts_received(by=ana)
    found = alerts.open_received(by=ana, alert_id=row.id)
    assert found.content["name_as_written"] == "Ines INVENTADA"

    at = clock.isoformat(clock.now())
    assert says(bolivia, conversation, 2, "alert.recall", at=at) == "applied"
    with pytest.raises(alerts.AlertOver):
        alerts.open_received(by=ana, alert_id=row.id)
    with pytest.raises(vault.Erased):
        vault.sealer(row.subject)
    kept = ReceivedAlert.objects.get(id=row.id)
    assert (kept.content, kept.why_removed) == (None, "recalled")

    exchange.drain(peer="bo")
    read, told = bolivia.read
    assert set(read) == {"at", "role"}
    assert told == {
        "at": clock.isoformat(kept.removed_at), "why": "recalled",
        "fields": ["last_country", "name_as_written"],
    }  # fmt: skip
    # Once more: it is confirmed once more, and nothing changes.
    assert says(bolivia, conversation, 3, "alert.recall", at=at) == "applied"
    exchange.drain(peer="bo")
    assert bolivia.read[2] == told


def test_what_runs_out_is_gone_at_that_moment_and_confirmed_by_the_job(
    ana: Actor, bolivia: Peer
) -> None:
    from_bolivia(bolivia, secrets.token_hex(16))
    (row,) = alerts.alerts_received(by=ana)
    with time_machine.travel(row.until, tick=False):
        with pytest.raises(alerts.AlertOver):
            alerts.open_received(by=ana, alert_id=row.id)
        assert vault.sealer(row.subject), "the job has not run"
        assert remove_expired(now=clock.now()) == 1
        assert remove_expired(now=clock.now()) == 0
        with pytest.raises(vault.Erased):
            vault.sealer(row.subject)
        exchange.drain(peer="bo")

    assert [told["why"] for told in bolivia.read] == ["expired"]


def test_no_alert_is_removed_by_a_clock_that_several_nodes_call_ahead(
    ana: Actor, bolivia: Peer
) -> None:
    from_bolivia(bolivia, secrets.token_hex(16))
    (row,) = alerts.alerts_received(by=ana)
    for node in ("cl", "pe"):
        PeerState.objects.create(node=node, skew_seconds=-7200)

    with time_machine.travel(row.until, tick=False):
        tasks.remove_expired(timestamp=0)
        with pytest.raises(alerts.AlertOver):
            alerts.open_received(by=ana, alert_id=row.id)

    assert vault.sealer(row.subject), "it is not over"
    assert ReceivedAlert.objects.get(id=row.id).removed_at is None


def test_a_recall_that_comes_before_its_alert_keeps_it_out(ana: Actor, bolivia: Peer) -> None:
    conversation = secrets.token_hex(16)
    at = clock.isoformat(clock.now())
    assert says(bolivia, conversation, 1, "alert.recall", at=at) == "applied"
    now = clock.now()
    late = {
        "at": clock.isoformat(now),
        "handling": ending(now + DAY),
        "data": {"name_as_written": "Ines INVENTADA", "last_country": "BO"},
    }
    assert says(bolivia, conversation, 2, "alert.issue", **late) == "applied"

    (row,) = alerts.alerts_received(by=ana)
    assert (row.content, row.why_removed) == (None, "recalled")
    with pytest.raises(alerts.AlertOver):
        alerts.open_received(by=ana, alert_id=row.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": {"name_as_written": "Ines", "last_country": "BO", "phones": ["1"]}},
        {"data": {"name_as_written": "Ines", "last_country": "BO", "photo": "x"}},
        {"data": {"last_country": "BO"}},
        {"data": {"name_as_written": "Ines"}},
        {"data": {"name_as_written": "Ines", "last_country": "BO", "last_place": "x" * 81}},
        {
            "data": {
                "name_as_written": "Ines",
                "last_country": "BO",
                "birth": {"precision": "date", "value": "1998-03-27"},
            }
        },
        {"handling": ending(clock.now() + 60 * DAY)},
        {"handling": {**ending(clock.now() + DAY), "onward": "consent"}},
        {"handling": {**ending(clock.now() + DAY), "until": ""}},
        {"handling": None},
        {"words": "Ines"},
    ],
)
def test_more_than_the_minimum_or_without_an_end_is_refused(
    ana: Actor, bolivia: Peer, wrong: dict[str, Any]
) -> None:
    assert from_bolivia(bolivia, secrets.token_hex(16), **wrong) != "applied"
    assert alerts.alerts_received(by=ana) == []


def test_another_institution_of_the_node_reads_neither(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    from_bolivia(bolivia, secrets.token_hex(16))
    (row,) = alerts.alerts_received(by=ana)
    other = an_institution("ar-other", kind="service")
    them = members.actor_of(an_officer("olga", other))
    with members.acting(other.id):
        assert alerts.alerts_received(by=them) == []
        with pytest.raises(NotFound):
            alerts.open_received(by=them, alert_id=row.id)
        with pytest.raises(NotFound):
            alerts.open_alert(by=them, alert_id=alert.id)


def test_an_alert_needs_a_name_an_end_and_somebody_who_looks(ana: Actor, bolivia: Peer) -> None:
    nameless = {
        k: v for k, v in ADULT.items() if k not in (*alerts.rules.NAMES, "documents", "phones")
    }
    with pytest.raises(alerts.NameMissing):
        a_draft(ana, a_case(ana, nameless))
    for until in (clock.now(), clock.now() + 31 * DAY):
        with pytest.raises(alerts.NotAnEnd):
            a_draft(ana, until=until)
    with pytest.raises(alerts.NobodyChosen):
        a_draft(ana, to=[])
    for nobody in ("ar-programme", "ar-shelter", "pe-nobody"):
        with pytest.raises(alerts.NotARecipient):
            a_draft(ana, to=[CONSULATE, nobody])
    assert Alert.objects.count() == 0


def test_a_draft_is_thrown_away_and_a_late_one_is_not_issued(ana: Actor, bolivia: Peer) -> None:
    draft, late = a_draft(ana), a_draft(ana, until=clock.now() + timedelta(hours=2))
    alerts.recall_alert(by=ana, alert_id=draft.id, reason="mistake")
    with pytest.raises(WrongState):
        alerts.issue_alert(by=ana, alert_id=draft.id)
    with (
        time_machine.travel(clock.now() + timedelta(hours=3), tick=False),
        pytest.raises(alerts.NotAnEnd),
    ):
        alerts.issue_alert(by=ana, alert_id=late.id)
    exchange.drain(peer="bo")

    assert bolivia.read == []


def test_the_database_keeps_what_was_removed_gone(ana: Actor, bolivia: Peer) -> None:
    from_bolivia(bolivia, secrets.token_hex(16))
    with pytest.raises(IntegrityError, match="alerts_removed_is_gone"), transaction.atomic():
        ReceivedAlert.objects.update(removed_at=clock.now(), why_removed="expired")
