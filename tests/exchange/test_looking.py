"""What came whole is looked at, and so its sender told, whatever happens to the first attempt."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.db import OperationalError, connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import chunk_tasks, chunks, resting, stream
from ayni.exchange.held import Hold, Stream
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from tests.cast import Cast
from tests.exchange.peer import Peer
from tests.exchange.shelf import BY, content_of, give
from tests.exchange.streams import sealed

IDENT, OTHER, MESSAGE = "5" * 32, "6" * 32, "7" * 32
looked: list[str] = []
breaks: list[Exception] = []


def look(*, attachment: str, institution: str) -> None:
    """What the room does: it fails as often as an error stands in `breaks`."""
    assert institution == "ar-programme"
    if breaks:
        raise breaks.pop()
    looked.append(attachment)


@pytest.fixture(autouse=True)
def room(settings: Settings) -> None:
    settings.AYNI_ATTACHMENT_ARRIVED = f"{__name__}.look"
    looked.clear()
    breaks.clear()


def whole(peer: Peer, ident: str = IDENT) -> None:
    """An attachment of Bolivia of which every chunk is here; the job to look at it is queued."""
    raw = peer.seal({"data": {"needs": ["x"]}}, message=MESSAGE)
    exchange.receive(raw=raw, signed_by="bo")
    size = stream.CHUNK + 1
    exchange.expect_attachment(by=BY, attachment=ident, size=size, peer="bo", message=MESSAGE)
    for number, part in enumerate(sealed(content_of(size), [], attachment=ident, key=None)[0]):
        assert give(peer, ident, number, part)[0] == 200
    assert Stream.objects.get(id=ident).hold == Hold.WHOLE


def run_jobs() -> int:
    """What the worker does with the jobs that look; how many it ran. One that fails is over."""
    jobs = ProcrastinateJob.objects.filter(task_name="exchange.look_at", status="todo")
    due = list(jobs.order_by("id").values_list("id", "args"))
    with connection.cursor() as cursor:
        for number, arguments in due:
            cursor.execute("update procrastinate_jobs set status = 'doing' where id = %s", [number])
            try:
                chunk_tasks.look_at(**arguments)
                ended = "succeeded"
            except OperationalError:
                ended = "failed"
            cursor.execute(
                "update procrastinate_jobs set status = %s::procrastinate_job_status where id = %s",
                [ended, number],
            )
    return len(due)


def lose_jobs() -> None:
    """What a restore does: a backup holds no jobs."""
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_events")
        cursor.execute("delete from procrastinate_jobs")


def later(**by: int) -> time_machine.travel:
    """So much later."""
    return time_machine.travel(clock.now() + timedelta(**by))


def test_a_file_at_which_the_database_failed_is_looked_at_again(bolivia: Peer) -> None:
    whole(bolivia)
    breaks.append(OperationalError("terminating connection"))
    run_jobs()
    assert looked == []

    with later(minutes=1):
        chunk_tasks.look_again(0)
        assert run_jobs() == 1

    assert looked == [IDENT]


def test_a_file_whose_job_was_lost_in_a_restore_is_looked_at(bolivia: Peer) -> None:
    whole(bolivia)
    lose_jobs()

    chunk_tasks.look_again(0)
    run_jobs()

    assert looked == [IDENT]


def test_a_file_that_was_looked_at_is_not_looked_at_again(bolivia: Peer) -> None:
    whole(bolivia)
    run_jobs()

    with later(days=1):
        chunk_tasks.look_again(0)
        chunk_tasks.look_at(IDENT)
        assert run_jobs() == 0

    assert looked == [IDENT]


def test_a_file_at_which_our_software_fails_rests_longer_each_time_and_at_most_a_quarter_of_an_hour(
    bolivia: Peer,
) -> None:
    whole(bolivia)
    rests = []
    for _each in range(14):
        breaks.append(OperationalError("again"))
        lose_jobs()
        with pytest.raises(OperationalError):
            chunk_tasks.look_at(IDENT)
        until = Stream.objects.values_list("look_after", flat=True).get(id=IDENT)
        rests.append((until - clock.now()).total_seconds())

    assert 3 < rests[0] < 7 < rests[2] < 27
    assert 0.75 * 900 - 5 < rests[-1] <= 1.25 * 900
    chunk_tasks.look_again(0)
    assert run_jobs() == 0, "it rests"
    with later(minutes=19):
        assert chunks.not_looked_at(now=clock.now()) == [IDENT]


def test_a_file_at_which_our_software_always_fails_stands_aside_and_is_looked_at_once_mended(
    bolivia: Peer, cast: Cast
) -> None:
    nadia = members.actor_of(cast.nadia)
    whole(bolivia)
    for _each in range(chunks.MOST_LOOKS):
        assert exchange.files_aside(by=nadia) == []
        breaks.append(ZeroDivisionError("a word of what is in it"))
        with pytest.raises(ZeroDivisionError):
            chunk_tasks.look_at(IDENT)
    lose_jobs()

    (aside,) = exchange.files_aside(by=nadia)
    assert (aside.attachment, aside.peer, aside.failed) == (IDENT, "bo", "ZeroDivisionError")
    assert "a word of what is in it" not in str(aside)
    assert exchange.files_aside_count() == 1
    with later(days=1):
        assert chunks.not_looked_at(now=clock.now()) == []
        chunk_tasks.look_at(IDENT)
    assert looked == []

    breaks.append(OperationalError("not mended yet"))
    exchange.look_once_more(by=nadia, attachment=IDENT)
    assert run_jobs() == 1
    assert [each.failed for each in exchange.files_aside(by=nadia)] == ["OperationalError"]
    exchange.look_once_more(by=nadia, attachment=IDENT)
    assert run_jobs() == 1

    assert looked == [IDENT]
    assert exchange.files_aside(by=nadia) == []
    with pytest.raises(WrongState):
        exchange.look_once_more(by=nadia, attachment=IDENT)
    tried = Entry.objects.filter(verb="exchange.look_once_more", subject=IDENT)
    assert tried.count() == 2


def test_only_who_runs_the_node_has_a_file_looked_at_again(bolivia: Peer, cast: Cast) -> None:
    whole(bolivia)
    Stream.objects.update(looks=chunks.MOST_LOOKS)
    ana = members.actor_of(cast.ana)

    with pytest.raises(NotAllowed):
        exchange.files_aside(by=ana)
    with pytest.raises(NotAllowed):
        exchange.look_once_more(by=ana, attachment=IDENT)
    with pytest.raises(NotFound):
        exchange.look_once_more(by=members.actor_of(cast.nadia), attachment=OTHER)
    assert exchange.files_aside_count() == 1


def test_a_rest_that_was_written_by_a_clock_that_was_ahead_is_none(bolivia: Peer) -> None:
    whole(bolivia)
    with later(hours=9):
        assert chunks.begin_look(IDENT, now=clock.now())

    assert chunks.not_looked_at(now=clock.now()) == [IDENT]


def test_one_that_is_queued_is_not_queued_twice(bolivia: Peer) -> None:
    whole(bolivia)

    for _each in range(3):
        chunk_tasks.look_again(0)

    assert run_jobs() == 1


def test_what_comes_still_or_was_removed_is_not_looked_at(bolivia: Peer) -> None:
    whole(bolivia)
    exchange.remove_attachment(by=BY, attachment=IDENT, reason="erased")
    exchange.expect_attachment(by=BY, attachment=OTHER, size=9, peer="bo", message=MESSAGE)

    assert chunks.not_looked_at(now=clock.now() + resting.LONGEST_WAIT) == []
    run_jobs()
    assert looked == []


def test_what_came_whole_before_the_upgrade_is_not_looked_at_again(bolivia: Peer) -> None:
    whole(bolivia)
    run_jobs()
    Stream.objects.create(
        id=OTHER, peer="bo", message=MESSAGE, hold=Hold.WHOLE, chunks=1, have=1,
        begun_at=clock.now(), moved_at=clock.now(),
    )  # fmt: skip
    chunk_tasks.ask_to_look_at(OTHER)
    Stream.objects.update(looked_at=None, look_after=None, looks=0)  # as the columns are made
    upgrade = import_module("ayni.exchange.migrations.0017_looked_at")
    with connection.cursor() as cursor:
        cursor.execute(upgrade.LOOKED_AT)

    found = {row.id: (row.looked_at, row.moved_at) for row in Stream.objects.all()}
    assert found[IDENT][0] == found[IDENT][1]
    assert found[OTHER][0] is None, "its job still waits"
    assert chunks.not_looked_at(now=clock.now()) == [OTHER]


def test_the_question_for_what_is_to_be_looked_at_is_answered_by_its_own_index(
    bolivia: Peer,
) -> None:
    whole(bolivia)
    with connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        cursor.execute(
            "explain select id from exchange_stream where hold = 'whole' and looked_at is null"
            " order by look_after nulls first, moved_at limit 50"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("set enable_seqscan = on")
    assert "exchange_stream_look" in plan
