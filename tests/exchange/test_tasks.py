"""Jobs: queued with the transaction, one per peer, and taken up again when a worker was killed."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from ayni.exchange import api as exchange
from ayni.exchange import tasks
from ayni.exchange.models import OutgoingMessage, PeerState
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue

pytestmark = pytest.mark.database_room


def _forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_events")
        cursor.execute("delete from procrastinate_jobs")


def _waiting() -> list[str]:
    return list(ProcrastinateJob.objects.filter(status="todo").values_list("task_name", flat=True))


def _kill_workers_in_their_work() -> None:
    """What a worker leaves that was killed while it worked at every job there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) "
            "values (now() - interval '10 minutes') returning id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", [worker])


def test_one_job_stands_for_all_messages_to_a_peer(bolivia: Peer) -> None:
    _forget_jobs()
    for n in range(3):
        queue({"needs": [n]}, a_grant())

    assert _waiting() == ["exchange.drain_peer"]
    assert OutgoingMessage.objects.count() == 3


def test_a_transaction_that_is_undone_queues_nothing(bolivia: Peer) -> None:
    _forget_jobs()
    with transaction.atomic():
        queue({"needs": [1]}, a_grant())
        transaction.set_rollback(True)

    assert _waiting() == []
    assert not OutgoingMessage.objects.exists()


def test_the_job_delivers(bolivia: Peer) -> None:
    message = queue({"needs": [1]}, a_grant())

    tasks.drain_peer("bo")

    assert exchange.delivery_of(message).state == "delivered"


def test_the_periodic_job_asks_for_peers_that_do_not_rest(bolivia: Peer) -> None:
    queue({"needs": [1]}, a_grant())
    _forget_jobs()

    tasks.drain_all(0)
    assert _waiting() == ["exchange.drain_peer"]

    _forget_jobs()
    bolivia.answers = False
    exchange.drain(peer="bo")
    assert PeerState.objects.get(node="bo").failures == 1
    tasks.drain_all(0)
    assert _waiting() == []


def test_a_job_whose_worker_was_killed_is_taken_up_again(bolivia: Peer) -> None:
    _forget_jobs()
    queue({"needs": [1]}, a_grant())
    _kill_workers_in_their_work()
    assert _waiting() == []

    async_to_sync(tasks.take_up_stalled)(app.job_manager)

    assert _waiting() == ["exchange.drain_peer"]


def test_a_killed_job_does_not_hold_up_the_same_job_queued_again(bolivia: Peer) -> None:
    _forget_jobs()
    queue({"needs": [1]}, a_grant())
    _kill_workers_in_their_work()
    queue({"needs": [2]}, a_grant())

    async_to_sync(tasks.take_up_stalled)(app.job_manager)

    states = ProcrastinateJob.objects.order_by("id").values_list("status", flat=True)
    assert list(states) == ["failed", "todo"]


def test_every_periodic_job_is_known(bolivia: Peer) -> None:
    names = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}

    assert {
        "exchange.drain_all",
        "exchange.apply_waiting",
        "exchange.retry_stalled",
        "exchange.refresh_hourly",
        "exchange.remove_old_keys",
    } <= names
