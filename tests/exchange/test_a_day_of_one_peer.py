"""What one peer may bring in a day: above it that peer alone waits until midnight, and loses
nothing; the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ayni.exchange import api as exchange
from ayni.exchange import batches, documents, limits, stream, taken_today, transport
from ayni.exchange.models import IncomingMessage, TakenOfPeer
from ayni.exchange.taken_today import LOOK_AGAIN, TakenToday
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.shelf import give, how_it_stands
from tests.exchange.test_limits import ACCOUNT, DATA, _ask
from tests.exchange.test_taking_attachments import IDENT, coming

LARGE = {"data": {"needs": "x" * 250_000}}  # 262,144 bytes and what is around them
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MEGABYTE = 1_048_576


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    limits.begin_anew()
    yield
    limits.begin_anew()


def _fill(bolivia: Peer, settings: Settings) -> None:
    """Bolivia brings all that it may in a day."""
    settings.AYNI_PEER_MEGABYTES_A_DAY = 1
    for _ in range(4):
        assert _ask(bolivia, bolivia.seal(LARGE)).status_code == 200


def test_above_its_day_one_peer_waits_until_midnight_and_another_is_served_in_the_same_minute(
    bolivia: Peer, settings: Settings
) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=12)
    with time_machine.travel(tomorrow, tick=False):
        _fill(bolivia, settings)
        raw = bolivia.seal(DATA)
        answer = _ask(bolivia, raw)

        assert (answer.status_code, answer.json()) == (507, {"refused": "too_much_today"})
        assert answer["Retry-After"] == "3600"  # no answer says more; the sender asks again
        assert IncomingMessage.objects.count() == 4
        with limits.of_this_process().bringing("uy", messages=1, size=len(raw)) as keep:
            keep(len(raw))
    with time_machine.travel(tomorrow + timedelta(hours=12, seconds=1), tick=False):
        assert _ask(bolivia, raw).status_code == 200, "it drains after midnight"


def test_a_batch_above_the_day_is_refused_as_a_whole_and_comes_again(
    bolivia: Peer, settings: Settings
) -> None:
    _fill(bolivia, settings)
    many = batches.pack([bolivia.seal(DATA) for _ in range(3)])

    answer = _ask(bolivia, many, transport.BATCH)

    assert (answer.status_code, answer.json()) == (507, {"refused": "too_much_today"})
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert _ask(bolivia, many, transport.BATCH).status_code == 200


def test_chunks_of_attachments_count_and_are_refused_above_the_day(
    bolivia: Peer, settings: Settings
) -> None:
    settings.AYNI_PEER_MEGABYTES_A_DAY = 1
    parts = coming(5 * stream.CHUNK)

    said = [give(bolivia, IDENT, number, part) for number, part in enumerate(parts)]

    assert [status for status, _answer in said] == [200] * 4 + [507]
    assert said[4][1] == {"refused": "too_much_today"}
    assert how_it_stands(bolivia, IDENT) == (200, {"missing": [4], "state": "coming"})


def test_who_is_above_its_day_is_still_answered_what_it_asks(
    bolivia: Peer, settings: Settings
) -> None:
    _fill(bolivia, settings)
    question = documents.canonical({"page": 0, "sheet": 1, "since": clock.isoformat(clock.now())})

    assert _ask(bolivia, bolivia.seal(DATA)).status_code == 507
    assert _ask(bolivia, question, ACCOUNT).status_code == 200


def test_what_is_refused_or_has_to_come_again_is_not_counted(
    bolivia: Peer, settings: Settings
) -> None:
    settings.AYNI_PEER_MEGABYTES_A_DAY = 1
    past = clock.now() - timedelta(days=1)
    refused = [bolivia.seal(LARGE, valid_until=past) for _ in range(6)]

    assert {_ask(bolivia, raw).status_code for raw in refused} == {422}
    for raw in refused:
        assert _ask(bolivia, batches.pack([raw]), transport.BATCH).status_code == 200

    assert _ask(bolivia, bolivia.seal(DATA)).status_code == 200


def test_a_backlog_of_fifty_thousand_messages_fits_three_times_into_the_day_that_is_usual(
    bolivia: Peer,
) -> None:
    one = len(bolivia.seal({"data": {"needs": "x" * 20_000}}))

    assert 3 * 50_000 * one < configured.AYNI_PEER_MEGABYTES_A_DAY * MEGABYTE


@pytest.mark.django_db
def test_the_processes_of_a_node_count_one_day_together_and_a_restart_does_not_forget_it() -> None:
    one, other = TakenToday(), TakenToday()
    for each in (one, other):
        assert each.of("bo", now=NOON, tick=0) == 0
    one.count("bo", 700, now=NOON)
    other.count("bo", 50, now=NOON)
    other.count("uy", 9, now=NOON)  # nobody has asked about it: its first request is let in

    assert (one.of("bo", now=NOON, tick=1), other.of("bo", now=NOON, tick=1)) == (700, 50)
    assert one.of("bo", now=NOON, tick=LOOK_AGAIN) == 700
    assert other.of("bo", now=NOON, tick=LOOK_AGAIN) == 750
    assert TakenToday().of("bo", now=NOON, tick=0) == 750
    assert TakenOfPeer.objects.get().node == "bo"


@pytest.mark.django_db
def test_what_is_much_is_added_at_once_so_that_other_processes_know() -> None:
    one = TakenToday()
    one.of("bo", now=NOON, tick=0)
    one.count("bo", taken_today.ADD_AT, now=NOON)

    assert one.of("bo", now=NOON, tick=0.1) == taken_today.ADD_AT
    assert taken_today.taken(["bo"], now=NOON) == {"bo": taken_today.ADD_AT}


@pytest.mark.django_db
def test_a_thousand_messages_in_half_a_minute_cost_one_look_and_no_write() -> None:
    one = TakenToday()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for number in range(1000):
            one.of("bo", now=NOON, tick=number / 100)
            one.count("bo", 4_900, now=NOON)

    assert len(asked) == 1
    assert one.of("bo", now=NOON, tick=29) == 4_900_000


@pytest.mark.django_db
@pytest.mark.parametrize("other", [NOON + timedelta(days=1), NOON - timedelta(days=3)])
def test_another_day_begins_at_nothing_also_when_a_clock_is_set_back(other: datetime) -> None:
    one = TakenToday()
    one.of("bo", now=NOON, tick=0)
    one.count("bo", 700, now=NOON)
    one.of("bo", now=NOON, tick=LOOK_AGAIN)
    one.count("bo", 60, now=NOON)

    assert one.of("bo", now=other, tick=LOOK_AGAIN + 1) == 0
    one.count("bo", 5, now=other)
    assert one.of("bo", now=other, tick=3 * LOOK_AGAIN) == 5
    assert TakenToday().of("bo", now=other, tick=0) == 5


@given(st.integers(-(10**9), 10**9), st.sampled_from([UTC, timezone(timedelta(hours=-3))]))
def test_a_day_ends_at_midnight_in_utc_wherever_the_node_stands(
    seconds: int, zone: timezone
) -> None:
    now = (NOON + timedelta(seconds=seconds)).astimezone(zone)
    left = taken_today.seconds_left(now)

    after = (now + timedelta(seconds=left)).astimezone(UTC)
    assert 0 < left <= 86_400
    assert (after.hour, after.minute, after.second) == (0, 0, 0)
    assert taken_today.day_of(now) == taken_today.day_of(after) - timedelta(days=1)


@pytest.mark.parametrize(
    ("size", "told"), [(0, 0.0), (99_999, 0.0), (524_288, 0.5), (1_000_000, 0.9), (1_048_576, 1.0)]
)
def test_how_full_its_day_is_can_be_seen_in_tenths(
    bolivia: Peer, settings: Settings, size: int, told: float
) -> None:
    settings.AYNI_PEER_MEGABYTES_A_DAY = 1
    TakenOfPeer.objects.create(node="bo", day=taken_today.day_of(clock.now()), size=size)

    (one,) = exchange.neighbours()

    assert one.today == told
