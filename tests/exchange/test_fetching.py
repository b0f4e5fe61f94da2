"""A node that nobody can reach fetches what waits for it: for itself only, once, as if pushed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import batches, connection, documents, fetch_form, fetching, limits, transport
from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.fetch_form import Question
from ayni.exchange.fetching_peers import FetchingPeer, fetches
from ayni.exchange.models import IncomingMessage, OutgoingMessage, RestingConversation
from ayni.lib import clock
from tests.exchange import kinds, signed, wire_examples
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue

PATH = fetching.PATH
URL = "http://ar.localhost" + PATH
DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}


# -- the form


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=batches.MOST), st.booleans())
def test_an_answer_is_read_as_it_was_packed(envelopes: list[bytes], more: bool) -> None:
    packed = fetch_form.pack_answer(token="ab" * 16, more=more, envelopes=envelopes)
    assert fetch_form.read_answer(packed) == ("ab" * 16, more, envelopes)


@given(st.binary(max_size=100))
def test_bytes_that_are_no_answer_or_question_are_refused(raw: bytes) -> None:
    for read in (fetch_form.read_answer, fetch_form.read_question):
        for one in (raw, fetch_form.MARK + raw):
            try:
                read(one)
            except (Malformed, TooLarge):
                continue
            assert read is fetch_form.read_answer


def test_the_question_of_the_wire_format_is_one_and_its_answer_is_these_bytes() -> None:
    example = wire_examples.examples()["waiting question"]

    question = fetch_form.read_question(documents.canonical(example))

    assert fetch_form.pack_question(question) == documents.canonical(example)
    packed = fetch_form.pack_answer(token="00ff" * 8, more=True, envelopes=[b"one", b"two!"])
    assert packed.hex() == "41594e4601" + "00ff" * 8 + "01" + "000000036f6e65" + "0000000474776f21"


GOOD: dict[str, Any] = {"answers": [], "sheets": [], "to": "ar", "token": ""}


@pytest.mark.parametrize(
    "changed",
    [
        {"token": "ab"},
        {"token": 1},
        {"to": None},
        {"sheets": [1]},
        {"answers": {}},
        {"answers": [{"message": "a" * 32}]},
        {"answers": [{"message": "A" * 32, "later": "failed"}]},
        {"answers": [{"message": "a" * 32, "later": "never"}]},
        {"answers": [{"message": "a" * 32, "later": []}]},
        {"answers": [{"message": "a" * 32, "receipt": "x"}]},
        {"answers": [{"message": "a" * 32, "later": "failed"}] * 2},
        {"more": 1},
    ],
)
def test_a_question_that_is_not_exactly_one_is_refused(changed: dict[str, Any]) -> None:
    assert fetch_form.read_question(documents.canonical(GOOD)).to == "ar"
    with pytest.raises(Malformed):
        fetch_form.read_question(documents.canonical({**GOOD, **changed}))


# -- a peer whose port is closed fetches from us


@pytest.fixture
def closed(bolivia: Peer) -> Iterator[Peer]:
    """Bolivia's node behind a firewall: nothing from outside reaches it."""
    bolivia.stop()
    limits.begin_anew()
    yield bolivia
    limits.begin_anew()


def _ask(peer: Peer, question: Question, *, key: bytes | None = None) -> tuple[int, bytes]:
    raw = fetch_form.pack_question(question)
    return _send(raw, signed.request(peer, raw, PATH, key=key, sheet=peer.own_number))


def _send(raw: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    response = Client(headers={"host": "ar.localhost"}).post(
        PATH, raw, content_type="application/json", headers=headers
    )
    return response.status_code, response.content


def _token(peer: Peer) -> str:
    status, body = _ask(peer, Question("ar"))
    assert status == 409
    told = documents.parse(body)
    assert told["refused"] == "other_token"
    return str(told["token"])


def _fetched(peer: Peer, token: str, answers: Any = None) -> tuple[str, bool, list[bytes]]:
    status, body = _ask(peer, Question("ar", token, answers))
    assert status == 200, body
    return fetch_form.read_answer(body)


def _taken(peer: Peer, envelopes: list[bytes]) -> dict[str, dict[str, Any]]:
    """What Bolivia says to each, by its message."""
    receipts = [documents.parse(peer.take(raw)[1]) for raw in envelopes]
    return {one["body"]["message"]: {"receipt": one} for one in receipts}


def test_what_cannot_be_pushed_is_fetched_receipted_and_settled(closed: Peer) -> None:
    messages = [queue({"needs": [n]}, a_grant()) for n in range(3)]
    assert exchange.drain(peer="bo") == 0, "its port is closed"
    assert exchange.neighbours()[0].failures == 1

    token, more, envelopes = _fetched(closed, _token(closed))
    assert (len(envelopes), more) == (3, False)
    assert {exchange.delivery_of(m).state for m in messages} == {"queued"}, "not taken yet"
    _token_2, more, rest = _fetched(closed, token, _taken(closed, envelopes))

    assert (rest, more) == ([], False)
    assert {exchange.delivery_of(m).state for m in messages} == {"delivered"}
    assert [p["data"]["needs"] for p in closed.read] == [[0], [1], [2]]
    assert exchange.delivery_of(messages[0]).receipt["body"]["message"] == messages[0]
    assert exchange.neighbours()[0].failures == 0, "it fetches by itself: no alarm"
    assert exchange.peer_report("bo", now=clock.now()).fetched_at is not None
    assert audit.verify_chain() is None


def test_what_was_not_receipted_is_handed_out_again_in_the_same_bytes(closed: Peer) -> None:
    queue({"needs": [1]}, a_grant())

    token, _more, first = _fetched(closed, _token(closed))
    _token_2, _more, second = _fetched(closed, token)

    assert first == second
    assert len(first) == 1


def test_a_recorded_question_cannot_be_asked_again(closed: Peer) -> None:
    queue({"needs": [1]}, a_grant())
    raw = fetch_form.pack_question(Question("ar", _token(closed)))
    headers = signed.request(closed, raw, PATH)
    assert _send(raw, headers)[0] == 200

    status, body = _send(raw, headers)

    assert status == 409
    assert documents.parse(body)["refused"] == "other_token"


def test_a_question_to_another_node_counts_for_nothing_here(closed: Peer) -> None:
    status, body = _ask(closed, Question("cl", _token(closed)))

    assert (status, documents.parse(body)) == (422, {"refused": "wrong_recipient"})


def test_nobody_fetches_for_another_or_without_a_signature(closed: Peer) -> None:
    queue({"needs": [1]}, a_grant())
    raw = fetch_form.pack_question(Question("ar", _token(closed)))

    unsigned = _send(raw, {})
    foreign = _ask(closed, Question("ar", _token(closed)), key=b"another key of thirty-two bytes!")
    ours = _send(raw, transport.signed_headers("POST", URL, raw))

    assert unsigned[0] == foreign[0] == 422
    assert documents.parse(unsigned[1]) == {"refused": "not_genuine"}
    assert ours[0] == 409, "our own node has a token of its own, and nothing waits for it"
    assert not FetchingPeer.objects.exclude(fetched_at=None).exists()


def test_what_may_not_leave_any_more_is_not_handed_out(closed: Peer) -> None:
    gone = queue({"needs": [1]}, a_grant(), subject="case-2")
    stays = queue({"needs": [2]}, a_grant())
    kinds.answer["case-2"] = "consent_withdrawn"

    _token_, _more, envelopes = _fetched(closed, _token(closed))

    assert len(envelopes) == 1
    assert exchange.delivery_of(gone).reason == "consent_withdrawn"
    assert exchange.delivery_of(stays).state == "queued"


def test_an_answer_to_a_message_that_was_cancelled_meanwhile_changes_nothing(closed: Peer) -> None:
    message = queue({"needs": [1]}, a_grant(), subject="case-2")
    token, _more, envelopes = _fetched(closed, _token(closed))
    exchange.cancel(by=BY, subject="case-2", peers=None, reason="consent_withdrawn")

    _fetched(closed, token, _taken(closed, envelopes))

    assert exchange.delivery_of(message).state == "cancelled"


def test_a_receipt_that_the_asker_did_not_sign_settles_nothing(closed: Peer) -> None:
    message = queue({"needs": [1]}, a_grant())
    token, _more, envelopes = _fetched(closed, _token(closed))
    honest, closed.signing = closed.signing, b"another key of thirty-two bytes!"
    forged = _taken(closed, envelopes)
    closed.signing = honest

    _fetched(closed, token, forged)

    assert exchange.delivery_of(message).state == "queued"
    assert RestingConversation.objects.get().reason == "receipt_not_genuine"


def test_one_that_fails_there_holds_up_its_conversation_only(closed: Peer) -> None:
    bad = queue({"needs": [1]}, a_grant())
    good = queue({"needs": [2]}, a_grant())
    token, _more, envelopes = _fetched(closed, _token(closed))
    answers = {**_taken(closed, envelopes), bad: {"later": "failed"}}

    token, _more, rest = _fetched(closed, token, answers)

    assert rest == []
    assert [exchange.delivery_of(m).state for m in (bad, good)] == ["queued", "delivered"]


def test_more_than_one_answer_takes_is_fetched_in_several(closed: Peer) -> None:
    for n in range(batches.MOST + 4):
        queue({"needs": [n]}, a_grant())

    token, more, first = _fetched(closed, _token(closed))
    assert (len(first), more) == (batches.MOST, True)
    _token_2, more, second = _fetched(closed, token, _taken(closed, first))

    assert (len(second), more) == (4, False)


def test_a_key_sheet_that_nobody_could_fetch_comes_with_the_question(closed: Peer) -> None:
    token = _token(closed)
    queue({"needs": [1]}, a_grant())
    fresh = b"2" * 32
    sheet = closed.next_sheet(clock.now(), signing_key=documents.encode(documents.public_of(fresh)))
    closed.signing, closed.own_number = fresh, 2

    status, body = _ask(closed, Question("ar", token))
    assert (status, documents.parse(body)) == (422, {"refused": "unknown_key_sheet"})
    status, body = _ask(closed, Question("ar", token, sheets=[sheet]))

    assert status == 200, body
    assert len(fetch_form.read_answer(body)[2]) == 1


def test_a_key_sheet_that_its_identity_has_not_signed_brings_nothing(closed: Peer) -> None:
    token, fresh = _token(closed), b"2" * 32
    closed.identity = b"not the identity key of Bolivia!"
    sheet = closed.next_sheet(clock.now(), signing_key=documents.encode(documents.public_of(fresh)))
    closed.signing, closed.own_number = fresh, 2

    status, _body = _ask(closed, Question("ar", token, sheets=[sheet]))

    assert status == 422


def test_how_often_a_peer_asks_is_limited_as_what_it_sends(
    closed: Peer, settings: Settings
) -> None:
    settings.AYNI_PEER_MESSAGES_A_MINUTE = 2
    limits.begin_anew()

    said = [_ask(closed, Question("ar"))[0] for _ in range(4)]

    assert said[:2] == [409, 409]
    assert 429 in said[2:]


def test_who_asked_long_ago_does_not_fetch_by_itself_any_more(closed: Peer) -> None:
    _fetched(closed, _token(closed))

    assert set(fetches(now=clock.now())) == {"bo"}
    assert fetches(now=clock.now() + timedelta(minutes=11)) == {}


# -- we fetch from a peer


class Shelf:
    """What waits at Bolivia for us, handed out as its node would."""

    def __init__(self, peer: Peer, envelopes: list[bytes]) -> None:
        self.waiting = {f"{n:03}": raw for n, raw in enumerate(envelopes)}
        self.token, self.questions = "0" * 32, 0
        self.said: dict[str, dict[str, Any]] = {}
        self.at_once = 2
        peer.waiting = self.answer

    def answer(self, raw: bytes) -> tuple[int, bytes]:
        question = fetch_form.read_question(raw)
        assert question.to == "bo"
        if question.token != self.token:
            told = {"refused": "other_token", "token": self.token}
            return 409, documents.canonical(told)
        self.questions += 1
        self.token = f"{self.questions:032x}"
        self.said.update(question.answers or {})
        done = {
            one["receipt"]["body"]["envelope"] for one in self.said.values() if "receipt" in one
        }
        left = [raw for raw in self.waiting.values() if _sha(raw) not in done]
        part = left[: self.at_once]
        more = len(left) > len(part)
        return 200, fetch_form.pack_answer(token=self.token, more=more, envelopes=part)


def _sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def test_what_is_fetched_is_applied_once_and_receipted(bolivia: Peer) -> None:
    envelopes = [bolivia.seal(DATA) for _ in range(5)]
    shelf = Shelf(bolivia, envelopes)

    assert fetching.fetch(peer="bo") == 5
    assert fetching.fetch(peer="bo") == 0

    assert len(kinds.taken) == 5
    assert IncomingMessage.objects.filter(state="applied").count() == 5
    assert len(shelf.said) == 5
    ours = {"ar": documents.decode(bolivia.own_sheet["body"]["signing_key"])}
    for item in shelf.said.values():
        assert documents.signers("receipt", item["receipt"], ours) == {"ar"}


def test_what_is_handed_out_twice_has_one_effect(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)
    Shelf(bolivia, [raw])
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None

    assert fetching.fetch(peer="bo") == 1

    assert len(kinds.taken) == 1


def test_a_message_of_a_third_node_is_refused_and_not_applied(bolivia: Peer) -> None:
    good, bad = bolivia.seal(DATA), bolivia.seal(DATA, signing=b"3" * 32)
    shelf = Shelf(bolivia, [good, bad])

    fetching.fetch(peer="bo", seconds=0.0)

    assert len(kinds.taken) == 1
    assert shelf.questions == 1


def test_a_peer_whose_software_knows_nothing_of_it_is_no_failure_of_ours(bolivia: Peer) -> None:
    bolivia.waiting = lambda raw: (404, b"{}")

    with pytest.raises(connection.Unreachable):
        fetching.fetch(peer="bo")
    assert fetching.fetch_all() == 0


def test_a_peer_that_changes_its_token_for_ever_is_given_up(bolivia: Peer) -> None:
    told = documents.canonical({"refused": "other_token", "token": "f" * 32})
    bolivia.waiting = lambda raw: (409, told)

    with pytest.raises(connection.Unreachable, match="other_token"):
        fetching.fetch(peer="bo")


def test_our_own_sheets_are_told_to_who_does_not_know_them(bolivia: Peer) -> None:
    told: list[int] = []

    def answer(raw: bytes) -> tuple[int, bytes]:
        question = fetch_form.read_question(raw)
        told.extend(sheet["body"]["number"] for sheet in question.sheets)
        if not question.sheets:
            return 422, documents.canonical({"refused": "unknown_key_sheet"})
        return 200, fetch_form.pack_answer(token="1" * 32, more=False, envelopes=[])

    bolivia.waiting = answer

    assert fetching.fetch(peer="bo") == 0
    assert told == [1]


def test_the_outbox_is_left_as_it_is_by_fetching(bolivia: Peer) -> None:
    message = queue({"needs": [1]}, a_grant())
    Shelf(bolivia, [])

    fetching.fetch(peer="bo")

    assert OutgoingMessage.objects.get(message=message).state == "queued"
