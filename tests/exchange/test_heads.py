"""Daily heads of the audit chain: ours go to every node, theirs are kept and compared."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from ayni.audit import api as audit
from ayni.audit.models import Alarm, Head, HeldHead, SignedHead
from ayni.exchange import api as exchange
from ayni.exchange import documents, heads
from ayni.exchange.errors import NotGenuine
from ayni.exchange.models import Conversation, OutgoingMessage
from ayni.lib import clock, tree
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from tests.cast import Cast
from tests.exchange.peer import Peer, a_secretariat, found
from tests.exchange.trail import Trail, entries

pytestmark = pytest.mark.django_db
BY = audit.job("tests")
DAY = timedelta(days=1)


@pytest.fixture
def peers(db: None) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia and the secretariat, in a directory with ours; undone after the test."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia, secretariat
    bolivia.stop()
    secretariat.stop()


def arrive(payload: dict[str, Any], sender: str = "bo") -> None:
    """What the inbox hands on."""
    with transaction.atomic():
        heads.receive_head(
            by=audit.peer(sender),
            received=exchange.Received(
                "m", "audit.head", "c", 1, sender, "", "", clock.now(), None, payload
            ),
        )


def alarms() -> list[tuple[str, str, str]]:
    """Code, whose head, who told."""
    return [(row.code, row.node, row.source) for row in audit.alarms()]


def findings() -> list[str]:
    """How each head of Bolivia stood to the earlier ones."""
    return [row.finding for row in audit.held_heads("bo", source="bo")]


def sign_one() -> dict[str, Any]:
    """Our next head, of the present day."""
    assert exchange.sign_head(by=BY, now=clock.now()) is not None
    return dict(audit.own_heads()[-1])


def test_a_head_goes_to_every_other_node_once_a_day(peers: tuple[Peer, Peer]) -> None:
    before = len(audit.own_heads())
    sign_one()
    assert exchange.sign_head(by=BY, now=clock.now()) is None
    with time_machine.travel(clock.now() + DAY):
        sign_one()
        for peer in ("bo", "secretariat"):
            exchange.drain(peer=peer)

    assert len(audit.own_heads()) == before + 2
    for peer in peers:
        first, second = (told["head"]["body"] for told in peer.read)
        assert second["previous"] == documents.digest(first)
        assert tree.consistent(
            first["size"] // 256,
            second["size"] // 256,
            first_root=bytes.fromhex(first["root"]),
            second_root=bytes.fromhex(second["root"]),
            proof=[bytes.fromhex(part) for part in peer.read[1]["proof"]],
        )


def test_a_head_tells_how_many_entries_there_are_to_the_next_256_only(
    peers: tuple[Peer, Peer],
) -> None:
    body = sign_one()["body"]

    assert body["size"] % 256 == 0
    assert body["size"] >= SignedHead.objects.get(number=body["number"]).entries
    assert set(body) == {
        "at", "format", "node", "number", "previous", "restored", "root", "sheet", "size",
    }  # fmt: skip


def test_heads_that_follow_are_kept_without_an_alarm(peers: tuple[Peer, Peer]) -> None:
    trail = Trail(peers[0])
    for day in range(4):
        arrive(trail.payload(entries(f"day {day}", 300)))

    assert findings() == ["first", "follows", "follows", "follows"]
    assert alarms() == []


def test_a_head_that_comes_twice_is_one(peers: tuple[Peer, Peer]) -> None:
    payload = Trail(peers[0]).payload(entries("a"))
    arrive(payload)
    arrive(payload)

    assert findings() == ["first"]


@pytest.mark.parametrize("days_back", [1, 2])
def test_a_trail_that_was_rewritten_raises_an_alarm(
    peers: tuple[Peer, Peer], days_back: int
) -> None:
    trail = Trail(peers[0])
    for day in range(3):
        arrive(trail.payload(entries(f"day {day}")))
    trail.back_to(3 - days_back)
    arrive(trail.payload(entries("rewritten")))

    assert findings()[-1] == "contradicts"
    assert alarms() == [("contradicts", "bo", "bo")]
    assert len(Alarm.objects.get().evidence) == 2


def test_a_head_that_claims_to_follow_and_does_not_raises_an_alarm(
    peers: tuple[Peer, Peer],
) -> None:
    trail = Trail(peers[0])
    arrive(trail.payload(entries("a")))
    honest = documents.digest(trail.heads[-1]["body"])
    trail.back_to(0)
    trail.payload(entries("b"))
    arrive(trail.payload(entries("c"), previous=honest))

    assert alarms() == [("contradicts", "bo", "bo")]


def test_a_restored_node_is_shown_as_such_and_goes_on(peers: tuple[Peer, Peer]) -> None:
    trail = Trail(peers[0])
    for day in range(4):
        arrive(trail.payload(entries(f"day {day}")))
    trail.back_to(2)
    arrive(trail.payload(entries("after"), restored=clock.isoformat(clock.now())))
    arrive(trail.payload(entries("later")))

    assert findings()[-2:] == ["restored", "follows"]
    assert alarms() == [("restored", "bo", "bo")]


def test_a_restoring_explains_no_rewriting_of_what_the_backup_held(
    peers: tuple[Peer, Peer],
) -> None:
    trail = Trail(peers[0])
    for day in range(3):
        arrive(trail.payload(entries(f"day {day}")))
    trail.back_to(0)
    trail.payload(entries("rewritten"))
    arrive(trail.payload(entries("after"), restored=clock.isoformat(clock.now())))

    assert alarms() == [("contradicts", "bo", "bo")]


def test_a_head_that_is_missing_is_told(peers: tuple[Peer, Peer]) -> None:
    trail = Trail(peers[0])
    arrive(trail.payload(entries("a")))
    trail.payload(entries("lost"))
    arrive(trail.payload(entries("c")))

    assert findings() == ["first", "gap"]
    assert alarms() == [("gap", "bo", "bo")]


def test_a_head_of_a_third_node_or_not_signed_is_refused(peers: tuple[Peer, Peer]) -> None:
    trail = Trail(peers[0])
    payload = trail.payload(entries("a"))
    with pytest.raises(NotGenuine):
        arrive(payload, sender="secretariat")
    payload["head"]["body"]["size"] += 256
    with pytest.raises(NotGenuine):
        arrive(payload)

    assert not HeldHead.objects.filter(node="bo").exists()


def test_two_histories_told_to_two_nodes_are_found(peers: tuple[Peer, Peer]) -> None:
    bolivia, secretariat = peers
    to_us, to_them = Trail(bolivia), Trail(bolivia)
    common = to_us.payload(entries("a"))
    to_them.payload(entries("a"), at=clock.parse(common["head"]["body"]["at"]))
    arrive(common)
    arrive(to_us.payload(entries("b")))
    other = to_them.payload(entries("not b"))["head"]
    told = Trail(secretariat, "secretariat").payload(entries("s"))
    arrive({**told, "held": [other]}, sender="secretariat")

    assert alarms() == [("two_truths", "bo", "secretariat")]


def test_a_head_handed_on_that_is_not_signed_accuses_nobody(peers: tuple[Peer, Peer]) -> None:
    bolivia, secretariat = peers
    arrive(Trail(bolivia).payload(entries("a")))
    fake = Trail(secretariat).payload(entries("b"))["head"]
    told = Trail(secretariat, "secretariat").payload(entries("s"))
    arrive({**told, "held": [fake]}, sender="secretariat")

    assert alarms() == []


def test_ours_are_handed_back_and_theirs_handed_on(peers: tuple[Peer, Peer]) -> None:
    trail = Trail(peers[0])
    arrive(trail.payload(entries("a")))
    ours = sign_one()
    arrive({**trail.payload(entries("b")), "held": [ours]})
    with time_machine.travel(clock.now() + DAY):
        sign_one()
    exchange.drain(peer="secretariat")

    assert [row.document for row in audit.held_heads("ar", source="bo")] == [ours]
    assert alarms() == []
    assert [told["held"] for told in peers[1].read] == [[trail.heads[0]], trail.heads]


def test_a_head_held_abroad_that_is_none_of_ours_raises_an_alarm(
    peers: tuple[Peer, Peer],
) -> None:
    with transaction.atomic():
        forgotten = sign_one()
        transaction.set_rollback(True)
    audit.read(by=BY, verb="tests.other", subject="x")
    arrive({**Trail(peers[0]).payload(entries("a")), "held": [forgotten]})

    assert alarms() == [("not_ours", "ar", "bo")]


def test_after_a_restore_the_days_that_are_lost_are_explained(peers: tuple[Peer, Peer]) -> None:
    sign_one()
    first_line = set(OutgoingMessage.objects.values_list("conversation", flat=True))
    with time_machine.travel(clock.now() + DAY):
        with transaction.atomic():
            lost = sign_one()
            transaction.set_rollback(True)
        with audit.act(by=BY, verb="node.restore", subject="ar"):
            pass
    with time_machine.travel(clock.now() + DAY + timedelta(hours=1)):
        body = sign_one()["body"]
        arrive({**Trail(peers[0]).payload(entries("a")), "held": [lost]})

    assert body["restored"]
    assert body["number"] == lost["body"]["number"]
    assert alarms() == []
    signed = audit.verify_heads(abroad=[lost], is_ours=heads.is_ours)
    assert (signed.explained, signed.broken) == (1, None)
    lines = set(OutgoingMessage.objects.values_list("conversation", flat=True))
    assert len(lines - first_line) == 2, "another conversation with each node after a restore"


def test_the_key_of_a_head_may_be_over_when_it_is_verified(peers: tuple[Peer, Peer]) -> None:
    sign_one()
    with time_machine.travel(clock.now() + timedelta(days=200)):
        assert audit.verify_heads(abroad=[], is_ours=heads.is_ours).broken is None


@pytest.mark.parametrize("model", [SignedHead, HeldHead, Alarm])
def test_the_database_refuses_to_rewrite_heads_and_alarms(
    peers: tuple[Peer, Peer], model: Any
) -> None:
    trail = Trail(peers[0])
    sign_one()
    for _ in range(2):
        arrive(trail.payload(entries("a")))
        trail.back_to(0)
        arrive(trail.payload(entries("b")))

    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().update(digest="0" * 64)


def test_the_data_protection_officer_sees_an_alarm_and_says_so(
    peers: tuple[Peer, Peer], cast: Cast
) -> None:
    trail = Trail(peers[0])
    arrive(trail.payload(entries("a")))
    trail.back_to(0)
    arrive(trail.payload(entries("b")))
    dora, ana = members.actor_of(cast.dora), members.actor_of(cast.ana)

    assert exchange.alarms_waiting(by=ana) == 0
    assert exchange.alarms_waiting(by=dora) == 1
    seen = exchange.witnesses(by=dora)
    assert [w.node for w in seen.others] == ["bo", "secretariat"]
    assert (seen.others[0].number, seen.others[0].late) == (1, False)
    assert (seen.others[1].number, seen.others[1].late) == (None, False)

    with time_machine.travel(clock.now() + 3 * DAY):
        assert exchange.witnesses(by=dora).others[0].late

    with pytest.raises(NotAllowed):
        exchange.see_alarm(by=ana, alarm_id=seen.alarms[0].id)
    before = Head.objects.get().number
    exchange.see_alarm(by=dora, alarm_id=seen.alarms[0].id)
    exchange.see_alarm(by=dora, alarm_id=seen.alarms[0].id)
    assert exchange.alarms_waiting(by=dora) == 0
    assert Alarm.objects.get().seen_by == dora.id
    assert Head.objects.get().number == before + 2


def _new_identity(bolivia: Peer) -> None:
    """The states have voted a new identity key for Bolivia, and its next sheet is signed by it."""
    before, former = exchange.directory_body(), bolivia.identity
    now = clock.now().replace(microsecond=0)
    bolivia.identity, bolivia.signing = secrets.token_bytes(32), secrets.token_bytes(32)
    fresh = documents.encode(documents.public_of(bolivia.identity))
    entry = next(m for m in before["members"] if m["node"] == "bo")
    draft = exchange.propose_directory(by=BY, now=now, change=[{**entry, "identity_key": fresh}])
    theirs = documents.signed("directory", draft["body"], {"bo": former})
    ours = exchange.vote_on_directory(by=BY, document=draft)
    exchange.publish_directory(by=BY, votes=[ours, theirs], now=now)
    exchange.accept_key_sheet(by=BY, document=bolivia.next_sheet(now), now=now)


def test_a_member_set_up_again_under_a_new_identity_begins_another_line_once(
    peers: tuple[Peer, Peer],
) -> None:
    """A replaced secretariat has not the trail of the former one."""
    bolivia, _secretariat = peers
    former = Trail(bolivia)
    for name in ("a", "b"):
        arrive(former.payload(entries(name)))
    _new_identity(bolivia)
    fresh = Trail(bolivia)
    for name in ("c", "d"):
        arrive(fresh.payload(entries(name), sheet=2))

    assert findings() == ["first", "follows", "anew", "follows"]
    assert alarms() == [("anew", "bo", "bo")]
    arrive(Trail(bolivia).payload(entries("e"), sheet=2))
    assert findings()[-1] == "contradicts", "not a second time under the same key"


def test_a_member_that_goes_on_under_a_new_identity_is_followed(peers: tuple[Peer, Peer]) -> None:
    bolivia, _secretariat = peers
    trail = Trail(bolivia)
    arrive(trail.payload(entries("a")))
    _new_identity(bolivia)
    arrive(trail.payload(entries("b"), sheet=2))

    assert (findings(), alarms()) == (["first", "follows"], [])


def test_who_takes_over_with_an_empty_database_begins_a_conversation_of_its_own(
    peers: tuple[Peer, Peer],
) -> None:
    """In that of its predecessor the numbers are taken; who only changed its key goes on in it."""

    def talk(days: int) -> str:
        with time_machine.travel(clock.now() + days * DAY):
            heads.sign_head(by=BY, now=clock.now())
        return OutgoingMessage.objects.filter(peer="bo").latest("place").conversation

    bolivia, _secretariat = peers
    first = talk(0)
    entry = next(m for m in exchange.directory_body()["members"] if m["node"] == "ar")
    now = clock.now().replace(microsecond=0)
    fresh = {**entry, "identity_key": exchange.next_identity(by=BY)}
    draft = exchange.propose_directory(by=BY, now=now, change=[fresh])
    theirs = documents.signed("directory", draft["body"], {"bo": bolivia.identity})
    ours = exchange.vote_on_directory(by=BY, document=draft)
    exchange.publish_directory(by=BY, votes=[ours, theirs], now=now)
    assert talk(1) == first

    OutgoingMessage.objects.all().delete()
    Conversation.objects.all().delete()

    second = talk(2)
    assert second != first
    assert talk(3) == second
