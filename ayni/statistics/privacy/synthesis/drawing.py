"""Records drawn from the model, and set right until their tables are the model's.

Independent draws would miss every cell of every table by the square root of its count, as much as
the noise itself. So each component gives as many records as its weight says (systematic sampling),
the values of a column within a component are spread evenly, and afterwards single values are drawn
anew, each from its component but leaning towards the values that are still too few (a Gibbs step
with the miss of all pairs of columns, and of the published three-way tables, as its energy). What
is asked of the model was worked out from noisy counts only: this costs nothing.

Counts and targets are whole numbers below 2^24, exact in float32 in any order of adding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ayni.statistics.privacy.domain import Domain
from ayni.statistics.privacy.synthesis.encoding import Codes, counted
from ayni.statistics.privacy.synthesis.model import Floats, Mixture

_CHUNK = 20_000
_NEVER_ZERO = np.float32(1e-30)


@dataclass(frozen=True, slots=True)
class Care:
    """How records are set right: `visits` to a record at most, in all; `batch` records at a time,
    of which `moves` change the value of a column before the misses are reckoned anew (a number for
    each round); `lean`, how strongly misses count beside the component's chances; `rarest`, the
    chance below which a component never gives a value. Cells of which the model expects fewer than
    `floor` records are emptied as far as other cells allow, as if each were `barrier` records too
    full: scattered single records in them would be combinations that nobody had."""

    visits: int = 200_000
    batch: int = 250
    moves: tuple[int, ...] = (6, 4, 3, 2)
    lean: float = 0.5
    rarest: float = 1e-3
    floor: int = 5
    barrier: int = 30


def draw(mixture: Mixture, generator: np.random.Generator, care: Care) -> Codes:
    """As many records as the model's size says, in no order that means anything. Deterministic
    given the model and the generator."""
    count = max(0, round(mixture.size))
    ends = np.floor(np.cumsum(mixture.weights, dtype=float) * count + generator.random())
    ends = np.minimum(ends, count)
    ends[-1] = count
    component = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0).astype(int))
    codes = _spread(mixture, component, generator, care.rarest)
    if count:
        _Setting(mixture, codes, component, generator, care).run()
    return codes[generator.permutation(count)]


def _spread(
    mixture: Mixture, component: NDArray[np.int64], generator: np.random.Generator, rarest: float
) -> Codes:
    """Values for every record, each component's spread evenly over its chances."""
    domain, count = mixture.domain, len(component)
    codes = np.empty((count, len(domain.columns)), np.int16)
    members = np.bincount(component, minlength=len(mixture.weights))
    firsts = np.cumsum(members) - members
    place = np.arange(count) - firsts[component]
    start = 0
    for column, size in enumerate(domain.sizes):
        chances = mixture.chances[start : start + size].astype(float)
        chances[chances < rarest] = 0
        ends = np.cumsum(chances / chances.sum(0), axis=0)[:-1]
        order = np.argsort(generator.random(count) + component, kind="stable")
        rank = np.empty(count)
        rank[order] = place
        offsets = generator.random(len(members))
        even = (rank + offsets[component]) / members[component]
        codes[:, column] = (even > ends[:, component]).sum(0)
        start += size
    return codes


class _Setting:
    """Records on their way to the model's tables."""

    def __init__(
        self,
        mixture: Mixture,
        codes: Codes,
        component: NDArray[np.int64],
        generator: np.random.Generator,
        care: Care,
    ) -> None:
        self.domain, self.codes, self.component = mixture.domain, codes, component
        self.generator, self.care = generator, care
        sizes = np.array(self.domain.sizes)
        self.starts = np.cumsum(sizes) - sizes
        self.blocks = [
            slice(start, start + size) for start, size in zip(self.starts, sizes, strict=True)
        ]
        with np.errstate(divide="ignore"):
            chances = np.where(mixture.chances < care.rarest, 0, mixture.chances)
            self.likely = np.log(chances.T).astype(np.float32)
        self.pairs = self._pair_misses(mixture)
        self.triples = self._triple_misses(mixture)

    def run(self) -> None:
        """Visits records in rounds, with fewer and fewer moves at a time."""
        left, count = self.care.visits, len(self.codes)
        for moves in self.care.moves:
            visited = self.generator.permutation(count)[:left]
            for start in range(0, len(visited), self.care.batch):
                self._visit(visited[start : start + self.care.batch], moves)
            left -= len(visited)

    def _pair_misses(self, mixture: Mixture) -> Floats:
        """How many records too many each pair of values has. Within a column: its values alone."""
        rows = len(mixture.chances)
        found = np.zeros((rows, rows), np.float32)
        for start in range(0, len(self.codes), _CHUNK):
            ones = self._ones(self.codes[start : start + _CHUNK])
            found += ones.T @ ones
        size = np.float32(len(self.codes))
        target = np.rint(size * ((mixture.chances * mixture.weights) @ mixture.chances.T))
        found += np.where(target < self.care.floor, np.float32(self.care.barrier), -target)
        single = np.rint(size * (mixture.chances @ mixture.weights))
        for column, block in enumerate(self.blocks):
            own = np.bincount(self.codes[:, column], minlength=self.domain.sizes[column])
            found[block, block] = np.diag(own.astype(np.float32) - single[block])
        return found

    def _triple_misses(self, mixture: Mixture) -> list[tuple[tuple[int, ...], Floats]]:
        misses = []
        for table in self.domain.tables:
            if len(table) == 3:
                target = np.rint(np.float32(len(self.codes)) * mixture.shares(table))
                miss = counted(self.domain, self.codes, table) + np.where(
                    target < self.care.floor, np.float32(self.care.barrier), -target
                )
                columns = tuple(self.domain.places[name] for name in table)
                misses.append((columns, miss.astype(np.float32)))
        return misses

    def _ones(self, codes: Codes) -> Floats:
        ones = np.zeros((len(codes), sum(self.domain.sizes)), np.float32)
        ones[np.arange(len(codes))[:, None], codes + self.starts] = 1
        return ones

    def _visit(self, records: NDArray[np.int64], moves: int) -> None:
        """Every column of these records once, in a random order."""
        codes, ones = self.codes[records], self._ones(self.codes[records])
        likely = self.likely[self.component[records]]
        every = np.arange(len(records))
        for column in self.generator.permutation(len(self.blocks)):
            block, old = self.blocks[column], codes[:, column].astype(np.int64)
            ones[:, block] = 0
            energy = self._energy(codes, ones, column)
            energy += len(self.blocks) + len(self.triples) - energy[every, old][:, None]
            energy[every, old] = 0
            chance = self.generator.standard_exponential(energy.shape, np.float32)
            chance = np.maximum(chance, _NEVER_ZERO)
            best = likely[:, block] - np.float32(self.care.lean) * energy - np.log(chance)
            new = best.argmax(1)
            moved = np.flatnonzero(new != old)
            if len(moved) > moves:
                moved = self.generator.choice(moved, moves, replace=False)
            if len(moved):
                self._move(codes, ones, column, moved, new[moved])
            ones[every, block.start + codes[:, column]] = 1
        self.codes[records] = codes

    def _energy(self, codes: Codes, ones: Floats, column: int) -> Floats:
        """For each record and each value of the column: the records too many it would join."""
        block = self.blocks[column]
        energy: Floats = ones @ self.pairs[:, block] + self.pairs[block, block].diagonal()
        for columns, miss in self.triples:
            if column in columns:
                axis = columns.index(column)
                others = tuple(codes[:, other] for other in columns if other != column)
                energy += np.moveaxis(miss, axis, 2)[others]
        return energy

    def _move(
        self,
        codes: Codes,
        ones: Floats,
        column: int,
        moved: NDArray[np.int64],
        new: NDArray[np.int64],
    ) -> None:
        block, old = self.blocks[column], codes[moved, column].astype(np.int64)
        change = np.zeros((len(moved), self.domain.sizes[column]), np.float32)
        change[np.arange(len(moved)), new] += 1
        change[np.arange(len(moved)), old] -= 1
        joined = change.T @ ones[moved]
        self.pairs[block] += joined
        self.pairs[:, block] += joined.T
        self.pairs[block, block] += np.diag(change.sum(0))
        for columns, miss in self.triples:
            if column in columns:
                cells: list[NDArray[np.int64]] = [codes[moved, c].astype(np.int64) for c in columns]
                np.add.at(miss, tuple(cells), -1)
                cells[columns.index(column)] = new
                np.add.at(miss, tuple(cells), 1)
        codes[moved, column] = new.astype(np.int16)


def misses(mixture: Mixture, codes: Codes, tables: Sequence[tuple[str, ...]]) -> float:
    """The mean distance, in records, between a cell of these tables counted in the records and the
    count that the model expects. Both are free to publish."""
    apart: list[Floats] = []
    domain: Domain = mixture.domain
    for table in tables:
        expected = mixture.shares(table) * np.float32(len(codes))
        apart.append(np.abs(counted(domain, codes, table) - expected).ravel())
    return float(np.concatenate(apart).mean())
