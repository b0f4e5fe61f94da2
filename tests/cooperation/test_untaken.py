"""What we received and nobody took into a case: blocked, erased, held, and shown before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral, Request
from ayni.cooperation.tasks import apply_untaken
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cases.stories import a_case
from tests.cast import Cast, assemble, enter
from tests.cooperation.stories import a_consented_case, a_draft
from tests.cooperation.untaken import an_untaken_request

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=31)


@pytest.fixture
def people() -> Iterator[Cast]:
    """The cast, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield cast


@pytest.fixture
def ana(people: Cast) -> Actor:
    """Ana, of the programme."""
    return members.actor_of(people.ana)


@pytest.fixture
def dora(people: Cast) -> Actor:
    """The data protection officer."""
    return members.actor_of(people.dora)


def _apply(by: Actor, after: timedelta) -> tuple[int, int]:
    with time_machine.travel(clock.now() + after, tick=False):
        return cooperation.apply_untaken(by=by, now=clock.now())


def _there(row: Any) -> bool:
    return row.subject in vault.sealers([row.subject])


def test_a_declined_referral_within_one_node_is_blocked_after_six_months(people: Cast) -> None:
    ana, sol = members.actor_of(people.ana), members.actor_of(people.sol)
    sent = cooperation.send_referral(by=ana, referral_id=a_draft(ana, a_consented_case(ana)).id)
    with members.acting(people.shelter.id):
        theirs = cooperation.incoming(by=sol)[0]
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        cooperation.decline_referral(by=sol, referral_id=theirs.id, reason="no_capacity")
        job = audit.job("cooperation.apply_untaken", str(people.shelter.id))
        assert _apply(job, 5 * MONTH) == (0, 0)
        assert _apply(job, 7 * MONTH) == (1, 0)
        assert cooperation.incoming(by=sol, only_open=False) == []
        with pytest.raises(NotFound):
            cooperation.open_referral(by=sol, referral_id=theirs.id)
        assert _apply(job, 20 * MONTH) == (0, 1)
        theirs.refresh_from_db()
        assert (theirs.content, theirs.fields, _there(theirs)) == (None, [], False)
    sent.refresh_from_db()
    assert _there(sent), "the sender keeps its own"
    verbs = [entry.verb for entry in audit.entries_about(str(theirs.id))]
    assert {"cooperation.block_referral", "cooperation.erase_referral"} <= set(verbs)


def test_one_that_is_not_answered_is_counted_from_the_day_it_was_due(
    ana: Actor, dora: Actor
) -> None:
    an_untaken_request(ana, due_at=clock.now() + 4 * MONTH)
    assert _apply(dora, 7 * MONTH) == (0, 0)
    assert _apply(dora, 11 * MONTH) == (1, 0)


def test_a_hold_keeps_both_away_also_once_it_is_blocked(ana: Actor, dora: Actor) -> None:
    row = an_untaken_request(ana)
    told: dict[str, Any] = {"by": dora, "kind": "request", "ident": row.id}
    until = (clock.now() + 8 * MONTH).date()
    cooperation.hold_untaken(**told, until=until, reason="Invented proceeding.")
    due, why = cooperation.untaken_of(**told)
    assert (due.next.held, why) == (True, "Invented proceeding.")
    assert _apply(dora, 7 * MONTH) == (0, 0)
    assert _apply(dora, 9 * MONTH) == (1, 0)
    cooperation.hold_untaken(
        **told, until=(clock.now() + 30 * MONTH).date(), reason="Invented, again."
    )
    assert _apply(dora, 25 * MONTH) == (0, 0)
    cooperation.end_hold_untaken(**told)
    assert _apply(dora, 25 * MONTH) == (0, 1)
    with pytest.raises(WrongState):
        cooperation.hold_untaken(**told, until=until, reason="Invented, too late.")


def test_holds_are_for_whoever_decides_on_retention(ana: Actor, dora: Actor) -> None:
    row = an_untaken_request(ana)
    told: dict[str, Any] = {"kind": "request", "ident": row.id}
    today = clock.now().date()
    for call in (
        lambda: cooperation.untaken_due(by=ana, until=today),
        lambda: cooperation.apply_untaken(by=ana, now=clock.now()),
        lambda: cooperation.untaken_of(by=ana, **told),
        lambda: cooperation.hold_untaken(by=ana, **told, until=today, reason="x"),
        lambda: cooperation.end_hold_untaken(by=ana, **told),
    ):
        with pytest.raises(NotAllowed):
            call()
    with pytest.raises(cases.ReasonMissing):
        cooperation.hold_untaken(by=dora, **told, until=today, reason=" ")
    with pytest.raises(cases.HoldTooLong):
        cooperation.hold_untaken(by=dora, **told, until=today - timedelta(days=3), reason="x")
    with pytest.raises(NotFound):
        cooperation.untaken_of(by=dora, kind="letter", ident=row.id)


def test_what_has_a_case_is_left_to_the_case(people: Cast, dora: Actor) -> None:
    ana, sol = members.actor_of(people.ana), members.actor_of(people.sol)
    cooperation.send_referral(by=ana, referral_id=a_draft(ana, a_consented_case(ana)).id)
    with members.acting(people.shelter.id):
        theirs = cooperation.incoming(by=sol)[0]
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        job = audit.job("cooperation.untaken", str(people.shelter.id))
        until = (clock.now() + MONTH).date()
        told: dict[str, Any] = {"by": job, "kind": "referral", "ident": theirs.id}
        cooperation.hold_untaken(**told, until=until, reason="Invented.")
        cooperation.search_earlier(by=sol, referral_id=theirs.id)
        taken = cooperation.accept_referral(by=sol, referral_id=theirs.id)
        assert taken.held_until is None, "a hold is the case's now"
        assert _apply(job, 30 * MONTH) == (0, 0)
        with pytest.raises(NotFound):
            cooperation.untaken_of(**told)
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.filter(id=theirs.id).update(blocked_at=clock.now())


def test_the_database_keeps_no_content_of_what_is_erased(ana: Actor) -> None:
    row = an_untaken_request(ana)
    now = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(id=row.id).update(blocked_at=now, erased_at=now)


def test_a_request_with_a_key_of_its_own_comes_under_the_key_of_its_case(
    ana: Actor, dora: Actor
) -> None:
    case = a_case(ana)
    row = an_untaken_request(ana, case=case)
    was = row.subject
    assert was != case.subject
    assert _apply(dora, timedelta()) == (0, 0)
    row.refresh_from_db()
    assert row.subject == case.subject
    opened = row.unseal(vault.sealer(case.subject), ["content"])["content"]
    assert opened == {"name_as_written": "Rosa INVENTADA"}
    assert was not in vault.sealers([was])
    assert "cooperation.seal_with_case" in [e.verb for e in audit.entries_about(str(row.id))]
    before = audit.entries_about(str(row.id))
    _apply(dora, timedelta())
    assert audit.entries_about(str(row.id)) == before, "once"


def test_what_came_with_a_request_about_an_erased_case_goes_as_well(
    ana: Actor, dora: Actor
) -> None:
    case = a_case(ana)
    row = an_untaken_request(ana, case=case)
    vault.erase_subject(case.subject)
    _apply(dora, timedelta())
    was = row.subject
    row.refresh_from_db()
    assert row.content is None
    assert was not in vault.sealers([was])


def test_what_a_restore_brought_back_without_its_key_is_emptied(ana: Actor, dora: Actor) -> None:
    row = an_untaken_request(ana)
    vault.erase_subject(row.subject)
    assert _apply(dora, timedelta()) == (0, 1)
    row.refresh_from_db()
    assert row.content is None
    assert row.erased_at is not None


def test_the_nodes_own_number_stands_above_the_proposal(
    ana: Actor, dora: Actor, settings: Any
) -> None:
    settings.AYNI_UNTAKEN_MONTHS = 2
    an_untaken_request(ana)
    assert _apply(dora, 3 * MONTH) == (1, 0)


def test_the_job_does_it_for_every_institution(ana: Actor) -> None:
    row = an_untaken_request(ana)
    with time_machine.travel(clock.now() + 7 * MONTH, tick=False):
        apply_untaken(0)
    row.refresh_from_db()
    assert row.blocked_at is not None


def test_the_command_and_the_page_show_it_ninety_days_before(people: Cast, ana: Actor) -> None:
    row = an_untaken_request(ana)
    name = f"BO {row.conversation[:8]}"
    out = StringIO()
    with time_machine.travel(clock.now() + 4 * MONTH, tick=False):
        call_command("retention", "due", "--days", "90", "--json", stdout=out)
        assert [r for r in json.loads(out.getvalue()) if r["reference"] == name]
        client = Client(headers={"host": "ar.localhost"})
        enter(client, people.dora)
        here = reverse("desk:retention-request", args=[row.id])
        page = client.get(reverse("desk:retention")).content.decode()
        assert name in page
        assert here in page
        assert "INVENTADA" not in page
        until = (clock.now() + 6 * MONTH).date()
        told = {"do": "hold", "until": until.isoformat(), "reason": "Invented."}
        assert client.post(here, told).status_code == 302
        assert "Invented." in client.get(here).content.decode()
        assert client.post(here, {"do": "end"}).status_code == 302
        assert "Invented." not in client.get(here).content.decode()
    row.refresh_from_db()
    assert row.held_until is None
