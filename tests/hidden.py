"""What becomes of a case when its time is over, for tests of rooms that point at it."""

from __future__ import annotations

from datetime import timedelta

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.cases.models import Case
from ayni.lib import clock
from ayni.vault import api as vault


def is_blocked(case: cases.Case) -> None:
    """Closed long ago and blocked: the database shows it to nobody."""
    now = clock.now()
    with cases.seeing_blocked():
        Case.objects.filter(id=case.id).update(
            status="Closed",
            closure_reason="goals_met",
            closed_at=now,
            kept_until=now.date(),
            blocked_at=now,
        )
    assert not Case.objects.filter(id=case.id).exists()


def is_erased(case: cases.Case) -> None:
    """Blocked, and the key of everything that was sealed about her removed."""
    is_blocked(case)
    vault.erase_subject(case.subject)
    with cases.seeing_blocked():
        Case.objects.filter(id=case.id).update(erased_at=clock.now())


def is_erased_in_its_time(case: cases.Case) -> None:
    """Closed, blocked and a year later erased, as the job of every night does it."""
    is_blocked(case)
    long_ago = clock.now() - timedelta(days=500)
    with cases.seeing_blocked():
        Case.objects.filter(id=case.id).update(
            closed_at=long_ago, kept_until=long_ago.date(), blocked_at=long_ago
        )
    job = audit.job("cases.apply_retention", str(case.institution_id))
    assert cases.apply_retention(by=job, now=clock.now()) == (0, 1)
