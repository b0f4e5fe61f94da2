"""Evidence of a conversation of which a part went down with a machine: what is left holds."""

from __future__ import annotations

from ayni.exchange import api as exchange
from ayni.exchange import bundle
from ayni.exchange.models import Conversation, IncomingMessage, OutgoingMessage
from tests.exchange.peer import Peer
from tests.exchange.test_account import _restored, _row, _serve
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_evidence import _export
from tests.exchange.test_evidence_in_log import sign


def test_what_was_lost_in_a_restore_stands_in_the_log_and_has_no_proof_in_the_file(
    bolivia: Peer,
) -> None:
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    conversation = exchange.new_conversation()
    kept = queue({"needs": ["a"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")
    # After the backup: one more of ours, and one of theirs. Both go down with the machine.
    other = exchange.new_conversation()
    ours = exchange.delivery_of(queue({"needs": ["b"]}, a_grant(), conversation=other))
    exchange.drain(peer="bo")
    raw = bolivia.seal({"data": {"n": 1}}, conversation=conversation)
    theirs = exchange.receive(raw=raw, signed_by="bo").receipt
    assert theirs is not None
    sent = exchange.delivery_of(ours.message).receipt or {}
    IncomingMessage.objects.all().delete()
    OutgoingMessage.objects.filter(message=ours.message).delete()
    Conversation.objects.filter(id=other).delete()
    _restored()
    _serve(
        bolivia,
        received=[_row(ours.message, sent, conversation=conversation, sequence=2)],
        sent=[_row(theirs["body"]["message"], theirs, conversation=conversation)],
    )
    exchange.drain(peer="bo")
    assert {row.reason for row in IncomingMessage.objects.all()} == {"lost_in_restore"}
    sign()

    found = bundle.check(_export(conversation))

    assert found.problems == []
    assert [m.message for m in found.messages] == [kept]
    assert set(found.log.under) == {kept}
