"""Time lines: a series over years. A hidden year interrupts the line and is hatched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ayni.statistics.charts import palette
from ayni.statistics.charts.bars import check_series, table_of
from ayni.statistics.charts.scale import Scale, scale_for
from ayni.statistics.charts.svg import (
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

_TALL = 210.0
_TICK = 5.0  # between the numbers of the scale and the drawing
_BAND = 9.0  # width of a hatched year


@dataclass(frozen=True, slots=True)
class Lines:
    """`series` over `moments` (each series has as many values). `first`: what the moments are;
    `axis` writes the numbers of the scale. Raises ValueError like `Bars`."""

    frame: Frame
    first: str
    moments: tuple[str, ...]
    series: tuple[Series, ...]
    words: Words
    axis: Callable[[float], str]

    def __post_init__(self) -> None:
        check_series(self.moments, self.series)

    def table(self) -> Table:
        """The same numbers, a row for each moment."""
        return table_of(self.first, self.moments, self.series)

    def draw(self) -> str:
        """The drawing with its scale at the left and its key below."""
        values = [value for each in self.series for value in each.values]
        kinds = hidden_in(values)
        bottom = MARGIN + 8 + _TALL
        scale = scale_for(max((v.top for v in values), default=0.0), bottom, MARGIN + 8)
        ticks = scale.ticks()
        left = MARGIN + max(width_of(self.axis(tick), SMALL) for tick in ticks) + _TICK
        drawn = [hatchings(self.frame.ident, kinds)]
        for tick in ticks:
            y = scale.at(tick)
            drawn.append(
                element("line", x1=left, x2=WIDTH - MARGIN, y1=y, y2=y, stroke=palette.NEUTRAL,
                        stroke_width=0.8)
                + text(self.axis(tick), left - _TICK, y + 4, size=SMALL, anchor="end",
                       fill=palette.QUIET)
            )  # fmt: skip
        drawn.append(self._moments(left, bottom))
        for number in range(len(self.series)):
            drawn.append(self._hatched(number, scale, left))
        for number in range(len(self.series)):
            drawn.append(self._series(number, scale, left))
        said, y = self._key(kinds, bottom + 30)
        return self.frame.around(y + MARGIN, *drawn, said)

    def _x(self, at: int, left: float) -> float:
        room = WIDTH - MARGIN - left - 2 * _BAND
        return left + _BAND + (room * at / (len(self.moments) - 1) if at else 0.0)

    def _moments(self, left: float, bottom: float) -> str:
        """The labels below, as many as have room."""
        if not self.moments:
            return ""
        widest = max(width_of(each, SMALL) for each in self.moments) + 8
        every = 1
        while every < len(self.moments) and self._x(every, left) - self._x(0, left) < widest:
            every += 1
        drawn = []
        for at in range(0, len(self.moments), every):
            said, x = lines_of(self.moments[at], WIDTH / 2, SMALL, most=1)[0], self._x(at, left)
            half = width_of(said, SMALL) / 2
            x = max(min(x, WIDTH - MARGIN / 2 - half), half)
            drawn.append(text(said, x, bottom + 18, size=SMALL, anchor="middle",
                              fill=palette.QUIET))  # fmt: skip
        return "".join(drawn)

    def _series(self, number: int, scale: Scale, left: float) -> str:
        each = self.series[number]
        colour = palette.CATEGORIES[number]
        path, shapes, whiskers, broken = "", [], [], True
        for at, (moment, value) in enumerate(zip(self.moments, each.values, strict=True)):
            x = self._x(at, left)
            title = f"{each.name}, {moment}: {value.text}"
            if value.number is None:
                broken = True
                continue
            y = scale.at(value.number)
            path += f"{'M' if broken else 'L'}{x:.1f} {y:.1f}"
            broken = False
            if value.low is not None and value.high is not None:
                whiskers.append(
                    element("line", x1=x, x2=x, y1=scale.at(value.low), y2=scale.at(value.high),
                            stroke=colour, stroke_width=5, stroke_opacity=0.35)
                )  # fmt: skip
            shapes.append(named("path", title, d=mark(number, x, y), fill=colour,
                                stroke=palette.PAPER, stroke_width=1))  # fmt: skip
        line = element("path", d=path, fill="none", stroke=colour, stroke_width=2.4,
                       stroke_linejoin="round") if path else ""  # fmt: skip
        return "".join([*whiskers, line, *shapes])

    def _hatched(self, number: int, scale: Scale, left: float) -> str:
        """The hidden moments of a series, below every line."""
        each = self.series[number]
        return "".join(
            self._hidden(f"{each.name}, {moment}: {value.text}", number, value, scale,
                         self._x(at, left))
            for at, (moment, value) in enumerate(zip(self.moments, each.values, strict=True))
            if value.hidden is not None
        )  # fmt: skip

    def _hidden(self, title: str, number: int, value: Value, scale: Scale, x: float) -> str:
        """From zero to the bound of a masked value; over the whole height where nothing is known,
        for the value may be anywhere there. Two series hidden in one year stand side by side."""
        top = scale.end
        if value.hidden is Hidden.MASKED and value.below > 1:
            top = min(scale.at(value.below - 1), scale.start - _BAND)
        elif value.hidden is Hidden.UNKNOWN:
            top = scale.start - 2 * _BAND
        share = _BAND * 2 / max(len(self.series), 2)
        assert value.hidden is not None
        return named(
            "rect", title, x=x - _BAND + share * number, y=top, width=share,
            height=scale.start - top, fill=hatch(self.frame.ident, value.hidden),
            stroke=palette.CATEGORIES[number], stroke_width=0.8,
        )  # fmt: skip

    def _key(self, kinds: list[Hidden], y: float) -> tuple[str, float]:
        drawn = []
        if len(self.series) > 1:
            for number, each in enumerate(self.series):
                colour = palette.CATEGORIES[number]
                drawn.append(
                    element("path", d=f"M{MARGIN} {y + 7:.1f}h20", stroke=colour, stroke_width=2.4)
                    + element("path", d=mark(number, MARGIN + 10, y + 7), fill=colour)
                )
                for line in lines_of(each.name, WIDTH - 2 * MARGIN - 28, SMALL):
                    drawn.append(text(line, MARGIN + 28, y + 11.5, size=SMALL))
                    y += 17
                y += 3
        entries = [(hatch(self.frame.ident, kind), self.words.of(kind)) for kind in kinds]
        said, y = key(entries, y)
        return "".join(drawn) + said, y


_MARKS = (
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "m-4 -4h8v8h-8z",
    "m0 -5l5 9h-10z",
    "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
    "m0 5l5 -9h-10z",
    "m-5 -2h3v-3h4v3h3v4h-3v3h-4v-3h-3z",
)


def mark(number: int, x: float, y: float) -> str:
    """The mark of a series around a point: each has a shape of its own beside its colour."""
    return f"M{x:.1f} {y:.1f}{_MARKS[number]}"
