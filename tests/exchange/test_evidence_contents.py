"""What a bundle shows of contents: of messages free of personal data only, and as committed to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import bundle, contents, documents, envelope, missing, opened, trust
from ayni.exchange.contents import KeptContent
from ayni.exchange.errors import Malformed, NotGenuine
from ayni.exchange.kinds import MessageKind
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue

BY = audit.job("tests")
TALK = "c" * 32
FREE = MessageKind(
    name="test.free",
    personal=False,
    schema={"type": "object", "properties": {"step": {"type": "string"}}},
)


# -- pure


@given(st.binary(min_size=32, max_size=32), st.dictionaries(st.text(max_size=5), st.text()))
def test_only_what_was_committed_to_is_shown(salt: bytes, payload: dict[str, str]) -> None:
    try:
        committed = envelope.commitment(salt, payload)
    except Malformed:
        return
    content = {"payload": payload, "salt": salt.hex()}

    assert opened.check(content, committed) == payload
    assert opened.check(None, committed) is None
    with pytest.raises(NotGenuine):
        opened.check({**content, "payload": {**payload, "more": "1"}}, committed)
    with pytest.raises(NotGenuine):
        opened.check({**content, "salt": bytes(31).hex() + "01"}, committed)


@pytest.mark.parametrize(
    "content",
    [1, [], {}, {"payload": {}}, {"payload": [], "salt": "00" * 32}, {"payload": {}, "salt": "x"},
     {"payload": {}, "salt": "00" * 31}, {"payload": {}, "salt": "00" * 32, "more": 1}],
)  # fmt: skip
def test_another_form_is_malformed(content: Any) -> None:
    with pytest.raises(Malformed):
        opened.check(content, "0" * 64)


# -- on a node


@pytest.fixture
def free(bolivia: Peer, settings: Settings) -> Peer:
    """Bolivia, and a kind that is about persons and free of personal data."""
    place = f"{__name__}.FREE"
    settings.AYNI_MESSAGE_KINDS = {**settings.AYNI_MESSAGE_KINDS, "test.free": place}
    settings.AYNI_RECEIVERS = {
        **settings.AYNI_RECEIVERS, "test.free": "tests.exchange.kinds.take_free"
    }  # fmt: skip
    settings.AYNI_STILL_ALLOWED = {
        **settings.AYNI_STILL_ALLOWED, "test.free": "tests.exchange.kinds.still_allowed"
    }  # fmt: skip
    return bolivia


def _conversation(peer: Peer) -> None:
    """One with personal data and one without, both ways."""
    queue({"needs": ["Invented Secret"]}, a_grant(), conversation=TALK)
    queue({}, None, kind="test.free", payload={"step": "ours"}, conversation=TALK)
    exchange.drain(peer="bo")
    for sequence, kind, payload in (
        (1, "test.note", {"data": {"needs": ["Invented Secret"]}}),
        (2, "test.free", {"step": "theirs"}),
    ):
        raw = peer.seal(payload, kind=kind, sequence=sequence, conversation=TALK)
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None


def _export() -> bytes:
    return exchange.export_evidence(by=BY, conversation=TALK, now=clock.now())


def _signed_again(raw: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    body = documents.parse(raw, largest=bundle.LARGEST)["body"]
    change(body)
    number, key = trust.own_signing_key()
    return documents.canonical(documents.signed("evidence", {**body, "sheet": number}, {"ar": key}))


def test_contents_are_shown_of_what_is_free_of_personal_data_and_of_nothing_else(
    free: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _conversation(free)

    raw = _export()
    found = bundle.check(raw)

    assert found.problems == []
    assert [(m.kind, m.payload) for m in found.messages] == [
        ("test.note", None), ("test.free", {"step": "ours"}),
        ("test.note", None), ("test.free", {"step": "theirs"}),
    ]  # fmt: skip
    assert b"Invented Secret" not in raw
    assert not [c for c in KeptContent.objects.all() if b"theirs" in bytes(c.content)]
    file = tmp_path / "evidence"
    file.write_bytes(raw)
    call_command("evidence", "verify", str(file))
    assert '{"step": "theirs"}' in capsys.readouterr().out
    call_command("evidence", "verify", str(file), "--json")
    told = json.loads(capsys.readouterr().out)["files"][0]
    assert [m["payload"] for m in told["messages"]][1] == {"step": "ours"}


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["payload"].update(step="other"),
        lambda content: content.update(salt="0" * 64),
        lambda content: content.update(more=1),
    ],
)
def test_a_content_that_is_not_the_one_committed_to_does_not_hold(free: Peer, change: Any) -> None:
    _conversation(free)

    found = bundle.check(
        _signed_again(_export(), lambda body: change(body["messages"][1]["content"]))
    )

    assert not found.holds
    assert found.problems[0].where == "message ar 2"


def test_what_was_opened_and_refused_is_not_kept(free: Peer) -> None:
    _conversation(free)
    again = free.seal({"step": "twice"}, kind="test.free", sequence=2, conversation=TALK)
    assert exchange.receive(raw=again, signed_by="bo").refusal == "sequence_taken"
    assert KeptContent.objects.count() == 2
    assert contents.sweep() == 0


@pytest.mark.parametrize("together", [False, True])
def test_an_id_that_was_refused_first_shows_what_was_taken_under_it(
    free: Peer, together: bool
) -> None:
    _conversation(free)
    words = {"kind": "test.free", "conversation": TALK, "message": "e" * 32}
    refused = free.seal({"step": "refused"}, sequence=2, **words)
    taken = free.seal({"step": "taken"}, sequence=3, **words)
    if together:
        replies = exchange.receive_many(envelopes=[refused, taken], signed_by="bo")
    else:
        replies = [exchange.receive(raw=raw, signed_by="bo") for raw in (refused, taken)]
    assert [reply.refusal for reply in replies] == ["sequence_taken", ""]

    found = bundle.check(_export())

    assert found.problems == []
    assert [m.payload for m in found.messages if m.message == "e" * 32] == [{"step": "taken"}]


def _tells(peer: Peer, told: list[dict[str, Any]]) -> None:
    raw = peer.seal(
        {"conversation": TALK, "told": told}, kind="exchange.missing_told", conversation="d" * 32
    )
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None


def _with_a_gap(peer: Peer) -> None:
    """Bolivia's numbers 2 and 3 do not come."""
    for sequence in (1, 4):
        raw = peer.seal({"step": "x"}, kind="test.free", sequence=sequence, conversation=TALK)
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    queue({}, None, kind="test.free", payload={"step": "ours"}, conversation=TALK)
    exchange.drain(peer="bo")
    missing.ask(by=BY, now=clock.now() + timedelta(minutes=1))
    exchange.drain(peer="bo")


def test_what_was_told_of_missing_numbers_stands_in_the_file_signed(free: Peer) -> None:
    _with_a_gap(free)
    before = bundle.check(_export())
    assert (before.holds, before.complete) == (True, False)

    _tells(free, [{"number": 2, "is": "cancelled"}, {"number": 3, "is": "refused"}])
    found = bundle.check(_export())

    assert found.problems == []
    assert found.missing == [("bo", 2, "cancelled"), ("bo", 3, "refused")]
    assert found.complete


def test_a_number_that_was_sent_is_missing_whatever_is_told(free: Peer) -> None:
    _with_a_gap(free)
    _tells(free, [{"number": 2, "is": "cancelled"}, {"number": 3, "is": "sent"}])

    found = bundle.check(_export())

    assert found.missing == [("bo", 2, "cancelled"), ("bo", 3, "")]
    assert not found.complete


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["content"]["payload"].update(conversation="e" * 32),
        lambda told: told["content"]["payload"]["told"].append({"number": 9, "is": "cancelled"}),
        lambda told: told.update(content=None),
        lambda told: told.update(evidence="AA"),
        lambda told: told["answer"]["body"].update(at="2026-01-01T00:00:00Z"),
    ],
)
def test_what_the_peer_did_not_tell_does_not_hold(free: Peer, change: Any) -> None:
    _with_a_gap(free)
    _tells(free, [{"number": 2, "is": "cancelled"}, {"number": 3, "is": "refused"}])

    found = bundle.check(_signed_again(_export(), lambda body: change(body["told"][0])))

    assert not found.holds
    assert not found.complete


def test_a_message_of_the_conversation_itself_tells_nothing_of_numbers(free: Peer) -> None:
    _with_a_gap(free)
    raw = _export()

    found = bundle.check(_signed_again(raw, lambda body: body.update(told=[body["messages"][-1]])))

    assert [problem.where for problem in found.problems] == ["told"]


# -- earlier files


def test_a_recorded_file_of_format_2_still_holds() -> None:
    recorded = Path(__file__).parent / "recorded" / "evidence_2.json"
    raw = recorded.read_bytes()
    assert documents.parse(raw)["body"]["format"] == 2

    found = bundle.check(raw)

    assert found.problems == []
    assert [(m.sender, m.sequence, m.payload) for m in found.messages] == [("ar", 1, None)]
