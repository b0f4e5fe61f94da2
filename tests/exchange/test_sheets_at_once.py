"""The same key sheets come twice at one moment: by the job that asks the peers, by a peer that
brings its own, by a file. Each is accepted once, and nobody fails for it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.exchange.models import KeySheetDocument
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.waits import somebody_waits

BY = audit.job("tests")
Json = dict[str, Any]


def _line(bolivia: Peer, *, length: int) -> list[Json]:
    """The next sheets of Bolivia."""
    sheets = [bolivia.next_sheet(clock.now())]
    while len(sheets) < length:
        before = sheets[-1]["body"]
        bolivia.signing = secrets.token_bytes(32)
        follows = {"number": before["number"] + 1, "previous": documents.digest(before)}
        sheets.append(bolivia.key_sheet(clock.now(), **follows))
    return sheets


def _beside(first: Callable[[], object], second: Callable[[], object]) -> list[BaseException]:
    """What the second raises that begins while the first one is not over."""
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            second()
        except Exception as raised:  # noqa: BLE001 - told to whoever asked
            wrong.append(raised)
        finally:
            connection.close()

    other = threading.Thread(target=run)
    with transaction.atomic():
        first()
        other.start()
        while not somebody_waits():
            assert other.is_alive()
    other.join()
    return wrong


def _accept(line: list[Json]) -> Callable[[], object]:
    return lambda: exchange.accept_documents(by=BY, documents=line, now=clock.now())


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 2), (1, 3)])
def test_what_two_accept_at_once_is_accepted_once(bolivia: Peer, first: int, second: int) -> None:
    line = _line(bolivia, length=3)

    assert _beside(_accept(line[:first]), _accept(line[:second])) == []

    kept = KeySheetDocument.objects.filter(node="bo").order_by("number")
    assert list(kept.values_list("number", flat=True)) == list(range(1, 2 + second))
    assert audit.alarms() == []


@pytest.mark.parametrize("length", [1, 2])
def test_a_second_truth_that_comes_at_that_moment_is_the_evidence(
    bolivia: Peer, length: int
) -> None:
    line = _line(bolivia, length=length)
    other = bolivia.next_sheet(clock.now(), tls_pins=["0" * 64])

    (wrong,) = _beside(_accept([other]), _accept(line))

    assert isinstance(wrong, exchange.Equivocation)
    (alarm,) = audit.alarms()
    assert (alarm.code, alarm.evidence) == ("two_key_sheets", [other, line[0]])
    assert exchange.key_sheet("bo") == other, "the first one stays in force"


@pytest.mark.parametrize("prepared_first", [True, False])
def test_a_ceremony_in_the_hour_of_a_prepared_sheet_makes_no_second_one_under_its_number(
    bolivia: Peer, prepared_first: bool
) -> None:
    now = clock.now().replace(microsecond=0)
    exchange.prepare_key_sheets(by=BY, now=now, weeks=2)
    at = now + timedelta(days=7)
    both: list[Callable[[], object]] = [
        lambda: exchange.renew_if_due(by=BY, now=at),
        lambda: exchange.publish_key_sheet(by=BY, now=at),
    ]

    assert _beside(*(both if prepared_first else reversed(both))) == []

    kept = KeySheetDocument.objects.filter(node="ar").order_by("number")
    assert list(kept.values_list("number", flat=True)) == [1, 2, 3][: 3 if prepared_first else 2]
    assert audit.alarms() == []
