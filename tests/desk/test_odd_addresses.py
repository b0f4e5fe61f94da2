"""Addresses and answers that no page of ours makes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from tests.cases.stories import a_case, a_consent
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms

pytestmark = pytest.mark.django_db
ID = "0190aaaa-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "after",
    [
        f"2026-01-01T00:00+23:59:59_{ID}",
        f"0001-01-01T00:00+23:59_{ID}",
        f"9999-12-31T23:59-23:59_{ID}",
        "2026-01-01_x",
        "_",
    ],
)
def test_a_page_after_nothing_we_wrote_is_the_first_page(ana: Client, after: str) -> None:
    assert ana.get("/cases/", {"after": after}).status_code == 200


def test_a_version_that_is_no_number_of_ours_changes_nothing(ana: Client) -> None:
    case = a_case_by_forms(ana)
    assert ana.post(f"{case}/follow-up", {"version": "9" * 5000}).status_code == 302


def test_the_forms_of_a_case_are_for_those_who_work_on_cases(
    ana: Client, cast: Cast, browser: Browser
) -> None:
    case = a_case_by_forms(ana)
    officer = browser(cast.dora)
    forms = "close assign consents/new change journey reopen risk person told".split()
    for form in forms:
        assert officer.get(f"{case}/{form}").status_code == 403, form


def test_a_draft_of_too_long_an_address_is_not_kept(cast: Cast) -> None:
    assert not cases.save_draft(author=cast.ana, form="/" + "a" * 300, answers={"x": ["1"]})


def test_a_form_cut_off_with_its_process_may_be_sent_again(cast: Cast) -> None:
    key = b"k" * 32
    assert cases.begin_form(author=cast.ana, key=key) is None
    assert cases.begin_form(author=cast.ana, key=key) == "", "it may still be worked on"

    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert cases.begin_form(author=cast.ana, key=key) is None


def test_a_consent_is_withdrawn_on_its_own_case_only(cast: Cast, ana: Client) -> None:
    by = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case, other = a_case(by), a_case(by)
        consent = a_consent(by, case)

        assert ana.post(f"/cases/{other.id}/consents/{consent.id}/withdraw").status_code == 404
        consent.refresh_from_db()
        assert consent.withdrawn_at is None

        assert ana.post(f"/cases/{case.id}/consents/{consent.id}/withdraw").status_code == 302
        consent.refresh_from_db()
        assert consent.withdrawn_at is not None
