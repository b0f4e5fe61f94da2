"""Properties of the secretariat's figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation.scoreboard import (
    LEAST,
    NOT_SHOWN,
    Counts,
    Grade,
    figures,
    grade_bad,
    grade_days,
    grade_share,
)

NUMBERS = st.integers(0, 100_000)


@given(NUMBERS, NUMBERS, NUMBERS, st.floats(0, 1e6))
def test_no_figure_rests_on_fewer_than_ten_cases(
    whole: int, part: int, answers: int, days: float
) -> None:
    part = min(part, whole)
    found = figures(Counts("bo", whole, part, answers, days, whole, part))

    assert (found.accepted == NOT_SHOWN) is (whole < LEAST)
    assert (found.on_date == NOT_SHOWN) is (whole < LEAST)
    assert (found.days == NOT_SHOWN) is (answers < LEAST)
    if whole >= LEAST:
        assert found.accepted.value == pytest.approx(part / whole * 100)


@pytest.mark.parametrize(
    ("per_cent", "grade"),
    [(100, Grade.GOOD), (80, Grade.GOOD), (79.9, Grade.FAIR), (60, Grade.FAIR), (59, Grade.POOR)],
)
def test_shares_are_graded_as_the_imi_does(per_cent: float, grade: Grade) -> None:
    assert grade_share(per_cent) is grade


@pytest.mark.parametrize(
    ("days", "grade"), [(0, Grade.GOOD), (15.9, Grade.GOOD), (16, Grade.FAIR), (25, Grade.FAIR),
                        (25.1, Grade.POOR)],
)  # fmt: skip
def test_days_are_graded_as_the_imi_does(days: float, grade: Grade) -> None:
    assert grade_days(days) is grade


@pytest.mark.parametrize(
    ("per_cent", "grade"),
    [(0, Grade.GOOD), (4.9, Grade.GOOD), (5, Grade.FAIR), (14.9, Grade.FAIR), (15, Grade.POOR)],
)
def test_bad_ratings_are_graded_as_the_imi_does(per_cent: float, grade: Grade) -> None:
    assert grade_bad(per_cent) is grade


@given(NUMBERS, NUMBERS, NUMBERS)
def test_no_share_of_bad_ratings_rests_on_fewer_than_ten(rated: int, late: int, weak: int) -> None:
    late, weak = min(late, rated), min(weak, rated)
    found = figures(Counts("bo", 0, 0, 0, 0.0, 0, 0, rated, late, weak))

    assert (found.late == NOT_SHOWN) is (found.weak == NOT_SHOWN) is (rated < LEAST)
    if rated >= LEAST:
        assert found.late.value == pytest.approx(late / rated * 100)
        assert found.weak.value == pytest.approx(weak / rated * 100)
    assert found.overall is None, "the other three are not shown"


@pytest.mark.parametrize(
    ("counts", "overall"),
    [
        (Counts("bo", 10, 10, 10, 10.0, 10, 10, 10, 0, 0), 5),
        (Counts("bo", 10, 0, 10, 300.0, 10, 0, 10, 10, 10), -5),
        (Counts("bo", 10, 7, 10, 200.0, 10, 7, 10, 1, 1), 0),
        (Counts("bo", 10, 10, 10, 10.0, 10, 0, 10, 1, 0), 2),
        (Counts("bo", 10, 10, 10, 10.0, 10, 0, 9, 0, 0), None),
    ],
)
def test_together_good_counts_one_and_poor_one_less(counts: Counts, overall: int | None) -> None:
    assert figures(counts).overall == overall


def test_more_bad_ratings_than_ratings_are_refused() -> None:
    with pytest.raises(ValueError, match="bo"):
        figures(Counts("bo", 0, 0, 0, 0.0, 0, 0, 9, 10, 0))


def test_a_part_greater_than_its_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="bo"):
        figures(Counts("bo", 10, 11, 0, 0.0, 0, 0))
