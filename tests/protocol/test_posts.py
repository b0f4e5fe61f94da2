"""Phase 0 runs per post: begun once, recorded step by step, due again when its time has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.database_room]

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
CONTEXT = {"law": "Invented law", "risk_zones": "Invented zone"}


@pytest.fixture
def clock(cast: Cast) -> Iterator[time_machine.Traveller]:
    with members.acting(cast.programme.id), time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ana(cast: Cast) -> audit.Actor:
    return members.actor_of(cast.ana)


def test_a_post_begins_once_and_has_the_four_steps(
    ana: audit.Actor, clock: time_machine.Traveller
) -> None:
    with pytest.raises(NotFound):
        protocol.post_agenda(by=ana)

    for _ in range(2):
        agenda = protocol.begin_post(by=ana)

    assert list(agenda.steps) == ["0.1", "0.2", "0.3", "0.4"]
    assert agenda.steps["0.2"].due_at is not None
    assert (agenda.steps["0.2"].due_at - START).days == 90


def test_what_was_verified_is_due_again_after_90_days(
    ana: audit.Actor, clock: time_machine.Traveller
) -> None:
    protocol.begin_post(by=ana)
    service = {"service": "Invented", "verified_on": "2026-11-23", "verified_by": "Invented",
               "status": "verified", "serves": ["women"]}  # fmt: skip

    agenda = protocol.record_post(by=ana, step="0.2", answers=service)

    assert agenda.steps["0.2"].occurrence == 2
    clock.shift(timedelta(days=92))
    assert protocol.post_agenda(by=ana).steps["0.2"].state is protocol.StepState.OVERDUE
    due = protocol.due_for(institution=ana.institution, overdue_only=True)
    assert [(row.kind, row.step) for row in due] == [("post", "0.2")]


def test_a_double_click_writes_one_entry(ana: audit.Actor, clock: time_machine.Traveller) -> None:
    protocol.begin_post(by=ana)
    form = uuid4()

    for _ in range(2):
        protocol.record_post(by=ana, step="0.1", answers=CONTEXT, form_id=form)

    assert [entry.answers for entry in protocol.post_entries(by=ana)] == [CONTEXT]


def test_an_agreement_may_be_written_down_again(
    ana: audit.Actor, clock: time_machine.Traveller
) -> None:
    protocol.begin_post(by=ana)

    for name in ("First", "Second"):
        agenda = protocol.record_post(by=ana, step="0.3", answers={"reference_institution": name})

    assert agenda.steps["0.3"].settled
    assert len(protocol.post_entries(by=ana)) == 2


def test_another_institution_sees_nothing_of_it(
    ana: audit.Actor, cast: Cast, clock: time_machine.Traveller
) -> None:
    protocol.begin_post(by=ana)
    protocol.record_post(by=ana, step="0.1", answers=CONTEXT)

    with members.acting(cast.shelter.id):
        assert protocol.post_entries(by=ana) == []


@pytest.mark.parametrize("who", ["dora", "nadia", "sol"])
def test_others_have_no_post_to_prepare(
    cast: Cast, clock: time_machine.Traveller, who: str
) -> None:
    with pytest.raises(NotAllowed):
        protocol.begin_post(by=members.actor_of(getattr(cast, who)))


def test_a_step_of_a_case_is_not_recorded_on_a_post(
    ana: audit.Actor, clock: time_machine.Traveller
) -> None:
    protocol.begin_post(by=ana)

    with pytest.raises(NotFound):
        protocol.record_post(by=ana, step="2.1", answers={})
