"""The cell-key method: noise that is the same wherever the same records are counted. Pure.

Each record has a random key that stays with it. The key of a cell is the sum of its records' keys,
modulo 2^32, and leads, with the count, to a change in a table of noise (`noise`). So a cell has the
same value in every table and edition, and asking again tells nothing more. Margins do not add up,
and the table says so.

What it does not hide: a cell that holds its whole group has the same records as the group, so the
same value; and zero stays zero. `checking` refuses such a cell unless the release declares that the
attribute is no secret.

Sources: as `noise`; keys as sums after Fraser and Wooton 2005. Record keys never leave the node.
"""

from __future__ import annotations

import itertools
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ayni.statistics.disclosure import noise
from ayni.statistics.disclosure.findings import Check, Finding, NotDisclosable
from ayni.statistics.disclosure.noise import KEYS, Noise
from ayni.statistics.disclosure.suppressing import Full, check_small
from ayni.statistics.disclosure.tables import Cell, Columns, Counts, Release

LEAST_WIDTH = 3


def record_key() -> int:
    """A new record's key. It is kept with the record and never changed."""
    return secrets.randbelow(KEYS)


@dataclass(frozen=True, slots=True)
class CellKey:
    """What a release declares: the largest change, the variance, up to which count nothing is shown
    (`small`), and that no count below `threshold` can be narrowed down to less than `width`."""

    most: int = 5
    variance: float = 2.0
    small: int = 2
    threshold: int = 10
    width: int = LEAST_WIDTH
    full: Full = Full.HIDDEN
    secret: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_small(self.threshold, self.width, LEAST_WIDTH)

    @property
    def interval(self) -> int:
        """The declared width."""
        return self.width

    def table(self) -> Noise:
        """The table of noise. Raises `NotDisclosable`."""
        return noise.table(self.most, self.variance, self.small)

    def description(self) -> dict[str, Any]:
        """The parameters that travel with every table."""
        return {
            "method": "cell_key",
            **self.table().description(),
            "threshold": self.threshold,
            "width": self.width,
            "whole_groups": self.full.value,
            "secret": list(self.secret),
            "margins": "independent",
            "margins_add_up": False,
        }


@dataclass(frozen=True, slots=True)
class Perturbed:
    """`values` may be shown."""

    values: Mapping[Cell, int]
    parameters: Mapping[str, Any]


class Keys:
    """The keys of cells. They never leave the node."""

    def __init__(self, counts: Counts, over: Release, keys: Sequence[int]) -> None:
        """`keys`: one for each record of `counts`, in its order. Raises `NotDisclosable`."""
        columns: Columns = counts.columns
        if len(keys) != counts.records:
            raise _no_key(len(keys) + 1)
        for number, key in enumerate(keys, 1):
            if not 0 <= key < KEYS:
                raise _no_key(number)
        self._columns, self._keys, self._over = columns, keys, over.over
        self._sums: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}

    def of(self, place: Cell) -> int:
        """The key of a cell."""
        names = tuple(name for name, _label in place)
        if names not in self._sums:
            sums: dict[tuple[str, ...], int] = defaultdict(int)
            rows = zip(*[self._columns[name] for name in names], strict=True)
            for row, key in zip(rows if names else itertools.repeat(()), self._keys, strict=False):
                sums[row] += key
            self._sums[names] = dict(sums)
        sets = [self._over[name].holds(label) for name, label in place]
        return sum(self._sums[names].get(row, 0) for row in itertools.product(*sets)) % KEYS


def perturb(release: Release, counts: Counts, keys: Sequence[int], rules: CellKey) -> Perturbed:
    """Change every cell by what its key leads to. `keys`: one for each record of `counts`."""
    table, known = rules.table(), Keys(counts, release, keys)
    values = {}
    for place in release.cells():
        count = counts.of(place)
        values[place] = count + table.change(count, known.of(place)) if count else 0
    return Perturbed(values, rules.description())


def _no_key(number: int) -> NotDisclosable:
    return NotDisclosable(Finding("key_missing", Check.PARAMETERS, figures={"line": number}))
