"""What is due over many subjects, from the table of due steps; no engine is run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from ayni.lib import clock
from ayni.protocol.engine import StepState
from ayni.protocol.model import Text
from ayni.protocol.models import Due
from ayni.protocol.versions import built

PAGE = 50
MOST = 1000
_COLUMNS = (
    *("id", "run_id", "kind", "step", "occurrence", "side", "mine", "actor", "role", "state"),
    *("due_at", "run__protocol__key", "run__protocol__version", "run__protocol__digest"),
)


@dataclass(frozen=True, slots=True)
class DueRow:
    """One step that somebody has to do. `cursor` continues a list after this row; `at_once`: its
    limit gives no time at all."""

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
    at_once: bool
    cursor: tuple[datetime, int] | None


def due_for(
    *,
    institution: UUID | str,
    mine: bool = True,
    roles: Iterable[str] | None = None,
    overdue_only: bool = False,
    until: datetime | None = None,
    subjects: Iterable[UUID] | None = None,
    not_subjects: Iterable[UUID] | None = None,
    kinds: Iterable[str] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
    now: datetime | None = None,
) -> list[DueRow]:
    """Steps with a date that an institution (or, with `mine=False`, another side) has to do.

    Earliest first; `after` is the cursor of the last row of the page before. Blocked and paused
    steps are not asked for and are left out. `subjects` (only these) and
    `not_subjects` (none of these) may be queries that select ids.
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
        rows = rows.filter(run_id__in=_ids(subjects))
    if not_subjects is not None:
        rows = rows.exclude(run_id__in=_ids(not_subjects))
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if after is not None:
        moment, last = after
        rows = rows.filter(due_at__gte=moment).exclude(due_at=moment, id__lte=last)
    rows = rows.order_by("due_at", "id")[:limit]
    return [_row(row, now) for row in rows.values_list(*_COLUMNS)]


def _ids(subjects: Iterable[UUID]) -> Any:
    """Ids as the database takes them; a query stays a query and is never read into memory."""
    return subjects if isinstance(subjects, QuerySet) else list(subjects)


def any_due(
    *,
    institution: UUID | str,
    until: datetime,
    subjects: Iterable[UUID] | None = None,
    kinds: Iterable[str] | None = None,
    roles: Iterable[str] | None = None,
) -> bool:
    """Whether an institution has to do something with a date up to `until`.

    `subjects` may be a query that selects ids.
    """
    rows = Due.objects.filter(
        institution_id=institution, mine=True, state=StepState.DUE, due_at__lte=until
    )
    if subjects is not None:
        rows = rows.filter(run_id__in=_ids(subjects))
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if roles is not None:
        rows = rows.filter(role__in=list(roles))
    return rows.order_by().exists()


def overdue_subjects(*, institution: UUID | str, now: datetime | None = None) -> Any:
    """A query of the ids of those subjects for which an institution is late with a step."""
    return (
        Due.objects.filter(
            institution_id=institution,
            mine=True,
            state=StepState.DUE,
            due_at__lt=now or clock.now(),
        )
        .order_by()
        .values("run_id")
    )


def agenda_for_many(
    subjects: Iterable[UUID], *, now: datetime | None = None
) -> dict[UUID, list[DueRow]]:
    """For each subject what is due, blocked or paused, earliest first; one query."""
    now = now or clock.now()
    wanted = list(subjects)
    found: dict[UUID, list[DueRow]] = {subject: [] for subject in wanted}
    rows = Due.objects.filter(run_id__in=wanted).order_by(F("due_at").asc(nulls_last=True), "id")
    for row in rows.values_list(*_COLUMNS):
        found[row[1]].append(_row(row, now))
    return found


def next_due(subjects: Iterable[UUID], *, now: datetime | None = None) -> dict[UUID, DueRow]:
    """For each subject the step with a date that this side has to do first, if any; one query."""
    now = now or clock.now()
    rows = (
        Due.objects.filter(
            run_id__in=list(subjects), mine=True, state=StepState.DUE, due_at__isnull=False
        )
        .order_by("run_id", "due_at", "id")
        .distinct("run_id")
    )
    return {row[1]: _row(row, now) for row in rows.values_list(*_COLUMNS)}


def counts(*, institution: UUID | str, now: datetime | None = None) -> dict[str, int]:
    """How many steps an institution has to do (`due`), of these late (`overdue`), and how many
    another side owes it and is late with (`owed_overdue`).

    Counting stops at `MOST`: that figure means that many or more, and costs the same however
    many cases there are.
    """
    now = now or clock.now()
    rows = Due.objects.filter(institution_id=institution, state=StepState.DUE).order_by()
    # The earliest first, as the index has them: what is late is then among those that are counted.
    mine = rows.filter(mine=True).order_by("due_at")[:MOST]
    late = Count("id", filter=Q(due_at__lt=now))
    return {
        **mine.aggregate(due=Count("id"), overdue=late),
        "owed_overdue": rows.filter(mine=False, due_at__lt=now)[:MOST].count(),
    }


def _row(row: tuple[Any, ...], now: datetime) -> DueRow:
    id_, subject, kind, step, occurrence, side, mine, actor, role, state, due_at, *named = row
    known = built(*named).steps[step]
    return DueRow(
        subject=subject,
        kind=kind,
        step=step,
        title=known.title,
        occurrence=occurrence,
        side=side,
        mine=mine,
        actor=actor,
        role=role,
        state=state,
        due_at=due_at,
        overdue=state == StepState.DUE and due_at is not None and due_at < now,
        at_once=bool(known.limits) and all(limit.value == 0 for limit in known.limits),
        cursor=None if due_at is None else (due_at, id_),
    )
