"""A node that was away for longer than key sheets are valid, and follows what the others became."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.models import Alarm
from ayni.exchange import api as exchange
from ayni.exchange import directory as rules
from ayni.exchange import documents, following, suites, trust
from ayni.exchange.errors import Malformed, NotGenuine, NotTrusted
from ayni.exchange.models import KeySheetDocument
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import CONSULATE, Peer
from tests.exchange.test_delivery import a_grant, queue

BY = audit.job("tests")
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
Json = dict[str, Any]


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def _sheets(bolivia: Peer, begin: datetime, count: int) -> list[Json]:
    """What Bolivia made while our node was away: a sheet every week, each valid for 90 days."""
    before = exchange.key_sheet("bo")
    made: list[Json] = []
    for week in range(1, count + 1):
        bolivia.hpke, bolivia.signing = suites.generate(1), secrets.token_bytes(32)
        assert before is not None
        at = begin + week * WEEK
        before = bolivia.key_sheet(
            at,
            number=before["body"]["number"] + 1,
            previous=documents.digest(before["body"]),
            valid_until=clock.isoformat(at + 90 * DAY),
        )
        made.append(before)
    bolivia.own_number = count + 1
    return made


def _served(bolivia: Peer, sheets: list[Json]) -> None:
    for sheet in sheets:
        number = sheet["body"]["number"]
        bolivia.serves[f"/exchange/1/key-sheet/{number}"] = sheet


def _new_identity(bolivia: Peer, at: datetime) -> tuple[bytes, Json]:
    """A directory in which Bolivia has another identity key; the former one."""
    before = exchange.directory_body()
    former, bolivia.identity = bolivia.identity, secrets.token_bytes(32)
    fresh = documents.encode(documents.public_of(bolivia.identity))
    body = {
        **before,
        "issued": clock.isoformat(at),
        "members": [
            {**m, "identity_key": fresh} if m["node"] == "bo" else m for m in before["members"]
        ],
        "number": before["number"] + 1,
        "previous": documents.digest(before),
    }
    document = documents.signed("directory", body, {"bo": former})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    return former, document


def test_after_five_months_it_follows_week_by_week_and_can_send(bolivia: Peer) -> None:
    begun = _now()
    sheets = _sheets(bolivia, begun, 21)
    _served(bolivia, sheets)

    with time_machine.travel(begun + 150 * DAY):
        assert exchange.refresh(by=BY) == 21
        assert exchange.renew_if_due(by=BY, now=_now())
        queue({"needs": ["x"]}, a_grant())
        assert exchange.drain(peer="bo") == 1

    assert KeySheetDocument.objects.filter(node="bo").count() == 22
    assert bolivia.read == [{"data": {"needs": ["x"]}}]


def test_a_peer_that_replaced_its_identity_meanwhile_is_followed(bolivia: Peer) -> None:
    begun = _now()
    first = _sheets(bolivia, begun, 8)
    _former, directory = _new_identity(bolivia, begun + 60 * DAY)
    before = first[-1]
    second: list[Json] = []
    for week in (9, 10, 22):
        at = begun + week * WEEK
        before = bolivia.key_sheet(
            at, number=before["body"]["number"] + 1, previous=documents.digest(before["body"]),
            valid_until=clock.isoformat(at + 90 * DAY),
        )  # fmt: skip
        second.append(before)
    bolivia.serves["/exchange/1/directory/2"] = directory
    _served(bolivia, [*first, *second])

    with time_machine.travel(begun + 160 * DAY):
        assert exchange.refresh(by=BY) == 12

    latest = exchange.key_sheet("bo")
    assert latest == second[-1]


def test_a_line_that_ends_with_the_former_identity_is_refused_whole(bolivia: Peer) -> None:
    """Who has stolen the former identity key cannot lead a node astray that was away."""
    begun = _now()
    first = _sheets(bolivia, begun, 8)
    former, directory = _new_identity(bolivia, begun + 60 * DAY)
    bolivia.identity = former  # the thief
    at = begun + 59 * DAY
    stolen = bolivia.key_sheet(
        at, number=10, previous=documents.digest(first[-1]["body"]),
        valid_until=clock.isoformat(begun + 400 * DAY),
    )  # fmt: skip
    bolivia.serves["/exchange/1/directory/2"] = directory
    _served(bolivia, [*first, stolen])

    with time_machine.travel(begun + 150 * DAY):
        exchange.refresh(by=BY)

    assert exchange.directory_body()["number"] == 2
    assert KeySheetDocument.objects.filter(node="bo").count() == 1
    assert not Alarm.objects.exists()


def test_a_line_whose_last_sheet_is_over_is_refused(bolivia: Peer) -> None:
    begun = _now()
    sheets = _sheets(bolivia, begun, 5)

    with pytest.raises(NotTrusted):
        following.accept_line(by=BY, line=sheets, now=begun + 200 * DAY)

    assert KeySheetDocument.objects.filter(node="bo").count() == 1


def test_a_sheet_that_nobody_signed_then_breaks_the_line(bolivia: Peer) -> None:
    begun = _now()
    sheets = _sheets(bolivia, begun, 15)
    sheets[3] = documents.signed("key-sheet", sheets[3]["body"], {"bo": secrets.token_bytes(32)})

    with pytest.raises(NotGenuine):
        following.accept_line(by=BY, line=sheets, now=begun + 110 * DAY)
    with pytest.raises(NotTrusted):
        following.accept_line(by=BY, line=[*sheets[:3], *sheets[4:]], now=begun + 110 * DAY)
    with pytest.raises(Malformed):
        following.accept_line(by=BY, line=[], now=begun)

    assert KeySheetDocument.objects.filter(node="bo").count() == 1


def test_a_revocation_on_the_way_counts(bolivia: Peer) -> None:
    begun = _now()
    sheets = _sheets(bolivia, begun, 14)
    last = bolivia.key_sheet(
        begun + 99 * DAY, number=16, previous=documents.digest(sheets[-1]["body"]), revoked=[2],
        valid_until=clock.isoformat(begun + 180 * DAY),
    )  # fmt: skip

    following.accept_line(by=BY, line=[*sheets, last], now=begun + 110 * DAY)

    with pytest.raises(NotGenuine, match="revoked"):
        trust.signing_key_of("bo", 2, made=begun + 8 * DAY)
    with time_machine.travel(begun + 110 * DAY):
        assert trust.recipient("bo", CONSULATE).sheet == 16


def test_what_was_queued_before_leaves_sealed_to_the_key_of_today(bolivia: Peer) -> None:
    begun = _now()
    message = queue({"needs": ["x"]}, a_grant(valid_until=begun + 200 * DAY))
    _served(bolivia, _sheets(bolivia, begun, 15))
    bolivia.refuses = "key_gone"

    with time_machine.travel(begun + 110 * DAY):
        exchange.refresh(by=BY)
        assert exchange.renew_if_due(by=BY, now=_now())
        assert exchange.drain(peer="bo") == 0
        assert exchange.delivery_of(message).state == "queued"
        bolivia.refuses = ""
        assert exchange.drain(peer="bo") == 1

    assert bolivia.read == [{"data": {"needs": ["x"]}}]
    assert kinds.taken == []


def test_own_sheets_come_back_after_a_restore_even_when_all_are_over(bolivia: Peer) -> None:
    begun = _now()
    mine = []
    for week in range(1, 4):
        at = begun + week * WEEK
        mine.append(exchange.publish_key_sheet(by=BY, now=at))
    KeySheetDocument.objects.filter(node="ar", number__gt=1).delete()

    number = following.accept_line(by=BY, line=mine, now=begun + 300 * DAY)

    assert number == 4
    assert exchange.key_sheet("ar") == mine[-1]


def test_directories_in_force_are_told_by_their_times() -> None:
    def listed(day: int) -> Json:
        return {"issued": f"2026-0{day}-01T00:00:00Z"}

    sheet = {"issued": "2026-02-10T00:00:00Z", "valid_until": "2026-03-10T00:00:00Z"}
    all_of_them = [listed(1), listed(2), listed(3), listed(4)]

    assert rules._in_force(all_of_them, sheet) == [listed(2), listed(3)]
