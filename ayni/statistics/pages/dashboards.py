"""What each dashboard asks for. An answer that is refused is told in its place; a filter that would
leave so few cases that somebody could be recognised is refused as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Answer
from ayni.statistics.api import AnswerLine as Line
from ayni.statistics.errors import TooFew
from ayni.statistics.pages import drawing, numbers
from ayni.statistics.pages.filters import Filters
from ayni.statistics.pages.outline_file import outline
from ayni.statistics.pages.panels import (
    Panel,
    facts,
    more,
    period,
    say,
    table,
    title_of,
)  # fmt: skip

BOTH_WAYS = statistics.Words(
    "Both ways between the two states, year by year; each line says of which way it is.",
    "Los dos sentidos entre los dos Estados, año por año; cada línea dice de qué sentido es.",
    "Os dois sentidos entre os dois Estados, ano por ano; cada linha diz de qual sentido é.",
)
# In the order in which they stand; each is shown where the chosen source counts it.
COMMON: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("by-year", "detected", ("year",)),
    ("women", "share_female", ()),
    ("women-by-year", "share_female", ("year",)),
    ("ages", "age_by_sex", ()),
    ("forms", "forms", ()),
    ("triage", "triage", ()),
    ("referral", "first_referral", ()),
    ("answers", "answered_on_time", ()),
    ("outcomes", "outcomes", ()),
    ("missing", "missing_values", ()),
)
# The other crime has a page of its own, for nothing of the two may seem to add up.
SMUGGLING: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("by-year", "smuggled", ("year",)),
    ("ages", "smuggled_age_by_sex", ()),
    ("citizenships", "smuggled_citizenships", ()),
)
PUBLISHED_KIND = "published"
Asks = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dashboard that is made when it is wanted: on the page, or as a file."""

    ident: str
    title: str
    make: Callable[[], Panel]

    def told(self) -> Panel:
        """The panel, or in its place why the source says nothing. Raises `TooFew` and `NotAllowed`:
        they are about the whole page."""
        try:
            return self.make()
        except (NotAllowed, TooFew):
            raise
        except Refused as refused:
            return Panel(self.ident, self.title, refused=str(refused))


def sources_for(by: Actor, kinds: Collection[str], *, of: str = "") -> list[str]:
    """The sources of these kinds that this officer may choose, the published ones first: records of
    this node are for those who read its figures, clocks for those who read clocks. `of`: only
    those that count this indicator."""
    needed = {
        "own": (members.Permission.FIGURES_READ, members.Permission.NODE_FIGURES_READ),
        "clocks": (members.Permission.STATE_CLOCKS_READ,),
    }
    return [
        code
        for code, source in statistics.sources().items()
        if source.kind in kinds
        and (not of or code in statistics.indicators()[of].sources)
        and (
            source.kind == PUBLISHED_KIND
            or any(members.may(by, each) for each in needed[source.kind])
        )
    ]


def institutions_for(by: Actor, sources: Collection[str]) -> dict[str, list[str]]:
    """Of each of these sources that institutions of this node keep: the codes of those between
    which this officer chooses. None for who reads the figures of her own alone, nor of one."""
    if not members.may(by, members.Permission.NODE_FIGURES_READ):
        return {}
    own = [code for code in sources if statistics.sources()[code].kind == "own"]
    found = statistics.holders_of(own)
    return {code: known for code, known in found.items() if len(known) > 1}


def _area(filters: Filters, state: str) -> statistics.Area:
    """One state; of records of this node the institution that was chosen."""
    if filters.institution and state.lower() == members.this_node():
        return statistics.area_of(holder=filters.institution)
    return statistics.area_of(states=state)


def asking(by: Actor, filters: Filters, area: statistics.Area) -> Asks:
    """A function that asks an indicator within the filters of the page. It raises `TooFew` where
    they leave fewer than may be shown to this reader."""

    def ask(indicator: str, *over: str) -> Answer:
        question = statistics.Question(indicator, filters.source, area, filters.years, over)
        answer = statistics.ask_indicator(by=by, question=question)
        check_enough(answer)
        return answer

    return ask


def check_enough(answer: Answer) -> None:
    """Raise `TooFew` where the whole of an unpublished answer is itself a number too small to be
    shown: what is left could single somebody out, and the next filter would."""
    if answer.standing is not statistics.Standing.FIGURES:
        return
    if answer.total.count is None and answer.total.mask:
        raise TooFew(answer.total.mask)


def region(by: Actor, filters: Filters) -> Iterator[Part]:
    """The ten states together: the map first."""
    ask = asking(by, filters, statistics.area_of(states="all"))
    if filters.source in statistics.indicators()["flows"].sources:
        yield Part("map", _title("detected"), lambda: _map(ask))
        yield Part("flows", _title("flows"), lambda: drawing.panel("flows", ask("flows")))
    yield from common(ask, filters.source)


def state(by: Actor, filters: Filters) -> Iterator[Part]:
    """One state: who was detected there, and where its citizens were detected."""
    code = members.state(filters.states["state"]).alpha2
    ask = asking(by, filters, _area(filters, code))
    parts = list(common(ask, filters.source))
    yield from parts[:1]
    if filters.source in statistics.indicators()["flows"].sources:
        everywhere = asking(by, filters, statistics.area_of(states="all"))
        yield Part("flows", _title("flows"), lambda: drawing.panel("flows", ask("flows")))
        title = _("Where citizens of this state were detected")
        if statistics.sources()[filters.source].kind == PUBLISHED_KIND:
            yield Part("abroad", title, lambda: _abroad(title, everywhere("flows"), code))
    yield from parts[1:]


def corridor(by: Actor, filters: Filters) -> Iterator[Part]:
    """Two states: citizens of the one detected in the other, in both directions and over the years.
    Where the source tells it, the place of exploitation stands between. Records of this node tell
    of its own citizens elsewhere too."""
    one, other = (members.state(code).alpha2 for code in filters.states.values())
    ways = [(one, other), (other, one)]
    kind = statistics.sources()[filters.source].kind
    if kind == PUBLISHED_KIND:
        asks = [
            (_named(*way), asking(by, filters, statistics.area_of(corridor="-".join(way))))
            for way in ways
        ]
        yield Part("both", _("Over the years"), lambda: _both(asks))
    for ident, way in zip(("there", "back"), ways, strict=True):
        at_home = kind == "own" and members.this_node().upper() == way[0]
        ask = asking(by, filters, _area(filters, way[0] if at_home else way[1]))
        yield Part(ident, _named(*way), partial(_way, ident, way, ask))


def smuggling(by: Actor, filters: Filters) -> Iterator[Part]:
    """The cases of smuggling of migrants that an institution of one state keeps."""
    code = members.state(filters.states["state"]).alpha2
    yield from common(asking(by, filters, _area(filters, code)), filters.source, SMUGGLING)


def _named(start: str, end: str) -> str:
    return f"{statistics.country(start)} → {statistics.country(end)}"


def common(
    ask: Asks, source: str, parts: Sequence[tuple[str, str, tuple[str, ...]]] = COMMON
) -> Iterator[Part]:
    """The parts that region and state share, as far as the source counts them."""
    for ident, code, over in parts:
        if source in statistics.indicators()[code].sources:
            yield Part(ident, _title(code), _plain(ident, ask, code, over))


def _plain(ident: str, ask: Asks, code: str, over: tuple[str, ...]) -> Callable[[], Panel]:
    return lambda: drawing.panel(ident, ask(code, *over))


def _title(code: str) -> str:
    return say(statistics.indicators()[code].title)


def _map(ask: Asks) -> Panel:
    detected, flows = ask("detected", "detected_in"), ask("flows")
    title = _("%(what)s by state, with flows, %(period)s") % {
        "what": title_of(detected), "period": period(detected),
    }  # fmt: skip
    head, rows = table(detected.over, detected.series, detected.unit)
    return Panel(
        "map", title, drawing.map_of("map", title, outline(), detected, flows).draw(),
        facts=together([(title_of(each), facts(each)) for each in (detected, flows)]),
        more=list(dict.fromkeys([*more(detected), *more(flows)])), is_map=True, caption=title,
        head=head, rows=rows, answer=detected,
        lead=_("Shade: where victims were detected. Arrows: from citizenship to the state where "
               "they were detected; the wider, the more. Who was detected in the own country has "
               "no arrow."),
    )  # fmt: skip


def _abroad(title: str, flows: Answer, code: str) -> Panel:
    """Of all flows those of one citizenship. The shares would be of all citizenships: none told."""
    lines = tuple(map(_without_share, _of_citizens(flows, code)))
    if not lines:
        raise statistics.NothingCounted
    only = _only(flows, lines)
    return _bars("abroad", title, replace(only, total=replace(only.total, count=None)))


def _way(ident: str, way: tuple[str, str], ask: Asks) -> Panel:
    """Those of one citizenship who were detected in one state. The shares are of all whom the
    answer counts: of a published source who was detected there, of records of this node everybody
    whom they tell of, wherever she was detected."""
    answer, (start, end) = ask("flows"), way
    at = answer.by.index("detected_in")
    lines = tuple(line for line in _of_citizens(answer, start) if line.codes[at] == end)
    if lines:
        return _bars(ident, _named(*way), _only(answer, lines))
    if statistics.sources()[answer.origin.code].kind == PUBLISHED_KIND:
        raise statistics.NothingCounted
    return Panel(ident, _named(*way), refused=_("There is no such case in these records."))


def _of_citizens(flows: Answer, code: str) -> tuple[Line, ...]:
    at = flows.by.index("citizenship")
    return tuple(line for line in flows.lines if line.codes[at] == code)


def _only(answer: Answer, lines: tuple[Line, ...]) -> Answer:
    """Some lines of an answer; the small numbers that were left out are those of them."""
    masked = sum(line.masked_cells for line in lines)
    return replace(answer, lines=lines, total=replace(answer.total, masked_cells=masked))


def _without_share(line: Line) -> Line:
    return replace(line, share=None, share_least=None, share_most=None, denominator=None)


def _bars(ident: str, title: str, answer: Answer) -> Panel:
    title = f"{title}, {period(answer)}"
    head, rows = table(answer.by, answer.lines, answer.unit)
    return Panel(
        ident, title, drawing.bars(ident, title, answer, answer.lines), facts=facts(answer),
        more=more(answer), caption=title, head=head, rows=rows, answer=answer,
    )  # fmt: skip


def _both(ways: list[tuple[str, Asks]]) -> Panel:
    """Both directions over the years; one of which the source holds nothing is told as such."""
    answers: list[tuple[str, Answer]] = []
    empty: list[str] = []
    last: Refused | None = None
    for way, ask in ways:
        try:
            answers.append((way, ask("flows", "year")))
        except statistics.NothingCounted as nothing:
            last = nothing
            empty.append(way)
    if not answers:
        raise last or statistics.NothingCounted
    title = f"{_('Over the years')}: {', '.join(way for way, _answer in answers)}"
    answer = answers[0][1]
    head = [statistics.dimension("year"), *(way for way, _answer in answers)]
    lead = "".join(f"{way}: {last}" for way in empty)
    return Panel(
        "both", title, drawing.time_lines("both", title, answers), lead=lead,
        facts=together([(way, facts(each)) for way, each in answers]), more=more(answer),
        caption=title, head=head,
        rows=_years(answers), answer=_as_one([each for _way, each in answers]),
    )  # fmt: skip


def _as_one(answers: Sequence[Answer]) -> Answer:
    """The years of both ways in one file: each line says which way it is of. A share would be of
    its own way alone, and the ways are not added up: neither is told."""
    first = answers[0]
    lines = sorted(
        (_without_share(line) for each in answers for line in each.lines),
        key=lambda line: line.codes,
    )
    masked = sum(each.masked_cells for each in answers)
    total = replace(first.total, count=None, least=0, most=None, masked_cells=masked)
    return replace(
        first, lines=tuple(lines), series=(), total=total, headline=None,
        notes=(*first.notes, BOTH_WAYS),
    )  # fmt: skip


def together(told: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[tuple[str, str]]:
    """The facts of several answers in one drawing: told once where they are the same, else for each
    of them; "–" where one has no such fact."""
    each = [(way, dict(of_one)) for way, of_one in told]
    found = []
    for name in dict.fromkeys(name for _way, of_one in each for name in of_one):
        texts = {way: of_one.get(name, "–") for way, of_one in each}
        same = len(set(texts.values())) == 1
        shown = next(iter(texts.values())) if same else "; ".join(map(": ".join, texts.items()))
        found.append((name, shown))
    return found


def _years(answers: list[tuple[str, Answer]]) -> list[list[object]]:
    first = min(answer.years[0] for _way, answer in answers)
    last = max(answer.years[1] for _way, answer in answers)
    by_year = [{line.codes[0]: line for line in answer.series} for _way, answer in answers]
    rows: list[list[object]] = []
    for year in map(str, range(first, last + 1)):
        cells = [
            numbers.count(lines[year]).text if year in lines else numbers.unknown().text
            for lines in by_year
        ]
        rows.append([year, *({"text": cell, "number": True} for cell in cells)])
    return rows
