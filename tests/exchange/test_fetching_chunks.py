"""Attachments of a node that nobody can reach are fetched chunk by chunk, from where it stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from ayni.exchange import api as exchange
from ayni.exchange import (
    chunk_fetching,
    chunk_form,
    connection,
    documents,
    limits,
    stream,
    transport,
)
from ayni.exchange.chunk_form import Question
from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.held import Chunk, Hold, Stream
from ayni.lib import clock
from tests.exchange import kinds, wire_examples
from tests.exchange.peer import Peer
from tests.exchange.shelf import BY, content_of, held
from tests.exchange.signed import request
from tests.exchange.streams import sealed
from tests.exchange.test_delivery import a_grant, queue

PATH = chunk_fetching.PATH
IDENT = "5" * 32
SIZE = 3 * stream.CHUNK + 5


# -- the form


GOOD: dict[str, Any] = {
    "attachment": IDENT,
    "missing": [0, 2],
    "state": "coming",
    "to": "ar",
    "token": "",
}


def test_question_and_answer_are_read_as_they_were_packed() -> None:
    question = Question("ar", IDENT, "coming", (0, 2, 399), "ab" * 16)
    assert chunk_form.read_question(chunk_form.pack_question(question)) == question
    whole = Question("ar", IDENT, "whole")
    assert chunk_form.read_question(chunk_form.pack_question(whole)) == whole
    every = Question("ar", IDENT, "coming", tuple(range(stream.MOST_CHUNKS)), "ab" * 16)
    assert chunk_form.read_question(chunk_form.pack_question(every)) == every

    chunk = bytes(stream.SEALED_CHUNK)
    for part in (b"", chunk):
        packed = chunk_form.pack_answer(token="00ff" * 8, sealed=part)
        assert packed == bytes.fromhex("41594e4301" + "00ff" * 8) + part
        assert chunk_form.read_answer(packed) == ("00ff" * 8, part)


def test_the_question_of_the_wire_format_is_one() -> None:
    example = wire_examples.examples()["chunk question"]

    question = chunk_form.read_question(documents.canonical(example))

    assert chunk_form.pack_question(question) == documents.canonical(example)


@pytest.mark.parametrize(
    "changed",
    [
        {"missing": []},
        {"missing": [1, 1]},
        {"missing": [2, 1]},
        {"missing": [-1]},
        {"missing": [True]},
        {"missing": [stream.MOST_CHUNKS]},
        {"missing": {}},
        {"state": "whole"},
        {"state": "removed"},
        {"state": "going"},
        {"state": None},
        {"attachment": "5" * 31},
        {"attachment": IDENT + "\n"},
        {"token": "5"},
        {"to": 1},
        {"more": 1},
    ],
)
def test_a_question_that_is_not_exactly_one_is_refused(changed: dict[str, Any]) -> None:
    assert chunk_form.read_question(documents.canonical(GOOD)).missing == (0, 2)
    with pytest.raises(Malformed):
        chunk_form.read_question(documents.canonical({**GOOD, **changed}))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_question_or_answer_are_refused(raw: bytes) -> None:
    for one in (raw, chunk_form.MARK + raw):
        with pytest.raises((Malformed, TooLarge)):
            chunk_form.read_question(one)
        if one[:5] == chunk_form.MARK and len(one) == 21:
            assert chunk_form.read_answer(one)[1] == b""
            continue
        with pytest.raises((Malformed, TooLarge)):
            chunk_form.read_answer(one)
    with pytest.raises(TooLarge):
        chunk_form.read_answer(bytes(chunk_form.LARGEST + 1))


# -- a peer whose port is closed fetches from us


@pytest.fixture
def closed(bolivia: Peer) -> Peer:
    """Bolivia's node behind a firewall: nothing from outside reaches it."""
    limits.begin_anew()
    return bolivia


def going(peer: Peer, *, delivered: bool = True) -> stream.Described:
    """An attachment of ours with its message, which Bolivia has unless it waits."""
    described = held(content_of(SIZE))
    message = queue({"needs": ["x"]}, a_grant())
    exchange.send_attachment(by=BY, attachment=described.attachment, peer="bo", message=message)
    if delivered:
        exchange.drain(peer="bo")
    peer.stop()
    return described


def ask(peer: Peer, question: Question, *, key: bytes | None = None) -> tuple[int, bytes]:
    """A signed question of Bolivia's node to ours."""
    raw = chunk_form.pack_question(question)
    response = Client(headers={"host": "ar.localhost"}).post(
        PATH, raw, content_type="application/json", headers=request(peer, raw, PATH, key=key)
    )
    return response.status_code, response.content


class Behind:
    """Bolivia's node, which fetches an attachment from ours."""

    def __init__(self, peer: Peer, described: stream.Described) -> None:
        self.peer, self.described = peer, described
        self.kept: dict[int, bytes] = {}
        self.token = ""

    def question(self, state: str = "coming") -> Question:
        """What it would ask next."""
        lacks = [n for n in range(self.described.chunks) if n not in self.kept]
        missing = lacks if state == "coming" else []
        return Question("ar", self.described.attachment, state, missing, self.token)

    def ask(self, state: str = "coming") -> tuple[int, bytes]:
        """Ask once with the token that counts; what came is kept."""
        question = self.question(state)
        status, body = ask(self.peer, question)
        if status == 409:
            self.token = str(documents.parse(body)["token"])
            question = self.question(state)
            status, body = ask(self.peer, question)
        if status == 200:
            self.token, chunk = chunk_form.read_answer(body)
            if chunk:
                self.kept[question.missing[0]] = chunk
        return status, body

    def content(self) -> bytes:
        """What it opens to."""
        chunks = (self.kept[number] for number in range(len(self.kept)))
        return b"".join(stream.Opening(self.described).whole(chunks))


def standing() -> tuple[str, str]:
    """How it stands with the only attachment here."""
    row = Stream.objects.get()
    return row.hold, row.reason


def refused(answer: tuple[int, bytes]) -> tuple[int, str]:
    """Status and code of an answer that hands out nothing."""
    return answer[0], str(documents.parse(answer[1])["refused"])


def test_what_cannot_be_pushed_is_fetched_whole_and_settled(closed: Peer) -> None:
    there = Behind(closed, going(closed))

    for _chunk in range(there.described.chunks):
        assert there.ask()[0] == 200
    assert standing() == (Hold.GOING, "")
    assert there.ask("whole")[0] == 200

    assert standing() == (Hold.ARRIVED, "")
    assert there.content() == content_of(SIZE)


def test_after_a_cut_only_what_is_missing_is_asked_for(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    there.ask()
    there.ask()
    assert Stream.objects.get().there == 1, "the second is not known to have come"
    there.kept.pop(1)  # the machine went down with it

    there.ask()
    there.ask()
    there.ask()

    assert there.content() == content_of(SIZE)


def test_a_recorded_question_cannot_be_asked_again(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    there.ask()
    recorded = there.question()
    assert ask(closed, recorded)[0] == 200

    assert refused(ask(closed, recorded)) == (409, "other_token")


def test_nobody_fetches_what_is_for_another_or_without_its_signature(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    there.ask()
    question = there.question()
    assert refused(ask(closed, question, key=b"another key of thirty-two bytes!"))[1] == (
        "not_genuine"
    )
    to_chile = Question("cl", question.attachment, "coming", question.missing, question.token)
    assert refused(ask(closed, to_chile)) == (422, "wrong_recipient")

    Stream.objects.update(peer="cl")
    assert refused(ask(closed, question)) == (422, "unknown_attachment")


def test_nothing_is_handed_out_that_goes_nowhere(closed: Peer) -> None:
    described = held(content_of(SIZE))

    status = refused(ask(closed, Question("ar", described.attachment, "coming", (0,))))

    assert status == (422, "unknown_attachment")


def test_the_message_goes_first(closed: Peer) -> None:
    there = Behind(closed, going(closed, delivered=False))

    assert refused(there.ask()) == (503, "busy")
    exchange.cancel(by=BY, subject="case-1", peers=None, reason="withdrawn")

    assert refused(there.ask()) == (422, "stopped")
    assert standing() == (Hold.STOPPED, "withdrawn")
    assert there.kept == {}


def test_no_chunk_leaves_after_what_allowed_it_has_ended(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    there.ask()
    kinds.answer["case-1"] = "consent_withdrawn"

    assert refused(there.ask()) == (422, "stopped")

    assert standing() == (Hold.STOPPED, "consent_withdrawn")
    assert list(there.kept) == [0]


def test_while_our_clock_is_set_back_nothing_leaves_and_nothing_is_stopped(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    kinds.answer["case-1"] = "consent_missing"
    with time_machine.travel(clock.now() - timedelta(minutes=5)):
        assert refused(there.ask()) == (503, "busy")
    assert standing() == (Hold.GOING, "")


def test_a_number_after_the_last_is_refused(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    there.ask()

    beyond = Question("ar", there.described.attachment, "coming", (4,), there.token)

    assert refused(ask(closed, beyond)) == (422, "malformed")


def test_what_was_removed_there_is_not_sent_any_more(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    there.ask()

    assert there.ask("removed")[0] == 200

    assert standing() == (Hold.STOPPED, "removed_there")


def test_one_that_was_restored_there_gets_what_it_lost(closed: Peer) -> None:
    there = Behind(closed, going(closed))
    for _chunk in range(there.described.chunks):
        there.ask()
    there.ask("whole")
    there.kept.pop(3)

    assert there.ask()[0] == 200
    assert standing() == (Hold.GOING, "")
    assert there.ask("whole")[0] == 200

    assert standing() == (Hold.ARRIVED, "")
    assert there.content() == content_of(SIZE)


# -- we fetch from a peer


class Shelf:
    """An attachment that waits at Bolivia for us, handed out as its node would."""

    def __init__(self, peer: Peer, parts: list[bytes]) -> None:
        self.parts = parts
        self.token, self.told = "0" * 32, ""
        self.asked: list[int] = []
        self.cut_after: int | None = None
        self.says: tuple[int, str] | None = None
        peer.waiting = self.answer

    def answer(self, raw: bytes) -> tuple[int, bytes]:
        """The first chunk that is missing here."""
        question = chunk_form.read_question(raw)
        assert question.to == "bo"
        if self.says is not None:
            return self.says[0], documents.canonical({"refused": self.says[1]})
        if question.token != self.token:
            told = {"refused": "other_token", "token": self.token}
            return 409, documents.canonical(told)
        if question.state != "coming":
            self.told = question.state
            return 200, chunk_form.pack_answer(token=self._next(), sealed=b"")
        if self.cut_after == len(self.asked):
            self.cut_after = None
            return 502, b"{}"
        self.asked.append(question.missing[0])
        sealed = self.parts[question.missing[0]]
        return 200, chunk_form.pack_answer(token=self._next(), sealed=sealed)

    def _next(self) -> str:
        self.token = f"{int(self.token, 16) + 1:032x}"
        return self.token


def coming(peer: Peer, size: int = SIZE) -> Shelf:
    """A message of Bolivia has named an attachment; what waits there."""
    limits.begin_anew()
    exchange.expect_attachment(by=BY, attachment=IDENT, size=size, peer="bo", message="m")
    return Shelf(peer, sealed(content_of(size), [], attachment=IDENT, key=None)[0])


def looked_at() -> list[str]:
    """For which attachments the room was asked to look."""
    jobs = ProcrastinateJob.objects.filter(task_name="exchange.look_at")
    return [job.args["attachment"] for job in jobs]


def test_what_waits_is_fetched_kept_and_looked_at_and_the_peer_is_told(bolivia: Peer) -> None:
    shelf = coming(bolivia)

    assert chunk_fetching.fetch_all() == 4

    assert list(exchange.sealed_chunks(IDENT)) == shelf.parts
    assert shelf.asked == [0, 1, 2, 3]
    assert shelf.told == "whole"
    assert looked_at() == [IDENT]
    assert chunk_fetching.fetch_all() == 0, "nothing is awaited any more"


def test_a_cut_line_is_gone_on_with_from_where_it_stopped(bolivia: Peer) -> None:
    shelf = coming(bolivia)
    shelf.cut_after = 2
    assert chunk_fetching.fetch(peer="bo") == 0
    assert Stream.objects.get().have == 2
    assert chunk_fetching.fetch(peer="bo") == 0, "it rests"

    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        chunk_fetching.fetch(peer="bo")

    assert shelf.asked == [0, 1, 2, 3]
    assert shelf.told == "whole"


def test_the_time_for_one_peer_has_an_end(bolivia: Peer) -> None:
    shelf = coming(bolivia)

    assert chunk_fetching.fetch(peer="bo", seconds=0.0) == 1
    assert chunk_fetching.fetch(peer="bo", seconds=0.0) == 1

    assert shelf.asked == [0, 1]


def test_a_peer_that_could_not_be_told_is_told_later(bolivia: Peer) -> None:
    shelf = coming(bolivia, 1)
    assert chunk_fetching.fetch(peer="bo", seconds=0.0) == 1
    assert (Stream.objects.get().hold, shelf.told) == (Hold.WHOLE, "")

    chunk_fetching.fetch_all()

    assert shelf.told == "whole"


def test_what_was_removed_here_meanwhile_is_not_fetched_and_the_peer_is_told(
    bolivia: Peer,
) -> None:
    shelf = coming(bolivia)
    chunk_fetching.fetch(peer="bo", seconds=0.0)
    exchange.remove_attachment(by=BY, attachment=IDENT, reason="erased")

    chunk_fetching.fetch_all()

    assert (shelf.asked, shelf.told) == ([0], "removed")
    assert not Chunk.objects.exists()


@pytest.mark.parametrize(
    "says", [(422, "stopped"), (422, "unknown_attachment"), (503, "busy"), (404, "x")]
)
def test_a_peer_that_gives_nothing_is_asked_later_and_nothing_else_suffers(
    bolivia: Peer, says: tuple[int, str]
) -> None:
    shelf = coming(bolivia)
    shelf.says = says

    assert chunk_fetching.fetch_all() == 0

    row = Stream.objects.get()
    assert (row.failures, row.hold) == (1, Hold.COMING)
    assert row.next_attempt is not None


def test_bytes_that_are_no_chunk_are_not_kept(bolivia: Peer) -> None:
    coming(bolivia)
    for answer in (b"", bytes(100), chunk_form.pack_answer(token="1" * 32, sealed=b"")):
        bolivia.waiting = lambda raw, answer=answer: (200, answer)  # type: ignore[misc]
        Stream.objects.update(next_attempt=None)
        assert chunk_fetching.fetch(peer="bo") == 0

    assert Stream.objects.get().failures == 3
    assert not Chunk.objects.exists()


def test_a_peer_that_changes_its_token_for_ever_is_given_up(bolivia: Peer) -> None:
    shelf = coming(bolivia)
    shelf.says = (409, "other_token")

    assert chunk_fetching.fetch(peer="bo") == 0
    assert Stream.objects.get().failures == 1


def test_a_peer_that_does_not_answer_stops_no_other(bolivia: Peer) -> None:
    coming(bolivia)
    bolivia.stop()

    assert chunk_fetching.fetch_all() == 0
    with pytest.raises(connection.Unreachable), transport.Line("bo") as line:
        line.fetch(PATH, b"{}")
