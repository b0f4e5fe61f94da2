"""What noise costs: zero-concentrated differential privacy (zCDP). Pure, standard library only.

Unit: one record, added or removed. Costs of releases of the same record are added up in rho: Bun &
Steinke, "Concentrated Differential Privacy: Simplifications, Extensions, and Lower Bounds", TCC
2016 (arXiv:1605.02065): the Gaussian mechanism is Proposition 1.6, composition Lemma 1.7, groups
Proposition 1.9. The discrete Gaussian costs no more than the continuous one: Canonne, Kamath &
Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS 2020 (arXiv:2004.00010), Theorem
4; how rho reads as (epsilon, delta) is the bound on page 13 of its third version.

Every function errs on the safe side: what it says about a cost is never below the true cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

_STEPS = 200
_PLACES = Decimal("0.000000000001")


def gaussian_rho(scale: float, sensitivity: float = 1.0) -> float:
    """Rho of (discrete) Gaussian noise of this scale on a vector whose L2 norm one record changes
    by at most `sensitivity`."""
    return sensitivity**2 / (2 * scale**2)


def gaussian_scale(rho: float, sensitivity: float = 1.0) -> float:
    """The smallest scale of noise that costs at most `rho`."""
    return sensitivity / math.sqrt(2 * rho)


def delta_of(rho: float, epsilon: float) -> float:
    """The delta for which rho-zCDP implies (epsilon, delta)-differential privacy, at most 1.

    Any order alpha gives a true bound; the best one is where the derivative is zero.
    """
    if rho <= 0:
        return 0.0

    def slope(alpha: float) -> float:
        return (2 * alpha - 1) * rho - epsilon + math.log1p(-1 / alpha)

    low, high = 1.01, max((epsilon + 1) / (2 * rho) + 2, 3.0)
    alpha = _bisected(lambda a: slope(a) < 0, low, high)[1]
    exponent = (alpha - 1) * (alpha * rho - epsilon) + alpha * math.log1p(-1 / alpha)
    return min(1.0, math.exp(min(exponent, 1.0)) / (alpha - 1))


def rho_of(epsilon: float, delta: float) -> float:
    """The largest rho found that still implies (epsilon, delta)-differential privacy.

    Raises ValueError unless 0 < epsilon and 0 < delta < 1.
    """
    _check(epsilon, delta)
    return _bisected(lambda rho: delta_of(rho, epsilon) <= delta, 0.0, epsilon + 1)[0]


def epsilon_of(rho: float, delta: float) -> float:
    """The smallest epsilon found such that rho-zCDP implies (epsilon, delta)-DP."""
    _check(1.0, delta)
    if rho <= 0:
        return 0.0
    highest = rho + 2 * math.sqrt(rho * math.log(1 / delta))  # Bun & Steinke, Proposition 1.3
    return _bisected(lambda epsilon: delta_of(rho, epsilon) > delta, 0.0, highest)[1]


def delta_for(bound: int) -> float:
    """1 / (N ln N) for a public bound N on the number of records.

    The number of records itself is not public: adding one record changes it. N is declared before
    the records are looked at. Where N is not below the true number, this delta is at most
    1 / (n ln n); where it is, the promise (epsilon, this delta) holds all the same.
    """
    if bound < 3:
        raise ValueError("a bound of at least 3 records")
    return 1 / (bound * math.log(bound))


def group_rho(rho: float, records: int) -> float:
    """What a release that costs `rho` for one record costs somebody with several records in it."""
    return rho * records**2


def rounded_up(rho: float) -> Decimal:
    """As the ledger keeps it: twelve places, never less than it was."""
    return Decimal(rho).quantize(_PLACES, rounding=ROUND_CEILING)


def _check(epsilon: float, delta: float) -> None:
    if not (epsilon > 0 and 0 < delta < 1):
        raise ValueError("epsilon above 0, delta between 0 and 1")


def _bisected(holds: Callable[[float], bool], low: float, high: float) -> tuple[float, float]:
    """The last place found where `holds` is true (from `low`), and the first where it is not."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high
