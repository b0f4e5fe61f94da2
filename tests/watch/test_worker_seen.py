"""When a worker was last seen: also after it was stopped in order and has taken its word back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from ayni.lib import clock
from ayni.watch.levels import Level
from ayni.watch.readings import Reading, read_all

pytestmark = pytest.mark.django_db


def _seen(later: timedelta) -> Reading:
    now = clock.now() + later
    return next(r for r in read_all(now) if r.metric.name == "ayni_worker_last_seen_seconds")


def _do(sql: str, *values: object) -> object:
    """One statement of procrastinate, as its worker sends it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0] if cursor.description else None


def test_a_worker_that_was_never_there_is_not_known() -> None:
    found = _seen(timedelta(0))
    assert (found.value, found.level) == (None, Level.UNKNOWN)


def test_a_worker_that_lives_is_good_and_one_that_was_stopped_in_order_is_missed() -> None:
    worker = _do("select worker_id from procrastinate_register_worker_v1()")
    assert _seen(timedelta(seconds=5)).level is Level.GOOD
    job = _do(
        "insert into procrastinate_jobs (queue_name, task_name, status)"
        " values ('default', 'exchange.apply_waiting', 'todo') returning id"
    )
    _do("update procrastinate_jobs set status = 'doing' where id = %s", job)
    _do("update procrastinate_jobs set status = 'succeeded' where id = %s", job)

    _do("select procrastinate_unregister_worker_v1(%s)", worker)
    assert _seen(timedelta(seconds=5)).level is Level.GOOD, "it works again in a moment"
    assert _seen(timedelta(minutes=3)).level is Level.LOOK
    assert _seen(timedelta(minutes=11)).level is Level.WRONG


def test_jobs_that_are_put_down_do_not_look_like_a_worker() -> None:
    _do(
        "insert into procrastinate_jobs (queue_name, task_name, status)"
        " values ('default', 'exchange.apply_waiting', 'todo')"
    )
    assert _seen(timedelta(0)).value is None
