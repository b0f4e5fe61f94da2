"""Lines of a rule, against a list of single days."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.agenda import rules
from ayni.agenda.rules import NOTHING, Line

calm = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
START = date(2024, 1, 1)
LENGTH = 30


def _day(offset: int) -> date:
    return START + timedelta(days=offset)


DAYS = [_day(offset) for offset in range(-5, 2 * LENGTH)]


@st.composite
def a_line(draw: st.DrawFn) -> Line:
    first = draw(st.none() | st.integers(0, LENGTH))
    until = draw(st.none() | st.integers(first or 0, LENGTH + 5))
    return Line(
        draw(st.sampled_from(["", "6", "7"])), "Acta", "V",
        None if first is None else _day(first), None if until is None else _day(until),
    )  # fmt: skip


def _held(line: Line) -> set[date]:
    """Every day on which a line holds, one by one."""
    found = set()
    for day in DAYS:
        if line.begins is not None and day < line.begins:
            continue
        if line.until is not None and day > line.until:
            continue
        found.add(day)
    return found


many = st.lists(a_line(), min_size=1, max_size=5)


@calm
@given(many)
def test_two_lines_overlap_exactly_if_they_share_a_day(found: list[Line]) -> None:
    shared = any(_held(one) & _held(two) for n, one in enumerate(found) for two in found[n + 1 :])
    assert (rules.overlapping(found) is not None) == shared


@calm
@given(many)
def test_of_lines_that_do_not_overlap_one_holds_on_a_day_or_none(found: list[Line]) -> None:
    if rules.overlapping(found) is not None:
        return
    for day in DAYS:
        holding = [each for each in found if day in _held(each)]
        assert [rules.on(found, day)] == (holding or [NOTHING])


@calm
@given(many)
def test_lines_read_back_as_they_were_written(found: list[Line]) -> None:
    assert rules.of_json(rules.as_json(found)) == tuple(found)


@calm
@given(many, a_line())
def test_a_new_line_changes_no_day_before_its_first_and_only_shortens(
    found: list[Line], new: Line
) -> None:
    if rules.overlapping(found) is not None:
        return
    after = rules.written(found, new)

    assert new in after
    assert rules.in_order(after)
    assert len({each.code for each in after}) == len(after)
    for each in found:
        if each.code == new.code:
            continue
        (kept,) = (one for one in after if one.code == each.code)
        assert _held(kept) <= _held(each)
        if new.begins is not None:
            assert {day for day in _held(each) if day < new.begins} <= _held(kept)
