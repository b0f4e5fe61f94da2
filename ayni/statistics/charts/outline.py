"""An outline: the shapes a map is drawn from, as GeoJSON (RFC 7946), shipped or a node's own.

A feature whose `id` is the ISO 3166-1 alpha-2 code of a state that is counted is that state; every
other feature is grey, without name and without line. What lies outside of the window is cut off,
and so are specks too small to be seen; a state's largest piece always stays.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ayni.statistics.charts.projection import Point

Ring = tuple[Point, ...]
# West, south, east, north. The Galápagos, Easter Island, Juan Fernández, Fernando de Noronha and
# Trindade lie outside: they would make everything else small.
WINDOW = (-82.0, -56.3, -34.5, 13.3)
_SPECK, _SPECK_BESIDE = 0.05, 0.55  # square degrees; the second for what is not counted
_LARGEST = 20_000_000  # characters of a file; an outline of the whole world at 1:50 million has 3


class BadOutline(Exception):
    """The file is no outline; `where` names the place, `wrong` what was found there (both English,
    for the administrator's terminal)."""

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__(f"{where}: {wrong}")
        self.where, self.wrong = where, wrong


@dataclass(frozen=True, slots=True)
class Shape:
    """One area. `code`: of a state that is counted, or "" for everything else. `label`: a point
    within it, for its code and its arrows. `rings` of all its pieces; holes run the other way."""

    code: str
    rings: tuple[Ring, ...]
    label: Point


@dataclass(frozen=True, slots=True)
class Outline:
    """The states that are counted, and what is grey around them."""

    states: Mapping[str, Shape]
    others: tuple[Shape, ...]


def area(ring: Iterable[Point]) -> float:
    """Signed area of a ring (shoelace formula), in the square of its units."""
    points = list(ring)
    ends = zip(points, points[1:] + points[:1], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in ends) / 2


def centroid(ring: Ring) -> Point:
    """Centre of the area of a ring; of a ring without area, the middle of its points."""
    twice = x = y = 0.0
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = ax * by - bx * ay
        twice += cross
        x += (ax + bx) * cross
        y += (ay + by) * cross
    if abs(twice) < 1e-12:
        return (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    return (x / (3 * twice), y / (3 * twice))


def clip(ring: Ring, window: tuple[float, float, float, float] = WINDOW) -> Ring:
    """The part of a ring inside the window (Sutherland and Hodgman, "Reentrant polygon clipping",
    Communications of the ACM 17, 1974); empty if there is none."""
    west, south, east, north = window
    for axis, bound, inside in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        kept: list[Point] = []
        for before, here in zip(ring[-1:] + ring[:-1], ring, strict=True):
            was, is_in = ((p[axis] - bound) * inside >= 0 for p in (before, here))
            if was != is_in:
                share = (bound - before[axis]) / (here[axis] - before[axis])
                other = 1 - axis
                cut = before[other] + share * (here[other] - before[other])
                kept.append((bound, cut) if axis == 0 else (cut, bound))
            if is_in:
                kept.append(here)
        ring = tuple(kept)
        if not ring:
            break
    return ring


def pieces(rings: Iterable[Ring], *, counted: bool) -> tuple[Ring, ...]:
    """Of these rings what is seen: cut at the window, without specks; of a `counted` state never
    without the largest. A ring around the antimeridian, uncut against RFC 7946 (3.1.9), is left
    out: it would become a band across the map."""
    cut = [each for each in map(clip, filter(_of_one_side, rings)) if len(each) > 2]
    speck = _SPECK if counted else _SPECK_BESIDE
    kept = tuple(each for each in cut if abs(area(each)) >= speck)
    if kept or not counted:
        return kept
    return tuple(sorted(cut, key=lambda each: -abs(area(each)))[:1])


def _of_one_side(ring: Ring) -> bool:
    return len(ring) > 2 and max(p[0] for p in ring) - min(p[0] for p in ring) <= 180


def read_outline(text: str, codes: Iterable[str]) -> Outline:
    """The outline that a GeoJSON text describes; every one of `codes` (alpha-2, capitals) must be
    in it. Raises `BadOutline`."""
    if len(text) > _LARGEST:
        raise BadOutline("file", "it is too large")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise BadOutline("file", "it is not JSON") from None
    if not isinstance(read, dict) or not isinstance(read.get("features"), list):
        raise BadOutline("file", 'it is no GeoJSON "FeatureCollection"')
    wanted = frozenset(codes)
    states: dict[str, Shape] = {}
    others: list[Shape] = []
    for number, feature in enumerate(read["features"]):
        shape = _shape(f"features[{number}]", feature, wanted)
        if shape is None:
            continue
        if not shape.code:
            others.append(shape)
        elif shape.code in states:
            raise BadOutline(f"features[{number}]", f"{shape.code} is there twice")
        else:
            states[shape.code] = shape
    missing = sorted(wanted - states.keys())
    if missing:
        raise BadOutline("features", f"no feature with id {', '.join(missing)}")
    return Outline(states, tuple(others))


def _shape(where: str, feature: Any, wanted: frozenset[str]) -> Shape | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        raise BadOutline(where, "a feature has a geometry")
    kind, found = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(found, list):
        raise BadOutline(f"{where}.geometry", "only Polygon and MultiPolygon are areas")
    polygons = [found] if kind == "Polygon" else found
    code = feature.get("id")
    counted = isinstance(code, str) and code in wanted
    found = [_ring(where, ring) for polygon in polygons for ring in _list(where, polygon)]
    rings = pieces(found, counted=counted)
    if not rings:
        return None
    properties = feature.get("properties")
    label = properties.get("label") if isinstance(properties, dict) else None
    point = _point(f"{where}.properties.label", label) if label else None
    largest = max(rings, key=lambda ring: abs(area(ring)))
    return Shape(code if counted else "", rings, point or centroid(largest))


def _list(where: str, found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise BadOutline(where, "coordinates are lists of rings")
    return found


def _ring(where: str, found: Any) -> Ring:
    points = tuple(_point(where, each) for each in _list(where, found))
    return points[:-1] if len(points) > 1 and points[0] == points[-1] else points


def _point(where: str, found: Any) -> Point:
    """Longitude and latitude; a height after them is ignored (RFC 7946, 3.1.1)."""
    if not isinstance(found, list) or len(found) < 2:
        raise BadOutline(where, "a position is longitude and latitude")
    x, y = found[0], found[1]
    if not all(isinstance(n, int | float) and math.isfinite(n) for n in (x, y)):
        raise BadOutline(where, "a position is two numbers")
    if not (-180 <= x <= 180 and -90 <= y <= 90):
        raise BadOutline(where, "longitude is within 180 degrees, latitude within 90 (WGS 84)")
    return (float(x), float(y))
