"""What of all alerts wants somebody's eyes now, for the home page: in one query of ids and, only
where somebody is late, the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value

from ayni.alerts import reading, rules
from ayni.alerts.models import Alert, AlertAnswer, AlertCopy, ReceivedAlert
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members

_OPEN, _ANSWERED, _LATE, _BACK = "open", "answered", "late", "back"


@dataclass(frozen=True, slots=True)
class Glance:
    """How many alerts we received that are `open`, how many open ones of ours somebody `answered`,
    those of ours whose removal so many recipients are `late` to confirm, the newest first, and
    answers that we took `back` and of which whoever asked is late to confirm that they are
    destroyed, the longest late first."""

    open: int = 0
    answered: int = 0
    late: list[tuple[Alert, int]] = field(default_factory=list)
    back: list[AlertAnswer] = field(default_factory=list)


def at_a_glance(*, by: Actor) -> Glance:
    """What of all alerts wants somebody's eyes now; nothing is opened. Raises `NotAllowed`."""
    members.check_may(by, reading.READ)
    now = clock.now()
    received = ReceivedAlert.objects.filter(
        institution_id=by.institution, removed_at__isnull=True, until__gt=now
    )
    own = cases.only_open(
        Alert.objects.filter(institution_id=by.institution, issued_at__isnull=False), by=by,
        untaken=False,
    )  # fmt: skip
    said = AlertAnswer.objects.filter(
        direction="in", withdrawn_at__isnull=True, copy__alert=OuterRef("id")
    )
    answered = own.filter(Exists(said), state=rules.State.ISSUED.value, until__gt=now)
    waits = AlertCopy.objects.filter(alert=OuterRef("id"), stopped="", confirmed_at__isnull=True)
    # Of one that ends by itself the time is counted from its end.
    due = Q(due_at__lte=now)
    due |= Q(due_at__isnull=True, alert__until__lte=now - rules.REMOVED_WITHIN)
    late = own.filter(Exists(waits.filter(due)))
    back = AlertAnswer.objects.filter(
        institution_id=by.institution, direction="out", confirmed_at__isnull=True, due_at__lte=now
    )
    found: dict[str, list[UUID]] = {_OPEN: [], _ANSWERED: [], _LATE: [], _BACK: []}
    rows = _named(received, _OPEN).union(
        _named(answered, _ANSWERED), _named(late, _LATE), _named(back, _BACK), all=True
    )
    for what, ident in rows:
        found[what].append(ident)
    return Glance(
        len(found[_OPEN]), len(found[_ANSWERED]), _late(found[_LATE]), _back(found[_BACK])
    )


def _named(rows: QuerySet[Any], what: str) -> QuerySet[Any, tuple[str, UUID]]:
    named: QuerySet[Any, tuple[str, UUID]]
    named = (
        rows.order_by()
        .annotate(what=Value(what, output_field=CharField()))
        .values_list("what", "id")
    )
    return named


def _late(idents: list[UUID]) -> list[tuple[Alert, int]]:
    if not idents:
        return []
    rows = list(Alert.objects.filter(id__in=idents[: reading.AT_MOST]).select_related("case"))
    late = reading.late_copies(rows, clock.now())
    return [(row, late[row.id]) for row in rows if row.id in late]


def _back(idents: list[UUID]) -> list[AlertAnswer]:
    if not idents:
        return []
    rows = AlertAnswer.objects.filter(id__in=idents[: reading.AT_MOST]).select_related("received")
    return list(rows.order_by("due_at", "id"))
