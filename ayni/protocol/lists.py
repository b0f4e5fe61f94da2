"""What is due over many subjects, from the table of due steps; no engine is run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q

from ayni.lib import clock
from ayni.protocol.engine import StepState
from ayni.protocol.model import Text
from ayni.protocol.models import Due
from ayni.protocol.versions import definition_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class DueRow:
    """One step that somebody has to do. `cursor` continues a list after this row."""

    subject: UUID
    kind: str
    step: str
    title: Text
    occurrence: int
    side: str
    mine: bool
    actor: str
    role: str
    state: str
    due_at: datetime | None
    overdue: bool
    cursor: tuple[datetime, int] | None


def due_for(
    *,
    institution: UUID | str,
    mine: bool = True,
    roles: Iterable[str] | None = None,
    overdue_only: bool = False,
    until: datetime | None = None,
    subjects: Iterable[UUID] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
    now: datetime | None = None,
) -> list[DueRow]:
    """Steps with a date that an institution (or, with `mine=False`, another side) has to do.

    Earliest first; `after` is the cursor of the last row of the page before. Blocked and paused
    steps are not asked for and are left out.
    """
    now = now or clock.now()
    rows = Due.objects.filter(
        institution_id=institution, mine=mine, state=StepState.DUE, due_at__isnull=False
    )
    if roles is not None:
        rows = rows.filter(role__in=list(roles))
    if overdue_only:
        rows = rows.filter(due_at__lt=now)
    if until is not None:
        rows = rows.filter(due_at__lte=until)
    if subjects is not None:
        rows = rows.filter(run_id__in=list(subjects))
    if after is not None:
        moment, last = after
        rows = rows.filter(due_at__gte=moment).exclude(due_at=moment, id__lte=last)
    rows = rows.select_related("run__protocol").defer("run__protocol__document")
    return [_row(row, now) for row in rows.order_by("due_at", "id")[:limit]]


def agenda_for_many(
    subjects: Iterable[UUID], *, now: datetime | None = None
) -> dict[UUID, list[DueRow]]:
    """For each subject what is due, blocked or paused, earliest first; one query."""
    now = now or clock.now()
    wanted = list(subjects)
    found: dict[UUID, list[DueRow]] = {subject: [] for subject in wanted}
    rows = (
        Due.objects.filter(run_id__in=wanted)
        .select_related("run__protocol")
        .defer("run__protocol__document")
        .order_by(F("due_at").asc(nulls_last=True), "id")
    )
    for row in rows:
        found[row.run_id].append(_row(row, now))
    return found


def counts(*, institution: UUID | str, now: datetime | None = None) -> dict[str, int]:
    """How many steps an institution has to do (`due`), of these late (`overdue`), and how many
    the other sides owe it and are late with (`owed_overdue`)."""
    now = now or clock.now()
    late = Q(due_at__lt=now)
    rows = Due.objects.filter(institution_id=institution, state=StepState.DUE)
    return rows.aggregate(
        due=Count("id", filter=Q(mine=True)),
        overdue=Count("id", filter=Q(mine=True) & late),
        owed_overdue=Count("id", filter=Q(mine=False) & late),
    )


def _row(row: Due, now: datetime) -> DueRow:
    step = definition_of(row.run.protocol).steps[row.step]
    return DueRow(
        subject=row.run_id,
        kind=row.kind,
        step=row.step,
        title=step.title,
        occurrence=row.occurrence,
        side=row.side,
        mine=row.mine,
        actor=row.actor,
        role=row.role,
        state=row.state,
        due_at=row.due_at,
        overdue=row.state == StepState.DUE and row.due_at is not None and row.due_at < now,
        cursor=None if row.due_at is None else (row.due_at, row.id),
    )
