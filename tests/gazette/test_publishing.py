"""Publishing for all: one message to each other node, never over what the author has not seen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.comparing import sums
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer
from tests.gazette.notices import FORBIDDEN, KIND, WORD, arrive, held_comes, index_comes, word_of

pytestmark = pytest.mark.django_db


def publish(by: Actor, word: str = "ayni", seen: int = 0, **more: date) -> gazette.Published:
    return gazette.publish(by=by, kind=WORD, key="first", body={"word": word}, seen=seen, **more)


def sent() -> list[tuple[str, str]]:
    """What is queued of the gazette: to whom, which kind."""
    rows = OutgoingMessage.objects.filter(kind__startswith="gazette.").order_by("place")
    return list(rows.values_list("peer", "kind"))


def test_one_message_goes_to_each_other_node_and_says_what_is_kept_here(
    paula: Actor, peers: tuple[Peer, Peer]
) -> None:
    found = publish(paula, valid_from=date(2026, 12, 1))

    assert (found.said.owner, found.said.version, found.counts) == ("ar", 1, True)
    assert found.said.valid_from == date(2026, 12, 1)
    assert sorted(sent()) == [("bo", "gazette.entries"), ("secretariat", "gazette.entries")]
    assert exchange.drain(peer="bo") == 1
    (told,) = peers[0].read[-1]["entries"]
    assert (told["body"]["body"], told["body"]["node"]) == ({"word": "ayni"}, "ar")
    assert exchange.check_signed_for_all(told, source="bo") == found.digest


def test_the_next_version_is_numbered_and_the_one_before_stays(paula: Actor) -> None:
    publish(paula, "first")
    publish(paula, "second", seen=1)

    found = gazette.history(owner="ar", kind=WORD, key="first")
    assert [(each.said.version, each.said.body["word"]) for each in found] == [
        (2, "second"),
        (1, "first"),
    ]
    assert word_of("ar").said.body == {"word": "second"}


@pytest.mark.parametrize("seen", [0, 2])
def test_an_author_who_has_not_seen_what_stands_is_refused_and_shown_it(
    paula: Actor, seen: int
) -> None:
    publish(paula, "first")
    before = sent()

    with pytest.raises(gazette.StaleEntry) as refused:
        publish(paula, "other", seen=seen)

    assert refused.value.stands is not None
    assert refused.value.stands.said.body == {"word": "first"}
    assert sent() == before
    assert Entry.objects.count() == 1


def test_what_is_taken_back_says_nothing_and_can_be_said_again(paula: Actor) -> None:
    publish(paula)
    taken_back = gazette.withdraw(by=paula, kind=WORD, key="first", seen=1)

    assert (taken_back.said.version, taken_back.said.withdrawn) == (2, True)
    assert not gazette.counts_on(taken_back.said, clock.now().date())
    with pytest.raises(gazette.NothingToWithdraw):
        gazette.withdraw(by=paula, kind=WORD, key="first", seen=2)
    assert publish(paula, seen=2).said.version == 3


def test_what_its_room_or_its_form_refuses_is_not_published(paula: Actor) -> None:
    with pytest.raises(Refused, match=FORBIDDEN):
        publish(paula, "forbidden")
    with pytest.raises(gazette.NotOfItsForm):
        gazette.publish(by=paula, kind=WORD, key="first", body={"name": "x"}, seen=0)
    with pytest.raises(gazette.EndsBeforeItBegins):
        publish(paula, valid_from=date(2026, 2, 2), valid_until=date(2026, 2, 1))
    with pytest.raises(gazette.UnknownEntryKind):
        gazette.publish(by=paula, kind="test.other", key="first", body={}, seen=0)
    with pytest.raises(exchange.Malformed):
        gazette.publish(by=paula, kind=WORD, key="Not an id", body={"word": "x"}, seen=0)

    assert (sent(), Entry.objects.count()) == ([], 0)


def test_only_the_role_and_the_node_that_the_kind_names_publish(paula: Actor) -> None:
    other = an_officer("dario", an_institution("ar-programme"), members.Role.PRESIDENCY_OFFICER)
    with pytest.raises(NotAllowed):
        publish(members.actor_of(other))
    with pytest.raises(NotAllowed):
        publish(audit.peer("bo"))

    said = publish(paula).said
    of_the_secretariat = gazette.Said(**{**_fields(said), "owner": "secretariat"})
    with pytest.raises(gazette.NotItsOwner):
        KIND.check_said(of_the_secretariat)


def _fields(said: gazette.Said) -> dict[str, object]:
    return {name: getattr(said, name) for name in said.__dataclass_fields__}


def test_a_node_without_a_platform_says_that_it_cannot_sign(db: None, settings: object) -> None:
    from tests.gazette import notices

    notices.wire(settings)
    role = members.Role.NATIONAL_FOCAL_POINT
    alone = members.actor_of(an_officer("paula", an_institution("ar-programme"), role))

    with pytest.raises(gazette.NoKeys):
        publish(alone)


def _published_before_the_backup_was_made() -> dict[str, object]:
    """Signed by this node, and not here: a backup taken before does not know it."""
    body = {
        "at": clock.isoformat(clock.now()),
        "body": {"word": "lost"},
        "format": 1,
        "key": "first",
        "kind": WORD,
        "valid_from": "",
        "valid_until": "",
        "version": 1,
        "withdrawn": False,
    }
    return exchange.sign_for_all(by=audit.job("tests"), body=body)


def test_a_restored_node_publishes_when_most_others_have_told_what_they_hold(
    paula: Actor, bolivia: Peer
) -> None:
    lost = _published_before_the_backup_was_made()
    with audit.act(by=audit.job("tests"), verb="node.restore", subject="ar"):
        pass

    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        with pytest.raises(gazette.NotComparedYet):
            publish(paula, "another")
        index_comes({"ar": "0" * 64})
        with pytest.raises(gazette.NotComparedYet):
            publish(paula, "another")
        arrive(lost)
        assert word_of("ar").said.body == {"word": "lost"}
        exchange.drain(peer="bo")
        assert bolivia.read[-1] == {"answer": True, "owners": sums()}, "is that all?"
        index_comes(sums())
        with pytest.raises(gazette.NotComparedYet):
            publish(paula, "one of two may lag behind", seen=1)
        index_comes(sums(), sender="secretariat")
        assert publish(paula, "next", seen=1).said.version == 2


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_what_was_published(
    paula: Actor, change: str
) -> None:
    publish(paula)

    rows = Entry.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(version=2) if change == "update" else rows.delete()


def test_a_restored_node_publishes_although_a_doubtful_entry_stays_with_one(
    paula: Actor, bolivia: Peer
) -> None:
    """What came under our name by a revoked key goes to nobody: sums stay different for good."""
    lost = _published_before_the_backup_was_made()
    with audit.act(by=audit.job("tests"), verb="node.restore", subject="ar"):
        pass
    now = clock.now().replace(microsecond=0)
    exchange.publish_key_sheet(by=audit.job("tests"), now=now, revoked=[1])
    arrive(lost)

    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        for node in ("bo", "secretariat"):
            index_comes({"ar": "0" * 64}, sender=node)
            with pytest.raises(gazette.NotComparedYet):
                publish(paula, "next", seen=1)
            held_comes("ar", [], sender=node)
        assert publish(paula, "next", seen=1).said.version == 2
