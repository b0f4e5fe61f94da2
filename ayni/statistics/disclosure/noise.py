"""The table of noise of the cell-key method: how likely each change of each count is. Pure.

For a count i the change v lies between -D and D, leaves no negative count and none from 1 to
`small`; on average it is nothing (unbiased) and its variance is V. Among all distributions that
keep this the one of greatest entropy is taken: it adds no other knowledge. It has the form
p(v) ~ exp(a v + b v v); a and b are found by Newton's method on the convex dual.

Where V cannot be kept for a small count (a count of 1 cannot lose more than 1) the nearest variance
that can be kept is taken, and the table says which. Zero stays zero.

Sources: Fraser and Wooton 2005, "A proposed method for confidentialising tabular output to protect
against differencing" (UNECE work session on statistical data confidentiality); Marley and Leaver
2011, "A method for confidentialising user-defined tables: statistical properties and a risk-utility
analysis" (58th World Statistical Congress); Giessing 2016, doi:10.1007/978-3-319-45381-1_18.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ayni.statistics.disclosure.findings import Check, Finding, NotDisclosable

KEYS = 2**32
MOST_CHANGE = 20
_EDGE = 1e-3  # share of the reachable variances that is left at either end
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """The changes of one count. `until[i]` of `KEYS` keys lead to one of `changes[:i+1]`."""

    changes: tuple[int, ...]
    likely: tuple[float, ...]
    until: tuple[int, ...]
    variance: float

    def change(self, key: int) -> int:
        """The change that a key from 0 to `KEYS` - 1 leads to."""
        return next(c for c, end in zip(self.changes, self.until, strict=True) if key < end)


@dataclass(frozen=True, slots=True)
class Noise:
    """Rows for the counts 0, 1, 2 …; the last row is for every larger count."""

    most: int
    variance: float
    small: int
    rows: tuple[Row, ...]

    def change(self, count: int, key: int) -> int:
        """What is added to a count whose cell has this key."""
        return self.rows[min(count, len(self.rows) - 1)].change(key)

    def around(self, value: int) -> tuple[int, int]:
        """The least and the greatest count that can have led to a value."""
        counts = [
            count
            for count in range(max(0, value - self.most), value + self.most + 1)
            if self._leads(count, value - count)
        ]
        return (min(counts), max(counts)) if counts else (value, value)

    def _leads(self, count: int, change: int) -> bool:
        row = self.rows[min(count, len(self.rows) - 1)]
        if change not in row.changes:
            return False
        at = row.changes.index(change)
        return row.until[at] > (row.until[at - 1] if at else 0)

    def description(self) -> dict[str, Any]:
        """The noise as it may be told: its form, not any key."""
        return {
            "most": self.most,
            "variance": self.variance,
            "small": self.small,
            "variances": [round(row.variance, 6) for row in self.rows],
        }


def table(most: int, variance: float, small: int = 0) -> Noise:
    """The table of noise for D = `most`, V = `variance` and no count from 1 to `small`.

    Raises `NotDisclosable` for parameters without a meaning.
    """
    for name, value, least, highest in (
        ("D", most, 1, MOST_CHANGE),
        ("V", variance, 0.1, most * most * 0.9),
        ("small", small, 0, most - 1),
    ):
        if not least <= value <= highest:
            figures = {"value": value, "least": least, "most": highest}
            raise NotDisclosable(Finding("parameter_outside", Check.PARAMETERS, name, figures))
    rows = [_row([0], 0.0)]
    for count in range(1, most + small + 2):
        changes = [
            change
            for change in range(-min(count, most), most + 1)
            if not 1 <= count + change <= small
        ]
        rows.append(_row(changes, variance))
    return Noise(most, variance, small, tuple(rows))


def _row(changes: Sequence[int], variance: float) -> Row:
    if len(changes) == 1:
        return Row(tuple(changes), (1.0,), (KEYS,), 0.0)
    least, most = _reachable(changes)
    edge = _EDGE * (most - least)
    target = min(max(variance, least + edge), most - edge) if most > least else least
    likely = _two_point(changes, least) if most - least < 1e-9 else _greatest(changes, target)
    until = _thresholds(changes, likely)
    return Row(tuple(changes), tuple(likely), until, target)


def _reachable(changes: Sequence[int]) -> tuple[float, float]:
    """The least and the greatest variance with mean zero: next to zero, and at the ends."""
    above, below = [c for c in changes if c > 0], [c for c in changes if c < 0]
    least = 0.0 if 0 in changes else float(min(above) * -max(below))
    return least, float(max(above) * -min(below))


def _two_point(changes: Sequence[int], variance: float) -> list[float]:
    low, high = min(changes), max(changes)
    share = high / (high - low)
    return [share if c == low else 1 - share if c == high else 0.0 for c in changes]


def _greatest(changes: Sequence[int], variance: float) -> list[float]:
    """Probabilities of greatest entropy with mean 0 and this variance, by Newton's method with
    halved steps on log sum exp(a v + b v v) - b V, which is convex in a and b."""
    a = b = 0.0
    for _step in range(_STEPS):
        likely = _form(changes, a, b)
        m1, m2, m3, m4 = (
            sum(p * c**n for c, p in zip(changes, likely, strict=True)) for n in (1, 2, 3, 4)
        )
        if abs(m1) < 1e-12 and abs(m2 - variance) < 1e-12:
            break
        h11, h12, h22 = m2 - m1 * m1, m3 - m1 * m2, m4 - m2 * m2
        det = h11 * h22 - h12 * h12
        if det <= 0:
            break
        da = (h22 * m1 - h12 * (m2 - variance)) / det
        db = (h11 * (m2 - variance) - h12 * m1) / det
        now, size = _dual(changes, a, b, variance), 1.0
        while size > 1e-10 and _dual(changes, a - size * da, b - size * db, variance) > now:
            size /= 2
        a, b = a - size * da, b - size * db
    return _form(changes, a, b)


def _form(changes: Sequence[int], a: float, b: float) -> list[float]:
    powers = [a * c + b * c * c for c in changes]
    top = max(powers)
    weights = [math.exp(each - top) for each in powers]
    whole = math.fsum(weights)
    return [each / whole for each in weights]


def _dual(changes: Sequence[int], a: float, b: float, variance: float) -> float:
    powers = [a * c + b * c * c for c in changes]
    top = max(powers)
    return top + math.log(math.fsum(math.exp(each - top) for each in powers)) - b * variance


def _thresholds(changes: Sequence[int], likely: Sequence[float]) -> tuple[int, ...]:
    """How many of the keys lead to each change, in whole numbers, with the mean still nearest to
    nothing: what rounding leaves over goes to the change nearest to zero."""
    keys = [int(Fraction(each) * KEYS) for each in likely]
    nearest = min(range(len(changes)), key=lambda i: (abs(changes[i]), -changes[i]))
    keys[nearest] += KEYS - sum(keys)
    return tuple(itertools.accumulate(keys))
