"""A commitment is seen by a number: the plenary's target, the state's own value, never of few."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from ayni.agenda import api, indicators
from ayni.agenda.measured import NONE, NOT_KNOWN, Told, reached, told
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Clock
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Role
from ayni.support import api as support
from tests.agenda.stories import comes, today
from tests.agenda.test_commitments import unhurried
from tests.agenda.working import (
    KEY,
    WRITTEN,
    commitment_comes,
    objective_comes,
    report,
    the,
    undertaking,
)
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer
from tests.support import stories as needs

ON_TIME, FIRST_OFFER = "answered_on_time", "time_to_first_offer"
LEAST = cooperation.LEAST
VALUES = st.one_of(st.none(), st.just(math.inf), st.floats(0, 100_000))


# -- what may be told (pure)


@unhurried
@given(VALUES, st.integers(0, 200), st.booleans())
def test_nothing_is_told_of_few_and_how_many_only_in_tens(
    value: float | None, cases: int, at_least: bool
) -> None:
    found = told(value, cases, least=LEAST, at_least=at_least)

    assert (found == NOT_KNOWN) == (value is None or cases < LEAST)
    assert found.cases % 10 == 0
    assert found.cases <= cases


@unhurried
@given(st.floats(0, 100), st.integers(1, 100), st.integers(10, 50), st.booleans())
def test_a_target_is_never_shown_as_reached_that_is_not(
    value: float, target: int, cases: int, at_least: bool
) -> None:
    found = told(value, cases, least=LEAST, at_least=at_least)
    really = value >= target if at_least else value <= target

    assert reached(found.value, target, at_least=at_least) is really


@unhurried
@given(st.floats(0, 100), st.integers(10, 19), st.integers(10, 19), st.booleans())
def test_two_numbers_of_two_days_do_not_tell_how_many_cases_came_between(
    value: float, before: int, after: int, at_least: bool
) -> None:
    both = {told(value, cases, least=LEAST, at_least=at_least) for cases in (before, after)}

    assert len(both) == 1


@unhurried
@given(st.floats(0, 100_000), st.integers(1, 100_000))
@example(5e-324, 1)
def test_a_time_is_told_in_steps_and_never_as_reached_that_is_not(
    value: float, target: int
) -> None:
    found = int(told(value, 11, least=LEAST, at_least=False, hours=True).value)

    assert found % (6 if value <= 48 else 24) == 0
    assert value <= found < value + 24
    if reached(str(found), target, at_least=False):
        assert value <= target


def test_half_that_never_came_to_it_is_not_the_target() -> None:
    assert told(math.inf, 12, least=LEAST, at_least=False) == Told(NONE, 10)
    assert reached(NONE, 72, at_least=False) is False
    assert reached("", 72, at_least=False) is None


# -- the verbs


@pytest.fixture
def ana(secretariat: Peer) -> Actor:
    """A focal point of Argentina; a commitment of Argentina's is published."""
    objective_comes(secretariat)
    commitment_comes(secretariat)
    place = an_institution("ar-programme")
    return members.actor_of(an_officer("ana", place, Role.NATIONAL_FOCAL_POINT))


def target_comes(
    secretariat: Peer, code: str = ON_TIME, target: int = 80, about: str = f"commitment:{KEY}"
) -> None:
    body = {**WRITTEN, "indicator": code, "target": target}
    comes(secretariat, indicators.TARGET, about, body)


def answers(count: int, late: int = 0) -> None:
    """Requests that Argentina has answered, some of them after their date."""
    now = clock.now()
    for number in range(count):
        due = now - timedelta(days=1)
        done = due + timedelta(hours=2 if number < late else -2)
        Clock.objects.create(
            kind="request", owing="ar", owed="bo", noted_at=now - timedelta(days=9), due_at=due,
            done_at=done,
        )  # fmt: skip


@pytest.mark.django_db
def test_the_plenary_names_an_indicator_of_the_wiring_table_and_its_target(saul: Actor) -> None:
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    api.set_commitment(by=saul, key=KEY, said=undertaking(), after="")
    assert {ON_TIME, FIRST_OFFER} <= {each.code for each in api.offered()}

    for refusal, code, target in (
        (api.IndicatorNeeded, "invented", 80),
        (api.TargetNeeded, ON_TIME, 101),
        (api.TargetNeeded, ON_TIME, 0),
    ):
        with pytest.raises(refusal):
            api.set_target(
                by=saul, about=api.Of.COMMITMENT, key=KEY, code=code, target=target, after=""
            )
    api.set_target(
        by=saul, about=api.Of.OBJECTIVE, key="manual", code=FIRST_OFFER, target=72, after=""
    )
    assert (the().target.code, the().target.target, the().target.inherited) == (
        FIRST_OFFER, 72, True,
    )  # fmt: skip

    api.set_target(by=saul, about=api.Of.COMMITMENT, key=KEY, code=ON_TIME, target=80, after="")
    assert (the().target.code, the().target.inherited) == (ON_TIME, False)


@pytest.mark.django_db
def test_what_a_state_comes_to_is_published_with_what_it_reports(
    secretariat: Peer, ana: Actor
) -> None:
    target_comes(secretariat)
    answers(LEAST + 3, late=2)
    report(ana, api.Word.IN_PROGRESS)

    found = the().value
    assert found is not None
    assert found.told == Told("84", 10)  # 11 of 13: 84.6 per cent, of ten cases or more
    assert found.on == today()
    said = gazette.one(owner="ar", kind=indicators.MEASURE, key=KEY)
    assert said is not None
    assert set(said.said.body) == {"indicator", "value", "cases", "since", "on"}


@pytest.mark.django_db
def test_in_a_month_one_value_is_told_also_under_another_commitment(
    secretariat: Peer, ana: Actor
) -> None:
    commitment_comes(secretariat, "second")
    with time_machine.travel("2026-12-02T12:00:00Z", tick=False):
        target_comes(secretariat)
        answers(19)
        indicators.publish_value(by=ana, key=KEY, code=ON_TIME)
    with time_machine.travel("2026-12-20T12:00:00Z", tick=False):
        answers(1, late=1)
        for key in (KEY, "second"):
            indicators.publish_value(by=ana, key=key, code=ON_TIME)
        told_then = [each.said.body for each in gazette.current(kind=indicators.MEASURE)]
    assert [(each["value"], each["cases"]) for each in told_then] == [("100", 10)] * 2

    with time_machine.travel("2027-01-02T12:00:00Z", tick=False):
        indicators.publish_value(by=ana, key=KEY, code=ON_TIME)
        own = gazette.one(owner="ar", kind=indicators.MEASURE, key=KEY)
    assert own is not None
    assert (own.said.body["value"], own.said.body["cases"]) == ("95", 20)


@pytest.mark.django_db
def test_of_fewer_than_ten_nothing_is_told_not_even_how_many(secretariat: Peer, ana: Actor) -> None:
    target_comes(secretariat)
    answers(LEAST - 1)
    report(ana, api.Word.IN_PROGRESS)

    value = the().value
    assert value is not None
    assert value.told == NOT_KNOWN


@pytest.mark.django_db
def test_without_an_indicator_or_with_one_that_this_node_does_not_know_nothing_is_told(
    secretariat: Peer, ana: Actor
) -> None:
    report(ana, api.Word.IN_PROGRESS)
    target_comes(secretariat, code="from_the_future")
    report(ana)

    assert gazette.current(kind=indicators.MEASURE) == []
    assert the().target.code == "from_the_future"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"cases": 13}, {"cases": 0}, {"since": "2099-01-01"}, {"value": "", "cases": 10}],
)
def test_a_value_that_tells_more_than_agreed_does_not_count(
    bolivia: Peer, secretariat: Peer, ana: Actor, wrong: dict[str, object]
) -> None:
    commitment_comes(secretariat, "theirs", state="bo")
    target_comes(secretariat, about="commitment:theirs")
    body = {"indicator": ON_TIME, "value": "90", "cases": 20, "since": "2026-01-01"}
    comes(bolivia, indicators.MEASURE, "theirs", {**body, "on": "2026-11-01", **wrong})
    assert the("theirs").value is None

    comes(bolivia, indicators.MEASURE, "theirs", {**body, "on": "2026-11-01"}, version=2)
    found = the("theirs").value
    assert found is not None
    assert (found.told, found.since) == (Told("90", 20), date(2026, 1, 1))


@pytest.mark.django_db
def test_a_value_of_another_indicator_than_the_plenary_named_is_not_shown(
    bolivia: Peer, secretariat: Peer, ana: Actor
) -> None:
    commitment_comes(secretariat, "theirs", state="bo")
    target_comes(secretariat, code=FIRST_OFFER, about="commitment:theirs")
    body = {"indicator": ON_TIME, "value": "90", "cases": 20, "since": "2026-01-01"}
    comes(bolivia, indicators.MEASURE, "theirs", {**body, "on": "2026-11-01"})

    assert the("theirs").value is None


@pytest.mark.django_db
def test_the_first_offer_is_counted_of_what_the_own_state_asked(
    bolivia: Peer, secretariat: Peer, ana: Actor
) -> None:
    with time_machine.travel(clock.now(), tick=False):  # a second more is told as six hours
        for number in range(LEAST):
            need = needs.ask(ana, text=f"Dos horas, entrevista {number}.")
            needs.they_offer(bolivia, need)

    found = indicators.value_now(FIRST_OFFER, by=ana, now=clock.now())

    assert found is not None
    assert found.told == Told("0", 10)
    assert len(support.needs()) == LEAST


def test_a_year_begins_with_a_month() -> None:
    now = datetime(2026, 11, 29, 13, 5, tzinfo=UTC)

    assert cooperation.a_year_of_months(now) == datetime(2025, 11, 1, tzinfo=UTC)
