"""A record whose time is over is blocked, then erased; a hold keeps both away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cases.counted import StatisticsRecord
from ayni.cases.expiry import Step
from ayni.cases.models import Case, Notice, Person, SearchToken, StepForm
from ayni.cases.tasks import apply_retention
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from ayni.vault.errors import Erased
from tests.cases import stories
from tests.cast import Cast, an_officer

pytestmark = pytest.mark.django_db

CLOSED = datetime(2026, 11, 30, 15, tzinfo=UTC)
BLOCKED = datetime(2029, 12, 1, 12, tzinfo=UTC)  # kept for 36 months
ERASED = datetime(2030, 12, 2, 12, tzinfo=UTC)  # blocked for 12


@pytest.fixture
def dora(cast: Cast) -> Actor:
    """The data protection officer of the programme."""
    return members.actor_of(cast.dora)


@pytest.fixture
def case(ana: Actor) -> cases.Case:
    """A closed case, begun with a notice."""
    with time_machine.travel(CLOSED, tick=False):
        found = stories.worked_through(ana, stories.a_case(ana, stories.ADULT))
        return cases.close_case(
            by=ana, case_id=found.id, version=found.version, reason="goals_met", note="Invented."
        )


def _night(moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        apply_retention(0)


@contextmanager
def _with_blocked() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('ayni.blocked', 'seen', true)")
        yield
        with connection.cursor() as cursor:
            cursor.execute("select set_config('ayni.blocked', '', true)")


def _row(case: Case) -> Case:
    with _with_blocked():
        return Case.objects.select_related("person", "notice").get(id=case.id)


def _due(dora: Actor, until: date, at: datetime) -> list[tuple[str, date | None]]:
    with time_machine.travel(at, tick=False):
        found = cases.retention_due(by=dora, until=until)
    return [(str(due.next.step), due.next.on) for due in found]


def test_a_case_is_blocked_on_the_day_after_its_last_one_and_then_seen_by_nobody(
    ana: Actor, case: cases.Case
) -> None:
    _night(datetime(2029, 11, 30, 12, tzinfo=UTC))
    assert cases.open_case_page(by=ana, case_id=case.id).case.id == case.id

    _night(BLOCKED)
    with pytest.raises(NotFound):
        cases.open_case_page(by=ana, case_id=case.id)
    assert not Case.objects.filter(id=case.id).exists()
    assert not Notice.objects.filter(id=case.notice_id).exists()
    assert not SearchToken.objects.filter(subject=case.subject).exists()
    assert vault.sealer(case.subject)  # the key is still there


def test_a_year_later_it_is_erased_and_nothing_personal_is_left(case: cases.Case) -> None:
    _night(BLOCKED)
    _night(datetime(2030, 12, 1, 12, tzinfo=UTC))
    assert _row(case).erased_at is None

    _night(ERASED)
    row = _row(case)
    assert row.erased_at == ERASED
    with pytest.raises(Erased):
        vault.sealer(case.subject)
    for each in (row, row.person, row.notice):
        assert each is not None
        assert all(getattr(each, name) is None for name in each.sealed_names())
    assert (row.tracks, row.host_country, row.risk, row.assigned_to_id) == ([], "", "", None)
    assert not StepForm.objects.filter(subject=case.subject).exists()


def test_each_step_is_recorded(case: cases.Case) -> None:
    _night(BLOCKED)
    _night(ERASED)
    verbs = Entry.objects.filter(subject=str(case.id), actor_kind="job").values_list("verb")
    assert [verb for (verb,) in verbs.order_by("number")] == [
        "cases.block_case",
        "cases.erase_case",
    ]


def test_a_night_that_was_missed_is_made_up_for_and_a_second_one_does_nothing(
    case: cases.Case,
) -> None:
    _night(ERASED)
    assert _row(case).blocked_at == ERASED, "blocked first, however late"
    before = Entry.objects.count()
    _night(ERASED)
    assert Entry.objects.count() == before


def test_an_open_case_is_never_touched(ana: Actor, dora: Actor) -> None:
    case = stories.a_case(ana, stories.ADULT)
    _night(datetime(2060, 1, 1, tzinfo=UTC))
    assert Case.objects.get(id=case.id).blocked_at is None
    assert _due(dora, date(2099, 1, 1), CLOSED) == []


def test_a_notice_that_led_to_no_case_goes_the_same_way(ana: Actor, dora: Actor) -> None:
    with time_machine.travel(CLOSED, tick=False):
        notice = stories.a_decided_notice(ana, outcome="archive_exhausted")
    _night(datetime(2027, 12, 1, 12, tzinfo=UTC))
    assert not Notice.objects.filter(id=notice.id).exists()
    assert _due(dora, date(2028, 12, 31), BLOCKED) == [(Step.ERASE, date(2028, 12, 2))]

    _night(datetime(2028, 12, 2, 12, tzinfo=UTC))
    with pytest.raises(Erased):
        vault.sealer(notice.subject)


def test_the_list_says_what_will_happen_and_does_nothing(dora: Actor, case: cases.Case) -> None:
    soon = date(2029, 12, 31)
    assert _due(dora, date(2029, 11, 30), CLOSED) == []
    assert _due(dora, soon, CLOSED) == [(Step.BLOCK, date(2029, 12, 1))]
    assert Case.objects.filter(id=case.id).exists()
    assert Entry.objects.filter(verb="cases.retention_due", actor_id=dora.id).count() == 2


def test_a_hold_keeps_it_and_its_end_lets_it_go(ana: Actor, dora: Actor, case: cases.Case) -> None:
    with time_machine.travel(CLOSED, tick=False):
        cases.hold(
            by=dora, kind="case", ident=case.id, until=date(2031, 5, 5), reason="Invented reason."
        )
    assert cases.retention_of(by=dora, kind="case", ident=case.id)[1] == "Invented reason."
    _night(ERASED)
    assert Case.objects.filter(id=case.id).exists()
    assert _due(dora, date(2029, 1, 1), CLOSED) == [(Step.BLOCK, date(2031, 5, 6))]

    cases.end_hold(by=dora, kind="case", ident=case.id)
    _night(ERASED)
    assert not Case.objects.filter(id=case.id).exists()


def test_a_blocked_case_is_shown_again_only_while_a_hold_lasts(
    ana: Actor, dora: Actor, case: cases.Case
) -> None:
    _night(BLOCKED)
    with time_machine.travel(BLOCKED, tick=False):
        with pytest.raises(cases.HoldFirst):
            cases.unblock(by=dora, case_id=case.id)
        cases.hold(
            by=dora, kind="case", ident=case.id, until=date(2030, 1, 31), reason="A proceeding."
        )
        cases.unblock(by=dora, case_id=case.id)
    page = cases.open_case_page(by=ana, case_id=case.id)
    assert page.case.id == case.id
    assert SearchToken.objects.filter(subject=case.subject).exists()

    _night(datetime(2030, 1, 31, 12, tzinfo=UTC))
    assert Case.objects.filter(id=case.id).exists()
    _night(datetime(2030, 2, 1, 12, tzinfo=UTC))
    assert not Case.objects.filter(id=case.id).exists()


@pytest.mark.parametrize("until", [date(2026, 11, 29), date(2037, 1, 1)])
def test_a_hold_in_the_past_or_for_too_long_is_refused(
    dora: Actor, case: cases.Case, until: date
) -> None:
    with time_machine.travel(CLOSED, tick=False), pytest.raises(cases.HoldTooLong):
        cases.hold(by=dora, kind="case", ident=case.id, until=until, reason="x")
    assert Case.objects.get(id=case.id).held_until is None


def test_a_hold_and_an_erasure_need_their_reason(dora: Actor, case: cases.Case) -> None:
    with pytest.raises(cases.ReasonMissing):
        cases.hold(by=dora, kind="case", ident=case.id, until=date(2037, 1, 1), reason="  ")
    with pytest.raises(cases.ReasonMissing):
        cases.erase_case(by=dora, case_id=case.id, reason=" ")


def test_a_granted_request_erases_at_once_but_not_what_is_held_or_open(
    ana: Actor, dora: Actor, case: cases.Case
) -> None:
    still_open = stories.a_case(ana, stories.ADULT)
    with pytest.raises(WrongState):
        cases.erase_case(by=dora, case_id=still_open.id, reason="She asked.")
    with time_machine.travel(CLOSED, tick=False):
        cases.hold(by=dora, kind="case", ident=case.id, until=date(2027, 1, 1), reason="x")
        with pytest.raises(cases.OnHold):
            cases.erase_case(by=dora, case_id=case.id, reason="She asked.")
        cases.end_hold(by=dora, kind="case", ident=case.id)
        cases.erase_case(by=dora, case_id=case.id, reason="She asked.")
    with pytest.raises(Erased):
        vault.sealer(case.subject)
    cases.erase_case(by=dora, case_id=case.id, reason="Asked twice.")
    found, reason = cases.retention_of(by=dora, kind="case", ident=case.id)
    assert (found.standing, found.next.step, reason) == ("erased", Step.NONE, "")


def test_an_erased_record_cannot_be_held_or_shown_again(dora: Actor, case: cases.Case) -> None:
    cases.erase_case(by=dora, case_id=case.id, reason="She asked.")
    with pytest.raises(WrongState):
        cases.hold(by=dora, kind="case", ident=case.id, until=_far(), reason="x")
    with pytest.raises(WrongState):
        cases.unblock(by=dora, case_id=case.id)


def _far() -> date:
    return (clock.now() + timedelta(days=365)).date()


def test_what_is_counted_of_an_erased_case_stays(ana: Actor, dora: Actor, case: cases.Case) -> None:
    cases.erase_case(by=dora, case_id=case.id, reason="She asked.")
    record = StatisticsRecord.objects.get()
    assert record.unseal(vault.sealer(record.subject))["coded"]["side"] == "host"


def test_only_the_data_protection_officer_and_the_job_decide(ana: Actor, case: cases.Case) -> None:
    asked: list[Any] = [
        lambda by: cases.retention_due(by=by, until=_far()),
        lambda by: cases.apply_retention(by=by, now=CLOSED),
        lambda by: cases.erase_case(by=by, case_id=case.id, reason="x"),
        lambda by: cases.hold(by=by, kind="case", ident=case.id, until=_far(), reason="x"),
        lambda by: cases.end_hold(by=by, kind="case", ident=case.id),
        lambda by: cases.unblock(by=by, case_id=case.id),
        lambda by: cases.retention_of(by=by, kind="case", ident=case.id),
    ]
    for ask in asked:
        for by in (ana, audit.peer("bo")):
            with pytest.raises(NotAllowed):
                ask(by)


def test_another_institution_neither_sees_nor_touches_it(
    cast: Cast, ana: Actor, case: cases.Case
) -> None:
    other = members.actor_of(an_officer("olga", cast.shelter, members.Role.DATA_PROTECTION_OFFICER))
    with members.acting(cast.shelter.id), time_machine.travel(BLOCKED, tick=False):
        assert cases.retention_due(by=other, until=date(2099, 1, 1)) == []
        with pytest.raises(NotFound):
            cases.erase_case(by=other, case_id=case.id, reason="x")
        assert cases.apply_retention(by=other, now=ERASED) == (0, 0)


def test_the_database_blocks_only_what_is_closed_and_erases_only_what_is_blocked(
    ana: Actor, case: cases.Case
) -> None:
    still_open = stories.a_case(ana, stories.ADULT)
    for ident, change in (
        (still_open.id, {"blocked_at": CLOSED}),
        (case.id, {"erased_at": CLOSED}),
    ):
        with pytest.raises(IntegrityError), _with_blocked():
            Case.objects.filter(id=ident).update(**change)


def test_a_persons_row_alone_tells_nothing_of_an_erased_case(dora: Actor, case: cases.Case) -> None:
    cases.erase_case(by=dora, case_id=case.id, reason="She asked.")
    person = Person.objects.get(id=UUID(str(case.person_id)))
    assert all(getattr(person, name) is None for name in person.sealed_names())
