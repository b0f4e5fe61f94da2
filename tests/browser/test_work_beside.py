"""What the secretariat says beside a commitment, in Chromium: its indicator, that it is withdrawn;
the report, the signatures, and what anybody reads. Three languages, two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.agenda import api
from ayni.members import api as members
from tests.agenda.working import KEY, undertaking
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.browser.test_platform import _desk, at_the_secretariat

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["at_the_secretariat"]
HERE = f"/platform/work/commitments/{KEY}"


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_commitment_gets_an_indicator_is_reported_shown_to_anybody_and_withdrawn(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: members.User,
) -> None:  # fmt: skip
    page, saul = watched.page, members.actor_of(at_the_secretariat)
    api.set_objective(
        by=saul, key="manual", axis="Asistencia", objective="Manual (inventado)", after=""
    )
    api.set_commitment(by=saul, key=KEY, said=undertaking(state="bo", public=True), after="")

    def look(name: str, path: str = "") -> None:
        if path:
            page.goto(f"{site}{path}")
        axe(page)
        picture(page, f"beside-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_the_secretariat.email)
    look("agenda", "/platform/work")
    look("indicator", f"{HERE}/indicator")
    desk.fill(code="answered_on_time", target="80")
    desk.send()
    expect(page).to_have_url(f"{site}{HERE}")
    look("commitment")
    look("report", "/platform/work/report")
    look("signatures", "/published/verified?room=agenda")
    look("withdraw", f"{HERE}/withdraw")
    desk.fill(reason="Se hace en otro marco (inventado)")
    desk.send()
    look("withdrawn")

    page.context.clear_cookies()
    look("public", f"/platform/public/{language}/")
    expect(page.get_by_text("Manual común")).to_be_visible()
    expect(page.get_by_text("Oficina inventada")).to_have_count(0)
