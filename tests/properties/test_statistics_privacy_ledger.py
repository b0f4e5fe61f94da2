"""What noise costs, and who pays: accounting against references, a ledger within its limits."""

from __future__ import annotations

import math
from decimal import Decimal
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.privacy import accounting
from ayni.statistics.privacy.errors import (
    AlreadyReleased,
    ChargeRefused,
    OverBudget,
    OverPersonBudget,
    RevisionRefused,
)
from ayni.statistics.privacy.ledger import (
    Charge,
    ChargeKind,
    Ledger,
    Limits,
    can_charge,
    charged,
    check_charge,
)

pytestmark = pytest.mark.usefixtures("english")

EPSILONS = st.floats(0.05, 8)
DELTAS = st.floats(-10, -2).map(lambda power: 10**power)
RHOS = st.floats(0.0005, 1)
NORMAL = NormalDist()


def _by_trying_orders(rho: float, epsilon: float) -> float:
    """Corollary 13 of Canonne, Kamath & Steinke for many orders: each of them is a bound."""
    best = 1.0
    for number in range(4000):
        alpha = 1 + math.exp(-8 + number * 20 / 4000)
        log = (alpha - 1) * (alpha * rho - epsilon) - math.log(alpha - 1)
        log += alpha * math.log1p(-1 / alpha)
        best = min(best, math.exp(min(log, 0)))
    return best


def _of_a_gaussian(rho: float, epsilon: float) -> float:
    """The exact delta of Gaussian noise (Balle & Wang 2018, Theorem 8): no bound may lie below."""
    ratio = math.sqrt(2 * rho)
    return NORMAL.cdf(ratio / 2 - epsilon / ratio) - math.exp(epsilon) * NORMAL.cdf(
        -ratio / 2 - epsilon / ratio
    )


@given(rho=RHOS, epsilon=EPSILONS)
def test_delta_is_the_best_of_all_orders_and_never_below_that_of_gaussian_noise(
    rho: float, epsilon: float
) -> None:
    found = accounting.delta_of(rho, epsilon)

    assert found <= _by_trying_orders(rho, epsilon) * 1.01
    assert found >= _of_a_gaussian(rho, epsilon) * (1 - 1e-9) - 1e-13  # of two numbers near 1


@given(epsilon=EPSILONS, delta=DELTAS)
def test_rho_keeps_the_promise_and_hardly_more_would_not(epsilon: float, delta: float) -> None:
    rho = accounting.rho_of(epsilon, delta)

    assert accounting.delta_of(rho, epsilon) <= delta
    assert accounting.delta_of(rho * 1.001, epsilon) > delta


@given(rho=RHOS, delta=DELTAS)
def test_epsilon_is_on_the_safe_side_and_no_worse_than_the_first_bound(
    rho: float, delta: float
) -> None:
    epsilon = accounting.epsilon_of(rho, delta)

    assert accounting.delta_of(rho, epsilon) <= delta * (1 + 1e-9)
    assert epsilon <= rho + 2 * math.sqrt(rho * math.log(1 / delta))


@pytest.mark.parametrize(("epsilon", "rho"), [(1, 0.0258), (2, 0.0928), (4, 0.3256)])
def test_the_known_figures_for_fifty_thousand_records(epsilon: float, rho: float) -> None:
    assert accounting.rho_of(epsilon, accounting.delta_for(50_000)) == pytest.approx(rho, rel=0.002)


@given(bound=st.integers(3, 10**9), more=st.integers(1, 1000))
def test_a_higher_bound_never_promises_less(bound: int, more: int) -> None:
    assert accounting.delta_for(bound + more) < accounting.delta_for(bound)


@given(rho=RHOS)
def test_noise_and_its_cost_belong_together(rho: float) -> None:
    assert accounting.gaussian_rho(accounting.gaussian_scale(rho)) == pytest.approx(rho)
    assert accounting.rounded_up(rho) >= Decimal(rho)
    assert accounting.group_rho(rho, 3) == pytest.approx(9 * rho)


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 0.1), (-1, 0.1), (1, 0), (1, 1)])
def test_a_promise_of_nothing_is_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(ValueError, match="epsilon above 0"):
        accounting.rho_of(epsilon, delta)


COHORTS = st.frozensets(st.integers(2018, 2022), min_size=1, max_size=4)
COSTS = st.decimals("0.001", "0.05", places=3)
CHARGES = st.lists(
    st.tuples(st.sampled_from(ChargeKind), COHORTS, COSTS, st.sampled_from(["", "corrected"])),
    max_size=25,
)
LIMITS = Limits(release=Decimal("0.04"), record=Decimal("0.1"))


def _entered(asked: list[tuple[ChargeKind, frozenset[int], Decimal, str]]) -> Ledger:
    ledger = Ledger(LIMITS)
    for number, (kind, cohorts, rho, reason) in enumerate(asked):
        charge = Charge(f"r{number}", kind, cohorts, rho, reason)
        if can_charge(ledger, charge):
            ledger = charged(ledger, charge)
    return ledger


@given(asked=CHARGES)
def test_whatever_is_asked_nobody_is_told_about_beyond_the_limits(
    asked: list[tuple[ChargeKind, frozenset[int], Decimal, str]],
) -> None:
    ledger = _entered(asked)

    for cohort in range(2018, 2023):
        told = [c for c in ledger.charges if cohort in c.cohorts]
        assert sum(c.rho for c in told) <= LIMITS.record
        assert [c.kind for c in told] == [ChargeKind.FIRST, *[ChargeKind.REVISION] * len(told)][
            : len(told)
        ]
        assert ledger.spent(cohort) == sum(c.rho for c in told)
        assert ledger.person_rho([cohort]) == ledger.spent(cohort)
    assert all(c.rho <= LIMITS.release for c in ledger.charges)


@given(asked=CHARGES, cohort=st.integers(2018, 2022))
def test_what_is_left_may_be_spent_and_not_a_trifle_more(
    asked: list[tuple[ChargeKind, frozenset[int], Decimal, str]], cohort: int
) -> None:
    ledger = _entered(asked)
    kind = ChargeKind.REVISION if ledger.released([cohort]) else ChargeKind.FIRST
    left = ledger.left(cohort)
    if left:
        check_charge(ledger, Charge("next", kind, frozenset({cohort}), left, "corrected"))

    more = left + Decimal("0.001")
    with pytest.raises(OverBudget) as refused:
        check_charge(ledger, Charge("next", kind, frozenset({cohort}), more, "corrected"))

    assert refused.value.left == left
    assert f"{left}" in str(refused.value)


def test_a_record_enters_its_years_release_once() -> None:
    ledger = charged(
        Ledger(LIMITS), Charge("a", ChargeKind.FIRST, frozenset({2018, 2019}), Decimal("0.02"))
    )

    with pytest.raises(AlreadyReleased, match=r"2019 are in the release a already"):
        check_charge(
            ledger, Charge("b", ChargeKind.FIRST, frozenset({2019, 2020}), Decimal("0.02"))
        )


def test_a_revision_says_why_and_corrects_what_was_released() -> None:
    ledger = charged(
        Ledger(LIMITS), Charge("a", ChargeKind.FIRST, frozenset({2018}), Decimal("0.02"))
    )
    silent = Charge("b", ChargeKind.REVISION, frozenset({2018}), Decimal("0.02"))
    early = Charge("b", ChargeKind.REVISION, frozenset({2018, 2019}), Decimal("0.02"), "wrong code")

    for charge, said in ((silent, "says why"), (early, "2019 have not been released")):
        with pytest.raises(RevisionRefused, match=said):
            check_charge(ledger, charge)
    corrected = charged(
        ledger,
        Charge("b", ChargeKind.REVISION, frozenset({2018}), Decimal("0.02"), "wrong code"),
    )
    assert corrected.spent(2018) == Decimal("0.04")
    assert corrected.spent_epsilon(2018, 1e-6) > ledger.spent_epsilon(2018, 1e-6)


def test_the_same_release_is_charged_once_and_costs_something() -> None:
    first = Charge("a", ChargeKind.FIRST, frozenset({2018}), Decimal("0.02"))
    ledger = charged(Ledger(LIMITS), first)

    for charge in (
        Charge("a", ChargeKind.FIRST, frozenset({2019}), Decimal("0.02")),
        Charge("b", ChargeKind.FIRST, frozenset(), Decimal("0.02")),
        Charge("b", ChargeKind.FIRST, frozenset({2019}), Decimal(0)),
    ):
        with pytest.raises(ChargeRefused):
            check_charge(ledger, charge)


def test_a_person_of_several_years_pays_for_each_record() -> None:
    both = Charge("a", ChargeKind.FIRST, frozenset({2018, 2019}), Decimal("0.02"))
    third = Charge("b", ChargeKind.FIRST, frozenset({2020}), Decimal("0.01"))
    ledger = charged(charged(Ledger(LIMITS), both), third)

    assert ledger.person_rho([2018, 2019]) == Decimal("0.08")  # two records in one release
    assert ledger.person_rho([2018, 2020]) == Decimal("0.03")  # one in each of two


TWICE = Limits(Decimal("0.04"), Decimal("0.1"), person=Decimal("0.09"), registrations=2)


def test_a_person_registered_twice_is_told_about_within_her_own_limit() -> None:
    first = Charge("a", ChargeKind.FIRST, frozenset({2018, 2019}), Decimal("0.02"))
    ledger = charged(Ledger(TWICE), first)  # 0.08 for whoever is in both years
    again = Charge("b", ChargeKind.REVISION, frozenset({2018}), Decimal("0.02"), "corrected")

    with pytest.raises(OverPersonBudget, match=r"registered 2 times 0.10 rho; at most 0.09"):
        check_charge(ledger, again)
    assert can_charge(Ledger(LIMITS, ledger.charges), again)  # once: a record's limit
    assert ledger.dearest() == (Decimal("0.08"), (2018, 2019))


@given(asked=CHARGES)
def test_nobody_with_so_many_registrations_pays_more_than_is_declared(
    asked: list[tuple[ChargeKind, frozenset[int], Decimal, str]],
) -> None:
    ledger = Ledger(TWICE)
    for number, (kind, cohorts, rho, reason) in enumerate(asked):
        charge = Charge(f"r{number}", kind, cohorts, rho, reason)
        if can_charge(ledger, charge):
            ledger = charged(ledger, charge)

    for one in range(2018, 2023):
        for other in range(2018, 2023):
            assert ledger.person_rho({one, other}) <= TWICE.of_person


def test_a_record_whose_year_is_corrected_is_no_first_one_in_another_year() -> None:
    first = Charge("a", ChargeKind.FIRST, frozenset({2018}), Decimal("0.04"))
    ledger = charged(Ledger(LIMITS), first)
    moved = frozenset({(2018, 2019)})

    with pytest.raises(AlreadyReleased, match="2018"):
        check_charge(
            ledger,
            Charge("b", ChargeKind.FIRST, frozenset({2019}), Decimal("0.04"), moved=moved),
        )
    revision = Charge(
        "b", ChargeKind.REVISION, frozenset({2019}), Decimal("0.04"), "corrected", moved
    )
    ledger = charged(ledger, revision)
    third = Charge("c", ChargeKind.REVISION, frozenset({2019}), Decimal("0.04"), "corrected", moved)
    with pytest.raises(OverBudget, match="only 0.02 is left"):
        check_charge(ledger, third)


def test_limits_say_what_they_promise_a_person() -> None:
    assert TWICE.description() == {
        "release": "0.04", "record": "0.1", "person": "0.09", "registrations": 2,
    }  # fmt: skip
    assert LIMITS.of_person == LIMITS.record
    with pytest.raises(ValueError, match="at least once"):
        Limits(Decimal(1), Decimal(1), registrations=0)
