"""Noise by cell keys: unbiased, of the declared variance, and the same for the same records."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics.disclosure import checking, noise
from ayni.statistics.disclosure.cell_key import CellKey, Keys, perturb, record_key
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.noise import KEYS
from ayni.statistics.disclosure.suppressing import Full
from ayni.statistics.disclosure.tables import Counts, Domain, Release, Table, cell
from tests.statistics.attacks.people import crossed, populations, records

Population = tuple[Domain, Counts]
RULES = CellKey(full=Full.SHOWN)


@settings(max_examples=40)
@given(st.integers(1, 8), st.floats(0.05, 0.8), st.integers(0, 4))
def test_noise_is_unbiased_within_its_limit_and_of_the_declared_variance(
    most: int, share: float, small: int
) -> None:
    small = min(small, most - 1)
    variance = max(0.1, share * most * most)
    table = noise.table(most, variance, small)
    for count, row in enumerate(table.rows):
        keys = [b - a for a, b in itertools.pairwise((0, *row.until))]
        assert (sum(keys), min(keys) >= 0) == (KEYS, True)
        mean = sum(k * c for k, c in zip(keys, row.changes, strict=True)) / KEYS
        spread = sum(k * c * c for k, c in zip(keys, row.changes, strict=True)) / KEYS
        assert mean == pytest.approx(0, abs=1e-5)
        assert spread == pytest.approx(row.variance, abs=1e-5)
        if count == 0:
            assert row.changes == (0,)
            continue
        for change in row.changes:
            assert abs(change) <= most
            assert count + change >= 0
            assert not 1 <= count + change <= small
    assert table.rows[-1].variance == pytest.approx(variance, abs=0.02 * most * most)


def test_the_noise_has_the_greatest_entropy_beside_a_reference() -> None:
    from scipy import optimize

    row = noise.table(3, 1.0, 0).rows[-1]
    changes = row.changes
    found = optimize.minimize(
        lambda p: sum(each * math.log(each) for each in p),
        [1 / len(changes)] * len(changes),
        bounds=[(1e-9, 1)] * len(changes),
        constraints=[
            {"type": "eq", "fun": lambda p: sum(p) - 1},
            {"type": "eq", "fun": lambda p: sum(c * q for c, q in zip(changes, p, strict=True))},
            {
                "type": "eq",
                "fun": lambda p: sum(c * c * q for c, q in zip(changes, p, strict=True)) - 1.0,
            },
        ],
        method="SLSQP",
    )
    assert found.success
    assert row.likely == pytest.approx(tuple(found.x), abs=1e-3)


@settings(max_examples=30)
@given(populations(sizes=[(1, 3), (1, 3), (1, 2)], most=6), st.randoms(use_true_random=False))
def test_the_same_records_have_the_same_value_in_every_table(
    people: Population, order: object
) -> None:
    over, counts = people
    keys = [record_key() for _record in range(counts.records)]
    tables = (Table("two", ("a", "b")), Table("one", ("b",)), Table("three", ("a", "b", "c")))
    alone = [perturb(Release(over, (each,)), counts, keys, RULES).values for each in tables]
    together = perturb(Release(over, tables), counts, keys, RULES)
    for values in alone:
        assert all(together.values[place] == value for place, value in values.items())
    # The order of the records is nothing.
    rows = list(zip(*counts.columns.values(), keys, strict=True)) if keys else []
    order.shuffle(rows)  # type: ignore[attr-defined]
    if rows:
        *columns, mixed = zip(*rows, strict=True)
        again = Counts(over, dict(zip(over, columns, strict=True)))
        assert perturb(Release(over, tables), again, mixed, RULES).values == together.values
    verdict = checking.check_tables(Release(over, tables), together, RULES, counts)
    codes = {each.code for each in verdict.findings} - {"narrowed"}
    assert codes == {"margins_independent"}
    assert verdict.allowed is (len(verdict.findings) == 1)


def test_a_cell_with_other_records_has_noise_of_its_own() -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 50, ("a2",): 50})
    release = Release(over, (Table("t", ("a",)),))
    changes = set()
    for _draw in range(200):
        keys = [record_key() for _record in range(100)]
        values = perturb(release, counts, keys, RULES).values
        changes.add((values[cell(a="a1")] - 50, values[cell(a="a2")] - 50))
    assert any(one != other for one, other in changes)


def test_a_whole_group_shows_through_the_noise_and_is_refused() -> None:
    over = crossed(2, 2)
    counts = records(over, {("a1", "b1"): 40, ("a2", "b1"): 30, ("a2", "b2"): 50})
    keys = [record_key() for _record in range(120)]
    release = Release(over, (Table("t", ("a", "b")),))
    done = perturb(release, counts, keys, CellKey())
    assert done.values[cell(a="a1", b="b1")] == done.values[cell(a="a1")]
    codes = {each.code for each in checking.check_tables(release, done, CellKey(), counts).refusals}
    assert codes == {"full_cell_shown"}


def test_the_key_of_a_cell_is_the_sum_of_its_records() -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 2, ("a2",): 1})
    known = Keys(counts, Release(over, ()), [KEYS - 1, 3, 9])
    assert (known.of(cell(a="a1")), known.of(cell(a="a2")), known.of(())) == (2, 9, 11)


@pytest.mark.parametrize("keys", [[], [1, 2], [1, 2, KEYS], [1, 2, -1], [1, 2, 3, 4]])
def test_each_record_has_a_key(keys: list[int]) -> None:
    over = crossed(2)
    counts = records(over, {("a1",): 2, ("a2",): 1})
    with pytest.raises(NotDisclosable, match="has no key"):
        Keys(counts, Release(over, ()), keys)


@pytest.mark.parametrize(
    ("most", "variance", "small"),
    [(0, 1.0, 0), (21, 1.0, 0), (2, 4.0, 0), (2, 1.0, 2), (2, 0.0, 0)],
)
def test_noise_without_a_meaning_is_refused(most: int, variance: float, small: int) -> None:
    with pytest.raises(NotDisclosable, match="must be from"):
        noise.table(most, variance, small)


def test_what_travels_with_a_table_holds_no_key() -> None:
    told = RULES.description()
    assert told["method"] == "cell_key"
    assert told["margins_add_up"] is False
    assert len(told["variances"]) == RULES.most + RULES.small + 2


@given(st.integers(0, 30), st.integers(0, KEYS - 1))
def test_the_counts_around_a_value_hold_the_true_one(count: int, key: int) -> None:
    table = RULES.table()
    low, high = table.around(count + table.change(count, key))
    assert low <= count <= high


def test_a_small_count_that_other_tables_tell_exactly_is_refused() -> None:
    over = crossed(1, 1)
    counts = records(over, {("a1", "b1"): 2})
    release = Release(over, (Table("t", ("a", "b")),))
    rules = CellKey(most=3, variance=2.0, small=0, full=Full.SHOWN)
    shown = perturb(release, counts, [0, 0], rules)
    assert checking.check_tables(release, shown, rules, counts).allowed
    # Values that leave few counts: 0 to 3 around 0, and 1 to 7 around 4.
    narrow = {**shown.values, cell(a="a1"): 0, cell(b="b1"): 4}
    codes = {each.code for each in checking.perturbed(release, narrow, rules, counts)}
    assert codes == {"margins_independent", "narrowed"}


@pytest.mark.parametrize("wrong", [{"threshold": 4}, {"width": 2}])
def test_perturbed_tables_declare_a_threshold_of_at_least_five(wrong: dict[str, int]) -> None:
    with pytest.raises(NotDisclosable):
        CellKey(**wrong)  # type: ignore[arg-type]
