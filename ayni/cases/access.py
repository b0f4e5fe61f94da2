"""Fetching rows of this institution that are open to the actor, and checking that nobody changed
them meanwhile.

Need to know: a case, with its person, forms, consents and the notice that led to it, is open to the
officer to whom it is assigned, to those who were let in, and to the role whose work is every case.
Row-level security repeats the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases.admitted import Admitted, CaseAccess
from ayni.cases.errors import CaseClosed, Conflict
from ayni.cases.models import Case, Notice, Owned, Person
from ayni.cases.vocabulary import NoticeOutcome
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.vault import api as vault

Row = TypeVar("Row", bound=Owned)


def sees_all(by: Actor) -> bool:
    """Whether every case of the institution is this actor's work."""
    return by.kind is not ActorKind.USER or members.may(by, members.Permission.CASE_ALL)


def accesses_now(by: Actor) -> QuerySet[CaseAccess]:
    """What was opened to this officer beside the cases that are assigned to her or him."""
    found = CaseAccess.objects.filter(officer_id=UUID(by.id), institution_id=by.institution)
    return found.filter(Q(until__isnull=True) | Q(until__gt=clock.now()), ended_at__isnull=True)


def check_open(case: Case, *, by: Actor, standing: bool = False) -> None:
    """Raise `CaseClosed` unless this case is open to the actor.

    `standing`: not if only the glass was broken for it. Whatever is opened under a broken glass is
    recorded as such.
    """
    if sees_all(by) or (case.assigned_to_id is not None and str(case.assigned_to_id) == by.id):
        return
    kinds = dict(accesses_now(by).filter(case_id=case.id).values_list("kind", "id"))
    if Admitted.COLLEAGUE in kinds:
        return
    if standing or Admitted.EMERGENCY not in kinds:
        raise CaseClosed(case.id, taken=case.assigned_to_id is not None)
    audit.read(
        by=by, verb="cases.use_broken_glass", subject=case.id, access=kinds[Admitted.EMERGENCY]
    )


def is_open(case: Case, *, by: Actor) -> bool:
    """Whether this case is open to the actor, for a list; nothing is opened or recorded."""
    if sees_all(by) or str(case.assigned_to_id) == by.id:
        return True
    return accesses_now(by).filter(case_id=case.id).exists()


def which_open(by: Actor) -> Q:
    """Which cases of the institution are open to the actor, for lists; nothing is opened."""
    if sees_all(by):
        return Q(id__isnull=False)
    return Q(assigned_to_id=UUID(by.id)) | Q(id__in=accesses_now(by).values("case_id"))


def only_open(found: QuerySet[Any], *, by: Actor, untaken: bool = True) -> QuerySet[Any]:
    """Of rows that point to a case by `case` those whose case is open to the actor, that have none
    yet, or (`untaken`) whose case nobody has taken; for lists."""
    if sees_all(by):
        return found
    which = which_open(by) | Q(assigned_to__isnull=True) if untaken else which_open(by)
    # A query of its own: joined, a case that the database hides would look like one of nobody.
    mine = Case.objects.filter(which, institution_id=by.institution).values("id")
    return found.filter(Q(case__isnull=True) | Q(case_id__in=mine))


def _cases_of(row: Owned, by: Actor) -> list[Case]:
    """The cases to which a row belongs; a notice that led to none is its institution's."""
    if isinstance(row, Case):
        return [row]
    if isinstance(row, Person):
        return list(row.cases.all())
    if isinstance(row, Notice):
        if row.outcome != NoticeOutcome.OPEN_CASE:
            return []
        with members.acting(by.institution):  # one that is hidden from this officer counts too
            return list(Case.objects.filter(notice_id=row.id))
    case_id = getattr(row, "case_id", None)
    if case_id is None:
        return []
    found = list(Case.objects.filter(id=case_id))
    if not found:  # blocked, as its time is over
        raise NotFound
    return found


def _check_row(row: Owned, by: Actor) -> None:
    if sees_all(by):
        return
    found = _cases_of(row, by)
    for number, case in enumerate(found, start=1):
        try:
            return check_open(case, by=by)
        except CaseClosed:
            if number == len(found):
                raise


def _first(found: QuerySet[Row], by: Actor, *, unopened: bool) -> Row:
    if unopened and by.institution:
        with members.acting(by.institution):
            row = found.first()
    else:
        row = found.first()
    if row is not None:
        if not unopened:
            _check_row(row, by)
        return row
    if not unopened and by.institution and not sees_all(by):
        # Hidden by the database: is it there, and closed to this officer?
        with members.acting(by.institution):
            hidden = found.first()
            if hidden is not None:
                _check_row(hidden, by)
    raise NotFound


def fetch(
    model: type[Row],
    id: UUID | str,  # noqa: A002
    *,
    by: Actor,
    joined: tuple[str, ...] = (),
    unopened: bool = False,
) -> Row:
    """One row of the actor's institution, with the rows that it points to by the names `joined`.

    Raises `NotFound` for another's or none, `CaseClosed` for one of a case that is not open to the
    actor. `unopened`: nothing of it is opened (the audit trail, retention, a link), so it may be
    closed. Row-level security hides the rows already; the filter and the check repeat the rule.
    """
    found = model._default_manager.filter(id=id)
    if joined:
        found = found.select_related(*joined)
    if by.institution:
        found = found.filter(institution_id=by.institution)
    return _first(found, by, unopened=unopened)


def fetch_to_change(
    model: type[Row],
    id: UUID | str,  # noqa: A002
    *,
    by: Actor,
    version: int | None,
    unopened: bool = False,
) -> Row:
    """Lock one row for a change. Raises as `fetch`, or `Conflict` if `version` is not the present
    one; the conflict carries what stands there now."""
    row = lock(model, id, by=by, unopened=unopened)
    check_version(row, version)
    row.version += 1
    return row


def lock(
    model: type[Row],
    id: UUID | str,  # noqa: A002
    *,
    by: Actor,
    unopened: bool = False,
) -> Row:
    """Lock one row for adding something to it, whatever its version. Raises as `fetch`."""
    found = model._default_manager.select_for_update().filter(id=id)
    if by.institution:
        found = found.filter(institution_id=by.institution)
    return _first(found, by, unopened=unopened)


def check_version(row: Owned, version: int | None) -> None:
    """Raise `Conflict` unless a locked row has the version that the editor had read."""
    if version is not None and row.version != version:
        theirs: Mapping[str, object] = row.unseal(vault.sealer(row.subject))
        raise Conflict(row.version, theirs)
