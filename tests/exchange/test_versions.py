"""Nodes of this version and of earlier ones: what those have said is read as it was meant.

The recordings are bytes of the code of then (tests/exchange/recorded/README.md). This node is `ar`,
their node was `bo`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from ayni.exchange import account, bundle, documents, envelope, grant, transport, trust, wired
from ayni.exchange import api as exchange
from ayni.exchange.models import IncomingMessage
from ayni.lib import clock
from ayni.vault import api as vault
from tests.cast import an_institution
from tests.exchange import kinds, second
from tests.exchange.conftest import forget
from tests.exchange.peer import SETUP, Peer

FOLDER = Path(__file__).parent / "recorded"
VERSIONS = ["m1", "before_m3"]


def _seed(use: str) -> bytes:
    return hashlib.sha256(f"ayni recorded: {use} ar".encode()).digest()


def recording(version: str) -> dict[str, Any]:
    """What a node of that version has said."""
    found: dict[str, Any] = json.loads((FOLDER / f"{version}.json").read_text("utf-8"))
    return found


@pytest.fixture(params=VERSIONS)
def then(
    request: pytest.FixtureRequest, transactional_db: None, settings: Settings
) -> Iterator[dict[str, Any]]:
    """This node at the time of a recording, in the directory of then, with its keys of then."""
    forget()
    kinds.wire(settings)
    kinds.taken.clear()
    told = recording(request.param)
    with time_machine.travel(clock.parse(told["at"]) + timedelta(seconds=30)):
        an_institution("ar-programme")
        vault.store_secret(trust.IDENTITY, _seed("identity"))
        vault.store_secret(trust.signing_name(1), _seed("signing"))
        vault.store_secret(trust.hpke_name("ar-programme", 1), _seed("hpke"))
        now = clock.now()
        exchange.accept_directory(by=SETUP, document=told["directory"], now=now)
        for node in ("ar", "bo"):
            exchange.accept_key_sheet(by=SETUP, document=told["key_sheets"][node], now=now)
        yield told
    forget()


def _raw(each: dict[str, Any]) -> bytes:
    return documents.decode(each["envelope"])


def test_the_first_directory_and_key_sheets_are_still_read(then: dict[str, Any]) -> None:
    assert trust.directory_document() == then["directory"]
    assert trust.key_sheet("bo") == then["key_sheets"]["bo"]
    assert trust.identity_at_hand()
    assert trust.recipient("bo", "bo-consulate").suite == 2


def test_messages_of_an_earlier_node_are_applied_in_order_through_the_door(
    then: dict[str, Any], client: Client
) -> None:
    for each in then["sent"]:
        answer = client.post(
            "/exchange/1/messages",
            data=_raw(each),
            content_type="application/vnd.ayni.envelope",
            headers={k: v for k, v in each["headers"].items() if k != "Content-Type"},
            HTTP_HOST="ar.localhost",
        )
        assert answer.status_code == 200, answer.content
        said = answer.json()["body"]
        # What an earlier node demands of a receipt, name by name; others may be added.
        sealed = envelope.parse(_raw(each)).header
        assert said["envelope"] == hashlib.sha256(_raw(each)).hexdigest()
        assert (said["message"], said["sender"], said["receiver"]) == (sealed.message, "bo", "ar")
        assert said["due"] == clock.isoformat(sealed.due or clock.now())
        assert (said["state"], said["ahead_seconds"]) == ("applied", 0)

    assert [r.payload["step"] for r in kinds.taken] == ["one", "two", "three"]


def test_receipts_and_refusals_of_an_earlier_node_count(then: dict[str, Any]) -> None:
    refused = []
    for each in then["answers"]:
        raw, said = _raw(each), each["answer"]
        body = said["body"]
        if "refused" in body:
            key = trust.signing_key_of("bo", body["sheet"], made=clock.parse(body["at"]))
            assert documents.signers("refusal", said, {"bo": key}) == {"bo"}
            refused.append(body["refused"])
            continue
        header = envelope.parse(raw).header
        transport.check_receipt(said, peer="bo", raw=raw, message=header.message, due=header.due)

    assert refused == ["malformed", "unknown_kind", "wrong_recipient"]


def test_our_receipt_has_every_name_that_an_earlier_one_had(then: dict[str, Any]) -> None:
    earlier = then["answers"][0]["answer"]["body"]
    ours = exchange.receive(raw=_raw(then["sent"][0]), signed_by="bo").receipt
    assert ours is not None

    for name, value in earlier.items():
        assert type(ours["body"][name]) is type(value), name


def test_what_an_earlier_node_opens_is_what_is_sealed_now(then: dict[str, Any]) -> None:
    """An earlier node reads format 1 and nothing else: the same names, the same parts."""
    earlier = second.parts(_raw(then["sent"][0]), b"AYNI\x01", 4)
    grant_now = grant.Grant.from_json(then["sent"][0]["grant"] | {"recipient": "bo"})
    message = exchange.queue(
        by=SETUP,
        kind="test.note",
        recipient="bo",
        recipient_institution="bo-consulate",
        institution="ar-programme",
        payload={"data": {"needs": ["shelter"]}},
        grant=exchange.Grant.from_json(
            {**grant_now.to_json(), "recipient_institution": "bo-consulate"}
        ),
        conversation=exchange.new_conversation(),
        subject="case-1",
    )
    now = second.parts(bytes(exchange.delivery_of(message).envelope or b""), b"AYNI\x01", 4)

    assert set(json.loads(now[0])) == set(json.loads(earlier[0]))
    assert [set(s) for s in json.loads(now[2])] == [set(s) for s in json.loads(earlier[2])]
    assert (len(now[1]), len(now[3])) == (len(_sealed_key_to_suite_2()), 4096 + 16)


def _sealed_key_to_suite_2() -> bytes:
    return bytes(1088 + 32 + 32 + 16)  # ML-KEM-768 and X25519, the content key, the tag


def test_an_account_of_an_earlier_node_is_understood() -> None:
    told = recording("before_m3")["account"]
    sheets = recording("before_m3")["key_sheets"]
    key = documents.decode(sheets["bo"]["body"]["signing_key"])

    assert documents.signers("account", told, {"bo": key}) == {"bo"}
    assert {"asker", "giver", "page", "more", "received", "sent", "sheets"} <= set(told["body"])
    assert [row["receipt"]["body"]["state"] for row in told["body"]["received"]] == [
        "applied",
        "set_aside",
    ]
    assert account.PAGE >= len(told["body"]["received"])


def test_evidence_of_an_earlier_receipt_is_judged_and_marked_as_unbound() -> None:
    told = recording("before_m3")
    raw = _raw(told["answers"][0])
    header = envelope.parse(raw).header
    file = bundle.bundle(
        node="ar",
        sheet=1,
        signing_key=_seed("signing"),
        conversation=header.conversation,
        at=clock.parse(told["at"]),
        directories=[told["directory"]],
        key_sheets=list(told["key_sheets"].values()),
        messages=[(envelope.evidence(raw), told["answers"][0]["answer"])],
        left_out=[],
        log={"heads": [], "kept": [], "proofs": []},
    )
    found = bundle.check(file)

    assert found.holds
    assert [(m.answer, m.bound) for m in found.messages] == [("applied", False)]


def test_a_message_of_a_later_kind_is_kept_shown_and_taken_up_after_the_upgrade(
    bolivia: Peer, settings: Settings
) -> None:
    conversation = "c" * 32
    raw = bolivia.seal({"data": {"n": 1}}, kind="test.later", conversation=conversation)
    follows = bolivia.seal({"data": {"n": 2}}, sequence=2, conversation=conversation)

    first = exchange.receive(raw=raw, signed_by="bo")
    second_ = exchange.receive(raw=follows, signed_by="bo")

    assert first.receipt is not None
    assert second_.receipt is not None
    assert first.receipt["body"]["state"] == "set_aside"
    assert second_.receipt["body"]["state"] == "applied", "nobody waits for an upgrade"
    kept = exchange.kept_for_upgrade()
    assert [(k.kind, k.peer, k.institution) for k in kept] == [("test.later", "bo", "ar-programme")]
    assert exchange.receive(raw=raw, signed_by="bo") == first, "the same receipt for the same bytes"
    assert exchange.take_up() == 0, "before the upgrade"
    assert exchange.remove_old_keys(by=SETUP, now=clock.now() + timedelta(days=400)) == 0

    _upgrade(settings, "test.later")

    assert exchange.take_up() == 1
    assert exchange.kept_for_upgrade() == []
    assert [r.payload["data"]["n"] for r in kinds.taken] == [2, 1]
    assert exchange.take_up() == 0, "once"


def test_a_later_kind_that_turns_out_to_be_against_its_schema_stays_aside_with_that_reason(
    bolivia: Peer, settings: Settings
) -> None:
    exchange.receive(raw=bolivia.seal({"wrong": 1}, kind="test.later_still"), signed_by="bo")

    _upgrade(settings, "test.later_still")

    assert exchange.take_up() == 0
    assert kinds.taken == []
    assert IncomingMessage.objects.get().reason == "malformed"
    assert exchange.take_up() == 0, "not tried every minute for ever"


def test_a_later_kind_is_verified_like_any_other(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, kind="test.never", signing=bytes(32))

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "not_genuine"
    assert exchange.kept_for_upgrade() == []


def _upgrade(settings: Settings, kind: str) -> None:
    """This node learns a kind. What it has once learnt it knows until its process ends."""
    settings.AYNI_MESSAGE_KINDS = {
        **settings.AYNI_MESSAGE_KINDS,
        kind: "tests.exchange.kinds.NOTE",
    }
    settings.AYNI_RECEIVERS = {**settings.AYNI_RECEIVERS, kind: "tests.exchange.kinds.take"}


DATA = {"data": {"needs": ["shelter"]}}
PAYLOADS: list[dict[str, Any]] = [
    each
    for name in ("payloads.json", "payloads_2.json")
    for each in json.loads((FOLDER / name).read_text("utf-8"))
]
# Whatever is recorded, of these there is something.
RECORDED = {
    "referral", "request", "information", "nationality", "follow_up", "consent", "alert",
    "assessment", "travel", "attachment", "gazette", "exchange", "audit", "log", "clock", "right",
    "pause", "sum", "agenda", "message",
}  # fmt: skip


def test_something_of_every_room_is_recorded() -> None:
    assert {each["kind"].partition(".")[0] for each in PAYLOADS} >= RECORDED


@pytest.mark.parametrize("kind", sorted({each["kind"] for each in PAYLOADS}))
def test_every_kind_that_an_earlier_node_sent_is_still_of_its_schema(kind: str) -> None:
    for each in PAYLOADS:
        if each["kind"] == kind:
            wired.kind(kind).check(each["payload"])
