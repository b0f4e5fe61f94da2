"""Sums for the whole node: what a national role may see of records that another institution holds.

They are kept when a load has ended, because nobody else reads the rows (row-level security). Sums
of two institutions are never added up: the same file may have been loaded for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.statistics.figures import FIGURES, Counted, count_linea145
from ayni.statistics.linea145 import SOURCE
from ayni.statistics.models import NodeSum


@dataclass(frozen=True, slots=True)
class HeldFigures:
    """The figures of one institution (by code), as they were when its last load ended."""

    holder: str
    counted_at: datetime
    figures: dict[str, Counted]


def keep_sums(*, by: Actor, now: datetime) -> None:
    """Count the rows of the actor's institution and keep the sums in place of the former ones."""
    holder = members.institution(by.institution).code
    counted = count_linea145(by=by)
    NodeSum.objects.filter(holder=holder, source=SOURCE).delete()
    NodeSum.objects.bulk_create(
        NodeSum(holder=holder, source=SOURCE, name=name, number=figure.numerator, counted_at=now)
        for name, figure in counted.items()
    )


def node_figures(*, by: Actor) -> list[HeldFigures]:
    """The sums that institutions of this node keep, by code; for national roles, which see no row.

    Sums kept before a figure was added are left out until the next load counts it.
    """
    members.check_may(by, members.Permission.NODE_FIGURES_READ)
    numbers: dict[str, dict[str, int]] = {}
    moments: dict[str, datetime] = {}
    for row in NodeSum.objects.filter(source=SOURCE).order_by("holder"):
        numbers.setdefault(row.holder, {})[row.name] = row.number
        moments[row.holder] = row.counted_at
    return [
        HeldFigures(
            holder,
            moments[holder],
            {
                name: Counted(name, told[name], told[figure.base], figure.base)
                for name, figure in FIGURES.items()
            },
        )
        for holder, told in numbers.items()
        if set(FIGURES) <= set(told)
    ]
