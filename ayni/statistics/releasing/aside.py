"""How many records stand under "other" or were left out: what a reviewer is told of them. Pure.

She judges what may be published, and for that she needs to know how much of the source is not in
the columns, never of whom. So no number here is exact: what is few is told as "fewer than", the
rest to the nearest multiple of a base. Under differential privacy the base is coarser, for the true
counts are erased once the noise is drawn and nothing here may bring one back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ayni.statistics.releasing.joint import Column, Joint

BASE = 10
COARSE = 100


@dataclass(frozen=True, slots=True)
class Masked:
    """`about`: None for none at all, 0 for fewer than `below`, else the nearest multiple of it."""

    about: int | None
    below: int


@dataclass(frozen=True, slots=True)
class Aside:
    """`under_other`: column -> records that stand under its value for all others, of the years that
    are released; `outside`: values of the source that are not in a column's list; `left_out`:
    records of the source that are not counted."""

    under_other: Mapping[str, Masked] = field(default_factory=dict)
    outside: Masked = Masked(None, BASE)
    left_out: Masked = Masked(None, BASE)

    def as_data(self) -> dict[str, Any]:
        """As it is kept, sealed."""
        return {
            "under_other": {name: _pair(each) for name, each in self.under_other.items()},
            "outside": _pair(self.outside),
            "left_out": _pair(self.left_out),
        }


def masked(count: int, base: int) -> Masked:
    """A count of records as it may be told."""
    if count <= 0:
        return Masked(None, base)
    if count < base:
        return Masked(0, base)
    return Masked(base * ((count + base // 2) // base), base)


def aside(
    columns: Sequence[Column], joint: Joint, year: str, years: tuple[int, int] | None, base: int
) -> Aside:
    """What stands aside in these counts. `year`: the column of years (empty: none); `years`: the
    first and the last that are released."""
    under: Counter[str] = Counter()
    places = {name: place for place, name in enumerate(joint.names)}
    others = [(each.name, places[each.name], each.other) for each in columns
              if each.other is not None and each.name != year]  # fmt: skip
    for codes, number in joint.cells.items():
        if years is not None and not years[0] <= int(codes[places[year]]) <= years[1]:
            continue
        for name, place, other in others:
            if codes[place] == other:
                under[name] += number
    return Aside(
        {name: masked(under[name], base) for name, _place, _other in others},
        masked(joint.outside, base),
        masked(joint.left_out, base),
    )


def aside_of(data: Mapping[str, Any]) -> Aside:
    """The same from `as_data`."""
    return Aside(
        {name: Masked(*each) for name, each in data["under_other"].items()},
        Masked(*data["outside"]),
        Masked(*data["left_out"]),
    )


def _pair(one: Masked) -> list[int | None]:
    return [one.about, one.below]
