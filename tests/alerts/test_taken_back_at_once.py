"""Something is taken back at the very moment at which it is delivered, answered or removed: none of
them waits for the other in a circle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from ayni.alerts import api as alerts
from ayni.alerts import handing
from ayni.alerts.expiring import remove_expired
from ayni.alerts.models import AlertAnswer, ReceivedAlert
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.lib.errors import WrongState
from ayni.members import api as members
from tests.alerts.stories import SIGHTING, an_answer, its_officer, to_the_prosecution
from tests.alerts.taking_back import answered, received_of
from tests.cooperation.test_protect_and_delivery import WITHIN, Beside
from tests.exchange.peer import Peer


def _until_one_waits() -> None:
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where not granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("it does not wait")


def test_what_is_being_delivered_is_taken_back_in_the_same_order(ana: Actor, bolivia: Peer) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    alerts.send_answer(by=ana, answer_id=an_answer(ana, received.id).id)
    queued = OutgoingMessage.objects.filter(kind="alert.answer").order_by("place")
    first, second = queued.values_list("place", flat=True)
    with transaction.atomic():  # as whoever delivers: one after the other
        OutgoingMessage.objects.select_for_update().get(place=first)
        other = Beside(
            lambda: alerts.withdraw_answer(by=ana, answer_id=row.id), received.institution_id
        )
        _until_one_waits()
        OutgoingMessage.objects.select_for_update().get(place=second)

    assert other.done().withdrawn_at is not None
    assert {each.state for each in queued} == {"cancelled"}


@contextmanager
def _at_the_prosecution(ana: Actor) -> Iterator[tuple[Actor, ReceivedAlert, AlertAnswer]]:
    """Its officer, with an alert of this node and the answer to it."""
    alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana).id)
    pablo = its_officer()
    with members.acting(pablo.institution):
        (received,) = alerts.alerts_received(by=pablo)
        row = an_answer(pablo, received.id, told=SIGHTING)
        yield pablo, received, alerts.send_answer(by=pablo, answer_id=row.id)


def _taken_back_beside(by: Actor, row: AlertAnswer, act: Any) -> Beside:
    """Something else begins after this answer began to be taken back, and has to wait."""
    assert row.received is not None
    with transaction.atomic():
        handing.hold_copy(row.received)  # the first thing that taking back does
        other = Beside(act, by.institution)
        _until_one_waits()
        alerts.withdraw_answer(by=by, answer_id=row.id)
    return other


@pytest.mark.django_db(transaction=True)
def test_within_one_node_answering_and_taking_back_lock_in_the_same_order(ana: Actor) -> None:
    with _at_the_prosecution(ana) as (pablo, received, row):
        draft = an_answer(pablo, received.id)
        other = _taken_back_beside(
            pablo, row, lambda: alerts.send_answer(by=pablo, answer_id=draft.id)
        )
        with pytest.raises(WrongState):  # the draft rested on the same word
            other.done()


@pytest.mark.django_db(transaction=True)
def test_within_one_node_removing_and_taking_back_lock_in_the_same_order(ana: Actor) -> None:
    with _at_the_prosecution(ana) as (pablo, received, row):
        other = _taken_back_beside(pablo, row, lambda: remove_expired(now=received.until))
        assert other.done() == 1
        assert AlertAnswer.objects.get(id=row.id).confirmed_at is not None
