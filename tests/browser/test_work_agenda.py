"""The work agenda in Chromium: what the secretariat published is reported by the focal point of the
state and validated by its authority; in three languages at two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, expect

from ayni.members import api as members
from tests import cast as the_cast
from tests.agenda.papers import PDF, a_pdf
from tests.agenda.stories import days, today
from tests.agenda.working import KEY, commitment_comes, objective_comes
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.browser.test_platform import _desk
from tests.exchange.peer import Peer, a_secretariat, found

pytestmark = pytest.mark.django_db(transaction=True)
A_FILE: FilePayload = {"name": "acta.pdf", "mimeType": PDF, "buffer": a_pdf()}
HERE = f"/platform/work/commitments/{KEY}"


def _officer(name: str, role: members.Role) -> members.User:
    return the_cast.an_officer(name, the_cast.an_institution("ar-programme"), role)


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_commitment_is_reported_and_validated_by_the_authority(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    transactional_db: None,
) -> None:  # fmt: skip
    page = watched.page
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    objective_comes(secretariat)
    commitment_comes(secretariat, due=today() - days(1))
    commitment_comes(secretariat, "theirs", title="Campaña en la frontera", state="bo")

    def look(name: str) -> None:
        axe(page)
        picture(page, f"work-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(_officer("paula", members.Role.NATIONAL_FOCAL_POINT).email)
    look("home")
    page.goto(f"{site}/platform/work")
    look("agenda")
    page.goto(f"{site}{HERE}/evidence/new")
    desk.fill(title="Acta inventada")
    page.locator("main [type=file]").set_input_files([A_FILE])
    look("evidence")
    desk.send()
    expect(page).to_have_url(f"{site}{HERE}")
    page.goto(f"{site}{HERE}/progress")
    desk.fill(word="done", action="Se escribió (inventado)")
    look("report")
    desk.send()
    expect(page).to_have_url(f"{site}{HERE}")
    look("reported")

    page.context.clear_cookies()
    desk = _desk(site, watched, language)
    desk.sign_in(_officer("berta", members.Role.VALIDATING_AUTHORITY).email)
    page.goto(f"{site}{HERE}/validate")
    desk.fill(answer="yes")
    look("validate")
    desk.send()
    look("validated")
    bolivia.stop()
    secretariat.stop()
