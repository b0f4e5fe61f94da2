"""A bundle shows in which daily signed head over the log of messages each message stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import translation

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import bundle, documents, logged, message_log
from ayni.exchange.errors import Malformed
from ayni.exchange.models import LogHead
from ayni.lib import clock, tree
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue
from tests.exchange.test_evidence import _conversation, _export, _signed_again
from tests.exchange.test_message_log import Log, arrive

DAY = timedelta(days=1)
JOB = audit.job("tests")


def sign() -> dict[str, Any]:
    """Today's head of ours."""
    number = message_log.sign(by=JOB, now=clock.now())
    return dict(LogHead.objects.get(number=number).document)


@pytest.fixture
def days(db: None) -> Iterator[Any]:
    """A clock that the test moves."""
    with time_machine.travel(clock.now(), tick=False) as moved:
        yield moved


def test_each_message_stands_in_the_head_of_its_day_and_who_keeps_it_is_said(
    bolivia: Peer, days: Any
) -> None:
    first = _conversation(bolivia)
    one = sign()
    for _ in range(3):
        _conversation(bolivia)
    days.shift(DAY)
    queue({"needs": ["doctor"]}, a_grant(), conversation=first)
    exchange.drain(peer="bo")
    sign()
    log = Log(bolivia)
    arrive({**log.payload("one"), "held": [one]})

    found = bundle.check(_export(first))

    assert found.problems == []
    heads = [found.log.under[m.message].number for m in found.messages if m.sender == "ar"]
    assert heads == [1, 1, 2]
    assert len(found.log.under) == 4
    kept = {head.number: found.log.keepers(head) for head in found.log.under.values()}
    assert kept == {1: ["bo"], 2: []}
    assert [(copy.by, copy.head.node) for copy in found.log.copies] == [("bo", "ar"), ("ar", "bo")]


def test_what_was_receipted_after_the_last_head_is_in_none_yet(bolivia: Peer) -> None:
    sign()
    found = bundle.check(_export(_conversation(bolivia)))
    assert (found.holds, found.complete, found.log.said) == (True, True, True)
    assert found.log.under == {}


def test_proofs_out_of_a_log_of_many_blocks_are_those_of_the_whole_tree(
    bolivia: Peer, days: Any
) -> None:
    """The log grows by a block a day here; ten heads, and each message in the right one."""
    conversation = exchange.new_conversation()
    for _ in range(5):
        queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)
        exchange.drain(peer="bo")
        sign()
        days.shift(DAY)
    found = bundle.check(_export(conversation))
    assert found.problems == []
    assert sorted(head.number for head in found.log.under.values()) == [1, 2, 3, 4, 5]
    assert sorted(head.size for head in found.log.under.values()) == [
        n * tree.BLOCK for n in range(1, 6)
    ]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda log: log["proofs"][0]["path"].pop(), "proof of"),
        (lambda log: log["proofs"][0].update(place=log["proofs"][0]["place"] + 1), "proof of"),
        (lambda log: log["proofs"][0].update(message="0" * 32), "proof of"),
        (lambda log: log["proofs"][0].update(path=["xy"]), "proof of"),
        (lambda log: log["proofs"][0].update(head=7), "proof of"),
        (lambda log: log["heads"][0]["body"].update(root="0" * 64), "head of the log"),
        (lambda log: log["kept"][0].update(by="xx"), "kept head"),
        (lambda log: log["kept"][0]["head"]["body"].update(size=512), "kept head"),
    ],
)  # fmt: skip
def test_a_changed_proof_head_or_copy_does_not_hold(
    bolivia: Peer, days: Any, change: Any, where: str
) -> None:
    conversation = _conversation(bolivia)
    head = sign()
    arrive({**Log(bolivia).payload("one"), "held": [head]})
    raw = _export(conversation)
    assert bundle.check(raw).holds

    found = bundle.check(_signed_again(raw, lambda body: change(body["log"])))

    assert not found.holds
    assert found.problems[0].where.startswith(where)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("log"),
        lambda body: body.update(log=[]),
        lambda body: body["log"].update(more=[]),
        lambda body: body["log"].update(heads={}),
        lambda body: body["log"].update(proofs=[{"head": 1}]),
        lambda body: body.update(format=4),
        lambda body: body.update(format=2),
        lambda body: body.pop("told"),
        lambda body: body.update(told={}),
        lambda body: body.update(format=[2]),
    ],
)
def test_another_form_is_no_bundle(bolivia: Peer, change: Any) -> None:
    raw = _export(_conversation(bolivia))
    with pytest.raises(Malformed):
        bundle.check(_signed_again(raw, change))


def test_a_file_of_an_earlier_version_still_holds_and_says_that_it_shows_no_heads(
    bolivia: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def earlier(body: dict[str, Any]) -> None:
        del body["log"], body["told"]
        for message in body["messages"]:
            del message["content"]
        body["format"] = 1

    raw = _signed_again(_export(_conversation(bolivia)), earlier)
    found = bundle.check(raw)
    assert (found.holds, found.complete, found.log.said) == (True, True, False)

    file = tmp_path / "earlier.evidence"
    file.write_bytes(raw)
    with translation.override("en"):
        call_command("evidence", "verify", str(file))
    assert "earlier version" in capsys.readouterr().out


def test_the_command_says_head_and_keepers(
    bolivia: Peer, days: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conversation = _conversation(bolivia)
    head = sign()
    arrive({**Log(bolivia).payload("one"), "held": [head]})
    file = tmp_path / "good.evidence"
    file.write_bytes(_export(conversation))

    with translation.override("en"):
        call_command("evidence", "verify", str(file))
    assert "in head 1 of ar" in (said := capsys.readouterr().out)
    assert "bo" in said

    call_command("evidence", "verify", str(file), "--json")
    told = json.loads(capsys.readouterr().out)["files"][0]
    assert [(m["head"], m["kept_by"]) for m in told["messages"]] == [(1, ["bo"])] * 3


def test_a_node_that_shows_two_heads_with_one_number_is_named_beside_the_other_file(
    bolivia: Peer, days: Any
) -> None:
    """Bolivia's file would hold the head that it was sent; ours shows the one written since."""
    conversation = _conversation(bolivia)
    one = sign()
    arrive({**Log(bolivia).payload("one"), "held": [one]})
    honest = bundle.check(_export(conversation))
    assert bundle.differences(honest, honest) == []

    head = next(iter(honest.log.under.values()))
    other = logged.Head(
        head.node, head.number, head.at, head.size, b"\1" * 32, "1" * 64, head.previous, False
    )
    rewritten = bundle.check(_export(conversation))
    rewritten.log.under = dict.fromkeys(rewritten.log.under, other)
    rewritten.log.copies = []

    found = bundle.differences(honest, rewritten)
    assert {(p.where, p.why) for p in found} == {("head 1 of ar", "two heads with one number")}


def test_a_head_signed_by_a_key_that_was_revoked_before_does_not_hold(
    bolivia: Peer, days: Any
) -> None:
    conversation = _conversation(bolivia)
    arrive({**Log(bolivia).payload("one"), "held": [sign()]})
    now = clock.now()
    exchange.accept_key_sheet(by=BY, document=bolivia.next_sheet(now, revoked=[1]), now=now)
    raw = _export(conversation)
    found = bundle.check(raw)
    assert [p.where for p in found.problems if p.where == "kept head"] == ["kept head"]


def test_the_file_holds_each_sheet_that_signed_a_head(bolivia: Peer, days: Any) -> None:
    """The head of the day may be signed under a later sheet than any message."""
    conversation = _conversation(bolivia)
    days.shift(timedelta(days=8))
    exchange.publish_key_sheet(by=BY, now=clock.now())
    sign()
    found = bundle.check(_export(conversation))
    assert found.problems == []
    assert len(found.log.under) == 3
    assert documents.digest(exchange.directory_document(1)["body"]) == found.founding  # type: ignore[index]
