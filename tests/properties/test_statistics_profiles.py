"""What cases say at once: nobody is lost between two tables, and each day lies in one band."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.indicators.engine import Cell
from ayni.statistics.sources.profiles import FORMS, completed, days_of

GROUPS = st.tuples(
    st.sampled_from(["2023", "2024"]), st.sampled_from(["female", "male"]),
    st.sampled_from(["adult", "child"]), st.sampled_from(["host", "home"]),
)  # fmt: skip
# Of each person: her group, whether she has a profile, and whether forced labour was recorded.
PEOPLE = st.lists(st.tuples(GROUPS, st.booleans(), st.booleans()), max_size=30)
NAMES = ("year", "sex", "age", "side")


def _cell(group: tuple[str, ...], number: int, **more: str) -> Cell:
    codes = dict(zip(NAMES, group, strict=True))
    return Cell({**codes, "crime": "trafficking", **more}, number)


@given(PEOPLE)
def test_the_profiles_hold_everybody_whom_the_other_table_holds(
    people: list[tuple[tuple[str, ...], bool, bool]],
) -> None:
    persons = [
        _cell((*group,), number, form_told=told)
        for (group, told), number in Counter(
            (group, "yes" if labour else "no") for group, _profile, labour in people
        ).items()
    ]
    nothing = dict.fromkeys(FORMS, "not_told")
    profiles = [
        _cell(group, number, situation="urgency", days="none",
              **{**nothing, "isForcedLabour": "1" if labour else "not_told"})
        for (group, labour), number in Counter(
            (group, labour) for group, profile, labour in people if profile
        ).items()
    ]  # fmt: skip

    found = completed(persons, profiles)

    assert sum(cell.count for cell in found) == len(people)
    assert found[: len(profiles)] == profiles
    groups = Counter[tuple[str, ...]]()
    for cell in found:
        groups[tuple(cell.codes[name] for name in NAMES)] += cell.count
    assert groups == Counter(group for group, _profile, _labour in people)
    for cell in found[len(profiles) :]:
        assert {cell.codes[name] for name in FORMS} == {"not_told"}
        assert (cell.codes["situation"], cell.codes["days"]) == ("unknown", "unknown")


@given(st.integers(-400, 4000))
def test_days_lie_in_the_band_that_names_them(days: int) -> None:
    opened = date(2024, 2, 27)
    band = days_of(opened, opened + timedelta(days=days))
    if band == "before":
        assert days < 0
    elif band == "31+":
        assert days >= 31
    else:
        first, last = map(int, band.split("-"))
        assert first <= days <= last
    assert days_of(opened, None) == "none"
