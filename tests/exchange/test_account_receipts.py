"""What an account proves: receipts by keys revoked since, or of another sealing, and none that a
peer makes up."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest

from ayni.exchange import account, bundle, documents, inbox, suites
from ayni.exchange import api as exchange
from ayni.exchange.models import IncomingMessage, OutgoingMessage
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_account import _as_before, _restored, _row, _serve
from tests.exchange.test_delivery import BY, a_grant, queue

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def arrived(bolivia: Peer, **changed: Any) -> tuple[str, dict[str, Any]]:
    """A message that Bolivia had receipted after the backup, in which it is queued; its id, and
    what the account tells of it."""
    message = queue({"needs": ["shelter"]}, a_grant())
    row = exchange.delivery_of(message)
    raw = bytes(row.envelope or b"")
    exchange.drain(peer="bo")
    receipt = exchange.delivery_of(message).receipt or {}
    if changed:
        body = {**receipt["body"], **changed}
        receipt = documents.signed("receipt", body, {"bo": bolivia.signing})
    _as_before(row, raw)
    return message, _row(message, receipt, conversation=row.conversation)


def received(bolivia: Peer) -> dict[str, Any]:
    """What the account tells of a message of Bolivia that this node had receipted and lost."""
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    reply = inbox.receive(raw=bolivia.seal({"data": {"n": 1}}), signed_by="bo")
    assert reply.receipt is not None
    row = IncomingMessage.objects.get()
    IncomingMessage.objects.all().delete()
    return _row(row.id, reply.receipt, conversation=row.conversation)


def _revokes(bolivia: Peer, at: datetime) -> None:
    """Bolivia's keys were stolen: it makes new ones and revokes its first sheet."""
    bolivia.signing, bolivia.hpke = secrets.token_bytes(32), suites.generate(1)
    sheet = bolivia.next_sheet(
        at, revoked=[1], signing_key=documents.encode(documents.public_of(bolivia.signing))
    )
    exchange.accept_key_sheet(by=BY, document=sheet, now=at)
    bolivia.own_number = 2


def test_what_was_receipted_before_a_theft_is_known_after_our_own_sheet_is_revoked(
    bolivia: Peer,
) -> None:
    row = received(bolivia)
    _restored()
    exchange.publish_key_sheet(by=BY, now=_now() + SECOND, revoked=[1])
    _serve(bolivia, sent=[row])

    exchange.drain(peer="bo")

    told = IncomingMessage.objects.get(id=row["message"])
    assert (told.state, told.reason) == ("set_aside", account.LOST)


def test_what_arrived_before_the_peer_revoked_its_sheet_is_not_cancelled(bolivia: Peer) -> None:
    message, row = arrived(bolivia)
    _restored()
    _revokes(bolivia, _now() + SECOND)
    _serve(bolivia, received=[row], sheet=2)

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "delivered"
    assert len(bolivia.read) == 1, "it is not sent again"


def test_a_receipt_dated_after_its_sheet_was_revoked_proves_nothing(bolivia: Peer) -> None:
    message, row = arrived(bolivia, at=clock.isoformat(_now() + HOUR))
    _restored()
    _revokes(bolivia, _now() + SECOND)
    _serve(bolivia, received=[row], sheet=2)

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).reason == "restored"


def test_what_was_sealed_again_after_the_backup_and_has_arrived_is_not_cancelled(
    bolivia: Peer,
) -> None:
    other = hashlib.sha256(b"the envelope that left").hexdigest()
    message, row = arrived(bolivia, envelope=other, evidence=other)
    _restored()
    _serve(bolivia, received=[row])

    exchange.drain(peer="bo")

    sent = exchange.delivery_of(message)
    assert (sent.state, sent.reason, sent.receipt) == ("delivered", "applied", row["receipt"])
    assert (sent.envelope, sent.own_key) == (None, None), "it is not what was receipted"
    found = exchange.export_evidence(by=BY, conversation=sent.conversation, now=clock.now())
    assert bundle.check(found).problems == []


@pytest.mark.parametrize("changed", [{"due": "2027-01-01T00:00:00Z"}, {"message": "0" * 32}])
def test_a_receipt_of_another_message_settles_none(bolivia: Peer, changed: dict[str, Any]) -> None:
    message, row = arrived(bolivia, **changed)
    _restored()
    _serve(bolivia, received=[row])

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).reason == "restored"


def test_a_peer_that_tells_of_a_message_to_another_settles_nothing(bolivia: Peer) -> None:
    message, row = arrived(bolivia)
    OutgoingMessage.objects.filter(message=message).update(peer="cl")
    _restored()
    _serve(bolivia, received=[row])

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "queued"
