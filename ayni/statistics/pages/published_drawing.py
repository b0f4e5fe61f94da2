"""The drawing of a published table: a time line, a pyramid, a map, or bars. It has the numbers of
the table below it; what is hidden there is hatched here, and is never drawn as zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from django.utils.translation import gettext as _

from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import ReleaseLine, Unit
from ayni.statistics.charts import palette
from ayni.statistics.charts.bars import Bars
from ayni.statistics.charts.choropleth import Choropleth
from ayni.statistics.charts.flows import Flow
from ayni.statistics.charts.lines import Lines
from ayni.statistics.charts.pyramid import Pyramid
from ayni.statistics.charts.svg import Frame
from ayni.statistics.charts.values import Hidden, Series, Value
from ayni.statistics.crossing import UNTOLD, Code, Cross
from ayni.statistics.errors import NoOutline
from ayni.statistics.indicators.register_words import AGES, COUNTRIES, SEXES, YEARS
from ayni.statistics.pages import numbers
from ayni.statistics.pages.outline_file import outline
from ayni.statistics.pages.release_tables import label

IDENT = "drawing"
MOST_BARS = 48  # more than this nobody compares; the table has all
MOST_SERIES = len(palette.CATEGORIES)
_SIDES = ({"female", "Female"}, {"male", "Male"})


def draw(title: str, facts: str, found: Cross) -> tuple[str, bool]:
    """The drawing that suits a table, as SVG, and whether it is a map; an empty text where there is
    nothing to draw. `facts`: what must be known to read it."""
    frame = Frame(IDENT, title, facts)
    for way in (_time, _pyramid, _map, _bars):
        said = way(frame, found)
        if said:
            return said, way is _map
    return "", False


def value(line: ReleaseLine | None) -> Value:
    """The number of a line with its interval; hidden where it is not shown or not there."""
    if line is None:
        return numbers.unknown()
    if line.value is None:
        return Value(_("not shown"), hidden=Hidden.SUPPRESSED)
    return Value(numbers.whole(line.value), line.value, low=line.low, high=line.high)


def _names(name: str, codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(label(name, code) for code in codes)


def _series(
    name: str, codes: Sequence[Code], at: Callable[[Code], tuple[Value, ...]]
) -> tuple[Series, ...]:
    return tuple(
        Series(_("Number") if code is None else label(name, code), at(code)) for code in codes
    )


def _time(frame: Frame, found: Cross) -> str:
    """A line over the years, of each value of the other column."""
    for time, other, codes, others, turned in (
        (found.row, found.column, found.rows, found.columns, False),
        (found.column, found.row, found.columns, found.rows, True),
    ):
        if time not in YEARS or len(codes) < 2 or len(others) > MOST_SERIES:
            continue
        years = sorted(codes)
        series = _series(
            other,
            others or (None,),
            lambda code, turned=turned, years=years: tuple(  # type: ignore[misc]
                value(found.line(code, y) if turned else found.line(y, code)) for y in years
            ),
        )
        return Lines(
            frame, statistics.dimension(time), tuple(years), series, numbers.words(),
            partial(numbers.axis, Unit.COUNT),
        ).draw()  # fmt: skip
    return ""


def _pyramid(frame: Frame, found: Cross) -> str:
    """Women and girls to the left, men and boys to the right, the youngest at the bottom."""
    turned = found.row in SEXES and found.column in AGES
    if not turned and not (found.row in AGES and found.column in SEXES):
        return ""
    sexes, ages = (found.rows, found.columns) if turned else (found.columns, found.rows)
    sex, age = (found.row, found.column) if turned else (found.column, found.row)
    sides = [next((each for each in sexes if each in side), "") for side in _SIDES]
    if not all(sides):
        return ""
    order = sorted(ages, key=lambda code: (code in UNTOLD, code != "child"))
    told = [
        Series(label(sex, each), tuple(
            value(found.line(each, one) if turned else found.line(one, each)) for one in order
        ))
        for each in sides
    ]  # fmt: skip
    return Pyramid(
        frame, statistics.dimension(age), _names(age, order), told[0], told[1], numbers.words()
    ).draw()


def _map(frame: Frame, found: Cross) -> str:
    """The states by how many are counted in each; between two columns of countries, arrows too."""
    places = [name for name in (found.column, found.row) if name in COUNTRIES]
    if not places:
        return ""
    try:
        drawn = outline()
    except NoOutline:
        return ""
    name = next((each for each in places if each != "citizenship"), places[0])
    turned = name == found.column
    lines = {
        code: found.line(None, code) if turned else found.line(code, None)
        for code in (found.columns if turned else found.rows)
        if code in drawn.states
    }
    if len(lines) < 2 or None in lines.values():
        return ""
    by_state = {code: value(line) for code, line in lines.items()}
    names = {each.alpha2: each.name for each in members.states().values()}
    other = "" if len(places) < 2 else (found.row if turned else found.column)
    return Choropleth(
        frame, drawn, names, by_state, numbers.unknown(), numbers.words(),
        partial(numbers.axis, Unit.COUNT), statistics.dimension(name), _("Number"),
        statistics.dimension(other) if other else "", statistics.dimension(name),
        _flows(found, turned=turned, states=list(drawn.states)) if other == "citizenship" else (),
        numbers.more_flows,
    ).draw()  # fmt: skip


def _flows(found: Cross, *, turned: bool, states: Sequence[str]) -> tuple[Flow, ...]:
    """From the state of citizenship to the other one."""
    starts, ends = (found.rows, found.columns) if turned else (found.columns, found.rows)
    return tuple(
        Flow(one, other, value(line))
        for one in starts for other in ends
        if one != other and one in states and other in states
        and (line := found.line(one, other) if turned else found.line(other, one)) is not None
        and line.value != 0
    )  # fmt: skip


def _bars(frame: Frame, found: Cross) -> str:
    """A bar for each cell; of a table with too many of them, for the total of each row."""
    if not found.rows:
        return ""
    columns: tuple[Code, ...] = found.columns or (None,)
    if len(columns) > MOST_SERIES or len(found.rows) * len(columns) > MOST_BARS:
        if not found.by_rows:
            return ""
        columns = (None,)
    rows = found.rows[:MOST_BARS]
    series = _series(
        found.column, columns, lambda code: tuple(value(found.line(row, code)) for row in rows)
    )
    return Bars(
        frame, statistics.dimension(found.row), _names(found.row, rows), series, numbers.words()
    ).draw()
