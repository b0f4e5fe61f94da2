"""Bars, single or grouped: one below the other, so that a long label has a line of its own."""

from __future__ import annotations

from dataclasses import dataclass

from ayni.statistics.charts import palette
from ayni.statistics.charts.scale import Scale
from ayni.statistics.charts.svg import (
    FONT,
    MARGIN,
    SMALL,
    WIDTH,
    Frame,
    element,
    hatch,
    hatchings,
    key,
    lines_of,
    named,
    text,
    width_of,
)  # fmt: skip
from ayni.statistics.charts.values import Hidden, Series, Table, Value, Words, hidden_in

_THICK = 16.0
_SHORTEST = 14.0  # of a hatched bar: it must be seen to be hatched
_LINE = 17.0


@dataclass(frozen=True, slots=True)
class Bars:
    """`series` over `categories` (each series has as many values). `first`: what the categories
    are. Raises ValueError for a series of another length, for no series, or too many to tell apart.
    """

    frame: Frame
    first: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    words: Words

    def __post_init__(self) -> None:
        check_series(self.categories, self.series)

    def table(self) -> Table:
        """The same numbers, a row for each category."""
        return table_of(self.first, self.categories, self.series)

    def draw(self) -> str:
        """The drawing; its height follows from what it shows."""
        values = [value for each in self.series for value in each.values]
        kinds = hidden_in(values)
        longest = max((width_of(self._told(n, v), SMALL) for n, v in self._all()), default=0.0)
        room = max(WIDTH - 2 * MARGIN - longest - 6, WIDTH * 0.35)
        scale = Scale(max((v.top for v in values), default=0.0) or 1.0, MARGIN, MARGIN + room)
        drawn: list[str] = [hatchings(self.frame.ident, kinds)]
        y = MARGIN
        for at, category in enumerate(self.categories):
            for line in lines_of(category, WIDTH - 2 * MARGIN, most=2):
                drawn.append(text(line, MARGIN, y + FONT))
                y += _LINE
            y += 4
            for number, each in enumerate(self.series):
                drawn.append(self._bar(category, number, each.values[at], scale, y))
                y += _THICK + 3
            y += 8
        entries = [(hatch(self.frame.ident, kind), self.words.of(kind)) for kind in kinds]
        said, y = key(entries, y)
        return self.frame.around(y + MARGIN, *drawn, said)

    def _all(self) -> list[tuple[int, Value]]:
        return [(n, value) for n, each in enumerate(self.series) for value in each.values]

    def _told(self, number: int, value: Value) -> str:
        """What stands behind a bar: the number, and of whom, so that colour need not tell it."""
        return value.text if len(self.series) == 1 else f"{value.text} {self.series[number].name}"

    def _bar(self, category: str, number: int, value: Value, scale: Scale, y: float) -> str:
        x = scale.start
        end = bar_end(value, scale)
        told = self._told(number, value)
        fill = palette.CATEGORIES[number]
        if value.hidden is not None:
            fill = hatch(self.frame.ident, value.hidden)
        shape = element(
            "rect", x=x, y=y, width=max(end - x, 1.0), height=_THICK, fill=fill,
            stroke=palette.QUIET if value.hidden else "none", stroke_width=0.8,
        )  # fmt: skip
        reach = end
        interval = ""
        if value.low is not None and value.high is not None:
            reach = max(end, scale.at(value.high))
            interval = whisker(scale.at(value.low), scale.at(value.high), y + _THICK / 2)
        return named("g", f"{category}: {told}", shape, interval) + text(
            told, reach + 5, y + 12.5, size=SMALL
        )


def bar_end(value: Value, scale: Scale) -> float:
    """Where a bar ends; a hidden value has no length, but "fewer than" reaches its bound."""
    if value.number is not None:
        return scale.at(value.number)
    towards = 1.0 if scale.end >= scale.start else -1.0
    shortest = scale.start + towards * _SHORTEST
    if value.hidden is Hidden.MASKED and value.below > 1:
        bound = scale.at(value.below - 1)
        return max(bound, shortest) if towards > 0 else min(bound, shortest)
    return shortest


def whisker(low: float, high: float, y: float) -> str:
    """The published interval, with a light edge so that it is seen on the bar as well."""
    line = f"M{low:.1f} {y - 4:.1f}v8m0 -4H{high:.1f}m0 -4v8"
    return element(
        "path", d=line, fill="none", stroke=palette.PAPER, stroke_width=4
    ) + element("path", d=line, fill="none", stroke=palette.INK, stroke_width=1.6)  # fmt: skip


def check_series(categories: tuple[str, ...], series: tuple[Series, ...]) -> None:
    """Raises ValueError unless each series has a value for every category, and few are told."""
    if not 1 <= len(series) <= len(palette.CATEGORIES):
        raise ValueError("series")
    if any(len(each.values) != len(categories) for each in series):
        raise ValueError("values")


def table_of(first: str, categories: tuple[str, ...], series: tuple[Series, ...]) -> Table:
    """A row for each category, a column for each series."""
    return Table(
        (first, *(each.name for each in series)),
        tuple(
            (category, *(each.values[at].text for each in series))
            for at, category in enumerate(categories)
        ),
    )
