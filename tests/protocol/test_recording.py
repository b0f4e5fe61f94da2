"""Runs, events and the table of due steps, through the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import DatabaseError, transaction

from ayni.audit import api as audit
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.protocol import versions
from ayni.protocol.models import Due, ProtocolVersion, Run, StepEvent
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.database_room]

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
ADULT = {"age_group": "adult", "nationality_state": "bo", "host_state": "ar"}


@pytest.fixture
def officer(cast: Cast) -> audit.Actor:
    return members.actor_of(cast.ana)


@pytest.fixture(autouse=True)
def on_behalf(cast: Cast):
    with members.acting(cast.programme.id), time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def short_version(db: None) -> None:
    """The reference with its closing step alone."""
    stored = versions.store("reference", "1.0")
    phase = {**stored.document["phases"][7], "steps": stored.document["phases"][7]["steps"][-1:]}
    document = {**stored.document, "key": "short", "phases": [phase]}
    ProtocolVersion.objects.create(
        key="short", version="1.0", digest="1" * 64, document=document, stored_at=START
    )


def _case(by: audit.Actor, **more: object) -> UUID:
    subject = uuid4()
    given: dict[str, object] = {"side": "host", "opened_at": START, "facts": ADULT, **more}
    protocol.open_subject(by=by, subject=subject, institution=by.institution, **given)
    return subject


def test_opening_a_case_starts_its_clocks_and_they_are_recorded(officer: audit.Actor) -> None:
    subject = _case(officer)

    kinds = [(each.event.kind, each.event.step) for each in protocol.events_of(subject)]
    assert kinds[0] == ("opened", "")
    assert ("started", "4.1") in kinds
    rows = {row.step: row for row in protocol.agenda_for_many([subject])[subject]}
    assert rows["4.1"].due_at == START + timedelta(hours=24)
    assert rows["4.1"].mine
    assert not rows["2.1"].mine
    assert rows["2.1"].side == "nationality"
    assert "C.1" not in rows


def test_a_recorded_due_time_stays_when_the_facts_change(officer: audit.Actor) -> None:
    subject = _case(officer, side="nationality")
    before = protocol.agenda(subject=subject, facts=ADULT).steps["2.1"].due_at

    agenda = protocol.refresh(
        by=officer, subject=subject, facts={**ADULT, "nationality_state": "uy"}
    )

    assert agenda.steps["2.1"].due_at == before == START + timedelta(hours=24)


def test_a_step_done_leaves_the_list_and_the_next_one_enters_it(
    officer: audit.Actor, on_behalf: time_machine.Traveller
) -> None:
    subject = _case(officer, side="nationality")
    facts = {**ADULT, "safety_and_will_recorded": True}
    on_behalf.shift(timedelta(hours=2))

    protocol.record_event(by=officer, subject=subject, step="2.3", kind="done", facts=facts)

    rows = {row.step: row for row in protocol.agenda_for_many([subject])[subject]}
    assert "2.3" not in rows
    assert rows["2.3.a"].due_at == START + timedelta(hours=26)
    assert not rows["2.3.a"].mine


def test_a_closed_gate_is_refused_with_the_sentence_of_the_protocol(officer: audit.Actor) -> None:
    subject = _case(officer, side="nationality")
    before = protocol.events_of(subject)

    with pytest.raises(protocol.StepRefused, match="seguridad y su voluntad"):
        protocol.record_event(by=officer, subject=subject, step="2.3", kind="done", facts=ADULT)

    assert protocol.events_of(subject) == before


def test_a_step_that_cannot_be_told_yet_names_the_missing_fact(officer: audit.Actor) -> None:
    subject = _case(officer, side="nationality")

    with pytest.raises(protocol.StepRefused, match="si le falta un documento"):
        protocol.record_event(by=officer, subject=subject, step="2.7", kind="done", facts=ADULT)


@pytest.mark.parametrize("step", ["C.1", "2.1"])
def test_a_step_that_is_not_ours_or_does_not_apply_is_refused(
    step: str, officer: audit.Actor
) -> None:
    subject = _case(officer)

    with pytest.raises(protocol.StepRefused):
        protocol.record_event(by=officer, subject=subject, step=step, kind="done", facts=ADULT)


def test_what_another_side_tells_is_recorded_as_told(officer: audit.Actor) -> None:
    subject = _case(officer)

    agenda = protocol.record_event(
        by=audit.peer("bo"), subject=subject, step="2.3", kind="done", side="nationality",
        facts=ADULT,
    )  # fmt: skip

    assert agenda.steps["2.3"].state == "done"
    assert agenda.steps["2.3.a"].state == "due"
    assert agenda.steps["2.3.a"].mine


def test_a_double_click_records_once(officer: audit.Actor) -> None:
    subject = _case(officer)
    click = uuid4()

    for _ in range(2):
        protocol.record_event(
            by=officer, subject=subject, step="2.6", kind="done", event_id=click, facts=ADULT
        )

    done = [each for each in protocol.events_of(subject) if each.event.kind == "done"]
    assert len(done) == 1


def test_the_same_step_is_not_done_twice(officer: audit.Actor) -> None:
    subject = _case(officer)
    protocol.record_event(by=officer, subject=subject, step="2.6", kind="done", facts=ADULT)

    with pytest.raises(protocol.StepRefused):
        protocol.record_event(by=officer, subject=subject, step="2.6", kind="done", facts=ADULT)


def test_a_mistake_is_corrected_by_another_event(officer: audit.Actor) -> None:
    subject = _case(officer)
    mistake = uuid4()
    protocol.record_event(
        by=officer, subject=subject, step="2.6", kind="done", event_id=mistake, facts=ADULT
    )

    agenda = protocol.record_event(
        by=officer, subject=subject, kind="corrected", corrects=mistake,
        reason="entered_by_mistake", facts=ADULT,
    )  # fmt: skip

    assert agenda.steps["2.6"].state in ("due", "overdue")


@pytest.mark.parametrize("reason", ["", "she told me that her cousin"])
def test_declining_needs_a_reason_from_the_list(reason: str, officer: audit.Actor) -> None:
    subject = _case(officer)

    with pytest.raises(protocol.ReasonRefused):
        protocol.record_event(
            by=officer, subject=subject, step="2.5", kind="declined", reason=reason, facts=ADULT
        )


def test_the_asylum_question_cannot_be_waived(officer: audit.Actor) -> None:
    subject = _case(officer)

    with pytest.raises(protocol.StepRefused):
        protocol.record_event(
            by=officer, subject=subject, step="2.6", kind="waived", reason="not_needed", facts=ADULT
        )


def test_nothing_is_recorded_for_the_future(officer: audit.Actor) -> None:
    subject = _case(officer)

    with pytest.raises(protocol.TimeRefused):
        protocol.record_event(
            by=officer, subject=subject, step="2.6", kind="done", facts=ADULT,
            at=START + timedelta(hours=1),
        )  # fmt: skip


def test_an_unknown_fact_or_value_is_refused_and_nothing_is_written(officer: audit.Actor) -> None:
    subject = _case(officer)
    before = len(protocol.events_of(subject))

    for facts in ({"favourite_colour": "red"}, {"age_group": "old"}, {"age_group": True}):
        with pytest.raises(protocol.FactRefused):
            protocol.record_event(by=officer, subject=subject, step="2.6", kind="done", facts=facts)

    assert len(protocol.events_of(subject)) == before


def test_a_notice_is_opened_by_its_first_step_and_goes_over_into_the_case(
    officer: audit.Actor,
) -> None:
    notice, case = uuid4(), uuid4()
    protocol.record_event(
        by=officer, subject=notice, institution=officer.institution, step="1.1", kind="done",
        side="host",
    )  # fmt: skip
    assert {row.step for row in protocol.agenda_for_many([notice])[notice]} >= {"1.2", "1.4"}

    protocol.open_subject(
        by=officer, subject=case, institution=officer.institution, side="host",
        opened_at=START, after_notice=notice, facts=ADULT,
    )  # fmt: skip

    assert protocol.agenda_for_many([notice])[notice] == []
    agenda = protocol.agenda(subject=case, facts=ADULT)
    assert agenda.steps["1.1"].state == "done"
    assert agenda.steps["1.4"].state == "due"
    assert agenda.steps["4.1"].state == "due"


def test_phase_0_runs_on_a_post(officer: audit.Actor, on_behalf: time_machine.Traveller) -> None:
    post = uuid4()
    agenda = protocol.open_subject(
        by=officer, subject=post, institution=officer.institution, kind="post", side="own",
        opened_at=START,
    )  # fmt: skip
    assert list(agenda.steps) == ["0.1", "0.2", "0.3", "0.4"]
    on_behalf.shift(timedelta(days=30))

    agenda = protocol.record_event(by=officer, subject=post, step="0.2", kind="done")

    assert agenda.steps["0.2"].occurrence == 2
    assert agenda.steps["0.2"].due_at == datetime(2027, 3, 24, 2, 59, 59, tzinfo=UTC)


def test_a_pause_needs_both_sides_and_gives_its_time_back(
    officer: audit.Actor, on_behalf: time_machine.Traveller
) -> None:
    subject = _case(officer)
    for side, state in (("host", "due"), ("nationality", "paused")):
        agenda = protocol.record_event(
            by=officer, subject=subject, step="4.1", kind="paused", side=side,
            reason="awaiting_authority", facts=ADULT,
        )  # fmt: skip
        assert agenda.steps["4.1"].state == state
    on_behalf.shift(timedelta(hours=30))
    late = protocol.agenda(subject=subject, facts=ADULT).overdue()
    assert "4.1" not in [entry.step.id for entry in late]

    agenda = protocol.record_event(
        by=officer, subject=subject, step="4.1", kind="resumed", facts=ADULT
    )

    assert agenda.steps["4.1"].due_at == START + timedelta(hours=54)
    row = next(r for r in protocol.agenda_for_many([subject])[subject] if r.step == "4.1")
    assert row.due_at == START + timedelta(hours=54)


def test_a_subject_that_does_not_run_is_not_found(officer: audit.Actor) -> None:
    with pytest.raises(NotFound):
        protocol.record_event(by=officer, subject=uuid4(), step="2.6", kind="done", facts=ADULT)
    with pytest.raises(NotFound):
        protocol.agenda(subject=uuid4(), facts={})


def test_a_subject_is_opened_once(officer: audit.Actor) -> None:
    subject = _case(officer)

    with pytest.raises(protocol.AlreadyOpen):
        protocol.open_subject(
            by=officer, subject=subject, institution=officer.institution, side="host",
            opened_at=START,
        )  # fmt: skip


def test_overdue_is_asked_of_the_clock_without_writing(
    officer: audit.Actor, on_behalf: time_machine.Traveller
) -> None:
    subject = _case(officer)
    assert protocol.counts(institution=officer.institution)["overdue"] == 0
    on_behalf.shift(timedelta(hours=25))

    late = protocol.due_for(institution=officer.institution, overdue_only=True)

    assert {"2.6", "4.1"} <= {row.step for row in late}
    assert all(row.overdue and row.subject == subject for row in late)
    counted = protocol.counts(institution=officer.institution)
    assert counted["overdue"] == len(late)
    assert counted["owed_overdue"] >= 1


def test_the_list_goes_on_from_its_cursor_without_loss_or_repetition(
    officer: audit.Actor,
) -> None:
    for _ in range(3):
        _case(officer)
    whole = protocol.due_for(institution=officer.institution, limit=1000)
    paged: list[protocol.DueRow] = []
    while True:
        page = protocol.due_for(
            institution=officer.institution, limit=4, after=paged[-1].cursor if paged else None
        )
        if not page:
            break
        paged += page

    assert paged == whole


def test_the_next_due_step_of_each_case_is_the_earliest_of_its_own_side(
    officer: audit.Actor,
) -> None:
    cases = [_case(officer) for _ in range(3)]

    first = protocol.next_due(cases)

    assert set(first) == set(cases)
    for subject, row in first.items():
        own = protocol.due_for(institution=officer.institution, subjects=[subject])
        assert row == own[0]
    assert first[cases[0]].step == "2.6"


def test_the_list_can_be_asked_for_one_role(officer: audit.Actor) -> None:
    _case(officer)

    rows = protocol.due_for(institution=officer.institution, roles=["consular_officer"], limit=99)

    assert rows
    assert {row.role for row in rows} == {"consular_officer"}


def test_closing_is_refused_while_the_risk_is_not_assessed(officer: audit.Actor) -> None:
    subject = _case(officer)

    with pytest.raises(protocol.StepRefused, match="riesgo alto"):
        protocol.record_event(
            by=officer, subject=subject, step="7.5", kind="done",
            facts={**ADULT, "closure_reason": "goals_met"},
        )  # fmt: skip


def test_a_closed_subject_is_in_no_list(officer: audit.Actor) -> None:
    subject = _case(officer)

    protocol.record_event(
        by=officer, subject=subject, kind="closed", reason="plan_completed", facts=ADULT
    )

    assert protocol.agenda_for_many([subject])[subject] == []
    protocol.record_event(
        by=officer, subject=subject, kind="reopened", reason="new_information", facts=ADULT
    )
    assert protocol.agenda_for_many([subject])[subject]


def test_a_case_that_is_closed_by_its_step_can_be_reopened_and_closed_again(
    officer: audit.Actor, on_behalf: time_machine.Traveller
) -> None:
    subject = _case(officer, definition="short", version="1.0")
    facts = {**ADULT, "risk_level": "low", "closure_reason": "goals_met"}
    for kind, step in (("done", "7.5"), ("reopened", ""), ("done", "7.5")):
        on_behalf.shift(timedelta(minutes=1))
        agenda = protocol.record_event(
            by=officer, subject=subject, step=step, kind=kind, facts=facts
        )
        assert agenda.closed is (kind == "done")
        assert agenda.steps["7.5"].state == ("done" if agenda.closed else "due")
        assert (protocol.agenda_for_many([subject])[subject] == []) is agenda.closed


def test_the_journey_moves_the_clock_of_the_travel_plan(officer: audit.Actor) -> None:
    subject = _case(officer, side="nationality")
    facts = {**ADULT, "option_chosen": "return_home"}
    for days in (10, 20):
        agenda = protocol.record_event(
            by=officer, subject=subject, kind="planned", moment="travel",
            due_at=START + timedelta(days=days), facts=facts,
        )  # fmt: skip
    assert agenda.steps["6.1"].due_at == START + timedelta(days=18)


def test_another_institution_sees_no_run_event_or_due_step(
    officer: audit.Actor, cast: Cast
) -> None:
    subject = _case(officer)

    with members.acting(cast.shelter.id):
        assert Run.objects.count() == StepEvent.objects.count() == Due.objects.count() == 0
        assert protocol.agenda_for_many([subject])[subject] == []
    with members.acting(None):
        assert Run.objects.count() == 0


def test_the_database_refuses_to_change_an_event_or_a_version(officer: audit.Actor) -> None:
    _case(officer)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        StepEvent.objects.update(reason="x")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        ProtocolVersion.objects.update(version="9.9")


def test_facts_come_from_the_answers_of_forms() -> None:
    reference = protocol.definition("reference", "1.0")

    facts = protocol.facts_from_answers(
        reference,
        {
            "2.6": {"fears_own_state": False},
            "4.1": {"risk_level": "high", "actions": "words that are no fact"},
            "3.5": {"track": ""},
            "9.9": {"unknown": True},
        },
    )

    assert facts == {"fears_own_state": False, "risk_level": "high"}


def test_recording_is_audited_with_ids_and_codes_only(officer: audit.Actor) -> None:
    subject = _case(officer)
    protocol.record_event(by=officer, subject=subject, step="2.6", kind="done", facts=ADULT)

    entries = audit.entries_about(subject)

    assert {entry.verb for entry in entries} == {"protocol.open_subject", "protocol.record"}
