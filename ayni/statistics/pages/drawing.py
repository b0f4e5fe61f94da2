"""Which drawing an answer gets: a map with flows, a time line, a pyramid, or bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from django.utils.translation import gettext as _

from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Answer, Unit
from ayni.statistics.api import AnswerLine as Line
from ayni.statistics.charts.bars import Bars
from ayni.statistics.charts.choropleth import Choropleth
from ayni.statistics.charts.flows import Flow
from ayni.statistics.charts.lines import Lines
from ayni.statistics.charts.outline import Outline
from ayni.statistics.charts.pyramid import Pyramid
from ayni.statistics.charts.svg import Frame
from ayni.statistics.charts.values import Hidden, Series, Value
from ayni.statistics.pages import numbers
from ayni.statistics.pages.panels import (
    Panel,
    described,
    facts,
    headline,
    more,
    names_of,
    period,
    table,
    title_of,
)  # fmt: skip

# As many bars as one looks at; the table tells the others.
MOST_BARS = 12
# A table of all flows of twenty years would be most of the page: the files hold every row.
MOST_ROWS = 60


def frame(ident: str, title: str, answers: Iterable[Answer]) -> Frame:
    """The names of a drawing: what it is, and what must be known to read it."""
    return Frame(ident, title, " ".join(map(described, answers)))


def panel(ident: str, answer: Answer) -> Panel:
    """The drawing that suits the answer, with its facts and its table."""
    title = f"{title_of(answer)}, {period(answer)}"
    lines: Sequence[Line] = answer.lines
    by: Sequence[str] = answer.by
    if answer.over == ("year",):
        lines, by = answer.series, answer.over
        title = _("%(what)s, year by year, %(period)s") % {
            "what": title_of(answer),
            "period": period(answer),
        }
        svg = time_line(ident, title, answer)
    elif set(answer.by) == {"age", "sex"}:
        svg = pyramid(ident, title, answer)
    else:
        svg = bars(ident, title, answer, lines)
    head, rows = table(by, lines[:MOST_ROWS], answer.unit)
    return Panel(
        ident, title, svg, lead=headline(answer), facts=facts(answer), more=more(answer),
        caption=title, head=head, rows=rows, of_rows=len(lines), answer=answer,
    )  # fmt: skip


def bars(ident: str, title: str, answer: Answer, lines: Sequence[Line]) -> str:
    """A bar for each line; of many, the first ones."""
    shown = lines[:MOST_BARS]
    return Bars(
        frame(ident, title, [answer]),
        ", ".join(map(statistics.dimension, answer.by)),
        tuple(" → ".join(names_of(answer.by, line)) for line in shown),
        (Series(title_of(answer), tuple(numbers.value(line, answer.unit) for line in shown)),),
        numbers.words(),
    ).draw()


def time_line(ident: str, title: str, answer: Answer) -> str:
    """The headline (else the whole) of each year; a year without a row is not reported."""
    return time_lines(ident, title, [(title_of(answer), answer)])


def time_lines(ident: str, title: str, named: Sequence[tuple[str, Answer]]) -> str:
    """A line for each answer, over the years of all of them."""
    answers = [answer for _name, answer in named]
    first, last = min(a.years[0] for a in answers), max(a.years[1] for a in answers)
    unit = answers[0].unit
    years = [str(year) for year in range(first, last + 1)]
    series = []
    for name, answer in named:
        by_year = {line.codes[0]: line for line in answer.series}
        values = (
            _of_year(by_year[year], unit) if year in by_year else numbers.unknown()
            for year in years
        )  # fmt: skip
        series.append(Series(name, tuple(values)))
    return Lines(
        frame(ident, title, answers), statistics.dimension("year"), tuple(years), tuple(series),
        numbers.words(), partial(numbers.axis, unit),
    ).draw()  # fmt: skip


def _of_year(line: Line, unit: statistics.Unit) -> Value:
    return numbers.count(line) if unit is Unit.COUNT else numbers.share(line, unit)


def pyramid(ident: str, title: str, answer: Answer) -> str:
    """Women and girls to the left, men and boys to the right, the youngest at the bottom. Other
    sexes are in the table."""
    at = {name: n for n, name in enumerate(answer.by)}
    found = {(line.codes[at["age"]], line.codes[at["sex"]]): line for line in answer.lines}
    ages = list(dict.fromkeys(line.codes[at["age"]] for line in answer.lines))
    # "child" is the youngest whatever the order of the table.
    ages.sort(key=lambda code: code != "child")
    sides = []
    for sex in ("female", "male"):
        values = tuple(
            numbers.count_and_share(found[age, sex]) if (age, sex) in found else numbers.unknown()
            for age in ages
        )
        sides.append(Series(statistics.label("sex", sex), values))
    return Pyramid(
        frame(ident, title, [answer]), statistics.dimension("age"),
        tuple(statistics.label("age", age) for age in ages), sides[0], sides[1], numbers.words(),
    ).draw()  # fmt: skip


def map_of(
    ident: str, title: str, outline: Outline, detected: Answer, flows: Answer | None
) -> Choropleth:
    """The states by a count of each, and arrows of the flows between them."""
    by_state = {line.codes[0]: numbers.count(line) for line in detected.series or detected.lines}
    names = {each.alpha2: each.name for each in members.states().values()}
    arrows = tuple(flow_lines(flows)) if flows is not None else ()
    return Choropleth(
        frame(ident, title, [detected]), outline, names, by_state, numbers.unknown(),
        numbers.words(), partial(numbers.axis, Unit.COUNT), statistics.dimension("detected_in"),
        title_of(detected), statistics.dimension("citizenship"),
        statistics.dimension("detected_in"), arrows, numbers.more_flows,
    )  # fmt: skip


def flow_lines(flows: Answer) -> Iterable[Flow]:
    """Every line of an answer about flows, as an arrow from citizenship to place of detection."""
    start, end = flows.by.index("citizenship"), flows.by.index("detected_in")
    ways: dict[tuple[str, str], list[Line]] = {}
    for line in flows.lines:
        ways.setdefault((line.codes[start], line.codes[end]), []).append(line)
    for (one, other), lines in ways.items():
        yield Flow(one, other, _over_all(lines))


def _over_all(lines: Sequence[Line]) -> Value:
    """What the lines of one arrow, one for each place of exploitation, come to. A sum of which a
    part is masked is no number: it would tell what the mask hides, or be too small."""
    told = [line.count for line in lines if line.count is not None]
    if len(told) == len(lines):
        return Value(numbers.whole(sum(told)), sum(told))
    hidden = [line for line in lines if line.count is None]
    if len(lines) == 1:
        return numbers.count(hidden[0])
    if not told and not any(line.mask for line in hidden):
        return numbers.unknown()
    return Value(_("a part is withheld"), hidden=Hidden.SUPPRESSED)
