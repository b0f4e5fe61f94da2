"""The protection flag: the feared states receive nothing, from this moment on, not even a clock.

Naming a state is one officer's act and takes effect at once; it never takes another state away.
Taking one away needs a reason and two officers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, grants, history, tellable, telling
from ayni.cooperation.errors import AskedAlready, NotProtected, SameOfficer
from ayni.cooperation.models import Exchange, ProtectionEnd, Referral, Request
from ayni.cooperation.states import Move, Side, State, can_move
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

WRITE, SECOND = members.Permission.CASE_WRITE, members.Permission.REFERRAL_SECOND

# Those who have it, and may pass it on.
_THERE = frozenset(
    {
        State.SENT, State.RECEIVED, State.READ, State.MORE_ASKED, State.ACCEPTED,
        State.FIRST_ACTION, State.OUTCOME, State.FEEDBACK, State.DONE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """That states are taken off the protection: asked by an officer (id), not decided yet."""

    id: UUID
    asked_by: str
    asked_at: datetime
    states: list[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Protection:
    """The states that must never learn of a person, and what was asked about them."""

    states: frozenset[str]
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class EndWaiting:
    """That an end of a protection waits for its second officer; not of which state, nor why."""

    id: UUID
    case_id: UUID
    asked_by: str
    asked_at: datetime


def ends_waiting(
    *, by: Actor, case_id: UUID | None = None, limit: int | None = None
) -> list[EndWaiting]:
    """Ends that wait for an officer of this institution, oldest first, of one case or of all.

    Without a case only those that the actor may decide: another officer asked for them.
    """
    members.check_may(by, WRITE)
    found = ProtectionEnd.objects.filter(
        institution_id=by.institution, decided_at__isnull=True
    ).defer("content")
    if case_id is not None:
        found = found.filter(case_id=case_id)
    elif not members.may(by, SECOND):
        return []
    else:
        found = cases.only_open(found.exclude(asked_by=by.id), by=by, untaken=False)
    rows = found.order_by("asked_at", "id")[:limit]
    return [EndWaiting(row.id, row.case_id, row.asked_by, row.asked_at) for row in rows]


def open_protection(*, by: Actor, case_id: UUID, end_id: UUID | None = None) -> Protection:
    """Whom a case is protected from; the opening is recorded first.

    Raises `NotFound` for an end (`end_id`) that was never asked for in this very case.
    """
    members.check_may(by, WRITE)
    case = cases.case_for(by=by, case_id=case_id)
    if end_id is not None and not ProtectionEnd.objects.filter(case=case, id=end_id).exists():
        raise NotFound
    audit.read(by=by, verb="cooperation.open_protection", subject=case_id)
    row = _open_end(case)
    return Protection(cases.named_states(case.person), None if row is None else _asked(row))


def _open_end(case: cases.Case) -> ProtectionEnd | None:
    return ProtectionEnd.objects.filter(case=case, decided_at__isnull=True).first()


def _asked(row: ProtectionEnd) -> Asked:
    content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    told = content if isinstance(content, dict) else {}
    states = [str(code) for code in told.get("states", [])]  # type: ignore[union-attr]
    return Asked(row.id, row.asked_by, row.asked_at, states, str(told.get("reason", "")))


def protect(*, by: Actor, case_id: UUID, states: Iterable[str], abroad: bool = False) -> int:
    """Add states that a person fears and recall what is queued, in one transaction.

    States that are protected from already stay so, whatever another officer saw or said meanwhile.
    Whoever names a state whose end was asked for thereby refuses that end.
    `abroad`: she fears her own state and nobody has recorded which that is, so it may be any: what
    is queued to another state is recalled, too. What is there stays until her state is named.

    Returns how many messages were recalled. What had not left is cancelled: to a feared state for
    good, to another one because it does not name what must not be passed on. Those who have the
    referral are told the states, so that they do not pass it on; clocks of the case are told to
    nobody any more.
    """
    members.check_may(by, WRITE)
    with audit.act(by=by, verb="cooperation.protect", subject=case_id) as act:
        one_at_a_time()
        case = cases.case_for(by=by, case_id=case_id)
        # The person before all: of two acts at once the later one sees what the first one set.
        before = cases.hold_feared_states(by=by, person_id=case.person_id)
        named = set(states)
        added, now = named - before, sorted(before | named)
        tellable.take_out(case.id, now)
        rows: list[Exchange] = [
            *Referral.objects.filter(case=case),
            *Request.objects.filter(case=case),
        ]
        recalled = 0
        for row in rows:
            if telling.is_local(row):
                history.alone(row.conversation)
            if row.counterpart_state in now:
                recalled += _recall(row, by=by, reason="feared_state")
            elif abroad and not telling.is_local(row):
                recalled += _recall(row, by=by, reason=cases.FearUnplaced.code)
            elif added and row.direction == "out" and row.fields and row.state == State.SENT:
                recalled += _recall(row, by=by, reason=grants.PROTECTION_CHANGED)
            elif now:
                _withhold(row, by=by)
        for take_back in _above():
            recalled += take_back(by=by, case=case, states=now)
        if added:
            cases.set_feared_states(by=by, person_id=case.person_id, states=now)
            _tell(case_id, now, by=by)
        _refuse_end(case, named, by=by)
        act.note(recalled=recalled)
    return recalled


def _above() -> list[Callable[..., int]]:
    """Of rooms above that send something of a case: what takes it back from states."""
    return [import_string(path) for path in settings.AYNI_TAKE_BACK]


def _withhold(row: Exchange, *, by: Actor) -> None:
    if row.clock_id is not None:
        clocks.withhold([row.clock_id], by=by)


def _recall(row: Exchange, *, by: Actor, reason: str) -> int:
    # The queue, the row, its clock: in this order everywhere, as whoever delivers does.
    stopped = exchange.cancel(by=by, subject=str(row.id), peers=None, reason=reason)
    locked = history.fetch(type(row), row.id, by=by, lock=True)
    _withhold(locked, by=by)
    table = history.table_of(locked)
    not_left = locked.state != State.SENT or stopped > 0
    if not_left and can_move(table, State(locked.state), Move.CANCEL, Side.NODE):
        history.advance(locked, table, Move.CANCEL, Side.NODE, by=by, cancelled=reason)
        history.stop_clock(locked, by=by)
    return stopped


def _tell(case_id: UUID, states: list[str], *, by: Actor) -> None:
    """Whoever holds a referral of this case must not pass it on to these states."""
    for row in Referral.objects.filter(case_id=case_id, direction="out", state__in=_THERE):
        if row.counterpart_state not in states and not telling.by_letter(row):
            telling.tell_never(row, states, by=by)


def one_at_a_time() -> None:
    """A protection reaches the rows of others who hold the same referral, and theirs reach ours."""
    history.alone("protection")


def learn(row: Exchange, states: list[str], *, by: Actor) -> None:
    """The other side of this names states that must not learn of her: it holds in our case as well,
    also in one that is blocked. Of one that is erased they are not even told that it is."""
    case_id = grants.with_case(row).case_id
    if case_id is None:
        return
    with cases.seeing(case_id, institution=row.institution_id) as case:
        if case is None:
            tellable.take_out(case_id, states)
        else:
            protect(by=by, case_id=case.id, states=states)


def _refuse_end(case: cases.Case, named: set[str], *, by: Actor) -> None:
    row = _open_end(case)
    if row is not None and named & set(_asked(row).states):
        row.decided_at, row.decided_by = clock.now(), by.id
        row.save()


def ask_protection_end(*, by: Actor, case_id: UUID, states: Iterable[str], reason: str) -> Asked:
    """Ask that states are taken off the protection; nothing changes until another officer agrees.

    Raises `NotProtected` for a state that is none of them or for no state, `cases.ReasonMissing`,
    `AskedAlready` while an earlier request waits.
    """
    members.check_may(by, WRITE)
    if not reason.strip():
        raise cases.ReasonMissing
    with audit.act(by=by, verb="cooperation.ask_protection_end", subject=case_id):
        case = cases.case_for(by=by, case_id=case_id)
        known, wanted = cases.hold_feared_states(by=by, person_id=case.person_id), set(states)
        if not wanted or not wanted <= known:
            raise NotProtected
        if _open_end(case) is not None:
            raise AskedAlready
        row = ProtectionEnd(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            asked_at=clock.now(),
            asked_by=by.id,
        )
        told: vault.Json = {"states": [*sorted(wanted)], "reason": reason.strip()}
        row.seal(vault.sealer(row.subject), content=told)
        row.save(force_insert=True)
    return _asked(row)


def decide_protection_end(*, by: Actor, case_id: UUID, end_id: UUID, agree: bool) -> None:
    """Agree, as another officer than the one who asked, or refuse; one's own can be taken back.

    What was called back stays so, and whoever was told keeps to it: an end opens the way for what
    is written anew, nothing else. Raises `SameOfficer`, `WrongState` if it was decided meanwhile.
    """
    members.check_may(by, SECOND if agree else WRITE)
    verb = "cooperation.decide_protection_end"
    with audit.act(by=by, verb=verb, subject=case_id, agree=agree):
        case = cases.case_for(by=by, case_id=case_id)
        known = cases.hold_feared_states(by=by, person_id=case.person_id)
        row = ProtectionEnd.objects.select_for_update().filter(case=case, id=end_id).first()
        if row is None:
            raise NotFound
        if row.decided_at is not None:
            raise WrongState
        if agree and row.asked_by == by.id:
            raise SameOfficer
        row.decided_at, row.decided_by, row.agreed = clock.now(), by.id, agree
        row.save()
        if agree:
            left = sorted(known - set(_asked(row).states))
            cases.set_feared_states(by=by, person_id=case.person_id, states=left)
