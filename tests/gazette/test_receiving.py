"""What others have published: verified, kept once, never dropped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange.errors import NotGenuine, UnknownSender
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members
from tests.exchange.peer import Peer
from tests.gazette.notices import FORBIDDEN, WORD, an_entry, arrive, held_comes, word_of

pytestmark = pytest.mark.django_db


def test_what_a_state_publishes_is_kept_once(bolivia: Peer) -> None:
    entry = an_entry(bolivia)
    arrive(entry)
    arrive(entry, entry)

    found = word_of()
    assert (found.said.body, found.counts, found.line.latest) == ({"word": "ayni"}, True, 1)
    assert json.loads(Entry.objects.get().document) == entry


def test_it_comes_through_the_inbox_and_is_receipted(bolivia: Peer) -> None:
    raw = bolivia.seal({"entries": [an_entry(bolivia)]}, kind="gazette.entries")
    reply = exchange.receive(raw=raw, signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    assert word_of().source == "bo"


def test_an_older_version_that_comes_late_fills_the_gap_and_changes_nothing_else(
    bolivia: Peer,
) -> None:
    arrive(an_entry(bolivia, "third", version=3))
    assert word_of().line.missing == (1, 2)
    arrive(an_entry(bolivia, "first"))

    assert word_of().said.body == {"word": "third"}
    assert word_of().line.missing == (2,)


def test_two_bodies_under_one_version_are_both_kept_and_an_alarm(bolivia: Peer) -> None:
    one, other = an_entry(bolivia, "one"), an_entry(bolivia, "other")
    arrive(one)
    arrive(other)
    arrive(one, other)

    assert Entry.objects.count() == 2
    (alarm,) = audit.alarms()
    assert (alarm.code, alarm.node, alarm.evidence) == ("two_entries", "bo", [one, other])
    assert (word_of().line.contested, word_of().counts) == (True, False)
    arrive(an_entry(bolivia, "later", version=2))
    assert (word_of().counts, word_of().line.doubled) == (True, (1,))


def test_nobody_publishes_for_another(peers: tuple[Peer, Peer]) -> None:
    bolivia, secretariat = peers
    with pytest.raises(NotGenuine):
        arrive(an_entry(bolivia, node="secretariat"), sender="secretariat")
    forged = an_entry(secretariat, node="bo")
    forged["signatures"][0]["signer"] = "bo"
    arrive(forged, sender="secretariat")

    assert Entry.objects.count() == 0


def test_what_a_third_node_hands_on_counts_by_its_owners_signature(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    arrive(an_entry(bolivia), sender="secretariat")

    assert (word_of().source, word_of().counts) == ("secretariat", True)


def test_what_a_revoked_key_has_signed_is_believed_from_its_owner_alone(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    entry = an_entry(bolivia)
    now = clock.now().replace(microsecond=0)
    exchange.accept_key_sheet(
        by=audit.job("tests"), document=bolivia.next_sheet(now, revoked=[1]), now=now
    )

    arrive(entry, sender="secretariat")
    assert Entry.objects.count() == 0
    arrive(entry)
    assert word_of().counts


def test_a_state_that_is_no_member_publishes_nothing(peers: tuple[Peer, Peer]) -> None:
    peru = Peer(node="pe", institution="pe-consulate")
    arrive(an_entry(peru), sender="bo")

    assert Entry.objects.count() == 0
    with pytest.raises(UnknownSender):
        arrive(an_entry(peru), sender="pe")


def test_a_kind_that_is_not_known_is_kept_and_counts_after_an_upgrade(
    bolivia: Peer, settings: Any
) -> None:
    entry = an_entry(bolivia, kind="test.later")
    arrive(entry)
    found = gazette.one(owner="bo", kind="test.later", key="first")
    assert found is not None
    assert (found.known, found.counts) == (False, False)
    assert str(found.problem) == str(gazette.UnknownEntryKind.reason)

    settings.AYNI_GAZETTE_KINDS = {
        **settings.AYNI_GAZETTE_KINDS, "test.later": settings.AYNI_GAZETTE_KINDS[WORD]
    }  # fmt: skip
    found = gazette.one(owner="bo", kind="test.later", key="first")
    assert found is not None
    assert found.counts


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"word": "forbidden"}, FORBIDDEN),
        ({"body": {"name": "x"}}, gazette.NotOfItsForm.reason),
        ({"body": {"word": "x" * 3_000}}, gazette.NotOfItsForm.reason),
        ({"withdrawn": True}, gazette.NotOfItsForm.reason),
        (
            {"valid_from": "2026-02-02", "valid_until": "2026-02-01"},
            gazette.EndsBeforeItBegins.reason,
        ),
        ({"valid_from": "2026-02-30"}, "It names a day that does not exist."),
    ],
)
def test_an_entry_with_a_problem_is_kept_with_it_in_words(
    bolivia: Peer, english: None, changed: dict[str, Any], problem: Text
) -> None:
    arrive(an_entry(bolivia, **changed))

    assert (str(word_of().problem), word_of().counts) == (str(problem), False)


def test_what_is_not_of_the_agreed_form_is_refused_as_a_whole(bolivia: Peer) -> None:
    for changed in ({"version": 0}, {"key": "A B"}, {"format": 2}, {"kind": "word"}):
        with pytest.raises(exchange.Malformed):
            arrive(an_entry(bolivia, **changed))


def test_the_mark_of_a_kind_changes_whenever_something_of_it_is_kept(bolivia: Peer) -> None:
    marks = [gazette.mark(kind=WORD)]
    arrive(an_entry(bolivia))
    marks.append(gazette.mark(kind=WORD))
    arrive(an_entry(bolivia, kind="test.later"))
    assert gazette.mark(kind=WORD) == marks[-1]
    arrive(an_entry(bolivia, "other"))
    marks.append(gazette.mark(kind=WORD))

    assert len(set(marks)) == 3


def test_what_came_last_is_listed_first_one_row_a_line(bolivia: Peer) -> None:
    arrive(an_entry(bolivia, "a"), an_entry(bolivia, "b", key="second"))
    arrive(an_entry(bolivia, "c", version=2))

    rows = gazette.published().object_list
    assert [(each.said.key, each.said.version) for each in rows] == [("first", 2), ("second", 1)]
    assert gazette.published(owner="ar").object_list == []


def test_an_entry_counts_within_the_days_that_it_states(bolivia: Peer) -> None:
    arrive(an_entry(bolivia, valid_from="2026-02-01", valid_until="2026-02-03"))
    said = word_of().said
    assert said.valid_from is not None
    days = [said.valid_from + timedelta(days=n) for n in range(-1, 4)]

    assert [gazette.counts_on(said, day) for day in days] == [False, True, True, True, False]


def test_a_clock_that_is_ahead_does_not_make_an_entry_of_the_future_unbelieved(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    with time_machine.travel(clock.now() + timedelta(days=1)):
        entry = an_entry(bolivia)
    arrive(entry, sender="secretariat")

    assert word_of().counts


def test_a_thousand_bodies_under_one_version_are_one_alarm_and_are_counted(bolivia: Peer) -> None:
    entries = [an_entry(bolivia, f"word {number}") for number in range(12)]
    for entry in entries:
        arrive(entry)
    arrive(an_entry(bolivia, "a", key="second"), an_entry(bolivia, "b", key="second"))

    assert Entry.objects.count() == 14
    found = [alarm for alarm in audit.alarms() if alarm.evidence[0]["body"]["key"] == "first"]
    assert [alarm.evidence for alarm in found] == [entries[:2]]
    assert len(audit.alarms()) == 2, "another name is another alarm"
    assert word_of().line.bodies == 12


def test_what_comes_under_our_name_by_a_revoked_key_is_told_and_not_passed_on(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    here = members.this_node()
    body = {**an_entry(bolivia, "theirs")["body"], "key": "stolen"}
    written = {name: body[name] for name in body if name not in ("node", "sheet")}
    entry = exchange.sign_for_all(by=audit.job("tests"), body=written)
    now = clock.now().replace(microsecond=0)
    exchange.publish_key_sheet(by=audit.job("tests"), now=now, revoked=[1])

    arrive(entry)

    (alarm,) = audit.alarms()
    assert (alarm.code, alarm.node, alarm.source) == ("own_entry_revoked", here, "bo")
    held_comes(here, [], sender="secretariat")
    assert not OutgoingMessage.objects.filter(kind="gazette.entries").exists()
