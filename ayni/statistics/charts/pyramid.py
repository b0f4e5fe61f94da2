"""A population pyramid: two groups over ages, one to the left and one to the right."""

from __future__ import annotations

from dataclasses import dataclass

from ayni.statistics.charts import palette
from ayni.statistics.charts.bars import bar_end, check_series, table_of, whisker
from ayni.statistics.charts.scale import Scale
from ayni.statistics.charts.svg import (
    FONT,
    MARGIN,
    SMALL,
    WIDTH,
    Frame,
    hatch,
    hatchings,
    key,
    lines_of,
    named,
    text,
    width_of,
)  # fmt: skip
from ayni.statistics.charts.values import Series, Table, Value, Words, hidden_in

_THICK = 22.0
_MIDDLE = WIDTH / 2


@dataclass(frozen=True, slots=True)
class Pyramid:
    """`left` and `right` over `ages`, given from the youngest; the youngest is drawn at the bottom.
    Both sides have one scale. A published
    interval is a line across the end of its bar. `first`: what the ages are called."""

    frame: Frame
    first: str
    ages: tuple[str, ...]
    left: Series
    right: Series
    words: Words

    def __post_init__(self) -> None:
        check_series(self.ages, (self.left, self.right))

    def table(self) -> Table:
        """The same numbers, a row for each age from the youngest."""
        return table_of(self.first, self.ages, (self.left, self.right))

    def draw(self) -> str:
        """The drawing: what the sides are stands above, the age above each pair of bars."""
        values = [*self.left.values, *self.right.values]
        kinds = hidden_in(values)
        longest = max((width_of(v.text, SMALL) for v in values), default=0.0)
        room = max(_MIDDLE - MARGIN - longest - 8, 60.0)
        top = max((v.top for v in values), default=0.0) or 1.0
        sides = (
            (self.left, Scale(top, _MIDDLE - 1, _MIDDLE - room)),
            (self.right, Scale(top, _MIDDLE + 1, _MIDDLE + room)),
        )
        drawn, y = [hatchings(self.frame.ident, kinds)], MARGIN
        heads = [lines_of(each.name, _MIDDLE - 2 * MARGIN, FONT) for each, _scale in sides]
        for side, lines in enumerate(heads):
            for n, line in enumerate(lines):
                x, anchor = ((_MIDDLE - MARGIN, "end"), (_MIDDLE + MARGIN, "start"))[side]
                drawn.append(text(line, x, y + FONT + 17 * n, anchor=anchor, weight="700",
                                  fill=palette.CATEGORIES[side]))  # fmt: skip
        y += 17 * max(map(len, heads)) + 8
        for at in reversed(range(len(self.ages))):
            age = lines_of(self.ages[at], WIDTH - 2 * MARGIN, SMALL, most=1)[0]
            drawn.append(text(age, _MIDDLE, y + 12, size=SMALL, anchor="middle",
                              fill=palette.QUIET))  # fmt: skip
            y += 17
            for side, (each, scale) in enumerate(sides):
                drawn.append(self._bar(side, each, at, scale, y))
            y += _THICK + 6
        entries = [(hatch(self.frame.ident, kind), self.words.of(kind)) for kind in kinds]
        said, y = key(entries, y + 6)
        return self.frame.around(y + MARGIN, *drawn, said)

    def _bar(self, side: int, each: Series, at: int, scale: Scale, y: float) -> str:
        value: Value = each.values[at]
        end = bar_end(value, scale)
        fill = palette.CATEGORIES[side]
        if value.hidden is not None:
            fill = hatch(self.frame.ident, value.hidden)
        far, interval = end, ""
        if value.low is not None and value.high is not None:
            far = scale.at(max(value.high, value.number or 0.0))
            interval = whisker(scale.at(value.low), scale.at(value.high), y + _THICK / 2)
        x, anchor, reach = (
            (min(end, scale.start), "end", min(far, scale.start) - 5),
            (scale.start, "start", max(far, scale.start) + 5),
        )[side]
        return (
            named(
                "rect", f"{each.name}, {self.ages[at]}: {value.text}", x=x, y=y,
                width=max(abs(end - scale.start), 1.0), height=_THICK, fill=fill,
                stroke=palette.QUIET if value.hidden else "none", stroke_width=0.8,
            )
            + interval
            + text(value.text, reach, y + 16, size=SMALL, anchor=anchor)
        )  # fmt: skip
