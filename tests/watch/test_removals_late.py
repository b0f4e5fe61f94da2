"""How late removals are, as the administrator sees it: one figure, and nobody in it."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from ayni.cooperation.models import ConsentEffect
from ayni.lib import clock
from ayni.members import api as members
from ayni.watch.levels import Level
from ayni.watch.readings import Reading, read_all
from tests.cases.stories import a_case
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _read(after: timedelta = timedelta()) -> Reading:
    name = "ayni_removals_late_seconds"
    return next(r for r in read_all(clock.now() + after) if r.metric.name == name)


def _late_consent(cast: Cast, by: timedelta) -> None:
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case = a_case(ana)
        now = clock.now()
        ConsentEffect.objects.create(
            institution_id=cast.programme.id, direction="out", about=case.id, case=case,
            shared_id=secrets.token_hex(16), counterpart_state="bo",
            counterpart_institution="bo-consulate",
            consent_id=case.id, ended_at=now - by - 5 * DAY, due_at=now - by,
        )  # fmt: skip


def test_nothing_late_is_nought_and_in_order(cast: Cast) -> None:
    assert (_read().value, _read().level) == (0, Level.GOOD)


def test_it_is_told_up_to_whole_days_and_not_how_many(cast: Cast) -> None:
    _late_consent(cast, timedelta(minutes=3))
    one = _read()
    assert (one.value, one.level) == (DAY.total_seconds(), Level.LOOK)
    for _each in range(3):
        _late_consent(cast, timedelta(hours=20))
    assert _read().value == one.value


def test_a_week_late_is_wrong(cast: Cast) -> None:
    _late_consent(cast, 7 * DAY - timedelta(hours=1))
    assert (_read().value, _read().level) == (7 * DAY.total_seconds(), Level.WRONG)
