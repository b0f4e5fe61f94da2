"""What `make test-faults` found: each of these held up messages for an hour, or lost one's way."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from ayni.exchange import api as exchange
from ayni.exchange import documents, trust
from ayni.exchange.models import KeySheetDocument, PeerState
from ayni.lib import clock
from ayni.vault import api as vault
from tests.exchange import kinds, rests
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue
from tests.exchange.test_reception import post_signed


def _jobs() -> int:
    return ProcrastinateJob.objects.filter(
        task_name="exchange.refresh_trust", status="todo"
    ).count()


def _signs_by_two(bolivia: Peer) -> dict[str, Any]:
    """Bolivia answers by the keys of its sheet number 2, which is not known here; the sheet."""
    signing = secrets.token_bytes(32)
    now = clock.now().replace(microsecond=0)
    sheet = bolivia.next_sheet(now, signing_key=documents.encode(documents.public_of(signing)))
    before = bolivia.take

    def take(raw: bytes) -> tuple[int, bytes]:
        status, answer = before(raw)
        body = {**documents.parse(answer)["body"], "sheet": 2}
        purpose = "refusal" if "refused" in body else "receipt"
        return status, documents.canonical(documents.signed(purpose, body, {"bo": signing}))

    bolivia.take = take  # type: ignore[method-assign]
    return sheet


@pytest.mark.parametrize("refuses", ["", "expired"])
def test_an_answer_by_a_new_key_sheet_of_the_peer_has_that_sheet_fetched_at_once(
    bolivia: Peer, refuses: str
) -> None:
    message = queue({"needs": [1]}, a_grant())
    sheet = _signs_by_two(bolivia)
    bolivia.refuses = refuses
    ProcrastinateJob.objects.filter(task_name="exchange.refresh_trust", status="todo")._raw_delete(
        "default"
    )

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "queued"
    assert _jobs() == 1, "the worker fetches what is new, not only once an hour"

    bolivia.serves["/exchange/1/key-sheet/2"] = sheet
    exchange.refresh(by=BY)
    rests.are_over()
    exchange.drain(peer="bo")
    assert exchange.delivery_of(message).state == ("refused" if refuses else "delivered")


def _lose_keys(number: int) -> None:
    for name in vault.secret_names():
        if name.startswith("exchange.") and name.endswith(f".{number}"):
            vault.remove_secret(name)


def test_a_node_whose_newest_keys_went_down_with_the_old_machine_makes_new_ones(
    bolivia: Peer,
) -> None:
    now = clock.now().replace(microsecond=0)
    exchange.publish_key_sheet(by=BY, now=now)
    lost = exchange.key_sheet("ar")
    KeySheetDocument.objects.filter(node="ar", number=2).delete()
    _lose_keys(2)
    exchange.begin_account(by=BY, since=now - timedelta(days=1))

    def account(question: dict[str, Any]) -> dict[str, Any]:
        body = {
            "asker": "ar", "at": clock.isoformat(clock.now()), "giver": "bo",
            "more": question["page"] == 0, "page": question["page"], "received": [], "sent": [],
            "sheet": 1, "sheets": [lost] if question["page"] == 0 else [],
        }  # fmt: skip
        return documents.signed("account", body, {"bo": bolivia.signing})

    bolivia.account = account
    exchange.drain(peer="bo")

    number, private = trust.own_signing_key()
    present = exchange.key_sheet("ar")
    assert present is not None
    assert (number, present["body"]["number"]) == (3, 3)
    assert present["body"]["previous"] == documents.digest((lost or {})["body"])
    assert documents.encode(documents.public_of(private)) == present["body"]["signing_key"]
    assert PeerState.objects.get(node="bo").account_since is None


def test_without_the_identity_key_a_node_without_its_newest_keys_says_so_and_sends_nothing(
    bolivia: Peer,
) -> None:
    message = queue({"needs": [1]}, a_grant())
    _lose_keys(1)

    assert exchange.drain(peer="bo") == 0

    assert exchange.delivery_of(message).state == "queued"
    with pytest.raises(exchange.NotTrusted, match="newest key sheet"):
        trust.own_signing_key()


def test_what_is_sealed_to_a_sheet_that_a_restored_node_does_not_know_is_asked_for_again(
    bolivia: Peer,
) -> None:
    now = clock.now().replace(microsecond=0)
    exchange.publish_key_sheet(by=BY, now=now)
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    raw = bolivia.seal({"data": {"needs": ["shelter"]}}, key_sheet=2)
    KeySheetDocument.objects.filter(node="ar", number=2).delete()
    _lose_keys(2)

    status, answer = post_signed(bolivia, raw)

    assert (status, answer["body"]["refused"]) == (422, "key_gone")


def test_a_rest_that_a_wrong_clock_wrote_down_for_hours_is_over_when_the_clock_is_right(
    bolivia: Peer,
) -> None:
    message = queue({"needs": [1]}, a_grant())
    bolivia.answers = False
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        exchange.drain(peer="bo")
    bolivia.answers = True

    assert exchange.peers_waiting() == ["bo"]
    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "delivered"


def test_a_node_whose_clock_is_before_its_own_key_sheet_signs_nothing_until_it_is_right(
    bolivia: Peer,
) -> None:
    raw = bolivia.seal({"data": {"needs": ["shelter"]}})
    with time_machine.travel(clock.now() - timedelta(hours=3)):
        status, _ = post_signed(bolivia, raw)
        assert status == 503, "it is asked again, and no receipt is kept that nobody believes"
        with pytest.raises(exchange.NotTrusted, match="clock"):
            queue({"needs": [1]}, a_grant())

    status, answer = post_signed(bolivia, raw)
    assert (status, answer["body"]["state"]) == (200, "applied")


def test_a_restored_node_looks_at_once_for_directories_and_for_where_its_peers_are(
    bolivia: Peer,
) -> None:
    exchange.begin_account(by=BY, since=clock.now())
    ProcrastinateJob.objects.filter(task_name="exchange.refresh_trust", status="todo")._raw_delete(
        "default"
    )

    assert exchange.drain(peer="bo") == 0

    assert PeerState.objects.get(node="bo").account_since is not None, "bo gives no account"
    assert _jobs() == 1, "its directory is as old as its backup"


def test_a_clock_that_was_set_back_cancels_nothing_for_good(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    first, second = (
        queue({"needs": [n]}, a_grant(), conversation=conversation, subject=subject)
        for n, subject in ((1, "begins-later"), (2, "case-1"))
    )
    other = queue({"needs": [3]}, a_grant())
    kinds.answer["begins-later"] = "consent_missing"  # as a clock says that is behind
    with time_machine.travel(clock.now() - timedelta(minutes=5)):
        assert exchange.drain(peer="bo") == 1
    states = {message: exchange.delivery_of(message).state for message in (first, second, other)}
    assert states == {first: "queued", second: "queued", other: "delivered"}

    kinds.answer.clear()
    assert exchange.drain(peer="bo") == 2


def test_what_is_forbidden_by_a_right_clock_is_cancelled_all_the_same(bolivia: Peer) -> None:
    message = queue({"needs": [1]}, a_grant())
    with time_machine.travel(clock.now() - timedelta(minutes=5)):
        kinds.answer["case-1"] = "consent_withdrawn"
        assert exchange.drain(peer="bo") == 0

    assert exchange.drain(peer="bo") == 1
    assert exchange.delivery_of(message).state == "cancelled"
