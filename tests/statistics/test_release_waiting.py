"""Whoever has to act on a release is told: on the first page and by the reminder."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail

from ayni.audit.api import Actor
from ayni.desk import reminders
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, ReleaseAct
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    Office,
    accepted,
    an_office,
    browser,
    checked,
    proposed,
    tallied,
)

pytest.importorskip("scipy", reason="releases need the extra observatory")
SEX = Declared(tables=(("sex",),), years=(2022, 2023))
MORNING = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


def first_page(by: Actor, language: str = "en") -> str:
    return html.unescape(browser(by, language).get("/").content.decode())


def reminded() -> set[str]:
    mail.outbox.clear()
    with time_machine.travel(MORNING, tick=False):
        reminders.remind(now=MORNING)
    return {to for message in mail.outbox for to in message.to}


def test_what_waits_for_a_second_person_stands_on_her_first_page_and_on_no_other(
    office: Office,
) -> None:
    row = statistics.propose_release(
        by=office.eva, source="linea145", population="linea145_victims", declared=SEX
    )
    assert str(row.id) not in first_page(office.mario)  # the machine has still to look
    row = checked(row.id)
    for language, said in (
        ("en", "Waits to be reviewed"), ("es", "Espera la revisión"), ("pt-br", "Espera a revisão"),
    ):  # fmt: skip
        told = first_page(office.mario, language)
        assert said in told
        assert f"/statistics/releases/{row.id}" in told
    assert str(row.id) not in first_page(office.eva)
    assert not statistics.releases_waiting(by=office.fede)
    accepted(office.mario, row)
    assert "Waits to be published" in first_page(office.mario)
    assert str(row.id) not in first_page(office.eva)
    statistics.publish_release(by=office.mario, release_id=row.id)
    assert str(row.id) not in first_page(office.mario)


def test_the_reminder_goes_to_whoever_may_act_and_did_not_propose(office: Office) -> None:
    eva, mario = (members.user(each.id).email for each in (office.eva, office.mario))
    assert not {eva, mario} & reminded()
    row = proposed(office.eva, SEX)
    (waiting,) = statistics.releases_waiting(by=office.mario)
    assert (waiting.release.id, waiting.act) == (row.id, ReleaseAct.ACCEPT)
    assert {eva, mario} & reminded() == {mario}


def test_the_first_page_of_a_statistician_leads_to_the_releases(office: Office) -> None:
    assert 'href="/statistics/releases"' in first_page(office.eva)
    assert 'href="/statistics/releases"' not in first_page(office.fede)
