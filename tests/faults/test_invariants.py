"""The judge of the books: silent about whole ones, and about broken ones each judge speaks."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from ayni.exchange import account, lost
from tests.faults.invariants import (
    GIVEN,
    INCOMPLETE,
    LEAP,
    Allowed,
    Books,
    Broken,
    Got,
    Sent,
    check,
    excused,
    kinds,
    leapt,
    read,
)

TALK = "c" * 32


def _whole() -> dict[str, Books]:
    """Argentina has sent two messages of a conversation to Bolivia, and Bolivia one."""
    one = Sent("bo", "referral.send", TALK, 1, "delivered", "applied", "r1")
    two = Sent("bo", "referral.state", TALK, 2, "delivered", "applied", "r2")
    back = Sent("ar", "referral.state", TALK, 1, "delivered", "applied", "r3")
    return {
        "ar": Books(
            sent={"m1": one, "m2": two},
            got={"m3": Got("bo", back.kind, TALK, 1, "applied", "", "r3", (7,))},
            records={TALK: ("read",)},
            evidence={TALK: ""},
        ),
        "bo": Books(
            sent={"m3": back},
            got={
                "m1": Got("ar", one.kind, TALK, 1, "applied", "", "r1", (4,)),
                "m2": Got("ar", two.kind, TALK, 2, "applied", "", "r2", (9,)),
            },
            records={TALK: ("read",)},
            evidence={TALK: ""},
        ),
    }


ACCEPTED = {"ar": {"m1", "m2"}, "bo": {"m3"}}


def _changed(node: str, part: str, message: str, **how: Any) -> dict[str, Books]:
    """Whole books but for one line of one part; without `how`, that line is missing."""
    books = _whole()
    lines = dict(getattr(books[node], part))
    if how:
        lines[message] = replace(lines[message], **how)
    else:
        del lines[message]
    books[node] = replace(books[node], **{part: lines})
    return books


def _names(found: list[Broken]) -> set[str]:
    return {one.invariant for one in found}


def test_whole_books_are_found_whole_also_after_they_travelled_as_json() -> None:
    assert check(_whole(), ACCEPTED) == []
    travelled = {node: read(asdict(own)) for node, own in _whole().items()}
    assert travelled == _whole()
    assert check(travelled, ACCEPTED) == []


@pytest.mark.parametrize(
    ("books", "invariant", "node", "about"),
    [
        (_changed("ar", "sent", "m2"), "forgotten", "ar", "m2"),
        (_changed("ar", "sent", "m2", state="queued"), "undelivered", "ar", "m2"),
        (_changed("ar", "sent", "m2", state="cancelled"), "undelivered", "ar", "cancelled"),
        (_changed("ar", "sent", "m2", state="refused"), "undelivered", "ar", "refused"),
        (_changed("bo", "got", "m2"), "lost", "bo", "m2"),
        (_changed("bo", "got", "m2", sequence=3), "changed", "bo", "m2"),
        (_changed("bo", "got", "m2", conversation="d" * 32), "changed", "bo", "m2"),
        (_changed("bo", "got", "m2", receipt="other"), "receipt", "ar", "m2"),
        (_changed("ar", "sent", "m2", receipt=""), "receipt", "ar", "m2"),
        (_changed("ar", "sent", "m1"), "invented", "bo", "m1"),
        (_changed("bo", "got", "m2", effects=(9, 10)), "not once", "bo", "2 times"),
        (_changed("bo", "got", "m2", effects=()), "not once", "bo", "0 times"),
        (_changed("bo", "got", "m2", state="set_aside"), "half applied", "bo", "m2"),
        (_changed("bo", "got", "m2", state="set_aside", effects=()), "quarantine", "bo", "m2"),
        (_changed("bo", "got", "m2", state="waiting", effects=()), "quarantine", "bo", "waiting"),
        (_changed("bo", "got", "m2", effects=(2,)), "order", "bo", TALK),
        (_changed("bo", "got", "m1"), "gap", "bo", TALK),
    ],
)
def test_each_judge_speaks_when_its_line_is_broken(
    books: dict[str, Books], invariant: str, node: str, about: str
) -> None:
    found = check(books, ACCEPTED)
    assert [one for one in found if one.invariant == invariant and one.node == node]
    assert any(about in one.about for one in found if one.invariant == invariant)


@pytest.mark.parametrize(
    ("part", "value", "invariant"),
    [
        ("records", {TALK: ("accepted",)}, "records differ"),
        ("records", {TALK: ("read", "read")}, "two records"),
        ("records", {TALK: ("read",), f"{TALK}/file/f1": ("whole d1",)}, "one side only"),
        ("evidence", {TALK: "message ar 1: not_genuine"}, "evidence"),
        ("chain", "5: the entry was changed", "chain"),
    ],
)
def test_records_evidence_and_the_audit_chain_are_judged_as_well(
    part: str, value: Any, invariant: str
) -> None:
    books = _whole()
    books["bo"] = replace(books["bo"], **{part: value})
    assert _names(check(books, ACCEPTED)) == {invariant}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("removed 2026-11-30T10:00:00Z recalled birth", "stands: birth"),
        ("removed 2026-11-30T10:00:00Z recalled birth", "removed, and still there"),
        ("recalled, and not confirmed", "removed 2026-11-30T10:00:00Z recalled birth"),
        ("withdrawn destroyed", "withdrawn destroyed, and still there"),
        ("withdrawn waits", "withdrawn kept proceedings"),
        ("outcome signed_paper=yes", "outcome signed_paper=no"),
        ("whole d1", "whole d2"),
        ("sent", "coming"),
    ],
)
def test_both_sides_say_the_same_of_alerts_consents_answers_and_files(
    ours: str, theirs: str
) -> None:
    key = f"{TALK}/part"
    for said, found in ((ours, set()), (theirs, {"records differ"})):
        books = _whole()
        for node, state in (("ar", ours), ("bo", said)):
            books[node] = replace(books[node], records={TALK: ("read",), key: (state,)})
        assert _names(check(books, ACCEPTED)) == found
        assert check(books, ACCEPTED, Allowed(wounded=frozenset({TALK}))) == []


def test_what_has_been_applied_is_counted_by_kind() -> None:
    assert kinds(_whole()) == {"referral.send": 1, "referral.state": 2}
    aside = _changed("bo", "got", "m2", state="set_aside", effects=())
    assert kinds(aside) == {"referral.send": 1, "referral.state": 1}


def test_after_a_restore_only_what_was_lost_is_excused() -> None:
    lost = {"state": "set_aside", "reason": "lost_in_restore", "effects": ()}
    books = _changed("bo", "got", "m2", **lost)
    assert _names(check(books, ACCEPTED)) == {"quarantine"}
    wounded = frozenset({TALK})
    told = Allowed(lost=frozenset({"m2"}), wounded=wounded)
    assert check(books, ACCEPTED, told) == []
    # That another one lies there as lost is not excused by it, nor that it was applied again.
    assert _names(check(books, ACCEPTED, Allowed(lost=frozenset({"m1"})))) == {"quarantine"}
    again = _changed("bo", "got", "m2", **{**lost, "effects": (9,)})
    assert _names(check(again, ACCEPTED, told)) == {"half applied"}


def test_what_a_lost_node_had_accepted_and_told_nobody_is_excused_by_name_only() -> None:
    books = _whole()
    accepted = {**ACCEPTED, "ar": {"m1", "m2", "m4", "m5"}}
    found = check(books, accepted, Allowed(gone=frozenset({"m4"})))
    assert [(one.invariant, one.about) for one in found] == [("forgotten", "m5")]


def test_what_was_held_back_after_a_restore_must_have_been_of_a_wounded_conversation() -> None:
    books = _whole()
    held = Sent("bo", "referral.state", TALK, 3, "cancelled", "restored")
    books["ar"] = replace(books["ar"], sent={**books["ar"].sent, "m9": held})
    assert _names(check(books, ACCEPTED)) == {"undelivered"}
    assert check(books, ACCEPTED, Allowed(wounded=frozenset({TALK}))) == []


def test_what_is_not_given_again_after_a_restore_was_for_the_node_that_was_restored() -> None:
    assert GIVEN == lost.GIVEN.name
    books = _whole()
    given = Sent("bo", GIVEN, "d" * 32, 1, "cancelled", "consent_missing")
    books["ar"] = replace(books["ar"], sent={**books["ar"].sent, "m9": given})
    assert _names(check(books, ACCEPTED)) == {"undelivered"}
    assert _names(check(books, ACCEPTED, Allowed(restored=frozenset({"ar"})))) == {"undelivered"}
    assert check(books, ACCEPTED, Allowed(restored=frozenset({"bo"}))) == []


def test_what_follows_in_a_wounded_conversation_may_find_nothing_and_in_others_not() -> None:
    aside = {"state": "set_aside", "reason": "not_found", "effects": ()}
    books = _changed("bo", "got", "m2", **aside)
    assert check(books, ACCEPTED, Allowed(wounded=frozenset({TALK}))) == []
    other = Allowed(wounded=frozenset({"d" * 32}))
    assert _names(check(books, ACCEPTED, other)) == {"quarantine"}


def test_a_broken_line_is_told_with_node_and_message() -> None:
    (found,) = check(_changed("bo", "got", "m2", effects=(9, 10)), ACCEPTED)
    assert str(found) == "not once at bo: m2 from ar: 2 times"


def test_the_loss_of_a_node_excuses_what_passed_since_its_books_were_last_judged() -> None:
    whole = _whole()
    known = replace(whole["bo"], got={"m1": whole["bo"].got["m1"]}, sent={})
    told = {"m3", "m8"}
    found = excused(Allowed(gone=frozenset({"m0"})), "bo", known, {"ar": whole["ar"]}, told)
    # m1 was in the backup; m2 came after it; m3 had reached Argentina, and m8 nobody.
    assert found.lost == {"m2"}
    assert found.gone == {"m0", "m8"}
    assert found.wounded == {TALK}
    nothing = excused(Allowed(), "bo", whole["bo"], {"ar": whole["ar"]}, set())
    assert nothing == Allowed(restored=frozenset({"bo"}))


def test_evidence_may_miss_what_was_lost_but_never_be_false() -> None:
    told = Allowed(wounded=frozenset({TALK}))
    for wrong, excuse in ((INCOMPLETE, True), ("message ar 1: not_genuine", False)):
        books = _whole()
        books["bo"] = replace(books["bo"], evidence={TALK: wrong})
        assert _names(check(books, ACCEPTED)) == {"evidence"}
        assert _names(check(books, ACCEPTED, told)) == (set() if excuse else {"evidence"})


def test_what_was_cancelled_for_a_removed_member_is_excused_for_that_member_only() -> None:
    cancelled = {"state": "cancelled", "reason": "not_a_member", "receipt": ""}
    books = _changed("ar", "sent", "m2", **cancelled)
    without = replace(books["bo"], got={"m1": books["bo"].got["m1"]}, records={TALK: ("sent",)})
    books["bo"] = without
    assert _names(check(books, ACCEPTED)) == {"undelivered", "records differ"}
    assert check(books, ACCEPTED, Allowed(removed=frozenset({"bo"}))) == []
    other = check(books, ACCEPTED, Allowed(removed=frozenset({"ar"})))
    assert _names(other) == {"undelivered", "records differ"}
    kept = excused(Allowed(removed=frozenset({"bo"})), "ar", _whole()["ar"], {}, set())
    assert kept.removed == {"bo"}, "a restore between excuses nothing less"


def _leaps(by: int) -> dict[str, Books]:
    """Argentina's second message bears a number so much higher, and Bolivia cannot say why."""
    books = _changed("ar", "sent", "m2", sequence=2 + by)
    books["bo"] = replace(_changed("bo", "got", "m2", sequence=2 + by)["bo"], evidence={})
    return {**books, "bo": replace(books["bo"], evidence={TALK: INCOMPLETE})}


def test_a_restored_node_may_leave_out_numbers_and_no_other_node_and_no_others() -> None:
    assert LEAP == account.LEAP
    told = Allowed(restored=frozenset({"ar"}))
    assert check(_leaps(LEAP), ACCEPTED, told) == []
    assert leapt(_leaps(LEAP), told) == {TALK}, "no court is asked for a whole one"
    assert leapt(_whole(), told) == set()
    assert _names(check(_leaps(LEAP), ACCEPTED)) == {"gap", "evidence"}
    other = Allowed(restored=frozenset({"bo"}))
    assert _names(check(_leaps(LEAP), ACCEPTED, other)) == {"gap", "evidence"}
    assert _names(check(_leaps(1), ACCEPTED, told)) == {"gap", "evidence"}
    apart = replace(_leaps(LEAP)["ar"], records={TALK: ("accepted",)})
    assert _names(check({**_leaps(LEAP), "ar": apart}, ACCEPTED, told)) == {"records differ"}
