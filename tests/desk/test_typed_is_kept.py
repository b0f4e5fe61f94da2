"""Nothing typed is lost, nothing is done twice, nobody overwrites silently."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from ayni.cases import api as cases
from ayni.cases.models import Draft
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast, enter
from tests.desk.conftest import Browser
from tests.desk.filling import NOTICE, a_case_by_forms, fill

pytestmark = pytest.mark.django_db
HOST = {"host": "ar.localhost", "accept-language": "es"}


class Page:
    """A browser that keeps what a page carries, as real ones do: tokens and hidden fields."""

    def __init__(self, user: members.User | None = None) -> None:
        self.client = Client(headers=HOST, enforce_csrf_checks=True)
        if user is not None:
            enter(self.client, user)

    def open(self, address: str) -> dict[str, str]:
        """The hidden fields of the page's form."""
        text = self.client.get(address).content.decode()
        form = text[text.index('<form method="post" novalidate') :]
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        return dict(hidden)

    def post(self, address: str, data: dict[str, Any]) -> Any:
        return self.client.post(address, _encoded(data), content_type=_FORM)


_FORM = "application/x-www-form-urlencoded"


def _encoded(data: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(data, doseq=True)


def _notices() -> int:
    return cases.Notice.objects.count()


def test_a_double_click_makes_one_notice_and_leads_to_it_twice(cast: Cast) -> None:
    page = Page(cast.ana)
    data = {**NOTICE, **page.open("/notices/new")}
    with members.acting(cast.programme.id):
        before = _notices()

    first, second = page.post("/notices/new", data), page.post("/notices/new", data)

    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    with members.acting(cast.programme.id):
        assert _notices() == before + 1


def test_a_form_that_had_errors_can_be_sent_again(cast: Cast) -> None:
    page = Page(cast.ana)
    data = {**NOTICE, **page.open("/notices/new"), "channel": ""}

    assert page.post("/notices/new", data).status_code == 422
    assert page.post("/notices/new", data).status_code == 422
    assert page.post("/notices/new", {**data, "channel": "phone"}).status_code == 302


def test_the_same_words_on_a_new_page_are_a_new_notice(cast: Cast) -> None:
    page = Page(cast.ana)

    first = page.post("/notices/new", {**NOTICE, **page.open("/notices/new")})
    second = page.post("/notices/new", {**NOTICE, **page.open("/notices/new")})

    assert first["Location"] != second["Location"]


def test_a_click_while_the_first_is_worked_on_waits_and_follows(cast: Cast) -> None:
    author, key = cast.ana, bytes(32)
    assert cases.begin_form(author=author, key=key) is None
    assert cases.begin_form(author=author, key=key) == ""

    cases.end_form(author=author, key=key, led_to="/notices/x")

    assert cases.begin_form(author=author, key=key) == "/notices/x"


def test_what_was_typed_when_the_sign_in_expired_is_there_after_signing_in(cast: Cast) -> None:
    page = Page(cast.ana)
    data = {**NOTICE, **page.open("/notices/new"), "narrative": "Invented: she fears him."}
    page.client.cookies.pop("ayni_ar_session")

    answer = page.post("/notices/new", data)

    assert answer.status_code == 302
    assert "/account/login" in answer["Location"]
    assert "Invented" not in answer["Location"]
    signed_in = Page(cast.ana).client.get("/notices/new").content.decode()
    assert "Invented: she fears him." in signed_in
    assert "sigue aquí" in signed_in
    assert re.search(r'value="documents"[^>]*checked', signed_in)


def test_what_was_typed_is_offered_to_nobody_else(cast: Cast) -> None:
    page = Page(cast.ana)
    data = {**NOTICE, **page.open("/notices/new"), "narrative": "Invented: she fears him."}
    page.client.cookies.pop("ayni_ar_session")
    page.post("/notices/new", data)

    other = Page(cast.luis).client.get("/notices/new").content.decode()

    assert "she fears him" not in other


def test_nothing_is_kept_without_the_mark_of_the_page(cast: Cast) -> None:
    page = Page(cast.ana)
    hidden = page.open("/notices/new")
    page.client.cookies.pop("ayni_ar_session")

    for author in ("", hidden["author"] + "x", str(cast.ana.id)):
        page.post("/notices/new", {**NOTICE, **hidden, "author": author})

    assert not Draft.objects.exists()


def test_what_was_kept_is_gone_after_a_day_and_once_the_form_is_sent(cast: Cast) -> None:
    page = Page(cast.ana)
    data = {**NOTICE, **page.open("/notices/new"), "narrative": "Invented: kept."}
    session = page.client.cookies.pop("ayni_ar_session")
    page.post("/notices/new", data)
    page.client.cookies["ayni_ar_session"] = session.value

    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert cases.drop_expired() == 1
    page.client.cookies.pop("ayni_ar_session")
    page.post("/notices/new", data)
    page.client.cookies["ayni_ar_session"] = session.value
    assert Draft.objects.count() == 1

    assert page.post("/notices/new", {**NOTICE, **page.open("/notices/new")}).status_code == 302
    assert not Draft.objects.exists()


def test_a_page_that_was_open_too_long_keeps_what_was_typed(cast: Cast) -> None:
    page = Page(cast.ana)
    data = {**NOTICE, **page.open("/notices/new"), "narrative": "Invented: kept."}

    answer = page.post("/notices/new", {**data, "csrfmiddlewaretoken": "a" * 64})

    assert answer.status_code == 403
    assert "Abrir de nuevo el formulario" in answer.content.decode()
    assert "Invented: kept." in Page(cast.ana).client.get("/notices/new").content.decode()


def test_every_form_of_officers_says_to_whom_it_was_shown() -> None:
    from tests.architecture.rooms import AYNI

    for room in ("desk", "cooperation"):
        for path in (AYNI / room / "templates").rglob("*.html"):
            text = path.read_text()
            if "{{ form }}" in text and "csrf_token" in text:
                assert "_components/author.html" in text, path.name


def test_two_officers_class_one_notice_and_the_later_one_sees_both(
    cast: Cast, browser: Browser
) -> None:
    ana, luis = browser(cast.ana), browser(cast.luis)
    notice = fill(ana, "/notices/new", NOTICE)
    data = {"version": "1", "imminent_danger": "no", "age_group": "adult"}
    ana.post(f"{notice}/triage", {**data, "situation": "urgency", "reason": "Ana's reason"})

    answer = luis.post(
        f"{notice}/triage", {**data, "situation": "orientation", "reason": "Luis's reason"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Urgencia" in page
    assert "Orientación" in page
    assert "Ana&#x27;s reason" in page
    assert "Luis&#x27;s reason" in page
    assert re.search(r'name="version" value="2"', page)


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("risk", {"level": "high", "reason": "x"}),
        ("close", {"reason": "Other", "note": "x"}),
    ],
)
def test_no_form_of_a_case_overwrites_what_another_wrote_meanwhile(
    what: str, data: dict[str, str], cast: Cast, browser: Browser
) -> None:
    ana, luis = browser(cast.ana), browser(cast.luis)
    address = a_case_by_forms(ana)
    fill(luis, f"{address}/risk", {"level": "medium", "reason": "x"})

    answer = ana.post(f"{address}/{what}", {"version": "1", **data})

    assert answer.status_code in (409, 422), what
    if what == "risk":
        assert "Medio" in answer.content.decode()


def test_a_second_opening_of_a_case_leads_to_the_first(cast: Cast, browser: Browser) -> None:
    ana = browser(cast.ana)
    address = a_case_by_forms(ana)
    with members.acting(cast.programme.id):
        notice = cases.Case.objects.get(id=address.rsplit("/", 1)[1]).notice_id

    again = ana.post(f"/notices/{notice}/case", {"name_as_written": "x", "tracks": ["trafficking"]})

    assert again.status_code == 302
    assert again["Location"] == address
