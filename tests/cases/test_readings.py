"""Who opens more than is usual is not stopped; the data protection officer is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases.alarmed import ReadingAlarm
from ayni.cases.tasks import count_readings
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from tests.cases import stories
from tests.cast import Cast, an_officer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("America/Argentina/Buenos_Aires"))


def _job(by: Actor) -> Actor:
    return audit.job("tests", by.institution)


def _tries_closed_cases(cast: Cast, ana: Actor, times: int) -> Actor:
    """A colleague of Ana's stands before so many closed cases."""
    bruno = members.actor_of(an_officer("bruno", cast.programme))
    for _ in range(times):
        cases.why_closed(by=bruno, case_id=stories.a_case(ana).id)
    return bruno


def test_exactly_the_budget_is_no_alarm_and_one_more_is(ana: Actor, cast: Cast) -> None:
    dora = members.actor_of(cast.dora)
    with time_machine.travel(NOON, tick=False):
        bruno = _tries_closed_cases(cast, ana, 5)
        assert cases.notice_readings(by=_job(ana), now=NOON) == 0
        _tries_closed_cases(cast, ana, 1)

        assert cases.notice_readings(by=_job(ana), now=NOON) == 1
        assert cases.notice_readings(by=_job(ana), now=NOON) == 0, "it is raised once"
        (alarm,) = cases.reading_alarms(by=dora)
        assert (str(alarm.officer_id), alarm.reading, alarm.times, alarm.allowed, alarm.day) == (
            bruno.id, "closed", 6, 5, NOON.date(),
        )  # fmt: skip

        _tries_closed_cases(cast, ana, 3)
        assert cases.notice_readings(by=_job(ana), now=NOON) == 0
        assert cases.reading_alarms(by=dora)[0].times == 9


def test_one_case_opened_often_is_one_case(ana: Actor, cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        case = stories.a_case(ana)
        for _ in range(50):
            cases.open_case_page(by=ana, case_id=case.id)
        for _ in range(30):
            cases.open_identity(by=ana, person_id=case.person_id)

        assert cases.notice_readings(by=_job(ana), now=NOON) == 0
        today = {str(day.officer.id): day for day in _readings(cast)}
        counts = {each.value: times for each, times in today[ana.id].counts.items()}
        assert (counts["cases"], counts["identities"]) == ((1, 40), (1, 25))


def test_whoever_trawls_through_notices_or_through_steps_is_counted(ana: Actor, cast: Cast) -> None:
    bruno = members.actor_of(an_officer("bruno", cast.programme))
    with time_machine.travel(NOON, tick=False):
        for _ in range(61):
            cases.open_notice(by=bruno, notice_id=stories.a_notice(ana).id)
        for _ in range(41):
            case = stories.a_case(bruno)
            cases.answers_of_step(by=bruno, case_id=case.id, step="1.1")

        assert cases.notice_readings(by=_job(ana), now=NOON) == 2
    assert set(ReadingAlarm.objects.values_list("reading", flat=True)) == {"arrived", "cases"}


def _readings(cast: Cast) -> list[cases.ReadingDay]:
    return cases.readings(by=members.actor_of(cast.dora), now=NOON)


def test_a_day_ends_at_midnight_of_the_post_and_the_day_before_is_counted_too(
    ana: Actor, cast: Cast
) -> None:
    late = NOON.replace(hour=23, minute=50)
    with time_machine.travel(late, tick=False):
        _tries_closed_cases(cast, ana, 5)
    after = late + timedelta(minutes=20)
    with time_machine.travel(after, tick=False):
        _tries_closed_cases(cast, ana, 5)
        assert cases.notice_readings(by=_job(ana), now=after) == 0, "five on each of two days"
    with time_machine.travel(late, tick=False):
        _tries_closed_cases(cast, ana, 1)

    assert cases.notice_readings(by=_job(ana), now=after) == 1
    assert ReadingAlarm.objects.get().day == late.date()


def test_the_data_protection_officer_looks_into_it_and_writes_down_what_was_found(
    ana: Actor, cast: Cast
) -> None:
    dora = members.actor_of(cast.dora)
    with time_machine.travel(NOON, tick=False):
        _tries_closed_cases(cast, ana, 6)
        cases.notice_readings(by=_job(ana), now=NOON)
    alarm = ReadingAlarm.objects.get()
    assert cases.reading_alarms_waiting(by=dora) == 1
    assert cases.reading_alarms_waiting(by=ana) == 0

    with pytest.raises(ValueError, match="nothing"):
        cases.see_reading_alarm(by=dora, alarm_id=alarm.id, finding="nothing")
    cases.see_reading_alarm(by=dora, alarm_id=alarm.id, finding="asked")

    assert cases.reading_alarms_waiting(by=dora) == 0
    assert cases.reading_alarm(by=dora, alarm_id=alarm.id).finding == "asked"
    for refused in (
        lambda: cases.see_reading_alarm(by=ana, alarm_id=alarm.id, finding="work"),
        lambda: cases.reading_alarms(by=ana),
        lambda: cases.readings(by=ana, now=NOON),
        lambda: cases.notice_readings(by=dora, now=NOON),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with members.acting(cast.shelter.id):
        other = members.actor_of(
            an_officer("dario", cast.shelter, members.Role.DATA_PROTECTION_OFFICER)
        )
        assert cases.reading_alarms(by=other) == []
        with pytest.raises(NotFound):
            cases.see_reading_alarm(by=other, alarm_id=alarm.id, finding="work")


def test_the_database_keeps_no_finding_without_who_and_when(ana: Actor, cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        _tries_closed_cases(cast, ana, 6)
        cases.notice_readings(by=_job(ana), now=NOON)

    for wrong in ({"finding": "work"}, {"seen_at": NOON}, {"times": 5}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ReadingAlarm.objects.update(**wrong)


def test_the_job_asks_for_each_institution_of_the_node(ana: Actor, cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        _tries_closed_cases(cast, ana, 6)
        count_readings(timestamp=0)

    with members.acting(cast.programme.id):
        assert ReadingAlarm.objects.count() == 1
    assert audit.entries_of(verb="cases.reading_alarm", limit=9)[0].detail["times"] == "6"
