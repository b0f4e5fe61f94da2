"""How a budget is divided over the tables, before any record is looked at.

Noise of scale s on a table of m cells adds about m s to the sum of absolute errors. With all costs
1 / (2 s^2) adding up to a given rho, that sum is smallest where s is proportional to m^(-1/3):
large tables get less noise in each cell. Published tables share one part of the budget, all other
pairs of columns another; a small part measures the number of records, which is not public either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ayni.statistics.privacy.accounting import (
    delta_for,
    gaussian_rho,
    gaussian_scale,
    rho_of,
)
from ayni.statistics.privacy.domain import Domain, Names
from ayni.statistics.privacy.errors import PlanRefused

PUBLISHED_SHARE = 0.5
TOTAL_SHARE = 0.005
# What floating point may add up wrongly, many times over.
_KEPT_BACK = 1e-9


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """A table, the scale of its noise in records, and whether it is published."""

    columns: Names
    scale: float
    published: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is measured. Empty `columns` of the first table: the number of records.

    `rho` is what a record pays at most; `bound` is the declared public bound on the number of
    records from which `delta` follows. All of it is public.
    """

    epsilon: float
    delta: float
    bound: int
    rho: float
    tables: tuple[PlannedTable, ...]

    def cost(self) -> float:
        """What the tables cost together, in rho."""
        return sum(gaussian_rho(table.scale) for table in self.tables)


def plan(
    domain: Domain,
    *,
    epsilon: float,
    bound: int,
    published_share: float = PUBLISHED_SHARE,
    total_share: float = TOTAL_SHARE,
) -> Plan:
    """The noise of every table for this epsilon and delta = 1 / (N ln N), N the declared bound.

    Raises `PlanRefused` for an epsilon or a bound that promises nothing.
    """
    if not 0 < epsilon <= 10:
        raise PlanRefused(_("Epsilon lies above 0 and is at most 10."))
    if not 3 <= bound <= 10**9:
        raise PlanRefused(_("The bound on the number of records lies between 3 and 1,000,000,000."))
    delta = delta_for(bound)
    rho = rho_of(epsilon, delta)
    divided = rho * (1 - _KEPT_BACK)
    others = domain.other_pairs()
    if not others:
        published_share = 1 - total_share
    rest = max(0.0, 1 - published_share - total_share)
    tables = (
        PlannedTable((), gaussian_scale(divided * total_share), published=False),
        *_divided(domain, domain.tables, divided * published_share, published=True),
        *_divided(domain, others, divided * rest, published=False),
    )
    return Plan(epsilon, delta, bound, rho, tables)


def _divided(
    domain: Domain, tables: Sequence[Names], rho: float, *, published: bool
) -> list[PlannedTable]:
    weights = [domain.cells(table) ** (2 / 3) for table in tables]
    return [
        PlannedTable(table, gaussian_scale(rho * weight / sum(weights)), published)
        for table, weight in zip(tables, weights, strict=True)
    ]
