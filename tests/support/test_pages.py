"""Pages of support: who may what, and bad input that is given back with its reason."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from ayni.audit.api import Actor
from ayni.desk import reminders
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.support import api as support
from ayni.support.standing import Kind
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.gazette.notices import an_entry, arrive
from tests.support import stories
from tests.support.stories import KEY, again, asked, they_accept, they_ask, they_offer

ASK = {
    "what": "interpreter",
    "country": "ar",
    "city": "Salta",
    "language": "qu",
    "text": "Dos horas, una entrevista.",
}


@pytest.fixture
def browser(client: Client, paula: Actor) -> Client:
    """Paula's, in English."""
    client.cookies["ayni_ar_language"] = "en"
    enter(client, stories.paula())
    return client


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


def test_a_need_is_asked_by_a_form_and_stands_in_the_list(browser: Client) -> None:
    answer = browser.post("/support/ask", {**ASK, "key": "b" * 16}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/support/ar/{'b' * 16}"
    assert "Asked: nobody has offered yet" in text(answer)
    page = text(browser.get("/support/"))
    assert "Interpreter: Quechua, Salta, Argentina" in page
    assert "Any other state" in page


def test_a_form_sent_twice_asks_once_and_says_so(browser: Client) -> None:
    for _ in range(2):
        answer = browser.post("/support/ask", {**ASK, "key": "b" * 16}, follow=True)
    assert len(support.needs()) == 1
    assert "This was sent already" in text(answer)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"text": "Para Rosa Inventada Mamani"}, "“Rosa Inventada Mamani” (a name)"),
        ({"text": "CI 4.567.890"}, "(the number of a document or telephone)"),
        ({"text": "x@example.org"}, "(an address or account)"),
        ({"text": "x" * 281}, "at most 280 characters"),
        ({"city": ""}, "Say in which city"),
        ({"language": ""}, "Say in which city"),
        ({"what": "gold"}, "Select a valid choice"),
        ({"country": "fr"}, "Select a valid choice"),
        (
            {"until_day": "31", "until_month": "2", "until_year": "2027"},
            "There is no such day in the calendar.",
        ),
        ({"until_day": "1", "until_month": "1", "until_year": "2020"}, "That day is over"),
    ],
)
def test_bad_input_is_given_back_with_its_reason(
    browser: Client, wrong: dict[str, str], why: str
) -> None:
    sent = {**ASK, "key": "b" * 16, **wrong}
    answer = browser.post("/support/ask", sent)
    assert answer.status_code == 422
    page = text(answer)
    assert why in page
    assert sent["text"] in page
    assert 'value="' + "b" * 16 + '"' in page
    assert support.needs() == {}


def test_what_looks_like_a_name_passes_when_the_author_says_that_nobody_is_meant(
    browser: Client,
) -> None:
    sent = {**ASK, "text": "En el Paraje Los Blancos Altos", "nobody_meant": "on"}
    assert browser.post("/support/ask", sent).status_code == 302


def test_a_stale_change_is_shown_to_its_author_and_nothing_is_lost(
    browser: Client, paula: Actor
) -> None:
    need = stories.ask(paula)
    support.change_need(by=paula, key=need.key, asked=asked(city="Jujuy"), seen=1)
    to = f"/support/ar/{need.key}/change"
    mine = {**ASK, "city": "Orán", "text": "Tres horas.", "seen": "1"}
    answer = browser.post(to, mine)
    page = text(answer)
    assert answer.status_code == 422
    assert "Somebody published another version meanwhile" in page
    assert "Jujuy" in page
    assert "Tres horas." in page
    assert again(need).body["city"] == "Jujuy"
    # What stands now was seen: sent again on purpose.
    assert 'name="seen" value="2"' in page
    assert browser.post(to, {**mine, "seen": "2"}).status_code == 302
    assert again(need).body["city"] == "Orán"


def test_an_offer_for_what_was_closed_meanwhile_is_given_back(
    browser: Client, bolivia: Peer
) -> None:
    they_ask(bolivia)
    now = clock.isoformat(clock.now())
    they_ask(bolivia, 2, asked_at=now, closed={"at": now, "reason": "met_otherwise"})
    sent = {"text": "Una plaza en La Quiaca.", "seen": "0", "need_terms": "1"}
    answer = browser.post(f"/support/bo/{KEY}/offer", sent)
    assert answer.status_code == 422
    assert "Una plaza en La Quiaca." in text(answer)
    assert "This step is not possible now." in text(answer)


def test_a_changed_offer_is_not_accepted_by_a_button_of_before(
    browser: Client, paula: Actor, bolivia: Peer
) -> None:
    need = they_offer(bolivia, stories.ask(paula))
    they_offer(bolivia, need, 2, terms=2)
    answer = browser.post(f"/support/ar/{need.key}/accept/bo", {"seen": "1", "terms": "1"})
    assert answer.status_code == 409
    assert "Nothing was accepted" in text(answer)
    assert browser.post(f"/support/ar/{need.key}/accept/bo").status_code == 409  # not whole
    answer = browser.post(f"/support/ar/{need.key}/accept/bo", {"seen": "1", "terms": "2"})
    assert answer.status_code == 302
    assert again(need).accepted == "bo"


def test_buttons_deliver_take_back_and_confirm(
    browser: Client, paula: Actor, bolivia: Peer
) -> None:
    they_ask(bolivia)
    to = f"/support/bo/{KEY}"
    sent = {"text": "Una plaza en La Quiaca.", "seen": "0", "need_terms": "1"}
    assert browser.post(f"{to}/offer", sent).status_code == 302
    assert browser.post(f"{to}/act/take_back", {"seen": "1"}).status_code == 302
    assert "It was taken back" in text(browser.get(to))
    assert browser.post(f"{to}/offer", {**sent, "seen": "2"}).status_code == 302
    they_accept(bolivia, terms=3)
    assert "We have delivered" in text(browser.get(to))
    assert browser.post(f"{to}/act/deliver", {"seen": "3"}).status_code == 302
    assert support.need("bo", KEY).standing is support.Standing.DELIVERED
    assert browser.post(f"{to}/act/confirm", {"seen": "1"}).status_code == 409
    assert browser.post(f"{to}/act/gold", {"seen": "1"}).status_code == 404


def test_others_read_and_do_not_write(browser: Client, paula: Actor, bolivia: Peer) -> None:
    need = they_offer(bolivia, stories.ask(paula))
    enter(browser, an_officer("ana", an_institution("ar-programme")))
    page = text(browser.get(f"/support/ar/{need.key}"))
    assert "Intérprete del Consulado General." in page
    assert "<button" not in page.split("<main")[1].split("</main>")[0]
    for name in ("change", "close"):
        assert browser.get(f"/support/ar/{need.key}/{name}").status_code == 403
    assert browser.get("/support/ask").status_code == 403


def test_a_text_from_elsewhere_with_a_telephone_in_it_is_not_shown(
    browser: Client, bolivia: Peer
) -> None:
    they_ask(bolivia, text="Llamar al 71234567")
    page = text(browser.get(f"/support/bo/{KEY}"))
    assert "71234567" not in page
    assert "Not shown" in page
    assert "71234567" not in text(browser.get("/published/"))


def test_what_is_late_stands_on_the_first_page_of_the_focal_point(
    browser: Client, paula: Actor, bolivia: Peer
) -> None:
    need = they_offer(bolivia, stories.ask(paula))
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=1)
    assert need.key not in text(browser.get("/"))
    with time_machine.travel(clock.now() + stories.FIVE_DAYS):
        enter(browser, stories.paula())
        page = text(browser.get("/"))
        assert need.key in page
        assert "Overdue" in page
        assert "Overdue since" in text(browser.get(f"/support/ar/{need.key}"))


def test_what_does_not_count_is_told_with_its_owner(
    browser: Client, paula: Actor, bolivia: Peer
) -> None:
    they_offer(bolivia, stories.ask(paula), need_terms=0)
    page = text(browser.get("/support/"))
    assert "Came and does not count" in page
    assert "Bolivia: " in page


def test_a_kind_of_the_gazette_is_of_its_owner(paula: Actor) -> None:
    body = {"proposed": {}, "reminded": {}}
    with pytest.raises(gazette.NotItsOwner):
        gazette.publish(by=paula, kind="support.brokering", key=f"bo:{KEY}", body=body, seen=0)


def test_a_focal_point_is_written_to_in_the_morning_when_support_waits(
    paula: Actor, bolivia: Peer, mailoutbox: list[Any]
) -> None:
    need = they_offer(bolivia, stories.ask(paula))
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=1)
    noon = clock.now().replace(hour=15, minute=0)
    reminders.remind(now=noon)
    assert mailoutbox == []
    reminders.remind(now=noon + stories.FIVE_DAYS)
    assert [mail.to for mail in mailoutbox] == [[stories.paula().email]]
    assert need.key not in mailoutbox[0].body


def test_of_what_does_not_count_a_page_shows_fifty_and_how_many_more(
    browser: Client, bolivia: Peer
) -> None:
    many = [
        an_entry(bolivia, kind=Kind.NEED.value, key=f"{n:016x}", body={"no": n}) for n in range(53)
    ]
    arrive(*many)
    page = text(browser.get("/support/"))

    assert page.count(f"<li>{members.state_name('bo')}: ") == 50
    assert "3 more are not shown here." in page
