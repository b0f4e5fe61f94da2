"""What the platform said of a common action holds, whatever its proposer publishes afterwards or
under the same number; and nobody keeps a gap for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from ayni.agenda import action_kinds, api
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib.errors import Stale
from ayni.members import api as members
from tests.agenda.stories import comes
from tests.agenda.test_actions import (
    BODY,
    FOCAL_POINT,
    GAP,
    PAGE,
    WRITTEN,
    a_meeting,
    propose,
    say,
    the,
)
from tests.cast import enter
from tests.exchange.peer import Peer

OTHER = {**BODY, "title": "Otra cosa", "why": "Otra", "carriers": ["ve"]}
LATER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rewritten": (OTHER, {}),
    "taken back": ({**BODY, "withdrawn": True, "reason": "Ya no"}, {}),
    "not valid": ({**OTHER, "carriers": []}, {}),
    "withdrawn": ({}, {"withdrawn": True}),
    "of another form": ({"title": "x"}, {}),
}


def adopted(bolivia: Peer, saul: Actor) -> None:
    """Bolivia's proposal, adopted in its first version."""
    key = a_meeting(saul)
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)
    say(saul, api.ActionStatus.ON_AGENDA, meeting=key)
    say(saul, api.ActionStatus.ADOPTED, meeting=key, decision=0)


def stands() -> tuple[str, str, tuple[str, ...], int, api.ActionStatus]:
    found = the()
    return found.title, found.why, found.carriers, found.number, found.status


@pytest.mark.parametrize("later", LATER)
def test_what_was_adopted_stays_as_it_was_adopted(
    secretariat_here: Peer, saul: Actor, later: str
) -> None:
    adopted(secretariat_here, saul)
    before = stands()
    body, more = LATER[later]
    comes(secretariat_here, action_kinds.ACTION, GAP.key, body, version=2, **more)

    assert stands() == before
    assert before[4] is api.ActionStatus.ADOPTED


@pytest.mark.parametrize("version", [1, 2])
def test_two_bodies_under_one_number_do_not_remove_what_was_adopted(
    secretariat_here: Peer, saul: Actor, version: int
) -> None:
    adopted(secretariat_here, saul)
    before = stands()
    for n in (1, 2):
        body = {**OTHER, "title": f"Otra {n}"}
        comes(secretariat_here, action_kinds.ACTION, GAP.key, body, version=version)

    assert stands() == before


def test_what_is_on_an_agenda_is_not_rewritten_there_but_can_be_taken_back(
    secretariat_here: Peer, saul: Actor
) -> None:
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    say(saul, api.ActionStatus.ON_AGENDA, meeting=a_meeting(saul))
    before = stands()
    comes(secretariat_here, action_kinds.ACTION, GAP.key, OTHER, version=2)
    assert stands() == before

    back = {**BODY, "withdrawn": True, "reason": "Ya no"}
    comes(secretariat_here, action_kinds.ACTION, GAP.key, back, version=3)
    assert the().status is api.ActionStatus.WITHDRAWN


def test_nothing_is_said_of_a_version_that_nobody_read(secretariat_here: Peer, saul: Actor) -> None:
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    comes(secretariat_here, action_kinds.ACTION, GAP.key, OTHER, version=2)
    word = api.ActionWord(api.ActionStatus.NOT_ADOPTED, reason="Falta presupuesto")

    for owner, number in (("bo", 1), ("secretariat", 2)):
        with pytest.raises(Stale):
            api.say_of_action(by=saul, gap=GAP, owner=owner, number=number, word=word, after="")
    assert the().status is api.ActionStatus.PROPOSED


def test_who_answers_a_text_that_was_changed_meanwhile_is_shown_it_and_keeps_her_words(
    secretariat_here: Peer, saul: Actor, client: Client
) -> None:
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    assert 'name="number" value="bo:1"' in client.get(f"{PAGE}/course").content.decode()
    comes(secretariat_here, action_kinds.ACTION, GAP.key, OTHER, version=2)
    sent = {"word": "not_adopted", "reason": "Mi porqué", "after": "", "number": "bo:1"}

    answer = client.post(f"{PAGE}/course", sent)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Someone else changed this while you were writing" in page
    assert "Bolivia: Otra cosa" in page
    assert "Mi porqué" in page
    assert 'name="number" value="bo:2"' in page
    assert client.post(f"{PAGE}/course", {**sent, "number": "bo:2"}).status_code == 302
    assert the().status is api.ActionStatus.NOT_ADOPTED


@pytest.mark.parametrize("how", ["not adopted", "taken back"])
def test_who_proposes_again_what_is_over_does_not_keep_others_out(
    officer: Callable[[members.Role], Actor], bolivia: Peer, secretariat: Peer, how: str
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY, at="1900-01-01T00:00:00Z")
    version = 2
    if how == "not adopted":
        course = {**WRITTEN, "number": 1, "word": "not_adopted", "meeting": "", "decision": "",
                  "reason": "No cabe"}  # fmt: skip
        comes(secretariat, action_kinds.COURSE, f"bo:{GAP.key}", course)
    else:
        back = {**BODY, "withdrawn": True, "reason": "Ya no"}
        comes(bolivia, action_kinds.ACTION, GAP.key, back, version=2)
        version = 3
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY, version=version)
    assert (the().owner, the().status) == ("bo", api.ActionStatus.PROPOSED)

    propose(officer(FOCAL_POINT))
    assert [each.owner for each in api.proposals_for(GAP, api.presidencies())] == ["ar", "bo"]
    with pytest.raises(api.AlreadyProposed):
        propose(officer(FOCAL_POINT))


def course_comes(secretariat: Peer, **said: Any) -> None:
    """The platform puts version 1 of Bolivia's proposal on an agenda."""
    body = {**WRITTEN, "number": 1, "word": "on_agenda", "meeting": "2026-01-01-plenario",
            "decision": "", "reason": "", **said}  # fmt: skip
    comes(secretariat, action_kinds.COURSE, f"bo:{GAP.key}", body)


def texts_of_bolivia() -> dict[str, str]:
    """Title -> digest of every text that is here."""
    rows = gazette.history(owner="bo", kind=action_kinds.ACTION, key=GAP.key)
    return {each.said.body["title"]: each.digest for each in rows}


@pytest.mark.parametrize("meant", [BODY["title"], OTHER["title"]])
def test_of_two_texts_under_one_number_the_one_that_the_platform_read_is_shown(
    bolivia: Peer, secretariat: Peer, meant: str
) -> None:
    for body in (OTHER, BODY):  # in another order than on the platform's node
        comes(bolivia, action_kinds.ACTION, GAP.key, body)
    course_comes(secretariat, digest=texts_of_bolivia()[meant])

    found = the()
    assert (found.title, found.status, found.named) == (
        meant, api.ActionStatus.ON_AGENDA, api.Named.TEXT
    )  # fmt: skip


def test_what_the_platform_says_carries_the_digest_of_the_text_that_it_read(
    secretariat_here: Peer, saul: Actor
) -> None:
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    say(saul, api.ActionStatus.ON_AGENDA, meeting=a_meeting(saul))

    [course] = gazette.current(kind=action_kinds.COURSE)
    assert course.said.body["digest"] == texts_of_bolivia()[BODY["title"]]


def test_what_was_said_by_number_alone_stays_readable_and_is_shown_as_such(
    officer: Callable[[members.Role], Actor], bolivia: Peer, secretariat: Peer, client: Client
) -> None:
    for body in (BODY, OTHER):
        comes(bolivia, action_kinds.ACTION, GAP.key, body)
    course_comes(secretariat)
    enter(client, members.user(officer(FOCAL_POINT).id))
    client.cookies["ayni_ar_language"] = "en"

    texts = texts_of_bolivia()
    meant = min(texts, key=lambda title: texts[title])  # whichever came first
    assert (the().title, the().status) == (meant, api.ActionStatus.ON_AGENDA)
    assert "by its number alone, as it was done before" in client.get(PAGE).content.decode()


def test_what_the_platform_says_of_a_text_that_is_not_here_is_said_of_no_other(
    officer: Callable[[members.Role], Actor], bolivia: Peer, secretariat: Peer, client: Client
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, OTHER)
    course_comes(secretariat, digest="0" * 64)
    enter(client, members.user(officer(FOCAL_POINT).id))
    client.cookies["ayni_ar_language"] = "en"

    assert (the().title, the().status) == (OTHER["title"], api.ActionStatus.PROPOSED)
    assert "another text that came under the same number" in client.get(PAGE).content.decode()
