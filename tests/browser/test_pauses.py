"""A pause in Chromium: asked for, answered, seen on every page that shows the clock, in three
languages at two widths, checked by axe."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node, shared_with
from tests.exchange.peer import Peer

DAY = timedelta(days=1)


def _a_request_whose_pause_is_asked(ana: Actor, bolivia: Peer) -> tuple[UUID, UUID]:
    """Bolivia asks for something in a shared case, and that its time stand still; the request and
    the case."""
    shared = shared_with(ana, bolivia, "host")
    conversation = secrets.token_hex(16)
    asks = {"step": "2.3", "matter": "prosecutor_intervenes", "about": shared.conversation}
    now = clock.now()
    pause = {
        "id": secrets.token_hex(16),
        "at": clock.isoformat(now),
        "reason": "awaiting_documents",
        "until": clock.isoformat(clock.hour_up(now) + 3 * DAY),
    }
    for number, (kind, told) in enumerate((("request.ask", asks), ("pause.ask", pause)), 1):
        raw = bolivia.seal(told, kind=kind, conversation=conversation, sequence=number)
        exchange.receive(raw=raw, signed_by="bo")
    row = cooperation.Request.objects.get(conversation=conversation)
    cooperation.accept_request(by=ana, request_id=row.id)
    assert row.case_id is not None
    return row.id, row.case_id


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_pause_is_answered_and_asked_for_and_seen(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    ana = members.actor_of(cast.ana)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"pause-{language}-{name}")

    with bolivias_node() as bolivia:
        with members.acting(cast.programme.id):
            request, case = _a_request_whose_pause_is_asked(ana, bolivia)
        desk.sign_in(cast.ana.email)
        page.goto(f"{site}/cooperation/")
        check("inbox")
        page.goto(f"{site}/cooperation/requests/{request}")
        check("asked")
        page.locator("main a[href*='/pause/']").click()
        desk.send()  # without an answer
        check("answer-missing")
        page.locator("main [value=agree]").check()
        check("answer")
        desk.send()
        expect(page.locator("main .govuk-tag--grey")).to_have_count(1)
        check("paused")
        page.locator("main a[href$='/pause']").click()
        page.locator("main [name=reason]").first.check()
        desk.send()  # without a day
        check("ask-missing")
        day = clock.now() + 10 * DAY
        for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
            page.locator(f"main [name=until_on_{part}]").fill(str(value))
        desk.send()
        check("asked-by-us")
        page.locator("main a[href$='/end']").click()
        desk.send()  # without a reason
        check("end-missing")
        page.locator("main [name=reason]").first.check()
        check("end")
        desk.send()
        expect(page.locator("main a[href$='/end']")).to_have_count(0)
        check("ended")
        page.goto(f"{site}/cases/{case}")
        expect(page.locator("main .govuk-tag--grey").first).to_be_visible()
        check("case")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_board_shows_what_stands_still(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    the_cast.assemble()
    place = the_cast.an_institution("ar-focal-point", kind="focal_point")
    focal = the_cast.an_officer("felipe", place, members.Role.NATIONAL_FOCAL_POINT)
    now = clock.hour_up(clock.now())
    for kind, still in (("request", now + 3 * DAY), ("referral", None)):
        cooperation.Clock.objects.create(
            owing="bo", owed="ar", kind=kind, noted_at=now - DAY, due_at=now - DAY / 24,
            paused_until=still,
        )  # fmt: skip
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(focal.email)
    page.goto(f"{site}/cooperation/clocks?state=bo")
    expect(page.locator("main .govuk-tag--grey").first).to_be_visible()
    axe(page)
    picture(page, f"pause-{language}-board")
