"""The bar of signed-in people in Chromium: on a desk's screen it is one line, whatever the role and
the language; on a telephone it is as many as it needs, and nothing is cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Desk

ONE_LINE = 60  # pixels; two are more than 80
_HEIGHT = "() => document.querySelector('.ayni-navigation__list').offsetHeight"
_WIDEST = "() => document.documentElement.scrollWidth"


def _heights(page: Page, site: str) -> dict[int, list[int]]:
    """Width of the screen -> how high the bar is on the first page, in each language."""
    found: dict[int, list[int]] = {1280: [], 360: []}
    for code in LANGUAGES.values():
        cookie = {"name": "ayni_ar_language", "value": code, "url": site}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{site}/")
        for width, heights in found.items():
            page.set_viewport_size({"width": width, "height": 800})
            heights.append(page.evaluate(_HEIGHT))
            assert page.evaluate(_WIDEST) <= width
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [each.value for each in members.Role])
def test_the_bar_stands_on_one_line_of_a_desk(site: str, watched: Watched, role: str) -> None:
    place = the_cast.an_institution("ar-programme")
    own = None if role == members.Role.NODE_ADMINISTRATOR else place
    officer = the_cast.an_officer(f"o-{role.replace('_', '-')}", own, members.Role(role))
    Desk(watched.page, site, lambda _name: None).sign_in(officer.email)
    heights = _heights(watched.page, site)
    assert max(heights[1280]) < ONE_LINE
    assert min(heights[360]) > 0
