"""The call of a meeting is corrected until it is held, and what it said before stays visible."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette.models import Entry
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from tests.agenda.papers import a_pdf, taken_in
from tests.agenda.test_meetings import TEN, call, held, the
from tests.cast import enter

pytestmark = pytest.mark.django_db
SOON = timedelta(days=3)


def correct(by: Actor, key: str, **changed: Any) -> None:
    known: dict[str, Any] = {
        "title": "Plenario inventado", "items": ["Reglamento"], "after": the(key).stands.ref,
    }  # fmt: skip
    api.correct_call(by=by, key=key, **{**known, **changed})


def test_name_and_agenda_are_written_anew_and_every_node_is_told(saul: Actor) -> None:
    key = call(saul, begins=SOON)
    at = the(key).at

    correct(saul, key, title="Plenario (inventado)", items=["Reglamento", " Cifras ", ""])

    found = the(key)
    assert (found.key, found.title, found.items) == (
        key, "Plenario (inventado)", ("Reglamento", "Cifras"),
    )  # fmt: skip
    assert (found.at, found.place, found.phase) == (at, "La Paz", api.Phase.CALLED)
    assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 2
    assert audit.entries_of(verb="agenda.correct_call", limit=1)[0].subject == key


def test_what_it_said_before_is_listed_the_newest_first(saul: Actor) -> None:
    key = call(saul, begins=SOON)
    assert api.earlier_calls(the(key)) == []
    correct(saul, key, title="Otro")
    api.move_meeting(
        by=saul, key=key, at=the(key).at + SOON, place="Lima", reason="Sala (inventado)",
        after=the(key).stands.ref,
    )  # fmt: skip
    correct(saul, key, title="Otro", items=["Reglamento", "Cifras"])

    earlier = api.earlier_calls(the(key))
    assert [(each.title, each.items) for each in earlier] == [
        ("Otro", ("Reglamento",)), ("Plenario inventado", ("Reglamento",)),
    ]  # fmt: skip
    assert [(each.owner, each.version) for each in earlier] == [
        ("secretariat", 2), ("secretariat", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, api.SameCall),
        ({"items": ["", " "]}, api.ItemsNeeded),
        ({"items": [f"Punto {n}" for n in range(41)]}, api.AgendaFull),
        ({"title": "Escribir a rosa@example.org"}, api.NamesAPerson),
        ({"title": "Otro", "after": ""}, api.StandsOtherwise),
    ],
)
def test_what_cannot_be_meant_is_refused(
    saul: Actor, changed: dict[str, Any], error: type[Exception]
) -> None:
    key = call(saul, begins=SOON)
    before = Entry.objects.count()

    with pytest.raises(error):
        correct(saul, key, **changed)
    assert Entry.objects.count() == before


def test_once_it_is_held_or_cancelled_nothing_is_corrected(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN)
    with pytest.raises(api.AlreadyHeld):
        correct(saul, key, title="Otro")
    api.close_meeting(by=saul, key=key, after=the(key).stands.ref)
    with pytest.raises(api.AlreadyHeld):
        correct(saul, key, title="Otro")

    other = call(saul, "Segundo", begins=SOON)
    api.cancel_meeting(
        by=saul, key=other, reason="Sin fondos (inventado)", after=the(other).stands.ref
    )
    with pytest.raises(api.IsCancelled):
        correct(saul, other, title="Otro")


def test_only_who_writes_for_the_platform_corrects_it(saul: Actor) -> None:
    key = call(saul, begins=SOON)
    with pytest.raises(NotAllowed):
        correct(audit.peer("bo"), key, title="Otro")


def test_an_item_with_a_document_keeps_its_number(saul: Actor) -> None:
    key = call(saul, begins=SOON)
    correct(saul, key, items=["Reglamento", "Cifras"])
    api.attach_document(by=saul, key=key, item=2, title="Informe", file=taken_in(a_pdf()))

    with pytest.raises(api.ItemsNeeded):
        correct(saul, key, items=["Reglamento"])
    correct(saul, key, items=["Reglamento", "Cifras del año", "Varios"])
    assert the(key).items[1] == "Cifras del año"


def test_the_page_offers_it_shows_what_was_before_and_keeps_what_was_typed(
    saul: Actor, client: Client
) -> None:
    key = call(saul, begins=SOON)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    here = f"/platform/meetings/{key}"
    page = client.get(here).content.decode()
    assert f"{here}/correct" in page
    assert "What the call said before" not in page
    assert "Reglamento" in client.get(f"{here}/correct").content.decode()
    sent = {"title": "Plenario inventado", "items": "Reglamento\nCifras", "after": "secretariat:1"}
    assert client.post(f"{here}/correct", sent).status_code == 302

    page = client.get(here).content.decode()
    assert "What the call said before" in page
    assert "Technical secretariat, version 1" in page
    assert page.count("<li>Reglamento</li>") == 2
    stale = client.post(f"{here}/correct", {**sent, "items": "Lo mío"})
    shown = stale.content.decode()
    assert stale.status_code == 422
    assert "What stands now" in shown
    assert "Reglamento; Cifras" in shown
    assert "Lo mío" in shown
