"""Arrows between states: ends apart, curves that keep away from each other, width by number.

Each end has a place of its own on a circle around its state, which is wider where wide heads would
else lie upon each other. Curves are chosen one by one, the
largest flow first: of several bends the one that comes least near to those that lie there already.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ayni.statistics.charts.projection import Point
from ayni.statistics.charts.values import Value

RING = 17.0  # of the circle on which the ends of a state lie: its code stays free
WIDEST_RING = 30.0  # where heads would lie upon each other
APART = 34.0  # degrees between two ends of a state, where there is room
MOST = 12  # more arrows than this are a tangle: the table tells the others
_BENDS = (0.16, 0.3, -0.16, 0.45, -0.3, -0.45)
_SAMPLES = 9
_NEAR = 9.0
_NEAR_CODE, _CODE = 14.0, 3.0  # half the width of a code with its halo; how much it weighs
_THINNEST, _THICKEST = 1.6, 6.5


@dataclass(frozen=True, slots=True)
class Flow:
    """From one state to another: codes (alpha-2), and how many."""

    start: str
    end: str
    value: Value


@dataclass(frozen=True, slots=True)
class Arrow:
    """A flow with its place: a quadratic curve (start, control, end) and its width in units."""

    flow: Flow
    start: Point
    control: Point
    end: Point
    width: float

    @property
    def head(self) -> tuple[Point, Point, Point]:
        """The triangle at its end: tip, and the two corners behind it."""
        long, half = 6.0 + self.width, _half_of_head(self.width)
        dx, dy = _unit(self.control, self.end)
        bx, by = self.end[0] - dx * long, self.end[1] - dy * long
        return self.end, (bx - dy * half, by + dx * half), (bx + dy * half, by - dx * half)

    @property
    def neck(self) -> Point:
        """Where the line goes over into the head."""
        _tip, one, other = self.head
        return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)


def able(flows: Sequence[Flow], places: Mapping[str, Point]) -> list[Flow]:
    """The flows that may be arrows: between two different states that are on the map. What nobody
    reported is none, nor is a flow of nobody."""
    return [
        each for each in flows
        if each.start in places and each.end in places and each.start != each.end
        and (each.value.number is None or each.value.number > 0)
        and each.value.hidden != "unknown"
    ]  # fmt: skip


def shown(flows: Sequence[Flow], places: Mapping[str, Point]) -> list[Flow]:
    """The flows that are drawn: the `MOST` largest. A hidden flow comes after every number."""
    found = able(flows, places)
    found.sort(key=lambda each: (-(each.value.number or 0.0), each.start, each.end))
    return found[:MOST]


def arrows(
    flows: Sequence[Flow], places: Mapping[str, Point], frame: tuple[float, float, float, float]
) -> list[Arrow]:
    """The arrows of `flows` (as `shown` gives them) between the `places` of the states, all within
    `frame` (left, top, right, bottom)."""
    largest = max((each.value.number or 0.0 for each in flows), default=0.0)
    widths = [_width(each.value, largest) for each in flows]
    straight = {}
    for n, flow in enumerate(flows):
        # A little to the right of the straight way: there and back do not begin at one point.
        straight[n, 0] = _angle(places[flow.start], places[flow.end]) + 12
        straight[n, 1] = _angle(places[flow.end], places[flow.start]) - 12
    ends = _ends(flows, places, widths, straight)
    bends = _bends(flows, places, ends, frame)
    # Ends once more, where the curves come from: what came in across a neighbour is beside it.
    curved = {}
    for n, flow in enumerate(flows):
        control = _within(_bent(ends[n, 0], ends[n, 1], bends[n]), frame)
        curved[n, 0] = _angle(places[flow.start], control)
        curved[n, 1] = _angle(places[flow.end], control)
    ends = _ends(flows, places, widths, curved)
    drawn = []
    for n, flow in enumerate(flows):
        start, end = (_within(ends[n, side], frame) for side in (0, 1))
        control = _within(_bent(start, end, bends[n]), frame)
        drawn.append(_kept(Arrow(flow, start, control, end, widths[n]), frame))
    return drawn


def _bends(
    flows: Sequence[Flow], places: Mapping[str, Point],
    ends: Mapping[tuple[int, int], Point], frame: tuple[float, float, float, float],
) -> list[float]:  # fmt: skip
    """Of each flow the bend with which it comes least near to those before it."""
    chosen: list[float] = []
    taken: list[list[Point]] = []
    for number, flow in enumerate(flows):
        start, end = (_within(ends[number, side], frame) for side in (0, 1))
        # The codes of other states are to be read: a curve keeps away from them as from curves.
        codes = [[place] for code, place in places.items() if code not in (flow.start, flow.end)]
        tried = []
        for order, bend in enumerate(_BENDS):
            along = _along(start, _within(_bent(start, end, bend), frame), end)
            near = _nearness(along, taken) + _CODE * _nearness(along, codes, _NEAR_CODE)
            tried.append((near, order, bend, along))
        _cost, _order, bend, along = min(tried)
        taken.append(along)
        chosen.append(bend)
    return chosen


def _angle(a: Point, b: Point) -> float:
    """The direction from one point to another, in degrees."""
    return math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))


def _kept(arrow: Arrow, frame: tuple[float, float, float, float]) -> Arrow:
    """An arrow whose head would stick out of the frame is drawn inwards by as much."""
    left, top, right, bottom = frame
    xs, ys = [p[0] for p in arrow.head], [p[1] for p in arrow.head]
    dx = max(left - min(xs), 0.0) - max(max(xs) - right, 0.0)
    dy = max(top - min(ys), 0.0) - max(max(ys) - bottom, 0.0)
    if not dx and not dy:
        return arrow
    moved = [(x + dx, y + dy) for x, y in (arrow.control, arrow.end)]
    return Arrow(arrow.flow, arrow.start, _within(moved[0], frame), moved[1], arrow.width)


def _width(value: Value, largest: float) -> float:
    """By the square root, so that a small flow is still seen beside a large one."""
    if value.number is None or largest <= 0:
        return _THINNEST
    return _THINNEST + (_THICKEST - _THINNEST) * math.sqrt(value.number / largest)


def _half_of_head(width: float) -> float:
    return 3.0 + width * 0.7


def _ring(angles: Sequence[float], halves: Sequence[float]) -> float:
    """How far from their state ends at these angles lie, so that each two neighbours, so wide to
    both sides and with their pale rims, have room beside each other."""
    wide = RING
    for n, angle in enumerate(angles if len(angles) > 1 else ()):
        gap = (angles[(n + 1) % len(angles)] - angle) % 360
        needs = halves[n] + halves[(n + 1) % len(halves)] + 2.0
        if 0 < gap < 180:
            wide = max(wide, needs / (2 * math.sin(math.radians(gap) / 2)))
    return min(wide, WIDEST_RING)


def _ends(
    flows: Sequence[Flow], places: Mapping[str, Point], widths: Sequence[float],
    wishes: Mapping[tuple[int, int], float],
) -> dict[tuple[int, int], Point]:  # fmt: skip
    """For each flow (by its number) its start (0) and its end (1) on the circles of its states, as
    near as there is room to the directions that it `wishes` (degrees)."""
    wanted: dict[str, list[tuple[float, int, int]]] = {}
    for number, flow in enumerate(flows):
        wanted.setdefault(flow.start, []).append((wishes[number, 0], number, 0))
        wanted.setdefault(flow.end, []).append((wishes[number, 1], number, 1))
    found = {}
    for state, ends in wanted.items():
        ends.sort()
        angles = spread([angle for angle, _number, _side in ends])
        halves = [
            _half_of_head(widths[number]) if side else widths[number] / 2
            for _angle, number, side in ends
        ]
        around = sorted(range(len(ends)), key=lambda n: angles[n] % 360)
        ring = _ring([angles[n] for n in around], [halves[n] for n in around])
        x, y = places[state]
        for angle, (_wanted, number, side) in zip(angles, ends, strict=True):
            turn = math.radians(angle)
            found[number, side] = (x + ring * math.cos(turn), y + ring * math.sin(turn))
    return found


def spread(angles: Sequence[float], apart: float = APART) -> list[float]:
    """Angles in degrees, moved as little as it takes until no two are nearer than `apart` (or than
    an equal share of the circle, if that is less). The order around the circle stays."""
    if len(angles) < 2:
        return list(angles)
    least = min(apart, 360.0 / len(angles))
    order = sorted(range(len(angles)), key=lambda n: angles[n] % 360)
    turned = [angles[n] % 360 for n in order]
    # Begin after the widest gap: what is pushed on from there runs into it last.
    gaps = [(turned[n] - turned[n - 1]) % 360 for n in range(len(turned))]
    first = max(range(len(turned)), key=lambda n: (gaps[n], -n))
    if not any(gaps):
        first = 0
    order = order[first:] + order[:first]
    line = [turned[(first + n) % len(turned)] for n in range(len(turned))]
    line = [each + (360 if each < line[0] else 0) for each in line]
    pushed = [line[0]]
    for each in line[1:]:
        pushed.append(max(each, pushed[-1] + least))
    # What was only pushed on is drawn back by half, and never beyond a whole turn.
    back = (pushed[-1] - line[-1]) / 2
    back = max(back, pushed[-1] - (pushed[0] + 360 - least)) if len(pushed) > 1 else 0.0
    found = [0.0] * len(angles)
    low = pushed[0] - back
    for n, each in zip(order, pushed, strict=True):
        low = max(low, each - back)
        found[n] = low
        low += least
    overrun = found[order[-1]] - found[order[0]] - (360 - least)
    if overrun > 1e-9:  # more than fits: share the circle equally
        for step, n in enumerate(order):
            found[n] = line[0] + 360.0 * step / len(order)
    return found


def _bent(start: Point, end: Point, bend: float) -> Point:
    """The control point of a curve that leaves the straight line by `bend` of its length."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return ((start[0] + end[0]) / 2 - dy * bend, (start[1] + end[1]) / 2 + dx * bend)


def _along(start: Point, control: Point, end: Point) -> list[Point]:
    points = []
    for step in range(_SAMPLES + 1):
        t = step / _SAMPLES
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append(
            (
                a * start[0] + b * control[0] + c * end[0],
                a * start[1] + b * control[1] + c * end[1],
            )
        )
    return points


def _nearness(
    along: Sequence[Point], taken: Sequence[Sequence[Point]], near: float = _NEAR
) -> float:
    """How much of a curve is nearer than `near` to others, weighted by how near."""
    cost = 0.0
    for x, y in along:
        for other in taken:
            for ox, oy in other:
                dx, dy = abs(x - ox), abs(y - oy)
                if dx < near and dy < near:
                    cost += 1 - (dx + dy) / (2 * near)
    return cost


def _within(point: Point, frame: tuple[float, float, float, float]) -> Point:
    left, top, right, bottom = frame
    return (min(max(point[0], left), right), min(max(point[1], top), bottom))


def _unit(a: Point, b: Point) -> Point:
    dx, dy = b[0] - a[0], b[1] - a[1]
    long = math.hypot(dx, dy)
    return (dx / long, dy / long) if long else (0.0, 1.0)
