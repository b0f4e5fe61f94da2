"""Attacks on rounded numbers and on numbers that were changed by keys: subtraction between tables
and editions, averages, and reconstruction by linear programmes, by a reader who was written apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, ReleaseState
from ayni.statistics.disclosure import checking, linked
from ayni.statistics.disclosure.cell_key import CellKey, Keys, Perturbed, perturb, record_key
from ayni.statistics.disclosure.rounding import Rounded, Rounding, round_release
from ayni.statistics.disclosure.suppressing import Full
from ayni.statistics.disclosure.tables import (
    Cell,
    Counts,
    Domain,
    Published,
    Release,
    Table,
    Variable,
    cell,
    domain,
)
from ayni.statistics.disclosure.withholding import withhold
from ayni.statistics.releasing.making import Stream
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.attacks.people import crossed, records
from tests.statistics.attacks.reader import Reader
from tests.statistics.attacks.test_published_releases import OVER, read, true
from tests.statistics.release_stories import Office, accepted, an_office, proposed, tallied

KEYS = CellKey(full=Full.SHOWN)
SEXES, FORMS = ("female", "male"), ("labour", "sexual")
Values = Mapping[Cell, int | None]
Rules = Rounding | CellKey
NUMBERS = st.lists(st.integers(0, 9), min_size=8, max_size=8)
SEEDS = st.integers(0, 2**32 - 1)


def _around(rules: Rules) -> Callable[[int], tuple[int, int]]:
    return rules.around if isinstance(rules, Rounding) else rules.table().around


def _spans(values: Values, rules: Rules) -> dict[Cell, int | None | tuple[int, int]]:
    """What a reader makes of changed values: from which counts each can have come."""
    around = _around(rules)
    return {place: None if value is None else around(value) for place, value in values.items()}


def _made(
    release: Release, counts: Counts, rules: Rules, keys: list[int], below: Callable[[int], int]
) -> Rounded | Perturbed:
    if isinstance(rules, CellKey):
        return perturb(release, counts, keys, rules)
    done = round_release(release, counts, rules, below=below)
    return withhold(release, done, rules, counts)


# -- editions

GROWN: Domain = domain(
    Variable("form", FORMS), Variable("sex", SEXES), linked.edition_variable(("2023", "2024"))
)
TABLE = (Table("forms", ("form", "sex")),)


@settings(max_examples=25)
@given(NUMBERS, SEEDS, st.sampled_from([Rounding(3), Rounding(5), KEYS]))
def test_this_years_edition_less_last_years_tells_of_nobody_who_is_new(
    numbers: list[int], seed: int, rules: Rules
) -> None:
    """The register grew: of each cell today's edition less last year's is who came since. What the
    check lets through leaves every small one as wide as declared, the differences as well."""
    places = itertools.product(FORMS, SEXES, ("2023", "2024"))
    counts = records(GROWN, dict(zip(places, numbers, strict=True)))
    below = Stream(seed.to_bytes(8)).below
    keys = [below(2**32) for _record in range(counts.records)]
    last = [at for at, year in enumerate(counts.columns["edition"]) if year == "2023"]
    then = Counts(GROWN, {n: [c[at] for at in last] for n, c in counts.columns.items()})
    alone = Release(GROWN, TABLE)
    first = _made(alone, then, rules, [keys[at] for at in last], below)
    release = Release(GROWN, TABLE, (Published(first.values, "2023"),))
    second = _made(release, counts, rules, keys, below)
    if not checking.check_tables(release, second, rules, counts).allowed:
        return
    before = {tuple(sorted([*p, ("edition", "2023")])): v for p, v in first.values.items()}
    reader = Reader(GROWN, _spans({**second.values, **before}, rules), whole=False)
    new = [tuple(sorted([*place, ("edition", "2024")])) for place in alone.cells()]
    for place in (*second.values, *before, *new):
        if 0 < counts.of(place) < rules.threshold:
            low, high = reader.interval(place)
            assert high - low >= rules.interval - 1e-6, (place, low, high)


def test_an_edition_that_tells_who_is_new_is_refused() -> None:
    """14 were shown as 10 last year, and 16 are as 20 this year: two came at the least. Beside a
    table of the new ones alone, whose total is shown as none, there are at most four."""
    over = domain(Variable("form", FORMS), linked.edition_variable(("2023", "2024")))
    numbers = {("labour", "2023"): 14, ("labour", "2024"): 2, ("sexual", "2023"): 40}
    counts = records(over, numbers)
    release = Release(
        over,
        (Table("forms", ("form",)), Table("new", (), universe=cell(edition="2024"))),
        (Published({(): 50, cell(form="labour"): 10, cell(form="sexual"): 40}, "2023"),),
    )
    values = {(): 60, cell(form="labour"): 20, cell(form="sexual"): 40, cell(edition="2024"): 0}
    rules = Rounding(5)
    found = checking.rounded(release, values, rules, counts)
    assert "narrowed" in {each.code for each in found}
    before = {(("edition", "2023"),): 50, **{
        tuple(sorted([("form", form), ("edition", "2023")])): value
        for form, value in (("labour", 10), ("sexual", 40))
    }}  # fmt: skip
    reader = Reader(over, _spans({**values, **before}, rules))
    assert reader.interval(cell(form="labour", edition="2024")) == (2, 4)


# -- tables


@settings(max_examples=20)
@given(NUMBERS, SEEDS, st.sampled_from([Rounding(3), Rounding(5), KEYS]))
def test_linked_tables_that_are_subtracted_tell_no_small_count_more_closely(
    numbers: list[int], seed: int, rules: Rules
) -> None:
    over = crossed(2, 2, 2)
    places = itertools.product(*[each.categories for each in over.values()])
    counts = records(over, dict(zip(places, numbers, strict=True)))
    tables = (Table("ab", ("a", "b")), Table("bc", ("b", "c")), Table("ac", ("a", "c")))
    release = Release(over, tables)
    below = Stream(seed.to_bytes(8)).below
    keys = [below(2**32) for _record in range(counts.records)]
    done = _made(release, counts, rules, keys, below)
    if not checking.check_tables(release, done, rules, counts).allowed:
        return
    reader = Reader(over, _spans(done.values, rules), whole=False)
    inner = [tuple(sorted(zip("abc", each, strict=True))) for each in itertools.product(
        *[variable.categories for variable in over.values()]
    )]  # fmt: skip
    for place in (*release.cells(), *inner):
        if 0 < counts.of(place) < rules.threshold:
            low, high = reader.interval(place)
            assert high - low >= rules.interval - 1e-6, (place, low, high)


@pytest.mark.parametrize("rules", [Rounding(3), Rounding(5), KEYS])
def test_everybody_less_the_adults_is_not_told_more_closely_than_a_child(rules: Rules) -> None:
    """Four girls stand in no table: they are everybody less the adults."""
    over = domain(
        Variable("age", ("0-17", "18-29", "30+"), {"adult": ("18-29", "30+")}),
        Variable("sex", SEXES),
    )
    counts = records(
        over,
        {("0-17", "female"): 4, ("0-17", "male"): 30, ("18-29", "female"): 50,
         ("18-29", "male"): 40, ("30+", "female"): 20, ("30+", "male"): 20},
    )  # fmt: skip
    tables = (Table("everybody", ("sex",)), Table("adults", ("sex",), universe=cell(age="adult")))
    release = Release(over, tables)
    girls = cell(age="0-17", sex="female")
    widths = set()
    for _draw in range(10):
        keys = [record_key() for _record in range(counts.records)]
        done = _made(release, counts, rules, keys, _even)
        if checking.check_tables(release, done, rules, counts).allowed:
            low, high = Reader(over, _spans(done.values, rules)).interval(girls)
            assert low <= 4 <= high
            widths.add(high - low)
    assert widths
    assert min(widths) >= rules.interval


def _even(below: int) -> int:
    return record_key() % below


# -- averages


@settings(max_examples=25)
@given(NUMBERS, SEEDS)
def test_no_average_of_tables_and_editions_comes_nearer_to_a_count(
    numbers: list[int], seed: int
) -> None:
    """The same records have the same value wherever they are counted: alone, beside other tables,
    under another condition that all of them fulfil, and in the next edition."""
    over = crossed(2, 2, 2)
    places = list(itertools.product(*[each.categories for each in over.values()]))
    counts = records(over, dict(zip(places, numbers, strict=True)))
    draw = Stream(seed.to_bytes(8)).below
    keys = [draw(2**32) for _record in range(counts.records)]
    wide = (Table("ab", ("a", "b")), Table("bc", ("b", "c")), Table("abc", ("a", "b", "c")))
    seen: dict[tuple[str, Cell], set[int | None]] = {}
    for tables in (wide[:1], wide[1:2], wide, (*wide, Table("u", ("b",), universe=cell(a="a1")))):
        release = Release(over, tables)
        known = Keys(counts, release, keys)

        def of(place: Cell, known: Keys = known) -> Callable[[int], int]:
            """As a release draws: by the records of a cell and by nothing else."""
            return Stream(known.of(place).to_bytes(8)).below

        for done in (
            perturb(release, counts, keys, KEYS),
            round_release(release, counts, Rounding(5), of=of),
        ):
            for place, value in done.values.items():
                seen.setdefault((str(done.parameters["method"]), place), set()).add(value)
    assert {len(values) for values in seen.values()} == {1}


def test_an_edition_that_draws_the_same_records_again_is_refused() -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 7, ("a2",): 40})
    table = (Table("t", ("a",)),)
    before = Published({(): 50, cell(a="a1"): 10, cell(a="a2"): 40})
    for rules, values, check in (
        (Rounding(5), {(): 45, cell(a="a1"): 5, cell(a="a2"): 40}, checking.rounded),
        (KEYS, {(): 47, cell(a="a1"): 7, cell(a="a2"): 40}, checking.perturbed),
    ):
        found = check(Release(over, table, (before,)), values, rules, counts)  # type: ignore[operator]
        assert "edition_differs" in {each.code for each in found}


# -- the attack is one


@pytest.mark.parametrize(
    ("rules", "values", "number", "known"),
    [
        (Rounding(5), {(): 100, cell(a="a1"): 0, cell(a="a2"): 105}, 101, (0, 3)),
        (KEYS, {(): 100, cell(a="a1"): 3, cell(a="a2"): 109}, 104, (1, 1)),
    ],
)
def test_the_reader_breaks_what_the_check_refuses(
    rules: Rules, values: dict[Cell, int], number: int, known: tuple[int, int]
) -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 1, ("a2",): number})
    release = Release(over, (Table("t", ("a",)),))
    assert Reader(over, _spans(values, rules)).interval(cell(a="a1")) == known
    if isinstance(rules, Rounding):
        found = checking.rounded(release, values, rules, counts)
    else:
        found = checking.perturbed(release, values, rules, counts)
    assert ("narrowed", "a=a1") in {(each.code, each.where) for each in found}


# -- what the workflow publishes


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts, on a node in a directory."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


@pytest.mark.parametrize("method", [Method.ROUNDING, Method.CELL_KEY])
def test_releases_that_overlap_tell_no_small_count_more_closely_than_declared(
    office: Office, method: Method
) -> None:
    """Tables and periods that overlap, one release after the other; what the machine refuses is
    not published. The reader takes all that stands in the gazette together."""
    sex_age, both, each = (("sex", "age"),), (2022, 2023), (("sex",), ("age",))
    for told in (
        Declared(method=method, tables=sex_age, years=both, full=Full.SHOWN),
        Declared(method=method, tables=each, years=both, per_year=True, full=Full.SHOWN),
        Declared(method=method, tables=sex_age, years=(2022, 2022), full=Full.SHOWN),
    ):
        row = proposed(office.eva, told)
        if row.state == ReleaseState.CHECKED:
            accepted(office.mario, row)
            statistics.publish_release(by=office.mario, release_id=row.id)
    rules = told.rules()
    assert isinstance(rules, Rounding | CellKey)
    spans: dict[Cell, int | None | tuple[int, int]] = {}
    for cells in read():
        for place, value in _spans(cells, rules).items():
            before = spans.get(place)
            if isinstance(before, tuple) and isinstance(value, tuple):
                spans[place] = (max(before[0], value[0]), min(before[1], value[1]))
            else:
                spans[place] = value if before is None else before
    assert spans, "the first of them at least was published"
    reader = Reader(OVER, spans, whole=False)
    labels = [[*OVER[name].categories, *OVER[name].groups] for name in ("age", "sex", "year")]
    looked = 0
    for age, sex, year in itertools.product(*labels):
        place = (("age", age), ("sex", sex), ("year", year))
        if 0 < true(place) < rules.threshold:
            low, high = reader.interval(place)
            assert high - low >= rules.interval - 1e-6, (place, low, high)
            assert low <= true(place) <= high
            looked += 1
    assert looked
