"""A peer that floods this node is refused and told when to come again; at the same time, what
another peer sends is taken. All of it by signed requests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from ayni.exchange import batches, documents, limits, transport
from ayni.exchange.models import IncomingMessage
from tests.exchange import kinds, signed
from tests.exchange.conftest import forget
from tests.exchange.peer import Peer, a_secretariat, found

DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}
FLOOD = 4  # threads of the peer that floods: one more than a process works at for it


@pytest.fixture
def two(transactional_db: None, settings: Settings) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia, which floods, and the secretariat's node, which does not."""
    forget()
    limits.begin_anew()
    kinds.wire(settings)
    kinds.taken.clear()
    kinds.answer.clear()
    bolivia, other = Peer(), a_secretariat()
    found(bolivia, secretariat=other)
    other.own_sheet = bolivia.own_sheet
    yield bolivia, other
    for each in (bolivia, other):
        each.stop()
    limits.begin_anew()
    forget()


def _sealed(peer: Peer, payload: dict[str, Any] = DATA) -> bytes:
    return signed.sealed(peer, payload)


def _send(peer: Peer, raw: bytes, path: str = transport.PATH) -> Any:
    headers = signed.request(peer, raw, path)
    return Client(headers={"host": "ar.localhost"}).post(
        path, raw, content_type=transport.CONTENT_TYPE, headers=headers
    )


@dataclass
class Flood:
    """Sends as fast as this node answers, until it is told to stop."""

    peer: Peer
    path: str
    raws: list[bytes]
    over: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    said: list[tuple[int, str, str]] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Flood:
        self.threads = [threading.Thread(target=self._run) for _ in range(FLOOD)]
        for thread in self.threads:
            thread.start()
        assert self.begun.wait(30), "nothing was refused"
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def _run(self) -> None:
        try:
            number = 0
            while not self.over.is_set():
                answer = _send(self.peer, self.raws[number % len(self.raws)], self.path)
                told = answer.json().get("refused", "") if answer.status_code != 200 else ""
                self.said.append((answer.status_code, told, answer.get("Retry-After", "")))
                number += 1
                if told in ("too_fast", "too_much_held"):
                    self.begun.set()
        finally:
            connection.close()

    def refused(self) -> Counter[tuple[int, str]]:
        """How often each refusal was given."""
        return Counter((status, told) for status, told, _ in self.said if status != 200)


def _passes_meanwhile(flood: Flood, other: Peer) -> None:
    """Five messages of another peer, each while the flood goes on before and after it."""
    for _ in range(5):
        before = len(flood.said)
        assert _send(other, _sealed(other)).status_code == 200
        while len(flood.said) == before:
            assert not flood.over.wait(0.01)
    assert IncomingMessage.objects.filter(peer=other.node, state="applied").count() == 5


@pytest.mark.parametrize("many", [False, True], ids=["one by one", "in batches"])
def test_who_sends_as_fast_as_it_can_is_refused_and_another_is_not(
    two: tuple[Peer, Peer], settings: Settings, many: bool
) -> None:
    bolivia, other = two
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 60
    limits.begin_anew()
    tiny = [_sealed(bolivia) for _ in range(100)]
    path, raws = transport.PATH, tiny
    if many:
        path, raws = transport.BATCH, [batches.pack(tiny[:50]), batches.pack(tiny[50:])]

    with Flood(bolivia, path, raws) as flood:
        _passes_meanwhile(flood, other)

    refused = flood.refused()
    assert set(refused) <= {(429, "too_fast"), (429, "too_many_at_once")}
    assert refused[429, "too_fast"] > 5
    waits = {int(after) for status, _, after in flood.said if status == 429}
    assert waits
    assert all(1 <= seconds <= 3600 for seconds in waits)
    taken = IncomingMessage.objects.filter(peer="bo").count()
    assert 0 < taken <= 100, "only what the pace allows, and the same message once"


def test_who_has_filled_its_room_is_refused_and_another_is_not(
    two: tuple[Peer, Peer], settings: Settings
) -> None:
    bolivia, other = two
    settings.AYNI_PEER_HELD_MEGABYTES = 1
    for _ in range(5):
        raw = _sealed(bolivia, {"data": {"needs": "refuse", "x": "y" * 250_000}})
        assert _send(bolivia, raw).status_code == 200
    assert limits.held("bo") > 1_048_576
    limits.begin_anew()

    with Flood(bolivia, transport.PATH, [_sealed(bolivia)]) as flood:
        _passes_meanwhile(flood, other)

    assert set(flood.said) == {(507, "too_much_held", "600")}
    assert IncomingMessage.objects.filter(peer="bo").count() == 5


def test_who_asks_about_attachments_without_end_is_refused_and_another_is_not(
    two: tuple[Peer, Peer], settings: Settings
) -> None:
    bolivia, other = two
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 60
    limits.begin_anew()
    question = documents.canonical({"attachment": "5" * 32})

    with Flood(bolivia, "/exchange/1/attachments", [question]) as flood:
        _passes_meanwhile(flood, other)
    chunk = _send(bolivia, bytes(100), f"/exchange/1/attachments/{'5' * 32}/0")

    refused = flood.refused()
    assert 0 < refused.pop((422, "unknown_attachment")) <= 70
    assert set(refused) <= {(429, "too_fast"), (429, "too_many_at_once")}
    assert (chunk.status_code, chunk.json()) == (429, {"refused": "too_fast"})
    assert int(chunk["Retry-After"]) >= 1
