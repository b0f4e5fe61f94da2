"""Daily heads over the log of messages, and what two nodes hold of the messages between them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents, log_days, message_log, tally
from ayni.exchange.errors import NotGenuine
from ayni.exchange.models import HeldLogHead, IncomingMessage, LogEntry, LogHead, OutgoingMessage
from ayni.exchange.receipted import unlogged
from ayni.lib import clock, tree
from tests.exchange import kinds
from tests.exchange.peer import CONSULATE, Peer, a_secretariat, found

pytestmark = pytest.mark.django_db
BY = audit.job("tests")
DAY = timedelta(days=1)
SETTLED = timedelta(days=3)


@pytest.fixture
def peers(db: None, settings: Any) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia and the secretariat, in a directory with ours; undone after the test."""
    kinds.wire(settings)
    kinds.taken.clear()
    kinds.answer.clear()
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia, secretariat
    bolivia.stop()
    secretariat.stop()


@dataclass
class Log:
    """Another node's line of heads over an invented log. `back_to` forgets the later ones."""

    peer: Peer
    node: str = "bo"
    count: int = 0
    subtrees: list[bytes] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)
    states: list[tuple[int, list[bytes]]] = field(default_factory=list)

    def payload(
        self, name: str, *, days: list[dict[str, str]] | None = None, **changed: Any
    ) -> dict[str, Any]:
        """The message with the next head."""
        more = tree.blocks([hashlib.sha256(name.encode()).digest()])
        proof = tree.consistency(self.count, self.subtrees, more)
        self.subtrees = tree.peaks(self.count, self.subtrees, more)
        self.count += len(more)
        body = {
            "at": clock.isoformat(clock.now()),
            "format": 1,
            "node": self.node,
            "number": len(self.heads) + 1,
            "previous": documents.digest(self.heads[-1]["body"]) if self.heads else "",
            "restored": "",
            "root": tree.root(self.subtrees).hex(),
            "sheet": 1,
            "size": self.count * tree.BLOCK,
        }
        head = documents.signed("log-head", {**body, **changed}, {self.node: self.peer.signing})
        self.heads.append(head)
        self.states.append((self.count, list(self.subtrees)))
        told = {"head": head, "held": [], "proof": [part.hex() for part in proof]}
        return {**told, "days": days or []}

    def back_to(self, number: int) -> None:
        """As if what was logged after head `number` had never been."""
        self.heads, self.states = self.heads[:number], self.states[:number]
        self.count, self.subtrees = self.states[-1] if self.states else (0, [])
        self.subtrees = list(self.subtrees)


def arrive(payload: dict[str, Any], *, sender: str = "bo", kind: str = "log.head") -> None:
    """What the inbox hands on, checked by the kind's schema as it does."""
    (message_log.LOG_HEAD if kind == "log.head" else log_days.LOG_DAY).check(payload)
    take = message_log.receive if kind == "log.head" else log_days.receive_day
    with transaction.atomic():
        take(
            by=audit.peer(sender),
            received=exchange.Received(
                "m", kind, "c", 1, sender, "", "", clock.now(), None, payload
            ),
        )


def alarms() -> list[tuple[str, str]]:
    """Code and whose log."""
    return [(row.code, row.node) for row in audit.alarms() if row.code.startswith("log_")]


def a_grant() -> exchange.Grant:
    """What lets a note leave."""
    return exchange.Grant(
        id="g",
        recipient="bo",
        recipient_institution=CONSULATE,
        purpose="refer",
        fields=frozenset(),
        basis="consent:1",
        valid_until=clock.now() + 9 * DAY,
    )


def send_one(step: str) -> str:
    """A message of ours that Bolivia receipts; its id."""
    message = exchange.queue(
        by=BY, kind="test.note", recipient="bo", recipient_institution=CONSULATE,
        institution="ar-programme", payload={"data": {}, "step": step}, grant=a_grant(),
        conversation=exchange.new_conversation(),
    )  # fmt: skip
    exchange.drain(peer="bo")
    return message


def take_one(bolivia: Peer, step: str) -> str:
    """A message of Bolivia that we receipt; its id."""
    raw = bolivia.seal({"data": {}, "step": step})
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    return IncomingMessage.objects.latest("received_at").id


def ours(day: date) -> dict[str, str]:
    """Digest -> message of one day with Bolivia, as an honest Bolivia has them."""
    rows = LogEntry.objects.filter(peer="bo", day=day)
    return {bytes(row.digest).hex(): row.message for row in rows}


def a_day(day: date, held: dict[str, str], *, answer: bool = False) -> dict[str, Any]:
    return {"answer": answer, "begins": "", "day": day.isoformat(), "messages": held}


def test_a_signed_head_over_what_was_receipted_goes_to_every_other_node_once_a_day(
    peers: tuple[Peer, Peer],
) -> None:
    messages = {send_one("a"), take_one(peers[0], "b")}
    assert exchange.sign_log(by=BY, now=clock.now()) == 1
    assert exchange.sign_log(by=BY, now=clock.now()) is None

    assert set(LogEntry.objects.values_list("message", flat=True)) == messages
    for node, peer in zip(("bo", "secretariat"), peers, strict=True):
        exchange.drain(peer=node)
        told = peer.read[-1]
        body = told["head"]["body"]
        assert body["size"] == 256
        own = exchange.key_sheet("ar")
        assert own is not None
        key = documents.decode(own["body"]["signing_key"])
        assert documents.signers("log-head", told["head"], {"ar": key}) == {"ar"}


def test_a_head_proves_that_the_log_only_grew_and_each_message_that_it_is_in_it(
    peers: tuple[Peer, Peer],
) -> None:
    send_one("a")
    exchange.sign_log(by=BY, now=clock.now())
    with time_machine.travel(clock.now() + DAY):
        send_one("b")
        exchange.sign_log(by=BY, now=clock.now())
    exchange.drain(peer="secretariat")
    first, second = (told["head"]["body"] for told in peers[1].read)

    assert (first["size"], second["size"]) == (256, 512)
    assert tree.consistent(
        1, 2,
        first_root=bytes.fromhex(first["root"]), second_root=bytes.fromhex(second["root"]),
        proof=[bytes.fromhex(part) for part in peers[1].read[1]["proof"]],
    )  # fmt: skip
    digests = {entry.place: bytes(entry.digest) for entry in LogEntry.objects.all()}
    assert sorted(digests) == [0, 256, 257], "our head of the first day is logged too"
    for place, digest in digests.items():
        proof = tree.inclusion(place, digests, 512)
        assert tree.included(
            place, 512, digest=digest, root=bytes.fromhex(second["root"]), proof=proof
        )


def test_a_log_without_any_message_is_signed_too(peers: tuple[Peer, Peer]) -> None:
    exchange.sign_log(by=BY, now=clock.now())
    with time_machine.travel(clock.now() + DAY):
        assert exchange.sign_log(by=BY, now=clock.now()) == 2

    sizes = [head.document["body"]["size"] for head in LogHead.objects.order_by("number")]
    assert sizes == [256, 256]
    assert log_days.check_own(since=None) == []
    assert alarms() == []


def test_the_receiver_of_a_message_logs_the_same_leaf_as_its_sender(
    peers: tuple[Peer, Peer],
) -> None:
    message = send_one("a")
    exchange.sign_log(by=BY, now=clock.now())
    receipt = OutgoingMessage.objects.get(message=message).receipt
    assert receipt is not None

    entry = LogEntry.objects.get(message=message)
    assert bytes(entry.digest).hex() == documents.digest(receipt["body"])
    assert entry.day.isoformat() == receipt["body"]["at"][:10]


def test_only_the_other_side_is_told_what_is_between_us(peers: tuple[Peer, Peer]) -> None:
    send_one("a")
    day = clock.now().date()
    with time_machine.travel(clock.now() + SETTLED):
        exchange.sign_log(by=BY, now=clock.now())
        held = ours(day)
        for node in ("bo", "secretariat"):
            exchange.drain(peer=node)
    told = [{d["day"]: d["digest"] for d in peer.read[-1]["days"]} for peer in peers]

    assert len(held) == 1
    assert told[0][day.isoformat()] == tally.day_digest(held)
    assert told[1][day.isoformat()] == tally.day_digest([])
    assert len(told[0]) == tally.DAYS


def test_heads_that_follow_raise_no_alarm(peers: tuple[Peer, Peer]) -> None:
    log = Log(peers[0])
    for name in ("a", "b", "c"):
        arrive(log.payload(name))

    found_ = list(HeldLogHead.objects.order_by("id").values_list("finding", flat=True))
    assert found_ == ["first", "follows", "follows"]
    assert alarms() == []


def test_a_node_that_rewrites_its_log_is_noticed(peers: tuple[Peer, Peer]) -> None:
    log = Log(peers[0])
    for name in ("a", "b", "c"):
        arrive(log.payload(name))
    log.back_to(1)
    arrive(log.payload("rewritten"))

    assert alarms() == [("log_contradicts", "bo")]


def test_a_node_that_shows_two_logs_to_two_others_is_noticed(peers: tuple[Peer, Peer]) -> None:
    to_us, to_them = Log(peers[0]), Log(peers[0])
    with time_machine.travel(clock.now(), tick=False):
        arrive(to_us.payload("a"))
        to_them.payload("a")
    arrive(to_us.payload("b"))
    to_them.payload("not b")
    told = Log(peers[1], "secretariat").payload("s")
    arrive({**told, "held": [to_them.heads[1]]}, sender="secretariat")

    assert alarms() == [("log_two_truths", "bo")]


def test_a_head_of_ours_that_we_do_not_know_any_more_is_noticed(peers: tuple[Peer, Peer]) -> None:
    with transaction.atomic():
        exchange.sign_log(by=BY, now=clock.now())
        forgotten = LogHead.objects.get().document
        transaction.set_rollback(True)
    send_one("a")
    exchange.sign_log(by=BY, now=clock.now())
    arrive({**Log(peers[0]).payload("x"), "held": [forgotten]})

    assert alarms() == [("log_not_ours", "ar")]


def test_after_a_restore_the_head_says_so_and_what_was_lost_is_explained(
    peers: tuple[Peer, Peer],
) -> None:
    exchange.sign_log(by=BY, now=clock.now())
    with time_machine.travel(clock.now() + DAY):
        with transaction.atomic():
            exchange.sign_log(by=BY, now=clock.now())
            lost = LogHead.objects.get(number=2).document
            transaction.set_rollback(True)
        with audit.act(by=BY, verb="node.restore", subject="ar"):
            pass
    with time_machine.travel(clock.now() + DAY + timedelta(hours=1)):
        exchange.sign_log(by=BY, now=clock.now())
        arrive({**Log(peers[0]).payload("a"), "held": [lost]})

    assert LogHead.objects.get(number=2).document["body"]["restored"]
    assert alarms() == []


def test_a_head_of_a_third_node_or_not_signed_is_refused(peers: tuple[Peer, Peer]) -> None:
    payload = Log(peers[0]).payload("a")
    with pytest.raises(NotGenuine):
        arrive(payload, sender="secretariat")
    payload["head"]["body"]["size"] += 256
    with pytest.raises(NotGenuine):
        arrive(payload)


def test_a_day_of_which_both_hold_the_same_is_not_asked_about(peers: tuple[Peer, Peer]) -> None:
    send_one("a")
    day = clock.now().date()
    with time_machine.travel(clock.now() + SETTLED):
        exchange.sign_log(by=BY, now=clock.now())
        listed = [{"day": day.isoformat(), "digest": tally.day_digest(ours(day))}]
        arrive(Log(peers[0]).payload("x", days=listed))

    assert not OutgoingMessage.objects.filter(kind="log.day").exists()


def test_a_node_that_forgot_messages_is_asked_and_the_alarm_names_them(
    peers: tuple[Peer, Peer],
) -> None:
    forgotten, kept = send_one("a"), take_one(peers[0], "b")
    day = clock.now().date()
    with time_machine.travel(clock.now() + SETTLED):
        exchange.sign_log(by=BY, now=clock.now())
        theirs = {d: m for d, m in ours(day).items() if m == kept}
        invented = {hashlib.sha256(b"x").hexdigest(): "e" * 32}
        listed = [{"day": day.isoformat(), "digest": tally.day_digest({**theirs, **invented})}]
        arrive(Log(peers[0]).payload("x", days=listed))
        exchange.drain(peer="bo")
        asked = peers[0].read[-1]
        assert asked == a_day(day, ours(day), answer=True)
        arrive(a_day(day, {**theirs, **invented}), kind="log.day")

    assert alarms() == [("log_differs", "bo")]
    body = audit.alarms()[0].evidence[0]["body"]
    assert body == {
        "day": day.isoformat(), "node": "bo", "only_here": [forgotten], "only_there": ["e" * 32],
    }  # fmt: skip


def test_whoever_asks_is_answered_with_what_we_hold(peers: tuple[Peer, Peer]) -> None:
    send_one("a")
    day = clock.now().date()
    with time_machine.travel(clock.now() + SETTLED):
        exchange.sign_log(by=BY, now=clock.now())
        arrive(a_day(day, ours(day), answer=True), kind="log.day")
        exchange.drain(peer="bo")

    assert peers[0].read[-1] == a_day(day, ours(day))
    assert alarms() == []


def _answers(bolivia: Peer) -> list[dict[str, Any]]:
    exchange.drain(peer="bo")
    return [payload for payload in bolivia.read if "begins" in payload]


def test_who_asks_again_and_again_is_answered_once_in_three_hours_and_by_its_part(
    peers: tuple[Peer, Peer],
) -> None:
    for note in "abcd":
        send_one(note)
    day = clock.now().date()
    with time_machine.travel(clock.now() + SETTLED):
        exchange.sign_log(by=BY, now=clock.now())
        first, *rest = begins = sorted({digest[0] for digest in ours(day)})
        asked = a_day(day, {}, answer=True)
        for part in (first, first, "", *rest, *rest):
            arrive({**asked, "begins": part}, kind="log.day")
        answers = _answers(peers[0])
        with time_machine.travel(clock.now() + log_days.AGAIN_AFTER):
            arrive({**asked, "begins": first}, kind="log.day")
        later = _answers(peers[0])[len(answers) :]

    assert [one["begins"] for one in answers] == begins, "each part once, and never the whole"
    for one in answers:
        assert one["messages"] == {
            d: m for d, m in ours(day).items() if d.startswith(one["begins"])
        }
    assert [one["begins"] for one in later] == [first]


def test_a_message_whose_receipt_has_not_come_back_is_no_contradiction(
    peers: tuple[Peer, Peer],
) -> None:
    peers[0].loses_receipts = True
    message = send_one("a")
    day = clock.now().date()
    theirs = {hashlib.sha256(b"their receipt").hexdigest(): message}
    with time_machine.travel(clock.now() + SETTLED):
        arrive(a_day(day, theirs), kind="log.day")

    assert alarms() == []


def test_a_day_that_is_not_over_accuses_nobody(peers: tuple[Peer, Peer]) -> None:
    send_one("a")
    arrive(a_day(clock.now().date(), {}), kind="log.day")
    arrive(a_day(date(2026, 1, 1), {}), kind="log.day")

    assert alarms() == []


def test_a_message_changed_in_our_own_tables_is_noticed_on_the_day_it_was_receipted(
    peers: tuple[Peer, Peer],
) -> None:
    changed, removed, kept = send_one("a"), take_one(peers[0], "b"), send_one("c")
    exchange.sign_log(by=BY, now=clock.now())
    row = OutgoingMessage.objects.get(message=changed)
    assert row.receipt is not None
    row.receipt["body"]["state"] = "set_aside"
    row.save()
    IncomingMessage.objects.filter(id=removed).delete()
    with time_machine.travel(clock.now() + DAY):
        exchange.sign_log(by=BY, now=clock.now())

    assert alarms() == [("log_changed", "ar")]
    named = audit.alarms()[0].evidence[0]["body"]["changed"]
    assert named == sorted([changed, removed])
    assert kept not in named


def test_an_entry_slipped_in_afterwards_does_not_hold_against_the_signed_heads(
    peers: tuple[Peer, Peer],
) -> None:
    send_one("a")
    exchange.sign_log(by=BY, now=clock.now())
    assert log_days.check_own(since=None) == []
    send_one("b")
    late = next(iter(unlogged("bo")))
    LogEntry.objects.create(
        place=7, message=late.message, peer="bo", sent=True, day=late.day, digest=late.digest
    )
    log_days.check_own(since=None)

    assert alarms() == [("log_changed", "ar")]


@pytest.mark.parametrize("model", [LogEntry, LogHead, HeldLogHead])
def test_the_database_refuses_to_rewrite_the_log(peers: tuple[Peer, Peer], model: Any) -> None:
    send_one("a")
    exchange.sign_log(by=BY, now=clock.now())
    arrive(Log(peers[0]).payload("a"))

    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().update(digest=b"0")
