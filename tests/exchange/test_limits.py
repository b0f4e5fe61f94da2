"""One node cannot drown another: what is over a limit is refused with a reason and a time, nothing
of it is lost, and the other peers go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from ayni.exchange import api as exchange
from ayni.exchange import batches, documents, limits, transport
from ayni.exchange.models import IncomingMessage, PeerState
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_reception import _signed_by_bolivia, post_signed

DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    limits.begin_anew()
    yield
    limits.begin_anew()


def _ask(bolivia: Peer, raw: bytes, path: str = transport.PATH) -> Any:
    """What this node answers, headers and all."""
    headers = _signed_by_bolivia(bolivia, raw, path=path)
    return Client(headers={"host": "ar.localhost"}).post(
        path,
        raw,
        content_type=transport.CONTENT_TYPE,
        headers={k: v for k, v in headers.items() if k != "Content-Type"},
    )


ACCOUNT = "/exchange/1/account"


def test_a_peer_that_sends_too_many_is_told_when_to_come_again(
    bolivia: Peer, settings: Settings
) -> None:
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 2
    answers = [_ask(bolivia, bolivia.seal(DATA)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"refused": "too_fast"}
    assert 1 <= int(answers[2]["Retry-After"]) <= 30
    assert IncomingMessage.objects.count() == 2


def test_a_batch_counts_as_many_messages_as_it_holds(bolivia: Peer, settings: Settings) -> None:
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 3
    many = batches.pack([bolivia.seal(DATA) for _ in range(5)])

    first = _ask(bolivia, many, transport.BATCH)
    second = _ask(bolivia, batches.pack([bolivia.seal(DATA)]), transport.BATCH)

    assert (first.status_code, second.status_code) == (200, 429)
    assert IncomingMessage.objects.count() == 5


def test_questions_for_an_account_count_as_messages_do(bolivia: Peer, settings: Settings) -> None:
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 2
    question = documents.canonical({"page": 0, "sheet": 1, "since": clock.isoformat(clock.now())})
    answers = [_ask(bolivia, question, ACCOUNT) for _ in range(2)]
    answers.append(_ask(bolivia, bolivia.seal(DATA)))

    assert answers[0].status_code == 200
    assert [answer.status_code for answer in answers[1:]] == [200, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 30
    assert _ask(bolivia, question, ACCOUNT).json() == {"refused": "too_fast"}


def test_megabytes_are_counted_beside_messages(bolivia: Peer, settings: Settings) -> None:
    settings.AYNI_PEER_MEGABYTES_A_MINUTE = 1
    large = {"data": {"needs": "x" * 250_000}}

    said = [_ask(bolivia, bolivia.seal(large)).status_code for _ in range(6)]

    assert said[:3] == [200] * 3
    assert said[-1] == 429


def test_another_peer_is_not_slowed_down(settings: Settings) -> None:
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 1
    settings.AYNI_FREE_MEGABYTES = 0
    room = limits.Limits()
    room._check_pace("bo", 1, 10)
    with pytest.raises(limits.OverLimit, match="too_fast"):
        room._check_pace("bo", 1, 10)

    room._check_pace("uy", 1, 10)


def test_one_peer_takes_no_more_than_some_requests_at_once(bolivia: Peer) -> None:
    room = limits.Limits()
    inside, over = threading.Barrier(limits.AT_ONCE + 1), threading.Event()

    def stay() -> None:
        with room.taking("bo", messages=1, size=1):
            inside.wait(10)
            over.wait(10)
        from django.db import connection

        connection.close()

    threads = [threading.Thread(target=stay) for _ in range(limits.AT_ONCE)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    with (
        pytest.raises(limits.OverLimit) as refused,
        room.taking("bo", messages=1, size=1),
    ):
        pass
    assert (refused.value.code, refused.value.status) == ("too_many_at_once", 429)
    with room.taking("uy", messages=1, size=1):
        over.set()
    for thread in threads:
        thread.join()
    with room.taking("bo", messages=1, size=1):
        pass


def test_a_peer_whose_messages_stand_aside_by_the_megabyte_is_refused_until_people_looked(
    bolivia: Peer, settings: Settings
) -> None:
    settings.AYNI_PEER_HELD_MEGABYTES = 1
    for _ in range(5):
        assert post_signed(bolivia, bolivia.seal({"data": {"needs": "refuse", "x": "y" * 250_000}}))
    limits.begin_anew()
    raw = bolivia.seal(DATA)

    answer = _ask(bolivia, raw)

    assert (answer.status_code, answer.json()) == (507, {"refused": "too_much_held"})
    assert answer["Retry-After"] == "600"
    IncomingMessage.objects.filter(state="set_aside").delete()
    limits.begin_anew()
    assert _ask(bolivia, raw).status_code == 200


def test_what_was_applied_is_not_counted_among_what_waits_or_stands_aside(bolivia: Peer) -> None:
    post_signed(bolivia, bolivia.seal({"data": {"needs": "x" * 100_000}}))
    assert limits.held("bo") == 0

    post_signed(bolivia, bolivia.seal({"data": {"needs": "refuse"}}))
    assert limits.held("bo") > 4096


def test_nothing_is_taken_on_a_disk_that_is_nearly_full(bolivia: Peer, settings: Settings) -> None:
    settings.AYNI_FREE_MEGABYTES = 10**9

    answer = _ask(bolivia, bolivia.seal(DATA))

    assert (answer.status_code, answer.json()) == (507, {"refused": "disk_full"})
    assert not IncomingMessage.objects.exists()


@pytest.mark.parametrize("says", [429, 503, 507])
@pytest.mark.parametrize("count", [1, 3])
def test_the_sender_rests_as_long_as_it_is_told_and_loses_nothing(
    bolivia: Peer, says: int, count: int
) -> None:
    bolivia.answers, bolivia.says, bolivia.retry_after = False, says, "120"
    messages = [queue({"needs": [n]}, a_grant()) for n in range(count)]

    assert exchange.drain(peer="bo") == 0

    rests = PeerState.objects.get(node="bo").next_attempt
    assert rests is not None
    assert timedelta(seconds=118) < rests - clock.now() < timedelta(seconds=122)
    assert exchange.peers_waiting() == []
    bolivia.answers = True
    PeerState.objects.update(next_attempt=None)
    assert exchange.drain(peer="bo") == count
    assert {exchange.delivery_of(message).state for message in messages} == {"delivered"}


@pytest.mark.parametrize("said", ["99999999", "-5", "tomorrow", "99999"])
def test_nobody_makes_the_sender_rest_for_days(bolivia: Peer, said: str) -> None:
    bolivia.answers, bolivia.retry_after = False, said
    queue({"needs": [1]}, a_grant())

    exchange.drain(peer="bo")

    rests = PeerState.objects.get(node="bo").next_attempt
    assert rests is not None
    assert rests - clock.now() <= timedelta(minutes=15)
