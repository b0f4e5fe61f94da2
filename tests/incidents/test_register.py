"""The register: who keeps it, what is sealed, what is refused, and what the database keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.incidents import api as incidents
from ayni.incidents.models import Incident, Step
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from tests.cast import Cast, an_officer
from tests.incidents.stories import SECRET, an_incident, decided

pytestmark = [pytest.mark.django_db, pytest.mark.database_room]


@pytest.fixture
def dora(cast: Cast) -> Iterator[Actor]:
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.dora)


@pytest.mark.parametrize("who", ["ana", "luis", "sol", "nadia"])
def test_only_the_data_protection_officer_keeps_the_register(who: str, cast: Cast) -> None:
    user = getattr(cast, who)
    with members.acting(user.institution_id):
        by = members.actor_of(user)
        with pytest.raises(NotAllowed):
            an_incident(by)
        with pytest.raises(NotAllowed):
            incidents.register(by=by)


def test_another_institution_neither_sees_nor_changes_it(cast: Cast, dora: Actor) -> None:
    row = an_incident(dora)
    other = an_officer("dina", cast.shelter, members.Role.DATA_PROTECTION_OFFICER)
    with members.acting(cast.shelter.id):
        by = members.actor_of(other)
        assert incidents.register(by=by) == []
        with pytest.raises(NotFound):
            incidents.open_incident(by=by, incident_id=row.id)
        with pytest.raises(NotFound):
            incidents.add_note(by=by, incident_id=row.id, text="Invented.")


def test_what_is_written_is_sealed_and_every_step_is_recorded(dora: Actor) -> None:
    row = an_incident(dora, done="The paper was taken away.")
    opened = incidents.open_incident(by=dora, incident_id=row.id)
    assert opened.what == SECRET
    assert [text for _step, text in opened.steps] == ["The paper was taken away."]
    with connection.cursor() as cursor:
        cursor.execute(
            "select what from incidents_incident union all select text from incidents_step"
        )
        kept = b"".join(bytes(found) for (found,) in cursor.fetchall() if found is not None)
    assert kept
    assert b"paper" not in kept
    verbs = list(Entry.objects.filter(subject=str(row.id)).values_list("verb", flat=True))
    assert verbs == ["incidents.record_incident", "incidents.open_incident"]


def test_the_whole_way_of_a_breach(dora: Actor) -> None:
    row = decided(dora, notify=True, tell_persons=True)
    assert incidents.incidents_waiting(by=dora, now=row.noticed_at + timedelta(hours=50)) == 1
    with pytest.raises(incidents.NotNow):
        incidents.close_incident(by=dora, incident_id=row.id, version=row.version, learned="No.")
    at = clock.now()
    incidents.tell_authority(by=dora, incident_id=row.id, at=at, how="By letter 7.")
    assert incidents.incidents_waiting(by=dora, now=at + timedelta(days=9)) == 0
    with pytest.raises(incidents.NotNow):
        incidents.tell_authority(by=dora, incident_id=row.id, at=at, how="Again.")
    incidents.tell_persons(by=dora, incident_id=row.id, at=at, how="Each by her officer.")
    row.refresh_from_db()
    incidents.close_incident(by=dora, incident_id=row.id, version=row.version, learned="Locked.")
    row.refresh_from_db()
    assert row.closed_at is not None
    kinds = list(Step.objects.filter(incident=row).values_list("kind", flat=True))
    assert kinds == ["recorded", "decided", "authority_told", "persons_told", "closed"]
    with pytest.raises(incidents.NotNow):
        incidents.add_note(by=dora, incident_id=row.id, text="Too late.")


def test_a_decision_that_nobody_is_told_stops_the_clock_and_can_be_changed(dora: Actor) -> None:
    row = decided(dora, notify=False, hours_ago=71)
    assert incidents.incidents_waiting(by=dora, now=clock.now()) == 0
    incidents.decide(
        by=dora, incident_id=row.id, version=row.version, notify=True, tell_persons=False,
        reason="More is known now.",
    )  # fmt: skip
    assert incidents.incidents_waiting(by=dora, now=clock.now()) == 1
    assert Step.objects.filter(incident=row, kind="decided").count() == 2


def test_of_two_decisions_with_the_same_old_page_the_second_is_refused(dora: Actor) -> None:
    row = an_incident(dora)
    told = {"notify": False, "tell_persons": False, "reason": "Invented.", "version": row.version}
    incidents.decide(by=dora, incident_id=row.id, **told)
    with pytest.raises(incidents.Conflict):
        incidents.decide(by=dora, incident_id=row.id, **{**told, "notify": True})


def test_a_moment_still_to_come_or_before_it_was_noticed_is_refused(dora: Actor) -> None:
    with pytest.raises(incidents.NotYetNoticed):
        an_incident(dora, hours_ago=-1)
    row = decided(dora, notify=True, hours_ago=5)
    for hours, refusal in ((6, incidents.ToldBefore), (-1, incidents.NotYetNoticed)):
        at = clock.now() - timedelta(hours=hours)
        with pytest.raises(refusal):
            incidents.tell_authority(by=dora, incident_id=row.id, at=at, how="Invented.")


@pytest.mark.parametrize("classes", [[], ["none", "health"], ["invented"]])
def test_kinds_of_data_are_known_ones_or_none_alone(classes: list[str], dora: Actor) -> None:
    with pytest.raises(incidents.NoClasses):
        an_incident(dora, classes=classes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"notify": True},
        {"authority_told_at": "now"},
        {"persons_told_at": "now"},
        {"closed_at": "now"},
        {"notify": True, "tell_persons": False, "closed_at": "now"},
        {"notify": False, "tell_persons": True, "closed_at": "now"},
        {"noticed_at": "later"},
    ],
)
def test_the_database_refuses_what_cannot_be(wrong: dict[str, object], dora: Actor) -> None:
    row = an_incident(dora)
    now = clock.now()
    moments = {"now": now, "later": now + timedelta(days=1)}
    values = {name: moments.get(value, value) for name, value in wrong.items()}  # type: ignore[arg-type]
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(id=row.id).update(**values)


def test_those_whose_clock_runs_stand_first(dora: Actor) -> None:
    closed, still, old, fresh = (
        decided(dora, notify=False, hours_ago=1), decided(dora, notify=False, hours_ago=2),
        an_incident(dora, hours_ago=90), an_incident(dora, hours_ago=3),
    )  # fmt: skip
    incidents.close_incident(by=dora, incident_id=closed.id, version=closed.version, learned="x")
    order = [row.id for row in incidents.register(by=dora)]
    assert order == [fresh.id, old.id, still.id, closed.id]
