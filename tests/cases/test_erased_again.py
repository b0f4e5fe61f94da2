"""After a restore of an older backup, whoever was erased since is marked as erased again.

A backup is what the rows were: here they are put back by hand, as the key stays gone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cases.models import Case, Notice, Person, SearchToken, StepForm
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cases import stories
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 8, 12, tzinfo=UTC)


def _again(cast: Cast, *erased: UUID) -> int:
    by = audit.job("node.restore", str(cast.programme.id))
    return cases.erase_again(by=by, erased=set(erased), now=NOW)


def _closed(ana: audit.Actor) -> cases.Case:
    found = stories.worked_through(ana, stories.a_case(ana, stories.ADULT))
    return cases.close_case(
        by=ana, case_id=found.id, version=found.version, reason="goals_met", note="Invented."
    )


def _row(ident: UUID) -> Case:
    from ayni.cases.erasing import seeing_blocked

    with seeing_blocked():
        return Case.objects.select_related("person", "notice").get(id=ident)


def test_a_case_of_the_backup_is_erased_again_with_its_notice_and_recorded(
    cast: Cast, ana: audit.Actor
) -> None:
    case, other = _closed(ana), _closed(ana)
    vault.erase_subject(case.subject)  # after the backup

    assert _again(cast, case.subject, uuid4()) == 1
    row = _row(case.id)
    assert (row.erased_at, row.blocked_at, row.closure_reason) == (NOW, NOW, "goals_met")
    assert row.notice is not None
    assert row.notice.erased_at == NOW
    for each in (row, row.person, row.notice):
        assert all(getattr(each, name) is None for name in each.sealed_names())
    assert not StepForm.objects.filter(subject=case.subject).exists()
    assert not SearchToken.objects.filter(subject=case.subject).exists()
    assert not Case.objects.filter(id=case.id).exists(), "no page shows it"
    entry = Entry.objects.get(subject=str(case.id), verb="cases.erase_case")
    assert (entry.actor_id, entry.detail) == ("node.restore", {"again": "yes"})

    assert cases.open_case_page(by=ana, case_id=other.id).case.id == other.id
    before = Entry.objects.count()
    assert _again(cast, case.subject) == 0, "a second time does nothing"
    assert Entry.objects.count() == before


def test_a_case_that_the_backup_knows_as_open_is_closed_without_a_reason(
    cast: Cast, ana: audit.Actor
) -> None:
    case = stories.a_case(ana, stories.ADULT)
    vault.erase_subject(case.subject)

    assert _again(cast, case.subject) == 1
    row = _row(case.id)
    assert (row.status, row.closure_reason, row.closed_at) == ("Closed", "", NOW)
    assert (row.erased_at, row.assigned_to_id) == (NOW, None)
    entry = Entry.objects.get(subject=str(case.id), verb="cases.erase_case")
    assert entry.detail == {"again": "yes", "closed": "yes"}


def test_a_notice_whose_case_began_after_the_backup_is_erased_again(
    cast: Cast, ana: audit.Actor
) -> None:
    notice = stories.a_notice(ana)
    vault.erase_subject(notice.subject)
    assert _again(cast, notice.subject) == 1
    assert not Notice.objects.filter(id=notice.id).exists()
    assert Entry.objects.filter(subject=str(notice.id), verb="cases.erase_notice").count() == 1


def test_a_blocked_and_held_one_is_erased_again_and_keeps_the_day_of_its_blocking(
    cast: Cast, ana: audit.Actor
) -> None:
    case = _closed(ana)
    dora = members.actor_of(cast.dora)
    later = datetime(2029, 12, 10, 12, tzinfo=UTC)
    with time_machine.travel(later, tick=False):
        cases.apply_retention(by=dora, now=later)
        cases.hold(
            by=dora, kind="case", ident=case.id, until=later.date(), reason="Invented reason."
        )
    vault.erase_subject(case.subject)
    assert _again(cast, case.subject) == 1
    row = _row(case.id)
    assert (row.blocked_at, row.erased_at, row.hold_reason) == (later, NOW, None)


def test_another_institutions_records_are_its_own(cast: Cast, ana: audit.Actor) -> None:
    case = _closed(ana)
    vault.erase_subject(case.subject)
    with members.acting(cast.shelter.id):
        by = audit.job("node.restore", str(cast.shelter.id))
        assert cases.erase_again(by=by, erased={case.subject}, now=NOW) == 0
    assert Person.objects.get(id=case.person_id).subject == case.subject
    assert _row(case.id).erased_at is None


def test_no_officer_and_no_peer_erases_again(ana: audit.Actor) -> None:
    for by in (ana, audit.peer("bo")):
        with pytest.raises(NotAllowed):
            cases.erase_again(by=by, erased=set(), now=clock.now())
