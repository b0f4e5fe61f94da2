"""Versions of what is published, and nodes that compare, against sets written out."""

from __future__ import annotations

import hashlib
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ayni.gazette import index_rules, rules
from ayni.gazette.rules import Taken

_HELD = st.lists(
    st.tuples(st.integers(min_value=1, max_value=12), st.sampled_from("abc")), max_size=12
)


@given(_HELD)
def test_a_line_is_the_same_in_whatever_order_and_how_often_its_versions_came(
    came: list[tuple[int, str]],
) -> None:
    one = rules.line(came)

    assert one == rules.line(list(reversed(came)) + came)
    numbers = {version for version, _digest in came}
    assert one.latest == max(numbers, default=0)
    assert set(one.missing) == set(range(1, one.latest)) - numbers
    doubled = {n for n in numbers if len({d for version, d in came if version == n}) > 1}
    assert set(one.doubled) == doubled
    assert one.contested == (one.latest in doubled)


@given(_HELD, st.integers(min_value=1, max_value=12), st.sampled_from("abc"))
def test_an_entry_is_kept_unless_the_same_bytes_are_here(
    held: list[tuple[int, str]], version: int, digest: str
) -> None:
    found = rules.judge(held, version=version, digest=digest)

    assert (found is Taken.SAME) == ((version, digest) in held)
    others = {d for n, d in held if n == version} - {digest}
    if found is not Taken.SAME:
        assert (found is Taken.SECOND) == bool(others)


@given(st.integers(min_value=0, max_value=9), st.integers(min_value=1, max_value=200))
def test_a_number_far_beyond_the_others_ends_no_line(known: int, gap: int) -> None:
    held = [(number, "a") for number in range(1, known + 1)]
    line = rules.line([*held, (known + gap + 1, "stolen")])

    within = gap <= rules.MOST_MISSING
    assert line.latest == (known + gap + 1 if within else known)
    assert len(line.missing) == (gap if within else 0)


def test_a_million_versions_left_out_are_not_written_down() -> None:
    line = rules.line([(1, "a"), (rules.MOST_VERSIONS, "b")])
    assert (line.latest, line.missing) == (1, ())


# -- nodes that compare


def _digests(numbers: set[int]) -> set[str]:
    return {hashlib.sha256(str(n).encode()).hexdigest() for n in numbers}


_NUMBERS = st.sets(st.integers(min_value=0, max_value=30), max_size=20)


@given(_NUMBERS, _NUMBERS)
def test_two_sums_are_alike_exactly_if_the_same_is_held(one: set[int], other: set[int]) -> None:
    ours, theirs = _digests(one), _digests(other)
    sums = {"bo": index_rules.sum_of(ours)}, {"bo": index_rules.sum_of(theirs)}

    assert (index_rules.other(*sums) == []) == (one == other)
    assert index_rules.other(sums[0], {}) == ([] if not one else ["bo"])


def _compare(asking: set[str], asked: set[str]) -> None:
    """One comparison as `comparing.py` does it: the one that was told another sum says what it
    holds; the other sends what that lacks, and says in turn what it holds if it lacks something."""
    if index_rules.sum_of(asking) == index_rules.sum_of(asked):
        return
    for begins, part in list(index_rules.parts(asking)):
        here, there = index_rules.differences(asked, part, begins=begins)
        asking |= set(here)
        if there:
            mine = [each for each in asked if each.startswith(begins)]
            for begin, list_of_it in index_rules.parts(mine, begins):
                asked |= set(index_rules.differences(asking, list_of_it, begins=begin)[0])


@given(st.lists(_NUMBERS, min_size=2, max_size=4))
def test_after_one_round_each_of_two_holds_what_either_held(held: list[set[int]]) -> None:
    nodes = [_digests(numbers) for numbers in held]
    everything = set().union(*nodes)
    for one, other in permutations(range(len(nodes)), 2):
        union = nodes[one] | nodes[other]
        _compare(nodes[one], nodes[other])
        assert nodes[one] == nodes[other] == union

    assert all(node == everything for node in nodes)


@given(st.lists(st.integers(min_value=1, max_value=150_000), max_size=300))
def test_loads_keep_the_order_lose_nothing_and_fit_a_message(sizes: list[int]) -> None:
    things = list(enumerate(sizes))
    loads = list(index_rules.loads([((n, size), size) for n, size in things]))

    assert [thing for load in loads for thing in load] == things
    for load in loads:
        assert 1 <= len(load) <= index_rules.MOST_SENT
        assert len(load) == 1 or sum(size for _n, size in load) <= index_rules.MOST_BYTES


def test_one_answer_sends_the_first_loads_and_no_more() -> None:
    things = [(n, 1) for n in range((index_rules.MOST_LOADS + 1) * index_rules.MOST_SENT)]
    loads = list(index_rules.first_loads(things))

    assert loads == list(index_rules.loads(things))[: index_rules.MOST_LOADS]


def test_what_is_asked_again_is_known_by_how_it_begins() -> None:
    assert index_rules.overlap("", ["ab"])
    assert index_rules.overlap("ab", [""])
    assert index_rules.overlap("ab", ["abc"])
    assert not index_rules.overlap("ab", ["a0", "b"])
    assert not index_rules.overlap("", [])


def test_what_is_too_long_for_one_list_comes_in_parts_that_together_are_it() -> None:
    digests = _digests(set(range(index_rules.MOST_LISTED + 1)))
    parts = list(index_rules.parts(digests))

    assert len(parts) == 16
    assert {each for _, part in parts for each in part} == digests
    assert all(each.startswith(begins) for begins, part in parts for each in part)
    assert list(index_rules.parts([])) == [("", [])]
