"""Figures of support: nothing on fewer than ten, and who got no offer is not left out."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation import api as cooperation
from ayni.support import figures, limits, standing
from ayni.support.standing import Need
from ayni.support.what import WHAT
from tests.properties.test_support_standing import START, a_need, accepted, an_offer, at

NOW = START + timedelta(days=30)
LEAST = cooperation.LEAST


def need(hours: int | None = None, **said: Any) -> Need:
    """A need whose first offer came after so many hours."""
    words = [a_need(2, **said)]
    if hours is not None:
        words += [an_offer(offered_at=at(hours))]
    return next(iter(standing.needs(words).values()))


MET = {"accepted": accepted("bo"), "confirmed_at": at(90)}


def closed(reason: str) -> dict[str, Any]:
    return {"closed": {"at": at(20), "reason": reason}}


@given(st.integers(0, LEAST - 1))
def test_no_figure_rests_on_fewer_than_ten(number: int) -> None:
    found = figures.row([need(3, **MET)] * number, now=NOW, least=LEAST)

    assert (found.asked, found.hours, found.met) == (number, None, None)


def test_half_got_an_offer_within_so_many_hours_and_who_got_none_counts() -> None:
    some = [need(hours, **MET) for hours in (1, 2, 3, 4, 5, 6)]
    nobody = [need(**closed("nobody_could"))] * 4
    found = figures.row([*some, *nobody], now=NOW, least=LEAST)
    assert (found.hours, found.met) == (6, 60)

    worse = figures.row([*some, *nobody, *nobody], now=NOW, least=LEAST)
    assert worse.hours is not None
    assert math.isinf(worse.hours)


@pytest.mark.parametrize("reason", ["mistake", "no_longer_needed"])
def test_what_was_not_needed_says_nothing_of_how_states_help(reason: str) -> None:
    met = [need(2, **MET)] * LEAST
    assert figures.row([*met, need(**closed(reason))], now=NOW, least=LEAST).met == 100


def test_what_is_overdue_is_not_met_and_what_still_runs_is_not_judged() -> None:
    met = [need(2, **MET)] * LEAST
    early = START + timedelta(hours=1)
    assert figures.row([*met, need()], now=early, least=LEAST).met == 100
    late = figures.row([*met, need()], now=NOW, least=LEAST).met
    assert late == pytest.approx(100 * LEAST / (LEAST + 1))


def test_an_offer_of_a_node_whose_clock_is_behind_took_no_time() -> None:
    assert figures.hours_to_offer(need(-3), NOW) == 0


def test_needs_are_counted_by_kind_and_by_the_state_that_asked() -> None:
    found = figures.figures([need(), need(what="expert", language="")], now=NOW, least=LEAST)
    assert {name: row.asked for name, row in found.by_what.items()} == {
        "expert": 1,
        "interpreter": 1,
    }
    assert {name: row.asked for name, row in found.by_state.items()} == {"ar": 2}
    assert found.together.asked == 2


# -- time limits


def test_every_kind_of_need_has_its_limits_and_all_say_that_they_are_proposed() -> None:
    for wait in limits.WAITS:
        for what in WHAT:
            assert limits.due(wait, what, START) > START
    assert {each.status for each in limits.limits()} == {"platform-proposed"}
    assert all(each.what in ("", *WHAT) and each.source for each in limits.limits())


def test_who_cannot_be_understood_waits_a_day() -> None:
    assert limits.due("offer", "interpreter", START) == START + timedelta(hours=24)
    assert limits.due("offer", "training", START) == START + timedelta(hours=168)
