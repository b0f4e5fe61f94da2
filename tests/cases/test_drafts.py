"""A form in progress: sealed to its author, offered only to the same user, gone after a day."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from ayni.cases import api as cases
from ayni.cases import tasks
from ayni.cases.models import Draft
from ayni.lib import clock
from tests import cast as the_cast
from tests.cast import Cast

pytestmark = pytest.mark.django_db

FORM = "/notices/new"
TYPED = {"narrative": ["Invented, half written"], "indicators": ["documents", "debt"]}


def test_it_is_offered_to_its_author_only(cast: Cast) -> None:
    cases.save_draft(author=cast.ana, form=FORM, answers=TYPED)

    assert cases.draft_of(author=cast.ana, form=FORM) == TYPED
    assert cases.draft_of(author=cast.luis, form=FORM) is None
    assert [form for form, _at in cases.drafts_of(author=cast.ana)] == [FORM]


def test_nothing_of_it_lies_in_clear(cast: Cast) -> None:
    cases.save_draft(author=cast.ana, form=FORM, answers=TYPED)

    with connection.cursor() as cursor:
        cursor.execute("select t::text from cases_draft t")
        text = " ".join(row[0] for row in cursor.fetchall())
    assert "half written" not in text
    assert b"half written".hex() not in text


def test_after_a_day_it_is_not_offered_and_the_hourly_job_removes_it(cast: Cast) -> None:
    cases.save_draft(author=cast.ana, form=FORM, answers=TYPED)

    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        assert cases.draft_of(author=cast.ana, form=FORM) is None
        assert Draft.objects.count() == 1
        tasks.drop_expired(timestamp=0)
    assert Draft.objects.count() == 0


def test_a_fresh_one_survives_the_job(cast: Cast) -> None:
    cases.save_draft(author=cast.ana, form=FORM, answers=TYPED)

    tasks.drop_expired(timestamp=0)

    assert cases.draft_of(author=cast.ana, form=FORM) == TYPED


def test_something_enormous_is_not_kept(cast: Cast) -> None:
    assert not cases.save_draft(author=cast.ana, form=FORM, answers={"x": ["y" * 200_001]})
    assert cases.draft_of(author=cast.ana, form=FORM) is None


@pytest.mark.django_db(transaction=True)
def test_the_timer_and_the_button_of_a_page_keep_the_same_form_at_once() -> None:
    cast = the_cast.assemble()
    kept: list[bool] = []
    cases.save_draft(author=cast.ana, form="/first", answers={})  # her key is there from now on

    def keep(both: threading.Barrier, form: str) -> None:
        try:
            both.wait(timeout=30)
            kept.append(cases.save_draft(author=cast.ana, form=form, answers={"a": ["x"]}))
        finally:
            connection.close()

    for number in range(8):
        told = (threading.Barrier(2), f"/notices/{number}")
        work = [threading.Thread(target=keep, args=told) for _ in range(2)]
        for one in work:
            one.start()
        for one in work:
            one.join()

    assert kept == [True] * 16
    assert cases.draft_of(author=cast.ana, form="/notices/7") == {"a": ["x"]}
