"""From longitude and latitude upon a plane on which equal areas stay equal.

Lambert's azimuthal equal-area projection of a sphere (J. P. Snyder, "Map Projections: A Working
Manual", USGS Professional Paper 1395, 1987, equations 24-2 to 24-4): a choropleth compares areas.
"""

from __future__ import annotations

import math

Point = tuple[float, float]
# Near the middle of the ten states: the distortion of shapes is shared by north and south.
CENTRE: Point = (-60.0, -20.0)


def project(point: Point, centre: Point = CENTRE) -> Point:
    """East and north of the centre in radii of the sphere. Degrees in; the point opposite of the
    centre has no place on the plane and is put at its rim."""
    turn = math.radians(point[0] - centre[0])
    north, middle = math.radians(point[1]), math.radians(centre[1])
    towards = math.cos(north) * math.cos(turn)
    whole = 1 + math.sin(middle) * math.sin(north) + math.cos(middle) * towards
    scale = math.sqrt(2 / whole) if whole > 1e-12 else 0.0
    if not scale:
        return (2.0, 0.0)
    return (
        scale * math.cos(north) * math.sin(turn),
        scale * (math.cos(middle) * math.sin(north) - math.sin(middle) * towards),
    )
