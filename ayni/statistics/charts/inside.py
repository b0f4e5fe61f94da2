"""Where the code of a state stands: the point of its largest piece farthest from any edge."""

from __future__ import annotations

import math

from ayni.statistics.charts.outline import Ring, area, centroid
from ayni.statistics.charts.projection import Point

_CELLS = 16


def roomiest(ring: Ring, cells: int = _CELLS) -> Point:
    """A point of the ring with the most room around it, found on a grid of `cells` by `cells` and a
    finer one around its best point; the centroid where no point of the grid is inside."""
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    best, room = centroid(ring), -math.inf
    for _round in range(2):
        across, up = (east - west) / cells, (north - south) / cells
        for i in range(cells):
            for j in range(cells):
                point = (west + (i + 0.5) * across, south + (j + 0.5) * up)
                here = _room(point, ring)
                if here > room:
                    best, room = point, here
        west, east = best[0] - across, best[0] + across
        south, north = best[1] - up, best[1] + up
    return best if room > 0 else centroid(ring)


def _room(point: Point, ring: Ring) -> float:
    """Distance to the nearest edge, negative outside of the ring (even-odd rule). Degrees of
    longitude are taken as long as they are at that latitude."""
    x, y = point
    narrow = math.cos(math.radians(y))
    inside, nearest = False, math.inf
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
        nearest = min(nearest, _away((ax - x) * narrow, ay - y, (bx - x) * narrow, by - y))
    return nearest if inside else -nearest


def _away(ax: float, ay: float, bx: float, by: float) -> float:
    """Distance of the origin from the segment a-b."""
    dx, dy = bx - ax, by - ay
    long = dx * dx + dy * dy
    share = min(max(-(ax * dx + ay * dy) / long, 0.0), 1.0) if long else 0.0
    return math.hypot(ax + share * dx, ay + share * dy)


def largest(rings: tuple[Ring, ...]) -> Ring:
    """The ring with the largest area."""
    return max(rings, key=lambda ring: abs(area(ring)))
