"""How a travel plan stands, whatever is known of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.returns import plans
from ayni.returns.errors import (
    ChildNeverAlone,
    LeavesTooLate,
    NotAPlan,
    NotExpected,
    NotVoluntary,
    ToldAlready,
)
from ayni.returns.plans import Arrival, Reply, Standing, Told

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TOLD = st.builds(
    Told,
    sent=st.booleans(),
    arrives_at=st.timedeltas(-timedelta(days=3), timedelta(days=3)).map(lambda t: NOW + t),
    reply=st.sampled_from(["", *Reply]),
    boarded=st.booleans(),
    arrival=st.sampled_from(["", *Arrival]),
    replaced=st.booleans(),
    stopped=st.booleans(),
)


@given(TOLD)
def test_somebody_who_did_not_arrive_is_an_alarm_whatever_else_is_known(told: Told) -> None:
    found = plans.standing(told, NOW)

    assert (found is Standing.MISSING) == (told.arrival == Arrival.MISSING)
    assert (found in plans.ALARMS) == (
        told.arrival == Arrival.MISSING or found is Standing.UNCONFIRMED
    )


@given(TOLD)
def test_nobody_boards_or_is_awaited_who_was_not_accepted(told: Told) -> None:
    found = plans.standing(told, NOW)
    if found in (Standing.ACCEPTED, Standing.BOARDED, Standing.UNCONFIRMED):
        assert told.sent
        assert told.reply == Reply.ACCEPT
        assert not told.replaced
        assert not told.stopped
    if found in plans.CHANGEABLE:
        assert not told.arrival


@given(TOLD, st.sampled_from(Arrival), st.sampled_from(["", *plans.CONDITIONS, "hurt"]))
def test_an_arrival_is_final_and_of_somebody_who_was_expected(
    told: Told, arrival: Arrival, condition: str
) -> None:
    try:
        plans.check_arrival(told, arrival, condition)
    except (NotExpected, ToldAlready, NotAPlan):
        return
    assert told.sent
    assert told.reply == Reply.ACCEPT
    assert told.arrival != Arrival.ARRIVED
    assert not told.replaced
    assert (arrival is Arrival.ARRIVED) == (condition in plans.CONDITIONS)


@given(st.lists(st.integers(-200, 200), min_size=3, max_size=3))
def test_she_leaves_ahead_arrives_later_and_while_two_yes_are_valid(hours: list[int]) -> None:
    departs, arrives, until = (NOW + timedelta(hours=h) for h in hours)
    good = NOW < departs < arrives
    try:
        plans.check_times(departs_at=departs, arrives_at=arrives, until=until, now=NOW)
    except NotAPlan:
        assert not good
    except LeavesTooLate:
        assert good
        assert departs >= until
    else:
        assert good
        assert departs < until


@given(st.booleans(), st.booleans(), st.sampled_from(["", "somebody"]))
def test_never_against_her_will_and_a_child_never_alone(
    voluntary: bool, child: bool, escort: str
) -> None:
    wrong = NotVoluntary if not voluntary else ChildNeverAlone if child and not escort else None
    told = {"voluntary": voluntary, "counts_as_child": child, "escort": escort}
    if wrong is None:
        plans.check_person(**told)  # type: ignore[arg-type]
    else:
        with pytest.raises(wrong):
            plans.check_person(**told)  # type: ignore[arg-type]


@given(st.sampled_from(Reply), st.lists(st.sampled_from([*plans.CHANGES, "price"])))
def test_a_change_says_what_and_an_acceptance_nothing(reply: Reply, reasons: list[str]) -> None:
    whole = (reply is Reply.CHANGE) == bool(reasons) and "price" not in reasons
    if whole:
        plans.check_reply(reply, reasons)
    else:
        with pytest.raises(NotAPlan):
            plans.check_reply(reply, reasons)
