"""This node's own cases are counted as they change; an erased one leaves a count and no link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.masked.layout import TOTAL
from ayni.statistics.masked.tables import sum_table, sum_tables
from ayni.statistics.models import CaseCount, ChangedCase, Tally
from ayni.statistics.sources import own_cases, tallies
from ayni.vault import api as vault
from tests.cases import stories
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

YEAR = clock.now().year
WOMAN = {**stories.ADULT, "gender": "Feminine"}
BOY = {**stories.CHILD, "gender": "Masculine", "citizenships": ["FR"]}


@pytest.fixture
def ana(cast: Cast) -> Iterator[Actor]:
    """Ana, acting for the programme."""
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


@pytest.fixture
def job(cast: Cast) -> Actor:
    """The node's own job for the programme."""
    return audit.job("statistics.count_cases", str(cast.programme.id))


def _tallied(table: str) -> dict[tuple[str, ...], int]:
    names = tallies.TABLES["cases"][table]
    read = tallies.read("ar-programme", "cases", {table: None}, None)
    if read is None:
        return {}
    found: Counter[tuple[str, ...]] = Counter()
    for cell in read.tables[table]:
        assert cell.codes["year"] == str(YEAR)
        found[tuple(cell.codes[name] for name in names)] += cell.count
    return {codes: n for codes, n in found.items() if n}


def _closed(by: Actor, person: dict[str, Any] | None = None) -> cases.Case:
    case = stories.worked_through(by, stories.a_case(by, person))
    return cases.close_case(
        by=by, case_id=case.id, version=case.version, reason="goals_met", note="Invented."
    )


def test_a_case_is_counted_once_in_each_table_of_its_crime(ana: Actor, job: Actor) -> None:
    stories.a_case(ana, WOMAN)
    own_cases.count_changed(by=job)

    assert _tallied("persons") == {("trafficking", "female", "adult", "no", "host"): 1}
    assert _tallied("origins") == {("trafficking", "BO", "female", "host"): 1}
    assert _tallied("flows") == {("trafficking", "BO", "unknown", "AR"): 1}
    assert _tallied("reports") == {("trafficking", "urgency", "none"): 1}
    assert _tallied("forms") == {}
    assert _tallied("profiles") == {
        ("trafficking", "female", "adult", "host", "urgency", "none", *["not_told"] * 5): 1
    }


def test_a_case_of_both_crimes_is_counted_in_each_and_added_up_nowhere(
    ana: Actor, job: Actor
) -> None:
    stories.a_case(ana, WOMAN, tracks=("trafficking", "smuggling"))
    own_cases.count_changed(by=job)

    assert _tallied("persons") == {
        (crime, "female", "adult", "no", "host"): 1 for crime in ("trafficking", "smuggling")
    }
    for table in ("trafficking_sex_age", "smuggling_sex_age"):
        assert statistics.row_of_sum(table, (YEAR, YEAR))[-1] == 1


def test_a_change_takes_away_what_the_case_added_before(ana: Actor, job: Actor) -> None:
    case, other = stories.a_case(ana, WOMAN), stories.a_case(ana, BOY)
    own_cases.count_changed(by=job)
    before = CaseCount.objects.get(id=other.id).added
    cases.correct_person(
        by=ana, person_id=case.person_id, version=case.person.version,
        details={"gender": "NonConforming", "citizenships": []},
    )  # fmt: skip
    cases.correct_told(
        by=ana, case_id=case.id, version=case.version,
        told={"exploitation": ["ForcedLabour", "Servitude", "in her own words"]},
    )  # fmt: skip
    assert own_cases.count_changed(by=job) == 2

    assert _tallied("persons") == {
        ("trafficking", "other", "adult", "yes", "host"): 1,
        ("trafficking", "male", "child", "no", "host"): 1,
    }
    assert _tallied("forms") == {
        ("trafficking", "ForcedLabour"): 1,
        ("trafficking", "Servitude"): 1,
    }
    assert _tallied("flows") == {
        ("trafficking", "unknown", "unknown", "AR"): 1,
        ("trafficking", "elsewhere", "unknown", "AR"): 1,
    }
    assert CaseCount.objects.get(id=other.id).added == before
    assert not ChangedCase.objects.exists()


def test_counting_again_without_a_change_changes_nothing(ana: Actor, job: Actor) -> None:
    stories.a_case(ana, WOMAN)
    own_cases.count_changed(by=job)
    before = list(Tally.objects.order_by("id").values_list("id", "cells"))

    assert own_cases.count_changed(by=job) == 0
    assert list(Tally.objects.order_by("id").values_list("id", "cells")) == before


def test_step_by_step_and_all_at_once_come_to_the_same(ana: Actor, job: Actor) -> None:
    opened = []
    for person in (WOMAN, BOY, stories.OF_UNKNOWN_AGE):
        opened.append(stories.a_case(ana, person))
        own_cases.count_changed(by=job)
    stories.worked_through(ana, cases.case_for(by=ana, case_id=opened[0].id))
    own_cases.count_changed(by=job)
    step_by_step = tallies.entries("ar-programme", "cases")

    assert own_cases.count_all(by=job) == own_cases.Checked(3, 0, 0, 0)
    assert +tallies.entries("ar-programme", "cases") == +step_by_step


def test_the_full_count_finds_and_puts_right_what_nobody_noted(ana: Actor, job: Actor) -> None:
    case = stories.a_case(ana, WOMAN)
    own_cases.count_changed(by=job)
    cases.Case.objects.filter(id=case.id).update(tracks=["smuggling"])
    assert own_cases.count_all(by=job) == own_cases.Checked(1, 0, 1, 0)
    assert _tallied("persons") == {("smuggling", "female", "adult", "no", "host"): 1}

    wrong = Counter({("persons", YEAR, ("smuggling", "male", "adult", "no", "host")): 5})
    tallies.change("ar-programme", "cases", wrong, clock.now())
    assert own_cases.count_all(by=job) == own_cases.Checked(1, 0, 0, 1)
    assert _tallied("persons") == {("smuggling", "female", "adult", "no", "host"): 1}


def test_less_than_none_is_noticed_and_counted_anew(ana: Actor, job: Actor) -> None:
    case = stories.a_case(ana, WOMAN)
    own_cases.count_changed(by=job)
    tallies.keep_entries("ar-programme", "cases", tallies.entries("x", "cases"), clock.now())
    Tally.objects.create(
        holder="ar-programme", subject=vault.new_subject(), source="cases", table="persons",
        year=YEAR, counted_at=clock.now(),
    )  # fmt: skip
    cases.correct_person(
        by=ana, person_id=case.person_id, version=case.person.version,
        details={"gender": "Masculine"},
    )  # fmt: skip
    own_cases.count_changed(by=job)

    assert _tallied("persons") == {("trafficking", "male", "adult", "no", "host"): 1}


def test_an_erased_case_leaves_its_count_and_no_link(ana: Actor, job: Actor) -> None:
    case, kept = _closed(ana, WOMAN), stories.a_case(ana, BOY)
    own_cases.count_changed(by=job)
    before = _tallied("persons"), _tallied("flows"), _tallied("reports")
    cases.erase_case(by=job, case_id=case.id, reason="Invented: she asked for it.")

    assert (_tallied("persons"), _tallied("flows"), _tallied("reports")) == before
    assert list(CaseCount.objects.values_list("id", flat=True)) == [kept.id]
    assert own_cases.count_all(by=job) == own_cases.Checked(1, 0, 0, 0)
    assert (_tallied("persons"), _tallied("flows"), _tallied("reports")) == before


def test_a_case_that_changed_right_before_its_erasing_leaves_its_last_count(
    ana: Actor, job: Actor
) -> None:
    case = _closed(ana, WOMAN)
    cases.erase_case(by=job, case_id=case.id, reason="Invented: she asked for it.")
    own_cases.count_changed(by=job)

    assert sum(_tallied("persons").values()) == 1
    assert own_cases.count_all(by=job) == own_cases.Checked(0, 0, 0, 0)
    assert sum(_tallied("persons").values()) == 1


def test_a_blocked_case_is_counted_on(ana: Actor, job: Actor) -> None:
    case = _closed(ana, WOMAN)
    own_cases.count_changed(by=job)
    before = _tallied("persons")
    with cases.seeing_blocked():
        cases.Case.objects.filter(id=case.id).update(blocked_at=clock.now())
    assert not cases.Case.objects.filter(id=case.id).exists()

    assert own_cases.count_all(by=job) == own_cases.Checked(1, 0, 0, 0)
    assert _tallied("persons") == before


def test_what_a_backup_brought_back_is_counted_once_and_read_no_more(
    ana: Actor, job: Actor
) -> None:
    case, _other = _closed(ana, WOMAN), stories.a_case(ana, BOY)
    own_cases.count_changed(by=job)
    before = _tallied("persons")
    vault.erase_subject(case.subject)
    cases.erase_again(by=job, erased={case.subject}, now=clock.now())
    assert own_cases.count_all(by=job) == own_cases.Checked(1, 0, 0, 0)

    assert _tallied("persons") == before
    assert CaseCount.objects.count() == 1
    assert own_cases.count_all(by=job) == own_cases.Checked(1, 0, 0, 0)
    assert _tallied("persons") == before


def test_a_referral_is_counted_by_how_long_it_took(ana: Actor, job: Actor) -> None:
    from tests.cooperation import stories as cooperating

    referral = cooperating.a_sent_referral(ana)
    own_cases.count_changed(by=job)

    assert referral.case is not None
    assert {codes[2] for codes in _tallied("reports")} == {"next_day"}


def test_what_a_case_adds_says_nothing_without_her_key(ana: Actor, job: Actor) -> None:
    case = stories.a_case(ana, WOMAN)
    own_cases.count_changed(by=job)
    row = CaseCount.objects.get(id=case.id)

    assert row.subject == case.subject
    assert b"trafficking" not in bytes(row.added or b"")


def test_another_institution_sees_neither_what_cases_add_nor_which_changed(
    ana: Actor, job: Actor, cast: Cast
) -> None:
    stories.a_case(ana, WOMAN)
    own_cases.count_changed(by=job)
    stories.a_case(ana, BOY)
    for other in (cast.nadia.institution_id, None):
        with members.acting(other):
            assert not CaseCount.objects.exists()
            assert not ChangedCase.objects.exists()


def test_an_officer_counts_nothing(ana: Actor) -> None:
    for verb in (own_cases.count_all, own_cases.count_changed):
        with pytest.raises(NotAllowed):
            verb(by=ana)  # type: ignore[operator]


def test_a_row_of_a_sum_lies_as_its_layout_says(ana: Actor, job: Actor) -> None:
    for person in (WOMAN, WOMAN, BOY):
        stories.a_case(ana, person)
    stories.a_case(ana, WOMAN, side="nationality")  # another state's to count
    with pytest.raises(statistics.NotLoaded):
        statistics.row_of_sum("trafficking_sex_age", (YEAR, YEAR))
    own_cases.count_changed(by=job)

    for code, expected in (
        ("trafficking_sex_age", {("female", "adult"): 2, ("male", "child"): 1, (TOTAL, TOTAL): 3}),
        ("trafficking_citizenship_sex",
         {("BO", "female"): 2, ("other", "male"): 1, ("BO", TOTAL): 2, (TOTAL, TOTAL): 3}),
    ):  # fmt: skip
        layout = sum_table(code).layout
        row = statistics.row_of_sum(code, (YEAR, YEAR))
        assert layout.adds_up(row)
        told = dict(zip(layout.places, row, strict=True))
        assert {place: told[place] for place in expected} == expected
    assert set(statistics.row_of_sum("trafficking_sex_age", (YEAR - 2, YEAR - 1))) == {0}
    assert set(statistics.row_of_sum("smuggling_sex_age", (YEAR, YEAR))) == {0}


def test_forms_triage_and_days_to_a_referral_are_in_a_row_of_a_sum(ana: Actor, job: Actor) -> None:
    from tests.cooperation import stories as cooperating

    case = stories.a_case(ana, WOMAN)
    stories.a_case(ana, {**stories.ADULT, "gender": "Masculine"}, side="nationality")
    cases.correct_told(
        by=ana, case_id=case.id, version=case.version,
        told={"exploitation": ["ForcedLabour", "SexualExploitation", "Other"]},
    )  # fmt: skip
    cooperating.a_sent_referral(ana)
    own_cases.count_changed(by=job)

    for code, expected in (
        ("trafficking_labour_sexual_sex", {("1", "1", "female"): 1, ("1", TOTAL, TOTAL): 1}),
        ("trafficking_begging_sex", {("1", TOTAL): 0, ("not_told", "female"): 1}),
        ("trafficking_other_forms_sex", {("1", "female"): 1}),
        ("trafficking_triage_sex", {("urgency", "female"): 1}),
        ("trafficking_referral_sex", {("none", "female"): 1, ("0-1", TOTAL): 1}),
    ):
        layout = sum_table(code).layout
        row = statistics.row_of_sum(code, (YEAR, YEAR))
        assert layout.adds_up(row)
        told = dict(zip(layout.places, row, strict=True))
        assert {place: told[place] for place in expected} == expected
        assert row[-1] == statistics.row_of_sum("trafficking_sex_age", (YEAR, YEAR))[-1] == 2


def test_who_was_erased_before_there_were_profiles_is_in_every_table_with_nothing_told(
    ana: Actor, job: Actor
) -> None:
    case = _closed(ana, WOMAN)
    own_cases.count_changed(by=job)
    cases.erase_case(by=job, case_id=case.id, reason="Invented: she asked for it.")
    Tally.objects.filter(table="profiles").delete()  # as the program before kept them

    for code in ("trafficking_sex_age", "trafficking_begging_sex", "trafficking_triage_sex"):
        assert statistics.row_of_sum(code, (YEAR, YEAR))[-1] == 1
    layout = sum_table("trafficking_triage_sex").layout
    row = statistics.row_of_sum("trafficking_triage_sex", (YEAR, YEAR))
    assert dict(zip(layout.places, row, strict=True))["unknown", "female"] == 1


def test_a_node_without_a_case_gives_zeros(cast: Cast) -> None:
    for code, table in sum_tables().items():
        assert statistics.row_of_sum(code, (2020, YEAR)) == (0,) * table.layout.cells


def test_indicators_are_asked_of_own_cases(ana: Actor, job: Actor) -> None:
    for person in (WOMAN, WOMAN, BOY):
        stories.a_case(ana, person)
    own_cases.count_changed(by=job)
    question = statistics.Question("share_female", "cases", statistics.area_of())
    answer = statistics.ask_indicator(by=job, question=question)

    assert answer.total.count is None  # three: too few to be shown to who reads no rows
    assert answer.area.codes == ("ar-programme",)
