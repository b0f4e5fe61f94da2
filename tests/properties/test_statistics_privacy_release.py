"""A release under differential privacy: declared domain, honest noise, one model, rebuilt."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics.privacy.domain import FOLDER, Domain, domain_of, read_domain
from ayni.statistics.privacy.errors import (
    DomainRefused,
    MeasurementsRefused,
    PlanRefused,
    RecordsRefused,
)
from ayni.statistics.privacy.synthesis import drawing, measuring, model
from ayni.statistics.privacy.synthesis.encoding import counted, decode, encode
from ayni.statistics.privacy.synthesis.measuring import half_width, measure, measurements_of
from ayni.statistics.privacy.synthesis.model import Effort, Mixture
from ayni.statistics.privacy.synthesis.planning import plan
from ayni.statistics.privacy.synthesis.release import build, new_seed, rebuild
from tests.statistics.privacy.invented import DECLARED, LIGHT, QUICK, SMALL, encoded, records

pytestmark = pytest.mark.usefixtures("english")

SEED = b"a seed of thirty-two bytes, only"
WORDS = st.sampled_from(["2023", "2024", "Female", "Male", "AR", "BO", "PE", "1", "", "Atlantis"])
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), max_size=12)


def _columns(rows: list[tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(SMALL.names)}


@given(rows=ROWS)
def test_what_is_not_declared_goes_to_its_bucket_and_is_counted(
    rows: list[tuple[str, ...]],
) -> None:
    found = encode(SMALL, _columns(rows))

    kept = [row for row in rows if row[0] in SMALL.columns[0].values]
    expected = [
        [
            value if value in column.values else column.bucket
            for value, column in zip(row, SMALL.columns, strict=True)
        ]
        for row in kept
    ]
    assert [list(row) for row in zip(*decode(SMALL, found.codes).values(), strict=True)] == expected
    assert found.left_out == len(rows) - len(kept)
    assert found.outside == {
        column.name: sum(row[place] not in column.values for row in kept)
        for place, column in enumerate(SMALL.columns)
    }


def test_an_unseen_value_changes_no_published_list() -> None:
    rows = [("2023", "Female", "BO", "1")] * 30
    with_unseen = encode(SMALL, _columns([*rows, ("2023", "Female", "Atlantis", "1")]))
    with_bucket = encode(SMALL, _columns([*rows, ("2023", "Female", "ZZ", "1")]))

    assert (with_unseen.codes == with_bucket.codes).all()
    release = build(
        measure(with_unseen, plan(SMALL, epsilon=1, bound=100)), SEED, effort=QUICK, care=LIGHT
    )
    assert [table.counts.shape for table in release.tables] == [(2,), (3, 4), (3, 4, 2)]
    assert "Atlantis" not in json.dumps(release.declaration)
    for column, values in decode(SMALL, release.codes).items():
        assert set(values) <= set(SMALL.column(column).values)


def test_years_that_are_not_released_stay_out() -> None:
    rows = [("2023", "Female", "BO", "1"), ("2024", "Male", "PE", "")]

    found = encode(SMALL, _columns(rows), cohorts=[2024])

    assert found.domain.years == (2024,)
    assert decode(found.domain, found.codes)["year"] == ["2024"]
    assert found.left_out == 1
    with pytest.raises(DomainRefused, match="None of these years"):
        encode(SMALL, _columns(rows), cohorts=[1999])


def test_a_year_that_is_not_released_stands_in_no_table_record_or_interval() -> None:
    rows = [("2024", "Female", "BO", "1")] * 300 + [("2023", "Male", "PE", "")] * 300
    found = encode(SMALL, _columns(rows), cohorts=[2024])
    kept = measure(found, plan(found.domain, epsilon=1, bound=1000)).to_json()
    measurements = measurements_of(SMALL, kept)
    release = build(measurements, SEED, effort=QUICK, care=LIGHT)

    assert set(decode(release.domain, release.codes)["year"]) == {"2024"}
    assert release.declaration["years"] == [2024]
    assert [table.counts.shape for table in release.tables] == [(1,), (3, 4), (3, 4, 2)]
    both = build(
        measure(encode(SMALL, _columns(rows)), plan(SMALL, epsilon=1, bound=1000)),
        SEED, effort=QUICK, care=LIGHT,
    )  # fmt: skip
    assert both.declaration["years"] == [2023, 2024]
    assert both.domain.digest != release.domain.digest
    wrong = json.loads(kept) | {"years": [2023]}
    with pytest.raises(MeasurementsRefused):
        measurements_of(SMALL, json.dumps(wrong))


def test_records_without_a_declared_column_are_refused() -> None:
    columns = _columns([("2023", "Female", "BO", "1")])
    with pytest.raises(RecordsRefused, match="different numbers"):
        encode(SMALL, {**columns, "gender": []})
    del columns["country"]
    with pytest.raises(RecordsRefused, match="country"):
        encode(SMALL, columns)


def _changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(DECLARED), **parts}


def test_a_domain_that_is_none_is_refused_with_every_problem() -> None:
    columns = copy.deepcopy(DECLARED["columns"])
    columns[1]["bucket"] = "Nobody"
    columns[0]["bucket"] = "2023"
    wrong = _changed(columns=columns, tables=[["year", "year"], ["planet"]])

    with pytest.raises(DomainRefused) as refused:
        domain_of(wrong)

    assert len(refused.value.problems) == 4
    with pytest.raises(DomainRefused):
        domain_of({"id": "x"})


def test_a_pair_that_no_table_shows_is_measured_too_and_may_not_be_larger() -> None:
    many = [str(number) for number in range(400)]
    columns = [
        *copy.deepcopy(DECLARED["columns"]),
        {"name": "from", "values": many, "bucket": "0"},
        {"name": "to", "values": many, "bucket": "0"},
    ]
    with pytest.raises(DomainRefused, match="from × to: too many cells"):
        domain_of(_changed(columns=columns))


def test_every_declared_domain_of_the_node_is_one() -> None:
    for path in FOLDER.glob("*.json"):
        domain = read_domain(path.stem)
        assert f"{domain.id.replace('-', '_')}_{domain.version}" == path.stem
        assert domain_of(domain.as_data()).digest == domain.digest
    assert len(read_domain("ctdc_shaped_1").tables) == 30


@given(
    seed=st.integers(0, 1000),
    record=st.tuples(*(st.integers(0, size - 1) for size in SMALL.sizes)),
)
def test_one_more_record_changes_one_cell_of_each_table_by_one(
    seed: int, record: tuple[int, ...]
) -> None:
    before = records(20, seed)
    after = np.concatenate([before, np.array([record], np.int16)])

    for table in plan(SMALL, epsilon=1, bound=100).tables:
        change = counted(SMALL, after, table.columns) - counted(SMALL, before, table.columns)
        assert np.abs(change).sum() == 1  # L1, hence L2


@given(epsilon=st.floats(0.05, 10), bound=st.integers(3, 10**9), share=st.floats(0.01, 0.98))
@settings(max_examples=25)
def test_a_plan_spends_its_budget_and_no_more(epsilon: float, bound: int, share: float) -> None:
    found = plan(SMALL, epsilon=epsilon, bound=bound, published_share=share)

    assert found.rho * 0.999 < found.cost() <= found.rho
    assert {table.columns for table in found.tables if table.published} == set(SMALL.tables)
    assert {table.columns for table in found.tables} == {(), *SMALL.tables, *SMALL.other_pairs()}


@pytest.mark.parametrize(("epsilon", "bound"), [(0, 100), (11, 100), (1, 2), (1, 10**10)])
def test_a_plan_that_promises_nothing_is_refused(epsilon: float, bound: int) -> None:
    with pytest.raises(PlanRefused):
        plan(SMALL, epsilon=epsilon, bound=bound)


def test_a_plan_that_costs_more_than_it_says_is_not_measured() -> None:
    found = plan(SMALL, epsilon=1, bound=100)
    understated = type(found)(found.epsilon, found.delta, found.bound, found.rho / 2, found.tables)

    with pytest.raises(PlanRefused, match="cost more"):
        measure(encoded(records(10, 1)), understated)


def test_noise_is_whole_unbiased_and_as_wide_as_planned() -> None:
    found = plan(SMALL, epsilon=1, bound=100)
    nobody = encoded(records(0, 1))
    drawn = [measure(nobody, found) for _ in range(150)]

    for table in found.tables:
        noise = np.concatenate([d.counts[table.columns].ravel() for d in drawn])
        assert noise.dtype == np.int64
        # Six standard errors: one run in some hundred millions.
        assert abs(noise.mean()) < 6 * table.scale / math.sqrt(len(noise))
        spread = (noise.astype(float) ** 2).mean() / table.scale**2
        assert abs(spread - 1) < 6 * math.sqrt(2 / len(noise))
    assert len({d.to_json() for d in drawn}) == 150  # never the same noise


@pytest.mark.parametrize("scale", [0.4, 1.0, 7.3, 60.0])
def test_an_interval_is_the_narrowest_that_holds_the_level(scale: float) -> None:
    width = half_width(scale, 0.95)
    reach = range(-1500, 1501)
    whole = math.fsum(math.exp(-((k / scale) ** 2) / 2) for k in reach)

    def inside(width: int) -> float:
        return math.fsum(math.exp(-((k / scale) ** 2) / 2) for k in reach if abs(k) <= width)

    assert inside(width) / whole >= 0.95
    assert width == 0 or inside(width - 1) / whole < 0.95


def _loss(fit: Any, chances: Any, weights: Any) -> float:
    """What the fit lessens, cell by cell and in double precision."""
    t, wide = fit.targets, chances.astype(float)
    pair = np.einsum("ak,bk,k->ab", wide, wide, weights) - t.pair
    single = wide @ weights - t.single
    value = 0.25 * (t.pair_weight * pair**2).sum() + 0.5 * (t.single_weight * single**2).sum()
    for (a, b, c), shares, weight in t.triples:
        found = np.einsum("ak,bk,ck,k->abc", wide[a], wide[b], wide[c], weights)
        value += 0.5 * float(weight) * ((found - shares) ** 2).sum()
    return float(value)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_the_gradient_is_that_of_the_distance(seed: int) -> None:
    draw = np.random.default_rng(seed)
    found = measure(encoded(records(200, seed)), plan(SMALL, epsilon=1, bound=200))
    fit = model._Fit(found, draw, Effort(mixtures=1, components=3, steps=1))
    weights, chances = fit._now()
    by_chance, by_weight = fit._gradient(weights, chances)
    step, part = draw.normal(size=chances.shape), draw.normal(size=weights.shape)

    def moved(by: float) -> float:
        return _loss(fit, chances + by * step, weights.astype(float) + by * part)

    slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
    scale = np.abs(by_chance * step).sum() + np.abs(by_weight * part).sum()
    assert abs((by_chance * step).sum() + (by_weight * part).sum() - slope) < 1e-3 * scale


def test_the_model_finds_what_the_noise_leaves() -> None:
    true = records(20_000, 3)
    found = measure(encoded(true), plan(SMALL, epsilon=4, bound=20_000))
    mixture = model.fit(
        found, np.random.default_rng(1), Effort(mixtures=2, components=10, steps=300)
    )

    for table in SMALL.tables:
        shares = counted(SMALL, true, table) / len(true)
        assert np.abs(mixture.shares(table) - shares).sum() / 2 < 0.01
        assert mixture.shares(table).sum() == pytest.approx(1, abs=1e-4)


@given(seed=st.integers(0, 500))
@settings(max_examples=15, deadline=None)
def test_tables_and_records_agree_and_intervals_hold_the_counts(seed: int) -> None:
    true = records(300, seed)
    measurements = measure(encoded(true), plan(SMALL, epsilon=1, bound=300))
    release = build(measurements, SEED, effort=QUICK, care=LIGHT)
    rows = list(zip(*decode(SMALL, release.codes).values(), strict=True))

    assert [table.columns for table in release.tables] == list(SMALL.tables)
    assert release.declaration["records"] == len(rows)
    for table in release.tables:
        values = [SMALL.column(name).values for name in table.columns]
        places = [SMALL.places[name] for name in table.columns]
        for cell in np.ndindex(*table.counts.shape):
            wanted = tuple(v[c] for v, c in zip(values, cell, strict=True))
            assert table.counts[cell] == sum(
                tuple(row[place] for place in places) == wanted for row in rows
            )
        assert (table.low >= 0).all()
        assert (table.low <= table.counts).all()
        assert (table.counts <= table.high).all()


def test_intervals_hold_the_true_count_as_often_as_they_say() -> None:
    true = records(300, 5)
    found = plan(SMALL, epsilon=1, bound=300)
    held = cells = 0
    for _ in range(60):
        release = build(measure(encoded(true), found), new_seed(), effort=QUICK, care=LIGHT)
        for table in release.tables:
            count = counted(SMALL, true, table.columns)
            held += int(((table.low <= count) & (count <= table.high)).sum())
            cells += count.size

    # 0.95 less six standard errors; noise of different cells is independent.
    assert held / cells >= 0.95 - 6 * math.sqrt(0.95 * 0.05 / cells)


def test_records_are_as_near_to_the_model_as_whole_records_can_be() -> None:
    found = measure(encoded(records(5_000, 7)), plan(SMALL, epsilon=1, bound=5_000))
    mixture = model.fit(found, np.random.default_rng(1), QUICK)
    tables = (*SMALL.tables, *SMALL.other_pairs())

    set_right = drawing.draw(mixture, np.random.default_rng(2), drawing.Care())
    as_drawn = drawing.draw(mixture, np.random.default_rng(2), drawing.Care(visits=0))

    assert drawing.misses(mixture, set_right, tables) < 3
    assert drawing.misses(mixture, as_drawn, tables) > drawing.misses(mixture, set_right, tables)


def test_a_release_is_rebuilt_from_what_was_kept_and_another_seed_gives_another() -> None:
    measurements = measure(encoded(records(400, 9)), plan(SMALL, epsilon=1, bound=400))
    kept = measurements.to_json()

    first = build(measurements, SEED, effort=QUICK, care=LIGHT)
    declared = json.loads(json.dumps(first.declaration))
    again = rebuild(measurements_of(SMALL, kept), SEED, declared)
    other = build(measurements, new_seed(), effort=QUICK, care=LIGHT)

    assert first.digest == again.digest
    assert (first.codes == again.codes).all()
    assert first.declaration == again.declaration
    assert other.digest != first.digest


def test_what_was_declared_otherwise_is_not_rebuilt() -> None:
    measurements = measure(encoded(records(10, 1)), plan(SMALL, epsilon=1, bound=100))
    declared = build(measurements, SEED, effort=QUICK, care=LIGHT).declaration

    for wrong in ({}, {**declared, "effort": {"haste": 1}}, {**declared, "more": 1}):
        with pytest.raises(MeasurementsRefused):
            rebuild(measurements, SEED, wrong)


@pytest.mark.parametrize(
    ("part", "value"),
    [("epsilon", 0.1), ("delta", 1e-9), ("rho", 0.5), ("bound", 10**6), ("level", 0.99),
     ("years", [2024]), ("records", -1), ("noise", "none"), ("neighbours", "none")],
)  # fmt: skip
def test_a_declaration_that_says_something_else_is_not_rebuilt(part: str, value: object) -> None:
    measurements = measure(encoded(records(10, 1)), plan(SMALL, epsilon=1, bound=100))
    declared = build(measurements, SEED, effort=QUICK, care=LIGHT).declaration

    with pytest.raises(MeasurementsRefused, match=part):
        rebuild(measurements, SEED, {**declared, part: value})


def test_what_is_rebuilt_on_another_machine_says_so() -> None:
    measurements = measure(encoded(records(10, 1)), plan(SMALL, epsilon=1, bound=100))
    first = build(measurements, SEED, effort=QUICK, care=LIGHT, beside=["yearbook"])
    old = {**first.declaration, "numpy": "1.0", "processor": "abacus"}

    assert rebuild(measurements, SEED, first.declaration).elsewhere == ()
    again = rebuild(measurements, SEED, old)
    assert again.elsewhere == ("numpy", "processor")
    assert again.declaration == old
    assert again.declaration["beside"] == ["yearbook"]
    other = rebuild(measurements, SEED, {**first.declaration, "beside": []})
    assert other.digest != first.digest  # the declaration is part of what is named


def test_counts_of_another_domain_are_not_rebuilt() -> None:
    kept = measure(encoded(records(10, 1)), plan(SMALL, epsilon=1, bound=100)).to_json()
    other: Domain = domain_of(_changed(version=2))

    for domain, text in ((other, kept), (SMALL, "{}"), (SMALL, "no JSON")):
        with pytest.raises(MeasurementsRefused):
            measurements_of(domain, text)
    with pytest.raises(ValueError, match="32 bytes"):
        build(measurements_of(SMALL, kept), b"short")


def test_a_release_of_nobody_is_noise_and_falls_over_nothing() -> None:
    measurements = measure(encoded(records(0, 1)), plan(SMALL, epsilon=1, bound=100))

    release = build(measurements, SEED, effort=QUICK, care=LIGHT)

    assert len(release.codes) == max(0, round(measuring.total(measurements)))


def test_a_model_without_records_draws_none() -> None:
    even = (
        np.ones((sum(SMALL.sizes), 1), np.float32)
        / np.repeat(np.array(SMALL.sizes, np.float32), SMALL.sizes)[:, None]
    )
    nobody = Mixture(SMALL, -3.0, np.ones(1, np.float32), even)

    assert drawing.draw(nobody, np.random.default_rng(1), LIGHT).shape == (0, 4)


def test_without_the_extra_the_message_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['opendp'] = None\n"
        "import ayni.statistics.privacy.ledger\n"
        "import ayni.statistics.privacy.synthesis.release"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "requirements-observatory.txt" in done.stderr
