"""The pure parts of releases: what is read, coupled, packed, drawn from a seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics.releasing import aside, content, joint, states
from ayni.statistics.releasing.content import Content, Line, NotAContent, Shown
from ayni.statistics.releasing.joint import Column, Joint
from ayni.statistics.releasing.making import Stream
from ayni.statistics.releasing.states import Act, State

PEOPLE = st.lists(st.tuples(st.sampled_from("fmx"), st.sampled_from("ac"), st.sampled_from("BPZ")))


def counted(people: list[tuple[str, ...]], places: tuple[int, ...], names: str) -> Joint:
    return Joint(tuple(names), Counter(tuple(p[i] for i in places) for p in people))


@given(PEOPLE)
def test_two_counts_of_the_same_persons_become_one_that_says_what_both_say(
    people: list[tuple[str, ...]],
) -> None:
    one, other = counted(people, (0, 1), "sa"), counted(people, (0, 2), "sc")
    both = joint.coupled(one, other)
    assert both is not None
    columns = both.columns()
    assert Counter(zip(columns["s"], columns["a"], strict=True)) == Counter(one.cells)
    assert Counter(zip(columns["s"], columns["c"], strict=True)) == Counter(other.cells)


@given(PEOPLE.filter(bool))
def test_counts_of_other_persons_are_not_coupled(people: list[tuple[str, ...]]) -> None:
    one, other = counted(people, (0, 1), "sa"), counted(people[1:], (0, 2), "sc")
    assert joint.coupled(one, other) is None


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "odd"]), st.sampled_from(["1", "9"]))))
def test_what_is_not_declared_counts_as_other_or_is_left_out(rows: list[tuple[str, str]]) -> None:
    columns = (Column("x", ("a", "b", "other"), "other"), Column("y", ("1",), None))
    found = joint.read(columns, [(row, 2) for row in rows])
    kept = [row for row in rows if row[1] == "1"]
    assert found.records == 2 * len(kept)
    assert found.left_out == 2 * (len(rows) - len(kept))
    assert found.cells.get(("other", "1"), 0) == 2 * sum(x == "odd" for x, _y in kept)
    assert joint.joint_of(found.as_data()) == found


@given(PEOPLE, st.binary(min_size=32, max_size=32))
def test_a_record_keeps_its_key_when_another_comes(
    people: list[tuple[str, ...]], secret: bytes
) -> None:
    before = counted(people, (0, 1, 2), "sac")
    after = counted([*people, ("f", "a", "B")], (0, 1, 2), "sac")
    assert not Counter(before.keys(secret)) - Counter(after.keys(secret))


CODES = st.one_of(st.none(), st.text(max_size=5))
LINES = st.builds(Line, st.tuples(CODES, CODES), st.one_of(st.none(), st.integers(0, 999)))


@settings(max_examples=50)
@given(st.lists(LINES, max_size=30))
def test_a_content_is_the_same_after_its_journey(lines: list[Line]) -> None:
    made = Content(
        "classical", "tables", {"x": "ñ"}, {}, (Shown("t", ("a", "b"), {}, tuple(lines)),)
    )
    raw = made.to_bytes()
    parts = content.packed(raw)
    assert all(len(part) <= content.PART for part in parts)
    assert content.unpacked(parts, sha256=content.digest_of(raw)) == raw
    assert content.content_of(raw) == made
    assert content.content_of(raw).to_bytes() == raw


@given(st.lists(st.text(alphabet="ABCabc123+/=", max_size=40), max_size=4))
def test_parts_that_are_not_what_was_announced_are_refused(parts: list[str]) -> None:
    with pytest.raises(NotAContent):
        content.unpacked(parts, sha256="0" * 64)


@given(st.integers(1, 20), st.binary(min_size=32, max_size=32))
def test_a_stream_is_even_and_the_same_from_the_same_seed(below: int, seed: bytes) -> None:
    one, other = Stream(seed), Stream(seed)
    drawn = [one.below(below) for _ in range(200)]
    assert drawn == [other.below(below) for _ in range(200)]
    assert set(drawn) <= set(range(below))
    # The chance that a number of 20 is missing in 200 draws is below 20 * 0.95^200 = 0.0007.
    assert len(set(drawn)) >= below - 2


def test_no_act_leads_out_of_an_end_and_nothing_is_published_unreviewed() -> None:
    ends = set(State) - {state for state, _act in states.TRANSITIONS}
    assert ends == {
        State.REFUSED, State.SENT_BACK, State.REPLACED, State.WITHDRAWN, State.DISCARDED,
    }  # fmt: skip
    ways = {
        (state, act) for (state, act), to in states.TRANSITIONS.items() if to is State.PUBLISHED
    }
    assert ways == {(State.PUBLISHING, Act.PUBLISH)}
    signed = {(s, act) for (s, act), to in states.TRANSITIONS.items() if to is State.PUBLISHING}
    assert signed == {(State.ACCEPTED, Act.SIGN)}
    accepted = {(s, act) for (s, act), to in states.TRANSITIONS.items() if to is State.ACCEPTED}
    assert accepted == {(State.CHECKED, Act.ACCEPT), (State.PUBLISHING, Act.STOP)}
    assert states.leads_to(State.PROPOSED, Act.PUBLISH) is None


@given(st.integers(0, 5000), st.sampled_from([10, 100]))
def test_what_stands_aside_is_told_about_and_never_exactly(count: int, base: int) -> None:
    told = aside.masked(count, base)
    if told.about is None:
        assert count == 0
    elif told.about == 0:
        assert 0 < count < base
    else:
        assert told.about % base == 0
        assert abs(told.about - count) <= base // 2
    assert aside.aside_of(aside.Aside({"sex": told}, told, told).as_data()).outside == told
