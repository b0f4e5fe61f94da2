"""Whatever is named, an alert says the minimum and no more; and how a recipient stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.alerts import rules
from ayni.alerts.errors import ChildAuthorityOnly, NameMissing, NotAnEnd
from ayni.alerts.rules import Standing, State
from ayni.cases.disclosure import DISCLOSABLE

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_VALUES = st.one_of(st.text(max_size=5), st.none(), st.lists(st.text(max_size=3), max_size=2))
_NAMES = st.sampled_from([*DISCLOSABLE, *rules.OF_SEARCH, "photo", "never"])
_BIRTHS = st.one_of(
    st.dates().map(lambda d: {"precision": "date", "value": d.isoformat(), "quality": "stated"}),
    st.dates().map(lambda d: {"precision": "year_month", "value": d.isoformat()[:7]}),
    st.dates().map(lambda d: {"precision": "year", "value": d.isoformat()[:4]}),
    st.just({"precision": "age_band", "value": "20-25", "as_of": "2026-01-01"}),
    st.just({"precision": "unknown"}),
)


@given(st.dictionaries(_NAMES, _VALUES), st.dictionaries(_NAMES, st.text(max_size=4)), _BIRTHS)
def test_nothing_but_the_minimum_is_told(
    known: dict[str, Any], search: dict[str, str], birth: dict[str, Any]
) -> None:
    known = {**known, "birth": birth}
    named = any(known.get(name) for name in rules.NAMES)
    if not named:
        with pytest.raises(NameMissing):
            rules.minimum(known, search)
        return
    told = rules.minimum(known, search)

    assert set(told) <= set(rules.MINIMUM)
    assert all(told.values())
    for name in set(rules.OF_PERSON) - {"birth"}:
        assert told.get(name) == (known.get(name) or None)
    assert told["birth"]["precision"] in {"year", "age_band", "unknown"}
    assert "-" not in told["birth"].get("value", "") or birth["precision"] == "age_band"


@given(st.timedeltas(min_value=timedelta(days=-40), max_value=timedelta(days=80)))
def test_an_alert_ends_ahead_and_within_thirty_days(ahead: timedelta) -> None:
    if timedelta(hours=1) <= ahead <= timedelta(days=30):
        rules.check_until(NOW + ahead, NOW)
    else:
        with pytest.raises(NotAnEnd):
            rules.check_until(NOW + ahead, NOW)


@given(st.booleans(), st.sampled_from(["programme", "consulate", "child_authority", ""]))
def test_of_a_child_only_the_child_authority(child: bool, kind: str) -> None:
    if child and kind != "child_authority":
        with pytest.raises(ChildAuthorityOnly):
            rules.check_issuer(counts_as_child=child, kind=kind)
    else:
        rules.check_issuer(counts_as_child=child, kind=kind)


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_nobody_who_may_have_it_is_shown_as_done(
    delivered: bool, stopped: bool, removed: bool, over: bool
) -> None:
    found = rules.standing(delivered=delivered, stopped=stopped, removed=removed, over=over)

    if delivered and over and not removed and not stopped:
        assert found is Standing.TO_CONFIRM
    assert (found is Standing.REMOVED) == removed
    if found is Standing.HAS_IT:
        assert delivered
        assert not over


@given(st.sampled_from(State), st.timedeltas(timedelta(days=-1), timedelta(days=1)))
def test_it_is_over_when_taken_back_or_run_out(state: State, ahead: timedelta) -> None:
    over = rules.is_over(state=state, until=NOW + ahead, now=NOW)

    assert over == (state in {State.RECALLED, State.CANCELLED} or ahead <= timedelta(0))
