"""Many messages in one request: each judged, receipted and settled as if it had gone alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import batches, documents, transport
from ayni.exchange.models import IncomingMessage, OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange import kinds, rests
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_reception import post_signed

ALONE, TOGETHER = transport.PATH, transport.BATCH
DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}


def _states(messages: list[str]) -> list[str]:
    return [exchange.delivery_of(message).state for message in messages]


# -- the form


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=batches.MOST))
def test_what_is_packed_is_unpacked(envelopes: list[bytes]) -> None:
    assert batches.unpack(batches.pack(envelopes)) == envelopes


@given(st.binary(max_size=200))
def test_bytes_that_are_no_batch_are_refused_and_break_nothing(raw: bytes) -> None:
    for one in (raw, batches.MARK + raw):
        try:
            assert batches.pack(batches.unpack(one)) == one
        except exchange.Rejected:
            pass


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b'{"answers":[]}',
        b'{"answers":[{"receipt":"x"}]}',
        b'{"answers":[{"later":"never"}]}',
        b'{"answers":[{"later":{}}]}',
        b'{"answers":[{}]}',
        b'{"answers":[{"later":"failed","receipt":{}}]}',
        b'{"answers":[{"later":"failed"},{"later":"failed"}]}',
    ],
)
def test_an_answer_that_does_not_say_one_thing_to_each_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(exchange.Malformed):
        batches.read_answers(raw, count=1)


# -- what leaves


def test_many_messages_leave_in_one_request_in_their_order(bolivia: Peer) -> None:
    messages = [queue({"needs": [n]}, a_grant()) for n in range(7)]

    assert exchange.drain(peer="bo") == 7

    assert bolivia.asked == [TOGETHER]
    assert [p["data"]["needs"] for p in bolivia.read] == [[n] for n in range(7)]
    for message in messages:
        sent = exchange.delivery_of(message)
        assert (sent.state, sent.attempts) == ("delivered", 1)
        assert sent.receipt["body"]["message"] == message
    assert audit.verify_chain() is None


def test_what_was_sent_in_a_batch_whose_answer_was_lost_may_be_there(bolivia: Peer) -> None:
    messages = [queue({"needs": [n]}, a_grant()) for n in range(6)]
    bolivia.loses_receipts = True

    exchange.drain(peer="bo")

    assert _states(messages) == ["queued"] * 6
    assert exchange.never_arrived(messages) == frozenset()
    bolivia.loses_receipts = False
    rests.are_over()
    exchange.drain(peer="bo")
    assert _states(messages) == ["delivered"] * 6


def test_what_a_peer_without_batches_was_not_asked_yet_never_arrived(bolivia: Peer) -> None:
    messages = [queue({"needs": [n]}, a_grant()) for n in range(3)]
    bolivia.knows_batches = False
    bolivia.refuses = "unknown_kind"

    exchange.drain(peer="bo")

    assert [exchange.delivery_of(each).attempts for each in messages] == [1, 1, 1]
    assert exchange.never_arrived(messages) == frozenset(messages)


def test_one_message_goes_alone(bolivia: Peer) -> None:
    queue({"needs": [1]}, a_grant())

    exchange.drain(peer="bo")

    assert bolivia.asked == [ALONE]


def test_more_than_a_request_takes_leave_in_several(bolivia: Peer) -> None:
    for n in range(batches.MOST + 3):
        queue({"needs": [n]}, a_grant())

    assert exchange.drain(peer="bo") == batches.MOST + 3
    assert bolivia.asked == [TOGETHER, TOGETHER]


def test_large_ones_share_a_request_as_far_as_it_takes_them(bolivia: Peer) -> None:
    for _ in range(20):
        queue({"needs": ["x" * 262_000]}, a_grant())
    size = len(bytes(OutgoingMessage.objects.order_by("place")[0].envelope or b""))

    assert exchange.drain(peer="bo") == 20
    assert 2 <= len(bolivia.asked) == -(-20 // (batches.ROOM // (4 + size)))


def test_one_that_is_as_large_as_a_request_goes_alone(bolivia: Peer) -> None:
    for n in range(3):
        queue({"needs": [n]}, a_grant())
    last = OutgoingMessage.objects.order_by("place")[2]
    last.envelope = bytes(last.envelope or b"") + b"\0" * (batches.ROOM - 100)
    last.save()

    exchange.drain(peer="bo")

    assert bolivia.asked[0] == TOGETHER
    assert len(bolivia.asked) > 1


def test_a_peer_with_older_software_gets_them_one_by_one(bolivia: Peer) -> None:
    bolivia.knows_batches = False
    messages = [queue({"needs": [n]}, a_grant()) for n in range(3)]

    assert exchange.drain(peer="bo") == 3
    more = [queue({"needs": [n]}, a_grant()) for n in range(3, 5)]
    assert exchange.drain(peer="bo") == 2

    assert bolivia.asked == [TOGETHER, *[ALONE] * 5]
    assert _states(messages + more) == ["delivered"] * 5
    assert [p["data"]["needs"] for p in bolivia.read] == [[n] for n in range(5)]


def test_a_peer_that_fails_at_the_whole_batch_gets_them_one_by_one(bolivia: Peer) -> None:
    bolivia.fails_at_batches = True
    messages = [queue({"needs": [n]}, a_grant()) for n in range(3)]

    assert exchange.drain(peer="bo") == 3
    assert _states(messages) == ["delivered"] * 3


def test_one_at_which_the_peer_fails_stops_its_conversation_only(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    conversation = exchange.new_conversation()
    first = queue({"needs": [0]}, a_grant(), conversation=conversation)
    poison = {"data": {}, "step": "poison"}
    bad = queue({}, a_grant(), payload=poison, conversation=conversation)
    after_it = queue({"needs": [1]}, a_grant(), conversation=conversation)
    others = [queue({"needs": [n]}, a_grant()) for n in range(2, 5)]

    assert exchange.drain(peer="bo") == 4

    assert _states([first, bad, after_it, *others]) == [
        "delivered", "queued", "queued", "delivered", "delivered", "delivered",
    ]  # fmt: skip
    bolivia.fails_at = ""
    rests.are_over()
    assert exchange.drain(peer="bo") == 2
    assert [p["data"].get("needs") for p in bolivia.read][-2:] == [None, [1]]


def test_more_messages_behind_a_poisoned_one_than_a_request_takes_stop_nobody(
    bolivia: Peer,
) -> None:
    bolivia.fails_at = "poison"
    conversation = exchange.new_conversation()
    queue({}, a_grant(), payload={"data": {}, "step": "poison"}, conversation=conversation)
    for n in range(batches.MOST + 5):
        queue({"needs": [n]}, a_grant(), conversation=conversation)
    other = queue({"needs": ["other"]}, a_grant())

    assert exchange.drain(peer="bo") == 1
    assert _states([other]) == ["delivered"]


def test_what_is_withdrawn_stays_here_and_the_others_leave(bolivia: Peer) -> None:
    first = queue({"needs": [1]}, a_grant())
    withdrawn = queue({"needs": [2]}, a_grant(), subject="case-2")
    last = queue({"needs": [3]}, a_grant())
    kinds.answer["case-2"] = "consent_withdrawn"

    assert exchange.drain(peer="bo") == 3

    assert _states([first, withdrawn, last]) == ["delivered", "cancelled", "delivered"]
    assert [p["data"]["needs"] for p in bolivia.read] == [[1], [3]]


def test_what_is_withdrawn_is_gone_although_the_peer_is_down(bolivia: Peer) -> None:
    waits = [queue({"needs": [1]}, a_grant()) for _ in range(2)]
    withdrawn = queue({"needs": [2]}, a_grant(), subject="case-2")
    kinds.answer["case-2"] = "consent_withdrawn"
    bolivia.answers = False

    exchange.drain(peer="bo")

    assert exchange.delivery_of(withdrawn).envelope is None
    assert [exchange.delivery_of(m).attempts for m in waits] == [1, 1]


def test_receipts_that_changed_places_count_for_nothing(bolivia: Peer) -> None:
    honest = bolivia.take_many

    def swapped(raw: bytes) -> tuple[int, bytes]:
        status, answer = honest(raw)
        return status, batches.answers(reversed(documents.parse(answer)["answers"]))

    bolivia.take_many = swapped  # type: ignore[method-assign]
    messages = [queue({"needs": [n]}, a_grant()) for n in range(2)]

    assert exchange.drain(peer="bo") == 0
    assert _states(messages) == ["queued", "queued"]


def test_refusals_in_an_answer_count_with_the_peers_signature_only(bolivia: Peer) -> None:
    messages = [queue({"needs": [n]}, a_grant()) for n in range(2)]
    bolivia.refuses, bolivia.signs_refusals = "unknown_kind", False
    bolivia.take_many = lambda raw: (  # type: ignore[method-assign]
        200,
        batches.answers({"refusal": bolivia.refusal(one)} for one in batches.unpack(raw)),
    )
    exchange.drain(peer="bo")
    assert _states(messages) == ["queued", "queued"]

    bolivia.signs_refusals = True
    rests.are_over()
    assert exchange.drain(peer="bo") == 2
    assert _states(messages) == ["refused", "refused"]
    assert exchange.delivery_of(messages[0]).reason == "unknown_kind"


def test_a_lost_answer_to_a_batch_means_the_same_bytes_again(bolivia: Peer) -> None:
    bolivia.loses_receipts = True
    messages = [queue({"needs": [n]}, a_grant()) for n in range(3)]
    exchange.drain(peer="bo")
    bolivia.loses_receipts = False
    rests.are_over()
    exchange.drain(peer="bo")

    assert _states(messages) == ["delivered"] * 3
    assert len(set(bolivia.raw)) == 3 < len(bolivia.raw)


def test_after_a_failure_one_message_goes_ahead_and_the_others_follow_together(
    bolivia: Peer,
) -> None:
    bolivia.answers = False
    for n in range(5):
        queue({"needs": [n]}, a_grant())
    exchange.drain(peer="bo")
    bolivia.answers = True
    bolivia.asked.clear()
    rests.are_over()

    assert exchange.drain(peer="bo") == 5
    assert bolivia.asked == [ALONE, TOGETHER]


# -- what arrives


def _post(bolivia: Peer, envelopes: list[bytes]) -> list[dict[str, Any]]:
    status, answer = post_signed(bolivia, batches.pack(envelopes), path=TOGETHER)
    assert status == 200, answer
    items: list[dict[str, Any]] = answer["answers"]
    return items


def _says(items: list[dict[str, Any]]) -> list[str]:
    """Each item in one word."""
    return [
        item["receipt"]["body"]["state"]
        if "receipt" in item
        else item.get("later") or item["refusal"]["body"]["refused"]
        for item in items
    ]


def test_good_messages_among_bad_ones_are_applied_and_each_is_answered(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    envelopes = [
        bolivia.seal(DATA),
        bolivia.seal({"data": {"needs": "database"}}, conversation=conversation),
        bolivia.seal(DATA, conversation=conversation, sequence=2),
        bolivia.seal({"data": {"needs": "refuse"}}),
        b"no envelope at all",
        bolivia.seal(DATA, signing=b"another key of thirty-two bytes!"),
        bolivia.seal(DATA, institution="ar-nobody"),
        bolivia.seal(DATA, valid_until=clock.now() - timedelta(hours=1)),
        bolivia.seal(DATA),
    ]

    items = _post(bolivia, envelopes)

    assert _says(items) == [
        "applied", "failed", "follows", "set_aside", "malformed", "not_genuine",
        "wrong_recipient", "expired", "applied",
    ]  # fmt: skip
    assert len(kinds.taken) == 2
    assert IncomingMessage.objects.filter(state="applied").count() == 2
    assert IncomingMessage.objects.count() == 3
    own = bolivia.own_sheet["body"]
    key = {"ar": documents.decode(own["signing_key"])}
    for raw, item in zip(envelopes, items, strict=True):
        for purpose in set(item) - {"later"}:
            assert documents.signers(purpose, item[purpose], key) == {"ar"}
            assert item[purpose]["body"]["envelope"] == hashlib.sha256(raw).hexdigest()
    applied = [e.subject for e in audit.entries_of(verb="exchange.receive", limit=2)]
    assert set(applied) == {row.id for row in IncomingMessage.objects.filter(state="applied")}
    assert audit.verify_chain() is None


def test_a_batch_that_comes_again_is_applied_once_and_gets_the_same_receipts(
    bolivia: Peer,
) -> None:
    envelopes = [bolivia.seal(DATA) for _ in range(3)]

    first = _post(bolivia, envelopes)
    again = _post(bolivia, [*envelopes, envelopes[0]])

    assert again == [*first, first[0]]
    assert len(kinds.taken) == 3


def test_a_conversation_in_a_batch_keeps_its_order(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    envelopes = [
        bolivia.seal({"data": {"needs": n}}, conversation=conversation, sequence=n)
        for n in (1, 3, 2, 4)
    ]

    items = _post(bolivia, envelopes)

    assert _says(items) == ["applied", "waiting", "applied", "applied"]
    assert [r.payload["data"]["needs"] for r in kinds.taken] == [1, 2, 3, 4]


def test_a_batch_that_another_node_signed_is_refused_whole(bolivia: Peer) -> None:
    raw = batches.pack([bolivia.seal(DATA)])
    bolivia.signing = b"another key of thirty-two bytes!"

    assert post_signed(bolivia, raw, path=TOGETHER) == (422, {"refused": "not_genuine"})
    assert not IncomingMessage.objects.exists()


def test_a_message_of_a_third_node_in_a_batch_is_not_genuine(bolivia: Peer) -> None:
    replies = exchange.receive_many(envelopes=[bolivia.seal(DATA)], signed_by="cl")

    assert [reply.refusal for reply in replies] == ["not_genuine"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"AYNB\x01", "malformed"),
        (b"AYNB\x01\0\0\0\x09short", "malformed"),
        (batches.MARK + b"\0\0\0\x01x" * (batches.MOST + 1), "too_large"),
    ],
)
def test_what_is_no_batch_is_refused_with_a_reason(bolivia: Peer, raw: bytes, code: str) -> None:
    assert post_signed(bolivia, raw, path=TOGETHER) == (422, {"refused": code})


def test_an_oversized_batch_is_refused_before_it_is_read(bolivia: Peer) -> None:
    raw = bytes(batches.LARGEST + 1)

    assert post_signed(bolivia, raw, path=TOGETHER) == (422, {"refused": "too_large"})


def test_what_has_no_turn_in_the_time_of_a_request_comes_again(bolivia: Peer) -> None:
    envelopes = [bolivia.seal(DATA) for _ in range(3)]

    replies = exchange.receive_many(envelopes=envelopes, signed_by="bo", seconds=0.0)

    assert [reply.later for reply in replies] == ["", "no_time", "no_time"]
    assert IncomingMessage.objects.count() == 1


def test_what_had_no_turn_leaves_again_at_once_and_is_no_failure(bolivia: Peer) -> None:
    honest = bolivia.take_many

    def slow(raw: bytes) -> tuple[int, bytes]:
        envelopes = batches.unpack(raw)
        first = documents.parse(honest(batches.pack(envelopes[:2]))[1])["answers"]
        return 200, batches.answers([*first, *[{"later": "no_time"}] * (len(envelopes) - 2)])

    bolivia.take_many = slow  # type: ignore[method-assign]
    messages = [queue({"needs": [n]}, a_grant()) for n in range(6)]

    assert exchange.drain(peer="bo") == 6

    assert bolivia.asked == [TOGETHER] * 3
    assert [exchange.delivery_of(m).attempts for m in messages] == [1] * 6
    assert PeerState.objects.get(node="bo").failures == 0
