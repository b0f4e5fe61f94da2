"""The secretariat's board: what it is told, what it shows, what it never shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.clocks import receive_clock, receive_rating
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.models import SecretariatClock
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from tests.cast import an_institution, an_officer, enter

HOUR = timedelta(hours=1)


@pytest.fixture
def officer(db: None, settings: Settings) -> Actor:
    """Saúl, an officer of the secretariat, on its node."""
    settings.AYNI_NODE = "secretariat"
    secretariat = an_institution("secretariat", kind="secretariat", state="secretariat")
    return members.actor_of(an_officer("saul", secretariat, members.Role.SECRETARIAT_OFFICER))


def _told(sender: str = "ar", **changed: Any) -> exchange.Received:
    now = clock.now()
    payload = {
        "id": uuid4().hex,
        "owing": "bo",
        "owed": "ar",
        "kind": "referral",
        "due": clock.isoformat(clock.hour_up(now)),
        "done": "",
        **changed,
    }
    return exchange.Received(
        message="0" * 32, kind="clock", conversation=payload["id"], sequence=1, sender=sender,
        sender_institution="ar-focal-point", institution="secretariat", created=now, due=None,
        payload=payload,
    )  # fmt: skip


def _hear(received: exchange.Received) -> None:
    receive_clock(by=audit.peer(received.sender), received=received)


def _rows(count: int, *, kind: str, days: int, done_after: int | None) -> None:
    noted = clock.hour_up(clock.now() - timedelta(days=30))
    SecretariatClock.objects.bulk_create(
        SecretariatClock(
            id=uuid4(), owing="bo", owed="ar", kind=kind, noted_at=noted,
            due_at=noted + timedelta(days=days),
            done_at=None if done_after is None else noted + timedelta(days=done_after),
        )
        for _ in range(count)
    )  # fmt: skip


def _figures(officer: Actor, since: datetime | None = None) -> cooperation.Figures:
    start = since or clock.now() - timedelta(days=365)
    found = cooperation.state_figures(by=officer, since=start)
    return next(row for row in found if row.state == "bo")


def test_a_clock_is_kept_as_told_and_its_end_later(officer: Actor) -> None:
    told = _told()
    _hear(told)
    done = clock.isoformat(clock.hour_up(clock.now()))
    _hear(_told(id=told.payload["id"], done=done))

    (row,) = SecretariatClock.objects.all()
    assert clock.isoformat(row.done_at) == done  # type: ignore[arg-type]
    assert (row.owing, row.owed, row.kind) == ("bo", "ar", "referral")


def test_a_pause_told_late_or_twice_is_kept_once(officer: Actor) -> None:
    start = clock.hour_up(clock.now())
    told = _told(due=clock.isoformat(start))
    _hear(told)
    spans = [(5, 3), (2, 1), (5, 3)]
    for days, still in spans:
        times = {"due": start + days * 24 * HOUR, "paused_until": start + still * 24 * HOUR}
        sent = {name: clock.isoformat(at) for name, at in times.items()}
        _hear(_told(id=told.payload["id"], **sent))

    (row,) = cooperation.owed_answers(by=officer)
    assert (row.due_at, row.paused_until) == (start + 120 * HOUR, start + 72 * HOUR)


def test_a_paused_clock_is_not_overdue_until_the_pause_is_over(officer: Actor) -> None:
    now = clock.hour_up(clock.now())
    _hear(_told(due=clock.isoformat(now - HOUR), paused_until=clock.isoformat(now + 5 * HOUR)))

    (row,) = cooperation.owed_answers(by=officer)
    assert not row.overdue
    with time_machine.travel(now + 6 * HOUR):
        (row,) = cooperation.owed_answers(by=officer)
        assert (row.overdue, row.paused_until) == (True, None)


def test_the_board_says_paused_in_words(officer: Actor) -> None:
    now = clock.hour_up(clock.now())
    _hear(_told(due=clock.isoformat(now - HOUR), paused_until=clock.isoformat(now + 5 * HOUR)))
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    user = members.User.objects.get(id=officer.id)
    enter(client, user)

    page = client.get(reverse("cooperation:clocks")).content.decode()

    assert "En pausa" in page
    assert "govuk-tag--red" not in page


def test_a_third_state_cannot_tell_a_clock(officer: Actor) -> None:
    with pytest.raises(NotTheirs):
        _hear(_told(sender="pe"))


def test_only_the_secretariats_node_takes_clocks(db: None) -> None:
    with pytest.raises(NotTheirs):
        _hear(_told())


def test_the_longest_overdue_comes_first_and_pages_join_without_gap(officer: Actor) -> None:
    start = clock.hour_up(clock.now()) - 60 * HOUR
    for hours in range(120):
        _hear(_told(due=clock.isoformat(start + hours * HOUR)))

    first = cooperation.owed_answers(by=officer)
    last = first[49]
    second = cooperation.owed_answers(by=officer, after=(last.due_at, last.id))
    whole = [*first[:50], *second[:50]]

    assert first[0].overdue
    assert [row.due_at for row in whole] == sorted(row.due_at for row in whole)
    assert len({row.id for row in whole}) == 100
    assert cooperation.owed_answers(by=officer, state="pe") == []


def test_no_figure_below_ten_cases(officer: Actor) -> None:
    _rows(9, kind="referral", days=7, done_after=2)
    assert _figures(officer).accepted.value is None
    _rows(1, kind="referral", days=7, done_after=9)
    assert _figures(officer).accepted.value == 90


def test_figures_of_requests(officer: Actor) -> None:
    _rows(10, kind="request", days=7, done_after=4)
    _rows(10, kind="request", days=7, done_after=None)

    found = _figures(officer)

    assert found.days.value == pytest.approx((4 + 30) / 2, abs=0.05), "what is late has waited, too"
    assert found.on_date.value == 50
    assert found.accepted.value is None


def test_who_never_answers_is_not_the_quickest(officer: Actor) -> None:
    _rows(9, kind="request", days=7, done_after=1)
    assert _figures(officer).days.value is None
    _rows(40, kind="request", days=7, done_after=None)

    found = _figures(officer).days

    assert found.value == pytest.approx((9 + 40 * 30) / 49, abs=0.05)
    assert found.grade is not None
    assert found.grade.value == "fair"


def test_a_request_that_is_still_in_time_is_not_judged(officer: Actor) -> None:
    _rows(10, kind="request", days=7, done_after=4)
    _rows(10, kind="request", days=45, done_after=None)

    assert _figures(officer).days.value == pytest.approx(4)


def test_of_what_is_silent_for_long_no_more_days_are_counted(officer: Actor) -> None:
    _rows(10, kind="request", days=7, done_after=None)
    with time_machine.travel(clock.now() + timedelta(days=200)):
        assert _figures(officer).days.value == pytest.approx(37)


def test_the_board_asks_the_database_the_same_few_times_for_many_clocks(
    officer: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _rows(3000, kind="referral", days=7, done_after=None)
    with django_assert_max_num_queries(9):
        assert len(cooperation.owed_answers(by=officer)) == 51
        _figures(officer)


def test_rows_are_for_the_secretariats_officers_only(officer: Actor) -> None:
    presidency = members.actor_of(
        an_officer(
            "pilar", members.institution(officer.institution), members.Role.PRESIDENCY_OFFICER
        )
    )
    cooperation.state_figures(by=presidency, since=clock.now())
    with pytest.raises(NotAllowed):
        cooperation.owed_answers(by=presidency)


def test_a_member_state_at_the_secretariat_sees_figures_and_no_row(officer: Actor) -> None:
    focal = members.actor_of(
        an_officer(
            "felipe",
            an_institution("ar-focal-point", kind="focal_point"),
            members.Role.NATIONAL_FOCAL_POINT,
        )
    )
    cooperation.state_figures(by=focal, since=clock.now())
    assert not cooperation.may_read_rows(by=focal)
    with pytest.raises(NotAllowed):
        cooperation.owed_answers(by=focal)


def test_on_a_states_own_node_its_focal_point_sees_its_clocks(db: None) -> None:
    focal = members.actor_of(
        an_officer(
            "felipe",
            an_institution("ar-focal-point", kind="focal_point"),
            members.Role.NATIONAL_FOCAL_POINT,
        )
    )
    assert cooperation.owed_answers(by=focal) == []


def test_the_secretariat_has_no_place_for_anything_else() -> None:
    assert {f.name for f in SecretariatClock._meta.get_fields()} == {
        "id", "owing", "owed", "kind", "noted_at", "due_at", "paused_until", "done_at",
        "timeliness", "effort",
    }  # fmt: skip


def test_a_clock_without_word_is_not_held_against_anybody_for_ever(officer: Actor) -> None:
    _rows(1, kind="referral", days=-10, done_after=None)
    _rows(1, kind="request", days=10, done_after=None)
    _rows(1, kind="alert", days=-10, done_after=5)

    (late,) = cooperation.owed_answers(by=officer)
    (silent,) = cooperation.owed_answers(by=officer, silent=True)

    assert (late.kind, late.overdue, late.silent) == ("request", True, False)
    assert (silent.kind, silent.overdue, silent.silent) == ("referral", False, True)


def test_the_page_says_no_further_word_and_not_overdue(officer: Actor) -> None:
    _rows(1, kind="referral", days=-10, done_after=None)
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    user = members.User.objects.get(id=officer.id)
    enter(client, user)
    address = reverse("cooperation:clocks")

    page = client.get(address, {"silent": "1"}).content.decode()

    assert "Sin más noticias" in page
    assert "govuk-tag--red" not in page
    assert "silent=1" in client.get(address).content.decode()


def test_the_page_asks_the_database_as_often_for_fifty_rows_as_for_two(officer: Actor) -> None:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    user = members.User.objects.get(id=officer.id)
    enter(client, user)
    asked = []
    for count in (2, 58):
        _rows(count, kind="referral", days=31, done_after=None)
        client.get(reverse("cooperation:clocks"))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("cooperation:clocks"))
        asked.append(len(captured))
        assert page.content.decode().count("<time ") == min(count, 50)

    assert asked[0] == asked[1]


def _rated(told: exchange.Received, *, sender: str = "ar", **codes: str) -> None:
    payload = {"id": told.payload["id"], "timeliness": "good", "effort": "good", **codes}
    receive_rating(
        by=audit.peer(sender),
        received=exchange.Received(
            message="1" * 32, kind="clock.rating", conversation=payload["id"], sequence=2,
            sender=sender, sender_institution="ar-focal-point", institution="secretariat",
            created=clock.now(), due=None, payload=payload,
        ),
    )  # fmt: skip


def test_ratings_become_two_more_figures_from_ten_on(officer: Actor) -> None:
    clocks = [_told() for _ in range(10)]
    for number, told in enumerate(clocks):
        _hear(told)
        if number == 9:
            assert _figures(officer).late.value is None
        _rated(told, timeliness="bad" if number < 3 else "fair", effort="good")

    found = _figures(officer)
    assert (found.late.value, found.late.grade) == (30, "poor")
    assert (found.weak.value, found.weak.grade) == (0, "good")
    assert found.overall is None


def test_a_rating_counts_from_the_state_that_waited_only(officer: Actor) -> None:
    told = _told()
    _hear(told)
    with pytest.raises(NotTheirs):
        _rated(told, sender="bo")
    with pytest.raises(NotTheirs):
        _rated(_told())

    assert SecretariatClock.objects.get().timeliness == ""


def test_the_board_shows_five_figures_and_what_they_make_together(officer: Actor) -> None:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, members.user(officer.id))
    client.post(reverse("set_language"), {"language": "es"})
    page = client.get(reverse("cooperation:clocks")).content.decode()

    for words in ("Respuestas calificadas de malas: plazo", "En conjunto, de -5 a 5", "Faltan"):
        assert words in page
