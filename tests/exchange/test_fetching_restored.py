"""A restored node and a peer that nobody can reach find together: the account comes with what that
peer asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import account_fetched, documents, fetch_form, fetching, limits
from ayni.exchange import api as exchange
from ayni.exchange.connection import Unreachable
from ayni.exchange.errors import Malformed
from ayni.exchange.fetch_form import Question
from ayni.exchange.fetching_peers import FetchingPeer
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_account import _as_before, _restored, _row
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_fetching import DATA, _ask, _taken, _token

# -- this node was restored, and Bolivia, which nobody can reach, fetches


@pytest.fixture
def closed(bolivia: Peer) -> Iterator[Peer]:
    """Bolivia's node behind a firewall."""
    limits.begin_anew()
    yield bolivia
    limits.begin_anew()


def _page(
    peer: Peer, number: int = 0, *, key: bytes | None = None, **changed: Any
) -> dict[str, Any]:
    body = {
        "asker": "ar", "at": clock.isoformat(clock.now()), "giver": "bo", "more": False,
        "page": number, "received": [], "sent": [], "sheet": 1, "sheets": [],
    }  # fmt: skip
    return documents.signed("account", {**body, **changed}, {"bo": key or peer.signing})


def _wanted(answer: tuple[int, bytes]) -> tuple[str, dict[str, Any]]:
    """Token and question of an answer that asks for the account."""
    status, raw = answer
    told = documents.parse(raw)
    assert (status, told["refused"]) == (409, "account_wanted")
    return str(told["token"]), dict(told["question"])


def _delivered_after_the_backup(peer: Peer) -> dict[str, Any]:
    """A message that the backup holds as waiting and that Bolivia has taken; its row in the
    account."""
    message = queue({"needs": ["arrived"]}, a_grant())
    row = exchange.delivery_of(message)
    sealed = bytes(row.envelope or b"")
    exchange.drain(peer="bo")
    receipt = exchange.delivery_of(message).receipt or {}
    _as_before(row, sealed)
    peer.stop()
    _restored()
    return _row(message, receipt, conversation=row.conversation, sequence=row.sequence)


def test_the_account_comes_with_the_next_question_and_what_waits_is_handed_out(
    closed: Peer,
) -> None:
    arrived = _delivered_after_the_backup(closed)
    later = queue({"needs": ["later"]}, a_grant())

    token, question = _wanted(_ask(closed, Question("ar", _token(closed))))
    assert (question["page"], question["sheet"]) == (0, 1)
    status, raw = _ask(closed, Question("ar", token, account=_page(closed, received=[arrived])))

    assert status == 200, raw
    token, more, envelopes = fetch_form.read_answer(raw)
    assert (len(envelopes), more) == (1, False), "what had arrived does not go again"
    assert PeerState.objects.get(node="bo").account_since is None
    assert {each.state for each in OutgoingMessage.objects.exclude(message=later)} == {"delivered"}
    _ask(closed, Question("ar", token, _taken(closed, envelopes)))
    assert exchange.delivery_of(later).state == "delivered"
    assert [payload["data"]["needs"] for payload in closed.read] == [["arrived"], ["later"]]
    assert audit.verify_chain() is None


def test_it_comes_page_by_page_and_nothing_is_handed_out_before_the_last(closed: Peer) -> None:
    arrived = _delivered_after_the_backup(closed)
    later = queue({"needs": ["later"]}, a_grant())

    token, question = _wanted(_ask(closed, Question("ar", _token(closed))))
    first = _page(closed, received=[arrived], more=True)
    token, again = _wanted(_ask(closed, Question("ar", token, account=first)))
    assert again == {**question, "page": 1}
    assert PeerState.objects.get(node="bo").account_since is not None
    # The same page once more tells nothing new, and is not the one that was asked for.
    assert _ask(closed, Question("ar", token, account=first))[0] == 422
    token, again = _wanted(_ask(closed, Question("ar", _token(closed))))
    assert again["page"] == 1, "it goes on where it was"
    status, raw = _ask(closed, Question("ar", token, account=_page(closed, 1)))

    assert status == 200, raw
    assert len(fetch_form.read_answer(raw)[2]) == 1
    assert exchange.delivery_of(later).state == "queued"
    assert FetchingPeer.objects.get().account_page is None
    pages = [e for e in audit.entries_about("bo") if e.verb == "exchange.account_page"]
    assert len(pages) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"key": b"4" * 32},
        {"asker": "cl"},
        {"giver": "cl"},
        {"page": 1},
        {"more": True},
        {"sheet": "x"},
        {"at": "yesterday"},
    ],
)
def test_a_page_that_is_not_the_peers_for_this_node_counts_for_nothing(
    closed: Peer, changed: dict[str, Any]
) -> None:
    arrived = _delivered_after_the_backup(closed)
    token, _question = _wanted(_ask(closed, Question("ar", _token(closed))))
    rows: dict[str, Any] = {} if changed == {"more": True} else {"received": [arrived]}

    status, raw = _ask(closed, Question("ar", token, account=_page(closed, **rows, **changed)))

    assert (status, documents.parse(raw)) == (422, {"refused": "not_genuine"})
    assert PeerState.objects.get(node="bo").account_since is not None
    assert OutgoingMessage.objects.get().state == "queued"


def test_an_account_that_nobody_asked_for_changes_nothing(closed: Peer) -> None:
    message = queue({"needs": ["waits"]}, a_grant())
    closed.stop()

    status, raw = _ask(closed, Question("ar", _token(closed), account=_page(closed, key=b"4" * 32)))

    assert status == 200
    assert len(fetch_form.read_answer(raw)[2]) == 1
    assert exchange.delivery_of(message).state == "queued"


def test_a_second_restore_asks_from_the_first_page_again(closed: Peer) -> None:
    arrived = _delivered_after_the_backup(closed)
    token, _question = _wanted(_ask(closed, Question("ar", _token(closed))))
    _ask(closed, Question("ar", token, account=_page(closed, received=[arrived], more=True)))

    _restored()

    _token_2, question = _wanted(_ask(closed, Question("ar", _token(closed))))
    assert question["page"] == 0


def test_what_the_asker_says_to_envelopes_of_before_the_restore_settles_nothing(
    closed: Peer,
) -> None:
    """It comes again, with the account, in which the same receipt stands."""
    _delivered_after_the_backup(closed)
    said = _taken(closed, list(closed.raw))

    _wanted(_ask(closed, Question("ar", _token(closed), said)))

    assert OutgoingMessage.objects.get().state == "queued"


# -- this node fetches, and Bolivia was restored


class Restored:
    """Bolivia's node, that asks for as many pages and then hands out."""

    def __init__(self, peer: Peer, *, pages: int, envelopes: list[bytes] | None = None) -> None:
        self.pages, self.envelopes = pages, envelopes or []
        self.brought: list[dict[str, Any]] = []
        self.question: Any = {"page": 0, "sheet": 1, "since": "2026-01-01T00:00:00Z"}
        peer.waiting = self.answer

    def answer(self, raw: bytes) -> tuple[int, bytes]:
        question = fetch_form.read_question(raw)
        if question.account is not None:
            self.brought.append(dict(question.account))
        if len(self.brought) < self.pages:
            if isinstance(self.question, dict) and "page" in self.question:
                self.question["page"] = len(self.brought)
            told = {"refused": "account_wanted", "token": "a" * 32, "question": self.question}
            return 409, documents.canonical(told)
        given, self.envelopes = self.envelopes, []
        return 200, fetch_form.pack_answer(token="b" * 32, more=False, envelopes=given)


def test_the_account_that_a_restored_peer_asks_for_is_told_it_signed(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    raw = bolivia.seal(DATA)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    restored = Restored(bolivia, pages=2, envelopes=[bolivia.seal(DATA)])

    assert fetching.fetch(peer="bo") == 1

    assert [page["body"]["page"] for page in restored.brought] == [0, 1]
    ours = {"ar": documents.decode(bolivia.own_sheet["body"]["signing_key"])}
    first = restored.brought[0]
    assert documents.signers("account", first, ours) == {"ar"}
    body = first["body"]
    assert (body["asker"], body["giver"], len(body["received"])) == ("bo", "ar", 1)
    assert [row["message"] for row in body["sent"]] == [message]


@pytest.mark.parametrize(
    "question",
    [None, [], {}, {"page": 0, "sheet": -1, "since": "2026-01-01T00:00:00Z"},
     {"page": 0, "sheet": 0, "since": "x"}],
)  # fmt: skip
def test_a_question_for_the_account_that_is_none_is_a_failure_of_the_peer(
    bolivia: Peer, question: Any
) -> None:
    Restored(bolivia, pages=1).question = question
    with pytest.raises(Unreachable, match="malformed"):
        fetching.fetch(peer="bo")


def test_a_peer_that_always_wants_more_gets_no_more_than_the_time_of_one_peer(
    bolivia: Peer,
) -> None:
    restored = Restored(bolivia, pages=10**6)

    with pytest.raises(Unreachable, match="account_wanted"):
        fetching.fetch(peer="bo", seconds=0.5)

    assert restored.brought


def test_a_peer_that_was_restored_and_does_not_know_our_sheet_any_more_is_told_it_again(
    bolivia: Peer,
) -> None:
    """It had told us before that it knows it."""
    PeerState.objects.update_or_create(node="bo", defaults={"told_sheet": 1})
    told: list[int] = []

    def answer(raw: bytes) -> tuple[int, bytes]:
        sheets = fetch_form.read_question(raw).sheets
        told.extend(sheet["body"]["number"] for sheet in sheets)
        if not sheets:
            return 422, documents.canonical({"refused": "unknown_key_sheet"})
        return 200, fetch_form.pack_answer(token="1" * 32, more=False, envelopes=[])

    bolivia.waiting = answer

    assert fetching.fetch(peer="bo") == 0
    assert told == [1]


def test_a_question_without_an_account_is_written_as_before() -> None:
    raw = fetch_form.pack_question(Question("ar"))
    assert set(documents.parse(raw)) == {"answers", "sheets", "to", "token"}
    with_one = fetch_form.pack_question(Question("ar", account={"body": {}, "signatures": []}))
    assert fetch_form.read_question(with_one).account == {"body": {}, "signatures": []}
    with pytest.raises(Malformed):
        fetch_form.read_question(documents.canonical({**documents.parse(raw), "account": None}))


def test_a_peer_that_owes_no_account_is_asked_for_none(bolivia: Peer) -> None:
    assert account_fetched.wanted("bo", None) is None
