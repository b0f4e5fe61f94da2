"""An officer records that the person is told later of one institution or node; the data protection
officer of the own institution confirms it or ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.own import delays
from ayni.own.errors import NotADelay, OrderMissing
from ayni.own.models import Delay
from ayni.vault import api as vault

NODE = "node:"  # before the code of a state, where its node as a whole is meant


@dataclass(frozen=True, slots=True)
class OpenedDelay:
    """A delay with the order that it rests on, and whether it keeps something back now; `again`:
    the same was put off before in this case."""

    row: Delay
    order: str
    holds: bool
    again: bool


def delay(
    *, by: Actor, case_id: UUID, whom: str, ground: str, order: str, until: datetime
) -> Delay:
    """Tell the person later that `whom` opened or received her data: the code of an institution,
    or `NODE` and the code of a state. `ground` is a code of `delays.for_state`; `order`: which
    authority ordered it, when, under which number. It holds a week, longer only once reviewed; if
    the same was put off before, not at all before it is reviewed.

    Raises `OrderMissing`, `NotADelay` for a day beyond the ground's or for the own institution,
    `NotFound`, `NotAllowed`; KeyError for a ground that this node does not have.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    known = delays.for_state(members.this_node())[ground]
    now = clock.now()
    verb = "own.delay"
    with audit.act(by=by, verb=verb, subject=case_id, ground=ground, until=until) as act:
        case = cases.case_for(by=by, case_id=case_id)
        if not order.strip():
            raise OrderMissing
        _check_whom(whom, by)
        if not delays.fits(known, now, until):
            raise NotADelay
        row = Delay(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            whom=whom,
            ground=ground,
            recorded_at=now,
            recorded_by=UUID(by.id),
            until=until,
        )
        row.seal(vault.sealer(case.subject), order=order.strip())
        row.save(force_insert=True)
        act.note(delay=row.id)
    return row


def _check_whom(whom: str, by: Actor) -> None:
    """Another institution that is known here, or a state. What we do ourselves is always told."""
    if whom.startswith(NODE):
        known = whom.removeprefix(NODE) in members.states()
    else:
        known = members.institution_by_code(whom).id != UUID(str(by.institution))
    if not known:
        raise NotADelay


def review_delay(*, by: Actor, delay_id: UUID, keep: bool) -> Delay:
    """The data protection officer confirms a delay until its day, or ends it at once. Raises
    `WrongState` for one that is over or was ended, `NotFound`, `NotAllowed`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    now = clock.now()
    with audit.act(by=by, verb="own.review_delay", subject=delay_id, keep=keep):
        row = _own(by).select_for_update().filter(id=delay_id).first()
        if row is None:
            raise NotFound
        if row.ended_at is not None or row.until <= now:
            raise WrongState
        row.reviewed_at, row.reviewed_by = now, UUID(by.id)
        if not keep:
            row.ended_at = now
        row.save()
    return row


def delays_of(*, by: Actor, case_id: UUID) -> list[OpenedDelay]:
    """Every delay in a case, newest first; recorded. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, members.Permission.CASE_WRITE)
    case = cases.case_for(by=by, case_id=case_id)
    audit.read(by=by, verb="own.delays_of", subject=case_id)
    return _opened(list(_own(by).filter(case=case).order_by("-recorded_at")))


def delays_now(*, by: Actor) -> list[OpenedDelay]:
    """The delays of the institution that are not over, those without review first, for the data
    protection officer; recorded. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    audit.read(by=by, verb="own.delays_now", subject=by.institution)
    rows = _own(by).filter(ended_at__isnull=True, until__gt=clock.now()).select_related("case")
    found = sorted(rows, key=lambda row: (row.reviewed_at is not None, row.recorded_at))
    return _opened(found)


def kept_back(case: cases.Case) -> frozenset[str]:
    """Of whom the person is not told now; for her own page, which records what it shows."""
    rows, again = Delay.objects.filter(case=case, ended_at__isnull=True), _again({case.id})
    return frozenset(row.whom for row in rows if _holds(row, again=row.id in again))


def _again(case_ids: set[UUID]) -> set[UUID]:
    """The delays of these cases that put off what another had put off before, itself or its whole
    node: over, ended or not."""
    before: dict[UUID, set[str]] = {}
    found = set()
    rows = Delay.objects.filter(case_id__in=case_ids).order_by("recorded_at", "id")
    for ident, case_id, whom in rows.values_list("id", "case_id", "whom"):
        known, node = before.setdefault(case_id, set()), _node_of(whom)
        same = {whom, node} if whom != node else {each for each in known if _node_of(each) == node}
        if same & known:
            found.add(ident)
        known.add(whom)
    return found


def _node_of(whom: str) -> str:
    """Of an institution its node, as a delay names one; of a node itself."""
    return whom if whom.startswith(NODE) else NODE + members.institution_by_code(whom).state


def _own(by: Actor) -> QuerySet[Delay]:
    return Delay.objects.filter(institution_id=by.institution)


def _holds(row: Delay, *, again: bool) -> bool:
    return delays.holds(
        recorded=row.recorded_at, until=row.until, reviewed=row.reviewed_at, ended=row.ended_at,
        now=clock.now(), again=again,
    )  # fmt: skip


def _opened(rows: list[Delay]) -> list[OpenedDelay]:
    again = _again({row.case_id for row in rows})
    return [_open(row, again=row.id in again) for row in rows]


def _open(row: Delay, *, again: bool) -> OpenedDelay:
    order = row.unseal(vault.sealer(row.subject), ["order"])["order"]
    return OpenedDelay(row, str(order or ""), _holds(row, again=again), again)
