"""What a restore has lost is given again by its sender: the same bytes, applied once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import account, bundle, documents, envelope, inbox, lost, resealed
from ayni.exchange import api as exchange
from ayni.exchange.models import Conversation, IncomingMessage, OutgoingMessage
from ayni.lib import clock
from ayni.vault import api as vault
from tests.exchange import kinds
from tests.exchange.peer import Peer

BY = audit.job("tests")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}
TALK = "c" * 32


# -- the restored node


def _received(bolivia: Peer, sequence: int = 1, needs: str = "shelter") -> bytes:
    """A message of Bolivia that was applied here."""
    raw = bolivia.seal({"data": {"needs": [needs]}}, conversation=TALK, sequence=sequence)
    reply = inbox.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    return raw


def _lost(bolivia: Peer) -> None:
    """This node is restored from a backup that was made before everything; Bolivia tells what it
    has sent."""
    told = [
        {
            "conversation": row.conversation,
            "created": clock.isoformat(row.created_at),
            "from": row.sender_institution,
            "kind": row.kind,
            "message": row.id,
            "receipt": row.receipt,
            "sequence": row.sequence,
            "to": row.institution,
        }
        for row in IncomingMessage.objects.order_by("sequence")
    ]
    IncomingMessage.objects.all().delete()
    Conversation.objects.all().delete()
    kinds.taken.clear()
    exchange.begin_account(by=BY, since=clock.now())

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        body = {
            "asker": "ar", "at": clock.isoformat(clock.now()), "giver": "bo", "more": False,
            "page": question["page"], "received": [], "sent": told, "sheet": 1, "sheets": [],
        }  # fmt: skip
        return documents.signed("account", body, {"bo": bolivia.signing})

    bolivia.account = answer
    exchange.drain(peer="bo")
    assert {(r.state, r.reason) for r in IncomingMessage.objects.all()} == {
        ("set_aside", account.LOST)
    }


def _gives(
    bolivia: Peer, raw: bytes, *, message: str = "", sequence: int = 1, key_sheet: int = 1
) -> str:
    """Bolivia gives an envelope again; the code why it was not taken."""
    payload = {
        "envelope": documents.encode(raw),
        "message": message or envelope.parse(raw).header.message,
    }
    around = bolivia.seal(
        payload,
        kind="exchange.given",
        conversation="d" * 32,
        sequence=sequence,
        key_sheet=key_sheet,
    )
    reply = exchange.receive(raw=around, signed_by="bo")
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    return str(Entry.objects.filter(verb="exchange.receive_given").latest("number").detail["why"])


def _asked(bolivia: Peer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    bolivia.on_take = found.append
    exchange.drain(peer="bo")
    bolivia.on_take = None
    return found


def test_what_was_applied_and_lost_is_asked_for_once_at_a_time_and_in_order(bolivia: Peer) -> None:
    raws = [_received(bolivia, n) for n in (1, 2, 3)]
    _lost(bolivia)

    assert lost.ask(by=BY) == 3
    assert lost.ask(by=BY) == 0

    asked = _asked(bolivia)
    assert [one["message"] for one in asked] == [envelope.parse(r).header.message for r in raws]
    assert [one["envelope"] for one in asked] == [hashlib.sha256(r).hexdigest() for r in raws]


def _questions() -> Any:
    return OutgoingMessage.objects.filter(kind="exchange.again")


def _later(by: timedelta) -> None:
    """As if the last question had arrived so long ago, and each one before it earlier still."""
    for row in _questions().exclude(state="queued"):
        row.settled_at -= by
        row.save(update_fields=["settled_at"])


def test_what_was_asked_for_in_vain_is_asked_for_again_later_each_time_and_not_for_ever(
    bolivia: Peer,
) -> None:
    _received(bolivia)
    _lost(bolivia)
    moment = timedelta(seconds=30)
    waits = [resealed.wait_after(times) for times in range(1, resealed.MOST_ASKED)]
    assert [waits[0], waits[1], waits[-1]] == [HOUR / 2, HOUR, DAY]

    assert lost.ask(by=BY) == 1
    for wait in waits:
        assert lost.ask(by=BY) == 0, "a question waits"
        exchange.drain(peer="bo")
        _later(wait - moment)
        assert lost.ask(by=BY) == 0
        _later(moment)
        assert lost.ask(by=BY) == 1
    exchange.drain(peer="bo")
    _later(9 * DAY)

    assert lost.ask(by=BY) == 0
    assert _questions().count() == resealed.MOST_ASKED == 12


def test_another_restore_begins_to_ask_anew(bolivia: Peer) -> None:
    _received(bolivia)
    _lost(bolivia)
    assert lost.ask(by=BY) == 1
    exchange.drain(peer="bo")
    assert lost.ask(by=BY) == 0
    _later(timedelta(minutes=1))

    with audit.act(by=BY, verb="node.restore", subject="ar"):
        pass

    assert lost.ask(by=BY) == 1


def test_a_question_that_was_cancelled_was_not_asked(bolivia: Peer) -> None:
    _received(bolivia)
    _lost(bolivia)
    assert lost.ask(by=BY) == 1
    message = IncomingMessage.objects.get().id
    exchange.cancel(by=BY, subject=message, peers=None, reason="not_a_member")

    assert lost.ask(by=BY) == 1


def test_what_came_is_not_asked_for_any_more(bolivia: Peer) -> None:
    raw = _received(bolivia)
    _lost(bolivia)
    assert lost.ask(by=BY) == 1
    exchange.drain(peer="bo")
    assert _gives(bolivia, raw) == ""
    _later(9 * DAY)

    assert lost.ask(by=BY) == 0


def test_what_is_given_again_is_applied_once_under_its_old_receipt(bolivia: Peer) -> None:
    raw = _received(bolivia)
    before = IncomingMessage.objects.get().receipt
    _lost(bolivia)

    assert _gives(bolivia, raw) == ""
    assert _gives(bolivia, raw, sequence=2) == "not_lost"

    assert [one.payload for one in kinds.taken] == [DATA]
    row = IncomingMessage.objects.get(conversation=TALK)
    assert (row.state, row.reason, row.receipt) == ("applied", "", before)
    assert bytes(row.envelope) == envelope.evidence(raw)
    assert inbox.receive(raw=raw, signed_by="bo").receipt == before
    assert len(kinds.taken) == 1
    found = bundle.check(exchange.export_evidence(by=BY, conversation=TALK, now=clock.now()))
    assert found.problems == []
    assert audit.verify_chain() is None


def test_other_bytes_are_not_taken_though_they_say_the_same(bolivia: Peer) -> None:
    raw = _received(bolivia)
    header = envelope.parse(raw).header
    _lost(bolivia)
    other = bolivia.seal(DATA, conversation=TALK, message=header.message)

    assert _gives(bolivia, other) == "other_envelope"
    assert _gives(bolivia, b"no envelope", message=header.message, sequence=2) == "malformed"
    assert _gives(bolivia, raw, message="0" * 32, sequence=3) == "not_lost"

    assert kinds.taken == []
    assert IncomingMessage.objects.get(conversation=TALK).reason == account.LOST


def test_what_was_not_lost_is_not_applied_by_giving_it_again(bolivia: Peer) -> None:
    raw = _received(bolivia)
    kinds.taken.clear()

    assert _gives(bolivia, raw) == "not_lost"

    assert kinds.taken == []


def test_an_account_that_names_another_place_for_it_brings_nothing(bolivia: Peer) -> None:
    raw = _received(bolivia)
    _lost(bolivia)
    IncomingMessage.objects.update(sequence=7)

    assert _gives(bolivia, raw) == "other_message"
    assert kinds.taken == []


def test_one_whose_key_went_down_with_the_machine_stays_for_people(bolivia: Peer) -> None:
    raw = _received(bolivia)
    _lost(bolivia)
    exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    vault.remove_secret("exchange.hpke.ar-programme.1")
    around = bolivia.seal(
        {"envelope": documents.encode(raw), "message": envelope.parse(raw).header.message},
        kind="exchange.given",
        key_sheet=2,
    )

    assert exchange.receive(raw=around, signed_by="bo").receipt is not None

    row = IncomingMessage.objects.get(conversation=TALK)
    assert (row.state, row.reason, bytes(row.envelope)) == ("set_aside", account.LOST, b"")


def test_what_the_room_refuses_now_stands_aside_with_that_reason(bolivia: Peer) -> None:
    kinds.refusing = False
    raw = bolivia.seal({"data": {"needs": "refuse"}}, conversation=TALK)
    assert inbox.receive(raw=raw, signed_by="bo").receipt is not None
    kinds.refusing = True
    _lost(bolivia)

    assert _gives(bolivia, raw) == "not_now"

    row = IncomingMessage.objects.get(conversation=TALK)
    assert (row.state, row.reason, bytes(row.envelope)) == ("set_aside", "not_now", raw)
    kinds.refusing = False
    assert exchange.retry(message=row.id) == 1
    kinds.refusing = True


def test_what_nodes_say_about_messages_is_not_asked_for(bolivia: Peer) -> None:
    _received(bolivia)
    _lost(bolivia)
    IncomingMessage.objects.update(kind="exchange.missing_told")

    assert lost.ask(by=BY) == 0


@pytest.mark.parametrize("was", ["waiting", "set_aside"])
def test_what_waited_or_stood_aside_comes_back_in_a_new_envelope(bolivia: Peer, was: str) -> None:
    created = clock.now() + DAY if was == "waiting" else clock.now()
    payload = {"data": {"needs": "refuse"}} if was == "set_aside" else DATA
    raw = bolivia.seal(payload, conversation=TALK, created=created)
    reply = inbox.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == was
    _lost(bolivia)
    exchange.sign_log(by=BY, now=clock.now())
    exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    kinds.refusing = False
    message = envelope.parse(raw).header.message
    place: dict[str, Any] = {"conversation": TALK, "message": message, "key_sheet": 2}

    other = inbox.receive(raw=bolivia.seal(payload, sequence=2, **place), signed_by="bo")
    again = bolivia.seal(payload, **place)
    first, second = (inbox.receive(raw=again, signed_by="bo") for _ in "12")
    kinds.refusing = True

    assert other.refusal == "other_message_with_this_id"
    assert first.receipt is not None
    assert first.receipt["body"]["state"] == "applied"
    assert second.receipt == first.receipt
    assert _gives(bolivia, raw, key_sheet=2) == "not_lost", "the former envelope comes too late"
    assert [one.message for one in kinds.taken] == [message]
    found = bundle.check(exchange.export_evidence(by=BY, conversation=TALK, now=clock.now()))
    assert found.problems == []
    with time_machine.travel(clock.now() + 2 * DAY):
        exchange.sign_log(by=BY, now=clock.now())
    assert [alarm.code for alarm in audit.alarms()] == []
