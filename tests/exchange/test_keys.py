"""Keys in time: rotated every week, kept for what is on its way, then removed for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope, keys, trust
from ayni.exchange.models import Conversation, IncomingMessage
from ayni.lib import clock
from ayni.vault import api as vault
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.test_reception import post_signed

BY = audit.job("tests")
DATA = {"data": {"needs": ["shelter"]}}
DAY = timedelta(days=1)
HPKE, SIGNING = "exchange.hpke.ar-programme.1", "exchange.signing.1"


def _rotated(bolivia: Peer, at: datetime) -> None:
    """A week has passed: a new sheet here, and one of Bolivia that is in force for long."""
    assert exchange.renew_if_due(by=BY, now=at)
    sheet = bolivia.next_sheet(at, valid_until=clock.isoformat(at + 80 * DAY))
    exchange.accept_key_sheet(by=BY, document=sheet, now=at)


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def test_a_new_sheet_is_made_when_the_present_one_is_a_week_old(bolivia: Peer) -> None:
    begun = _now()

    assert not exchange.renew_if_due(by=BY, now=begun + 6 * DAY)
    assert exchange.renew_if_due(by=BY, now=begun + 7 * DAY)
    assert not exchange.renew_if_due(by=BY, now=begun + 8 * DAY)

    first, second = exchange.key_sheet("ar", 1), exchange.key_sheet("ar")
    assert first is not None
    assert second is not None
    assert second["body"]["number"] == 2
    assert second["body"]["institutions"][0]["key"] != (first["body"]["institutions"][0]["key"])


def test_without_the_identity_key_no_sheet_is_made_and_no_other_identity(bolivia: Peer) -> None:
    public = trust.identity_public()
    vault.remove_secret(trust.IDENTITY)

    assert not exchange.renew_if_due(by=BY, now=_now() + 8 * DAY)
    assert exchange.make_identity(by=BY) == public
    fresh = exchange.next_identity(by=BY)

    assert trust.IDENTITY not in vault.secret_names()
    assert fresh != public
    assert exchange.next_identity(by=BY) == fresh
    assert not exchange.renew_if_due(by=BY, now=_now() + 8 * DAY)


def test_what_was_sealed_to_last_weeks_key_still_opens(bolivia: Peer) -> None:
    begun = _now()
    _rotated(bolivia, begun + 7 * DAY)

    with time_machine.travel(begun + 8 * DAY):
        reply = exchange.receive(raw=bolivia.seal(DATA, signing_sheet=2), signed_by="bo")

    assert reply.receipt is not None
    assert [r.payload for r in kinds.taken] == [DATA]


def test_the_private_keys_go_45_days_after_the_next_sheet(bolivia: Peer) -> None:
    begun = _now()
    _rotated(bolivia, begun + 7 * DAY)

    assert exchange.remove_old_keys(by=BY, now=begun + 51 * DAY) == 0
    assert {HPKE, SIGNING} <= set(vault.secret_names())
    assert exchange.remove_old_keys(by=BY, now=begun + 52 * DAY) == 2
    assert not {HPKE, SIGNING} & set(vault.secret_names())
    assert exchange.remove_old_keys(by=BY, now=begun + 53 * DAY) == 0

    entry = Entry.objects.filter(verb="exchange.remove_old_keys").latest("number")
    assert entry.detail == {"sheet": "1", "keys": "2"}
    assert exchange.key_sheet("ar", 1) == bolivia.own_sheet, "public sheets stay"
    with time_machine.travel(begun + 53 * DAY):
        assert trust.own_signing_key()[0] == 2


def test_a_message_to_a_key_that_is_gone_gets_a_signed_refusal_of_its_own(bolivia: Peer) -> None:
    begun = _now()
    _rotated(bolivia, begun + 7 * DAY)
    exchange.remove_old_keys(by=BY, now=begun + 52 * DAY)

    with time_machine.travel(begun + 52 * DAY):
        status, answer = post_signed(bolivia, bolivia.seal(DATA, signing_sheet=2), sheet=2)

    assert (status, answer["body"]["refused"]) == (422, "key_gone")
    sheet = exchange.key_sheet("ar")
    assert sheet is not None
    ours = documents.decode(sheet["body"]["signing_key"])
    assert documents.signers("refusal", answer, {"ar": ours}) == {"ar"}
    assert not IncomingMessage.objects.exists()


def test_an_institution_that_the_sheet_does_not_name_is_another_refusal(bolivia: Peer) -> None:
    reply = exchange.receive(raw=bolivia.seal(DATA, institution="ar-nobody"), signed_by="bo")

    assert reply.refusal == "wrong_recipient"


def test_what_was_set_aside_keeps_its_key_until_it_is_applied(bolivia: Peer) -> None:
    begun = _now()
    raw = bolivia.seal({"data": {"needs": "refuse"}})
    exchange.receive(raw=raw, signed_by="bo")
    assert IncomingMessage.objects.get().state == "set_aside"
    _rotated(bolivia, begun + 7 * DAY)

    assert exchange.remove_old_keys(by=BY, now=begun + 60 * DAY) == 1
    assert HPKE in vault.secret_names()
    assert SIGNING not in vault.secret_names()
    assert exchange.remove_old_keys(by=BY, now=begun + 61 * DAY) == 0

    IncomingMessage.objects.update(state="applied", applied_at=begun)
    assert exchange.remove_old_keys(by=BY, now=begun + 62 * DAY) == 1
    assert HPKE not in vault.secret_names()


def test_what_waits_keeps_its_key_and_is_applied_with_it(bolivia: Peer) -> None:
    begun = _now()
    raw = bolivia.seal(DATA, created=begun + 60 * DAY)
    sheet = bolivia.next_sheet(begun, valid_until=clock.isoformat(begun + 80 * DAY))
    exchange.accept_key_sheet(by=BY, document=sheet, now=begun)
    raw = bolivia.seal(DATA, created=begun + 60 * DAY, signing_sheet=2)
    exchange.receive(raw=raw, signed_by="bo")
    assert IncomingMessage.objects.get().state == "waiting"
    assert exchange.renew_if_due(by=BY, now=begun + 7 * DAY)
    exchange.remove_old_keys(by=BY, now=begun + 55 * DAY)

    with time_machine.travel(begun + 60 * DAY):
        assert exchange.apply_waiting() == 1
    assert exchange.remove_old_keys(by=BY, now=begun + 60 * DAY) == 1


def test_a_waiting_message_whose_key_was_lost_is_told_as_lost(bolivia: Peer) -> None:
    created = _now() + 2 * DAY
    exchange.receive(raw=bolivia.seal(DATA, created=created), signed_by="bo")
    vault.remove_secret(HPKE)

    with time_machine.travel(created):
        assert exchange.apply_waiting() == 0

    row = IncomingMessage.objects.get()
    assert (row.state, row.reason) == ("set_aside", "key_gone")
    assert [one.set_aside for one in exchange.neighbours()] == [1]


def test_a_revoked_sheet_stays_revoked_in_the_sheets_that_follow(bolivia: Peer) -> None:
    begun = _now()
    exchange.publish_key_sheet(by=BY, now=begun, revoked=[1])
    assert exchange.renew_if_due(by=BY, now=begun + 7 * DAY)

    sheet = exchange.key_sheet("ar")
    assert sheet is not None
    assert (sheet["body"]["number"], sheet["body"]["revoked"]) == (3, [1])


def test_a_key_does_not_go_while_a_message_is_taken_in_that_will_need_it(bolivia: Peer) -> None:
    begun = _now()
    _rotated(bolivia, begun + 7 * DAY)
    waits = bolivia.seal(DATA, created=begun + 90 * DAY)

    def remove() -> int:
        try:
            return exchange.remove_old_keys(by=BY, now=begun + 60 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            keys.hold("ar-programme", 1)
            removing = other.submit(remove)
            with pytest.raises(TimeoutError):
                removing.result(timeout=1)
            sealed = envelope.parse(waits)
            Conversation.objects.create(id=sealed.header.conversation, peer="bo")
            IncomingMessage.objects.create(
                id=sealed.header.message, peer="bo", kind="test.note",
                conversation=sealed.header.conversation, sequence=1, institution="ar-programme",
                sender_institution="bo-consulate-buenos-aires", state="waiting", reason="ahead",
                created_at=begun, received_at=begun, envelope=waits, digest="", receipt={},
            )  # fmt: skip
        assert removing.result(timeout=30) == 1

    assert HPKE in vault.secret_names()
    assert SIGNING not in vault.secret_names()
