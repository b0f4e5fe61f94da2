"""What an officer typed is never lost, and never becomes another officer's act."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import PASSWORD, Cast, enter, next_number
from tests.desk.conftest import Browser
from tests.desk.filling import (
    NOTICE,
    a_case_by_forms,
    a_notice_by_forms,
    fill,
    opened,
    send,
    text_of,
)

pytestmark = pytest.mark.django_db

HALF = {**NOTICE, "narrative": "Half written", "indicators": ["documents", "debt"]}


def _notices(cast: Cast) -> int:
    with members.acting(cast.programme.id):
        return len(cases.notices_waiting(by=members.actor_of(cast.ana)))


def test_a_form_in_progress_is_offered_to_its_author_only(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    send(ana, "/notices/new", {**HALF, "keep_draft": "button"})

    page = text_of(ana, "/notices/new")
    assert "Half written" in page
    assert page.count("checked") >= 2
    assert "Half written" not in text_of(browser(cast.luis), "/notices/new")
    assert "/notices/new" in text_of(ana, "/"), "the home page leads back to it"
    assert _notices(cast) == 0


def test_it_is_gone_once_the_form_was_sent_or_a_day_has_passed(ana: Client) -> None:
    send(ana, "/notices/new", {**HALF, "keep_draft": "timer"})
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert cases.drafts_of(author=members.User.objects.get(email__startswith="ana@")) == []

    fill(ana, "/notices/new", HALF)

    assert "Half written" not in text_of(ana, "/notices/new")


def test_a_sign_in_that_expires_while_a_form_is_filled_loses_nothing(
    ana: Client, cast: Cast
) -> None:
    carried = opened(ana, "/notices/new")
    ana.session.flush()

    answer = send(ana, "/notices/new", {**carried, **HALF})

    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=/notices/new"
    assert _notices(cast) == 0
    signed_in = send(
        ana,
        "/account/login/",
        {"login": cast.ana.email, "password": PASSWORD, "next": "/notices/new"},
    )
    assert signed_in["Location"] == "/account/2fa/authenticate/"
    shown = send(ana, signed_in["Location"], {"code": next_number(cast.ana)})
    assert shown["Location"] == "/notices/new"
    page = text_of(ana, "/notices/new")
    assert "Half written" in page
    assert "Lo que había escrito sigue aquí" in page
    fill(ana, "/notices/new", HALF)
    assert _notices(cast) == 1


@pytest.mark.parametrize(
    "page",
    ["triage", "decide", "case"],
)
def test_so_it_is_on_each_form_of_a_notice(ana: Client, cast: Cast, page: str) -> None:
    notice = a_notice_by_forms(ana)
    address = f"{notice}/{page}"
    carried = opened(ana, address)
    ana.session.flush()

    send(ana, address, {**carried, "reason": "Half written", "narrative": "Half written"})
    enter(ana, cast.ana)

    assert "Half written" in text_of(ana, address)


@pytest.mark.parametrize(
    "page",
    ["consents/new", "risk", "assign", "person", "told", "change", "steps/2.5",
     "steps/2.3"],
)  # fmt: skip
def test_so_it_is_on_each_form_of_a_case(ana: Client, cast: Cast, page: str) -> None:
    address = f"{a_case_by_forms(ana)}/{page}"
    carried = opened(ana, address)
    ana.session.flush()
    typed = dict.fromkeys(
        ("note", "reason", "witness", "given_names", "narrative", "field_request"), "Half written"
    )

    send(ana, address, {**carried, **typed, "field_needs": ["food"]})
    enter(ana, cast.ana)

    page_now = text_of(ana, address)
    assert "Lo que había escrito sigue aquí" in page_now
    assert "Half written" in page_now or 'value="food" id="id_field_needs_1" checked' in page_now


def test_what_was_typed_is_offered_to_nobody_else_who_signs_in_there(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    carried = opened(ana, "/notices/new")
    ana.session.flush()
    send(ana, "/notices/new", {**carried, **HALF})

    assert "Half written" not in text_of(browser(cast.luis), "/notices/new")


def test_a_form_of_ana_sent_from_the_browser_of_luis_is_not_his_act(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    carried = opened(ana, "/notices/new")
    luis = browser(cast.luis)

    answer = send(luis, "/notices/new", {**carried, **HALF})

    assert answer.status_code == 403
    assert "Half written" not in answer.content.decode()
    assert _notices(cast) == 0
    assert "Half written" in text_of(ana, "/notices/new")


def test_officers_pages_and_kept_forms_are_not_stored_by_the_browser(ana: Client) -> None:
    carried = opened(ana, "/notices/new")
    case = a_case_by_forms(ana)
    for address in ("/", "/cases/", "/notices/new", case, f"{case}/history", f"{case}/protocol"):
        assert "no-store" in ana.get(address)["Cache-Control"]
    assert "no-store" in send(ana, f"{case}/identity", {})["Cache-Control"]
    ana.session.flush()
    assert "no-store" in send(ana, "/notices/new", {**carried, **HALF})["Cache-Control"]
