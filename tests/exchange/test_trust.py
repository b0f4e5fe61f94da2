"""Directory and key sheets: only what follows from what was trusted before."""

from __future__ import annotations

import copy
import secrets
from datetime import timedelta
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import directory as rules
from ayni.exchange import documents
from ayni.lib import clock
from tests.exchange.peer import Peer

BY = audit.job("tests")


def _next(peer: Peer, signers: dict[str, bytes], **changed: Any) -> dict[str, Any]:
    before = exchange.directory_body()
    body = {
        **copy.deepcopy(before),
        "number": before["number"] + 1,
        "previous": documents.digest(before),
        **changed,
    }
    document = documents.signed("directory", body, signers)
    return document


def test_a_founding_directory_needs_every_founders_signature(bolivia: Peer) -> None:
    document = exchange.directory_document()
    assert document is not None

    with pytest.raises(exchange.NotTrusted, match="ar"):
        rules.check_founding({**document, "signatures": document["signatures"][1:]})


def test_a_change_needs_the_quorum_of_the_directory_before(bolivia: Peer) -> None:
    document = _next(bolivia, {"bo": bolivia.identity}, quorum=1)

    with pytest.raises(exchange.NotTrusted, match="1 states have signed"):
        exchange.accept_directory(by=BY, document=document, now=clock.now())


def test_a_change_with_the_quorum_is_accepted(bolivia: Peer) -> None:
    document = _next(bolivia, {"bo": bolivia.identity}, quorum=1)
    document["signatures"].append(exchange.sign_directory(by=BY, body=document["body"]))

    assert exchange.accept_directory(by=BY, document=document, now=clock.now()) == 2
    assert exchange.directory_body()["quorum"] == 1


def test_two_directories_with_one_number_raise_an_alarm(bolivia: Peer) -> None:
    first = exchange.directory_document()
    assert first is not None
    other = copy.deepcopy(first)
    other["body"]["quorum"] = 1

    with pytest.raises(exchange.Equivocation):
        exchange.accept_directory(by=BY, document=other, now=clock.now())


def test_a_signature_of_the_secretariat_does_not_count(bolivia: Peer) -> None:
    secretariat = secrets.token_bytes(32)
    members = [
        *exchange.directory_body()["members"],
        {
            "endpoint": {"connect_to": "", "url": "http://secretariat.localhost"},
            "identity_key": documents.encode(documents.public_of(secretariat)),
            "node": "secretariat",
        },
    ]
    joined = _next(bolivia, {"bo": bolivia.identity}, members=members)
    joined["signatures"].append(exchange.sign_directory(by=BY, body=joined["body"]))
    exchange.accept_directory(by=BY, document=joined, now=clock.now())

    grab = _next(bolivia, {"bo": bolivia.identity, "secretariat": secretariat}, quorum=1)
    with pytest.raises(exchange.NotTrusted):
        exchange.accept_directory(by=BY, document=grab, now=clock.now())


def test_a_demonstration_directory_is_refused_by_a_real_node(bolivia: Peer) -> None:
    document = _next(bolivia, {"bo": bolivia.identity}, demo=True)
    document["signatures"].append(exchange.sign_directory(by=BY, body=document["body"]))

    with pytest.raises(exchange.NotTrusted, match="demonstration"):
        exchange.accept_directory(by=BY, document=document, now=clock.now())


def test_a_key_sheet_of_a_stranger_is_refused(bolivia: Peer) -> None:
    stranger = Peer()

    with pytest.raises(exchange.NotGenuine):
        exchange.accept_key_sheet(by=BY, document=stranger.key_sheet(clock.now()), now=clock.now())


def test_a_key_sheet_that_skips_a_number_is_refused(bolivia: Peer) -> None:
    body = {**bolivia.key_sheet(clock.now())["body"], "number": 3}
    document = documents.signed("key-sheet", body, {"bo": bolivia.identity})

    with pytest.raises(exchange.NotTrusted, match="does not follow"):
        exchange.accept_key_sheet(by=BY, document=document, now=clock.now())


def test_a_key_sheet_whose_time_is_over_is_refused(bolivia: Peer) -> None:
    later = clock.now() + timedelta(days=60)

    with pytest.raises(exchange.NotTrusted, match="no longer valid"):
        exchange.accept_key_sheet(by=BY, document=bolivia.key_sheet(clock.now()), now=later)


def test_a_rotated_key_sheet_follows_and_old_messages_still_verify(bolivia: Peer) -> None:
    before = bolivia.key_sheet(clock.now())["body"]
    known = exchange.key_sheet("bo")
    assert known is not None
    fresh = Peer()
    body = {
        **before,
        "number": 2,
        "previous": documents.digest(known["body"]),
        "signing_key": documents.encode(documents.public_of(fresh.signing)),
    }
    document = documents.signed("key-sheet", body, {"bo": bolivia.identity})

    assert exchange.accept_key_sheet(by=BY, document=document, now=clock.now()) == 2
    reply = exchange.receive(raw=bolivia.seal({"data": {}}), signed_by="bo")
    assert reply.receipt is not None
