"""Meetings: no decision without quorum, an objection blocks, a reservation is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.agenda.meeting_kind import MEETING
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.stories import comes
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db

TEN = sorted(members.states())
KEY = "2025-12-01-despues"


def call(
    by: Actor, title: str = "Plenario inventado", begins: timedelta = timedelta(hours=-1)
) -> str:
    """Call a meeting that began an hour ago, or begins then; its key."""
    at = clock.now() + begins
    found = api.call_meeting(by=by, title=title, place="La Paz", at=at, items=["Reglamento", ""])
    return found.said.key


def the(key: str) -> api.Meeting:
    return api.meeting(key, api.presidencies())


def held(by: Actor, key: str, present: list[str]) -> None:
    api.record_attendance(
        by=by, key=key, present=present, minutes="Inventado.", after=the(key).stands.ref
    )


def decide(by: Actor, key: str, **changed: Any) -> None:
    known: dict[str, Any] = {
        "text": "Se aprueba (inventado)", "objections": (), "reservations": (), "reserved": "",
    }  # fmt: skip
    decision = api.Decision(**{**known, **changed})
    api.decide(by=by, key=key, decision=decision, after=the(key).stands.ref)


def quorum(by: Actor, value: str) -> None:
    api.set_rule(by=by, code="quorum", value=value, source="Acta inventada", mark="V", after="")


def test_a_meeting_is_called_held_and_decided_in_and_every_node_is_told(saul: Actor) -> None:
    quorum(saul, "6")
    key = call(saul)
    held(saul, key, TEN[:7])

    decide(saul, key)
    decide(saul, key, text="Otra", reservations=(TEN[0],), reserved="Su ley (inventado)")

    found = the(key)
    assert (found.items, found.present, found.quorum) == (("Reglamento",), tuple(TEN[:7]), 6)
    assert [each.adopted for each in found.decisions] == [True, True]
    assert found.decisions[1].reservations == (TEN[0],)
    assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 5
    assert all(each.counts for each in gazette.current(kind=MEETING))


def test_a_decision_without_quorum_is_refused(saul: Actor) -> None:
    quorum(saul, "6")
    key = call(saul)
    held(saul, key, TEN[:5])
    before = Entry.objects.count()

    with pytest.raises(api.NoQuorum):
        decide(saul, key)

    assert Entry.objects.count() == before


def test_while_no_quorum_is_known_all_ten_states_must_be_present(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN[:9])
    with pytest.raises(api.NoQuorum):
        decide(saul, key)

    held(saul, key, TEN)
    decide(saul, key)
    assert the(key).decisions[0].adopted


def test_an_objection_blocks_and_is_recorded(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN)

    decide(saul, key, objections=(TEN[3],))

    (decision,) = the(key).decisions
    assert not decision.adopted
    assert decision.objections == (TEN[3],)


def test_only_a_state_that_was_present_objects_and_not_with_a_reservation_as_well(
    saul: Actor,
) -> None:
    quorum(saul, "6")
    key = call(saul)
    held(saul, key, TEN[:6])

    with pytest.raises(api.NotPresent):
        decide(saul, key, objections=(TEN[9],))
    with pytest.raises(api.ObjectsAndReserves):
        decide(saul, key, objections=(TEN[0],), reservations=(TEN[0],))


def test_nothing_is_decided_before_it_is_known_who_was_present(saul: Actor) -> None:
    key = call(saul)

    with pytest.raises(api.NotHeldYet):
        decide(saul, key)


def test_a_decision_does_not_lose_its_quorum_by_a_corrected_attendance(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN)
    decide(saul, key)

    with pytest.raises(api.NoQuorum):
        held(saul, key, TEN[:4])
    assert the(key).present == tuple(TEN)


def test_under_another_rule_than_consensus_nothing_is_recorded_as_decided(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN)
    api.set_rule(by=saul, code="decision", value="majority", source="x", mark="V", after="")

    with pytest.raises(api.NotByConsensus):
        decide(saul, key)


def test_a_second_meeting_of_that_name_on_that_day_does_not_replace_the_first(saul: Actor) -> None:
    call(saul)
    with pytest.raises(api.StandsOtherwise):
        call(saul)


def test_a_decision_that_arrives_without_quorum_does_not_count(secretariat: Peer) -> None:
    body = {
        "after": "", "instead": "", "title": "Plenario inventado", "place": "",
        "at": "2025-12-01T15:00:00Z", "items": ["x"], "held": True, "present": ["bo", "pe"],
        "quorum": 6, "minutes": "",
        "decisions": [
            {"text": "Inventado", "objections": [], "reservations": [], "reserved": ""}
        ],
    }  # fmt: skip
    comes(secretariat, MEETING, "2025-12-01-plenario", body)

    assert api.all_meetings(api.presidencies()) == []
    (entry,) = gazette.current(kind=MEETING)
    assert not entry.counts
    assert entry.problem == api.NoQuorum.reason


def test_a_meeting_that_lies_in_the_future_is_not_recorded_as_held(saul: Actor) -> None:
    key = call(saul, begins=timedelta(days=3))
    before = Entry.objects.count()

    with pytest.raises(api.NotBegunYet) as refusal:
        held(saul, key, TEN)

    assert members.moment_here(the(key).at) in str(refusal.value)
    assert Entry.objects.count() == before
    assert not the(key).held
    assert not api.can_step(the(key), api.Step.ATTEND, now=clock.now())
    assert api.can_step(the(key), api.Step.ATTEND, now=the(key).at)


def test_a_meeting_that_was_held_before_its_day_is_moved_to_that_day_first(saul: Actor) -> None:
    key = call(saul, begins=timedelta(days=3))
    api.move_meeting(
        by=saul, key=key, at=clock.now() - timedelta(hours=2), place="La Paz",
        reason="Se adelantó (inventado)", after=the(key).stands.ref,
    )  # fmt: skip

    held(saul, key, TEN)
    decide(saul, key)

    assert the(key).decisions[0].adopted


@pytest.mark.parametrize("step", [api.Step.ATTEND, api.Step.DECIDE, api.Step.CLOSE])
def test_nothing_is_told_of_what_happened_before_the_meeting_began(
    saul: Actor, step: api.Step
) -> None:
    key = call(saul)
    if step is not api.Step.ATTEND:
        held(saul, key, TEN)
    earlier = the(key).at - timedelta(seconds=1)

    with pytest.raises(api.NotBegunYet):
        api.check_step(the(key), step, now=earlier)
    api.check_step(the(key), step, now=the(key).at)


def _held_body(begins: datetime) -> dict[str, Any]:
    return {
        "after": "", "instead": "", "title": "Plenario inventado", "place": "",
        "at": clock.isoformat(begins), "items": ["x"], "held": True, "present": TEN,
        "quorum": 10, "minutes": "Inventado.", "decisions": [],
    }  # fmt: skip


def test_what_earlier_software_recorded_before_its_hour_stays_readable_and_its_page_says_so(
    secretariat: Peer, client: Client
) -> None:
    begins = datetime(2025, 12, 1, 15, tzinfo=UTC)
    early = "2025-12-01-antes"
    for key, at in ((early, begins - timedelta(seconds=1)), (KEY, begins)):
        comes(secretariat, MEETING, key, _held_body(begins), at=clock.isoformat(at))

    found = {each.key: each for each in api.all_meetings(api.presidencies())}
    assert {key: each.early for key, each in found.items()} == {
        "2025-12-01-antes": True,
        KEY: False,
    }
    assert all(each.counts for each in gazette.current(kind=MEETING))
    enter(client, an_officer("ana", an_institution("ar-programme")))
    client.cookies["ayni_ar_language"] = "en"
    told = "recorded before the hour for which the meeting was called"
    for key, each in found.items():
        page = client.get(f"/platform/meetings/{key}").content.decode()
        assert (told in page) == each.early


def test_nobody_publishes_how_a_meeting_was_held_before_it_began(saul: Actor) -> None:
    begins = clock.now() + timedelta(days=3)

    with pytest.raises(api.NotBegunYet):
        gazette.publish(by=saul, kind=MEETING, key=KEY, body=_held_body(begins), seen=0)

    assert not Entry.objects.exists()


def test_the_page_of_a_meeting_to_come_says_when_its_attendance_can_be_recorded(
    saul: Actor, client: Client
) -> None:
    key = call(saul, begins=timedelta(days=3))
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    here = f"/platform/meetings/{key}"
    shown = client.get(here).content.decode()

    assert f"{here}/attendance" not in shown
    assert "can be recorded when the meeting has begun" in shown
    typed = {"after": the(key).stands.ref, "present": TEN, "minutes": "Inventado."}
    refused = client.post(f"{here}/attendance", typed)
    assert refused.status_code == 422
    assert "This meeting is called for" in refused.content.decode()
    assert "Inventado." in refused.content.decode()


def test_others_than_the_secretariat_call_nothing(officer: Callable[[Role], Actor]) -> None:
    with pytest.raises(api.NotPresiding):
        call(officer(Role.PRESIDENCY_OFFICER))
    with pytest.raises(NotAllowed):
        call(officer(Role.NATIONAL_FOCAL_POINT))


def test_the_pages_lead_from_the_call_to_a_decision(saul: Actor, client: Client) -> None:
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    sent = {
        "title": "Plenario inventado", "place": "La Paz", "items": "Reglamento\nAgenda",
        "at_day": "1", "at_month": "12", "at_year": "2025", "at_time": "10:00", "after": "",
    }  # fmt: skip
    assert client.post("/platform/meetings/call", sent).status_code == 302
    (found,) = api.all_meetings(api.presidencies())
    here = f"/platform/meetings/{found.key}"
    assert found.items == ("Reglamento", "Agenda")
    few = {"after": "secretariat:1", "present": TEN[:3], "minutes": ""}
    assert client.post(f"{here}/attendance", few).status_code == 302
    assert "There was no quorum" in client.get(here).content.decode()

    typed = {"after": "secretariat:2", "text": "Se aprueba (inventado)"}
    refused = client.post(f"{here}/decision", typed)

    assert refused.status_code == 422
    assert "all ten states must be present" in refused.content.decode()
    assert "Se aprueba (inventado)" in refused.content.decode()
