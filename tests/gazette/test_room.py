"""Nobody fills the disks of the others by what it publishes: above a limit in bytes a message
stands aside with its reason, nothing is lost, and it is applied once there is room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange import inbox, reasons
from ayni.exchange.models import IncomingMessage
from ayni.gazette import api as gazette
from ayni.gazette import errors, room
from ayni.gazette.models import Entry
from tests.exchange.peer import Peer
from tests.gazette.notices import WORD, an_entry, arrive, word_of
from tests.gazette.test_limits import hold, many

pytestmark = pytest.mark.django_db
A_MEGABYTE = 6_000  # so many of these entries take a little more


@pytest.fixture(autouse=True)
def one_megabyte(settings: Any) -> Iterator[None]:
    """So much of a member is kept here."""
    settings.AYNI_PEER_PUBLISHED_MEGABYTES = 1
    room.begin_anew()
    yield
    room.begin_anew()


def fill(node: str) -> None:
    """What this member has published takes as much as it may."""
    hold(node, many(A_MEGABYTE), [1])
    assert room.stored(node) > 1_048_576
    room.begin_anew()


def test_what_a_member_publishes_above_what_is_kept_of_it_is_not_taken_in(bolivia: Peer) -> None:
    here = an_entry(bolivia, key="here")
    arrive(here)
    fill("bo")
    before = Entry.objects.count()

    with pytest.raises(errors.TooMuchPublished):
        arrive(an_entry(bolivia, key="z"))

    assert Entry.objects.count() == before
    arrive(here)  # what is held already comes again with what others hold
    assert Entry.objects.count() == before


def test_its_message_stands_aside_with_a_reason_and_is_applied_once_there_is_room(
    bolivia: Peer, settings: Any
) -> None:
    fill("bo")
    raw = bolivia.seal({"entries": [an_entry(bolivia, key="z")]}, kind="gazette.entries")
    reply = exchange.receive(raw=raw, signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "set_aside", "so the sender knows"
    row = IncomingMessage.objects.get()
    assert row.reason == "too_much_published"
    said = set()
    for language in ("en", "es", "pt-br"):
        with translation.override(language):
            said.add(str(reasons.in_words(row.reason).quoted))
    assert len(said) == 3
    assert all("AYNI_PEER_PUBLISHED_MEGABYTES" in each for each in said)

    assert not inbox.retry(message=row.id), "there is no room yet"
    settings.AYNI_PEER_PUBLISHED_MEGABYTES = 2
    assert inbox.retry(message=row.id)
    assert word_of(key="z").said.body == {"word": "ayni"}


def test_another_node_brings_no_more_of_it_either_and_what_it_brings_of_others_is_kept(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, secretariat = peers
    fill("bo")
    before = Entry.objects.count()

    arrive(an_entry(bolivia, key="z"), an_entry(secretariat, key="theirs"), sender="secretariat")

    assert Entry.objects.count() == before + 1
    assert gazette.one(owner="bo", kind=WORD, key="z") is None
    assert word_of(owner="secretariat", key="theirs").source == "secretariat"


def test_whoever_has_published_so_much_is_told_before_it_publishes_more(
    bolivia: Peer, paula: Actor
) -> None:
    fill("ar")
    before = Entry.objects.count()

    with pytest.raises(gazette.NoMoreRoom) as refused:
        gazette.publish(by=paula, kind=WORD, key="z", body={"word": "ayni"}, seen=0)

    assert refused.value.params == {"megabytes": 1}
    assert Entry.objects.count() == before
    taken_back = gazette.withdraw(by=paula, kind=WORD, key="k00000", seen=1)
    assert taken_back.said.withdrawn, "what is there can still be taken back"


def test_one_member_takes_no_room_from_another(bolivia: Peer, paula: Actor) -> None:
    fill("bo")

    assert gazette.publish(by=paula, kind=WORD, key="z", body={"word": "ayni"}, seen=0).counts
