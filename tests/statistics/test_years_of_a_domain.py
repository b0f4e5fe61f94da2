"""Years are added to a declared domain; what was released before is made again byte for byte."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ayni.statistics.api import Declared, Method
from ayni.statistics.privacy.domain import read_domain
from ayni.statistics.releasing import content, joint, making
from ayni.statistics.releasing.joint import Codes, Column
from ayni.statistics.releasing.making import Inputs
from ayni.statistics.releasing.populations import population
from tests.statistics.published_stories import rows_of
from tests.statistics.release_stories import REGISTER

pytest.importorskip("scipy", reason="releases need the extra observatory")
NOW = read_domain("ctdc_shaped_1")
BEFORE = NOW.of_years(range(2017, 2025))  # as the file was when it ended in 2024
# SHA-256 of that declaration.
DIGEST = "9278c845a87f5b99bc040840cbefecb1e5a7248bfe5ae1ef236f1525371505d1"
ABOUT = {"population": REGISTER, "first": "2020", "last": "2021"}
SECRET = b"a secret of thirty-two bytes, ok"


def _columns(values: Codes) -> tuple[Column, ...]:
    """The register's columns with these years."""
    one = population(REGISTER)
    return tuple(replace(c, values=values) if c.name == one.year else c for c in one.columns)


def test_the_domain_of_before_is_in_the_domain_of_now() -> None:
    assert BEFORE.digest == DIGEST
    assert NOW.version == BEFORE.version
    assert NOW.years[-1] >= 2026


@pytest.mark.parametrize("years", [(2020, 2021), (2017, 2023), (2017, 2024)])
def test_noise_that_was_kept_gives_the_same_bytes(years: tuple[int, int]) -> None:
    pytest.importorskip("opendp", reason="noise needs the extra observatory")
    from ayni.statistics.releasing import private

    rows = Counter(rows_of(BEFORE, 200))
    counted = joint.read(_columns(BEFORE.column(BEFORE.cohort).values), rows.items())
    declared = Declared(method=Method.MODEL, epsilon=1, bound=300, years=years)
    noisy = private.noisy(BEFORE, declared, counted)
    published = private.built(BEFORE, noisy, SECRET, ABOUT)[0].to_bytes()
    again = private.rebuilt(NOW, noisy, SECRET, content.content_of(published), ABOUT)
    assert again.to_bytes() == published
    assert private.cost(NOW, declared) == private.cost(BEFORE, declared)


@pytest.mark.parametrize("method", [Method.SUPPRESSION, Method.ROUNDING, Method.CELL_KEY])
@pytest.mark.parametrize("years", [(2020, 2021), (2017, 2023), (2017, 2024)])
def test_tables_of_true_counts_give_the_same_bytes(method: Method, years: tuple[int, int]) -> None:
    one = population(REGISTER)
    tables = (("gender", "ageBroad"), ("yearOfRegistration", "gender"), ("registeringState",))
    declared = Declared(method=method, tables=tables, years=years)
    rows = Counter(rows_of(BEFORE, 600))
    made = set()
    for domain in (BEFORE, NOW):
        columns = _columns(domain.column(domain.cohort).values)
        inputs = Inputs(
            columns=columns, year=one.year, tables=tables, declared=declared,
            joint=joint.read(columns, rows.items()), secret=SECRET, about=ABOUT,
        )  # fmt: skip
        found = making.make(inputs).content
        assert found is not None
        made.add(found.to_bytes())
    assert len(made) == 1
