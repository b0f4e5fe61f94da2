"""Phase 1 on the notice: every field of step 1.1, its clocks, its own steps, earlier records."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cases import stories
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _triage(by: Actor, notice: cases.Notice, **told: object) -> cases.Notice:
    usual: dict[str, object] = {
        "situation": "urgency", "imminent_danger": False, "age_group": "adult",
        "indicators": (), "reason": "Invented.",
    }  # fmt: skip
    return cases.triage_notice(
        by=by,
        notice_id=notice.id,
        version=notice.version,
        **{**usual, **told},  # type: ignore[arg-type]
    )


def test_every_field_of_step_1_1_is_kept(ana: Actor) -> None:
    earlier = clock.now() - timedelta(hours=3)
    told = {
        "received_at": earlier, "channel": "hotline", "informant": "institution",
        "informant_body": "police", "anonymous": False, "place": "Invented street",
        "subject_matter": "deceptive_offer", "person_missing": True, "interpreter": True,
        "contact": {"method": "call", "hours": "10-12", "never": "at night"},
    }  # fmt: skip

    notice = stories.a_notice(ana, **told)

    row, opened = cases.open_notice(by=ana, notice_id=notice.id)
    for name in ("received_at", "channel", "informant", "informant_body", "anonymous",
                 "subject_matter", "person_missing", "interpreter"):  # fmt: skip
        assert getattr(row, name) == told[name]
    assert opened["place"] == told["place"]
    assert opened["contact"] == told["contact"]


def test_the_indicators_are_those_of_the_protocol() -> None:
    definition = protocol.definition("reference", "1.0")

    assert {o.code for o in definition.options["indicators"]} == set(
        cases.vocabulary.Indicator.values
    )
    for name, codes in (
        ("subject_matter", cases.vocabulary.SubjectMatter),
        ("informant_body", cases.vocabulary.InformantBody),
        ("match_result", cases.vocabulary.MatchResult),
    ):
        assert {o.code for o in definition.options[name]} == set(codes.values)


def test_a_notice_is_not_received_in_the_future(ana: Actor) -> None:
    with pytest.raises(protocol.TimeRefused):
        stories.a_notice(ana, received_at=clock.now() + timedelta(hours=1))


def test_a_double_click_makes_one_notice(ana: Actor) -> None:
    form, new = uuid4(), cases.NewNotice(channel="phone", narrative="Invented.")

    first = cases.take_notice(by=ana, new=new, form_id=form)
    second = cases.take_notice(by=ana, new=new, form_id=form)

    assert first.id == second.id
    assert [n.id for n in cases.notices_waiting(by=ana)] == [first.id]


def test_the_number_of_somebody_elses_form_gives_nothing_away(ana: Actor, cast: Cast) -> None:
    form, new = uuid4(), cases.NewNotice(channel="phone", narrative="Invented.")
    cases.take_notice(by=ana, new=new, form_id=form)
    luis = members.actor_of(cast.luis)
    other = type(luis)(luis.kind, luis.id, str(cast.shelter.id), luis.role)

    with members.acting(cast.shelter.id), pytest.raises(cases.FormTaken):
        cases.take_notice(by=other, new=new, form_id=form)


def test_who_is_in_danger_stands_first_in_the_list(ana: Actor) -> None:
    stories.a_notice(ana)
    urgent = stories.a_notice(ana, indicators=("danger_now",))

    assert cases.notices_waiting(by=ana)[0].id == urgent.id


def test_an_emergency_is_told_to_the_police_and_that_is_recorded_on_the_notice(ana: Actor) -> None:
    notice = stories.a_notice(ana)
    notice = _triage(ana, notice, situation="emergency", imminent_danger=True)
    agenda = cases.agenda_of_notice(notice)
    assert agenda is not None
    assert agenda.steps["1.3.a"].asked_for

    cases.record_notice_step(
        by=ana, notice_id=notice.id, step="1.3.a", kind="done",
        answers={"police_told_at": clock.now().isoformat(), "police_body": "Invented"},
    )  # fmt: skip

    agenda = cases.agenda_of_notice(notice)
    assert agenda is not None
    assert agenda.steps["1.3.a"].settled


def test_a_missing_person_calls_for_an_alert_without_waiting(ana: Actor) -> None:
    notice = stories.a_notice(ana, person_missing=True)
    agenda = cases.agenda_of_notice(notice)
    assert agenda is not None
    assert agenda.steps["1.6"].state is protocol.StepState.BLOCKED

    cases.record_notice_step(
        by=ana, notice_id=notice.id, step="1.6", kind="done",
        answers={"child_authority_agrees": True, "alert_expires": "2026-12-31"},
    )  # fmt: skip

    agenda = cases.agenda_of_notice(notice)
    assert agenda is not None
    assert agenda.steps["1.6"].settled


def test_triage_may_be_corrected_but_never_against_its_gate(ana: Actor) -> None:
    notice = _triage(ana, stories.a_notice(ana))

    notice = _triage(ana, notice, situation="emergency", imminent_danger=True)
    assert notice.situation == "emergency"
    with pytest.raises(protocol.StepRefused):
        _triage(ana, notice, situation="orientation", imminent_danger=True)
    notice, _opened = cases.open_notice(by=ana, notice_id=notice.id)
    assert notice.situation == "emergency"


def test_a_decision_may_be_taken_again_until_a_case_was_opened(ana: Actor) -> None:
    notice = stories.a_decided_notice(ana, "archive_incomplete")
    notice = cases.decide_notice(
        by=ana, notice_id=notice.id, version=notice.version, outcome="open_case", reason="Invented."
    )
    cases.open_case(
        by=ana, notice_id=notice.id, new=cases.NewCase("host", ("trafficking",), stories.ADULT)
    )

    with pytest.raises(WrongState):
        cases.decide_notice(
            by=ana, notice_id=notice.id, version=notice.version, outcome="inquiry", reason="x"
        )
    with pytest.raises(WrongState):
        cases.record_notice_step(by=ana, notice_id=notice.id, step="1.6", kind="done")


def test_an_earlier_case_is_found_and_linked_by_an_officers_decision(ana: Actor) -> None:
    known = stories.a_case(ana)
    notice = stories.a_notice(ana)

    found = cases.search_antecedents(
        by=ana, details={"name": "Rosa Inventada Mamani"}, notice_id=notice.id
    )
    assert known.id in {case_id for each in found for case_id in each.case_ids}
    row, _opened = cases.open_notice(by=ana, notice_id=notice.id)
    assert row.match_result == "probable"

    for _ in range(2):
        cases.link_antecedent(by=ana, notice_id=notice.id, about="case", about_id=known.id)

    row, _opened = cases.open_notice(by=ana, notice_id=notice.id)
    assert row.match_result == "linked"
    links = cases.open_case_page(by=ana, case_id=known.id).links
    assert [link.notice_id for link in links] == [notice.id]
    cases.unlink_antecedent(by=ana, notice_id=notice.id, about_id=known.id)
    assert cases.open_case_page(by=ana, case_id=known.id).links == []


def test_nothing_of_another_institution_can_be_linked(ana: Actor, cast: Cast) -> None:
    known = stories.a_case(ana)
    luis = members.actor_of(cast.luis)
    other = type(luis)(luis.kind, luis.id, str(cast.shelter.id), luis.role)

    with members.acting(cast.shelter.id):
        notice = stories.a_notice(other)
        with pytest.raises(NotFound):
            cases.link_antecedent(by=other, notice_id=notice.id, about="case", about_id=known.id)


def test_a_search_without_a_hit_says_so_on_the_notice(ana: Actor) -> None:
    notice = stories.a_notice(ana)

    cases.search_antecedents(by=ana, details={"name": "Zulema Otra"}, notice_id=notice.id)

    row, _opened = cases.open_notice(by=ana, notice_id=notice.id)
    assert row.match_result == "none"


def test_one_word_of_a_name_is_never_probable(ana: Actor) -> None:
    stories.a_case(ana)

    found = cases.search_antecedents(by=ana, details={"name": "Rosa"})

    assert {each.strength for each in found} == {"possible"}
