"""A decision is corrected while the minutes are open, with a reason; what it said before stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client

from ayni.agenda import action_kinds, api
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette.models import Entry
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from tests.agenda.stories import comes
from tests.agenda.test_actions import BODY, GAP, a_meeting, say
from tests.agenda.test_meetings import TEN, call, decide, held, the
from tests.agenda.test_minutes import a_commitment, said
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
FIRST = "Se aprueba (inventado)"
NOW = "Se aprueba el manual (inventado)"


def decided(by: Actor, **changed: Any) -> str:
    """A meeting of ten states with one decision; its key."""
    key = call(by)
    held(by, key, TEN)
    decide(by, key, **changed)
    return key


def correct(by: Actor, key: str, **changed: Any) -> None:
    known: dict[str, Any] = {
        "text": NOW, "objections": (), "reservations": (), "reserved": "",
        "number": 1, "reason": "Faltaba el nombre (inventado)", "after": the(key).stands.ref,
    } | changed  # fmt: skip
    names = ("text", "objections", "reservations", "reserved")
    decision = api.Decision(**{name: known.pop(name) for name in names})
    api.correct_decision(by=by, key=key, decision=decision, **known)


def test_it_says_something_else_and_keeps_what_it_said_why_and_when(saul: Actor) -> None:
    key = decided(saul)
    decide(saul, key, text="Otra (inventada)")

    correct(saul, key)
    correct(saul, key, objections=(TEN[2],), reason="Hubo una objeción (inventado)")

    first, second = the(key).decisions
    assert (first.text, first.adopted, second.text) == (NOW, False, "Otra (inventada)")
    assert [(e.said.text, e.said.adopted, e.reason) for e in first.earlier] == [
        (FIRST, True, "Faltaba el nombre (inventado)"),
        (NOW, True, "Hubo una objeción (inventado)"),
    ]
    assert first.earlier[0].at <= first.earlier[1].at
    assert second.earlier == ()
    assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 6
    assert audit.entries_of(verb="agenda.correct_decision", limit=1)[0].subject == key


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_the_minutes_say_both_in_each_language(saul: Actor, language: str) -> None:
    key = decided(saul, reservations=(TEN[0],), reserved="Su ley (inventado)")
    correct(saul, key, objections=(TEN[1],))

    (told,) = said(key, language)["decisions"]  # type: ignore[misc]
    stands = {"en": "Not adopted", "es": "No adoptada", "pt-br": "Não adotada"}[language]
    before = {"en": "Adopted by", "es": "Adoptada por", "pt-br": "Adotada por"}[language]
    assert told["text"] == NOW  # type: ignore[has-type]
    assert told["outcome"].startswith(stands)  # type: ignore[has-type]
    line = told["lines"][-1]  # type: ignore[has-type]
    for part in (FIRST, before, "Su ley (inventado)", "Faltaba el nombre (inventado)"):
        assert part in line
    reason = {"en": "Reason", "es": "Motivo", "pt-br": "Motivo"}[language]
    assert f"Su ley (inventado). {reason}: " in line
    api.minutes_pdf(
        the(key), caller="secretariat", short=None, commitments=[], documents=[], language=language
    )


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"text": FIRST}, api.SameDecision),
        ({"reason": " "}, api.WhyNeeded),
        ({"number": 0}, NotFound),
        ({"number": 2}, NotFound),
        ({"text": "Escribir a rosa@example.org"}, api.NamesAPerson),
        ({"reason": "Escribir a rosa@example.org"}, api.NamesAPerson),
        ({"objections": ("bo",), "reservations": ("bo",)}, api.ObjectsAndReserves),
        ({"after": ""}, api.StandsOtherwise),
    ],
)
def test_what_cannot_be_meant_is_refused(
    saul: Actor, changed: dict[str, Any], error: type[Exception]
) -> None:
    key = decided(saul)
    before = Entry.objects.count()

    with pytest.raises(error):
        correct(saul, key, **changed)
    assert Entry.objects.count() == before


def test_final_minutes_are_opened_again_first(saul: Actor) -> None:
    key = decided(saul)
    api.close_meeting(by=saul, key=key, after=the(key).stands.ref)
    with pytest.raises(api.MinutesClosed):
        correct(saul, key)

    api.reopen_meeting(by=saul, key=key, reason="Un error", after=the(key).stands.ref)
    correct(saul, key)

    assert the(key).decisions[0].text == NOW


def test_only_who_writes_for_the_platform_corrects_it(saul: Actor) -> None:
    key = decided(saul)
    with pytest.raises(NotAllowed):
        correct(audit.peer("bo"), key)


def _rests(by: Actor, key: str, *, decision: int, title: str) -> None:
    a_commitment(by, key)
    known = api.presidencies()
    (made,) = api.commitments(date(2031, 1, 1), known)
    told = replace(made.said, title=title, decision=decision)
    api.set_commitment(by=by, key=made.key, said=told, after=made.stands.ref)


@pytest.mark.parametrize(("decision", "title"), [(1, "Manual"), (0, FIRST)])
def test_one_of_which_a_commitment_was_made_stays_as_it_is(
    saul: Actor, decision: int, title: str
) -> None:
    key = decided(saul)
    decide(saul, key, text="Otra (inventada)")
    _rests(saul, key, decision=decision, title=title)

    with pytest.raises(api.DecisionRests):
        correct(saul, key)
    correct(saul, key, number=2)

    assert [each.text for each in the(key).decisions] == [FIRST, NOW]


def test_one_by_which_a_common_action_was_adopted_stays_as_it_is(
    secretariat_here: Peer, saul: Actor
) -> None:
    key = a_meeting(saul)
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    say(saul, api.ActionStatus.ON_AGENDA, meeting=key)
    say(saul, api.ActionStatus.ADOPTED, meeting=key, decision=0)

    with pytest.raises(api.DecisionRests):
        correct(saul, key)
    correct(saul, key, number=2)


def test_an_older_entry_is_of_the_same_form_until_something_is_corrected(saul: Actor) -> None:
    key = decided(saul)
    version = the(key).stands.version
    assert version is not None
    assert set(version.body["decisions"][0]) == {"text", "objections", "reservations", "reserved"}


def test_the_page_offers_it_shows_what_was_before_and_keeps_what_was_typed(
    saul: Actor, client: Client
) -> None:
    key = decided(saul)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    here = f"/platform/meetings/{key}"
    link = f"{here}/decisions/1"
    assert link in client.get(here).content.decode()
    assert FIRST in client.get(link).content.decode()
    assert client.get(f"{here}/decisions/2").status_code == 302
    sent = {"text": NOW, "reason": "Faltaba el nombre", "after": the(key).stands.ref}
    assert client.post(link, {**sent, "reason": ""}).status_code == 422
    assert client.post(link, sent).status_code == 302

    page = client.get(here).content.decode()
    assert NOW in page
    assert f"Before it said: “{FIRST}” Adopted by consensus." in page
    stale = client.post(link, {**sent, "text": "Lo mío"})
    assert stale.status_code == 422
    assert "Lo mío" in stale.content.decode()

    _rests(saul, key, decision=1, title="Manual")
    page = client.get(here).content.decode()
    assert link not in page
    assert "rests on it, so it stays as it is" in page
