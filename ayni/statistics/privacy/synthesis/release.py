"""A release: tables with intervals, open records, and the declaration that says how they were made.

The published tables are counted in the open records, so whoever counts the file finds the tables,
cell by cell. Beside every count stands the interval that holds the true count with 95 %: it comes
from the noisy count of that cell and its known noise, and is widened where the published count lies
outside, so it promises no more than the noise allows, whatever the model did.

`measure` (in `measuring.py`) draws noise once; `build` works out everything else from what it gave
and a secret seed, the same every time: so a release is rebuilt without looking at a record again.
The seed shows nothing about the records; it is kept secret because it would show which component of
the model an open record came from."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from ayni.statistics.privacy.domain import Domain, Names
from ayni.statistics.privacy.errors import MeasurementsRefused
from ayni.statistics.privacy.synthesis.drawing import Care, draw
from ayni.statistics.privacy.synthesis.encoding import Codes, counted
from ayni.statistics.privacy.synthesis.measuring import Counts, Measurements, half_width
from ayni.statistics.privacy.synthesis.model import Effort, Mixture, effort_for, fit

LEVEL = 0.95
SEED_BYTES = 32


@dataclass(frozen=True)
class PublishedTable:
    """Counts of one table, and for each the interval from `low` to `high`, ends included.
    `scale` is that of the noise on each cell."""

    columns: Names
    scale: float
    counts: Counts
    low: Counts
    high: Counts


@dataclass(frozen=True)
class Release:
    """What is published: everything in it follows from noisy counts and is safe to show.
    `declaration` is plain data; `digest` names exactly these tables, records and declaration.
    `elsewhere`: where it was rebuilt, the parts of the machine that are not those of the first time
    ("numpy", "processor"); if the digest differs too, that is why."""

    domain: Domain
    tables: tuple[PublishedTable, ...]
    codes: Codes
    declaration: Mapping[str, Any]
    digest: str
    elsewhere: tuple[str, ...] = ()


def new_seed() -> bytes:
    """A secret seed for `build`, kept with the measurements and never published."""
    return secrets.token_bytes(SEED_BYTES)


def build(
    measurements: Measurements,
    seed: bytes,
    *,
    effort: Effort | None = None,
    care: Care | None = None,
    beside: Sequence[str] = (),
) -> Release:
    """The release of these measurements. The same measurements, seed, effort and care give the same
    release, byte by byte, on the same kind of machine. `beside`: releases of the same persons in
    the other mode; they stand in the declaration. Raises ValueError for a seed that is none."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed of {SEED_BYTES} bytes")
    effort, care = effort or effort_for(measurements.plan.bound), care or Care()
    mixture = fit(measurements, _generator(seed, "model"), effort)
    codes = draw(mixture, _generator(seed, "records"), care)
    domain = measurements.domain
    tables = tuple(
        _table(measurements, table.columns, table.scale, codes)
        for table in measurements.plan.tables
        if table.published
    )
    declaration = _declaration(measurements, len(codes), mixture) | {
        "effort": asdict(effort),
        "care": asdict(care) | {"moves": list(care.moves)},
        "beside": list(beside),
        **_machine(),
    }
    return Release(domain, tables, codes, declaration, _digest(domain, tables, codes, declaration))


def _machine() -> dict[str, str]:
    """On what sums may come out in another order: numpy, and what it uses of the processor."""
    able = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return {"numpy": np.__version__, "processor": " ".join([platform.machine(), *able])}


def rebuild(measurements: Measurements, seed: bytes, declaration: Mapping[str, Any]) -> Release:
    """The release that was declared so, from the measurements and the seed that were kept: its
    `digest` has to be the published one. `elsewhere` names what is another machine's, which may
    move single records. Raises `MeasurementsRefused` for a declaration that is not of these
    measurements in every part."""
    try:
        effort, care = Effort(**declaration["effort"]), dict(declaration["care"])
        moves = tuple(care.pop("moves"))
        same = Care(**care, moves=moves)
        beside = [str(each) for each in declaration["beside"]]
        declared = json.loads(json.dumps(dict(declaration)))
        made_on = {part: str(declared[part]) for part in _machine()}
    except (KeyError, TypeError, ValueError) as wrong:
        raise MeasurementsRefused(_("This is no declaration of a release.")) from wrong
    if declared["domain"]["sha256"] != measurements.domain.digest:
        raise MeasurementsRefused(_("This declaration belongs to other counts."))
    release = build(measurements, seed, effort=effort, care=same, beside=beside)
    ours = json.loads(json.dumps({**release.declaration, **made_on}))
    differ = sorted(
        part for part in {*ours, *declared} if ours.get(part, ...) != declared.get(part, ...)
    )
    elsewhere = tuple(part for part, value in _machine().items() if value != made_on[part])
    if differ and not (elsewhere and set(differ) <= {"records"}):
        raise MeasurementsRefused(
            _("This declaration is not that of these counts. What differs: %s") % ", ".join(differ)
        )
    digest = _digest(release.domain, release.tables, release.codes, ours)
    return replace(release, declaration=ours, digest=digest, elsewhere=elsewhere)


def _table(
    measurements: Measurements, columns: Names, scale: float, codes: Codes
) -> PublishedTable:
    counts = counted(measurements.domain, codes, columns)
    noisy, width = measurements.counts[columns], half_width(scale, LEVEL)
    low = np.minimum(counts, np.maximum(noisy - width, 0))
    high = np.maximum(counts, noisy + width)
    return PublishedTable(columns, scale, counts, low, high)


def _declaration(measurements: Measurements, records: int, mixture: Mixture) -> dict[str, Any]:
    plan, domain = measurements.plan, measurements.domain
    return {
        "mode": "differential privacy",
        "neighbours": "one record added or removed",
        "accounting": "zCDP",
        "epsilon": plan.epsilon,
        "delta": plan.delta,
        "rho": plan.rho,
        "bound": plan.bound,
        "noise": "discrete Gaussian",
        "level": LEVEL,
        "domain": {"id": domain.id, "version": domain.version, "sha256": domain.digest},
        "years": list(domain.years),
        "records": records,
        "components": len(mixture.weights),
        "tables": [
            {"columns": list(t.columns), "scale": round(t.scale, 3), "published": t.published}
            for t in plan.tables
        ],
    }


def _generator(seed: bytes, purpose: str) -> np.random.Generator:
    """A generator of its own for each purpose; for drawing from what is private already, not for
    noise."""
    derived = hashlib.sha256(seed + purpose.encode()).digest()
    return np.random.Generator(np.random.PCG64DXSM(int.from_bytes(derived)))


def _digest(
    domain: Domain,
    tables: tuple[PublishedTable, ...],
    codes: Codes,
    declaration: Mapping[str, Any],
) -> str:
    """SHA-256 over the domain's digest, the declaration, every table and every record,
    little-endian."""
    whole = hashlib.sha256(domain.digest.encode())
    whole.update(json.dumps(declaration, sort_keys=True, separators=(",", ":")).encode())
    for table in tables:
        whole.update(json.dumps(list(table.columns)).encode())
        for part in (table.counts, table.low, table.high):
            whole.update(part.astype("<i8").tobytes())
    whole.update(codes.astype("<i2").tobytes())
    return whole.hexdigest()
