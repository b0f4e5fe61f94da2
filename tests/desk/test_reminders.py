"""Reminders by e-mail: to whom, when, and not a word about a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from ayni.cases import api as cases
from ayni.desk import reminders
from ayni.members import api as members
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_free_case_by_forms

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)  # 19:00 in Buenos Aires
MORNING = datetime(2026, 11, 25, 12, 20, tzinfo=UTC)  # 9:20 in Buenos Aires


@pytest.fixture
def case(cast: Cast, browser: Browser) -> cases.Case:
    """A case that is nobody's, with steps due within 24 hours."""
    with time_machine.travel(EVENING, tick=False):
        address = a_free_case_by_forms(browser(cast.ana))
    with members.acting(cast.programme.id):
        return cases.Case.objects.get(id=address.rsplit("/", 1)[1])


def _assign(case: cases.Case, cast: Cast, to: members.User) -> None:
    with members.acting(cast.programme.id):
        cases.assign_case(
            by=members.actor_of(cast.luis), case_id=case.id, version=case.version, to_user=to.id
        )


def _remind(now: datetime) -> list[str]:
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        written = reminders.remind(now=now)
    assert written == len(mail.outbox)
    return sorted(to for message in mail.outbox for to in message.to)


def test_whoever_works_on_a_case_is_reminded_in_the_morning(case: cases.Case, cast: Cast) -> None:
    _assign(case, cast, cast.ana)

    assert _remind(MORNING - timedelta(hours=3)) == [], "it is six o'clock there"
    assert _remind(MORNING) == [cast.ana.email]


def test_what_nobody_has_taken_waits_for_the_supervisors(case: cases.Case, cast: Cast) -> None:
    assert _remind(MORNING) == [cast.luis.email]


def test_what_anybody_is_late_with_by_more_than_a_day_waits_for_the_supervisors_too(
    case: cases.Case, cast: Cast
) -> None:
    _assign(case, cast, cast.ana)

    assert _remind(MORNING) == [cast.ana.email]
    assert _remind(MORNING + timedelta(days=2)) == [cast.ana.email, cast.luis.email]


def test_nobody_is_reminded_twice_a_day(case: cases.Case, cast: Cast) -> None:
    assert _remind(MORNING) == [cast.luis.email]
    assert _remind(MORNING + timedelta(hours=1)) == []
    assert _remind(MORNING + timedelta(days=1)) == [cast.luis.email]


def test_where_nothing_waits_nothing_is_written(cast: Cast) -> None:
    assert _remind(MORNING) == []


def test_a_reminder_holds_no_word_about_a_case(case: cases.Case, cast: Cast) -> None:
    _remind(MORNING)

    (message,) = mail.outbox
    text = f"{message.subject} {message.body}"
    for word in ("Rosa", "Inventada", "Mamani", case.reference, str(case.id), "http", "trata"):
        assert word not in text
    assert not any(sign.isdigit() for sign in text), "not even how many"
    assert "Hay trabajo en Ayni" in text


def test_a_reminder_comes_in_the_language_of_its_reader(case: cases.Case, cast: Cast) -> None:
    members.User.objects.filter(id=cast.luis.id).update(language="pt-br")

    _remind(MORNING)

    assert "Há trabalho no Ayni" in mail.outbox[0].body


def test_a_mail_that_cannot_be_sent_is_tried_again(
    case: cases.Case, cast: Cast, settings: object
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="refused"):
        _remind(MORNING)

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    assert _remind(MORNING) == [cast.luis.email]
