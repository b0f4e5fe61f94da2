"""Makes the outline of the maps (`ayni/static_built/outline.json`) from npm's `world-atlas`.

Natural Earth at 1:50 million, as TopoJSON. Kept are the ten states, with their codes, and what lies
beside them within the window of the map, without code and without name. Coordinates have two
decimals (about a kilometre), less than a unit of the drawing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ayni.statistics.charts import inside
from ayni.statistics.charts.outline import pieces
from ayni.statistics.charts.topology import shapes

ROOT = Path(__file__).resolve().parent.parent
ATLAS = ROOT / "node_modules" / "world-atlas" / "countries-50m.json"
STATES = ROOT / "ayni" / "members" / "data" / "states.yaml"
_CHARTS = ROOT / "ayni" / "statistics" / "charts"
MAKERS = [_CHARTS / name for name in ("topology.py", "outline.py", "inside.py")]


def outline(topology: dict[str, Any], codes: dict[str, str]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection; `codes`: ISO 3166-1 numeric -> alpha-2 of the states."""
    features = []
    for number, polygons in shapes(topology, "countries"):
        # On the grid before anything is cut: neighbours keep the very same points.
        rings = [
            tuple((round(x, 2), round(y, 2)) for x, y in ring[:-1])
            for polygon in polygons
            for ring in polygon
        ]
        kept = pieces(rings, counted=number in codes)
        if not kept:
            continue
        feature: dict[str, Any] = {
            "type": "Feature",
            "properties": {},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[[*map(list, ring), list(ring[0])]] for ring in kept],
            },
        }
        if number in codes:
            x, y = inside.roomiest(inside.largest(kept))
            feature["id"] = codes[number]
            feature["properties"] = {"label": [round(x, 2), round(y, 2)]}
        features.append(feature)
    return {"type": "FeatureCollection", "features": features}


def write(into: Path) -> None:
    """Write the outline. Raises `OSError` where the package is not there."""
    rows = YAML(typ="safe", pure=True).load(STATES.read_text("utf-8"))["states"]
    codes = {row["numeric"]: row["alpha2"] for row in rows}
    made = outline(json.loads(ATLAS.read_text("utf-8")), codes)
    into.write_text(json.dumps(made, separators=(",", ":")), "utf-8")
