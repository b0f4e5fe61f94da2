"""Messages that stand aside: why, in words; which may be tried again, once and in their order."""

from __future__ import annotations

import importlib
import pkgutil
import secrets
from collections.abc import Iterator

import pytest
from django.utils import translation

import ayni
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import inbox, reasons
from ayni.exchange.aside import check_may_retry
from ayni.exchange.errors import SuiteRefused
from ayni.exchange.models import IncomingMessage
from ayni.lib.errors import AyniError, NotAllowed, NotFound, WrongState
from ayni.members import api as members
from tests.cast import Cast
from tests.exchange import kinds
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
TALK = "c" * 32


@pytest.fixture(autouse=True)
def _as_they_were() -> Iterator[None]:
    yield
    kinds.broken = kinds.refusing = True


def sends(bolivia: Peer, n: int, needs: str = "", kind: str = "test.note") -> inbox.Reply:
    """The nth message of the conversation comes from Bolivia."""
    data = {"data": {"n": n, "needs": needs}}
    raw = bolivia.seal(data, sequence=n, conversation=TALK, kind=kind)
    return exchange.receive(raw=raw, signed_by="bo")


def row(n: int) -> IncomingMessage:
    """The nth message of the conversation."""
    return IncomingMessage.objects.get(conversation=TALK, sequence=n)


def states() -> dict[int, tuple[str, str]]:
    """How each stands."""
    return {r.sequence: (r.state, r.reason) for r in IncomingMessage.objects.all()}


def every_class() -> list[type[AyniError]]:
    """Every class of errors of Ayni; commands and entry points have none that others do not."""
    for found in pkgutil.walk_packages(ayni.__path__, "ayni."):
        last = found.name.rpartition(".")[2]
        if ".migrations" not in found.name and last not in ("wsgi", "asgi", "__main__"):
            importlib.import_module(found.name)
    return [each for each in reasons.classes() if each.__module__.startswith("ayni.")]


def test_every_reason_has_words_in_three_languages() -> None:
    codes = {each.code for each in every_class()} | set(reasons._BY_CODE)
    assert len(codes) > 150
    for code in sorted(codes):
        told = set()
        for language in ("es", "pt-br", "en"):
            with translation.override(language):
                words = reasons.in_words(code)
                told.add((str(words.why), str(words.do)))
                assert "%(" not in f"{words.why}{words.do}{words.quoted}", code
        assert len(told) == 3, code
    assert set(reasons.WORDS) == set(reasons.Sort)


def test_a_reason_that_nobody_knows_is_no_reason() -> None:
    with pytest.raises(LookupError):
        reasons.in_words("no_such_reason")


def test_what_was_refused_for_good_is_never_tried_again() -> None:
    for code in (
        "not_genuine", "suite_refused", "malformed", "expired", "not_granted",
        "field_not_granted", "grant_expired", "not_theirs", "not_allowed", "erased",
        "lost_in_restore", "key_gone", "unknown_kind",
    ):  # fmt: skip
        assert reasons.sort_of(code) not in reasons.RETRIED, code
    assert reasons.sort_of("software_failed") in reasons.RETRIED
    assert all(
        reasons.sort_of(each.code) not in reasons.RETRIED
        for each in reasons.classes(SuiteRefused.__bases__[0])
        if each.code != "no_room"
    )


def test_a_message_at_which_the_software_fails_holds_up_nobody_and_is_applied_once_mended(
    bolivia: Peer, cast: Cast
) -> None:
    nadia = members.actor_of(cast.nadia)
    waits = sends(bolivia, 2, "break")
    sends(bolivia, 3)
    first = sends(bolivia, 1)

    assert waits.receipt["body"]["state"] == "waiting"
    assert first.receipt["body"]["state"] == "applied"
    assert states() == {
        1: ("applied", ""), 2: ("set_aside", "software_failed"), 3: ("applied", ""),
    }  # fmt: skip
    message = row(2).id
    assert exchange.try_again(by=nadia, message=message) == "software_failed", "not mended yet"

    kinds.broken = False
    assert exchange.try_again(by=nadia, message=message) == ""
    assert states()[2] == ("applied", "")
    assert [r.payload["data"]["n"] for r in kinds.taken] == [1, 3, 2]
    with pytest.raises(WrongState):
        exchange.try_again(by=nadia, message=message)
    assert len(kinds.taken) == 3, "once"
    tried = Entry.objects.filter(verb="exchange.try_again", subject=message).order_by("number")
    assert [(e.actor_id, e.detail["applied"]) for e in tried] == [
        (nadia.id, "False"), (nadia.id, "True"),
    ]  # fmt: skip


def test_two_of_one_conversation_are_tried_in_their_order(bolivia: Peer, cast: Cast) -> None:
    nadia = members.actor_of(cast.nadia)
    sends(bolivia, 2, "break")
    sends(bolivia, 3, "break")
    sends(bolivia, 1)
    kinds.broken = False

    with pytest.raises(exchange.EarlierFirst):
        exchange.try_again(by=nadia, message=row(3).id)
    again = {one.sequence: one.again for one in exchange.set_aside(by=nadia, page=1)}
    assert again == {2: True, 3: False}
    assert [exchange.try_again(by=nadia, message=row(n).id) for n in (2, 3)] == ["", ""]
    assert [r.payload["data"]["n"] for r in kinds.taken] == [1, 2, 3]
    assert exchange.set_aside_count() == 0


def test_what_its_room_refused_may_fit_later(bolivia: Peer, cast: Cast) -> None:
    nadia = members.actor_of(cast.nadia)
    sends(bolivia, 1, "refuse")
    assert exchange.try_again(by=nadia, message=row(1).id) == "not_now"
    kinds.refusing = False
    assert exchange.try_again(by=nadia, message=row(1).id) == ""


@pytest.mark.parametrize("why", ["not_genuine", "field_not_granted", "lost_in_restore", "gone"])
def test_one_refused_for_a_good_reason_says_that_reason(
    why: str, bolivia: Peer, cast: Cast
) -> None:
    sends(bolivia, 1, "refuse")
    IncomingMessage.objects.update(reason=why)
    kinds.refusing = False

    with pytest.raises(exchange.NotAgain) as refused:
        check_may_retry(row(1))
    if why == "gone":
        with translation.override("en"):
            assert "does not know why" in str(refused.value)
    else:
        assert str(refused.value) == str(reasons.in_words(why).why)
    with pytest.raises(exchange.NotAgain):
        exchange.try_again(by=members.actor_of(cast.nadia), message=row(1).id)
    assert kinds.taken == []
    assert not Entry.objects.filter(verb="exchange.try_again").exists()


def test_an_unknown_kind_is_listed_and_comes_by_itself(bolivia: Peer, cast: Cast) -> None:
    nadia = members.actor_of(cast.nadia)
    sends(bolivia, 1, kind="test.not_known_here")
    (one,) = exchange.set_aside(by=nadia, page=1)

    assert (one.kind, one.peer, one.reason) == ("test.not_known_here", "bo", "unknown_kind")
    assert not one.again
    with pytest.raises(exchange.NotAgain):
        exchange.try_again(by=nadia, message=one.message)


def test_only_the_administrator_and_only_what_is_there(bolivia: Peer, cast: Cast) -> None:
    sends(bolivia, 1, "refuse")
    for user in (cast.ana, cast.luis, cast.sol, cast.dora):
        by = members.actor_of(user)
        with pytest.raises(NotAllowed):
            exchange.set_aside(by=by, page=1)
        with pytest.raises(NotAllowed):
            exchange.try_again(by=by, message=row(1).id)
    with pytest.raises(NotFound):
        exchange.try_again(by=members.actor_of(cast.nadia), message=secrets.token_hex(16))


def test_one_that_fails_when_it_is_sealed_again_does_not_fail_its_batch(bolivia: Peer) -> None:
    sends(bolivia, 1, "refuse")
    same = row(1)
    kinds.refusing = False
    other = {"data": {"n": 1, "needs": "break"}}
    raw = bolivia.seal(other, conversation=TALK, message=same.id, created=same.created_at)
    beside = bolivia.seal({"data": {"n": 9}})

    replies = exchange.receive_many(envelopes=[raw, beside], signed_by="bo")

    assert replies[0].receipt is None
    assert replies[1].receipt is not None
    assert [r.payload["data"]["n"] for r in kinds.taken] == [9]
