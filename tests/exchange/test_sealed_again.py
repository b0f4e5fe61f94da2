"""A message that nobody can open any more is asked for again and sealed to the present key."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import bundle, documents, envelope, resealed, resealing, suites, trust
from ayni.exchange.models import (
    EarlierSealing,
    IncomingMessage,
    OutgoingMessage,
    PeerState,
    RestingConversation,
)
from ayni.exchange.receipted import digest_of, unlogged
from ayni.lib import clock
from ayni.vault import api as vault
from tests.exchange import kinds, rests
from tests.exchange.peer import CONSULATE, Peer
from tests.exchange.test_delivery import a_grant, queue

BY = audit.job("tests")
DATA = {"data": {"needs": ["shelter"]}}
DAY = timedelta(days=1)
HPKE = "exchange.hpke.ar-programme.1"


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def _rotates(bolivia: Peer, **changed: Any) -> None:
    """Bolivia makes a next key sheet with a fresh key, which our node learns of."""
    bolivia.hpke = suites.generate(1)
    sheet = bolivia.next_sheet(_now(), **changed)
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())


def _tries_again() -> int:
    rests.are_over()
    return exchange.drain(peer="bo")


def test_a_message_refused_as_key_gone_is_sealed_to_the_next_key_and_delivered(
    bolivia: Peer,
) -> None:
    due = _now() + 7 * DAY
    message = queue({"needs": ["shelter"]}, a_grant(), due_at=due)
    first = bytes(exchange.delivery_of(message).envelope)
    _rotates(bolivia)
    bolivia.refuses = "key_gone"

    assert exchange.drain(peer="bo") == 0
    waits = exchange.delivery_of(message)
    assert (waits.state, waits.reason) == ("queued", "")
    bolivia.refuses = ""
    assert _tries_again() == 1

    assert bolivia.read == [DATA]
    former, now = envelope.parse(first).header, envelope.parse(bolivia.raw[0]).header
    stays = ("message", "conversation", "sequence", "due", "commitment", "kind", "sender")
    assert [getattr(now, n) for n in stays] == [getattr(former, n) for n in stays]
    assert (former.key_sheet, now.key_sheet) == (1, 2)
    sent = exchange.delivery_of(message)
    assert (sent.state, sent.own_key) == ("delivered", b"")


def test_without_a_newer_key_it_waits_and_the_sheets_are_asked_for(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    bolivia.refuses = "key_gone"

    exchange.drain(peer="bo")

    waits = exchange.delivery_of(message)
    assert (waits.state, waits.attempts) == ("queued", 1)
    assert not EarlierSealing.objects.exists()
    assert RestingConversation.objects.get().reason == "key_gone"
    assert PeerState.objects.get(node="bo").failures == 0, "the peer itself does not rest"
    _rotates(bolivia)
    _tries_again()  # refused once more, and sealed again
    bolivia.refuses = ""
    _tries_again()
    assert exchange.delivery_of(message).state == "delivered"


def test_a_refusal_that_goes_on_for_45_days_is_told_as_such(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant(valid_until=clock.now() + 90 * DAY))
    bolivia.refuses = "key_gone"
    OutgoingMessage.objects.update(queued_at=clock.now() - 46 * DAY)

    assert exchange.drain(peer="bo") == 1

    sent = exchange.delivery_of(message)
    assert (sent.state, sent.reason, sent.own_key) == ("refused", "key_gone", None)


def test_a_consent_withdrawn_meanwhile_stops_the_second_attempt(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    _rotates(bolivia)
    bolivia.refuses = "key_gone"
    exchange.drain(peer="bo")
    bolivia.refuses = ""
    kinds.answer["case-1"] = "consent_withdrawn"

    _tries_again()

    sent = exchange.delivery_of(message)
    assert (sent.state, sent.reason) == ("cancelled", "consent_withdrawn")
    assert (sent.envelope, sent.own_key, bolivia.read) == (None, None, [])


def test_an_expired_grant_stops_the_second_attempt(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    _rotates(bolivia)
    bolivia.refuses = "key_gone"
    exchange.drain(peer="bo")
    bolivia.refuses = ""

    with time_machine.travel(clock.now() + 2 * DAY):
        _tries_again()

    assert exchange.delivery_of(message).reason == "grant_expired"
    assert bolivia.read == []


def test_what_is_sealed_to_a_revoked_sheet_is_sealed_again_before_it_leaves(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    _rotates(bolivia, revoked=[1], signing_key=documents.encode(documents.public_of(b"2" * 32)))
    bolivia.signing = b"2" * 32
    bolivia.own_number = 2

    assert exchange.drain(peer="bo") == 1

    assert envelope.parse(bolivia.raw[0]).header.key_sheet == 2
    assert exchange.delivery_of(message).state == "delivered"
    assert not EarlierSealing.objects.exists(), "the former envelope has never left"


def test_the_evidence_shows_both_sealings_and_verifies(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    message = queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)
    _rotates(bolivia)
    bolivia.refuses, bolivia.names_evidence = "key_gone", True
    exchange.drain(peer="bo")
    bolivia.refuses = ""
    _tries_again()

    found = bundle.check(
        exchange.export_evidence(by=BY, conversation=conversation, now=clock.now())
    )

    assert found.problems == []
    assert found.complete
    assert [(m.message, m.sequence, m.answer) for m in found.messages] == [
        (message, 1, "key_gone"),
        (message, 1, "applied"),
    ]
    assert len({m.commitment for m in found.messages}) == 1


def test_two_contents_under_one_id_are_no_second_sealing(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    message = queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")
    raw = exchange.export_evidence(by=BY, conversation=conversation, now=clock.now())
    body = documents.parse(raw)["body"]
    row = exchange.delivery_of(message)
    number, signing = trust.own_signing_key()
    to = trust.recipient("bo", CONSULATE)
    other = envelope.seal(
        {"data": {"needs": ["other"]}},
        route=envelope.Route(1, "ar", "ar-programme", number, "bo", CONSULATE, to.sheet),
        kind="test.note", message=message, conversation=conversation, sequence=1,
        created=clock.now(), due=None, recipient_key=to.key, signing_key=signing,
    )  # fmt: skip
    assert row.sequence == 1
    body["messages"].append(
        {"answer": None, "evidence": documents.encode(envelope.evidence(other))}
    )

    found = bundle.check(documents.canonical(documents.signed("evidence", body, {"ar": signing})))

    assert [p.why for p in found.problems] == ["two messages with one number or one id"]


# -- the receiver's side


def _lost(bolivia: Peer, **changed: Any) -> tuple[bytes, dict[str, Any]]:
    """A message that stood aside here and whose key is gone; what sealed it."""
    kept = {
        "message": secrets.token_hex(16), "conversation": secrets.token_hex(16),
        "payload": {"data": {"needs": "refuse"}}, "salt": b"s" * 32, **changed,
    }  # fmt: skip
    raw = _sealed(bolivia, **kept)
    exchange.receive(raw=raw, signed_by="bo")
    assert IncomingMessage.objects.get().state == "set_aside"
    exchange.publish_key_sheet(by=BY, now=_now())
    vault.remove_secret(HPKE)
    exchange.retry(message=kept["message"])
    assert IncomingMessage.objects.get().reason == "key_gone"
    return raw, kept


def _sealed(bolivia: Peer, *, number: int = 1, **kept: Any) -> bytes:
    """An envelope of Bolivia's to the key of a sheet of ours."""
    sheet = exchange.key_sheet("ar", number)
    assert sheet is not None
    entry = sheet["body"]["institutions"][0]
    payload = kept.pop("payload")
    return envelope.seal(
        payload,
        route=envelope.Route(entry["suite"], "bo", CONSULATE, 1, "ar", "ar-programme", number),
        kind="test.note", sequence=1, created=clock.now(), due=None,
        recipient_key=documents.decode(entry["key"]), signing_key=bolivia.signing, **kept,
    )  # fmt: skip


def test_what_cannot_be_opened_any_more_is_asked_for_until_it_comes(bolivia: Peer) -> None:
    raw, kept = _lost(bolivia)
    asked: list[dict[str, Any]] = []
    bolivia.on_take = asked.append

    assert resealed.ask_for_lost(by=BY) == 1
    assert resealed.ask_for_lost(by=BY) == 0
    exchange.drain(peer="bo")

    assert [one["message"] for one in asked] == [kept["message"]]
    row = IncomingMessage.objects.get()
    assert asked[0]["envelope"] == row.digest
    assert row.envelope
    assert resealed.ask_for_lost(by=BY) == 0
    OutgoingMessage.objects.filter(kind="exchange.again").update(
        settled_at=clock.now() - resealed.FIRST_WAIT
    )
    assert resealed.ask_for_lost(by=BY) == 1, "no answer came"


def test_nothing_is_asked_for_before_a_newer_key_is_published(bolivia: Peer) -> None:
    created = _now() + 2 * DAY
    exchange.receive(raw=bolivia.seal(DATA, created=created), signed_by="bo")
    vault.remove_secret(HPKE)
    with time_machine.travel(created):
        exchange.apply_waiting()
        assert resealed.ask_for_lost(by=BY) == 0
        exchange.publish_key_sheet(by=BY, now=_now())
        assert resealed.ask_for_lost(by=BY) == 1


def test_the_same_message_in_a_new_envelope_takes_the_place_of_the_lost_one(bolivia: Peer) -> None:
    first, kept = _lost(bolivia)
    kinds.refusing = False
    again = _sealed(bolivia, number=2, **kept)

    reply = exchange.receive(raw=again, signed_by="bo")
    replay = exchange.receive(raw=again, signed_by="bo")
    kinds.refusing = True

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    assert replay.receipt == reply.receipt
    assert [r.message for r in kinds.taken] == [kept["message"]]
    earlier = EarlierSealing.objects.get()
    assert bytes(earlier.evidence) == envelope.evidence(first)
    found = bundle.check(
        exchange.export_evidence(by=BY, conversation=kept["conversation"], now=clock.now())
    )
    assert found.problems == []
    assert [m.answer for m in found.messages] == ["set_aside", "applied"]


def test_another_content_under_its_id_is_refused(bolivia: Peer) -> None:
    _first, kept = _lost(bolivia)
    other = _sealed(bolivia, number=2, **{**kept, "payload": {"data": {"needs": ["x"]}}})

    reply = exchange.receive(raw=other, signed_by="bo")

    assert reply.refusal == "other_message_with_this_id"
    assert kinds.taken == []


def test_a_message_that_was_applied_is_receipted_in_a_new_envelope_and_not_applied_again(
    bolivia: Peer,
) -> None:
    kept: dict[str, Any] = {
        "message": secrets.token_hex(16), "conversation": secrets.token_hex(16),
        "payload": DATA, "salt": b"s" * 32,
    }  # fmt: skip
    exchange.receive(raw=_sealed(bolivia, **kept), signed_by="bo")
    exchange.publish_key_sheet(by=BY, now=_now())
    again = _sealed(bolivia, number=2, **kept)

    reply = exchange.receive(raw=again, signed_by="bo")
    replay = exchange.receive(raw=again, signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    assert replay.receipt == reply.receipt
    assert len(kinds.taken) == 1


def test_sealing_again_after_the_log_was_signed_is_no_change_of_the_log(bolivia: Peer) -> None:
    kept: dict[str, Any] = {
        "message": secrets.token_hex(16), "conversation": secrets.token_hex(16),
        "payload": DATA, "salt": b"s" * 32,
    }  # fmt: skip
    exchange.receive(raw=_sealed(bolivia, **kept), signed_by="bo")
    exchange.sign_log(by=BY, now=clock.now())
    exchange.publish_key_sheet(by=BY, now=_now())
    again = exchange.receive(raw=_sealed(bolivia, number=2, **kept), signed_by="bo")
    assert again.receipt is not None
    with time_machine.travel(clock.now() + DAY):
        exchange.sign_log(by=BY, now=clock.now())
        raw = exchange.export_evidence(by=BY, conversation=kept["conversation"], now=clock.now())

    assert [alarm.code for alarm in audit.alarms()] == []
    found = bundle.check(raw)
    assert found.problems == []
    assert set(found.log.under) == {kept["message"]}


def test_of_a_message_that_was_sealed_again_both_sides_log_the_first_receipt(
    bolivia: Peer,
) -> None:
    kept: dict[str, Any] = {
        "message": secrets.token_hex(16), "conversation": secrets.token_hex(16),
        "payload": DATA, "salt": b"s" * 32,
    }  # fmt: skip
    first = exchange.receive(raw=_sealed(bolivia, **kept), signed_by="bo")
    exchange.publish_key_sheet(by=BY, now=_now())
    again = exchange.receive(raw=_sealed(bolivia, number=2, **kept), signed_by="bo")
    assert first.receipt is not None
    assert again.receipt is not None
    assert again.receipt != first.receipt

    logged = [each.digest for each in unlogged() if each.message == kept["message"]]

    assert logged == [digest_of(first.receipt)]


# -- the sender that is asked


def _asks(bolivia: Peer, message: str, digest: str) -> str:
    raw = bolivia.seal({"envelope": digest, "message": message}, kind="exchange.again")
    reply = exchange.receive(raw=raw, signed_by="bo")
    return reply.refusal


@pytest.mark.parametrize("state", ["waiting", "set_aside"])
def test_what_the_receiver_has_not_applied_is_sealed_again_when_it_asks(
    bolivia: Peer, state: str
) -> None:
    bolivia.says_state = state
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    receipt = exchange.delivery_of(message).receipt
    _rotates(bolivia)
    bolivia.says_state = "applied"

    assert _asks(bolivia, message, receipt["body"]["envelope"]) == ""
    assert exchange.delivery_of(message).state == "queued"
    assert _tries_again() == 1

    assert bolivia.read == [DATA, DATA]
    sent = exchange.delivery_of(message)
    assert (sent.state, sent.reason, sent.own_key) == ("delivered", "applied", b"")
    assert EarlierSealing.objects.get().answer == receipt


def test_what_was_applied_is_not_sealed_again(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    digest = exchange.delivery_of(message).receipt["body"]["envelope"]
    _rotates(bolivia)

    _asks(bolivia, message, digest)

    assert exchange.delivery_of(message).state == "delivered"
    noted = Entry.objects.filter(verb="exchange.receive_again").latest("number")
    assert noted.detail["sealed"] == "False"


def test_what_is_recalled_is_not_sealed_again(bolivia: Peer) -> None:
    bolivia.says_state = "waiting"
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    digest = exchange.delivery_of(message).receipt["body"]["envelope"]
    _rotates(bolivia)

    exchange.cancel(by=BY, subject="case-1", peers=None, reason="consent_withdrawn")
    _asks(bolivia, message, digest)

    sent = exchange.delivery_of(message)
    assert (sent.state, sent.own_key) == ("delivered", None)
    assert envelope.parse_evidence(bytes(sent.envelope))


def test_the_content_of_what_is_never_applied_goes_after_45_days(bolivia: Peer) -> None:
    bolivia.says_state = "waiting"
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")

    assert resealing.let_go(now=clock.now() + 44 * DAY) == 0
    assert exchange.delivery_of(message).own_key is not None
    assert resealing.let_go(now=clock.now() + 46 * DAY) == 1
    assert exchange.delivery_of(message).own_key is None


def test_the_content_key_in_the_database_opens_nothing_without_the_keyring(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    row = exchange.delivery_of(message)

    place = f"exchange_outgoingmessage.own_key.{message}"
    key = bytes.fromhex(str(vault.node_sealer().open(place, bytes(row.own_key))))
    assert key not in bytes(row.own_key)
    payload, _salt = envelope.open_own(envelope.parse(bytes(row.envelope)), key)
    assert payload == DATA
    with pytest.raises(vault.Tampered):
        vault.node_sealer().open(place + "x", bytes(row.own_key))
