"""The attacks on what the workflow has published, by a reader who knows nothing else: what stands
in the gazette, all releases together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, ReleaseState
from ayni.statistics.disclosure.tables import Cell, Domain, Variable, domain
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.attacks.reader import Reader
from tests.statistics.release_stories import (
    COUNTED,
    Office,
    accepted,
    an_office,
    proposed,
    published,
    tallied,
)

OVER: Domain = domain(
    Variable("sex", ("female", "male", "unknown")),
    Variable("age", ("child", "adult", "unknown")),
    Variable("year", ("2022", "2023"), {"2022-2023": ("2022", "2023")}),
)
WIDTH = 10


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts, on a node in a directory."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


def read() -> list[dict[Cell, int | None]]:
    """What everybody can read, release by release, the oldest first."""
    found = []
    for entry in reversed(statistics.published_releases()):
        _entry, content = statistics.published_release(owner=entry.said.owner, key=entry.said.key)
        cells: dict[Cell, int | None] = {}
        for table in content.tables:
            for line in table.lines:
                told = zip(table.by, line.codes, strict=True)
                pairs = [(name, code) for name, code in told if code is not None]
                cells[tuple(sorted([*pairs, *table.where.items()]))] = line.value
        found.append(cells)
    return found


def true(place: Cell) -> int:
    """What is counted in a cell."""
    wanted = {name: OVER[name].holds(label) for name, label in place}
    return sum(
        number
        for year, cells in COUNTED.items()
        for (sex, age, _nationality), number in cells.items()
        if all(
            value in wanted.get(name, {value})
            for name, value in (("sex", sex), ("age", age), ("year", str(year)))
        )
    )


def together(releases: list[dict[Cell, int | None]]) -> dict[Cell, int | None]:
    """All of them as one: what any has shown is known."""
    whole: dict[Cell, int | None] = {}
    for cells in releases:
        for place, value in cells.items():
            whole[place] = value if value is not None else whole.get(place)
    return whole


def test_tables_and_periods_that_overlap_give_no_hidden_cell_away(office: Office) -> None:
    published(office, Declared(tables=(("sex", "age"),), years=(2022, 2023)))
    published(office, Declared(tables=(("sex",), ("age",)), years=(2022, 2023), per_year=True))
    row = proposed(office.eva, Declared(tables=(("sex", "age"),), years=(2022, 2022)))
    if row.state == ReleaseState.CHECKED:
        accepted(office.mario, row)
        statistics.publish_release(by=office.mario, release_id=row.id)
    known = together(read())
    reader = Reader(OVER, known)
    hidden = [place for place, value in known.items() if value is None]
    assert hidden  # three boys in 2022: there is something to attack
    for place in hidden:
        low, high = reader.interval(place)
        assert high - low >= WIDTH, (place, low, high)
        assert low <= true(place) <= high


def test_no_cell_that_no_table_shows_is_known_to_be_small(office: Office) -> None:
    published(office, Declared(tables=(("sex", "age"),), years=(2022, 2023)))
    published(office, Declared(tables=(("sex",), ("age",)), years=(2022, 2023), per_year=True))
    known = together(read())
    reader = Reader(OVER, known)
    for sex, age, year in itertools.product(
        OVER["sex"].categories, OVER["age"].categories, OVER["year"].categories
    ):
        place = (("age", age), ("sex", sex), ("year", year))
        if 0 < true(place) < WIDTH:
            low, high = reader.interval(place)
            assert high - low >= WIDTH, place


def test_two_editions_do_not_differ_by_few(office: Office) -> None:
    declared = Declared(tables=(("sex", "age"),), years=(2022, 2023))
    first = published(office, declared)
    before = read()[0]
    more: dict[int, Any] = {
        **COUNTED,
        2023: {**COUNTED[2023], ("female", "adult", "told"): 75, ("male", "adult", "told"): 61},
    }
    tallied(more)
    row = proposed(office.eva, declared, corrects=first.id, reason="late_records")
    if row.state != ReleaseState.CHECKED:  # nothing can be hidden well enough
        assert row.state == ReleaseState.REFUSED
        return
    accepted(office.mario, row)
    statistics.publish_release(by=office.mario, release_id=row.id)
    (after,) = read()
    for place, value in after.items():
        earlier = before[place]
        if value is not None and earlier is not None:
            assert value == earlier or abs(value - earlier) >= WIDTH, place


def test_the_reader_breaks_what_the_workflow_would_not_publish(office: Office) -> None:
    """The attack is one: on true counts with only the small cells hidden it finds them."""
    places = [
        tuple(sorted([(n, v) for n, v in (("sex", s), ("age", a)) if v] + [("year", "2022")]))
        for s in (*OVER["sex"].categories, "")
        for a in (*OVER["age"].categories, "")
    ]
    naive = {place: None if 0 < true(place) < WIDTH else true(place) for place in places}
    boys = (("age", "child"), ("sex", "male"), ("year", "2022"))
    assert naive[boys] is None
    assert Reader(OVER, naive).interval(boys) == (3, 3)
