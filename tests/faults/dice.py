"""Chance that a seed fixes: the same on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Numbers that follow from a seed alone (SHA-256 of seed and count)."""

    def __init__(self, seed: int | str) -> None:
        self._seed, self._thrown = seed, 0

    def fraction(self) -> float:
        """From 0 up to, but not, 1."""
        self._thrown += 1
        digest = hashlib.sha256(f"{self._seed}:{self._thrown}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self.fraction() * limit)

    def between(self, least: float, most: float) -> float:
        """A number between the two, to the millisecond."""
        return round(least + self.fraction() * (most - least), 3)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.below(len(choices))]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """The same things in another order."""
        left, order = list(things), []
        while left:
            order.append(left.pop(self.below(len(left))))
        return order
