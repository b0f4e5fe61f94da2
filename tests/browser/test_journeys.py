"""A travel plan in Chromium: written, answered, somebody did not arrive; and as she reads it; in
three languages at two widths, checked by axe."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import expect

from ayni.audit.api import Actor
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.own import api as own
from ayni.returns import api as returns
from ayni.returns.models import Assessment, TravelPlan
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node
from tests.exchange.peer import Peer
from tests.own.conftest import FOR_HER
from tests.returns.journeys import AGREED, a_plan_of_theirs, planned, they_accept, two_yes
from tests.returns.stories import DAY, a_shared_case, they_propose


def _prepared(ana: Actor, place: object, bolivia: Peer) -> tuple[Assessment, TravelPlan]:
    """Two yes of ours without a plan, and a plan of theirs."""
    with members.acting(place):  # type: ignore[arg-type]
        seen = two_yes(ana, bolivia)
        case = a_shared_case(ana, bolivia, consent=AGREED)
        about = Referral.objects.get(case=case).conversation
        they_propose(bolivia, secrets.token_hex(16), about, clock.now() + 7 * DAY)
        (waits,) = returns.assessments_waiting(by=ana)
        returns.sign(by=ana, assessment_id=waits.id, answer="yes")
        a_plan_of_theirs(bolivia, Assessment.objects.get(id=waits.id), 2)
        return seen, TravelPlan.objects.get(direction="in")


def _written(desk: Desk) -> None:
    day = clock.now() + 3 * DAY
    for name, at in (("departs_at", "09:30"), ("arrives_at", "14:10")):
        desk.fill(**{
            f"{name}_day": str(day.day), f"{name}_month": str(day.month),
            f"{name}_year": str(day.year), f"{name}_time": at,
        })  # fmt: skip
    desk.page.locator("main [name=voluntary]").check()
    desk.fill(
        from_place="Terminal inventada", to_place="Aeropuerto inventado",
        carrier="Empresa inventada 12", escort="Una trabajadora social", needs="food",
        met_by="Consulado inventado", met_office="Llegadas, puerta 2", avoid="press",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_plan_on_both_sides(
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
        picture(page, f"journey-{language}-{name}")

    with bolivias_node() as bolivia:
        seen, theirs = _prepared(ana, cast.programme.id, bolivia)
        desk.sign_in(cast.ana.email)
        page.goto(f"{site}/returns/{seen.id}")
        check("two-yes")
        page.locator("main a[href$='/plan']").click()
        desk.send()  # nothing written
        check("missing")
        _written(desk)
        desk.send()
        check("sent")
        with members.acting(cast.programme.id):
            exchange.drain(peer="bo")
            ours = TravelPlan.objects.get(direction="out")
            they_accept(bolivia, ours)
        page.reload()
        expect(page.locator("main .govuk-tag--green")).to_have_count(1)
        check("accepted")
        page.goto(f"{site}/returns/plans/{theirs.id}/answer")
        check("answer")
        desk.fill(answer="accept")
        desk.send()
        expect(page.locator("main .govuk-tag--green")).to_have_count(1)
        page.goto(f"{site}/returns/plans/{theirs.id}/arrival")
        check("arrival")
        with members.acting(cast.programme.id):
            now = clock.now()
            TravelPlan.objects.filter(id=theirs.id).update(
                departs_at=now - 2 * DAY, arrives_at=now - DAY
            )
        desk.fill(arrival="not_arrived")
        desk.send()
        expect(page.locator("main .govuk-tag--red")).to_have_count(1)
        check("not-arrived")
        page.goto(f"{site}/returns/")
        check("list")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_plan_as_she_reads_it(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    """Told in each language: what her number opened is refused two seconds later."""
    cast, page = the_cast.assemble(), watched.page
    ana = members.actor_of(cast.ana)
    with bolivias_node() as bolivia, members.acting(cast.programme.id):
        plan = planned(ana, two_yes(ana, bolivia), met_office="Llegadas, puerta 2")
        exchange.drain(peer="bo")
        assert they_accept(bolivia, plan) == "applied"
        given = own.give_code(by=ana, case_id=plan.case_id, new=FOR_HER)
    page.goto(f"{site}/own/{LANGUAGES[language][:2]}/")
    page.locator("input[name=number]").fill(given.opens)
    page.locator("main button[type=submit]").click()
    page.locator("button[name=show][value=journey]").click()
    expect(page.locator("main")).to_contain_text("Llegadas, puerta 2")
    axe(page)
    picture(page, f"journey-{language}-her-page")
    assert watched.problems == []
