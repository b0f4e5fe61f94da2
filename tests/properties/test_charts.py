"""Drawings against what they promise: XML for any label, every number in the table, hidden values
hatched and never zero, arrows that end apart and inside the frame."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.charts import palette
from ayni.statistics.charts.bars import Bars
from ayni.statistics.charts.choropleth import Choropleth, classes, step_of
from ayni.statistics.charts.flows import Flow, spread
from ayni.statistics.charts.flows import arrows as flows_of
from ayni.statistics.charts.lines import Lines
from ayni.statistics.charts.outline import Outline, Shape, area, clip
from ayni.statistics.charts.projection import Point, project
from ayni.statistics.charts.pyramid import Pyramid
from ayni.statistics.charts.scale import scale_for
from ayni.statistics.charts.svg import WIDTH, Frame
from ayni.statistics.charts.topology import shapes
from ayni.statistics.charts.values import Hidden, Series, Value, Words

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words("fewer & <than>", "suppressed", "unknown", "grey")
labels = st.text(max_size=60)


def _number(number: float) -> Value:
    return Value(f"n{number}", number)


numbers = st.integers(0, 10**7).map(_number)
intervals = st.tuples(st.integers(0, 10**6), st.integers(0, 99), st.integers(0, 99)).map(
    lambda t: Value(f"i{t}", t[0], low=max(t[0] - t[1], 0), high=t[0] + t[2])
)
hidden = st.one_of(
    st.integers(2, 20).map(lambda n: Value(f"<{n}", hidden=Hidden.MASKED, below=n)),
    st.just(Value("withheld", hidden=Hidden.SUPPRESSED)),
    st.just(Value("none told", hidden=Hidden.UNKNOWN)),
)
values = st.one_of(numbers, intervals, hidden)


@st.composite
def tables(draw: st.DrawFn, series: int | None = None) -> tuple[list[str], list[Series]]:
    """Categories and series that fit each other."""
    categories = draw(st.lists(labels, max_size=8))
    count = series or draw(st.integers(1, len(palette.CATEGORIES)))
    size = len(categories)
    rows = [
        Series(draw(labels), tuple(draw(st.lists(values, min_size=size, max_size=size))))
        for _ in range(count)
    ]
    return categories, rows


def _read(drawing: str) -> ElementTree.Element:
    """The drawing as XML; its names stand first, and no id leads nowhere."""
    root = ElementTree.fromstring(drawing)  # noqa: S314
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    ids = {each.get("id") for each in root.iter()} - {None}
    named = re.findall(r"url\(#([^)]+)\)", drawing)
    assert {*named, root.get("aria-labelledby"), root.get("aria-describedby")} <= ids
    assert not [
        each for each in root.iter() if "style" in each.attrib or each.tag.endswith("style")
    ]
    return root


def _frame(title: str = "t") -> Frame:
    return Frame("chart-1", title, "d")


def _every_value_is_told(drawing: str, table: object, series: list[Series]) -> None:
    root = _read(drawing)
    titles = [t.text or "" for t in root.iter(f"{SVG}title")][1:]
    told = [value for each in series for value in each.values]
    assert len([t for t in titles if t]) == len(told)
    cells = [list(row[1:]) for row in table.rows]  # type: ignore[attr-defined]
    assert cells == [
        [each.values[at].text for each in series] for at in range(len(series[0].values))
    ]
    hatched = drawing.count('fill="url(#')
    kinds = {value.hidden for value in told} - {None}
    assert hatched == len([v for v in told if v.hidden]) + len(kinds)  # the key as well


def _inside(drawing: str) -> None:
    """No rectangle lies outside of the drawing, none has a negative side."""
    root = _read(drawing)
    _x, _y, width, height = map(float, (root.get("viewBox") or "").split())
    assert width == WIDTH
    for rect in root.iter(f"{SVG}rect"):
        x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
        w, h = float(rect.get("width", 0)), float(rect.get("height", 0))
        assert w >= 0
        assert h >= 0
        assert -0.1 <= x <= x + w <= width + 0.1
        assert -0.1 <= y <= y + h <= height + 0.1


@given(title=labels, first=labels, made=tables())
def test_bars_are_xml_and_tell_every_number_in_their_table(
    title: str, first: str, made: tuple[list[str], list[Series]]
) -> None:
    categories, series = made
    bars = Bars(_frame(title), first, tuple(categories), tuple(series), WORDS)
    _every_value_is_told(bars.draw(), bars.table(), series)
    _inside(bars.draw())
    assert [row[0] for row in bars.table().rows] == categories


@given(title=labels, made=tables())
def test_time_lines_are_xml_and_tell_every_number_in_their_table(
    title: str, made: tuple[list[str], list[Series]]
) -> None:
    moments, series = made
    lines = Lines(_frame(title), "y", tuple(moments), tuple(series), WORDS, str)
    _every_value_is_told(lines.draw(), lines.table(), series)
    _inside(lines.draw())


@given(title=labels, made=tables(series=2))
def test_a_pyramid_is_xml_and_tells_every_number_in_its_table(
    title: str, made: tuple[list[str], list[Series]]
) -> None:
    ages, (left, right) = made
    pyramid = Pyramid(_frame(title), "age", tuple(ages), left, right, WORDS)
    _every_value_is_told(pyramid.draw(), pyramid.table(), [left, right])
    _inside(pyramid.draw())


@given(st.floats(1e-6, 1e12))
def test_a_scale_begins_at_zero_ends_above_the_highest_and_has_few_round_ticks(top: float) -> None:
    scale = scale_for(top, 0, 100)
    ticks = scale.ticks()
    assert scale.top >= top * (1 - 1e-9)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 8
    assert math.isclose(scale.at(ticks[-1]), 100, abs_tol=1e-6)


@given(st.lists(st.integers(0, 500), max_size=12))
def test_steps_of_a_map_hold_every_number_and_part_no_equal_ones(numbers: list[int]) -> None:
    steps = classes(list(map(float, numbers)))
    assert len(steps) == min(len(set(numbers)), len(palette.STEPS))
    flat = [bound for step in steps for bound in step]
    assert flat == sorted(flat)
    for number in numbers:
        low, high = steps[step_of(number, steps)]
        assert low <= number <= high


@given(st.lists(st.floats(-720, 720), max_size=16))
def test_ends_of_arrows_are_apart_whatever_directions_they_come_from(angles: list[float]) -> None:
    found = spread(angles)
    assert len(found) == len(angles)
    least = min(34.0, 360 / max(len(angles), 1))
    for one, other in combinations(found, 2):
        gap = abs(one - other) % 360
        assert min(gap, 360 - gap) >= least - 1e-6


@given(st.lists(st.floats(-180, 180), min_size=2, max_size=5, unique=True))
def test_directions_that_are_apart_already_stay_as_they_are(angles: list[float]) -> None:
    gaps = [abs(a - b) % 360 for a, b in combinations(angles, 2)]
    if min(min(gap, 360 - gap) for gap in gaps) > 34:
        for given_one, found in zip(angles, spread(angles), strict=True):
            turned = abs(given_one - found) % 360
            assert min(turned, 360 - turned) < 1e-6


# Where the codes of states stand on our map, and the flows into the two that most lead to.
_PLACES = {
    "AR": (240.0, 540.0), "BO": (226.0, 370.0), "BR": (414.0, 323.0), "CL": (178.0, 455.0),
    "CO": (114.0, 128.0), "PE": (123.0, 329.0), "PY": (280.0, 431.0), "UY": (324.0, 572.0),
    "VE": (226.0, 77.0),
}  # fmt: skip
_CROWDED = [
    ("BO", "AR", 1980), ("PY", "AR", 849), ("PE", "AR", 179), ("BO", "BR", 112), ("BO", "CL", 96),
    ("PY", "CL", 91), ("VE", "AR", 72), ("CO", "CL", 61), ("CO", "AR", 58), ("PE", "CL", 30),
]  # fmt: skip


def test_no_head_of_an_arrow_lies_upon_another_where_many_end_in_one_state() -> None:
    flows = [Flow(start, end, Value(str(n), n)) for start, end, n in _CROWDED]
    drawn = flows_of(flows, _PLACES, (5.0, 5.0, 600.0, 850.0))

    for one, other in combinations(drawn, 2):
        assert _apart(one.head, other.head), (one.flow, other.flow)


def _apart(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two triangles have no point in common: a side of one parts them."""
    for corners in (one, other):
        for n, (ax, ay) in enumerate(corners):
            bx, by = corners[(n + 1) % 3]
            across = (by - ay, ax - bx)
            sides = [[x * across[0] + y * across[1] for x, y in each] for each in (one, other)]
            if max(sides[0]) < min(sides[1]) or max(sides[1]) < min(sides[0]):
                return True
    return False


def test_no_line_of_an_arrow_is_drawn_upon_a_head() -> None:
    told = [("AR", "BO", Value("9", 9)), ("BR", "BO", Value("8", 8)), ("CL", "BO", Value("7", 7))]
    groups = [
        each for each in _read(_map({}, told, {}).draw()).iter()
        if len(each) and "→" in (each[0].text or "") and each.tag.endswith("g")
    ]  # fmt: skip
    lines = [n for n, each in enumerate(groups) if each.get("fill") == "none"]
    heads = [n for n, each in enumerate(groups) if each.get("fill") is None]
    assert (len(lines), len(heads)) == (3, 3)
    assert max(lines) < min(heads)


def _square(code: str, x: float, y: float, side: float = 3.0) -> Shape:
    ring = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))
    return Shape(code, (ring,), (x + side / 2, y + side / 2))


# Ten squares, neighbours share a side, as states do; one grey beside them.
_CODES = ("AR", "BO", "BR", "CL", "CO", "EC", "PE", "PY", "UY", "VE")
_SQUARES = {
    code: _square(code, -70 + 3 * (n % 3), -30 + 3 * (n // 3)) for n, code in enumerate(_CODES)
}
OUTLINE = Outline(_SQUARES, (_square("", -61, -30),))


def _map(
    values_of: dict[str, Value], arrows: list[tuple[str, str, Value]], names: dict[str, str]
) -> Choropleth:
    return Choropleth(
        _frame(), OUTLINE, names, values_of, Value("none told", hidden=Hidden.UNKNOWN), WORDS, str,
        "State", "Number", "From", "To", tuple(Flow(*each) for each in arrows),
        lambda n: f"{n} more",
    )  # fmt: skip


places = st.sampled_from([*_CODES, "HT"])


@given(
    st.dictionaries(st.sampled_from(_CODES), values),
    st.lists(st.tuples(places, places, values), max_size=25, unique_by=lambda f: (f[0], f[1])),
    st.dictionaries(st.sampled_from(_CODES), labels),
)
def test_a_map_tells_every_number_and_its_arrows_end_apart_within_the_frame(
    values_of: dict[str, Value], arrows: list[tuple[str, str, Value]], names: dict[str, str]
) -> None:
    drawn = _map(values_of, arrows, names)
    root = _read(drawn.draw())
    _x, _y, width, height = map(float, (root.get("viewBox") or "").split())
    assert sorted(cell for _name, cell in drawn.table().rows) == sorted(
        values_of[code].text if code in values_of else "none told" for code in _CODES
    )
    assert [row[2] for row in drawn.flow_table().rows] == [value.text for _a, _b, value in arrows]
    found = drawn.drawn_arrows()
    assert len(found) <= 12
    for arrow in found:
        for x, y in (arrow.start, arrow.control, arrow.end, *arrow.head):
            assert 0 <= x <= width
            assert 0 <= y <= height
        assert arrow.flow.start != arrow.flow.end
        assert arrow.flow.value.number != 0


@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-89, 89)), min_size=3, max_size=12))
def test_what_is_cut_at_a_window_lies_within_it_and_what_is_within_stays(
    points: list[tuple[float, float]],
) -> None:
    window = (-90.0, -60.0, -30.0, 20.0)
    cut = clip(tuple(points), window)
    for x, y in cut:
        assert window[0] - 1e-6 <= x <= window[2] + 1e-6
        assert window[1] - 1e-6 <= y <= window[3] + 1e-6
    if all(-90 <= x <= -30 and -60 <= y <= 20 for x, y in points):
        assert list(cut) == points
    assert abs(area(cut)) <= 60 * 80 * len(points) + 1e-6


@given(st.floats(-85, -35), st.floats(-55, 12))
def test_equal_areas_of_the_sphere_stay_equal_on_the_map(west: float, south: float) -> None:
    def small(x: float, y: float) -> float:
        corners = [(x, y), (x + 0.1, y), (x + 0.1, y + 0.1), (x, y + 0.1)]
        true = math.radians(0.1) * (
            math.sin(math.radians(y + 0.1)) - math.sin(math.radians(y))
        )  # fmt: skip
        return area([project(each) for each in corners]) / true

    assert math.isclose(small(west, south), 1.0, rel_tol=1e-4)


@st.composite
def topologies(draw: st.DrawFn) -> tuple[dict[str, object], list[list[tuple[int, int]]]]:
    """Rings of whole numbers, and a topology of them with two arcs each, one of them backwards."""
    rings = draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=4, max_size=9),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    arcs, geometries = [], []
    for ring in rings:
        closed = [*ring, ring[0]]
        cut = draw(st.integers(1, len(ring) - 1))
        numbers = []
        for part, backwards in ((closed[: cut + 1], False), (closed[cut:], True)):
            points = part[::-1] if backwards else part
            steps = [points[0]] + [
                (b[0] - a[0], b[1] - a[1]) for a, b in zip(points, points[1:], strict=False)
            ]
            arcs.append([list(step) for step in steps])
            numbers.append(~(len(arcs) - 1) if backwards else len(arcs) - 1)
        geometries.append({"type": "Polygon", "id": "x", "arcs": [numbers]})
    topology = {
        "transform": {"scale": [2.0, 3.0], "translate": [-10.0, 5.0]},
        "arcs": arcs,
        "objects": {"all": {"geometries": geometries}},
    }
    return topology, rings


@given(topologies())
def test_a_topology_becomes_the_rings_it_was_made_of(
    made: tuple[dict[str, object], list[list[tuple[int, int]]]],
) -> None:
    topology, rings = made
    found = [polygons[0][0] for _id, polygons in shapes(topology, "all")]
    assert found == [[(x * 2 - 10, y * 3 + 5) for x, y in [*ring, ring[0]]] for ring in rings]
