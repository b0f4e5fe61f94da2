"""The mode of differential privacy: noise once, and everything else follows from it. Pure, but for
the noise. Needs the extra `observatory`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from ayni.statistics.disclosure import records
from ayni.statistics.disclosure.findings import Check, Finding, Mode, Subject, Verdict
from ayni.statistics.privacy.accounting import rounded_up
from ayni.statistics.privacy.domain import Domain
from ayni.statistics.privacy.synthesis.encoding import counted, decode, encode
from ayni.statistics.privacy.synthesis.measuring import measure, measurements_of
from ayni.statistics.privacy.synthesis.planning import plan
from ayni.statistics.privacy.synthesis.release import Release, build, rebuild
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.declared import Declared
from ayni.statistics.releasing.joint import Joint

# What is measured of the open records, beside what the release itself declares.
MEASURED = ("known", "sensitive", "measured")


def cost(domain: Domain, declared: Declared) -> Decimal:
    """Rho of a release as it is declared. Raises `PlanRefused`."""
    return rounded_up(plan(domain, epsilon=declared.epsilon, bound=declared.bound).rho)


def noisy(domain: Domain, declared: Declared, joint: Joint) -> str:
    """Draws the noise, once: the noisy counts as they are kept. Spends the budget."""
    first, last = declared.years or (0, 9999)
    encoded = encode(domain, joint.columns(), cohorts=range(first, last + 1))
    # Of the years that are released and no others: `encoded.domain` is narrower than the domain.
    found = plan(encoded.domain, epsilon=declared.epsilon, bound=declared.bound)
    return measure(encoded, found).to_json()


def built(
    domain: Domain,
    counts: str,
    seed: bytes,
    about: Mapping[str, Any],
    known: Sequence[str] = (),
) -> tuple[Content, Verdict]:
    """The release of these noisy counts, and what speaks against it. `known`: the columns that
    others may know of somebody; where there are some, k, l and t of the open records are told."""
    release = build(measurements_of(domain, counts), seed)
    return _content(release, about, known), _verdict(release)


def rebuilt(
    domain: Domain, counts: str, seed: bytes, published: Content, about: Mapping[str, Any]
) -> Content:
    """The release again, as it was declared. Raises `MeasurementsRefused`."""
    declared = {k: v for k, v in published.parameters.items() if k not in MEASURED}
    release = rebuild(measurements_of(domain, counts), seed, declared)
    return _content(release, about, published.parameters.get("known", ()))


def _content(release: Release, about: Mapping[str, Any], known: Sequence[str]) -> Content:
    domain = release.domain
    tables = []
    for table in release.tables:
        values = [domain.column(name).values for name in table.columns]
        lines = tuple(
            Line(
                tuple(each[place] for each, place in zip(values, places, strict=True)),
                int(table.counts[places]),
                int(table.low[places]),
                int(table.high[places]),
            )
            for places in np.ndindex(*table.counts.shape)
        )
        tables.append(Shown("_".join(table.columns), table.columns, {}, lines))
    columns = decode(domain, release.codes)
    rows = list(zip(*[columns[name] for name in domain.names], strict=True))
    return Content(
        Mode.DIFFERENTIAL_PRIVACY.value,
        Subject.TABLES_AND_RECORDS.value,
        about,
        {**release.declaration, **_measured(domain, rows, known)},
        tuple(tables),
        (domain.names, *rows),
    )


def _measured(
    domain: Domain, rows: Sequence[Sequence[str]], known: Sequence[str]
) -> dict[str, Any]:
    """k, l and t of the open records, from what is published alone: it costs nothing. Every column
    that others may not know is one that must not be learned."""
    sensitive = [name for name in domain.names if name not in known]
    return records.measured(domain.names, rows, known, sensitive)


def _verdict(release: Release) -> Verdict:
    """Tables are counted in the open records, and each count lies in its interval. That the budget
    was charged is said by whoever charged it (`Check.BUDGET` is not among what ran here)."""
    found = []
    for table in release.tables:
        said = " × ".join(table.columns)
        if not np.array_equal(counted(release.domain, release.codes, table.columns), table.counts):
            found.append(Finding("tables_disagree", Check.AGREEMENT, said))
        if (table.low > table.counts).any() or (table.counts > table.high).any():
            found.append(Finding("interval_wrong", Check.AGREEMENT, said))
    ran = frozenset({Check.PARAMETERS, Check.AGREEMENT})
    return Verdict(
        Mode.DIFFERENTIAL_PRIVACY,
        Subject.TABLES_AND_RECORDS,
        dict(release.declaration),
        ran,
        tuple(found),
    )
