"""Working through the protocol: what a form tells the record, changes, plans, corrections."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.protocol import api as protocol
from tests.cases import stories

pytestmark = pytest.mark.django_db


def _done(by: Actor, case: cases.Case, step: str, **answers: object) -> cases.Case:
    return cases.record_step(by=by, case_id=case.id, step=step, kind="done", answers=answers)


def _facts(by: Actor, case: cases.Case) -> dict[str, object]:
    return cases.protocol_facts(cases.case_for(by=by, case_id=case.id))


def _agenda(by: Actor, case: cases.Case) -> protocol.Agenda:
    return cases.agenda_of(cases.case_for(by=by, case_id=case.id), clock.now())


def test_what_the_notice_established_goes_over_into_the_case(ana: Actor) -> None:
    facts = _facts(ana, stories.a_case(ana))

    assert facts["safe_to_talk"] is True
    assert facts["situation"] == "urgency"
    assert facts["person_missing"] is False
    assert facts["notice_outcome"] == "open_case"


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        ("both", ["smuggling", "trafficking"]),
        ("smuggling", ["smuggling"]),
        ("neither", []),
    ],
)
def test_the_decision_on_the_crime_changes_the_tracks_of_the_case(
    ana: Actor, track: str, expected: list[str]
) -> None:
    case = stories.a_case(ana)

    case = _done(ana, case, "3.5", track=track)

    assert case.tracks == expected
    agenda = _agenda(ana, case)
    runs = agenda.steps["S.1"].state is not protocol.StepState.NOT_APPLICABLE
    assert runs is ("smuggling" in expected)


def test_fear_of_her_own_state_protects_her_at_once(ana: Actor) -> None:
    case = stories.a_case(ana)

    case = _done(ana, case, "2.6", fears_own_state=True)

    assert cases.feared_states(case.person) == {"bo"}
    assert _agenda(ana, case).steps["2.6.a"].asked_for


def test_fear_of_another_state_does_not_cut_her_off_from_her_own(ana: Actor) -> None:
    case = stories.a_case(ana)
    _done(ana, case, "2.6", fears_own_state=False)

    cases.set_feared_states(by=ana, person_id=case.person_id, states=["br"])

    assert _facts(ana, case)["fears_own_state"] is False


def test_fear_of_any_state_counts_as_fear_of_her_own_while_her_nationality_is_unknown(
    ana: Actor,
) -> None:
    case = stories.a_case(ana, {**stories.ADULT, "citizenships": []})

    cases.set_feared_states(by=ana, person_id=case.person_id, states=["br"])

    assert _facts(ana, case)["fears_own_state"] is True


def test_a_verified_age_becomes_part_of_the_record(ana: Actor) -> None:
    case = stories.a_case(ana, stories.OF_UNKNOWN_AGE)
    assert _agenda(ana, case).steps["C.1"].presumed

    case = _done(ana, case, "2.2", age_group="adult")

    assert not cases.age_status(case.person).counts_as_child
    assert _agenda(ana, case).steps["C.1"].state is protocol.StepState.NOT_APPLICABLE


def test_an_answer_against_the_recorded_birth_is_refused_and_nothing_is_written(
    ana: Actor,
) -> None:
    case = stories.a_case(ana, stories.CHILD)

    with pytest.raises(cases.Contradicted):
        _done(ana, case, "2.2", age_group="adult")

    assert cases.age_status(case.person).value == "child"
    assert cases.open_history(by=ana, case_id=case.id).forms == []


def test_an_answer_against_the_recorded_nationality_is_refused(ana: Actor) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.Contradicted):
        _done(ana, case, "2.2", nationality_state="pe")


def test_a_first_nationality_becomes_part_of_the_record(ana: Actor) -> None:
    case = stories.a_case(ana, {**stories.ADULT, "citizenships": []})

    _done(ana, case, "2.2", nationality_state="ec")

    assert cases.open_identity(by=ana, person_id=case.person_id)["citizenships"] == ["EC"]


def test_correcting_the_birth_changes_what_is_due(ana: Actor) -> None:
    case = stories.a_case(ana)
    assert "C.1" not in {row.step for row in protocol.agenda_for_many([case.id])[case.id]}

    cases.correct_person(
        by=ana, person_id=case.person_id, version=1, details={"birth": stories.CHILD["birth"]}
    )

    assert "C.1" in {row.step for row in protocol.agenda_for_many([case.id])[case.id]}


def test_the_interview_is_consented_to_once_and_the_step_is_done(ana: Actor) -> None:
    case = stories.a_case(ana)

    stories.a_consent(ana, case, purpose="interview", recipient_state="", recipient_institution="")

    assert _agenda(ana, case).steps["3.2"].settled
    assert _facts(ana, case)["consent_to_interview"] is True


def test_withdrawing_the_consent_to_the_interview_stops_it(ana: Actor) -> None:
    case = stories.a_case(ana)
    consent = stories.a_consent(ana, case, purpose="interview")
    _done(ana, case, "3.1", private_room=True)
    _done(ana, case, "3.4", told_before=False)

    cases.withdraw_consent(by=ana, consent_id=consent.id)

    assert _agenda(ana, case).steps["3.3"].state is protocol.StepState.BLOCKED


def test_a_change_calls_for_a_new_assessment_of_the_risk(ana: Actor) -> None:
    case = stories.a_case(ana)
    case = cases.set_risk(by=ana, case_id=case.id, version=case.version, level="low", reason="x")
    assert _agenda(ana, case).steps["4.1"].settled

    cases.record_change(by=ana, case_id=case.id, reason="new_information", note="Invented.")

    entry = _agenda(ana, case).steps["4.1"]
    assert (entry.asked_for, entry.occurrence) == (True, 2)


def test_the_risk_may_be_assessed_again_without_a_change(ana: Actor) -> None:
    case = stories.a_case(ana)
    case = cases.set_risk(by=ana, case_id=case.id, version=case.version, level="low", reason="x")

    case = cases.set_risk(by=ana, case_id=case.id, version=case.version, level="high", reason="y")

    assert case.risk == "high"
    forms = cases.open_history(by=ana, case_id=case.id).forms
    assert [told["risk_level"] for _form, told in forms] == ["low", "high"]


def test_the_date_of_the_journey_sets_the_clocks_before_it(ana: Actor) -> None:
    case = stories.a_case(ana)
    case = _done(ana, case, "2.6", fears_own_state=False)
    cases.set_risk(by=ana, case_id=case.id, version=case.version, level="low", reason="x")
    _done(ana, case, "4.5", residence_option_told=True)
    _done(ana, case, "5.1", option_chosen="return_home", in_writing=True)
    travels = clock.now() + timedelta(days=10)

    cases.plan_journey(by=ana, case_id=case.id, at=travels)

    due = _agenda(ana, case).steps["5.5"].due_at
    assert due is not None
    assert abs(due - travels) < timedelta(seconds=1)


def test_what_the_other_state_did_is_recorded_for_it_and_opens_our_gates(ana: Actor) -> None:
    case = stories.a_case(ana)
    assert not _agenda(ana, case).steps["2.1"].settled

    cases.record_step(
        by=ana, case_id=case.id, step="2.1", kind="done", side="nationality",
        answers={"note_number": "Invented 1"},
    )  # fmt: skip

    assert _agenda(ana, case).steps["2.1"].settled


def test_more_can_be_written_down_about_a_step_and_the_first_answers_stay(ana: Actor) -> None:
    case = stories.a_case(ana)
    _done(ana, case, "2.2", needs_document=True)

    cases.amend_step(by=ana, case_id=case.id, step="2.2", answers={"detained": True})

    assert (_facts(ana, case)["detained"], _facts(ana, case)["needs_document"]) == (True, True)
    assert len(cases.open_history(by=ana, case_id=case.id).forms) == 2
    with pytest.raises(cases.NotSettled):
        cases.amend_step(by=ana, case_id=case.id, step="2.5", answers={"needs": ["food"]})


def test_a_mistake_is_taken_back_with_what_it_had_established(ana: Actor) -> None:
    case = stories.a_case(ana)
    _done(ana, case, "2.2", detained=False)
    cases.amend_step(by=ana, case_id=case.id, step="2.2", answers={"needs_document": True})
    event = next(e for e in protocol.events_of(case.id) if e.event.step == "2.2"
                 and e.event.kind is protocol.EventKind.DONE)  # fmt: skip

    cases.correct_event(by=ana, case_id=case.id, event_id=UUID(event.event.id))

    facts = _facts(ana, case)
    assert "detained" not in facts
    assert facts["needs_document"] is True
    assert _agenda(ana, case).steps["2.2"].asked_for
    with pytest.raises(NotFound):
        cases.correct_event(by=ana, case_id=case.id, event_id=uuid4())


def test_a_double_click_on_a_step_records_it_once(ana: Actor) -> None:
    case = stories.a_case(ana)
    form = uuid4()

    for _ in range(2):
        cases.record_step(
            by=ana, case_id=case.id, step="2.5", kind="done", answers={"needs": ["food"]},
            form_id=form,
        )  # fmt: skip

    assert len(cases.open_history(by=ana, case_id=case.id).forms) == 1


def test_a_form_of_another_case_is_not_taken_for_a_double_click(ana: Actor) -> None:
    one, other = stories.a_case(ana), stories.a_case(ana)
    form = uuid4()
    cases.record_step(
        by=ana, case_id=one.id, step="2.5", kind="done", answers={"needs": ["food"]}, form_id=form
    )

    with pytest.raises(cases.FormTaken):
        cases.record_step(
            by=ana, case_id=other.id, step="2.5", kind="done", answers={"needs": ["food"]},
            form_id=form,
        )  # fmt: skip


def test_a_double_click_on_a_consent_or_an_opening_changes_nothing(ana: Actor) -> None:
    notice, form = stories.a_decided_notice(ana), uuid4()
    new = cases.NewCase(side="host", tracks=("trafficking",), person=stories.ADULT)

    case = cases.open_case(by=ana, notice_id=notice.id, new=new, form_id=form)
    assert cases.open_case(by=ana, notice_id=notice.id, new=new, form_id=form).id == case.id
    with pytest.raises(cases.CaseOpenAlready):
        cases.open_case(by=ana, notice_id=notice.id, new=new, form_id=uuid4())

    consent = cases.record_consent(
        by=ana, case_id=case.id, form_id=form,
        new=cases.NewConsent("assist", "es", "person", stories.ALL_TOLD),
    )  # fmt: skip
    again = cases.record_consent(
        by=ana, case_id=case.id, form_id=form,
        new=cases.NewConsent("assist", "es", "person", stories.ALL_TOLD),
    )  # fmt: skip
    assert again.id == consent.id


def test_what_she_told_and_needs_is_corrected_without_overwriting(ana: Actor) -> None:
    case = stories.a_case(ana)

    cases.correct_told(
        by=ana, case_id=case.id, version=case.version, health="Invented.",
        told={"narrative": "Invented, corrected.", "needs": ["food"]},
    )  # fmt: skip

    _row, opened = cases.open_told(by=ana, case_id=case.id)
    assert opened["narrative"] == "Invented, corrected."
    assert opened["health"] == "Invented."
    with pytest.raises(cases.Conflict):
        cases.correct_told(by=ana, case_id=case.id, version=case.version, told={"needs": []})


def test_what_is_answered_about_her_situation_is_kept_with_who_said_so_and_since_when(
    ana: Actor,
) -> None:
    case = stories.a_case(ana)
    first = {"pregnant": "person", "disability": "", "older_person": "not_so"}
    case = cases.correct_told(by=ana, case_id=case.id, version=case.version, told={}, answers=first)
    at = cases.open_told(by=ana, case_id=case.id)[1]["circumstances"][cases.Profile.PREGNANT].at

    applies = {one.profile: one for one in cases.open_case_page(by=ana, case_id=case.id).safeguards}
    assert not applies[cases.Profile.PREGNANT].to_ask
    assert applies[cases.Profile.PREGNANT].since == at
    assert applies[cases.Profile.DISABILITY].to_ask
    assert cases.Profile.OLDER_PERSON not in applies
    case = cases.correct_told(by=ana, case_id=case.id, version=case.version, told={"needs": []})
    kept = cases.open_told(by=ana, case_id=case.id)[1]["circumstances"]
    assert {name.value: one.answer.value for name, one in kept.items()} == {
        "pregnant": "person", "older_person": "not_so",
    }  # fmt: skip
    for wrong in ({"pregnant": "maybe"}, {"lgbti": "person"}):
        with pytest.raises(cases.UnknownCode):
            cases.correct_told(
                by=ana, case_id=case.id, version=case.version, told={}, answers=wrong
            )


def test_the_interview_tells_the_form_of_exploitation_and_adds_to_the_account(ana: Actor) -> None:
    case = stories.a_case(ana)
    stories.a_consent(ana, case, purpose="interview")
    _done(ana, case, "3.1", private_room=True)
    _done(ana, case, "3.4", told_before=False)

    _done(ana, case, "3.3", trafficking_status="PossibleVictimOfTrafficking", deciding_body="NGO",
          type_of_exploitation=["ForcedLabour"], account="Invented account.")  # fmt: skip

    _row, opened = cases.open_told(by=ana, case_id=case.id)
    assert opened["exploitation"] == ["ForcedLabour"]
    assert opened["narrative"] == "Invented narrative.\n\nInvented account."


@pytest.mark.parametrize(
    ("severity", "likelihood", "level"),
    [
        ("minor", "unlikely", "low"),
        ("serious", "possible", "medium"),
        ("very_serious", "likely", "high"),
        ("life", "almost_certain", "very_high"),
        ("life", "unlikely", "high"),
    ],
)
def test_the_level_comes_from_severity_by_likelihood(
    severity: str, likelihood: str, level: str
) -> None:
    assert cases.level_of(severity, likelihood) == level
    with pytest.raises(ValueError, match="tuple"):
        cases.level_of("huge", likelihood)


def test_a_worse_harm_or_a_likelier_one_is_never_a_lower_level() -> None:
    from ayni.cases.risk import LIKELIHOODS, SEVERITIES

    order = ["low", "medium", "high", "very_high"]
    grid = [[order.index(cases.level_of(s, p)) for p in LIKELIHOODS] for s in SEVERITIES]
    assert all(row == sorted(row) for row in grid)
    assert all(list(column) == sorted(column) for column in zip(*grid, strict=True))
