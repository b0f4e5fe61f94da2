"""The platform's pages with the keyboard alone: the tabulator comes to everything that can be used,
once, in the order in which it is read, and what has the focus shows it. And what only a press of a
key does: the skip link, a button, a link."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ayni.agenda import action_kinds, api
from ayni.lib import clock
from ayni.members import api as members
from tests import cast as the_cast
from tests.agenda.stories import comes, days
from tests.browser.conftest import Watched
from tests.browser.test_at_the_secretariat import GAP, PROPOSED
from tests.browser.test_at_the_secretariat import at_the_secretariat as at_the_secretariat
from tests.browser.test_platform import _desk
from tests.exchange.peer import Peer, a_secretariat, found
from tests.protocol.registry import version_comes

pytestmark = pytest.mark.django_db(transaction=True)
# What can be used, in the order of the document: of radios with one name the chosen one, or the
# first. Numbered, so that what has the focus can say which one it is.
_NUMBERED = """() => {
    const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary,'
        + ' [tabindex="0"]'  // a table that is moved sideways with the arrow keys
    const seen = new Set()
    return [...document.querySelectorAll(wanted)].filter(one => {
        if (one.disabled || !one.checkVisibility({contentVisibilityAuto: true})) return false
        if (one.type !== 'radio') return true
        const group = [...document.querySelectorAll('input[type=radio]')]
            .filter(other => other.name === one.name && other.form === one.form)
        const stop = group.find(other => other.checked) || group[0]
        return stop === one
    }).map((one, number) => { one.dataset.stop = number; return one.outerHTML.slice(0, 90) })
}"""
# What has the focus: its number, whether it is seen there (drawn round it, or round the mark that
# stands for it), whether it lies on the screen, and how far down the page.
_FOCUSED = """() => {
    const one = document.activeElement
    if (!one || one === document.body) return null
    const label = one.labels && one.labels[0]
    const drawn = [getComputedStyle(one)]
    if (label && ['radio', 'checkbox'].includes(one.type))
        drawn.push(getComputedStyle(label, '::before'))
    const box = one.getBoundingClientRect()
    return {
        number: Number(one.dataset.stop ?? -1),
        shown: drawn.some(style => style.boxShadow !== 'none'
            || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)),
        onScreen: box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0,
        top: box.top + scrollY,
        inParts: ['date', 'time'].includes(one.type),
    }
}"""
_PARTS = 4  # places at which the tabulator stops within one field for a day
_SAME_LINE = 80  # pixels by which what is read later may begin higher: two columns of one row


def walk(page: Page) -> None:
    """Go through the page with the tabulator and compare."""
    stops = page.evaluate(_NUMBERED)
    assert len(stops) > 5
    before = 0.0
    for number, what in enumerate(stops):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        for _part in range(_PARTS):  # day, month, year and calendar of the one before
            if at is None or at["number"] != number - 1 or not at["inParts"]:
                break
            page.keyboard.press("Tab")
            at = page.evaluate(_FOCUSED)
        assert at is not None, f"{page.url}: nothing has the focus instead of {what}"
        assert at["number"] == number, f"{page.url}: {stops[at['number']]} instead of {what}"
        assert at["shown"], f"{page.url}: the focus is not seen on {what}"
        assert at["onScreen"], f"{page.url}: not on the screen: {what}"
        assert at["top"] > before - _SAME_LINE, f"{page.url}: back up the page to {what}"
        before = at["top"]


@pytest.mark.parametrize("width", [360, 1280])
def test_the_secretariats_pages_are_walked_through_with_the_tabulator(
    site: str, watched: Watched, width: int,
    at_the_secretariat: tuple[members.User, Peer, Peer],
) -> None:  # fmt: skip
    saul, _bolivia, argentina = at_the_secretariat
    page = watched.page
    page.set_viewport_size({"width": width, "height": 800})
    comes(argentina, action_kinds.ACTION, GAP.key, PROPOSED)
    key = api.call_meeting(
        by=members.actor_of(saul), title="Plenario inventado", place="",
        at=clock.now() + days(1), items=["Punto inventado"],
    ).said.key  # fmt: skip
    _desk(site, watched, "es").sign_in(saul.email)
    meeting = f"{site}/platform/meetings/{key}"
    for address in (
        f"{site}/platform/hand-over", f"{site}/platform/meetings/call", meeting,
        f"{meeting}/attendance", f"{meeting}/decision", f"{meeting}/put/{GAP.key}",
        f"{site}/support/", f"{site}/platform/actions/{GAP.key}/course",
    ):  # fmt: skip
        page.goto(address)
        walk(page)
    assert watched.problems == []


@pytest.mark.parametrize("width", [360, 1280])
def test_a_focal_points_pages_are_walked_through_with_the_tabulator(
    site: str, watched: Watched, width: int, transactional_db: None
) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": 800})
    others = Peer(), a_secretariat()
    found(others[0], secretariat=others[1])
    place = the_cast.an_institution("ar-programme")
    paula = the_cast.an_officer("paula", place, members.Role.NATIONAL_FOCAL_POINT)
    version_comes(others[1])
    _desk(site, watched, "pt").sign_in(paula.email)
    for address in (
        "/support/ask",
        "/platform/protocol/reference/1.7", "/platform/protocol/reference/1.7/adopt",
        "/norms/search/?q=asistencia", "/norms/common-ground/?crime=smuggling",
        f"/platform/actions/{GAP.key}/propose",
    ):  # fmt: skip
        page.goto(f"{site}{address}")
        walk(page)
    assert watched.problems == []
    _without_a_mouse(page, site)
    for each in others:
        each.stop()


def _without_a_mouse(page: Page, site: str) -> None:
    """Pass over the bar, fill in a form, be refused, and come from the summary to the field."""
    page.goto(f"{site}/support/ask")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside: Any = page.evaluate("() => !!document.activeElement.closest('main')")
    assert inside, "the skip link leads past the bar"
    page.locator("main form button[type=submit]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    first = page.locator(".govuk-error-summary a").first
    expect(first).to_be_visible()
    aim = (first.get_attribute("href") or "").removeprefix("#")
    first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == aim


def test_a_page_on_which_the_order_is_another_one_is_found(page: Page) -> None:
    """So that the walk can fail."""
    page.set_content(
        "".join(f"<p><a href='#{n}' tabindex='{n}'>{n}</a></p>" for n in (1, 2, 3, 6, 5, 4))
    )
    with pytest.raises(AssertionError, match="instead of"):
        walk(page)
    page.set_content(
        "<style>a {outline: none !important}</style>"
        + "".join(f"<p><a href='#{n}'>{n}</a></p>" for n in range(6))
    )
    with pytest.raises(AssertionError, match="not seen"):
        walk(page)
