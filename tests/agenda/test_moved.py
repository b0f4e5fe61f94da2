"""A meeting is moved or cancelled, its minutes closed and opened again; each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.agenda.meeting_kind import MEETING
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.stories import comes
from tests.agenda.test_meetings import TEN, call, decide, held, quorum, the
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db

LATER = datetime(2031, 3, 1, 14, tzinfo=UTC)


def move(
    by: Actor, key: str, reason: str = "Sala ocupada (inventado)", place: str = "Lima"
) -> None:
    api.move_meeting(
        by=by, key=key, at=LATER, place=place, reason=reason, after=the(key).stands.ref
    )


def cancel(by: Actor, key: str, reason: str = "Sin fondos (inventado)") -> None:
    api.cancel_meeting(by=by, key=key, reason=reason, after=the(key).stands.ref)


def test_a_moved_meeting_keeps_its_key_and_says_where_it_was_and_why(saul: Actor) -> None:
    key = call(saul)
    before = the(key).at

    move(saul, key)

    found = the(key)
    assert (found.key, found.at, found.place) == (key, LATER, "Lima")
    (change,) = found.changes
    assert (change.what, change.at, change.place) == (api.Step.MOVE, before, "La Paz")
    assert change.reason == "Sala ocupada (inventado)"
    assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 2


def test_a_meeting_is_not_moved_without_a_reason_nor_to_where_it_is(saul: Actor) -> None:
    key = call(saul)
    before = Entry.objects.count()

    with pytest.raises(api.WhyNeeded):
        move(saul, key, reason=" ")
    with pytest.raises(api.SameMoment):
        api.move_meeting(
            by=saul, key=key, at=the(key).at, place="La Paz ", reason="Inventado",
            after=the(key).stands.ref,
        )  # fmt: skip
    with pytest.raises(api.NamesAPerson):
        move(saul, key, reason="La Sra. Inventada no puede")
    assert Entry.objects.count() == before


def test_a_cancelled_meeting_is_shown_as_such_and_takes_nothing_more(saul: Actor) -> None:
    key = call(saul)
    cancel(saul, key)

    assert the(key).phase is api.Phase.CANCELLED
    for refused in (
        lambda: held(saul, key, TEN),
        lambda: move(saul, key),
        lambda: cancel(saul, key),
    ):
        with pytest.raises(api.IsCancelled):
            refused()
    (entry,) = gazette.current(kind=MEETING)
    assert entry.counts
    assert not api.can_step(the(key), api.Step.ATTEND, now=LATER)


def test_a_meeting_that_was_held_is_neither_moved_nor_cancelled(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN)

    with pytest.raises(api.AlreadyHeld):
        move(saul, key)
    with pytest.raises(api.AlreadyHeld):
        cancel(saul, key)


def test_closed_minutes_take_nothing_until_they_are_opened_again_with_a_reason(
    saul: Actor,
) -> None:
    key = call(saul)
    with pytest.raises(api.NotHeldYet):
        api.close_meeting(by=saul, key=key, after=the(key).stands.ref)
    held(saul, key, TEN)
    with pytest.raises(api.MinutesOpen):
        api.reopen_meeting(by=saul, key=key, reason="Error", after=the(key).stands.ref)
    api.close_meeting(by=saul, key=key, after=the(key).stands.ref)

    for refused in (lambda: decide(saul, key), lambda: held(saul, key, TEN)):
        with pytest.raises(api.MinutesClosed):
            refused()
    with pytest.raises(api.WhyNeeded):
        api.reopen_meeting(by=saul, key=key, reason="", after=the(key).stands.ref)
    api.reopen_meeting(by=saul, key=key, reason="Falta una decisión", after=the(key).stands.ref)
    decide(saul, key)
    api.close_meeting(by=saul, key=key, after=the(key).stands.ref)

    assert the(key).phase is api.Phase.CLOSED
    assert [each.what for each in the(key).changes] == [
        api.Step.CLOSE, api.Step.REOPEN, api.Step.CLOSE,
    ]  # fmt: skip


def test_the_rule_by_which_the_quorum_was_counted_stays_when_another_is_set(saul: Actor) -> None:
    quorum(saul, "6")
    key = call(saul)
    held(saul, key, TEN[:6])
    api.set_rule(
        by=saul, code="quorum", value="9", source="Acta nueva", mark="V", after="secretariat:1"
    )

    found = the(key)
    assert (found.quorum, found.rule) == (6, ("6", "Acta inventada"))
    assert found.quorate


def test_only_who_writes_the_platforms_text_moves_or_cancels(
    officer: Callable[[Role], Actor], secretariat: Peer
) -> None:
    with pytest.raises(api.NotPresiding):
        api.cancel_meeting(
            by=officer(Role.PRESIDENCY_OFFICER), key="2026-12-01-x", reason="Inventado", after=""
        )


BODY = {
    "after": "", "instead": "", "title": "Plenario inventado", "place": "",
    "at": "2025-12-01T15:00:00Z", "items": ["x"], "held": True, "present": TEN, "quorum": 10,
    "minutes": "", "decisions": [],
}  # fmt: skip
CANCELLED = {"what": "cancelled", "at": "2025-12-01T15:00:00Z", "place": "", "reason": "Inventado"}


def test_an_entry_of_a_meeting_that_is_held_and_cancelled_does_not_count(
    secretariat: Peer,
) -> None:
    comes(secretariat, MEETING, "2025-12-01-plenario", {**BODY, "changes": [CANCELLED]})

    assert api.all_meetings(api.presidencies()) == []
    assert not gazette.current(kind=MEETING)[0].counts


def test_a_meeting_published_before_meetings_could_be_moved_counts_as_before(
    secretariat: Peer,
) -> None:
    comes(secretariat, MEETING, "2025-12-01-plenario", BODY)

    (found,) = api.all_meetings(api.presidencies())
    assert (found.phase, found.changes, found.rule) == (api.Phase.HELD, (), None)


def test_every_node_shows_that_a_meeting_is_cancelled_and_why(
    secretariat: Peer, officer: Callable[[Role], Actor], client: Client
) -> None:
    told = {**BODY, "held": False, "present": [], "changes": [CANCELLED]}
    comes(secretariat, MEETING, "2025-12-01-plenario", told)
    focal = officer(Role.NATIONAL_FOCAL_POINT)
    enter(client, members.user(focal.id))
    client.cookies["ayni_ar_language"] = "en"

    for path in ("/platform/", "/platform/meetings/2025-12-01-plenario", "/published/"):
        shown = client.get(path).content.decode()
        assert "ancelled" in shown, path
        assert "Inventado" in shown, path


def test_a_page_that_is_sent_on_an_older_version_shows_what_stands_now(
    saul: Actor, client: Client
) -> None:
    key = call(saul)
    seen = the(key).stands.ref
    move(saul, key)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"

    sent = {"after": seen, "reason": "Sin fondos (inventado)"}
    answer = client.post(f"/platform/meetings/{key}/cancel", sent)

    assert answer.status_code == 422
    assert "Lima" in answer.content.decode()
    assert "Sin fondos (inventado)" in answer.content.decode()
    assert the(key).phase is api.Phase.CALLED
    assert the(key).at - LATER == timedelta(0)
