"""Closing a case writes until when it is kept and what is counted; opening takes both back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases.closing import COUNTED, coded_answers
from ayni.cases.counted import StatisticsRecord
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cases import stories
from tests.cast import Cast, enter

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 15, tzinfo=UTC)


def _closed(by: Actor, **person: Any) -> cases.Case:
    known = {**stories.ADULT, **person}
    case = stories.worked_through(by, stories.a_case(by, known))
    return cases.close_case(
        by=by, case_id=case.id, version=case.version, reason="goals_met", note="Invented note."
    )


def _counted(by: Actor, case: cases.Case) -> dict[str, Any]:
    return cases.open_case_page(by=by, case_id=case.id).counted


def test_a_closed_case_is_kept_for_the_period_of_the_node(ana: Actor) -> None:
    with time_machine.travel(NOON, tick=False):
        case = _closed(ana)

    assert str(case.kept_until) == "2029-11-30"
    assert (case.kept_by["months"], case.kept_by["status"]) == (36, "parameter")


def test_a_node_sets_its_own_period(ana: Actor, settings: Any) -> None:
    settings.AYNI_RETENTION_MONTHS = 3
    with time_machine.travel(NOON, tick=False):
        case = _closed(ana)

    assert str(case.kept_until) == "2027-02-28", "the last day of a month that is shorter"
    assert case.kept_by["source"] == "AYNI_RETENTION_MONTHS"


def test_the_day_is_that_of_the_post(ana: Actor) -> None:
    with time_machine.travel(datetime(2026, 12, 1, 1, tzinfo=UTC), tick=False):
        case = _closed(ana)

    assert str(case.kept_until) == "2029-11-30", "it is still November in Buenos Aires"


def test_the_record_for_statistics_holds_codes_and_nothing_else(ana: Actor) -> None:
    case = _closed(ana, gender="Feminine")
    told = _counted(ana, case)

    assert set(told) == set(COUNTED)
    assert told["citizenship"] == "bo"
    assert told["host_state"] == "ar"
    assert told["gender"] == "Feminine"
    assert told["age_group"] == "adult"
    assert told["tracks"] == ["trafficking"]
    assert told["consent"] is False
    text = str(told)
    for secret in ("Rosa", "Mamani", "0000000", "5411", "1998", "Invented", case.reference):
        assert secret not in text


def test_what_another_node_wrote_in_its_own_words_is_not_counted(ana: Actor) -> None:
    case = stories.worked_through(ana, stories.a_case(ana))
    told = {"exploitation": ["ForcedLabour", "In the workshop of Invented Street 5"]}
    case = cases.correct_told(by=ana, case_id=case.id, version=case.version, told=told)
    case = cases.close_case(
        by=ana, case_id=case.id, version=case.version, reason="goals_met", note=""
    )

    assert _counted(ana, case)["exploitation"] == ["ForcedLabour"]


@pytest.mark.parametrize(("citizenships", "counted"), [(["HT"], "other"), ([], "")])
def test_a_nationality_of_no_state_of_the_ten_is_not_told_apart(
    ana: Actor, citizenships: list[str], counted: str
) -> None:
    case = stories.a_case(ana, {**stories.ADULT, "citizenships": citizenships})
    row = cases.case_for(by=ana, case_id=case.id)

    assert coded_answers(row, NOON, ZoneInfo("UTC"))["citizenship"] == counted


def test_nothing_in_the_record_leads_to_the_case(ana: Actor) -> None:
    case = _closed(ana)
    record = StatisticsRecord.objects.get()

    assert record.subject != case.subject
    ids = {str(case.id), str(case.subject), str(case.person_id), str(case.notice_id)}
    columns = {field.attname: getattr(record, field.attname) for field in record._meta.fields}
    assert not ids & {str(value) for value in columns.values()}
    opened = str(record.unseal(vault.sealer(record.subject)))
    assert not any(each in opened for each in ids)


def test_the_record_outlives_the_key_of_the_person(ana: Actor) -> None:
    case = _closed(ana)
    vault.erase_subject(case.subject)

    record = StatisticsRecord.objects.get()
    assert record.unseal(vault.sealer(record.subject))["coded"]


def test_two_records_of_an_institution_share_one_key(ana: Actor) -> None:
    _closed(ana)
    _closed(ana)

    assert len({row.subject for row in StatisticsRecord.objects.all()}) == 1


def test_opening_again_withdraws_both(ana: Actor) -> None:
    case = _closed(ana)
    case = cases.reopen_case(
        by=ana, case_id=case.id, version=case.version, reason="Invented: she called."
    )

    assert (case.kept_until, case.kept_by) == (None, {})
    assert not StatisticsRecord.objects.exists()
    case = cases.close_case(
        by=ana, case_id=case.id, version=case.version, reason="person_asked", note=""
    )
    assert _counted(ana, case)["closure_reason"] == "person_asked"


def test_a_refused_closing_writes_neither(ana: Actor) -> None:
    case = stories.worked_through(ana, stories.a_case(ana))
    cases.record_change(by=ana, case_id=case.id, reason="situation_changed", note="Invented.")
    with pytest.raises(cases.OpenDuties):
        cases.close_case(by=ana, case_id=case.id, version=case.version, reason="goals_met", note="")

    assert not StatisticsRecord.objects.exists()
    assert cases.case_for(by=ana, case_id=case.id).kept_until is None


def test_the_database_refuses_a_closed_case_without_its_day(ana: Actor) -> None:
    case = _closed(ana)
    case.kept_until = None

    with pytest.raises(IntegrityError), transaction.atomic():
        case.save()


def test_a_consent_to_statistics_stands_in_the_record_until_it_is_withdrawn(ana: Actor) -> None:
    case = stories.worked_through(ana, stories.a_case(ana))
    consent = stories.a_consent(
        ana, case, purpose="statistics", recipient_state="", recipient_institution="",
        fields=frozenset(),
    )  # fmt: skip
    case = cases.case_for(by=ana, case_id=case.id)
    case = cases.close_case(
        by=ana, case_id=case.id, version=case.version, reason="goals_met", note=""
    )
    assert _counted(ana, case)["consent"] is True

    cases.withdraw_consent(by=ana, consent_id=consent.id)
    assert _counted(ana, case)["consent"] is False


def test_another_institution_reads_no_record(ana: Actor, cast: Cast) -> None:
    _closed(ana)

    with members.acting(cast.shelter.id):
        assert not StatisticsRecord.objects.exists()
    with members.acting(None):
        assert not StatisticsRecord.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "fijado por este nodo, no se encontró norma"),
        ("pt-br", "definido por este nó, nenhuma norma encontrada"),
        ("en", "set by this node, no norm found"),
    ],
)
def test_the_page_of_a_closed_case_says_until_when_and_by_what(
    ana: Actor, cast: Cast, language: str, words: str
) -> None:
    case = _closed(ana, gender="Feminine")
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": language})
    address = reverse("desk:case", args=[case.id])
    page = client.get(address).content.decode()

    assert words in page
    assert "Bolivia" in page or "Bolívia" in page
    cases.reopen_case(by=ana, case_id=case.id, version=case.version, reason="Invented.")
    assert words not in client.get(address).content.decode()
