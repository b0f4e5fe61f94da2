"""Once a day two nodes compare what they hold, and each sends what the other lacks."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette import comparing, index_rules
from ayni.gazette.comparing import sums
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.gazette.notices import an_entry, arrive, held_comes, index_comes, word_of

pytestmark = pytest.mark.django_db
JOB = audit.job("gazette.compare")


def compare() -> int:
    return gazette.compare(by=JOB, now=clock.now())


def told(bolivia: Peer) -> list[dict[str, object]]:
    """What Bolivia reads when our outbox is drained, since the last time."""
    before = len(bolivia.read)
    exchange.drain(peer="bo")
    return bolivia.read[before:]


def digest(entry: dict[str, object]) -> str:
    return exchange.check_signed_for_all(entry, source="bo")


def test_each_other_node_is_asked_once_a_day(peers: tuple[Peer, Peer]) -> None:
    with time_machine.travel("2026-12-01T05:00:00Z", tick=False) as clockwork:
        assert (compare(), compare()) == (0, 0) if not exchange.other_nodes() else (2, 0)
        clockwork.shift(timedelta(hours=20))
        assert compare() == 2


def test_a_node_that_has_told_us_today_is_not_asked_again(bolivia: Peer) -> None:
    index_comes({}, answer=True)

    assert compare() == 1
    assert told(bolivia) == [{"answer": False, "owners": {}}]


def test_who_holds_the_same_hears_nothing_more(bolivia: Peer) -> None:
    arrive(an_entry(bolivia))
    index_comes(sums())

    assert told(bolivia) == []


def test_where_sums_are_not_the_same_we_say_what_we_hold(bolivia: Peer) -> None:
    entry = an_entry(bolivia)
    arrive(entry)
    index_comes({})
    with time_machine.travel(clock.now() + comparing.AGAIN_AFTER, tick=False):
        index_comes({"bo": "0" * 64, "xx": "0" * 64})

    says = {"answer": True, "begins": "", "digests": [digest(entry)], "owner": "bo"}
    assert told(bolivia) == [says, says]


def test_a_short_question_that_is_repeated_is_not_answered_at_length_again(bolivia: Peer) -> None:
    entry = an_entry(bolivia)
    arrive(entry)
    begins = digest(entry)[:2]
    for _ in range(3):
        index_comes({})
        held_comes("bo", [])
        held_comes("bo", [], begins=begins)
        held_comes("bo", ["0" * 64], answer=True)

    says = {"answer": True, "begins": "", "digests": [digest(entry)], "owner": "bo"}
    assert told(bolivia) == [says, {"entries": [entry]}]
    with time_machine.travel(clock.now() + comparing.AGAIN_AFTER, tick=False):
        held_comes("bo", [], begins=begins)
        held_comes("bo", [])
        assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 2


def test_each_node_is_answered_and_each_part(bolivia: Peer) -> None:
    entries = [an_entry(bolivia, key=f"k{n}") for n in range(3)]
    arrive(*entries)
    parts = {digest(each)[:4] for each in entries}
    for sender in ("bo", "secretariat"):
        for begins in parts:
            held_comes("bo", [], begins=begins, sender=sender)

    rows = OutgoingMessage.objects.filter(kind="gazette.entries")
    assert [rows.filter(peer=each).count() for each in ("bo", "secretariat")] == [len(parts)] * 2


def test_what_the_other_lacks_is_sent_to_it_as_it_was_signed(bolivia: Peer) -> None:
    kept, lacked = an_entry(bolivia), an_entry(bolivia, "next", version=2)
    arrive(kept, lacked)
    held_comes("bo", [digest(kept)], answer=True)

    assert told(bolivia) == [{"entries": [lacked]}]


def test_what_we_lack_is_asked_for_by_saying_what_we_hold(bolivia: Peer) -> None:
    entry = an_entry(bolivia)
    arrive(entry)
    other = digest(an_entry(bolivia, "next", version=2))
    held_comes("bo", [digest(entry), other], answer=True)
    asked = told(bolivia)
    held_comes("bo", [digest(entry), other], answer=False)

    assert asked == [{"answer": False, "begins": "", "digests": [digest(entry)], "owner": "bo"}]
    assert told(bolivia) == [], "asked once: nobody asks back and forth for ever"


def test_of_a_state_that_is_no_member_nothing_is_said(bolivia: Peer) -> None:
    held_comes("pe", [], answer=True)

    assert told(bolivia) == []


def test_a_node_that_was_away_learns_from_a_third_one(peers: tuple[Peer, Peer]) -> None:
    bolivia, _secretariat = peers
    entries = [an_entry(bolivia, str(n), version=n) for n in (1, 2, 3)]
    arrive(entries[0])
    arrive(*entries[1:], sender="secretariat")

    assert (word_of().line.latest, word_of().line.missing) == (3, ())


def test_many_entries_go_in_messages_that_are_not_too_large(bolivia: Peer) -> None:
    entries = [an_entry(bolivia, "w" * 40, key=f"k{n}") for n in range(250)]
    for some in range(0, 250, 50):
        arrive(*entries[some : some + 50])
    held_comes("bo", [], answer=False)

    sent = [each["entries"] for each in told(bolivia)]
    assert sum(map(len, sent)) == 250  # type: ignore[arg-type]
    assert max(map(len, sent)) <= index_rules.MOST_SENT  # type: ignore[arg-type]


def test_the_index_leaves_no_room_for_more_than_its_form(bolivia: Peer) -> None:
    with pytest.raises(exchange.Malformed):
        index_comes({"bo": "x"})
    assert not OutgoingMessage.objects.filter(kind="gazette.index").exists()
