"""Two requests of a peer at once, each on a connection of its own, ask about the same day."""

from __future__ import annotations

import threading
from datetime import timedelta

import time_machine
from django.db import connection, transaction

from ayni.exchange import api as exchange
from ayni.exchange import log_days
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_message_log import a_day, arrive
from tests.exchange.waits import somebody_waits


def test_what_two_requests_ask_at_once_is_answered_once(bolivia: Peer) -> None:
    queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    day = clock.now().date()
    asked = a_day(day, log_days._held("bo", day), answer=True)  # nothing is amiss: it only asks
    assert asked["messages"]

    def asks_too() -> None:
        try:
            arrive(asked, kind="log.day")
        finally:
            connection.close()

    other = threading.Thread(target=asks_too)
    with time_machine.travel(clock.now() + timedelta(days=3)):
        with transaction.atomic():
            arrive(asked, kind="log.day")
            other.start()
            while not somebody_waits():
                assert other.is_alive()
        other.join()

    assert OutgoingMessage.objects.filter(kind="log.day").count() == 1
