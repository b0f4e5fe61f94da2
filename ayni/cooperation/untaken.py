"""Referrals and requests that we received and nobody took into a case: kept for a time of their
own, then blocked, then erased by destroying their key.

The days are counted by `cases`, as for a notice that led to no case. A referral that somebody takes
on is erased with its case, and is not looked at here. A message that could not be applied is read
by nobody from its first day: it ends when both times together are over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import attaching, history
from ayni.cooperation.inquired import PLAIN
from ayni.cooperation.models import ConsentEffect, Exchange, Referral, Request
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

UNTAKEN: dict[str, type[Exchange]] = {"referral": Referral, "request": Request}
UNAPPLIED = "message"
_DECIDES = members.Permission.RETENTION_DECIDE


def months() -> int:
    """For how many whole months it is kept: `AYNI_UNTAKEN_MONTHS`, else the proposal."""
    own: int | None = settings.AYNI_UNTAKEN_MONTHS
    return cases.months("untaken_months") if own is None else own


def _zone(by: Actor) -> ZoneInfo:
    return ZoneInfo(members.institution(by.institution).time_zone)


def _since(row: Exchange) -> datetime:
    """From when its time is counted: its end, or the last moment by which we owed an answer."""
    if row.settled_at is not None:
        return row.settled_at
    owed = (row.created_at, row.due_at, row.agreed_at, row.paused_until)
    return max(moment for moment in owed if moment is not None)


def _gone(row: Exchange) -> bool:
    """Erased, or destroyed before: because a consent was withdrawn, or by its handling codes."""
    return row.erased_at is not None or row.content is None


def _next(row: Exchange, zone: ZoneInfo) -> cases.Next:
    blocked = row.blocked_at
    return cases.following(
        last_kept=cases.kept_until(_since(row).astimezone(zone).date(), months()),
        blocked_on=None if blocked is None else blocked.astimezone(zone).date(),
        erased=_gone(row) or row.direction != "in" or row.case_id is not None,
        held_until=row.held_until,
        blocked_months=cases.months("blocked_months"),
    )


def _due(row: Exchange, kind: str, zone: ZoneInfo) -> cases.Due:
    if _gone(row):
        standing = "erased"
    else:
        standing = "kept" if row.blocked_at is None else "blocked"
    # Our number of it would be one more; state and conversation tell it apart on both sides.
    name = f"{row.counterpart_state.upper()} {row.conversation[:8]}"
    return cases.Due(kind, row.id, name, _next(row, zone), row.held_until, standing)


def _candidates(by: Actor) -> Iterator[tuple[str, Exchange]]:
    """What can end by itself. An answered question of a registered kind is `handled`'s."""
    for kind, model in UNTAKEN.items():
        found = model._default_manager.filter(
            institution_id=by.institution, direction="in", case=None, erased_at=None,
            content__isnull=False,
        )  # fmt: skip
        if model is Request:
            found = found.filter(Q(kind=PLAIN) | Q(settled_at=None))
        for row in found.order_by("created_at", "id").iterator():
            yield kind, row


def untaken_due(*, by: Actor, until: date) -> list[cases.Due]:
    """What of it will be blocked or erased up to a day, and every hold, the nearest first; nothing
    is done. The looking is recorded. Raises `NotAllowed`."""
    members.check_may(by, _DECIDES)
    audit.read(by=by, verb="cooperation.untaken_due", subject=by.institution)
    zone = _zone(by)
    rows = [_due(row, kind, zone) for kind, row in _candidates(by)]
    rows += [_due_unapplied(one, zone) for one in _unapplied(by)]
    found = [
        due for due in rows if due.next.on is not None and (due.next.on <= until or due.next.held)
    ]
    return sorted(found, key=lambda due: (due.next.on or until, due.reference))


def apply_untaken(*, by: Actor, now: datetime) -> tuple[int, int]:
    """Block and erase what is due for the actor's institution; how many of each. Each is looked at
    again under its lock. What has a case and a key of its own comes under the key of its case; of
    what a restore brought back without its key the rest is emptied; of messages that could not be
    applied in all that time evidence stays. Raises `NotAllowed`."""
    members.check_may(by, _DECIDES)
    _put_right(by)
    zone = _zone(by)
    today = now.astimezone(zone).date()
    known = list(_candidates(by))
    keys = vault.sealers(row.subject for _kind, row in known)
    done = {cases.Step.BLOCK: 0, cases.Step.ERASE: 0}
    for kind, seen in known:
        lost = seen.subject not in keys
        if not (lost or cases.is_due(_next(seen, zone), today)):
            continue
        with transaction.atomic():
            row = _lock(kind, seen.id, by=by)
            following = _next(row, zone)
            if following.step is cases.Step.NONE:
                continue
            if lost or (following.step is cases.Step.ERASE and cases.is_due(following, today)):
                _erase(row, kind, by=by, now=now)
                done[cases.Step.ERASE] += 1
            elif cases.is_due(following, today):
                with audit.act(by=by, verb=f"cooperation.block_{kind}", subject=row.id):
                    row.blocked_at = now
                    row.save(update_fields=["blocked_at"])
                done[cases.Step.BLOCK] += 1
    over = [one for one in _unapplied(by) if cases.is_due(_next_of_unapplied(one, zone), today)]
    ended = sum(exchange.end_unapplied(by=by, message=one.message) for one in over)
    return done[cases.Step.BLOCK], done[cases.Step.ERASE] + ended


def _unapplied(by: Actor) -> list[exchange.Unapplied]:
    return exchange.unapplied(institution=members.institution(by.institution).code)


def _next_of_unapplied(one: exchange.Unapplied, zone: ZoneInfo) -> cases.Next:
    last_kept = cases.kept_until(one.received.astimezone(zone).date(), months())
    return cases.following(
        last_kept=last_kept,
        blocked_on=last_kept,
        erased=False,
        held_until=None,
        blocked_months=cases.months("blocked_months"),
    )


def _due_unapplied(one: exchange.Unapplied, zone: ZoneInfo) -> cases.Due:
    name = f"{one.peer.upper()} {one.conversation[:8]}"
    ident = UUID(hex=one.message)
    return cases.Due(UNAPPLIED, ident, name, _next_of_unapplied(one, zone), None, "blocked")


def _erase(row: Exchange, kind: str, *, by: Actor, now: datetime) -> None:
    """The key first: if what follows is undone, the next night erases again what is erased."""
    with audit.act(by=by, verb=f"cooperation.erase_{kind}", subject=row.id):
        vault.erase_subject(row.subject)
        emptied: dict[str, Any] = dict.fromkeys(type(row).sealed_names())
        if isinstance(row, Referral):
            emptied |= {"earlier": [], "search_result": ""}
        type(row)._default_manager.filter(id=row.id).update(
            **emptied, fields=[], erased_at=now, blocked_at=row.blocked_at or now, held_until=None
        )


def _put_right(by: Actor) -> int:
    """What came with a request about a case of ours and is sealed under a key of its own comes
    under the key of the case, and is erased with it; how many."""
    with cases.seeing_blocked():
        apart = list(
            Request.objects.filter(
                institution_id=by.institution, direction="in", case__isnull=False
            )
            .exclude(subject=F("case__subject"))
            .values_list("id", flat=True)
        )
    for ident in apart:
        with transaction.atomic(), cases.seeing_blocked():
            was = _under_its_case(ident, by=by)
        vault.erase_subject(was)  # after the commit: nothing is sealed under it any more
    return len(apart)


def _under_its_case(ident: UUID, *, by: Actor) -> UUID:
    row = _lock("request", ident, by=by)
    assert row.case is not None
    was, subject = row.subject, row.case.subject
    with audit.act(by=by, verb="cooperation.seal_with_case", subject=row.id, case=row.case_id):
        keys = vault.sealers([was, subject])
        row.subject = subject
        names = [name for name in type(row).sealed_names() if getattr(row, name) is not None]
        if was in keys and subject in keys:
            row.seal(keys[subject], **row.unseal(keys[was], names))
            attaching.follow(row, was)
        else:  # the case is erased, or what came with it is
            for name in names:
                setattr(row, name, None)
        row.save()
        # What tells that it was destroyed looks at the key.
        ConsentEffect.objects.filter(about=row.id, direction="in", subject=was).update(
            subject=subject
        )
    return was


def _fetch(kind: str, ident: UUID, *, by: Actor) -> Exchange:
    model = UNTAKEN.get(kind)
    row = None
    if model is not None:
        row = model._default_manager.filter(
            id=ident, institution_id=by.institution, direction="in"
        ).first()
    if row is None:
        raise NotFound
    return row


def _lock(kind: str, ident: UUID, *, by: Actor) -> Exchange:
    history.alone(_fetch(kind, ident, by=by).conversation)
    return UNTAKEN[kind]._default_manager.select_for_update().get(id=ident)


def untaken_of(*, by: Actor, kind: str, ident: UUID) -> tuple[cases.Due, str]:
    """What comes next for one, blocked or not, and why it is held back (empty: it is not). The
    reading is recorded. Raises `NotFound`, also for what was taken into a case; `NotAllowed`."""
    members.check_may(by, _DECIDES)
    row = _fetch(kind, ident, by=by)
    if row.case_id is not None:
        raise NotFound
    audit.read(by=by, verb="cooperation.untaken_of", subject=ident)
    reason = None
    if row.hold_reason is not None:
        reason = row.unseal(vault.sealer(row.subject), ["hold_reason"])["hold_reason"]
    return _due(row, kind, _zone(by)), str(reason or "")


def hold_untaken(*, by: Actor, kind: str, ident: UUID, until: date, reason: str) -> None:
    """Neither block nor erase it before the day after `until`; also once it is blocked. Raises
    `cases.ReasonMissing`, `cases.HoldTooLong`, `WrongState` for one that is erased or has a case,
    `NotFound`, `NotAllowed`."""
    members.check_may(by, _DECIDES)
    cases.check_hold(until, reason, today=clock.now().astimezone(_zone(by)).date())
    with audit.act(by=by, verb="cooperation.hold_untaken", subject=ident, until=until):
        row = _lock(kind, ident, by=by)
        if _gone(row) or row.case_id is not None:
            raise WrongState
        row.held_until = until
        row.seal(vault.sealer(row.subject), hold_reason=reason.strip())
        row.save(update_fields=["held_until", "hold_reason"])


def end_hold_untaken(*, by: Actor, kind: str, ident: UUID) -> None:
    """From now on it goes its way again. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, _DECIDES)
    with audit.act(by=by, verb="cooperation.end_hold_untaken", subject=ident):
        row = _lock(kind, ident, by=by)
        row.held_until, row.hold_reason = None, None
        row.save(update_fields=["held_until", "hold_reason"])
