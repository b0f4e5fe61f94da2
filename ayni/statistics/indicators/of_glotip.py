"""What the newest edition of GLOTIP has for a question."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ayni.statistics.errors import NotLoaded, UnknownArea
from ayni.statistics.indicators import definition
from ayni.statistics.indicators.asking import STATE, Found, Question, dimensions_of, is_of_several
from ayni.statistics.indicators.definition import Counting
from ayni.statistics.indicators.result import Area, AreaKind, Standing
from ayni.statistics.sources import glotip_cells
from ayni.statistics.sources.tables import Edition


def from_glotip(question: Question, counting: Counting) -> Found:
    """What the newest edition of GLOTIP has. Raises `NotLoaded`, `UnknownArea`."""
    edition = glotip_cells.latest()
    if edition is None:
        raise NotLoaded(
            _(
                "GLOTIP has not been loaded on this node. Download the workbook from UNODC's data "
                "portal and run: ayni import_glotip FILE"
            )
        )
    area = _area_in(question.area, glotip_cells.regions(edition))
    years = question.years or glotip_cells.years_told(edition)
    measures: set[str] = set()
    splits: set[str] = set()
    for _table, selection in counting.selections():
        measures |= selection.only["measure"]
        splits |= selection.only["split"]
    dimensions = dimensions_of(counting, question.over)
    if is_of_several(question):
        dimensions.add(STATE)
    cells = glotip_cells.cells(
        edition,
        dimensions=dimensions,
        measures=measures,
        splits=splits,
        area=area,
        years=years,
    )
    return Found(
        tables={"": cells},
        years=years,
        area=_with_gaps(edition, area, measures, years),
        edition=edition.dated,
        file=edition.file,
        digest=edition.digest,
        read_at=edition.began_at,
        mask=glotip_cells.MASK,
        standing=Standing.PUBLISHED,
    )


def _area_in(area: Area, regions: list[str]) -> Area:
    if area.kind is AreaKind.HOLDER:
        raise UnknownArea(_("This source counts states and regions, not institutions."))
    if area.kind is not AreaKind.REGION:
        return area
    short = definition.sources()["glotip"].regions
    name = short.get(area.codes[0], area.codes[0])
    if name not in regions:
        raise UnknownArea(
            _("There is no region %(name)s. There are: %(known)s.")
            % {"name": repr(name[:60]), "known": ", ".join([*short, *regions])}
        )
    return Area(AreaKind.REGION, (name,))


def _with_gaps(edition: Edition, area: Area, measures: set[str], years: tuple[int, int]) -> Area:
    if area.kind is not AreaKind.STATES:
        return area
    told = glotip_cells.states_told(edition, measures=measures, area=area, years=years)
    return Area(area.kind, area.codes, tuple(code for code in area.codes if code not in told))
