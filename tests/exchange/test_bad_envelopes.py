"""Bad envelopes at the door of the inbox: refused with a code, and nothing is kept or applied."""

from __future__ import annotations

import pytest

from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope
from ayni.exchange.models import Conversation, IncomingMessage
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import CONSULATE, Peer

DATA = {"data": {"needs": ["shelter"]}}
# What a changed bit may be taken for; all of them refuse.
CODES = {
    "malformed", "not_genuine", "too_large", "suite_refused", "wrong_recipient", "unknown_sender",
    "unknown_key_sheet", "not_its_institution",
}  # fmt: skip


def _nothing_came_of_it() -> None:
    assert kinds.taken == []
    assert not IncomingMessage.objects.exists()
    assert not Conversation.objects.exists()


def test_any_changed_bit_of_an_envelope_is_refused_at_the_inbox(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)
    # Frame, header, sealed key and signatures closely, the ciphertext more widely; the steps are
    # prime, so that every bit of a byte is met.
    places = [*range(0, 1400 * 8, 73), *range(1400 * 8, len(raw) * 8, 499)]

    refusals = set()
    for place in places:
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        reply = exchange.receive(raw=bytes(changed), signed_by="bo")
        assert reply.receipt is None, place
        refusals.add(reply.refusal)

    assert refusals <= CODES
    _nothing_came_of_it()
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None, "the true one is taken"


@pytest.mark.parametrize("cut", [0, 1, 4, 5, 100, 2000])
def test_a_cut_envelope_is_refused_at_the_inbox(bolivia: Peer, cut: int) -> None:
    raw = bolivia.seal(DATA)

    assert exchange.receive(raw=raw[:cut], signed_by="bo").refusal == "malformed"
    _nothing_came_of_it()


def test_an_envelope_for_another_node_is_refused(bolivia: Peer) -> None:
    entry = bolivia.own_sheet["body"]["institutions"][0]
    raw = envelope.seal(
        DATA,
        route=envelope.Route(entry["suite"], "bo", CONSULATE, 1, "cl", "cl-consulate", 1),
        kind="test.note",
        message="a" * 32,
        conversation="b" * 32,
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=documents.decode(entry["key"]),
        signing_key=bolivia.signing,
    )

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "wrong_recipient"
    _nothing_came_of_it()


def test_a_moment_that_does_not_exist_is_refused_and_not_retried_for_ever() -> None:
    kind = exchange.MessageKind(
        name="test.when",
        personal=False,
        schema={"type": "object", "properties": {"at": {"type": "string", "format": "moment"}}},
    )
    kind.check({"at": "2026-02-28T10:00:00Z"})
    for wrong in ("2026-02-30T10:00:00Z", "2026-13-01T10:00:00Z", "yesterday", ""):
        with pytest.raises(exchange.Malformed):
            kind.check({"at": wrong})
