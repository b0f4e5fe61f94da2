"""Somebody holds a message that would leave now, as who withdraws does: who delivers does not wait.
What follows it in its conversation does not overtake it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue

FIRST, SECOND = "a" * 32, "b" * 32


@contextmanager
def _held(message: str) -> Iterator[None]:
    """Another connection holds it."""
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            OutgoingMessage.objects.select_for_update().get(message=message)
            held.set()
            go_on.wait(5)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(20)
    try:
        yield
        assert other.is_alive(), "it was waited for"
    finally:
        go_on.set()
        other.join()


def _came(bolivia: Peer) -> list[int]:
    return [payload["data"]["n"] for payload in bolivia.read]


def test_what_another_act_holds_waits_with_what_follows_it_and_the_rest_leaves(
    bolivia: Peer,
) -> None:
    grant = a_grant(fields=frozenset({"n"}))
    messages = [
        queue({"n": n}, grant, conversation=talk)
        for n, talk in enumerate([FIRST, SECOND, FIRST, SECOND, SECOND], 1)
    ]

    with _held(messages[1]):
        assert exchange.drain(peer="bo") == 2
        assert _came(bolivia) == [1, 3]
    assert exchange.drain(peer="bo") == 3

    assert _came(bolivia) == [1, 3, 2, 4, 5]


def test_where_another_act_holds_all_that_waits_nothing_leaves_and_nobody_waits(
    bolivia: Peer,
) -> None:
    message = queue({"n": 1}, a_grant(fields=frozenset({"n"})))

    with _held(message):
        assert exchange.drain(peer="bo") == 0
    assert exchange.drain(peer="bo") == 1

    assert _came(bolivia) == [1]
