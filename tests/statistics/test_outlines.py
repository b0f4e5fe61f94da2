"""The outline of the maps: as shipped, as a node's own file, and what is refused in one."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ayni.statistics.charts import palette
from ayni.statistics.charts.choropleth import Choropleth
from ayni.statistics.charts.inside import roomiest
from ayni.statistics.charts.outline import BadOutline, Outline, read_outline
from ayni.statistics.charts.svg import Frame
from ayni.statistics.charts.values import Hidden, Value, Words

CODES = ("AR", "BO", "BR", "CL", "CO", "EC", "PE", "PY", "UY", "VE")
SHIPPED = Path(__file__).resolve().parents[2] / "ayni" / "static_built" / "outline.json"


def _feature(code: object, x: float, y: float = -20, side: float = 4) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {
        "type": "Feature", "id": code, "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


def _text(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def _map(outline: Outline) -> Choropleth:
    return Choropleth(
        Frame("map", "Map", "Map"), outline, {}, {code: Value("1", 1) for code in CODES},
        Value("-", hidden=Hidden.UNKNOWN), Words("m", "s", "u", "n"), str, "State", "Number",
    )  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Outline:
    return read_outline(SHIPPED.read_text("utf-8"), CODES)


def test_the_shipped_outline_has_the_ten_states_and_names_nothing_else(shipped: Outline) -> None:
    assert sorted(shipped.states) == sorted(CODES)
    assert {shape.code for shape in shipped.others} == {""}
    read = json.loads(SHIPPED.read_text("utf-8"))
    ids = [feature.get("id") for feature in read["features"] if "id" in feature]
    assert sorted(ids) == sorted(CODES)
    assert all(set(feature["properties"]) <= {"label"} for feature in read["features"])


def test_remote_islands_are_cut_off_and_nothing_lies_outside_of_the_drawing(
    shipped: Outline,
) -> None:
    assert min(x for ring in shipped.states["EC"].rings for x, _y in ring) > -82  # no Galápagos
    assert min(x for ring in shipped.states["CL"].rings for x, _y in ring) > -77  # no Easter Island
    assert max(x for ring in shipped.states["BR"].rings for x, _y in ring) < -34  # no Trindade


def test_no_line_is_drawn_along_what_is_grey(shipped: Outline) -> None:
    """Around Guyana, Suriname and French Guiana only the colour ends; no stroke marks where."""
    drawn = _map(shipped)
    svg = drawn.draw()
    paths = [part.partition("/>")[0] for part in svg.split("<path")]
    grey = [path for path in paths if f'fill="{palette.NEUTRAL}"' in path]
    assert len(grey) == 1
    assert "stroke=" not in grey[0]
    on_the_grey = {
        drawn.place(point) for shape in shipped.others for ring in shape.rings for point in ring
    }
    of_brazil = {drawn.place(p) for ring in shipped.states["BR"].rings for p in ring}
    shared = on_the_grey & of_brazil
    assert len(shared) > 20  # the border with the three
    strokes = _stroked(svg)
    inner = {
        tuple(sorted((_grid(a), _grid(b))))
        for shape in shipped.others
        for ring in shape.rings
        for a, b in pairwise([drawn.place(point) for point in ring])
        if {a, b} <= shared
    }
    assert inner
    assert not inner & strokes


def _grid(point: tuple[float, float]) -> tuple[float, float]:
    return (round(point[0] * 2) / 2, round(point[1] * 2) / 2)


def _stroked(svg: str) -> set[tuple[tuple[float, float], ...]]:
    """Every segment of the paths that are stroked and not filled."""
    found = set()
    for path in re.findall(r'<path d="([^"]*)" fill="none" stroke="[^"]*" stroke-width="0', svg):
        for line in path.split("M")[1:]:
            start, _l, steps = line.rstrip("z").partition("l")
            x, y = map(float, start.split())
            numbers = list(map(float, re.findall(r"-?\d+(?:\.\d)?", steps)))
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                found.add(tuple(sorted(((x, y), (x + dx, y + dy)))))
                x, y = x + dx, y + dy
    assert found
    return found


def test_codes_stand_inside_of_their_states(shipped: Outline) -> None:
    for code, shape in shipped.states.items():
        x, y = shape.label
        ring = max(shape.rings, key=len)
        crossed = sum(
            (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax)
            for (ax, ay), (bx, by) in pairwise([*ring, ring[0]])
        )
        assert crossed % 2 == 1, code


def test_a_node_may_supply_its_own_outline_with_what_else_it_wants_in_grey() -> None:
    text = _text(*(_feature(code, -78 + 4 * n) for n, code in enumerate(CODES)),
                 _feature("FK", -60, -52), _feature(7, -60, -40))  # fmt: skip
    outline = read_outline(text, CODES)
    assert sorted(outline.states) == sorted(CODES)
    assert len(outline.others) == 2
    assert outline.states["AR"].label == (-76, -18)
    assert "FK" not in _map(outline).draw()


@pytest.mark.parametrize(
    ("text", "where", "wrong"),
    [
        ("", "file", "not JSON"),
        ("[" * 100_000, "file", "not JSON"),
        ("[]", "file", "FeatureCollection"),
        ('{"features": 3}', "file", "FeatureCollection"),
        (_text(7), "features[0]", "geometry"),
        (_text({"id": "AR", "geometry": {"type": "Point", "coordinates": [1, 2]}}),
         "features[0].geometry", "areas"),
        (_text({"id": "AR", "geometry": {"type": "Polygon", "coordinates": [7]}}),
         "features[0]", "rings"),
        (_text(_feature("AR", -70), _feature("AR", -60)), "features[1]", "twice"),
        (_text(_feature("AR", -70)), "features", "BO, BR, CL"),
        (_text(_feature("AR", -500)), "features[0]", "WGS 84"),
        (_text(_feature("AR", float("nan"))), "features[0]", "numbers"),
        (_text(_feature(["AR"], -70)), "features", "AR, BO"),
    ],
)  # fmt: skip
def test_what_is_no_outline_is_refused_with_the_place_and_the_reason(
    text: str, where: str, wrong: str
) -> None:
    with pytest.raises(BadOutline) as refused:
        read_outline(text, CODES)
    assert refused.value.where == where
    assert wrong in refused.value.wrong


def test_an_area_across_the_antimeridian_is_no_band_across_the_map() -> None:
    ring = [[179, -17], [-179, -17], [-179, -16], [179, -16], [179, -17]]
    fiji = {"id": "FJ", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    text = _text(*(_feature(code, -78 + 4 * n) for n, code in enumerate(CODES)), fiji)
    assert read_outline(text, CODES).others == ()


def test_the_roomiest_point_of_a_hook_is_not_its_centre() -> None:
    hook = ((0, 0), (10, 0), (10, 10), (9, 10), (9, 1), (0, 1))
    x, y = roomiest(tuple((float(a), float(b)) for a, b in hook))
    assert (0 < x < 10 and 0 < y < 1) or (9 < x < 10 and 0 < y < 10)


def test_colours_stand_out_from_the_page_and_from_each_other_by_more_than_hue() -> None:
    for colour in (*palette.CATEGORIES, palette.ARROW, palette.QUIET, palette.INK):
        assert palette.contrast(colour, palette.PAPER) >= 4.5
        assert palette.contrast(colour, "#f4f5f3") >= 4.5
    lights = [palette.luminance(step) for step in palette.STEPS]
    assert lights == sorted(lights, reverse=True)
    for light, dark in pairwise(palette.STEPS):
        assert palette.contrast(light, dark) >= 1.3
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
