"""One no is no, and nothing but two valid yes is two yes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.returns import rules
from ayni.returns.errors import NotAnEnd, RiskForbids, Signed
from ayni.returns.rules import Answer, Standing

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_SIGNED = st.sampled_from(["", "yes", "no"])
_AHEAD = st.timedeltas(timedelta(days=-40), timedelta(days=40))
_LEVELS = st.lists(st.sampled_from(["low", "medium", "high", "very_high"]), min_size=1)


@given(_SIGNED, _SIGNED, st.booleans(), _AHEAD)
def test_two_yes_are_two_yes_that_are_valid(
    ours: str, theirs: str, sent: bool, ahead: timedelta
) -> None:
    found = rules.standing(ours=ours, theirs=theirs, sent=sent, until=NOW + ahead, now=NOW)

    assert (found is Standing.NO) == ("no" in (ours, theirs))
    valid = sent and ahead > timedelta(0)
    assert (found is Standing.BOTH_YES) == ((ours, theirs) == ("yes", "yes") and valid)


@given(_SIGNED, st.sampled_from(Answer), _LEVELS)
def test_a_no_is_final_and_a_very_high_risk_takes_no_yes(
    before: str, answer: Answer, levels: list[str]
) -> None:
    if before == "no" or before == answer:
        with pytest.raises(Signed):
            rules.check_answer(before, answer, levels)
    elif answer is Answer.YES and "very_high" in levels:
        with pytest.raises(RiskForbids):
            rules.check_answer(before, answer, levels)
    else:
        rules.check_answer(before, answer, levels)


@given(_AHEAD)
def test_it_ends_ahead_and_within_thirty_days(ahead: timedelta) -> None:
    if timedelta(hours=1) <= ahead <= timedelta(days=30):
        rules.check_until(NOW + ahead, NOW)
    else:
        with pytest.raises(NotAnEnd):
            rules.check_until(NOW + ahead, NOW)
