"""Jobs: known by name, and taken up again when a worker was killed."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from ayni.exchange import tasks
from tests.exchange.peer import Peer

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


def test_a_job_whose_worker_was_killed_is_taken_up_again(bolivia: Peer) -> None:
    _forget_jobs()
    tasks.ask_to_refresh()
    _kill_workers_in_their_work()
    assert _waiting() == []

    async_to_sync(tasks.take_up_stalled)(app.job_manager)

    assert _waiting() == ["exchange.refresh_trust"]


def test_a_killed_job_does_not_hold_up_the_same_job_queued_again(bolivia: Peer) -> None:
    _forget_jobs()
    tasks.ask_to_refresh()
    _kill_workers_in_their_work()
    tasks.ask_to_refresh()

    async_to_sync(tasks.take_up_stalled)(app.job_manager)

    states = ProcrastinateJob.objects.order_by("id").values_list("status", flat=True)
    assert list(states) == ["failed", "todo"]


def test_every_periodic_job_is_known(bolivia: Peer) -> None:
    names = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}

    assert {
        "exchange.apply_waiting",
        "exchange.retry_stalled",
        "exchange.refresh_hourly",
        "exchange.remove_old_keys",
    } <= names
