"""TopoJSON into rings of points (TopoJSON specification 1.0: arcs are quantised and delta-encoded;
an arc with a negative number ~n is arc n backwards)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.statistics.charts.projection import Point

Ring = list[Point]


def shapes(topology: Mapping[str, Any], name: str) -> list[tuple[str, list[list[Ring]]]]:
    """Each geometry of the object `name`: its id ("" without one) and its polygons, each a list of
    rings. Raises KeyError for what a topology must have, ValueError for another geometry."""
    kx, ky = topology["transform"]["scale"]
    dx, dy = topology["transform"]["translate"]
    arcs: list[Ring] = []
    for arc in topology["arcs"]:
        x = y = 0
        points: Ring = []
        for across, up in arc:
            x, y = x + across, y + up
            points.append((x * kx + dx, y * ky + dy))
        arcs.append(points)

    def ring(numbers: list[int]) -> Ring:
        points: Ring = []
        for number in numbers:
            arc = arcs[number] if number >= 0 else arcs[~number][::-1]
            points.extend(arc[1:] if points else arc)
        return points

    found = []
    for geometry in topology["objects"][name]["geometries"]:
        kind, parts = geometry.get("type"), geometry.get("arcs", [])
        if kind not in ("Polygon", "MultiPolygon", None):
            raise ValueError(kind)
        polygons = [parts] if kind == "Polygon" else parts
        found.append(
            (str(geometry.get("id", "")), [[ring(each) for each in rings] for rings in polygons])
        )
    return found
