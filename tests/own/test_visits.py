"""A visit: it shows what is written down, leaves no trace, and gives nothing away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.own import api as own
from ayni.own.guessing import TRIES
from tests.own.conftest import Device, Story, entered

WRONG = "0000-0000-0000"


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_she_reads_what_is_written_down_about_her(story: Story, language: str) -> None:
    text = Device(language).write(story.given.opens.lower()).show("written").text()

    for told in ("Rosa", "Inventada", "Invented narrative.", story.case.reference, "ar-programme"):
        assert told in text
    assert ("Bolívia" if language == "pt" else "Bolivia") in text
    assert 'lang="pt-br"' in text or language != "pt"


def test_she_reads_what_she_answered_about_her_situation(story: Story) -> None:
    cases.correct_told(
        by=story.ana, case_id=story.case.id, version=story.case.version, told={},
        answers={"pregnant": "person", "disability": "not_so"},
    )  # fmt: skip
    text = Device().write(story.given.opens).show("written").text()

    assert "Embarazada, o sola con niños pequeños" in text
    assert "Sí: lo dice la persona" in text
    assert "No: lo dice la persona" in text


def test_words_for_safe_contact_are_never_shown(story: Story) -> None:
    row = cases.case_for(by=story.ana, case_id=story.case.id)
    secret = {"method": "call", "hours": "9-12", "safe_word": "lapacho", "our_word": "ceibo"}
    cases.correct_person(
        by=story.ana,
        person_id=row.person_id,
        version=row.person.version,
        details={"contact": secret},
    )
    text = Device().write(story.given.opens).show("written").text()

    assert "9-12" in text
    assert "lapacho" not in text
    assert "ceibo" not in text


def test_the_harmless_number_shows_nothing_of_her(story: Story) -> None:
    device = Device().write(story.given.harmless)
    text = device.text()

    assert device.last.status_code == 200
    for secret in (story.case.reference, "Rosa", "ar-programme", 'name="show" value="written"'):
        assert secret not in text
    device.show("written")
    assert device.last.status_code == 422
    assert "Rosa" not in device.text()


def test_both_numbers_are_answered_alike(story: Story) -> None:
    answers, asked = [], []
    for number in (story.given.opens, story.given.harmless):
        device = Device()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            answers.append(device.write(number).last)
        asked.append([re.sub(r"'[^']*'|\b\d+\b", "?", q["sql"]) for q in seen.captured_queries])
    own_page, harmless = answers

    assert own_page.status_code == harmless.status_code == 200
    assert dict(own_page.headers) == dict(harmless.headers)
    assert len(own_page.content) == len(harmless.content)
    assert [q.split(" ")[0] for q in asked[0]] == [q.split(" ")[0] for q in asked[1]]
    title = r"<title>\s*(.*?)\s*</title>"
    assert re.findall(title, own_page.content.decode()) == re.findall(
        title, harmless.content.decode()
    )


def test_the_audit_knows_which_number_was_written(story: Story) -> None:
    entered(story.given.opens)
    entered(story.given.harmless)
    left = Entry.objects.filter(verb="own.enter").order_by("number")

    assert [e.detail["shows"] for e in left] == ["own", "nothing"]
    assert {e.actor_kind for e in left} == {"person"}
    assert {e.subject for e in left} == {str(story.case.id)}


def test_no_page_leaves_a_trace(story: Story) -> None:
    device = Device()
    pages = [device.last]
    for step in (lambda: device.write(story.given.opens), lambda: device.show("written"),
                 lambda: device.show("start"), lambda: device.show("leave")):  # fmt: skip
        pages.append(step().last)

    titles = {re.search("<title>(.*?)</title>", p.content.decode(), re.S)[1] for p in pages}  # type: ignore[index]
    assert titles == {"Información – Ayni"}
    for page in pages:
        assert page.status_code == 200
        assert not page.cookies
        assert "no-store" in page["Cache-Control"]
        assert len(page.content) <= 30_000
        text = page.content.decode()
        assert 'href="https://es.wikipedia.org/" role="button"' in text
        assert "trata" not in text
        assert not re.search(r'(href|action|formaction)="[^"]*\d', text.split("</head>")[1])


def test_going_back_shows_nothing(story: Story) -> None:
    device = Device()
    form = device.hidden("form")
    ticket = device.write(story.given.opens).hidden("ticket")
    device.show("written")
    with time_machine.travel(clock.now() + timedelta(seconds=3)):
        for sent in ({"ticket": ticket, "show": "written"},
                     {"number": story.given.opens, "form": form}):  # fmt: skip
            device.send(**sent)
            assert device.last.status_code == 422
            assert "Rosa" not in device.text()
            assert story.given.opens not in device.text()


def test_after_leaving_the_first_form_opens_nothing(story: Story) -> None:
    device = Device()
    form = device.hidden("form")
    device.write(story.given.opens).show("leave")
    for later in (timedelta(), timedelta(minutes=11), timedelta(minutes=31)):
        with time_machine.travel(clock.now() + later):
            device.send(number=story.given.opens, form=form)
            assert device.last.status_code == 422


def test_a_double_click_is_no_going_back(story: Story) -> None:
    device = Device().write(story.given.opens)
    ticket = device.hidden("ticket")
    device.send(ticket=ticket, show="written")
    device.send(ticket=ticket, show="written")

    assert "Rosa" in device.text()
    assert "Rosa" in device.show("written").text()


def test_a_visit_ends_by_itself(story: Story) -> None:
    ticket = entered(story.given.opens).ticket
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        with pytest.raises(own.VisitOver):
            own.go_on(ticket=ticket, part="written")


def test_wrong_numbers_are_slowed_down_for_one_place_only(story: Story) -> None:
    for _ in range(TRIES):
        with pytest.raises(own.UnknownNumber):
            entered(WRONG, "192.0.2.66")
    with pytest.raises(own.TooManyTries):
        entered(story.given.opens, "192.0.2.66")

    assert entered(story.given.opens, "192.0.2.67").case_id == story.case.id
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        assert entered(story.given.opens, "192.0.2.66").case_id == story.case.id


@pytest.mark.parametrize("sent", [
    {}, {"number": ""}, {"number": "x" * 500}, {"number": "'; drop table"}, {"number": "\x00"},
    {"number": WRONG, "form": "forged"}, {"ticket": ""}, {"ticket": "\x00", "show": "written"},
    {"ticket": "x", "show": "everything"}, {"ticket": "x" * 9000, "show": "start"},
])  # fmt: skip
def test_what_nobody_should_send_gets_the_form_again(db: None, sent: dict[str, str]) -> None:
    device = Device().send(**sent)

    assert device.last.status_code == 422
    assert 'name="number"' in device.text()


def test_an_officer_cannot_read_as_the_person(story: Story) -> None:
    with pytest.raises(NotAllowed):
        own.written(by=story.ana)


def test_the_first_address_leads_to_the_language_of_the_browser() -> None:
    client = Device("en").client
    answer = client.get("/own/", headers={"accept-language": "pt-BR"})

    assert answer["Location"] == "/own/pt/"


def test_nothing_of_hers_is_read_without_her_institution(story: Story) -> None:
    person = entered(story.given.opens).person
    with members.acting(person.institution):
        assert own.written(by=person).reference == story.case.reference
