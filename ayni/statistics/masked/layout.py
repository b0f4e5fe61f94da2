"""How a table of counts lies in a row of cells, with every margin. Pure.

Each dimension has its categories and, last, their total; the last dimension runs fastest. The
margins travel with the cells so that a wrong share is noticed: where they do not add up, it was no
table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TOTAL = "total"
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """`dimensions`: name -> its categories, a public and fixed list; never what occurs."""

    dimensions: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def cells(self) -> int:
        """How many cells a row has, margins included."""
        return math.prod(len(categories) + 1 for _, categories in self.dimensions)

    @property
    def places(self) -> list[Place]:
        """The categories of each cell, in the order of the row."""
        return list(itertools.product(*((*c, TOTAL) for _, c in self.dimensions)))

    def row(self, counts: Mapping[Place, int]) -> list[int]:
        """Counts of inner cells as a row with all margins; what is absent counts zero.

        Raises `ValueError` for a place that the layout does not have.
        """
        known = set(itertools.product(*(c for _, c in self.dimensions)))
        if unknown := set(counts) - known:
            raise ValueError(f"no such cell: {sorted(unknown)[0]}")
        index = {place: n for n, place in enumerate(self.places)}
        row = [0] * self.cells
        for place, count in counts.items():
            for above in itertools.product(*((one, TOTAL) for one in place)):
                row[index[above]] += count
        return row

    def adds_up(self, row: Sequence[int]) -> bool:
        """Whether every total of the row is the sum of its parts."""
        if len(row) != self.cells:
            return False
        step = self.cells
        for _, categories in self.dimensions:
            size = len(categories) + 1
            block, step = step, step // size
            for start in range(0, self.cells, block):
                for offset in range(start, start + step):
                    line = row[offset : start + block : step]
                    if sum(line[:-1]) != line[-1]:
                        return False
        return True
