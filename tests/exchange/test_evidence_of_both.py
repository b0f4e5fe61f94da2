"""Evidence of both sides of a conversation: what one cannot know, the other proves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ayni.exchange import api as exchange
from ayni.exchange import bundle, documents, trust, two_sides
from ayni.exchange.two_sides import Absent
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue

TALK = "c" * 32
NOTHING: dict[str, Any] = {"heads": [], "kept": [], "proofs": []}


def _came(peer: Peer, *numbers: int) -> None:
    """Messages of Bolivia's with these numbers."""
    for number in numbers:
        raw = peer.seal({"data": {"needs": [number]}}, sequence=number, conversation=TALK)
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None


def _sent(peer: Peer) -> None:
    queue({"needs": ["shelter"]}, a_grant(), conversation=TALK)
    exchange.drain(peer="bo")


def _told(peer: Peer, told: Mapping[int, str]) -> None:
    payload = {
        "conversation": TALK,
        "told": [{"number": number, "is": word} for number, word in told.items()],
    }
    raw = peer.seal(payload, kind="exchange.missing_told", conversation="d" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None


def _ours() -> bytes:
    return exchange.export_evidence(by=BY, conversation=TALK, now=clock.now())


def _changed(raw: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Our file after a change by our node, which signs it again."""
    body = documents.parse(raw, largest=bundle.LARGEST)["body"]
    change(body)
    return documents.canonical(
        documents.signed("evidence", body, {"ar": trust.own_signing_key()[1]})
    )


def _theirs(
    peer: Peer,
    left_out: Iterable[tuple[int, str]] = (),
    *,
    without: Iterable[int] = (),
    change: Callable[[dict[str, Any]], Any] = lambda _body: None,
    key: bytes | None = None,
) -> bytes:
    """Bolivia's file about the same messages, but for some of its own."""
    body = documents.parse(_ours(), largest=bundle.LARGEST)["body"]
    gone = set(without)
    shown = bundle.check(_ours()).messages
    body |= {
        "left_out": [{"sequence": number, "why": why} for number, why in left_out],
        "log": NOTHING,
        "messages": [
            entry
            for entry, found in zip(body["messages"], shown, strict=True)
            if found.sender != "bo" or found.sequence not in gone
        ],
        "node": "bo",
        "sheet": 1,
        "told": [],
    }
    change(body)
    return documents.canonical(documents.signed("evidence", body, {"bo": key or peer.signing}))


def _together(one: bytes, other: bytes) -> two_sides.Together:
    return two_sides.judge(bundle.check(one), bundle.check(other))


def _left_by_a_restore(peer: Peer) -> None:
    """Bolivia was restored after its first message, and leaves numbers out."""
    _came(peer, 1)
    _sent(peer)
    _came(peer, 102)


NEVER = [(number, "never_sent") for number in range(2, 102)]


def test_the_file_of_a_restored_peer_says_why_numbers_are_missing_in_ours(bolivia: Peer) -> None:
    _left_by_a_restore(bolivia)
    ours, theirs = _ours(), _theirs(bolivia, NEVER)
    assert not bundle.check(ours).complete

    found = _together(ours, theirs)

    assert found.problems == []
    assert found.complete
    assert found.absent[0] == Absent("bo", 2, "never_sent", "bo")
    assert len(found.absent) == 100
    assert _together(theirs, ours) == found


def test_our_file_alone_is_complete_once_the_peer_has_told_us(bolivia: Peer) -> None:
    _left_by_a_restore(bolivia)
    _told(bolivia, dict.fromkeys(range(2, 102), "unknown"))

    assert bundle.check(_ours()).complete
    found = _together(_ours(), _theirs(bolivia, NEVER))
    assert (found.problems, found.complete) == ([], True)


def test_a_number_of_which_neither_file_says_a_word_is_missing(bolivia: Peer) -> None:
    _left_by_a_restore(bolivia)

    found = _together(_ours(), _theirs(bolivia, NEVER[1:]))

    assert not found.complete
    assert [each for each in found.absent if not each.why] == [Absent("bo", 2, "", "")]


def test_a_word_that_the_peer_has_not_signed_explains_nothing(bolivia: Peer) -> None:
    _left_by_a_restore(bolivia)

    found = _together(_ours(), _theirs(bolivia, NEVER, key=b"4" * 32))

    assert not found.complete


def test_a_word_about_the_numbers_of_the_other_side_explains_nothing(bolivia: Peer) -> None:
    """Whoever has not sent a message cannot say that it was never sent."""
    _left_by_a_restore(bolivia)
    ours = _changed(_ours(), lambda body: body.update(left_out=[{"sequence": 2, "why": "x"}]))

    found = _together(ours, _theirs(bolivia))

    assert Absent("bo", 2, "", "") in found.absent
    assert not found.complete


def test_two_files_of_one_side_explain_nothing_to_each_other(bolivia: Peer) -> None:
    _left_by_a_restore(bolivia)

    assert not _together(_ours(), _ours()).complete


def test_files_of_two_platforms_do_not_agree(bolivia: Peer) -> None:
    _left_by_a_restore(bolivia)
    one, other = bundle.check(_ours()), bundle.check(_theirs(bolivia, NEVER))
    other.founding = "0" * 64

    found = two_sides.judge(one, other)

    assert [problem.where for problem in found.problems] == ["bundle"]
    assert not found.complete


@pytest.mark.parametrize("word", ["never_sent", "cancelled", "refused"])
def test_who_says_that_a_message_was_not_sent_is_contradicted_by_its_signature(
    bolivia: Peer, word: str
) -> None:
    _came(bolivia, 1, 2, 3)
    _sent(bolivia)

    found = _together(_ours(), _theirs(bolivia, [(2, word)], without=[2]))

    assert [(p.where, p.code) for p in found.problems] == [("message bo 2", "contradicts")]
    assert word in found.problems[0].why


def test_a_message_that_one_file_leaves_out_without_a_word_is_named(bolivia: Peer) -> None:
    _came(bolivia, 1, 2, 3)
    _sent(bolivia)

    found = _together(_ours(), _theirs(bolivia, without=[2]))

    assert [(p.where, p.code) for p in found.problems] == [("message bo 2", "only_one")]
    assert found.complete, "what became of it is shown by the other file"


def test_a_message_that_went_down_with_the_machine_of_its_sender_is_shown_by_the_other_side(
    bolivia: Peer,
) -> None:
    """The account has told Bolivia that we took it: so its file says."""
    _came(bolivia, 1, 2, 3)
    _sent(bolivia)

    found = _together(_ours(), _theirs(bolivia, [(2, "applied")], without=[2]))

    assert (found.problems, found.absent, found.complete) == ([], [], True)


def test_what_was_taken_as_its_sender_says_and_nobody_shows_is_missing(bolivia: Peer) -> None:
    _came(bolivia, 1, 3)
    _sent(bolivia)

    found = _together(_ours(), _theirs(bolivia, [(2, "applied")]))

    assert found.absent == [Absent("bo", 2, "", "")]
    assert not found.complete


def test_what_was_told_us_and_is_told_otherwise_to_the_court_is_a_contradiction(
    bolivia: Peer,
) -> None:
    _came(bolivia, 1, 3)
    _sent(bolivia)
    _told_after_asking(bolivia, {2: "cancelled"})

    found = _together(_ours(), _theirs(bolivia, [(2, "applied")]))

    assert [(p.where, p.code) for p in found.problems] == [("message bo 2", "contradicts")]
    assert not found.complete


def _told_after_asking(peer: Peer, told: Mapping[int, str]) -> None:
    _told(peer, told)
    assert bundle.check(_ours()).complete


def test_two_words_that_both_say_that_nothing_was_sent_do_not_contradict(bolivia: Peer) -> None:
    """It was cancelled; the restored machine knows nothing of it."""
    _came(bolivia, 1, 3)
    _sent(bolivia)
    _told(bolivia, {2: "cancelled"})

    found = _together(_ours(), _theirs(bolivia, [(2, "never_sent")]))

    assert (found.problems, found.complete) == ([], True)


def test_a_message_that_its_receiver_refused_and_did_not_keep_is_no_disagreement(
    bolivia: Peer,
) -> None:
    """Its refusal names the evidence and stands in the file of the sender."""
    _came(bolivia, 1)
    _sent(bolivia)
    bolivia.refuses, bolivia.names_evidence = "too_large", True
    _sent(bolivia)

    def without_the_refused(body: dict[str, Any]) -> None:
        body["messages"] = [
            entry for entry in body["messages"] if "refused" not in entry["answer"]["body"]
        ]

    found = _together(_ours(), _theirs(bolivia, change=without_the_refused))

    assert (found.problems, found.complete) == ([], True)


def test_an_answer_that_only_one_file_shows_is_one(bolivia: Peer) -> None:
    """The receipt was lost on the way back."""
    _came(bolivia, 1)
    _sent(bolivia)
    ours = _changed(_ours(), lambda body: body["messages"][0].update(answer=None))
    assert not bundle.check(ours).complete

    found = _together(ours, _theirs(bolivia))

    assert (found.problems, found.unanswered, found.complete) == ([], [], True)


def test_a_message_without_an_answer_in_both_files_has_none(bolivia: Peer) -> None:
    _came(bolivia, 1)
    _sent(bolivia)

    def unanswered(body: dict[str, Any]) -> None:
        body["messages"][0].update(answer=None)

    found = _together(_changed(_ours(), unanswered), _theirs(bolivia, change=unanswered))

    assert found.unanswered == ["message ar 1"]
    assert not found.complete


def test_the_command_judges_both_files_together(
    bolivia: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _left_by_a_restore(bolivia)
    ours, theirs, short = (str(tmp_path / name) for name in ("ours", "theirs", "short"))
    Path(ours).write_bytes(_ours())
    Path(theirs).write_bytes(_theirs(bolivia, NEVER))
    Path(short).write_bytes(_theirs(bolivia, NEVER[1:]))
    with pytest.raises(CommandError):
        call_command("evidence", "verify", ours)
    capsys.readouterr()

    call_command("evidence", "verify", ours, theirs, "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["together"]["complete"]) == (True, True)
    assert len(told["together"]["absent"]) == 100

    call_command("evidence", "verify", ours, theirs)
    assert "bo 2 " in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("evidence", "verify", ours, short)


def test_a_receipt_in_one_file_and_a_refusal_in_the_other_contradict(bolivia: Peer) -> None:
    bolivia.names_evidence = True
    _sent(bolivia)

    def refused(body: dict[str, Any]) -> None:
        """Bolivia signs that it refused what it has receipted to us."""
        (entry,) = body["messages"]
        receipt = entry["answer"]["body"]
        answer = {
            name: receipt[name] for name in ("at", "envelope", "evidence", "receiver", "sheet")
        }
        signed = documents.signed(
            "refusal", {**answer, "refused": "malformed"}, {"bo": bolivia.signing}
        )
        entry["answer"], entry["content"] = signed, None

    found = _together(_ours(), _theirs(bolivia, change=refused))

    assert [(p.where, p.code) for p in found.problems] == [("message ar 1", "contradicts")]
