"""Need to know: a case is open to those who work on it, and to nobody else of the institution."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases.models import Case, CaseAccess, Consent, HandOver, Person, StepForm
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from tests.cases import stories
from tests.cast import Cast, an_officer

pytestmark = [pytest.mark.django_db, pytest.mark.database_room]
WHY = "Invented: she called, and nobody who works on it answers."


@pytest.fixture
def bruno(cast: Cast) -> Actor:
    """A colleague of Ana's with the same role."""
    return members.actor_of(an_officer("bruno", cast.programme))


@pytest.fixture
def luis(cast: Cast) -> Actor:
    return members.actor_of(cast.luis)


def _readings(case: cases.Case) -> list[Callable[[Actor], Any]]:
    return [
        lambda by: cases.open_case_page(by=by, case_id=case.id),
        lambda by: cases.open_history(by=by, case_id=case.id),
        lambda by: cases.open_identity(by=by, person_id=case.person_id),
        lambda by: cases.open_told(by=by, case_id=case.id),
        lambda by: cases.answers_of_step(by=by, case_id=case.id, step="1.1"),
        lambda by: cases.open_notice(by=by, notice_id=case.notice_id),
        lambda by: cases.disclose(by=by, case_id=case.id, fields=["birth"], reason="preview"),
        lambda by: cases.case_for(by=by, case_id=case.id),
    ]


def _meets_closed(by: Actor, case: cases.Case) -> bool:
    """Whether every reading of a case is refused; or none of them."""
    refused = set()
    for read in _readings(case):
        try:
            read(by)
            refused.add(False)
        except cases.CaseClosed:
            refused.add(True)
    assert len(refused) == 1, refused
    return refused.pop()


def test_who_opens_a_case_works_on_it_and_a_colleague_does_not(
    ana: Actor, bruno: Actor, luis: Actor
) -> None:
    case = stories.a_case(ana)

    assert str(case.assigned_to_id) == ana.id
    assert not _meets_closed(ana, case)
    assert _meets_closed(bruno, case)
    assert not _meets_closed(luis, case), "every case is the supervisor's work"


def test_a_colleague_writes_nothing_into_a_closed_case(ana: Actor, bruno: Actor) -> None:
    case = stories.a_case(ana)
    consent = stories.a_consent(ana, case)
    case = cases.case_for(by=ana, case_id=case.id)
    known: dict[str, Any] = {"by": bruno, "case_id": case.id}

    for write in (
        lambda: cases.record_step(**known, step="3.1", kind="done", answers={"language": "es"}),
        lambda: cases.set_risk(**known, version=case.version, level="low", reason="Invented."),
        lambda: cases.correct_told(**known, version=case.version, told={"narrative": "x"}),
        lambda: cases.correct_person(
            by=bruno, person_id=case.person_id, version=1, details={"given_names": "x"}
        ),
        lambda: cases.withdraw_consent(by=bruno, consent_id=consent.id),
        lambda: cases.assign_case(**known, version=case.version, to_user=bruno.id),
        lambda: cases.let_in(**known, officer_id=bruno.id),
        lambda: stories.a_consent(bruno, case),
    ):
        with pytest.raises(cases.CaseClosed):
            write()
    assert cases.case_for(by=ana, case_id=case.id).version == case.version


def test_handed_over_it_is_open_to_the_next_officer_only(ana: Actor, bruno: Actor) -> None:
    case = stories.a_case(ana)

    case = cases.hand_over(
        by=ana, case_id=case.id, version=case.version, to_user=bruno.id, note="Invented."
    )

    assert _meets_closed(ana, case)
    assert not _meets_closed(bruno, case)


def test_what_nobody_has_is_closed_until_somebody_takes_it(
    ana: Actor, bruno: Actor, luis: Actor
) -> None:
    case = stories.a_case(ana)
    cases.assign_case(by=luis, case_id=case.id, version=case.version, to_user=None)

    with pytest.raises(cases.CaseClosed) as closed:
        cases.open_case_page(by=bruno, case_id=case.id)
    assert not closed.value.taken
    assert [row.id for row in cases.case_list(by=bruno, query=cases.CaseQuery())] == [case.id]

    cases.take_case(by=bruno, case_id=case.id)
    assert not _meets_closed(bruno, case)
    with pytest.raises(WrongState):
        cases.take_case(by=ana, case_id=case.id)


def test_a_colleague_who_was_let_in_works_on_it_until_that_is_ended(
    ana: Actor, bruno: Actor
) -> None:
    case = stories.a_case(ana)

    cases.let_in(by=ana, case_id=case.id, officer_id=bruno.id)
    again = cases.let_in(by=ana, case_id=case.id, officer_id=bruno.id)
    assert [one.id for one in cases.let_in_to(by=ana, case_id=case.id)] == [again.id]
    assert not _meets_closed(bruno, case)
    assert [row.id for row in cases.case_list(by=bruno, query=cases.CaseQuery())] == [case.id]

    cases.let_out(by=ana, case_id=case.id, officer_id=bruno.id)
    assert _meets_closed(bruno, case)


def test_nobody_is_let_in_whose_work_is_no_case(ana: Actor, cast: Cast) -> None:
    case = stories.a_case(ana)

    for somebody in (cast.dora, cast.sol):
        with pytest.raises(NotAllowed):
            cases.let_in(by=ana, case_id=case.id, officer_id=somebody.id)


def test_a_list_says_of_a_closed_case_only_that_it_is_there(ana: Actor, bruno: Actor) -> None:
    case = stories.a_case(ana)

    assert cases.case_list(by=bruno, query=cases.CaseQuery()) == []
    assert list(cases.my_cases(by=bruno)) == []
    assert cases.cases_of(by=bruno, ids=[case.id]) == {}
    assert not cases.listed(by=bruno, ids=[case.id])[case.id].open
    assert cases.listed(by=ana, ids=[case.id])[case.id].open


def test_the_lists_of_many_cases_go_on_where_the_page_before_ended(
    ana: Actor, bruno: Actor, luis: Actor
) -> None:
    made = [stories.a_case(ana) for _ in range(5)]
    given = made[:2]
    for case in given:
        cases.assign_case(by=luis, case_id=case.id, version=case.version, to_user=None)
    cases.let_in(by=ana, case_id=made[3].id, officer_id=bruno.id)

    seen = cases.case_list(by=bruno, query=cases.CaseQuery())

    assert [row.id for row in seen] == [made[3].id, made[1].id, made[0].id]
    after = cases.CaseQuery(after=(seen[0].opened_at, seen[0].id))
    assert [row.id for row in cases.case_list(by=bruno, query=after)] == [made[1].id, made[0].id]


def test_an_earlier_case_of_a_colleague_is_found_linked_and_stays_closed(
    ana: Actor, bruno: Actor
) -> None:
    case = stories.a_case(ana)
    with members.acting(bruno.institution, reach=members.reach_of(by=bruno)):
        notice = stories.a_notice(bruno)
        hits = cases.search_antecedents(
            by=bruno, details={"name": "Rosa Inventada", "phones": ["+541100000000"]},
            notice_id=notice.id,
        )  # fmt: skip
        assert case.id in {id_ for hit in hits for id_ in hit.case_ids}
        cases.link_antecedent(by=bruno, notice_id=notice.id, about="case", about_id=case.id)
        row, _opened = cases.open_notice(by=bruno, notice_id=notice.id)
        records = [(link.about, link.about_id) for link in row.links.all()]
        named = cases.named_records(by=bruno, records=records)
        assert [one["reference"] for one in named] == [case.reference]
        assert _meets_closed(bruno, case)


# The database repeats it.


def _rows_seen(case_id: Any) -> dict[str, int]:
    models: dict[str, Any] = {
        "case": Case.objects.filter(id=case_id),
        "person": Person.objects.filter(cases=case_id),
        "consent": Consent.objects.filter(case_id=case_id),
        "form": StepForm.objects.filter(case_id=case_id),
        "hand_over": HandOver.objects.filter(case_id=case_id),
    }
    return {name: found.count() for name, found in models.items()}


def _people_seen() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from cases_person")
        return int(cursor.fetchone()[0])


def _a_full_case(ana: Actor) -> cases.Case:
    case = stories.a_case(ana)
    stories.a_consent(ana, case)
    cases.record_step(by=ana, case_id=case.id, step="3.1", kind="done", answers={"language": "es"})
    case = cases.case_for(by=ana, case_id=case.id)
    return cases.hand_over(
        by=ana, case_id=case.id, version=case.version, to_user=ana.id, note="Invented."
    )


def test_the_database_hides_a_colleagues_case_with_all_that_belongs_to_it(
    ana: Actor, bruno: Actor, luis: Actor
) -> None:
    case = _a_full_case(ana)

    for by, seen in ((ana, True), (luis, True), (bruno, False)):
        with members.acting(by.institution, reach=members.reach_of(by=by)):
            found = _rows_seen(case.id)
            assert {count > 0 for count in found.values()} == {seen}, (by.role, found)
            assert (_people_seen() == 1) is seen
            assert _meets_closed(by, case) is not seen


def test_without_a_reach_the_database_shows_no_case(ana: Actor, luis: Actor) -> None:
    case = _a_full_case(ana)
    cases.assign_case(by=luis, case_id=case.id, version=case.version, to_user=None)

    with members.acting(ana.institution, reach=""):
        assert set(_rows_seen(case.id).values()) == {0}


def test_the_database_opens_it_with_the_glass_and_closes_it_again(ana: Actor, bruno: Actor) -> None:
    case = _a_full_case(ana)

    with members.acting(bruno.institution, reach=members.reach_of(by=bruno)):
        cases.break_glass(by=bruno, case_id=case.id, reason=WHY)
        assert 0 not in _rows_seen(case.id).values()
        assert not _meets_closed(bruno, case)
        cases.let_out(by=bruno, case_id=case.id, officer_id=bruno.id)
        assert set(_rows_seen(case.id).values()) == {0}
        assert _meets_closed(bruno, case)


def test_the_database_keeps_an_emergency_short(ana: Actor, bruno: Actor) -> None:
    case = stories.a_case(ana)
    cases.break_glass(by=bruno, case_id=case.id, reason=WHY)

    for wrong in ({"until": clock.now() + timedelta(hours=4)}, {"until": None}, {"reason": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CaseAccess.objects.update(**wrong)


# Breaking the glass.


def test_a_broken_glass_opens_for_three_hours_and_every_reading_says_so(
    ana: Actor, bruno: Actor
) -> None:
    case = stories.a_case(ana)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        broken = cases.break_glass(by=bruno, case_id=case.id, reason=WHY)
        cases.open_case_page(by=bruno, case_id=case.id)
        cases.open_identity(by=bruno, person_id=case.person_id)
        entries = audit.entries_of(actor_id=bruno.id, limit=20)
        assert [entry.verb for entry in reversed(entries)] == [
            "cases.break_glass",
            "cases.use_broken_glass", "cases.open_case_page",
            "cases.use_broken_glass", "cases.open_identity",
        ]  # fmt: skip
        used = [entry for entry in entries if entry.verb == "cases.use_broken_glass"]
        assert {entry.detail["access"] for entry in used} == {str(broken.id)}
        assert cases.glass_broken(by=bruno, case_id=case.id) == broken

        traveller.shift(timedelta(hours=2, minutes=59))
        assert not _meets_closed(bruno, case)
        traveller.shift(timedelta(minutes=1))
        assert _meets_closed(bruno, case)
        assert cases.glass_broken(by=bruno, case_id=case.id) is None


def test_a_glass_is_broken_with_a_reason_by_who_needs_it(
    ana: Actor, bruno: Actor, luis: Actor, cast: Cast
) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.ReasonMissing):
        cases.break_glass(by=bruno, case_id=case.id, reason="  ")
    with pytest.raises(cases.ReasonTooShort):
        cases.break_glass(by=bruno, case_id=case.id, reason="urgent")
    with pytest.raises(cases.OpenAnyway):
        cases.break_glass(by=ana, case_id=case.id, reason=WHY)
    for somebody in (luis, members.actor_of(cast.dora), members.actor_of(cast.nadia)):
        with pytest.raises(NotAllowed):
            cases.break_glass(by=somebody, case_id=case.id, reason=WHY)
    with members.acting(cast.shelter.id), pytest.raises(NotFound):
        cases.break_glass(by=members.actor_of(cast.sol), case_id=case.id, reason=WHY)
    assert not CaseAccess.objects.exists()


def test_a_broken_glass_is_no_way_to_take_a_case_over(ana: Actor, bruno: Actor) -> None:
    case = stories.a_case(ana)
    cases.break_glass(by=bruno, case_id=case.id, reason=WHY)
    case = cases.case_for(by=bruno, case_id=case.id)
    known: dict[str, Any] = {"by": bruno, "case_id": case.id}

    for grab in (
        lambda: cases.assign_case(**known, version=case.version, to_user=bruno.id),
        lambda: cases.let_in(**known, officer_id=bruno.id),
        lambda: cases.close_case(**known, version=case.version, reason="goals_met", note=""),
    ):
        with pytest.raises(cases.CaseClosed):
            grab()


def test_the_data_protection_officer_sees_each_broken_glass_with_its_reason(
    ana: Actor, bruno: Actor, cast: Cast
) -> None:
    case = stories.a_case(ana)
    dora = members.actor_of(cast.dora)
    broken = cases.break_glass(by=bruno, case_id=case.id, reason=WHY)
    cases.open_case_page(by=bruno, case_id=case.id)

    assert cases.emergencies_waiting(by=dora) == 1
    assert cases.emergencies_waiting(by=ana) == 0
    (one,) = cases.emergencies(by=dora)
    assert (one.access.id, one.reference, one.reason, one.openings) == (
        broken.id, case.reference, WHY, 1,
    )  # fmt: skip

    cases.see_emergency(by=dora, access_id=broken.id)
    assert cases.emergencies_waiting(by=dora) == 0
    assert cases.emergencies(by=dora)[0].access.seen_at is not None
    assert cases.emergencies(by=dora, only_unseen=True) == []
    with pytest.raises(NotAllowed):
        cases.emergencies(by=ana)
    with pytest.raises(NotFound):
        cases.see_emergency(by=dora, access_id=case.id)


def _she(case: cases.Case) -> Actor:
    return Actor(audit.ActorKind.PERSON, "a-code", str(case.institution_id))


def test_the_person_is_told_the_next_day_unless_a_ground_against_it_is_written_down(
    ana: Actor, bruno: Actor, cast: Cast
) -> None:
    case = stories.a_case(ana)
    dora = members.actor_of(cast.dora)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        broken = cases.break_glass(by=bruno, case_id=case.id, reason=WHY)
        assert cases.emergencies_told(by=_she(case), case_id=case.id) == []

        traveller.shift(timedelta(hours=24))
        (told,) = cases.emergencies_told(by=_she(case), case_id=case.id)
        assert (told.at, str(told.institution)) == (broken.at, bruno.institution)

        cases.see_emergency(by=dora, access_id=broken.id, withheld="Invented ground.")
        assert cases.emergencies_told(by=_she(case), case_id=case.id) == []
        cases.see_emergency(by=dora, access_id=broken.id)
        assert len(cases.emergencies_told(by=_she(case), case_id=case.id)) == 1
        with pytest.raises(NotAllowed):
            cases.emergencies_told(by=ana, case_id=case.id)


def test_who_looks_into_it_before_tells_her_at_once(ana: Actor, bruno: Actor, cast: Cast) -> None:
    case = stories.a_case(ana)
    broken = cases.break_glass(by=bruno, case_id=case.id, reason=WHY)

    cases.see_emergency(by=members.actor_of(cast.dora), access_id=broken.id)

    assert len(cases.emergencies_told(by=_she(case), case_id=case.id)) == 1


def test_with_the_person_the_reason_is_erased_and_that_it_happened_stays(
    ana: Actor, bruno: Actor, cast: Cast
) -> None:
    case = stories.worked_through(ana, stories.a_case(ana))
    cases.break_glass(by=bruno, case_id=case.id, reason=WHY)
    cases.close_case(by=ana, case_id=case.id, version=case.version, reason="goals_met", note="")
    dora = members.actor_of(cast.dora)
    cases.erase_case(by=dora, case_id=case.id, reason="Invented: she asked for it.")

    (one,) = cases.emergencies(by=dora)
    assert (one.reference, one.reason, one.access.ended_at is not None) == (
        case.reference,
        "",
        True,
    )
