"""Sums over states in Chromium: Argentina's statistician takes part, looks at her numbers and gives
them; the secretariat declares, adds, tells and opens. In three languages, with axe."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked import masks, reading
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.statistics import sums_stories as stories
from tests.statistics.sums_stories import STATES, a_row, announces_share, declared_by, gives, says


def _desk(watched: Watched, site: str, language: str) -> Desk:
    watched.page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    return Desk(watched.page, site, lambda _name: None)


def in_days(name: str, days: int) -> dict[str, str]:
    """A date in three boxes."""
    day = clock.now().date() + timedelta(days=days)
    return {f"{name}_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_statistician_takes_part_and_gives(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, settings: Any
) -> None:
    settings.AYNI_SUM_COUNTS = "tests.statistics.sums_stories.counted"
    stories.now_counts(a_row(female_adult=7, male_child=1))
    desk, page = _desk(watched, site, language), watched.page

    def check(name: str) -> None:
        axe(page)
        picture(page, f"sums-{language}-{name}")

    for world in stories.found("ar"):
        digest = declared_by(world.secretariat)
        desk.sign_in("eva@ar-desk.example")
        check("home")
        page.locator(f"main a[href$='{digest}']").click()
        check("asked")
        page.locator("main a[href$='/decline']").click()
        check("decline")
        page.goto(f"{site}/statistics/sums/of/{digest}")
        page.locator("main a[href$='/take-part']").click()
        check("learns")
        desk.send()
        for peer in (world.bo, world.cl):
            says(peer, digest)
        page.reload()
        page.locator("main a[href$='/give']").click()
        check("counts")
        stories.now_counts(a_row(female_adult=8, male_child=1))
        desk.send()
        expect(page.locator("main .govuk-warning-text")).to_be_visible()
        check("changed")
        desk.send()
        expect(page.locator("main a[href$='/withdraw']")).to_be_visible()
        check("given")
        page.locator("main a[href$='/withdraw']").click()
        check("withdraw")
        for peer in (world.bo, world.cl):
            announces_share(peer, digest, masks.packed(a_row()))
        desk.send()
        expect(page.locator("main p.govuk-body-l")).to_be_visible()
        check("too-late")
        page.goto(f"{site}/statistics/sums/of/{digest}")
        check("all-given")
        page.goto(f"{site}/statistics/sums")
        check("list")
    # Numbers that changed and a part that is in the sum are answered with 422.
    assert [each for each in watched.problems if "422" not in each and "409" not in each] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_secretariat_declares_adds_and_tells(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, settings: Any
) -> None:
    settings.AYNI_NODE = members.SECRETARIAT
    desk, page = _desk(watched, site, language), watched.page

    def check(name: str) -> None:
        axe(page)
        picture(page, f"sums-office-{language}-{name}")

    for world in stories.found(members.SECRETARIAT):
        desk.sign_in(f"ines@{members.SECRETARIAT}-desk.example")
        page.goto(f"{site}/statistics/sums")
        check("none")
        page.locator("main a[href$='/declare']").click()
        check("declare")
        desk.send()
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        check("declare-mistakes")
        desk.fill(table=stories.TABLE)
        desk.send()
        desk.fill(first="2025", last="2025")
        check("declare-years")
        desk.send()
        for state in STATES:
            desk.fill(states=state)
        check("declare-states")
        desk.send()
        desk.fill(**in_days("answer_by", 10), **in_days("give_by", 20))
        check("declare-days")
        desk.send()
        check("declare-check")
        desk.send()
        expect(page.locator("main a[href$='/take-back']")).to_be_visible()
        (known,) = reading.known_rounds()
        check("declared")
        for peer in (world.ar, world.bo, world.cl):
            says(peer, known.digest)
        seeds = {frozenset(pair): masks.new_seed() for pair in itertools.combinations(STATES, 2)}
        gives(world.ar, known.digest, a_row(female_adult=7), seeds)
        gives(world.bo, known.digest, a_row(female_child=2), seeds)
        page.reload()
        check("parts")
        gives(world.cl, known.digest, a_row(male_adult=4), seeds)
        page.goto(f"{site}/")
        check("home")
        page.goto(f"{site}/statistics/sums/of/{known.digest}")
        page.locator("main form[action$='/tell'] button").click()
        check("told")
        page.context.clear_cookies()
        statistician = _desk(watched, site, language)
        statistician.sign_in(f"eva@{members.SECRETARIAT}-desk.example")
        page.goto(f"{site}/statistics/sums/of/{known.digest}/table")
        expect(page.locator("main table")).to_contain_text("13")
        check("table")
    assert [each for each in watched.problems if "422" not in each] == []
