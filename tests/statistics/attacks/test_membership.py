"""Who was in the records? An attacker who knows all else guesses no better than promised.

The attacker knows every other record and the noise's scale, sees many releases of the records with
and without one person, and says for a new one which it was. A mechanism that is (epsilon, delta)-
differentially private lets no test have an advantage (true less false positives) above
(e^epsilon - 1 + 2 delta) / (e^epsilon + 1), and rho-zCDP none above sqrt(rho / 2) (Pinsker).

The threshold is chosen on one half of the runs and judged on the other, so the measured advantage
is not above the attacker's true one except by chance: by Hoeffding's inequality by t with a
probability of at most exp(-runs t^2). The distance between both bounds here makes that less than
one in a million."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray

from ayni.statistics.privacy.synthesis.drawing import Care
from ayni.statistics.privacy.synthesis.encoding import Codes, counted
from ayni.statistics.privacy.synthesis.measuring import Measurements, measure
from ayni.statistics.privacy.synthesis.model import Effort
from ayni.statistics.privacy.synthesis.planning import Plan, plan
from ayni.statistics.privacy.synthesis.release import build, new_seed
from tests.statistics.privacy.invented import SMALL, encoded, records

RUNS = 200  # in each half, with and without
LITTLE, FEW = Effort(mixtures=1, components=8, steps=60), Care(visits=60, batch=20, moves=(3,))
ENOUGH = Effort(mixtures=2, components=30, steps=400)
PERSON = np.array([[1, 1, 3, 1]], np.int16)  # nobody else is like this
OTHERS: Codes = np.array(
    [row for row in records(60, 11) if (row != PERSON[0]).sum() >= 2], np.int16
)
Attack = Callable[[Measurements], float]


def _in_the_open_records(measurements: Measurements, effort: Effort = LITTLE) -> float:
    """How many open records there are, how many are like the person, and how alike."""
    release = build(measurements, new_seed(), effort=effort, care=FEW)
    alike = (release.codes == PERSON[0]).sum(1)
    same = (alike == len(SMALL.columns)).sum()
    return float(len(release.codes) + 0.5 * same + 0.02 * (alike >= 3).sum())


def _in_the_noisy_counts(measurements: Measurements) -> float:
    """The likelihood ratio of all noisy counts: no test on them is better (Neyman & Pearson)."""
    score = 0.0
    for table in measurements.plan.tables:
        cell = tuple(int(PERSON[0, SMALL.places[name]]) for name in table.columns)
        score += float(measurements.counts[table.columns][cell]) / table.scale**2
    return score


def _advantage(found: Plan, attack: Attack) -> float:
    def seen(codes: Codes) -> NDArray[np.float64]:
        return np.array([attack(measure(encoded(codes), found)) for _ in range(2 * RUNS)])

    present, absent = seen(np.concatenate([OTHERS, PERSON])), seen(OTHERS)

    def better(limit: float, half: slice) -> float:
        return float((present[half] >= limit).mean() - (absent[half] >= limit).mean())

    first, second = slice(0, RUNS), slice(RUNS, None)
    limits = np.unique(np.concatenate([present[first], absent[first]]))
    return better(max(limits, key=lambda limit: better(limit, first)), second)


@pytest.mark.parametrize("attack", [_in_the_open_records, _in_the_noisy_counts])
def test_the_attacker_gains_no_more_than_epsilon_allows(attack: Attack) -> None:
    found = plan(SMALL, epsilon=1, bound=100)
    allowed = (math.e - 1 + 2 * found.delta) / (math.e + 1)
    expected = math.sqrt(found.rho / 2)
    assert math.exp(-RUNS * (allowed - expected) ** 2) < 1e-6  # the test itself is sound

    assert _advantage(found, attack) <= allowed


def _best(rho: float) -> float:
    """The advantage of the best test there is against Gaussian noise that costs so much: the total
    variation of two normal distributions whose means are sqrt(2 rho) apart."""
    return 2 * NormalDist().cdf(math.sqrt(rho / 2)) - 1


def _of_the_best_test(found: Plan, runs: int) -> float:
    """Its measured advantage: the threshold lies in the middle, as whoever knows all others can
    work out, so nothing is chosen by what was seen."""
    middle = 0.0
    for table in found.tables:
        cell = tuple(int(PERSON[0, SMALL.places[name]]) for name in table.columns)
        others = float(counted(SMALL, OTHERS, table.columns)[cell])
        middle += (others + 0.5) / table.scale**2

    def above(codes: Codes) -> float:
        drawn = (_in_the_noisy_counts(measure(encoded(codes), found)) for _ in range(runs))
        return sum(each > middle for each in drawn) / runs

    return above(np.concatenate([OTHERS, PERSON])) - above(OTHERS)


def test_the_best_attack_gains_what_the_budget_says_and_more_with_twice_the_budget() -> None:
    runs = 1200
    once = plan(SMALL, epsilon=6, bound=100)
    twice = replace(
        once,
        rho=2 * once.rho,
        tables=tuple(replace(t, scale=t.scale / math.sqrt(2)) for t in once.tables),
    )
    margin = (_best(twice.rho) - _best(once.rho)) / 2
    # Four standard errors of a difference of two shares, both at most a half apart from one.
    share = (1 + _best(once.rho)) / 2
    assert margin > 4 * math.sqrt(2 * share * (1 - share) / runs)

    assert abs(_of_the_best_test(once, runs) - _best(once.rho)) < margin
    assert _of_the_best_test(twice, runs) > _best(once.rho) + margin


def test_open_records_without_noise_are_caught_by_the_same_attack() -> None:
    """The control: an attack that finds nobody would let any release pass."""
    honest = plan(SMALL, epsilon=1, bound=100)
    bare = replace(honest, rho=1e6, tables=tuple(replace(t, scale=0.02) for t in honest.tables))
    present, absent = np.concatenate([OTHERS, PERSON]), OTHERS
    runs = 8
    found = sum(
        _in_the_open_records(measure(encoded(present), bare), ENOUGH)
        > _in_the_open_records(measure(encoded(absent), bare), ENOUGH)
        for _ in range(runs)
    )
    # Without noise there is one record more than the others, who are all known.
    assert found >= runs - 1


def test_the_same_attack_succeeds_where_the_noise_is_too_small() -> None:
    careless = plan(SMALL, epsilon=10, bound=100)
    allowed = (math.e - 1 + 2 * careless.delta) / (math.e + 1)

    assert _advantage(careless, _in_the_noisy_counts) > allowed
