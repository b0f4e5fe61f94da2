"""The only step that looks at records: counts, with discrete Gaussian noise from OpenDP.

The noise comes from OpenDP's own source of randomness and cannot be drawn again: counting the same
records a second time is a second release and is paid for. What came out (`Measurements`) is kept,
and everything after it is worked out from it. numpy's generator is no source of noise."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import opendp.prelude as dp
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from ayni.statistics.privacy.domain import Domain, Names
from ayni.statistics.privacy.errors import DomainRefused, MeasurementsRefused, PlanRefused
from ayni.statistics.privacy.synthesis.encoding import Encoded, counted
from ayni.statistics.privacy.synthesis.planning import Plan, PlannedTable

Counts = NDArray[np.int64]
dp.enable_features("contrib")
_SPACE = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)


@dataclass(frozen=True)
class Measurements:
    """The noisy counts of every planned table, whole numbers that may be negative."""

    domain: Domain
    plan: Plan
    counts: Mapping[Names, Counts]

    def to_json(self) -> str:
        """As it is kept, to rebuild a release from. Noisy counts are safe to publish."""
        return json.dumps(
            {
                "domain": self.domain.digest,
                "years": list(self.domain.years),
                "epsilon": self.plan.epsilon,
                "delta": self.plan.delta,
                "bound": self.plan.bound,
                "rho": self.plan.rho,
                "tables": [
                    {
                        "columns": list(table.columns),
                        "scale": table.scale,
                        "published": table.published,
                        "counts": self.counts[table.columns].ravel().tolist(),
                    }
                    for table in self.plan.tables
                ],
            },
            sort_keys=True,
            separators=(",", ":"),
        )


def measurements_of(domain: Domain, text: str) -> Measurements:
    """Measurements from `to_json`, of the years that were measured; `domain` may declare others
    too. Raises `MeasurementsRefused` for another domain's, or none."""
    try:
        kept: dict[str, Any] = json.loads(text)
        domain = domain.of_years(kept["years"])
        if kept["domain"] != domain.digest:
            raise MeasurementsRefused(_("These counts belong to another declared domain."))
        tables, counts = [], {}
        for table in kept["tables"]:
            columns = tuple(table["columns"])
            tables.append(PlannedTable(columns, table["scale"], table["published"]))
            counts[columns] = np.array(table["counts"], np.int64).reshape(domain.shape(columns))
        plan = Plan(kept["epsilon"], kept["delta"], kept["bound"], kept["rho"], tuple(tables))
    except (DomainRefused, KeyError, TypeError, ValueError) as wrong:
        raise MeasurementsRefused(_("These are no noisy counts of a release.")) from wrong
    return Measurements(domain, plan, counts)


def measure(encoded: Encoded, plan: Plan) -> Measurements:
    """Counts every planned table of the records and adds noise. Spends the plan's budget, once.

    Raises `PlanRefused` if OpenDP reckons a higher cost than the plan says.
    """
    mechanisms = [_SPACE >> dp.m.then_gaussian(scale=table.scale) for table in plan.tables]
    if sum(mechanism.map(d_in=1.0) for mechanism in mechanisms) > plan.rho:
        raise PlanRefused(_("The tables cost more than the plan says."))
    counts = {}
    for table, mechanism in zip(plan.tables, mechanisms, strict=True):
        true = counted(encoded.domain, encoded.codes, table.columns)
        noisy = mechanism(true.ravel().tolist())
        counts[table.columns] = np.array(noisy, np.int64).reshape(true.shape)
    return Measurements(encoded.domain, plan, counts)


def total(measurements: Measurements) -> float:
    """The best estimate of the number of records: every table's sum is one, the more precise the
    fewer cells it has and the less noise; weighted by the inverse of the variance."""
    value = weight = 0.0
    for table in measurements.plan.tables:
        counts = measurements.counts[table.columns]
        precision = 1 / (counts.size * table.scale**2)
        value += float(counts.sum()) * precision
        weight += precision
    return value / weight


def half_width(scale: float, level: float) -> int:
    """The smallest whole number that discrete Gaussian noise of this scale exceeds in size with a
    probability of at most 1 - `level`: noisy count ± this holds the true count with `level`."""
    reach = math.ceil(scale * 12) + 1
    weights = [math.exp(-((k / scale) ** 2) / 2) for k in range(reach)]
    whole = 2 * sum(weights) - weights[0]
    inside = weights[0]
    for k in range(1, reach):
        if inside >= level * whole:
            return k - 1
        inside += 2 * weights[k]
    return reach
