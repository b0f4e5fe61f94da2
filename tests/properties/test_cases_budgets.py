"""Budgets of reading: what is beyond them, and a file that is not one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cases.budgets import Budget, Reading, budgets, exceeded, parsed
from ayni.lib.errors import Misconfigured

NUMBERS = st.dictionaries(st.sampled_from(list(Reading)), st.integers(0, 200))
ROW = {"role": "a", "cases": 3, "identities": 2, "arrived": 4, "searches": 5, "closed": 1}


@given(st.fixed_dictionaries({reading: st.integers(1, 100) for reading in Reading}), NUMBERS)
def test_an_alarm_is_raised_for_each_reading_beyond_its_budget_and_for_no_other(
    most: dict[Reading, int], counts: dict[Reading, int]
) -> None:
    found = exceeded(Budget("a", most), counts)

    beyond = {reading for reading, times in counts.items() if times >= most[reading] + 1}
    assert {one.reading for one in found} == beyond
    assert all(one.times == counts[one.reading] > one.allowed == most[one.reading] for one in found)


@given(NUMBERS, st.sampled_from(list(Reading)))
def test_who_opens_more_is_never_less_beyond(counts: dict[Reading, int], reading: Reading) -> None:
    budget = Budget("a", dict.fromkeys(Reading, 50))
    more = {**counts, reading: counts.get(reading, 0) + 1}

    before = {one.reading for one in exceeded(budget, counts)}
    assert before <= {one.reading for one in exceeded(budget, more)}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [ROW, ROW],
        [{**ROW, "role": "b"}],
        [{**ROW, "cases": 0}],
        [{**ROW, "cases": True}],
        [{**ROW, "cases": "3"}],
        [{key: value for key, value in ROW.items() if key != "closed"}],
    ],
)
def test_a_file_that_is_no_table_of_budgets_is_refused(rows: list[dict[str, object]]) -> None:
    with pytest.raises(Misconfigured, match=r"reading_budgets\.yaml"):
        parsed(rows, ["a"])


def test_each_role_with_cases_has_its_budget() -> None:
    from ayni.cases.readings import _CASE_ROLES

    found = budgets(_CASE_ROLES)
    assert set(found) == {"case_supervisor", "consular_officer", "service_provider"}
    assert all(set(budget.most) == set(Reading) for budget in found.values())
