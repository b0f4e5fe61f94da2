"""Working on a case through its pages: steps, what stops them, history, protection, closing."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cases import stories
from tests.cast import Cast, enter
from tests.desk.conftest import Browser
from tests.desk.filling import CASE, CASE_ONLY, a_case_by_forms, fill, opened, text_of

pytestmark = pytest.mark.django_db


def _id(address: str) -> UUID:
    return UUID(address.rsplit("/", 1)[1])


def _section(page: str, title: str) -> str:
    """One part of the case page, from its heading to the next."""
    return page.split(f">{title}<", 1)[1].split("<h2", 1)[0]


def test_every_answer_of_the_engine_stands_on_the_case_page(ana: Client) -> None:
    case = a_case_by_forms(ana)
    page = text_of(ana, case)

    due = _section(page, "Lo que nos toca ahora")
    assert "/steps/2.2" in due
    assert "Consulado" in due, "who must act"
    assert "propuesto, sin decidir" in due, "where the limit comes from"
    assert "Perú" in due, "the source"
    stopped = _section(page, "Detenido, y por qué")
    assert "/steps/2.1.a" in stopped
    assert "Falta su consentimiento para avisar al consulado." in stopped
    assert "No se puede saber todavía: si acepta la protección" in stopped
    assert "/steps/4.1" in stopped, "where it is asked"
    owed = _section(page, "Lo que debe la otra parte")
    assert "/steps/2.1" in owed
    assert "Estado de nacionalidad" in owed
    assert "Identidad en secreto" in page, "what always holds"
    assert "/steps/3.3" in page, "what waits for another step"


def test_an_overdue_step_says_so(ana: Client) -> None:
    case = a_case_by_forms(ana)

    with time_machine.travel(clock.now() + timedelta(days=2)):
        enter(ana, members.User.objects.get(email__startswith="ana@"))  # fmt: skip
        assert "Vencido" in _section(text_of(ana, case), "Lo que nos toca ahora")


def test_the_whole_protocol_of_a_case_is_one_page_with_conditions_and_sources(ana: Client) -> None:
    page = text_of(ana, f"{a_case_by_forms(ana)}/protocol")

    for title in ("Aviso y clasificación", "Decisión sobre el retorno", "Niñas, niños",
                  "Personas objeto de tráfico ilícito de migrantes"):  # fmt: skip
        assert title in page
    assert page.count("govuk-heading-s") >= 60
    assert "Si se aplica" in page or "Se aplica si" in page
    assert "por verificar" in page
    assert "No es un texto aprobado" in page


def test_a_step_that_is_stopped_is_opened_by_its_own_answers(ana: Client) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/steps/2.6", {"kind": "done", "field_fears_own_state": "no"})
    page = text_of(ana, f"{case}/steps/2.1.a")
    assert "Falta su consentimiento para avisar al consulado." in page
    carried = opened(ana, f"{case}/steps/2.1.a")

    refused = ana.post(
        f"{case}/steps/2.1.a",
        {**carried, "kind": "done", "field_consent_to_contact_consulate": "no"},
    )
    assert refused.status_code == 422
    assert "Falta su consentimiento" in unescape(refused.content.decode())
    fill(ana, f"{case}/steps/2.1.a",
         {"kind": "done", "field_consent_to_contact_consulate": "yes"})  # fmt: skip

    assert "Hecho" in text_of(ana, f"{case}/steps/2.1.a")


def test_a_date_and_a_time_are_asked_in_parts_and_kept_in_the_posts_zone(
    ana: Client, cast: Cast
) -> None:
    case = a_case_by_forms(ana)
    moment = {"field_ministry_told_at_day": "24", "field_ministry_told_at_month": "11",
              "field_ministry_told_at_year": "2025",
              "field_ministry_told_at_time": "14:30"}  # fmt: skip

    fill(ana, f"{case}/steps/2.1", {"kind": "done", **moment})

    page = text_of(ana, f"{case}/steps/2.1")
    assert "24 de noviembre de 2025 a las 14:30" in page
    with members.acting(cast.programme.id):
        told = cases.answers_of_step(by=members.actor_of(cast.ana), case_id=_id(case), step="2.1")
    assert told["ministry_told_at"] == "2025-11-24T14:30:00-03:00"


def test_a_date_that_does_not_exist_is_told_and_the_rest_stays(ana: Client) -> None:
    case = a_case_by_forms(ana)
    carried = opened(ana, f"{case}/steps/2.1")

    answer = ana.post(
        f"{case}/steps/2.1",
        {**carried, "kind": "done", "field_ministry_told_at_day": "31",
         "field_ministry_told_at_month": "2", "field_ministry_told_at_year": "2025",
         "field_ministry_told_at_time": "nine", "field_note_number": "Invented 7"},
    )  # fmt: skip

    text = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "14:30" in text
    assert "Invented 7" in text


def test_what_the_other_state_did_is_recorded_as_told_by_it(ana: Client) -> None:
    case = a_case_by_forms(ana)
    page = text_of(ana, f"{case}/steps/2.4")
    assert "Este paso lo debe el otro Estado" in page

    fill(ana, f"{case}/steps/2.4", {"kind": "done", "field_proceedings": "no"})

    history = text_of(ana, f"{case}/history")
    assert "Estado de nacionalidad" in history


def test_answers_are_read_again_in_words_and_more_can_be_added(ana: Client) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/steps/2.5", {"kind": "done", "field_needs": ["lodging", "food"]})

    page = text_of(ana, f"{case}/steps/2.5")
    assert "Alojamiento; Alimentación" in page
    fill(ana, f"{case}/steps/2.5", {"field_needs": ["food"], "field_delivered": ["food"]})

    history = text_of(ana, f"{case}/history")
    assert history.count("2.5 Ayuda de emergencia") == 2
    assert "Alojamiento; Alimentación" in history, "the first answers stay"


def test_a_mistake_is_taken_back_and_stays_in_the_history(ana: Client) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/steps/2.5", {"kind": "done", "field_needs": ["food"]})
    history = text_of(ana, f"{case}/history")
    form = next(
        part
        for part in history.split("<li")
        if "Ayuda de emergencia" in part and "/history/" in part
    )
    action = re.search(r'action="([^"]+)"', form)
    assert action

    ana.post(action[1])

    assert "Retirado" in text_of(ana, f"{case}/history")
    assert "/steps/2.5" in _section(text_of(ana, case), "Lo que nos toca ahora")


def test_fear_of_her_own_state_protects_her_before_anything_else(ana: Client, cast: Cast) -> None:
    case = a_case_by_forms(ana)

    fill(ana, f"{case}/steps/2.6", {"kind": "done", "field_fears_own_state": "yes"})

    page = text_of(ana, case)
    assert "no deben enterarse" in page or "no deben saber" in page
    with members.acting(cast.programme.id):
        row = cases.case_for(by=members.actor_of(cast.ana), case_id=_id(case))
        assert cases.feared_states(row.person) == {"bo"}


def test_a_smuggled_migrant_has_a_track_of_her_own(ana: Client) -> None:
    case = a_case_by_forms(ana, {"tracks": ["smuggling"]})

    page = text_of(ana, case)

    assert "Tráfico ilícito de migrantes" in page
    assert "/steps/S.1" in _section(page, "Lo que nos toca ahora")
    assert "/steps/4.4" not in _section(page, "Lo que nos toca ahora"), "no trafficking track"


def test_somebody_of_unknown_age_has_the_rules_for_children(ana: Client) -> None:
    case = a_case_by_forms(ana, {"birth_precision": "unknown", "birth_value": ""})

    page = text_of(ana, case)

    assert "es o puede ser menor de 18 años" in page
    assert "se presume" in _section(page, "Lo que nos toca ahora")
    assert "/steps/C.1" in page


def test_a_yes_to_the_interview_is_kept_as_a_consent(ana: Client) -> None:
    case = a_case_by_forms(ana)
    page = text_of(ana, f"{case}/steps/3.2")
    assert f"{case}/consents/new" in page
    carried = opened(ana, f"{case}/steps/3.2")
    told = {f"field_{name}": "yes" for name in (
        "consents_to_interview", "told_purpose", "told_use", "told_research", "told_access",
        "told_storage", "told_withdrawal")}  # fmt: skip

    refused = ana.post(
        f"{case}/steps/3.2", {**carried, **told, "kind": "done", "field_consent_language": "es"}
    )
    assert refused.status_code == 422

    fill(ana, f"{case}/consents/new", {
        "purpose": "interview", "given_by": "person", "language": "qu", "days": "30",
        "questions": list(cases.vocabulary.CONSENT_QUESTIONS)})  # fmt: skip
    assert "Hecho" in text_of(ana, f"{case}/steps/3.2")


def test_the_level_of_risk_comes_from_severity_by_likelihood(ana: Client) -> None:
    case = a_case_by_forms(ana)
    carried = opened(ana, f"{case}/risk")
    assert ana.post(f"{case}/risk", {**carried, "reason": "x"}).status_code == 422

    fill(ana, f"{case}/risk", {
        "severity": "life", "likelihood": "likely", "at_risk": ["person", "family_at_home"],
        "risk_items": ["debt_claimed"], "reason": "Invented.",
        "consents_to_protection": "no"})  # fmt: skip

    page = text_of(ana, case)
    assert "Muy alto" in page
    assert "/steps/4.3" in page, "she declined protection: the services keep in touch"
    assert "La persona; Su familia" in text_of(ana, f"{case}/history")


def test_a_change_makes_the_assessment_due_again(ana: Client) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/risk", {"level": "low", "reason": "Invented."})
    assert "4.1 Evaluar el riesgo" not in _section(text_of(ana, case), "Lo que nos toca ahora")

    fill(ana, f"{case}/change", {"reason": "situation_changed", "note": "Invented change."})

    assert "4.1 Evaluar el riesgo" in _section(text_of(ana, case), "Lo que nos toca ahora")
    assert "Invented change." in text_of(ana, f"{case}/history")


def test_a_planned_journey_stands_in_the_history(ana: Client) -> None:
    case = a_case_by_forms(ana)

    fill(ana, f"{case}/journey", {"travels_at_day": "1", "travels_at_month": "12",
                                  "travels_at_year": "2030",
                                  "travels_at_time": "08:00"})  # fmt: skip

    assert "1 de diciembre de 2030 a las 08:00" in text_of(ana, f"{case}/history")


def test_safe_contact_follows_from_the_notice_into_the_case(ana: Client) -> None:
    case = a_case_by_forms(ana)

    page = text_of(ana, case)
    assert "never at home" in page
    assert "Inventada" not in page
    identity = unescape(ana.post(f"{case}/identity").content.decode())
    assert "never at home" in identity


def test_a_case_whose_call_back_is_not_safe_warns(ana: Client) -> None:
    notice = fill(ana, "/notices/new", {
        "safe_to_talk": "no", "channel": "phone", "informant": "citizen", "language": "es",
        "narrative": "Invented."})  # fmt: skip
    assert "No devuelva la llamada" in text_of(ana, notice) or "No la llame" in text_of(ana, notice)
    fill(ana, f"{notice}/triage", {"situation": "urgency", "imminent_danger": "no",
                                   "age_group": "adult", "reason": "x"})  # fmt: skip
    ana.post(f"{notice}/search", {"name": "Rosa"})
    fill(ana, f"{notice}/decide", {"outcome": "open_case", "reason": "x"})
    case = fill(ana, f"{notice}/case", CASE)

    assert "no se devuelve la llamada" in text_of(ana, case)


def test_a_person_keeps_every_document_name_and_telephone(ana: Client, cast: Cast) -> None:
    case = a_case_by_forms(ana)
    address = f"{case}/person"
    person = {key: value for key, value in CASE.items() if key not in CASE_ONLY}
    one = {"document_kind": "passport", "document_state": "BO", "document_number": "X1",
           "document_withheld": "on", "phone": "000 1", "other_name": "Rosita",
           "other_name_kind": "used", "language": "qu", "residence_country": "AR"}  # fmt: skip
    fill(ana, address, {**person, **one})
    two = {"document_kind_2": "national_id", "document_state_2": "ZZ", "document_number_2": "X2",
           "phone_2": "000 2", "other_name_2": "Ana", "other_name_kind_2": "alias",
           "citizenship_2": "PE", "language_2": "es"}  # fmt: skip
    fill(ana, address, {**person, **one, **two})
    fill(ana, address, {**person, **one, **two, "second_surname": ""})

    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        row = cases.case_for(by=by, case_id=_id(case))
        known = cases.open_identity(by=by, person_id=row.person_id)
    assert [d["number"] for d in known["documents"]] == ["X1", "X2"]
    assert [d["withheld_by_others"] for d in known["documents"]] == [True, False]
    assert known["phones"] == ["000 1", "000 2"]
    assert known["citizenships"] == ["BO", "PE"]
    assert known["languages"] == ["qu", "es"]
    assert [(n["kind"], n["name"]) for n in known["other_names"]] == [
        ("used", "Rosita"), ("alias", "Ana")]  # fmt: skip
    assert known["second_surname"] is None
    assert known["residence_country"] == "AR"
    shown = unescape(ana.post(f"{case}/identity").content.decode())
    for words in ("retenido por otras personas", "Alias", "Quechua", "Perú"):
        assert words in shown


def test_what_the_form_cannot_show_is_not_lost(ana: Client, cast: Cast) -> None:
    """A citizenship outside the ten, and a way of contact that came from elsewhere."""
    case = a_case_by_forms(ana)
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        row = cases.case_for(by=by, case_id=_id(case))
        cases.correct_person(
            by=by, person_id=row.person_id, version=row.person.version,
            details={"citizenships": ["HT"], "contact": {"our_word": "Invented", "hours": "9"}},
        )  # fmt: skip
    page = text_of(ana, f"{case}/person")
    person = {key: value for key, value in CASE.items() if key not in CASE_ONLY}
    assert '<option value="HT" selected' in page

    fill(ana, f"{case}/person", {**person, "citizenship": "HT"})

    with members.acting(cast.programme.id):
        known = cases.open_identity(by=by, person_id=row.person_id)
    assert known["citizenships"] == ["HT"]
    assert known["contact"]["our_word"] == "Invented"


@pytest.mark.parametrize(
    ("precision", "value", "quality"),
    [
        ("date", "1998-03-27", "stated"),
        ("year_month", "1998-03", "stated"),
        ("year", "1998", "estimated"),
        ("age_band", "20-25", "estimated"),
        ("unknown", "", "stated"),
    ],
)
def test_a_birth_is_known_as_exactly_as_it_is(
    ana: Client, precision: str, value: str, quality: str
) -> None:
    told = {"birth_precision": precision, "birth_value": value}
    if quality == "estimated":
        told["birth_estimated"] = "on"

    case = a_case_by_forms(ana, told)

    page = text_of(ana, f"{case}/person")
    assert re.search(rf'value="{precision}"[^>]*checked', page)
    assert f'value="{value}"' in page or not value


def test_a_case_is_closed_with_its_reason_and_opened_again_through_the_pages(
    ana: Client, cast: Cast
) -> None:
    case = a_case_by_forms(ana)
    page = text_of(ana, f"{case}/close")
    assert "pasos pendientes" in page
    assert "/steps/2.5" in page, "which ones"
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        stories.worked_through(by, cases.case_for(by=by, case_id=_id(case)))

    assert "Nada lo impide" in text_of(ana, f"{case}/close")
    fill(ana, f"{case}/close", {"reason": "goals_met", "note": "Invented note."})

    page = text_of(ana, case)
    assert "Invented note." in page
    assert "Abrir el caso de nuevo" in page
    fill(ana, f"{case}/reopen", {"reason": "Invented: she called."})
    assert "Invented: she called." in text_of(ana, f"{case}/history")
    with members.acting(cast.programme.id):
        assert protocol.agenda(subject=_id(case), facts={}).closed is False


def test_a_case_goes_into_follow_up_with_one_button(ana: Client) -> None:
    case = a_case_by_forms(ana)

    ana.post(f"{case}/follow-up")
    assert "En seguimiento" in text_of(ana, case) or "Seguimiento" in text_of(ana, case)
    ana.post(f"{case}/follow-up")
    assert "Activo" in text_of(ana, case)


def test_the_printed_consent_speaks_her_language_and_names_the_institution(ana: Client) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/consents/new", {
        "purpose": "refer", "recipient": "ar-shelter", "fields_named": ["needs", "languages"],
        "given_by": "person", "language": "pt", "days": "30",
        "questions": list(cases.vocabulary.CONSENT_QUESTIONS)})  # fmt: skip
    consent = re.search(r"/consents/([0-9a-f-]{36})/print", text_of(ana, case))
    assert consent

    printed = text_of(ana, f"{case}/consents/{consent[1]}/print")

    assert "Você decide" in printed
    assert "ar-shelter" in printed
    assert "Idiomas" in printed
    assert "Nome como" not in printed


def test_nothing_of_a_person_stands_on_a_page_that_did_not_ask_for_it(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    case = a_case_by_forms(ana)

    for address in ("/", "/cases/", case, f"{case}/protocol", f"{case}/history",
                    f"{case}/steps/2.2", f"{case}/assign", f"{case}/close",
                    "/hand-over"):  # fmt: skip
        for word in ("Inventada", "INVENTADA", "Mamani", "Rosa"):
            assert word not in text_of(ana, address), address


def test_the_table_of_risk_levels_is_shown_as_a_proposal_without_a_source(ana: Client) -> None:
    case = a_case_by_forms(ana)
    assert "es una propuesta: ninguna fuente la da" in unescape(text_of(ana, f"{case}/risk"))
