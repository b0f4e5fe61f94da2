"""A notice that has to wait, in Chromium: whom to call, what to do, and what was typed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import Check, Desk, Picture


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_a_notice_that_waits_says_so_and_goes_through_later(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    the_cast.assemble()
    for _ in range(10):
        elsewhere = Client(headers={"host": "ar.localhost"}, REMOTE_ADDR="127.0.0.1")
        told = {"form_id": str(uuid4()), "danger_now": "no", "narrative": "Invented."}
        assert elsewhere.post(f"/help/{language}/write/", told).status_code == 200
    page = watched.page
    page.goto(f"{site}/help/{language}/write/")
    desk = Desk(page, site, lambda _name: None)
    desk.fill(danger_now="no", narrative="Invented by Rosa.")
    desk.send()
    assert page.locator("[name=narrative]").input_value() == "Invented by Rosa."
    axe(page)
    picture(page, f"notice-waits-{language}")
