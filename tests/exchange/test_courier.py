"""The courier: told when a transaction commits, looks besides, and serves each peer on its own."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.db import connection, connections, transaction

from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue

pytestmark = pytest.mark.database_room


@contextmanager
def a_courier() -> Iterator[None]:
    until = threading.Event()
    thread = exchange.Courier(until).start()
    try:
        yield
    finally:
        until.set()
        thread.join(20)
        assert not thread.is_alive()


def _by_and_by(true: Callable[[], bool], within: float = 20.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def _delivered() -> int:
    return OutgoingMessage.objects.filter(state="delivered").count()


def _has_left(message: str) -> bool:
    return exchange.delivery_of(message).state == "delivered"


def _listens() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where query like 'listen %%'")
        return bool(cursor.fetchone()[0])


def test_what_waited_before_it_began_leaves(bolivia: Peer) -> None:
    queue({"needs": [1]}, a_grant())

    with a_courier():
        assert _by_and_by(lambda: _delivered() == 1)


def test_what_is_queued_leaves_at_once(bolivia: Peer) -> None:
    with a_courier():
        assert _by_and_by(_listens)
        took = []
        for n in range(5):
            message = queue({"needs": [n]}, a_grant())
            assert _by_and_by(partial(_has_left, message))
            row = exchange.delivery_of(message)
            assert row.settled_at is not None
            took.append(row.settled_at - row.queued_at)

    # By its looks alone each would have taken two and a half seconds in the middle.
    assert min(took) < timedelta(seconds=1)


def test_a_transaction_that_is_undone_wakes_nobody(bolivia: Peer) -> None:
    with a_courier():
        assert _by_and_by(_listens)
        with transaction.atomic():
            queue({"needs": [1]}, a_grant())
            transaction.set_rollback(True)
        message = queue({"needs": [2]}, a_grant())
        assert _by_and_by(partial(_has_left, message))

    assert len(bolivia.asked) == 1
    assert not OutgoingMessage.objects.exclude(message=message).exists()


def test_a_message_leaves_only_when_its_transaction_has_committed(bolivia: Peer) -> None:
    with a_courier():
        assert _by_and_by(_listens)
        with transaction.atomic():
            queue({"needs": [1]}, a_grant())
            assert not _by_and_by(lambda: bool(bolivia.asked), within=0.5)
        assert _by_and_by(lambda: _delivered() == 1)


def test_two_couriers_send_nothing_twice(bolivia: Peer) -> None:
    with a_courier(), a_courier():
        assert _by_and_by(_listens)
        for n in range(30):
            queue({"needs": [n]}, a_grant())
        assert _by_and_by(lambda: _delivered() == 30)

    assert len(bolivia.raw) == len(set(bolivia.raw)) == 30


def test_a_peer_that_rests_is_left_in_peace_and_served_when_its_rest_is_over(bolivia: Peer) -> None:
    PeerState.objects.create(node="bo", failures=1, next_attempt=clock.now() + timedelta(seconds=3))

    with a_courier():
        assert _by_and_by(_listens)
        queue({"needs": [1]}, a_grant())
        assert not _by_and_by(lambda: bool(bolivia.asked), within=1.0)
        assert _by_and_by(lambda: _delivered() == 1)


def test_it_goes_on_when_the_database_has_ended_its_connections(bolivia: Peer) -> None:
    with a_courier():
        assert _by_and_by(_listens)
        queue({"needs": [1]}, a_grant())
        assert _by_and_by(lambda: _delivered() == 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database()"
            )
        queue({"needs": [2]}, a_grant())
        assert _by_and_by(lambda: _delivered() == 2)


def _said(told: pytest.LogCaptureFixture, event: str) -> bool:
    return any(one.message == event and one.exc_info for one in told.records)


def test_it_goes_on_after_an_error_that_is_none_of_the_database(
    bolivia: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "ayni.exchange")
    # What it connects by is spoilt while it begins; Django then says ImproperlyConfigured.
    given = connections.settings["default"]
    name, given["NAME"] = given["NAME"], ""
    queue({"needs": [1]}, a_grant())
    try:
        with a_courier():
            assert _by_and_by(lambda: _said(caplog, "courier"))
            given["NAME"] = name
            assert _by_and_by(lambda: _delivered() == 1)
    finally:
        given["NAME"] = name


def test_a_lane_goes_on_after_a_table_was_away(
    bolivia: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "ayni.exchange")
    queue({"needs": [1]}, a_grant())
    with psycopg.connect(os.environ["AYNI_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("alter table exchange_trusted rename to exchange_away")
        try:
            with a_courier():
                assert _by_and_by(lambda: _said(caplog, "drain"))
                assert _delivered() == 0
                owner.execute("alter table exchange_away rename to exchange_trusted")
                assert _by_and_by(lambda: _delivered() == 1)
        finally:
            owner.execute("alter table if exists exchange_away rename to exchange_trusted")
    assert len(bolivia.raw) == 1
