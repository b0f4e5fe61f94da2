"""Records read into a declared domain: what is not declared goes to its bucket, or stays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from ayni.statistics.privacy.domain import Domain
from ayni.statistics.privacy.errors import RecordsRefused

Codes = NDArray[np.int16]


@dataclass(frozen=True)
class Encoded:
    """Records as places in the domain: `codes` has a row for each record and a column for each of
    the domain. `outside` (how many values of each column went to its bucket) and `left_out` (how
    many records do not belong to the release) are the operator's: they are exact and stay
    inside."""

    domain: Domain
    codes: Codes
    outside: Mapping[str, int]
    left_out: int


def encode(
    domain: Domain, columns: Mapping[str, Sequence[str]], *, cohorts: Sequence[int] | None = None
) -> Encoded:
    """The records in `columns` (for each column of the domain the values, one for each record;
    other columns are not looked at) of these years of registration; all declared years if none are
    named. The domain of what comes out knows no other year: plan with that one.

    Raises `RecordsRefused` for a missing column, or columns of different lengths; `DomainRefused`
    if none of the years is declared.
    """
    domain = domain if cohorts is None else domain.of_years(cohorts)
    missing = [name for name in domain.names if name not in columns]
    if missing:
        raise RecordsRefused(_("Missing columns: %s") % ", ".join(missing))
    lengths = {len(columns[name]) for name in domain.names}
    if len(lengths) != 1:
        raise RecordsRefused(_("The columns have different numbers of values."))
    codes = np.empty((lengths.pop(), len(domain.columns)), np.int16)
    kept = np.ones(len(codes), bool)
    unknown = np.zeros(codes.shape, bool)
    for place, column in enumerate(domain.columns):
        known = {value: code for code, value in enumerate(column.values)}
        found = codes[:, place]
        found[:] = [known.get(value, -1) for value in columns[column.name]]
        if column.bucket is None:
            kept &= found >= 0
        else:
            unknown[:, place] = found < 0
            found[found < 0] = known[column.bucket]
    outside = unknown[kept].sum(0)
    return Encoded(
        domain,
        codes[kept],
        {name: int(outside[place]) for place, name in enumerate(domain.names)},
        int((~kept).sum()),
    )


def decode(domain: Domain, codes: Codes) -> dict[str, list[str]]:
    """The values of records, for each column one list."""
    return {
        column.name: np.array(column.values, object)[codes[:, place]].tolist()
        for place, column in enumerate(domain.columns)
    }


def counted(domain: Domain, codes: Codes, table: Sequence[str]) -> NDArray[np.int64]:
    """How many records each cell of a table has. One record is in one cell, so adding or removing
    it changes one cell by one: the L1 and L2 sensitivity of a table is 1."""
    places = [domain.places[name] for name in table]
    shape = tuple(domain.sizes[place] for place in places)
    cells = np.zeros(len(codes), np.int64)
    for place, size in zip(places, shape, strict=True):
        cells *= size
        cells += codes[:, place]
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
