"""A sum beside the releases of its states, against every world that a reader could think of."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics.disclosure.attack import CLOSE
from ayni.statistics.disclosure.linked import System
from ayni.statistics.disclosure.suppressing import Suppression, suppress
from ayni.statistics.disclosure.tables import Cell, Counts, Release, Table, Variable
from ayni.statistics.releasing import of_states
from ayni.statistics.releasing.of_states import OfState, OfSum, Reading, Together

optimize = pytest.importorskip("scipy.optimize", reason="the attack needs the extra observatory")
numpy = pytest.importorskip("numpy", reason="the attack needs the extra observatory")
STATES = ("ar", "bo", "cl")
KINDS = ("x", "y")
OVER = {"a": Variable("a", KINDS)}
MOST = 2
World = Mapping[tuple[str, str], int]  # (state, kind) -> persons


def cells(world: World, state: str) -> dict[Cell, int]:
    """What a state has, with its total; under "" all states together."""

    def of(kind: str) -> int:
        return sum(n for (s, k), n in world.items() if k == kind and s in (state or s))

    found: dict[Cell, int] = {(("a", kind),): of(kind) for kind in KINDS}
    return {**found, (): sum(found.values())}


def yearly(values: Mapping[Cell, int | None]) -> dict[Cell, int | None]:
    return {tuple(sorted([*place, ("year", "2024")])): value for place, value in values.items()}


def worlds(most: int, publishes: Mapping[str, Mapping[Cell, int | None]],
           of_sum: Mapping[Cell, int | None]) -> Iterator[World]:  # fmt: skip
    """Every world in which all that is shown is true."""
    own = {}
    for state in STATES:
        own[state] = [
            (x, y)
            for x, y in itertools.product(range(most + 1), repeat=2)
            if agrees({("s", "x"): x, ("s", "y"): y}, "s", publishes.get(state, {}))
        ]
    whole = of_sum[()]
    assert whole is not None
    *first, last = STATES
    by_total = defaultdict(list)
    for pair in own[last]:
        by_total[sum(pair)].append(pair)
    for begun in itertools.product(*[own[state] for state in first]):
        left = whole - sum(map(sum, begun))
        yield from _ends(begun, by_total.get(left, []), of_sum)


def _ends(
    begun: tuple[tuple[int, int], ...], ends: list[tuple[int, int]],
    of_sum: Mapping[Cell, int | None],
) -> Iterator[World]:  # fmt: skip
    for end in ends:
        chosen = (*begun, end)
        world = {
            (state, kind): n
            for state, pair in zip(STATES, chosen, strict=True)
            for kind, n in zip(KINDS, pair, strict=True)
        }
        if agrees(world, "", of_sum):
            yield world


def agrees(world: World, state: str, shown: Mapping[Cell, int | None]) -> bool:
    true = cells(world, state)
    return all(value is None or true[place] == value for place, value in shown.items())


def hiding(values: Mapping[Cell, int], hidden: set[int]) -> dict[Cell, int | None]:
    return {p: None if i in hidden else v for i, (p, v) in enumerate(values.items())}


NUMBERS = st.tuples(*[st.integers(0, MOST)] * 6)
HIDDEN = st.sets(st.integers(0, 2), max_size=3)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, st.dictionaries(st.sampled_from(STATES), HIDDEN), HIDDEN, st.integers(1, 4))
def test_what_is_narrow_is_what_every_possible_world_says(
    numbers: tuple[int, ...], published: dict[str, set[int]], unseen: set[int], width: int
) -> None:
    world = dict(zip(itertools.product(STATES, KINDS), numbers, strict=True))
    # The total of the sum is shown, so that there are as many worlds as can be counted.
    of_sum = hiding(cells(world, ""), unseen - {2})
    tables = {state: hiding(cells(world, state), each) for state, each in published.items()}
    releases = [OfState(state, state, state, yearly(each), width) for state, each in tables.items()]
    both = of_states.together(OfSum(OVER, STATES, "2024", of_sum, width, 10), releases)
    assert [reading for _each, reading in both.read] == [Reading.SAME] * len(releases)
    assert not both.left
    found = {each.place for each in of_states.narrow(both)}
    all_of = list(worlds(sum(numbers), tables, of_sum)) if tables else []
    for state, each in tables.items():
        for place, value in each.items():
            if value is not None:
                continue
            seen = [cells(one, state)[place] for one in all_of]
            alone = _alone(each, place)
            spread = max(seen) - min(seen)
            mark = tuple(sorted([*place, ("side", "host"), ("state", state), ("year", "2024")]))
            assert (mark in found) == (spread < width and spread < alone), (state, place)


def _alone(shown: Mapping[Cell, int | None], place: Cell) -> float:
    """How much a hidden cell is left open by its own table."""
    total, parts = shown[()], [shown[("a", kind),] for kind in KINDS]
    if place == ():
        return math.inf if None in parts else 0
    other = parts[1] if place == (("a", "x"),) else parts[0]
    if total is None:
        return math.inf
    return total if other is None else 0


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.integers(0, 30)] * 6), st.sets(st.sampled_from(STATES), max_size=3))
def test_a_sum_is_hidden_until_no_state_can_be_worked_out(
    numbers: tuple[int, ...], publish: set[str]
) -> None:
    world = dict(zip(itertools.product(STATES, KINDS), numbers, strict=True))
    rules = Suppression(threshold=5, width=5)
    releases = [
        OfState(state, state, state, yearly(_suppressed(cells(world, state), rules)), 5)
        for state in sorted(publish)
    ]
    columns = {"a": [k for (_s, k), n in world.items() for _each in range(n)]}
    counts, release = Counts(OVER, columns), Release(OVER, (Table("a", ("a",)),))
    values = suppress(release, counts, rules).values
    both = of_states.together(OfSum(OVER, STATES, "2024", values, 5, 5), releases)
    also: set[Cell] = set()
    while found := of_states.narrow(both, values):
        more = of_states.to_hide(found, values) - also
        if not more:
            break
        also |= more
        values = suppress(release, counts, rules, also).values
    assert not found or all(value is None for value in values.values())
    for state in STATES:
        here = next((each.values for each in releases if each.unit == state), {})
        for kind in KINDS:
            hidden = here.get((("a", kind), ("year", "2024")), None) is None
            if not found and hidden and 0 < world[state, kind] < 5:
                low, high = _interval(world, state, kind, here, values, releases)
                assert high - low >= 5


def _suppressed(true: Mapping[Cell, int], rules: Suppression) -> Mapping[Cell, int | None]:
    columns = {"a": [kind for kind in KINDS for _each in range(true[("a", kind),])]}
    release = Release(OVER, (Table("a", ("a",)),))
    return suppress(release, Counts(OVER, columns), rules).values


def _interval(
    world: World, state: str, kind: str, here: Mapping[Cell, int | None],
    values: Mapping[Cell, int | None], releases: list[OfState],
) -> tuple[float, float]:  # fmt: skip
    """By hand: what is left of the sum when all that others show is taken from it."""
    wanted = (("a", kind),)
    low, high = 0.0, math.inf
    others = [each for each in STATES if each != state]
    known = {each.unit: each.values.get((("a", kind), ("year", "2024"))) for each in releases}
    if values.get(wanted) is not None:
        high = values[wanted] - sum(known.get(each) or 0 for each in others)
        if all(known.get(each) is not None for each in others):
            low = high
    total, other = here.get((("year", "2024"),)), "y" if kind == "x" else "x"
    if total is not None:
        beside = here.get((("a", other), ("year", "2024")))
        high = min(high, total - (beside or 0))
        low = max(low, 0.0 if beside is None else total - beside)
    return low, high


def test_the_ninth_table_never_tells_the_tenth() -> None:
    """Two of three states have published; exact, the sum would be the third's few."""
    of_sum: dict[Cell, int | None] = {(("a", "x"),): 43, (("a", "y"),): 60, (): 103}
    releases = [
        OfState(s, s, s, yearly({(("a", "x"),): 20, (("a", "y"),): 20, (): 40}), 10)
        for s in ("ar", "bo")
    ]
    both = of_states.together(OfSum(OVER, STATES, "2024", of_sum, 10, 10), releases)
    (found,) = of_states.narrow(both)
    assert (found.low, found.high) == (3, 3)
    assert dict(found.place)["state"] == "cl"
    rounded = OfSum(OVER, STATES, "2024", {(("a", "x"),): 45, (): 105}, 4, 10, 4)
    assert not of_states.narrow(of_states.together(rounded, releases))
    # What counts other cases is no part of the system, and is told.
    wrong = OfState("cl", "cl", "CL", yearly({(("a", "x"),): 90, (): 10}), 10)
    both = of_states.together(OfSum(OVER, STATES, "2024", of_sum, 10, 10), [*releases, wrong])
    assert both.left == (wrong,)
    more = OfState("cl", "cl", "CL", yearly({(("a", "x"),): 9, (("a", "y"),): 40, (): 49}), 10)
    both = of_states.together(OfSum(OVER, STATES, "2024", of_sum, 10, 10), [*releases, more])
    assert both.read[-1] == (more, Reading.ALL_SIDES)
    told = of_states.told_of([both], [*releases, more])
    assert {each.code for each in told} == {"states_read_as_part"}


Ends = tuple[float, float]
Place = tuple[Cell, float, float, int]


def ends(system: System, known: Mapping[Cell, Ends], wanted: Cell) -> Ends:
    """The slow and simple way: two programmes over the whole system for one cell."""
    at = {place: number for number, place in enumerate(system.places)}
    rows = numpy.zeros((len(system.sums), len(at)))
    for row, (parent, children) in enumerate(system.sums):
        rows[row, at[parent]] -= 1
        for child in children:
            rows[row, at[child]] += 1
    bounds = [known.get(place, (0.0, math.inf)) for place in system.places]
    found = []
    for sign in (1, -1):
        wish = numpy.zeros(len(at))
        wish[at[wanted]] = sign
        end = optimize.linprog(wish, A_eq=rows, b_eq=numpy.zeros(len(rows)), bounds=bounds)
        assert end.status in (0, 3), end.message
        found.append(float(end.x[at[wanted]]) if end.status == 0 else sign * -math.inf)
    return found[0], found[1]


def narrow_by_hand(both: Together) -> set[Place]:
    """What `narrow` finds, by two programmes for each cell and nothing that saves one."""
    states: dict[Cell, Ends] = {}
    widths: dict[Cell, int] = {}
    for each, reading in both.read:
        side = [("side", "host")] if reading is Reading.SAME else []
        for place, value in each.values.items():
            here = tuple(sorted([*place, ("state", each.unit), *side]))
            if value is not None:
                states[here] = (max(0.0, value - each.around), value + each.around)
            if value is None or each.around:
                widths[here] = each.width
    of_sum, known = both.of_sum, dict(states)
    mine = {
        tuple(sorted([*place, ("side", "host"), ("year", of_sum.period)])): value
        for place, value in of_sum.values.items()
    }
    for place, value in mine.items():
        if value is not None:
            known[place] = (max(0.0, value - of_sum.around), value + of_sum.around)
    found = set()
    for place in both.system.places:
        if place in known and known[place][0] == known[place][1]:
            continue
        low, high = ends(both.system, known, place)
        width = widths.get(place, of_sum.width)
        small = high > CLOSE and low < of_sum.threshold - CLOSE
        if high - low >= width - CLOSE or not (place in widths or place in mine or small):
            continue
        first, last = ends(both.system, states, place)
        if last - first > high - low + CLOSE:
            found.add((place, round(low, 3), round(high, 3), width))
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.integers(0, 30)] * 6), st.sampled_from([1, 3, 5]), st.integers(2, 12),
    st.dictionaries(st.sampled_from(STATES), st.tuples(st.integers(2, 12), st.booleans())),
    st.data(),
)  # fmt: skip
def test_what_can_be_worked_out_of_rounded_tables_is_what_two_programmes_for_each_cell_say(
    numbers: tuple[int, ...], base: int, width: int,
    publish: Mapping[str, tuple[int, bool]], data: st.DataObject,
) -> None:  # fmt: skip
    world = dict(zip(itertools.product(STATES, KINDS), numbers, strict=True))

    def shown(true: Mapping[Cell, int], by: int) -> dict[Cell, int | None]:
        if by == 1:
            return hiding(true, data.draw(st.sets(st.sampled_from([0, 1, 2]))))
        return {p: n - n % by + by * (n % by > 0 and data.draw(st.booleans()))
                for p, n in true.items()}  # fmt: skip

    of_sum = OfSum(OVER, STATES, "2024", shown(cells(world, ""), base), width, 10, base - 1)
    releases = [
        OfState(state, state, state, yearly(shown(cells(world, state), base if rounded else 1)),
                own, (base - 1) * rounded)
        for state, (own, rounded) in publish.items()
    ]  # fmt: skip
    both = of_states.together(of_sum, releases)
    found = {
        (each.place, round(each.low, 3), round(each.high, 3), each.width)
        for each in of_states.narrow(both)
    }
    assert found == narrow_by_hand(both)


def test_rounded_tables_of_ten_states_need_few_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell of them lies between two bounds, and hardly any needs a programme of its own."""
    states, kinds = tuple("abcdefghij"), tuple("klmnopq")
    over = {"a": Variable("a", kinds)}

    def table(of: int) -> dict[Cell, int | None]:
        found: dict[Cell, int | None] = {(("a", kind),): of * 15 for kind in kinds}
        return {**found, (): of * 15 * len(kinds)}

    # The last hides what it hides as wide as no rounded cell can be.
    exact = OfState("j", "j", "J", yearly({**table(1), (("a", "k"),): None, (): None}), 10)
    releases = [OfState(s, s, s, yearly(table(1)), 10, 4) for s in states[:-1]]
    both = of_states.together(OfSum(over, states, "2024", table(10), 4, 10, 4), [exact, *releases])
    assert len(both.read) == 10
    asked = []
    programme = optimize.linprog

    def counted(*args: Any, **more: Any) -> Any:
        asked.append(1)
        return programme(*args, **more)

    monkeypatch.setattr(optimize, "linprog", counted)
    of_states.narrow(both)
    assert len(asked) < len(both.system.places) / 2, (len(asked), len(both.system.places))


def test_where_every_zero_is_shown_what_is_hidden_is_none() -> None:
    """Nine to nine and one: with at least one in each hidden cell the others are told closely."""
    shown: dict[Cell, int | None] = {(("a", "x"),): None, (("a", "y"),): None, (): 11}
    one = [OfState("ar", "ar", "AR", yearly({(("a", "y"),): 1, (): 1}), 10)]
    for least, narrow in ((0, False), (1, True)):
        of_sum = OfSum(OVER, STATES, "2024", shown, 10, 10, 0, least)
        both = of_states.together(of_sum, one)
        places = {each.place for each in of_states.narrow(both)}
        assert ((("a", "x"), ("side", "host"), ("year", "2024")) in places) is narrow
    zeros = {(("a", "x"),): 0, (("a", "y"),): 11, (): 11}
    (found, *_more) = of_states.narrow(both)
    assert not of_states.to_hide([found], {(("a", "x"),): 0}, least=1)
    assert of_states.to_hide([found], zeros, least=0) == {(("a", "x"),)}
