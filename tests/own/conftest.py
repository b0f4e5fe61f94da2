"""The person concerned, an officer, and a browser that nobody signed in to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.members import api as members
from ayni.own import api as own
from tests.cases.stories import a_case
from tests.cast import Cast

FOR_HER = own.NewCode(given_to="person", agreed=True, safe=True)
ADDRESS = "192.0.2.7"


@dataclass(frozen=True, slots=True)
class Story:
    """Ana's case of Rosa, and the paper that Rosa was given."""

    ana: Actor
    case: cases.Case
    given: own.Given


@pytest.fixture
def ana(cast: Cast) -> Iterator[Actor]:
    by = members.actor_of(cast.ana)
    with members.acting(by.institution):
        yield by


@pytest.fixture
def story(ana: Actor) -> Story:
    case = a_case(ana)
    return Story(ana, case, own.give_code(by=ana, case_id=case.id, new=FOR_HER))


def entered(number: str, address: str = ADDRESS) -> own.Visiting:
    """A visit with a fresh form."""
    return own.enter(address=address, number=number, form=own.new_form())


class Device:
    """Any browser; it sends what the form of the last page carries."""

    def __init__(self, language: str = "es") -> None:
        self.client = Client(headers={"host": "ar.localhost"})
        self.at = f"/own/{language}/"
        self.last = self.client.get(self.at)

    def text(self) -> str:
        return str(self.last.content.decode())

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', self.text())
        assert found is not None, f"no {name} in the page"
        return found[1]

    def send(self, **sent: str) -> Device:
        self.last = self.client.post(self.at, sent)
        return self

    def write(self, number: str) -> Device:
        return self.send(number=number, form=self.hidden("form"))

    def show(self, part: str) -> Device:
        return self.send(ticket=self.hidden("ticket"), show=part)
