"""A case that is closed to an officer: what the pages say, and the way in in an emergency."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from ayni.cases.models import CaseAccess
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast, an_officer, enter
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms, a_free_case_by_forms, fill, opened, send, text_of
from tests.desk.test_typed_is_kept import Page

pytestmark = pytest.mark.django_db
WHY = "Invented: her neighbour called, and nobody answers."
SECRETS = ("Rosa", "Inventada", "Mamani", "asks for help", "clothes", "10-12", "never at home")


@pytest.fixture
def bruno_is(cast: Cast) -> members.User:
    return an_officer("bruno", cast.programme)


@pytest.fixture
def bruno(bruno_is: members.User, browser: Browser) -> Client:
    return browser(bruno_is)


def _shut(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 403, address
    return unescape(page.content.decode())


def test_a_closed_case_says_why_and_what_to_do_and_nothing_else(ana: Client, bruno: Client) -> None:
    case = a_case_by_forms(ana)

    for part in ("", "/history", "/protocol", "/told", "/person", "/steps/2.2", "/assign",
                 "/consents/new", "/let-in"):  # fmt: skip
        page = _shut(bruno, case + part)
        assert "cerrado para usted" in page
        assert "En este caso trabaja Ana" in page
        assert f"{case}/emergency" in page
        assert not [word for word in SECRETS if word in page], part
    for part in ("/cooperation" + case + "/refer", "/own" + case + "/code"):
        if bruno.get(part).status_code != 404:
            assert "cerrado para usted" in _shut(bruno, part)


def test_the_notice_that_led_to_it_closes_with_it(ana: Client, bruno: Client) -> None:
    case = a_case_by_forms(ana)
    notice = re.search(r"/notices/[0-9a-f-]{36}", text_of(ana, "/cases/") + text_of(ana, case))
    from ayni.cases.models import Case

    with members.acting(an_officer("bruno", members.institution_by_code("ar-programme"))
                        .institution_id):  # fmt: skip
        found = Case.objects.get(id=case.rsplit("/", 1)[1]).notice_id
    assert notice is None or str(found) in notice[0]

    assert "cerrado para usted" in _shut(bruno, f"/notices/{found}")
    assert "asks for help" in text_of(ana, f"/notices/{found}")


def test_what_nobody_has_is_taken_from_its_closed_page(ana: Client, bruno: Client) -> None:
    case = a_free_case_by_forms(ana)
    page = _shut(bruno, case)
    assert "Nadie ha tomado este caso" in page
    assert f'action="{case}/take"' in page

    assert bruno.post(f"{case}/take")["Location"] == case
    assert "shelter" in text_of(bruno, case)


def test_home_and_lists_tell_a_colleague_only_that_something_is_late(
    ana: Client, bruno: Client, bruno_is: members.User
) -> None:
    case = a_case_by_forms(ana)
    with time_machine.travel(clock.now() + timedelta(days=3)):
        enter(bruno, bruno_is)
        home, listed = text_of(bruno, "/"), text_of(bruno, "/cases/")

    assert "Un caso de un colega" in home
    late = home.split("Vencido en esta institución")[1].split("<h2")[0]
    titles = re.findall(r'task-list__link"[^>]*>([^<]+)<', late)
    assert titles
    assert set(titles) == {"Un caso de un colega"}, "not which step it is"
    assert case not in listed


def test_who_gives_a_case_away_is_told_that_it_is_closed_from_now_on(
    ana: Client, cast: Cast
) -> None:
    case = a_case_by_forms(ana)

    assert fill(ana, f"{case}/assign", {"to_user": str(cast.luis.id), "note": ""}) == "/"

    assert "está cerrado para usted" in text_of(ana, "/")
    assert "En este caso trabaja Luis" in _shut(ana, case)


def test_a_colleague_is_let_in_and_out_again(
    ana: Client, bruno: Client, bruno_is: members.User
) -> None:
    case = a_case_by_forms(ana)

    fill(ana, f"{case}/let-in", {"officer": str(bruno_is.id)})
    assert "Bruno" in text_of(ana, case)
    assert "Bruno" in text_of(bruno, f"{case}/let-in")
    assert case in text_of(bruno, "/cases/")

    ana.post(f"{case}/let-out/{bruno_is.id}")
    assert "cerrado para usted" in _shut(bruno, case)


def test_a_case_given_away_while_a_form_is_open_loses_nothing_that_was_typed(
    ana: Client, bruno_is: members.User, cast: Cast, browser: Browser
) -> None:
    case = a_case_by_forms(ana)
    page = Page(cast.ana)
    carried = page.open(f"{case}/told")
    luis = browser(cast.luis)
    fill(luis, f"{case}/assign", {"to_user": str(bruno_is.id), "note": ""})

    typed = "Invented: an hour of writing."
    answer = page.post(f"{case}/told", {**carried, "narrative": typed})
    assert answer.status_code == 403
    assert "se conserva" in answer.content.decode() or "queda guardado" in answer.content.decode()
    assert typed not in text_of(browser(bruno_is), f"{case}/told")

    fill(luis, f"{case}/assign", {"to_user": str(cast.ana.id), "note": ""})
    assert typed in page.client.get(f"{case}/told").content.decode()


def test_the_glass_is_broken_with_a_reason_and_the_page_says_until_when(
    ana: Client, bruno: Client, bruno_is: members.User
) -> None:
    case = a_case_by_forms(ana)
    carried = opened(bruno, f"{case}/emergency")
    for missing in ({"reason": WHY}, {"understood": "on"}, {"reason": "x", "understood": "on"}):
        assert send(bruno, f"{case}/emergency", {**carried, **missing}).status_code == 422
    assert "cerrado para usted" in _shut(bruno, case)

    assert fill(bruno, f"{case}/emergency", {"reason": WHY, "understood": "on"}) == case

    page = text_of(bruno, case)
    assert "Usted abrió este caso en una emergencia" in page
    assert "en una emergencia" not in text_of(ana, case), "it is open to her anyway"
    over = clock.now() - timedelta(hours=1)
    with members.acting(bruno_is.institution_id):
        CaseAccess.objects.update(at=over - timedelta(hours=3), until=over)
    assert "cerrado para usted" in _shut(bruno, case)


def test_the_glass_can_be_given_back_before(
    ana: Client, bruno: Client, bruno_is: members.User
) -> None:
    case = a_case_by_forms(ana)
    fill(bruno, f"{case}/emergency", {"reason": WHY, "understood": "on"})

    assert bruno.post(f"{case}/let-out/{bruno_is.id}")["Location"] == "/"

    assert "cerrado de nuevo" in text_of(bruno, "/")
    assert "cerrado para usted" in _shut(bruno, case)


def test_the_data_protection_officer_finds_it_waiting_and_looks_into_it(
    ana: Client, bruno: Client, browser: Browser, cast: Cast
) -> None:
    case = a_case_by_forms(ana)
    fill(bruno, f"{case}/emergency", {"reason": WHY, "understood": "on"})
    bruno.get(f"{case}/history")
    dora = browser(cast.dora)

    assert "1 caso se abrió en una emergencia" in text_of(dora, "/")
    page = text_of(dora, "/emergencies")
    assert WHY in page
    assert "Bruno" in page
    link = re.search(r"/emergencies/[0-9a-f-]{36}", page)
    assert link
    assert fill(dora, link[0], {"withheld": "Invented ground."}) == "/emergencies"

    assert "se abrió en una emergencia" not in text_of(dora, "/")
    after = text_of(dora, "/emergencies")
    assert "Invented ground." in after
    opened_by = text_of(dora, f"{case}/opened-by")
    assert "Abrió algo del caso en una emergencia" in opened_by
    for officer in (ana, bruno, browser(cast.luis)):
        assert officer.get("/emergencies").status_code == 403
        assert officer.get(link[0]).status_code == 403
