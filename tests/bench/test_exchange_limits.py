"""What the benchmark of the exchange demands, of figures as it would measure them."""

from __future__ import annotations

import pytest

from bench.exchange import does_not_grow, grown, is_sustained


@pytest.mark.parametrize(("delivered", "held"), [(149.9, False), (150.0, True), (164.0, True)])
def test_the_rate_that_is_required_must_have_passed_and_not_nearly(
    delivered: float, held: bool
) -> None:
    found = {
        "required_a_second": 150.0, "offered_a_second": 165.0, "delivered_a_second": delivered,
    }  # fmt: skip
    assert is_sustained(found) is held


def test_growth_within_what_differs_without_growing_is_none() -> None:
    found = grown([3.4, 3.5, 3.6], [3.45, 3.55, 3.5])

    assert found == {"growth": 1.0, "noise": 1.059}
    assert does_not_grow(found)


def test_growth_above_the_noise_is_growth_however_small() -> None:
    found = grown([3.50, 3.51, 3.52], [3.60, 3.61, 3.62])

    assert found["growth"] == 1.028
    assert not does_not_grow(found)


def test_a_cost_that_grows_by_a_seventh_does_not_pass_as_it_did() -> None:
    assert not does_not_grow(grown([3.5, 3.5, 3.6], [4.0, 4.0, 4.0]))


def test_where_the_runs_differ_too_much_nothing_is_said_to_hold() -> None:
    assert not does_not_grow(grown([3.0, 3.5, 4.0], [3.5, 3.5, 3.5]))
