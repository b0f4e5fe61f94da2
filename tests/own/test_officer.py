"""The officer's page: the paper is made, printed and ended."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ayni.own import api as own
from tests.cast import Cast, enter
from tests.own.conftest import Story, entered

SAID = {"agreed": "on", "safe": "on", "given_to": "person", "language": "pt", "days": "30"}
NUMBER = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])")


@pytest.fixture
def officer(cast: Cast) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, cast.ana)
    return client


def test_the_paper_is_in_her_language_and_names_nobody(officer: Client, story: Story) -> None:
    answer = officer.post(f"/own/cases/{story.case.id}/code", SAID)
    text = answer.content.decode()
    paper = text[text.index('<div lang="pt-br">') : text.index("</main>")]
    numbers = NUMBER.findall(paper)

    assert "Abra este endereço" in paper
    assert "http://ar.localhost/own/pt/" in paper
    assert story.case.reference not in paper
    assert "no-store" in answer["Cache-Control"]
    assert sorted(entered(number).harmless for number in numbers) == [False, True]
    told = re.search(r"<strong>([AB])</strong> abre su", text)
    assert told is not None
    assert entered(numbers["AB".index(told[1])]).harmless is False


def test_which_number_comes_first_is_drawn_by_lot(officer: Client, story: Story) -> None:
    first = set()
    for _ in range(40):
        text = officer.post(f"/own/cases/{story.case.id}/code", SAID).content.decode()
        first.add(re.search(r"<strong>([AB])</strong> abre su", text)[1])  # type: ignore[index]

    assert first == {"A", "B"}


def test_the_safe_contact_stands_above_the_form(officer: Client, story: Story) -> None:
    text = officer.get(f"/own/cases/{story.case.id}/code").content.decode()

    assert text.index("contactar") < text.index('name="agreed"')


def test_without_her_will_no_paper_is_made(officer: Client, story: Story) -> None:
    answer = officer.post(f"/own/cases/{story.case.id}/code", {**SAID, "agreed": ""})

    assert answer.status_code == 422
    assert not NUMBER.findall(answer.content.decode())
    assert entered(story.given.opens)


def test_an_officer_ends_the_code(officer: Client, story: Story) -> None:
    assert officer.post(f"/own/cases/{story.case.id}/code", {"end": "yes"}).status_code == 302
    with pytest.raises(own.UnknownNumber):
        entered(story.given.opens)


def test_the_page_of_the_case_leads_to_it(officer: Client, story: Story) -> None:
    assert (
        f"/own/cases/{story.case.id}/code"
        in officer.get(f"/cases/{story.case.id}").content.decode()
    )
