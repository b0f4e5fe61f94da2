"""Cells of a GLOTIP edition, summed by the database over the dimensions that are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet, Sum

from ayni.statistics.indicators.engine import Cell, Mask
from ayni.statistics.indicators.result import Area, AreaKind
from ayni.statistics.sources.glotip import SOURCE
from ayni.statistics.sources.tables import Edition, Observation

MASK = Mask(most=4)  # "<5"
# Name of a dimension -> column; `form` and `citizenship` are the category of their split.
_COLUMNS = {
    "measure": "measure", "split": "split", "sex": "sex", "age": "age", "year": "year",
    "form": "category", "citizenship": "category", "detected_in": "state",
}  # fmt: skip


def latest() -> Edition | None:
    """The newest edition that is loaded whole: by its date, then by when it was loaded."""
    return (
        Edition.objects.filter(source=SOURCE, ended_at__isnull=False)
        .order_by("-dated", "-ended_at")
        .first()
    )


def cells(
    edition: Edition,
    *,
    dimensions: Iterable[str],
    measures: Iterable[str],
    splits: Iterable[str],
    area: Area,
    years: tuple[int, int],
) -> list[Cell]:
    """The rows of these measures and splits, summed over everything but `dimensions`."""
    names = sorted(set(dimensions))
    columns = sorted({_COLUMNS[name] for name in names})
    rows = (
        _of_area(edition, area)
        .filter(measure__in=sorted(measures), split__in=sorted(splits), year__range=years)
        .order_by()
        .values_list(*columns)
        .annotate(
            sum_=Sum("count"),
            told_=Count("count"),
            masked_=Count("id", filter=~Q(mask="")),
            rows_=Count("id"),
        )
    )
    found = []
    for row in rows:
        codes = dict(zip(columns, map(str, row), strict=False))
        total, told, masked, all_ = row[len(columns) :]
        found.append(
            Cell(
                codes={name: codes[_COLUMNS[name]] for name in names},
                count=total or 0,
                told=told,
                masked=masked,
                without=all_ - told - masked,
            )
        )
    return found


def states_told(
    edition: Edition, *, measures: Iterable[str], area: Area, years: tuple[int, int]
) -> set[str]:
    """The states of which there is any row of these measures in the period."""
    rows = _of_area(edition, area).filter(measure__in=sorted(measures), year__range=years)
    return set(rows.order_by().values_list("state", flat=True).distinct())


def regions(edition: Edition) -> list[str]:
    """Regions and their parts, as the workbook names them."""
    rows = edition.observations.order_by()
    found = set(rows.values_list("region", flat=True).distinct())
    return sorted(found | set(rows.values_list("subregion", flat=True).distinct()))


def years_told(edition: Edition) -> tuple[int, int]:
    """The first and the last year of an edition."""
    rows = edition.observations.order_by()
    first = rows.order_by("year").values_list("year", flat=True).first()
    last = rows.order_by("-year").values_list("year", flat=True).first()
    return first or 0, last or 0


def _of_area(edition: Edition, area: Area) -> QuerySet[Observation]:
    rows = Observation.objects.filter(edition=edition)
    match area.kind:
        case AreaKind.STATES:
            return rows.filter(state__in=area.codes)
        case AreaKind.REGION:
            return rows.filter(Q(region=area.codes[0]) | Q(subregion=area.codes[0]))
        case AreaKind.CORRIDOR:
            came_from, detected_in = area.codes
            return rows.filter(split="citizenship", category=came_from, state=detected_in)
        case _:
            return rows.none()
