"""What a seed plans."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.dear import two_clocks
from tests.faults.dice import Dice
from tests.faults.plan import ALL_FROM, NETWORK, Fault, Kind, numbers, plan

NODES, STATES = ("ar", "bo", "secretariat"), ("ar", "bo")


def _all(seed: int, count: int) -> list[Fault]:
    rounds = plan(seed=seed, count=count, nodes=NODES, states=STATES)
    return [f for each in rounds for f in (*each.network, *(fault for _when, fault in each.dear))]


def test_a_seed_plans_the_same_faults_each_time_and_another_seed_plans_others() -> None:
    assert _all(7, 300) == _all(7, 300)
    assert _all(7, 300) != _all(8, 300)


def test_the_dice_fall_as_they_fell_when_a_seed_was_written_down() -> None:
    dice = Dice(2026)
    assert [dice.below(1000) for _ in range(6)] == [229, 422, 387, 280, 948, 243]
    assert sorted(Dice(1).shuffled(range(50))) == list(range(50))
    assert Dice(1).shuffled(range(50)) != list(range(50))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 1500))
def test_exactly_as_many_faults_as_asked_for_each_with_a_number_of_its_own(
    seed: int, count: int
) -> None:
    found = _all(seed, count)
    assert sorted(fault.number for fault in found) == list(range(1, count + 1))
    assert {fault.node for fault in found} <= set(NODES)
    told = numbers(count)
    assert sum(told.values()) == count
    assert all(number >= 0 for number in told.values())


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), count=st.integers(ALL_FROM, 1500))
def test_no_kind_is_left_out_of_a_long_run(seed: int, count: int) -> None:
    assert {fault.kind for fault in _all(seed, count)} == set(Kind)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 1500))
def test_most_faults_are_cheap_and_dear_ones_happen_before_the_round_is_half_over(
    seed: int, count: int
) -> None:
    for each in plan(seed=seed, count=count, nodes=NODES, states=STATES):
        assert all(fault.kind in NETWORK for fault in each.network)
        assert all(fault.kind not in NETWORK for _when, fault in each.dear)
        assert all(0 <= when <= len(each.network) // 2 for when, _fault in each.dear)
    dear = [fault for fault in _all(seed, count) if fault.kind not in NETWORK]
    assert len(dear) <= len(Kind) - len(NETWORK) + count * 8 // 100


def test_only_a_state_is_restored_and_a_kind_that_is_not_wanted_stays_away() -> None:
    assert {f.node for f in _all(3, 3000) if f.kind in {Kind.RESTORE, Kind.DISK}} <= set(STATES)
    absent = {Kind.AWAY, Kind.RESTORE_SECRETARIAT, Kind.DISK_SECRETARIAT}
    assert {f.node for f in _all(3, 3000) if f.kind in absent} == {"secretariat"}
    few = plan(seed=1, count=300, nodes=NODES, states=STATES, kinds=(Kind.TWICE, Kind.KILL_WEB))
    kinds = {f.kind for each in few for f in (*each.network, *(d for _w, d in each.dear))}
    assert kinds == {Kind.DELAY, Kind.TWICE, Kind.KILL_WEB}


def test_two_clocks_are_off_each_by_its_own() -> None:
    found = [f for seed in range(40) for f in _all(seed, 300) if f.kind is Kind.CLOCKS]
    told = [two_clocks(fault, NODES) for fault in found]
    assert all(len(each) == 2 and len(set(each.values())) == 2 for each in told)
    assert {frozenset(each) for each in told} == {
        frozenset(pair) for pair in (("ar", "bo"), ("ar", "secretariat"), ("bo", "secretariat"))
    }
    sides = {tuple(hours > 0 for hours in each.values()) for each in told}
    assert sides == {(True, True), (True, False), (False, True), (False, False)}
