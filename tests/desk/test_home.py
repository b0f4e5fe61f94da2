"""The home page and the lists: due for me, new, overdue, unassigned; handing over; search."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from tests.cases import stories
from tests.cast import Cast, enter
from tests.desk.conftest import Browser
from tests.desk.filling import (
    a_case_by_forms,
    a_free_case_by_forms,
    a_notice_by_forms,
    fill,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def luis(cast: Cast, browser: Browser) -> Client:
    return browser(cast.luis)


def _part(page: str, title: str) -> str:
    return page.split(f">{title}<", 1)[1].split("<h2", 1)[0] if f">{title}<" in page else ""


def _first(page: str) -> str:
    """What stands above the first heading of second rank: due for me."""
    return page.split("<h2", 1)[0]


def test_due_for_me_is_what_is_mine(ana: Client, luis: Client, cast: Cast) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/assign", {"to_user": str(cast.ana.id), "note": ""})

    assert case in _first(text_of(ana, "/"))
    assert case in _part(text_of(ana, "/"), "Mis casos")
    assert case not in _first(text_of(luis, "/"))


def test_what_nobody_has_taken_is_due_for_those_whose_role_it_is(ana: Client, luis: Client) -> None:
    case = a_free_case_by_forms(ana)

    first = _first(text_of(ana, "/"))
    assert case in first, "2.2 is the consular officer's"
    assert "Un caso que nadie ha tomado" in first, "which step it is, is shown to who takes it"
    page = text_of(luis, "/")
    assert case in _part(page, "Casos que nadie tomó")
    luis.post(f"{case}/take")
    assert case in _part(text_of(luis, "/"), "Mis casos")
    assert case not in _part(text_of(ana, "/"), "Casos que nadie tomó")


def test_what_others_are_late_with_stands_apart(ana: Client, luis: Client, cast: Cast) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/assign", {"to_user": str(cast.ana.id), "note": ""})

    with time_machine.travel(clock.now() + timedelta(days=3)):
        enter(luis, cast.luis)
        page = text_of(luis, "/")

    assert case in _part(page, "Vencido en esta institución")
    assert case in _part(page, "Lo que otros Estados nos deben y está vencido")


def test_new_referrals_stand_on_the_home_page_until_they_are_answered(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        case = stories.a_case(by)
        consent = stories.a_consent(by, case, recipient_state="ar",
                                    recipient_institution="ar-shelter")  # fmt: skip
        row = cooperation.draft_referral(
            by=by, case_id=case.id, recipient_state="ar", recipient_institution="ar-shelter",
            fields=frozenset(consent.fields),
        )  # fmt: skip
        cooperation.send_referral(by=by, referral_id=row.id)
    sol = browser(cast.sol)

    page = text_of(sol, "/")
    link = re.search(r"/cooperation/referrals/[0-9a-f-]{36}", _part(page, "Derivaciones nuevas"))
    assert link
    fill(sol, f"{link[0]}/read", {})
    sol.post(f"{link[0]}/earlier")
    begun = fill(sol, f"{link[0]}/accept", {})
    assert "Derivaciones nuevas" not in text_of(sol, "/")

    following = _part(text_of(sol, begun), "Qué sigue ahora")
    assert link[0] in following, "the case that began leads to its referral"
    assert "Informar la primera acción" in following
    assert 'href="#due"' in following, "and to the steps that are due"


def test_danger_stands_first_among_the_notices(ana: Client) -> None:
    a_notice_by_forms(ana)
    urgent = a_notice_by_forms(ana, indicators=["danger_now"])

    waiting = _part(text_of(ana, "/"), "Avisos que esperan")

    assert waiting.index(urgent) == waiting.index("/notices/")
    assert "Peligro ahora" in waiting


def test_several_cases_are_handed_over_at_the_end_of_a_shift_with_one_note(
    ana: Client, luis: Client, cast: Cast
) -> None:
    addresses = [a_case_by_forms(ana) for _ in range(3)]
    for address in addresses:
        ana.post(f"{address}/take")
    page = text_of(ana, "/hand-over")
    boxes = re.findall(r'name="cases_given" value="([^"]+)"', page)
    assert len(boxes) == 3

    fill(ana, "/hand-over", {
        "cases_given": boxes[:2], "to_user": str(cast.luis.id), "note": "Invented shift note."
    })  # fmt: skip

    given = [a for a in addresses if a.rsplit("/", 1)[1] in " ".join(boxes[:2])]
    for address in given:
        assert "Invented shift note." in text_of(luis, address)
    assert sum(a in _part(text_of(luis, "/"), "Mis casos") for a in addresses) == 2
    assert sum(a in _part(text_of(ana, "/"), "Mis casos") for a in addresses) == 1


def test_a_shift_with_one_case_changed_meanwhile_hands_over_none(
    ana: Client, luis: Client, cast: Cast
) -> None:
    addresses = [a_case_by_forms(ana) for _ in range(2)]
    for address in addresses:
        ana.post(f"{address}/take")
    boxes = re.findall(r'name="cases_given" value="([^"]+)"', text_of(ana, "/hand-over"))
    fill(luis, f"{addresses[0]}/risk", {"level": "low", "reason": "x"})

    answer = ana.post(
        "/hand-over", {"cases_given": boxes, "to_user": str(cast.luis.id), "note": "Invented."}
    )

    assert answer.status_code == 422
    assert sum(a in _part(text_of(ana, "/"), "Mis casos") for a in addresses) == 2


def test_the_case_list_is_filtered(ana: Client, luis: Client, cast: Cast) -> None:
    low, other = a_free_case_by_forms(ana), a_case_by_forms(ana, {"tracks": ["smuggling"]})
    fill(luis, f"{low}/risk", {"level": "low", "reason": "x"})
    fill(ana, f"{other}/assign", {"to_user": str(cast.luis.id), "note": ""})

    def found(query: str) -> set[str]:
        page = text_of(luis, f"/cases/?{query}")
        return {a for a in (low, other) if a in page}

    assert found("") == {low, other}
    assert found("risk=low") == {low}
    assert found("track=smuggling") == {other}
    assert found("assigned=nobody") == {low}
    assert found("status=Closed") == set()
    assert found("situation=emergency") == set()
    assert found("overdue=yes") == {low, other}, "2.6 is due at once"
    reference = re.search(r"AR-[0-9A-Z]{4}-[0-9A-Z]{4}", text_of(luis, low))
    assert reference
    assert found(f"reference={reference[0].lower()}") == {low}
    page = text_of(ana, "/cases/")
    assert (low in page, other in page) == (True, False), "a colleague's case is not in her list"


def test_the_case_list_goes_on_to_the_next_page_without_loss(ana: Client, cast: Cast) -> None:
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        new = cases.NewCase(side="host", tracks=("trafficking",), person={})
        made = {
            str(cases.open_case(by=by, notice_id=None, new=new).id) for _ in range(cases.PAGE + 3)
        }

    first = text_of(ana, "/cases/?risk=")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = text_of(ana, f"/cases/{following[1]}")

    pages = [set(re.findall(r"/cases/([0-9a-f-]{36})", page)) for page in (first, second)]
    assert [len(page) for page in pages] == [cases.PAGE, 3]
    assert pages[0] | pages[1] == made
    assert 'rel="next"' not in second


def test_a_person_is_found_by_name_in_any_order_document_or_telephone_by_post_only(
    ana: Client,
) -> None:
    case = a_case_by_forms(ana)
    fill(ana, f"{case}/person", {
        "given_names": "Rosa", "first_surname": "Inventada", "second_surname": "Mamani",
        "birth_precision": "unknown", "document_number": "X-77",
        "phone": "000 555 1234"})  # fmt: skip

    for asked in ({"name": "mamani inbentada"}, {"document": "x77"}, {"phone": "5551234"}):
        page = unescape(ana.post("/find", asked).content.decode())
        assert case in page, asked
    assert case not in text_of(ana, "/find?name=Mamani")
    assert ana.post("/find", {}).status_code == 422


def test_the_search_begins_with_the_telephone_that_the_notice_tells(ana: Client) -> None:
    told = {
        "(000) 555-1234": {"about_phone": "(000) 555-1234", "contact_address": "000 999 8888"},
        "000 999 8888": {"contact_method": "call", "contact_address": "000 999 8888"},
        "": {"contact_method": "person", "contact_address": "Casa 12, timbre 3"},
    }
    for number, fields in told.items():
        page = unescape(text_of(ana, f"{a_notice_by_forms(ana, **fields)}/search"))
        field = re.search(r'<input[^>]*name="phone"[^>]*>', page)
        assert field
        assert (f'value="{number}"' in field[0]) if number else ('value="' not in field[0]), fields


def test_an_earlier_case_is_linked_from_the_search_and_seen_from_both_ends(ana: Client) -> None:
    known = a_case_by_forms(ana)
    notice = a_notice_by_forms(ana)
    found = unescape(
        ana.post(f"{notice}/search", {"name": "Rosa Inventada Mamani"}).content.decode()
    )
    assert known in found
    assert "Misma persona" in found

    ana.post(f"{notice}/link", {"about": "case", "about_id": known.rsplit("/", 1)[1]})

    assert known in text_of(ana, notice)
    assert notice in text_of(ana, known)
    ana.post(
        f"{notice}/link",
        {"about": "case", "about_id": known.rsplit("/", 1)[1], "take_back": "yes"},
    )
    assert notice not in text_of(ana, known)
    assert ana.post(f"{notice}/link", {"about": "case", "about_id": "x"}).status_code == 404
    assert ana.post(f"{notice}/link", {"about": "person", "about_id": "x"}).status_code == 404


def test_the_notice_page_shows_its_clocks_and_every_field_with_its_name(ana: Client) -> None:
    notice = a_notice_by_forms(
        ana, informant="institution", informant_body="police", subject_matter="deceptive_offer",
        interpreter="on", contact_method="call", person_missing="yes",
        received_at_day="24", received_at_month="11", received_at_year="2025",
        received_at_time="10:15",
    )  # fmt: skip

    page = text_of(ana, notice)

    for words in ("Policía", "Oferta de trabajo engañosa", "intérprete", "Nunca", "at home",
                  "24 de noviembre de 2025 a las 10:15", "25 de noviembre de 2025 a las 10:15",
                  "Vencido"):  # fmt: skip
        assert words in page, words
    assert "/steps/1.6" in page, "a missing person: the alert"


def test_an_emergency_shows_whom_to_call_and_is_recorded_on_the_notice(ana: Client) -> None:
    notice = a_notice_by_forms(ana, indicators=["danger_now"])
    assert "145" in text_of(ana, notice)
    fill(ana, f"{notice}/triage", {"situation": "emergency", "imminent_danger": "yes",
                                   "age_group": "adult", "reason": "x"})  # fmt: skip
    assert "/steps/1.3.a" in text_of(ana, notice)

    fill(ana, f"{notice}/steps/1.3.a", {
        "kind": "done", "field_police_told_at_day": "24", "field_police_told_at_month": "11",
        "field_police_told_at_year": "2025", "field_police_told_at_time": "10:20"})  # fmt: skip

    with_status = text_of(ana, notice)
    assert "Emergencia: avisar a la policía" in with_status
    assert ana.get(f"{notice}/steps/1.5").status_code == 404
    assert ana.get(f"{notice}/steps/2.2").status_code == 404


def test_a_role_without_cases_is_led_to_its_own_pages(browser: Browser, cast: Cast) -> None:
    page = text_of(browser(cast.dora), "/")

    assert "/opened" in page
    assert "/cooperation/transfers" in page
    assert browser(cast.dora).get("/find").status_code in {200, 403}
    assert browser(cast.dora).post("/find", {"name": "Rosa"}).status_code == 403


def test_the_readiness_of_a_post_is_begun_written_down_and_read(ana: Client) -> None:
    assert "Comenzar" in text_of(ana, "/post")
    ana.post("/post")
    page = text_of(ana, "/post")
    for step in ("0.1", "0.2", "0.3", "0.4"):
        assert f"/post/{step}" in page
    assert "propuesto, sin decidir" in page
    assert "MX-P" in page or "México" in page

    fill(ana, "/post/0.2", {
        "field_service": "Invented shelter", "field_contact": "000 1", "field_serves": ["women"],
        "field_verified_on_day": "24", "field_verified_on_month": "11",
        "field_verified_on_year": "2025", "field_verified_by": "Ana", "field_status": "verified",
    })  # fmt: skip

    page = text_of(ana, "/post")
    for words in ("Invented shelter", "Mujeres", "24 de noviembre de 2025", "Verificado"):
        assert words in page
    assert ana.get("/post/2.1").status_code == 404


def test_other_institutions_and_roles_see_nothing_of_a_post(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    ana.post("/post")

    for who in ("sol", "dora", "nadia"):
        assert browser(getattr(cast, who)).get("/post").status_code == 403


def test_home_asks_the_database_the_same_however_many_cases_there_are(
    ana: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    for _ in range(3):
        a_case_by_forms(ana)

    with django_assert_max_num_queries(31):  # type: ignore[operator]
        ana.get("/")


def test_ids_of_other_institutions_are_not_found_on_any_page(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    case, notice = a_case_by_forms(ana), a_notice_by_forms(ana)
    sol = browser(cast.sol)
    UUID(case.rsplit("/", 1)[1])

    for page in ("", "/protocol", "/history", "/person", "/told", "/steps/2.2", "/risk", "/change",
                 "/journey", "/assign", "/close", "/reopen", "/consents/new"):  # fmt: skip
        assert sol.get(case + page).status_code == 404, page
    for page in ("/take", "/follow-up", "/identity"):
        assert sol.post(case + page).status_code == 404, page
    for page in ("", "/triage", "/search", "/decide", "/steps/1.6"):
        assert sol.get(notice + page).status_code in {403, 404}, page
