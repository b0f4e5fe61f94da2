"""A pace against a plain reading of it: within any stretch of time no more than the burst and what
has been earned since."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ayni.lib.pace import Counter, Pace

paces = st.builds(Pace, burst=st.integers(1, 12), every=st.sampled_from([0.25, 1.0, 30.0]))
steps = st.lists(st.integers(0, 200).map(lambda quarters: quarters / 4), max_size=80)


@given(paces, steps)
def test_no_stretch_of_time_takes_more_than_the_burst_and_what_it_earned(
    pace: Pace, waits: list[float]
) -> None:
    counter, now, taken = Counter(pace), 1000.0, []
    for step in waits:
        now += step
        if counter.wait("one", now) == 0:
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            stretch = taken[last] - taken[first]
            assert last - first + 1 <= pace.burst + stretch / pace.every + 1e-6


@given(paces, steps)
def test_whoever_waits_as_told_is_let_through_and_the_burst_is_free(
    pace: Pace, waits: list[float]
) -> None:
    counter, now = Counter(pace), 1000.0
    for number, step in enumerate(waits):
        seconds = counter.wait("one", now + step)
        assert seconds == 0 or number >= pace.burst
        assert seconds <= pace.every + 1e-6
        now += step + seconds
        if seconds:
            now += 1e-6
            assert counter.wait("one", now) == 0


@given(st.integers(1, 40))
def test_one_does_not_slow_down_another_and_memory_has_a_bound(most: int) -> None:
    counter = Counter(Pace(burst=1, every=60.0), most=most)
    assert [counter.wait(str(key), 0.0) for key in range(most)] == [0.0] * most
    assert counter.wait(str(most - 1), 1.0) > 0
    assert counter.wait("new", 1.0) == 0
    assert counter.wait("0", 1.0) == 0, "whoever asked least recently was forgotten"
