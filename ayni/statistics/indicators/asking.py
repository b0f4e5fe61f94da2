"""Asking an indicator of a source: which rows, of which area and years, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from ayni.members import api as members
from ayni.statistics.errors import (
    NothingCounted,
    SourceCannot,
    UnknownArea,
    UnknownIndicator,
    WrongPeriod,
)
from ayni.statistics.indicators import definition, engine, hiding
from ayni.statistics.indicators.definition import Counting, Indicator, Source
from ayni.statistics.indicators.engine import Cell, Computed, Mask
from ayni.statistics.indicators.result import (
    Answer,
    Area,
    AreaKind,
    Missing,
    Origin,
    Standing,
    Words,
)

# Dimensions that may be asked for beside those of an indicator.
STATE = "detected_in"
OVER = ("year", STATE)
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Question:
    """`area` as `area_of` makes it; `years` both included, None: all that the source has; `over`:
    some of `OVER`."""

    indicator: str
    source: str
    area: Area
    years: tuple[int, int] | None = None
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has for a question: its cells, and who may see an answer made of them.
    `every`: the cells of all years, where the answers of two periods could be compared."""

    tables: Mapping[str, Sequence[Cell]]
    years: tuple[int, int]
    area: Area
    edition: date
    file: str
    digest: str
    read_at: datetime
    mask: Mask
    standing: Standing
    every: Mapping[str, Sequence[Cell]] | None = None


def indicator_of(code: str) -> Indicator:
    """The indicator with this code. Raises `UnknownIndicator`, which names those there are."""
    found = definition.indicators().get(code)
    if found is None:
        known = ", ".join(definition.indicators())
        raise UnknownIndicator(
            _("There is no indicator %(code)s. There are: %(known)s.")
            % {"code": repr(code[:40]), "known": known}
        )
    return found


def counting_of(indicator: Indicator, source: str) -> Counting:
    """How the source counts it. Raises `SourceCannot`, which names those that can."""
    found = indicator.sources.get(source)
    if found is None:
        raise SourceCannot(
            _("The source %(source)s does not say this. It is counted from: %(known)s.")
            % {"source": repr(source[:40]), "known": ", ".join(indicator.sources)}
        )
    return found


def area_of(*, states: str = "", region: str = "", corridor: str = "", holder: str = "") -> Area:
    """An area of what was written: `states` "all" (the ten) or codes with commas; `region` as the
    source names it, or short ("LAC"); `corridor` two codes, from and to ("BO-AR"); `holder` the
    code of an institution. None of them: the ten states. Raises `UnknownArea`."""
    given = [each for each in (states, region, corridor, holder) if each]
    if len(given) > 1:
        raise UnknownArea(_("Name states, or a region, or a corridor: one of them."))
    if region:
        return Area(AreaKind.REGION, (region,))
    if holder:
        return Area(AreaKind.HOLDER, (holder,))
    if corridor:
        codes = tuple(_code(part) for part in corridor.split("-"))
        if len(codes) != 2:
            raise UnknownArea(_("A corridor is two states, from and to, as BO-AR."))
        return Area(AreaKind.CORRIDOR, codes)
    ten = tuple(sorted(each.alpha2 for each in members.states().values()))
    if states in ("", "all"):
        return Area(AreaKind.STATES, ten)
    return Area(AreaKind.STATES, tuple(sorted({_code(part) for part in states.split(",")})))


def _code(text: str) -> str:
    """The alpha-2 code of one of the ten states, given as such or as alpha-3."""
    wanted = text.strip().upper()
    for state in members.states().values():
        if wanted in (state.alpha2, state.alpha3):
            return state.alpha2
    known = ", ".join(sorted(each.alpha2 for each in members.states().values()))
    raise UnknownArea(
        _("%(code)s is none of the ten states: %(known)s.")
        % {"code": repr(text.strip()[:20]), "known": known}
    )


def answer_from(question: Question, found: Found) -> Answer:
    """What a question comes to, over the cells that a source has. Raises `NothingCounted`."""
    indicator = indicator_of(question.indicator)
    counting = counting_of(indicator, question.source)
    computed = engine.compute(counting, found.tables, over=question.over, mask=found.mask)
    if not computed.lines:
        raise NothingCounted
    if found.standing is Standing.FIGURES:
        computed = _hidden(computed, question, found, counting)
    apart: tuple[tuple[str, Missing], ...] = ()
    if is_of_several(question) and counting.missing is not None:
        apart = engine.missing_in(counting, found.tables, found.mask, STATE)
    return made_of(question, found, computed, apart)


def is_of_several(question: Question) -> bool:
    """Whether what is missing has to be told state by state: of a published source that was asked
    of several states (own records are one institution's, and small numbers of theirs stay hidden).
    """
    published = definition.sources()[question.source].kind == "published"
    return published and question.area.kind is AreaKind.STATES and len(question.area.codes) > 1


def _hidden(computed: Computed, question: Question, found: Found, counting: Counting) -> Computed:
    """What a reader of figures sees of it."""
    over, parts = len(question.over), counting.rows is not None and counting.whole is None
    if found.every is None:
        return hiding.hide_small(computed, over=over, adds_up=parts)
    of_years = {
        year: engine.compute(counting, tables, mask=found.mask)
        for year, tables in _years_of(found.every).items()
    }
    first, last = found.years
    asked = {year for year in of_years if first <= int(year) <= last}
    is_whole = not over and asked == set(of_years)
    return hiding.hide_small_years(
        computed,
        of_years=of_years,
        together=computed if is_whole else engine.compute(counting, found.every, mask=found.mask),
        asked=asked,
        over=over,
        adds_up=parts,
    )


def _years_of(tables: Mapping[str, Sequence[Cell]]) -> dict[str, dict[str, list[Cell]]]:
    """The cells of each year that has any."""
    years: dict[str, dict[str, list[Cell]]] = {}
    for table, cells in tables.items():
        for cell in cells:
            years.setdefault(cell.codes["year"], {}).setdefault(table, []).append(cell)
    return years


def made_of(
    question: Question,
    found: Found,
    computed: Computed,
    missing_in: tuple[tuple[str, Missing], ...] = (),
) -> Answer:
    """An answer of these numbers, with everything that is said beside them."""
    indicator = indicator_of(question.indicator)
    counting = counting_of(indicator, question.source)
    source = definition.sources()[question.source]
    return Answer(
        indicator=indicator.code,
        title=indicator.title,
        unit=indicator.unit,
        crime=indicator.crime,
        origin=_origin(source, found),
        area=found.area,
        years=found.years,
        over=question.over,
        by=(*question.over, *(name for name in counting.by if name not in question.over)),
        lines=computed.lines,
        series=computed.series,
        total=computed.total,
        headline=computed.headline,
        missing=computed.missing,
        numerator=indicator.numerator,
        denominator=indicator.denominator,
        excluded=indicator.excluded,
        period=source.dated,
        standing=found.standing,
        notes=notes_of(counting),
        missing_in=missing_in,
        more={"cells_without_count": computed.without},
    )


def notes_of(counting: Counting) -> tuple[Words, ...]:
    """What a reader must know beside the numbers."""
    return (*counting.notes, *((counting.differs,) if counting.differs else ()))


def _origin(source: Source, found: Found) -> Origin:
    return Origin(
        code=source.code,
        title=source.title,
        edition=found.edition,
        file=found.file,
        digest=found.digest,
        read_at=found.read_at,
        attribution=source.attribution,
        coverage=source.coverage,
        counts=source.counts,
    )


def check(question: Question) -> Counting:
    """Refuse what no source could answer. Raises `UnknownIndicator`, `SourceCannot`,
    `WrongPeriod`, `UnknownArea`."""
    indicator = indicator_of(question.indicator)
    counting = counting_of(indicator, question.source)
    if question.years is not None:
        first, last = question.years
        if first > last:
            raise WrongPeriod
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise WrongPeriod(
                _("Years are written as 2020, from %(first)s to %(last)s.")
                % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
    unknown = [name for name in question.over if name not in OVER]
    if unknown or len(set(question.over)) != len(question.over):
        raise SourceCannot(
            _("Beside its own parts an indicator can be told by: %(known)s.")
            % {"known": ", ".join(OVER)}
        )
    if question.area.kind is AreaKind.CORRIDOR and not indicator.corridor:
        raise UnknownArea(_("This indicator says nothing of a way from one state to another."))
    return counting


def dimensions_of(counting: Counting, over: Sequence[str], table: str = "") -> set[str]:
    """Every dimension that is asked of the cells of a table."""
    asked = set(over) | set(counting.each)
    if counting.rows is not None and counting.table == table:
        asked |= set(counting.by)
    if counting.part is not None and counting.table == table:
        asked |= counting.part.dimensions
    for name, selection in counting.selections():
        if name == table:
            asked |= selection.dimensions
    return asked
