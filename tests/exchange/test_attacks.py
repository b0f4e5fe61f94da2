"""Attacks on the exchange, each tried against this node through its own door.

Who attacks is a member: it has a key sheet, signs what it likes, and sees what it is sent.
SECURITY.md lists all attacks with their tests; those on single envelopes are in
test_bad_envelopes.py, those with raw sockets in tests/node/test_hostile_peers.py.
"""

from __future__ import annotations

import gzip
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from ayni.exchange import api as exchange
from ayni.exchange import bodies, documents, envelope, suites, transport, trust
from ayni.exchange.connection import Connection, Unreachable
from ayni.exchange.models import IncomingMessage
from ayni.lib import clock
from ayni.members import api as members
from tests.exchange import kinds
from tests.exchange.conftest import forget
from tests.exchange.peer import CONSULATE, SETUP, Peer, a_secretariat, found
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_reception import _signed_by_bolivia, post_signed

DATA = {"data": {"needs": ["shelter"]}}


def _post(
    raw: bytes, headers: dict[str, str], *, path: str = transport.PATH, host: str = "ar.localhost"
) -> tuple[int, Any]:
    answer = Client(headers={"host": host}).post(
        path,
        raw,
        content_type=headers.get("Content-Type", transport.CONTENT_TYPE),
        headers={name: value for name, value in headers.items() if name != "Content-Type"},
    )
    return answer.status_code, answer.json() if answer.content[:1] == b"{" else None


# -- replay


def test_a_recorded_request_sent_a_hundred_times_has_one_effect_and_one_receipt(
    bolivia: Peer,
) -> None:
    raw = bolivia.seal(DATA)
    headers = _signed_by_bolivia(bolivia, raw)

    answers = [_post(raw, headers) for _ in range(100)]

    assert {status for status, _said in answers} == {200}
    assert all(said == answers[0][1] for _status, said in answers)
    assert len(kinds.taken) == 1


def test_a_recorded_request_proves_nothing_at_another_address(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)

    answer = _post(raw, _signed_by_bolivia(bolivia, raw), path=transport.ACCOUNT)

    # The question is small and the envelope is not; a small body is refused for its signature.
    assert answer == (422, {"refused": "too_large"})
    question = documents.canonical({"page": 0, "sheet": 0, "since": "2026-01-01T00:00:00Z"})
    signed_for_messages = _signed_by_bolivia(bolivia, question)
    assert _post(question, signed_for_messages, path=transport.ACCOUNT) == (
        422,
        {"refused": "not_genuine"},
    )


def test_a_recorded_signature_proves_nothing_under_another_body(bolivia: Peer) -> None:
    headers = _signed_by_bolivia(bolivia, bolivia.seal(DATA))

    assert _post(bolivia.seal(DATA), headers) == (422, {"refused": "not_genuine"})
    assert kinds.taken == []


# -- reflection


def test_our_own_message_sent_back_to_us_is_refused(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    ours = bytes(exchange.delivery_of(message).envelope or b"")

    assert post_signed(bolivia, ours)[1]["body"]["refused"] == "not_genuine"
    assert exchange.receive(raw=ours, signed_by="ar").refusal == "wrong_recipient"
    assert not IncomingMessage.objects.exists()


def test_our_own_request_played_back_at_us_is_refused(bolivia: Peer) -> None:
    """Host and path are signed: a request to Bolivia is none to us."""
    message = queue({"needs": ["shelter"]}, a_grant())
    ours = bytes(exchange.delivery_of(message).envelope or b"")
    headers = transport.signed_headers("POST", "http://bo.localhost" + transport.PATH, ours)

    assert _post(ours, headers) == (422, {"refused": "not_genuine"})
    assert _post(ours, headers, host="bo.localhost")[0] == 400


# -- surreptitious forwarding


@pytest.fixture
def three(transactional_db: None, settings: Any) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia and a third member in a directory with us."""
    forget()
    kinds.wire(settings)
    kinds.taken.clear()
    bolivia, third = Peer(), a_secretariat()
    found(bolivia, secretariat=third)
    yield bolivia, third
    bolivia.stop()
    third.stop()
    forget()


def _to_bolivia(bolivia: Peer, third: Peer) -> bytes:
    """What the third member has sealed to Bolivia."""
    return envelope.seal(
        DATA,
        route=envelope.Route(1, third.node, third.institution, 1, "bo", CONSULATE, 1),
        kind="test.note",
        message=secrets.token_hex(16),
        conversation=secrets.token_hex(16),
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=bolivia.hpke[1],
        signing_key=third.signing,
    )


def _sealed_on(raw: bytes, bolivia: Peer, changed: dict[str, Any], signing: bytes | None) -> bytes:
    """Bolivia takes the content key of what it was sent and seals it to us, under the header as it
    was or changed, with the third member's signatures or with others."""
    sealed = envelope.parse(raw)
    header = sealed.header.to_json()
    info = envelope._info(sealed.header, sealed.header_bytes)
    key = suites.suite(1).open(sealed.sealed_key, bolivia.hpke[0], info)
    header_bytes = documents.canonical({**header, **changed})
    ours = bolivia.own_sheet["body"]["institutions"][0]
    new = envelope._header(header_bytes)
    sealed_key = suites.suite(new.suite).seal(
        key, documents.decode(ours["key"]), envelope._info(new, header_bytes)
    )
    signatures: list[Any] = [dict(each) for each in sealed.signatures]
    if signing is not None:
        signed = envelope._signed_bytes(header_bytes, sealed_key)
        signatures[0]["signature"] = documents.sign_bytes("envelope", signed, signing)
    parts = (header_bytes, sealed_key, documents.canonical(signatures), sealed.ciphertext)
    return envelope.MARK + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


TO_US = {"recipient": "ar", "recipient_institution": "ar-programme", "suite": 2}


@pytest.mark.parametrize("signed_by", ["bo", "secretariat"])
def test_what_a_third_member_told_bolivia_cannot_be_handed_on_as_told_to_us(
    three: tuple[Peer, Peer], signed_by: str
) -> None:
    bolivia, third = three
    raw = _to_bolivia(bolivia, third)
    tries = {
        "as it was": raw,
        "addressed to us": _sealed_on(raw, bolivia, TO_US, None),
        "signed anew by Bolivia": _sealed_on(raw, bolivia, TO_US, bolivia.signing),
        "as from Bolivia's consulate": _sealed_on(
            raw, bolivia, {**TO_US, "sender_institution": CONSULATE}, bolivia.signing
        ),
    }

    for what, tried in tries.items():
        refusal = exchange.receive(raw=tried, signed_by=signed_by).refusal
        assert refusal in {"not_genuine", "wrong_recipient"}, what
    assert kinds.taken == []
    assert not IncomingMessage.objects.exists()


# -- a member that was removed


def test_a_removed_member_is_refused_at_once_whatever_it_signs(three: tuple[Peer, Peer]) -> None:
    bolivia, third = three
    before = trust.directory_document()
    assert before is not None
    ours = bolivia.own_sheet["body"]["institutions"][0]

    def to_us() -> bytes:
        return envelope.seal(
            DATA,
            route=envelope.Route(2, third.node, third.institution, 1, "ar", "ar-programme", 1),
            kind="test.note",
            message=secrets.token_hex(16),
            conversation=secrets.token_hex(16),
            sequence=1,
            created=clock.now(),
            due=None,
            recipient_key=documents.decode(ours["key"]),
            signing_key=third.signing,
        )

    assert exchange.receive(raw=to_us(), signed_by=third.node).receipt is not None
    body = {
        **before["body"],
        "issued": clock.isoformat(clock.now()),
        "members": [m for m in before["body"]["members"] if m["node"] != third.node],
        "number": 2,
        "previous": documents.digest(before["body"]),
    }
    theirs = documents.signed("directory", body, {"bo": bolivia.identity})["signatures"][0]
    signed = {"body": body, "signatures": [exchange.sign_directory(by=SETUP, body=body), theirs]}
    exchange.accept_directory(by=SETUP, document=signed, now=clock.now())

    assert exchange.receive(raw=to_us(), signed_by=third.node).refusal == "unknown_sender"
    with pytest.raises(exchange.NotTrusted):
        exchange.accept_key_sheet(by=SETUP, document=third.next_sheet(clock.now()), now=clock.now())
    with pytest.raises(exchange.NotTrusted):
        exchange.accept_directory(
            by=SETUP,
            document=before
            | {"body": {**before["body"], "number": 3, "previous": documents.digest(body)}},
            now=clock.now(),
        )


# -- key substitution


def test_a_key_sheet_with_another_key_put_in_on_the_way_is_not_taken(bolivia: Peer) -> None:
    """Who carries the sheet of Bolivia puts in a key of its own: to read what we will seal."""
    own = suites.generate(1)
    document = bolivia.next_sheet(clock.now())
    document["body"]["institutions"][0]["key"] = documents.encode(own[1])
    bolivia.serves["/exchange/1/key-sheet/2"] = document

    exchange.refresh(by=SETUP)

    assert trust.key_sheet("bo", 2) is None
    assert trust.recipient("bo", CONSULATE).key == bolivia.hpke[1]


def test_a_key_sheet_that_the_signing_key_signed_is_none(bolivia: Peer) -> None:
    """Who has stolen a node's signing key, and not its identity key, gives itself no next key."""
    document = bolivia.next_sheet(clock.now())
    stolen = documents.signed("key-sheet", document["body"], {"bo": bolivia.signing})

    with pytest.raises(exchange.NotGenuine):
        exchange.accept_key_sheet(by=SETUP, document=stolen, now=clock.now())


def test_a_receipt_by_another_key_settles_nothing(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    true, bolivia.signing = bolivia.signing, secrets.token_bytes(32)

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "queued"
    bolivia.signing = true


# -- downgrade


def test_a_suite_that_our_key_sheet_does_not_accept_is_refused(bolivia: Peer) -> None:
    programme = members.institution_by_code("ar-programme")
    sheet = exchange.make_key_sheet(
        by=SETUP, institutions=[programme], now=clock.now(), suite=1, accepted=[1, 2]
    )
    exchange.accept_key_sheet(by=SETUP, document=sheet, now=clock.now())
    weak = exchange.make_key_sheet(
        by=SETUP, institutions=[programme], now=clock.now(), suite=2, accepted=[2]
    )
    exchange.accept_key_sheet(by=SETUP, document=weak, now=clock.now())
    entry = weak["body"]["institutions"][0]
    x25519 = documents.decode(entry["key"])[-32:]
    raw = envelope.seal(
        DATA,
        route=envelope.Route(1, "bo", CONSULATE, 1, "ar", "ar-programme", weak["body"]["number"]),
        kind="test.note",
        message=secrets.token_hex(16),
        conversation=secrets.token_hex(16),
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=x25519,
        signing_key=bolivia.signing,
    )

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "suite_refused"


def test_an_older_key_sheet_shown_again_does_not_bring_its_keys_back(bolivia: Peer) -> None:
    first = trust.key_sheet("bo")
    assert first is not None
    fresh = suites.generate(1)
    old, bolivia.hpke = bolivia.hpke, fresh
    exchange.accept_key_sheet(by=SETUP, document=bolivia.next_sheet(clock.now()), now=clock.now())

    exchange.accept_key_sheet(by=SETUP, document=first, now=clock.now())

    assert trust.recipient("bo", CONSULATE).key == fresh[1] != old[1]


def test_an_envelope_of_another_version_is_refused_and_never_read_as_this_one(
    bolivia: Peer,
) -> None:
    raw = bolivia.seal(DATA)

    for mark in (b"AYNI\x00", b"AYNI\x02", b"AYNE\x01"):
        assert exchange.receive(raw=mark + raw[5:], signed_by="bo").refusal == "malformed"


# -- numbers and times that break what stores them


@pytest.mark.parametrize("sequence", [2**31, 2**53 - 1])
def test_a_number_that_no_table_can_keep_is_malformed(bolivia: Peer, sequence: int) -> None:
    raw = bolivia.seal(DATA)
    header = envelope.parse(raw).header.to_json() | {"sequence": sequence}

    with pytest.raises(exchange.Malformed):
        envelope._header(documents.canonical(header))


def test_a_number_far_ahead_costs_no_memory(bolivia: Peer) -> None:
    conversation = secrets.token_hex(16)
    for sequence in (5, 2**31 - 1):
        raw = bolivia.seal(DATA, sequence=sequence, conversation=conversation)
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None

    begun = time.process_time()
    assert exchange.gaps(conversation)[:5] == [1, 2, 3, 4, 6]
    assert len(exchange.gaps(conversation)) == 1000
    assert time.process_time() - begun < 2


# -- bombs, and bodies that never come


def test_a_compressed_body_is_never_unpacked(bolivia: Peer) -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    headers = _signed_by_bolivia(bolivia, bomb)

    status, answer = _post(bomb, {**headers, "Content-Encoding": "gzip"})

    assert (status, answer["body"]["refused"]) == (422, "malformed")


def test_slow_bodies_of_one_place_leave_room_for_others() -> None:
    gate = bodies.Gate(at_once=bodies.AT_ONCE, of_one=bodies.OF_ONE_PLACE)
    with gate.sending("10.0.0.1"), gate.sending("10.0.0.1"):
        with pytest.raises(bodies.Busy), gate.sending("10.0.0.1"):
            pass
        with gate.sending("10.0.0.2"):
            begun = time.monotonic()
            with pytest.raises(bodies.Busy), gate.sending("10.0.0.3"):
                pass
            assert time.monotonic() - begun < 1
    with gate.sending("10.0.0.3"):
        pass


# -- answers that never end


@contextmanager
def _dripping(begin: bytes, drop: bytes) -> Iterator[str]:
    """A peer that answers `begin` and then `drop` ten times a second, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    end = threading.Event()

    def serve() -> None:
        line, _ = server.accept()
        with line:
            line.recv(65_536)
            line.sendall(begin)
            while not end.wait(0.1):
                try:
                    line.sendall(drop)
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        end.set()
        server.close()
        thread.join(5)


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
    ],
    ids=["body", "head", "chunks", "continue", "nothing"],
)
def test_a_peer_that_answers_a_byte_now_and_then_is_given_up_in_time(
    begin: bytes, drop: bytes
) -> None:
    """No read ever times out: the whole answer has a time."""
    with (
        _dripping(begin, drop) as address,
        Connection("http://bo.localhost", connect_to=address, pins=None, whole=1.5) as line,
    ):
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            line.request("GET", "/")
        assert time.monotonic() - begun < 4
