"""A map: states shaded by a number, arrows between them, everything else grey and without name.

Lines are drawn where two of the counted states meet (white) and along their coasts; none is drawn
against or within what is grey, so that no line of ours runs through a territory in dispute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ayni.statistics.charts import palette
from ayni.statistics.charts.flows import Arrow, Flow, able, arrows, shown
from ayni.statistics.charts.outline import Outline, Shape
from ayni.statistics.charts.projection import Point, project
from ayni.statistics.charts.svg import (
    MARGIN,
    SMALL,
    WIDTH,
    Frame,
    clean,
    element,
    hatch,
    hatchings,
    key,
    lines_of,
    named,
    text,
    units,
)  # fmt: skip
from ayni.statistics.charts.values import Table, Value, Words, hidden_in

_GRID = 2.0  # places of the drawing are multiples of 1/2 unit: both sides of a border stay one line
Cell = tuple[int, int]
Segment = tuple[Cell, Cell]


@dataclass(frozen=True)
class Choropleth:
    """`values` by state (alpha-2); a state without a value is drawn as one that nobody reported.
    `names` says what a state is called, `what` what is counted, `axis` writes the bounds of the
    steps, `unknown` stands for a state without value, `more` says that n flows are in the table
    only; `first`, `origin`, `target` head the tables' columns."""

    frame: Frame
    outline: Outline
    names: Mapping[str, str]
    values: Mapping[str, Value]
    unknown: Value
    words: Words
    axis: Callable[[float], str]
    first: str
    what: str
    origin: str = ""
    target: str = ""
    flows: tuple[Flow, ...] = ()
    more: Callable[[int], str] = field(default=str)

    def table(self) -> Table:
        """The number of every state of the map, in the order of their names."""
        states = sorted(self.outline.states, key=lambda code: self.names.get(code, code))
        return Table(
            (self.first, self.what),
            tuple((self.names.get(code, code), self._value(code).text) for code in states),
        )

    def flow_table(self) -> Table:
        """Every flow, drawn or not."""
        return Table(
            (self.origin, self.target, self.what),
            tuple(
                (self.names.get(f.start, f.start), self.names.get(f.end, f.end), f.value.text)
                for f in self.flows
            ),
        )

    def draw(self) -> str:
        """The map with its key below."""
        ident = self.frame.ident
        values = {code: self._value(code) for code in self.outline.states}
        drawn = self._arrows_shown
        kinds = hidden_in(list(values.values()))
        steps = classes([v.number for v in values.values() if v.number is not None])
        parts = [
            hatchings(ident, kinds),
            element("rect", width=WIDTH, height=self._height, fill=palette.SEA),
            element("path", d="".join(map(self._path, self.outline.others)),
                    fill=palette.NEUTRAL, fill_rule="evenodd") if self.outline.others else "",
        ]  # fmt: skip
        for code, value in values.items():
            fill = (
                hatch(ident, value.hidden)
                if value.hidden is not None
                else palette.STEPS[step_of(value.number or 0.0, steps)]
            )
            parts.append(
                named("path", f"{self.names.get(code, code)}: {value.text}",
                      d=self._path(self.outline.states[code]), fill=fill, fill_rule="evenodd")
            )  # fmt: skip
        parts.append(self._lines())
        # Every line first: no line covers the head of another arrow.
        parts.extend(self._line(each) for each in drawn)
        parts.extend(self._head(each) for each in drawn)
        for code, (x, y) in self.places.items():
            parts.append(text(code, x, y + 4.5, size=SMALL, anchor="middle", halo=True,
                              weight="700"))  # fmt: skip
        y = self._height + 10
        for line in lines_of(self.what, WIDTH - 2 * MARGIN, SMALL):
            parts.append(text(line, MARGIN, y + 11, size=SMALL, weight="700"))
            y += 18
        entries = [(palette.STEPS[n], self._range(*step)) for n, step in enumerate(steps)]
        entries += [(hatch(ident, kind), self.words.of(kind)) for kind in kinds]
        entries.append((palette.NEUTRAL, self.words.no_colour))
        said, y = key(entries, y + 2)
        left = len(able(self.flows, self.places)) - len(drawn)
        if left:
            for line in lines_of(self.more(left), WIDTH - 2 * MARGIN, SMALL):
                said += text(line, MARGIN, y + 11, size=SMALL)
                y += 17
        return self.frame.around(y + MARGIN, *parts, said)

    def _value(self, code: str) -> Value:
        return self.values.get(code, self.unknown)

    def _range(self, low: float, high: float) -> str:
        return self.axis(low) if low == high else f"{self.axis(low)} – {self.axis(high)}"

    # Placing: projected once, moved and scaled into the frame.

    @cached_property
    def _fit(self) -> tuple[float, float, float, float]:
        """Scale, left, top (of the projected plane) and height of the map in units."""
        points = [
            project(point)
            for shape in self.outline.states.values()
            for ring in shape.rings
            for point in ring
        ]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        scale = (WIDTH - 2 * MARGIN) / ((max(xs) - min(xs)) or 1.0)
        high = (max(ys) - min(ys)) * scale
        return scale, min(xs), max(ys), high + 2 * MARGIN

    @property
    def _height(self) -> float:
        return self._fit[3]

    def place(self, point: Point) -> Point:
        """Where a longitude and latitude stand on the drawing."""
        scale, left, top, _height = self._fit
        x, y = project(point)
        return (MARGIN + (x - left) * scale, MARGIN + (top - y) * scale)

    @cached_property
    def places(self) -> dict[str, Point]:
        """Where the code of each state stands."""
        return {code: self.place(shape.label) for code, shape in self.outline.states.items()}

    @cached_property
    def _cells(self) -> dict[int, list[list[Cell]]]:
        """By identity of a shape its rings on the grid, without doubled points."""
        shapes = [*self.outline.states.values(), *self.outline.others]
        return {
            id(shape): [r for ring in shape.rings if (r := self._grid(ring))] for shape in shapes
        }

    def _grid(self, ring: tuple[Point, ...]) -> list[Cell]:
        cells: list[Cell] = []
        for point in ring:
            x, y = self.place(point)
            cell = (round(x * _GRID), round(y * _GRID))
            if not cells or cells[-1] != cell:
                cells.append(cell)
        while len(cells) > 1 and cells[0] == cells[-1]:
            cells.pop()
        return cells if len(cells) > 2 else []

    def _path(self, shape: Shape) -> str:
        return "".join(_way(ring) + "z" for ring in self._cells[id(shape)])

    def _lines(self) -> str:
        """Borders between two counted states, and their coasts."""
        met: dict[Segment, int] = {}
        for shape in self.outline.states.values():
            for segment in {s for ring in self._cells[id(shape)] for s in _segments(ring)}:
                met[segment] = met.get(segment, 0) + 1
        grey = {
            segment
            for shape in self.outline.others
            for ring in self._cells[id(shape)]
            for segment in _segments(ring)
        }
        borders = [segment for segment, times in met.items() if times > 1]
        coasts = [s for s, times in met.items() if times == 1 and s not in grey]
        drawn = ""
        for lines, colour, width in ((coasts, palette.QUIET, 0.5), (borders, palette.BORDER, 0.8)):
            if lines:
                drawn += element("path", d=_joined(lines), fill="none", stroke=colour,
                                 stroke_width=width, stroke_linejoin="round")  # fmt: skip
        return drawn

    @cached_property
    def _arrows_shown(self) -> list[Arrow]:
        frame = (MARGIN / 2, MARGIN / 2, WIDTH - MARGIN / 2, self._height - MARGIN / 2)
        return arrows(shown(self.flows, self.places), self.places, frame)

    def drawn_arrows(self) -> list[Arrow]:
        """The arrows of the map, the largest first."""
        return self._arrows_shown

    def _said(self, flow: Flow) -> str:
        start, end = (self.names.get(code, code) for code in (flow.start, flow.end))
        return element("title", clean(f"{start} → {end}: {flow.value.text}"))

    def _line(self, arrow: Arrow) -> str:
        (sx, sy), (cx, cy), (ex, ey) = arrow.start, arrow.control, arrow.neck
        way = f"M{sx:.1f} {sy:.1f}Q{cx:.1f} {cy:.1f} {ex:.1f} {ey:.1f}"
        dashed: dict[str, str | float] = (
            {"stroke_dasharray": "3 2.5"} if arrow.flow.value.number is None else {}
        )
        return element(
            "g",
            self._said(arrow.flow),
            element("path", d=way, stroke=palette.PAPER, stroke_width=arrow.width + 2),
            element("path", d=way, stroke=palette.ARROW, stroke_width=arrow.width, **dashed),
            fill="none",
        )

    def _head(self, arrow: Arrow) -> str:
        tip = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in arrow.head) + "z"
        return element(
            "g",
            self._said(arrow.flow),
            element("path", d=tip, fill=palette.ARROW, stroke=palette.PAPER, stroke_width=2.0,
                    paint_order="stroke"),
        )  # fmt: skip


def classes(numbers: list[float], most: int = len(palette.STEPS)) -> list[tuple[float, float]]:
    """At most `most` steps (lowest, highest number in it) with about as many states in each. Equal
    numbers are never parted."""
    ordered = sorted(numbers)
    distinct = sorted(set(ordered))
    count = min(most, len(distinct))
    steps: list[tuple[float, float]] = []
    at = 0
    for left in range(count, 0, -1):
        # As many of the remaining numbers as an equal share, and at least one distinct one.
        rest = [n for n in ordered if n >= distinct[at]]
        goal = rest[max(round(len(rest) / left), 1) - 1]
        last = min(max(distinct.index(goal), at), len(distinct) - left)
        steps.append((distinct[at], distinct[last]))
        at = last + 1
    return steps


def step_of(number: float, steps: list[tuple[float, float]]) -> int:
    """The step that a number belongs to; few steps are spread no further than they are many."""
    return next((n for n, (_low, high) in enumerate(steps) if number <= high), len(steps) - 1)


def _segments(ring: list[Cell]) -> list[Segment]:
    """The sides of a ring, each the same from both sides."""
    return [(min(a, b), max(a, b)) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]


def _way(ring: list[Cell]) -> str:
    """A ring as a path of relative steps."""
    said = [f"M{_half(ring[0][0])} {_half(ring[0][1])}l"]
    for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False):
        x, y = _half(bx - ax), _half(by - ay)
        said.append(x if said[-1].endswith("l") or x.startswith("-") else f" {x}")
        said.append(y if y.startswith("-") else f" {y}")
    return "".join(said)


def _half(number: int) -> str:
    return units(number / _GRID)


def _joined(segments: list[Segment]) -> str:
    """Segments as one path; those that follow each other are not begun anew."""
    from_point: dict[Cell, list[Cell]] = {}
    for a, b in segments:
        from_point.setdefault(a, []).append(b)
        from_point.setdefault(b, []).append(a)
    left = set(segments)
    said = []
    for a, b in segments:
        if (a, b) not in left:
            continue
        left.discard((a, b))
        line = [a, b]
        while True:
            here = line[-1]
            step = next((n for n in from_point[here] if (min(here, n), max(here, n)) in left), None)
            if step is None:
                break
            left.discard((min(here, step), max(here, step)))
            line.append(step)
        said.append(_way(line))
    return "".join(said)
