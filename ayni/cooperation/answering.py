"""The receiving side of a referral: read, ask, accept, decline, act, report the outcome."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import attaching, history, limits, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import NothingToSend
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Referral
from ayni.cooperation.states import REFERRAL, Move, Side, State, check_move
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.vault import api as vault

ANSWER = members.Permission.REFERRAL_ANSWER


def _step(by: Actor, referral_id: UUID, move: Move, **told: Any) -> Referral:
    """One move of the receiving side: checked, recorded, its clock stopped, told."""
    members.check_may(by, ANSWER)
    with audit.act(by=by, verb=f"cooperation.{move.value}_referral", subject=referral_id):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        history.advance(row, REFERRAL, move, Side.RECEIVER, by=by, **told)
        history.stop_clock_for(row, move, by=by)
        telling.tell(row, move, by=by, **told)
    return row


def mark_read(*, by: Actor, referral_id: UUID) -> Referral:
    """An officer has read it."""
    return _step(by, referral_id, Move.READ)


def decline_referral(*, by: Actor, referral_id: UUID, reason: str) -> Referral:
    """Decline with a reason (`DeclineReason`)."""
    return _step(by, referral_id, Move.DECLINE, reason=words.DeclineReason(reason).value)


def ask_more(*, by: Actor, referral_id: UUID, wanted: Iterable[str]) -> Referral:
    """Ask for further fields by name; the other side needs a consent for each."""
    fields = sorted(set(wanted) & set(cases.DISCLOSABLE))
    if not fields:
        raise NothingToSend
    return _step(by, referral_id, Move.ASK_MORE, wanted=fields)


def first_action(*, by: Actor, referral_id: UUID, action: str) -> Referral:
    """Report the first thing that was done (`FirstAction`)."""
    return _step(by, referral_id, Move.FIRST_ACTION, action=words.FirstAction(action).value)


def outcome(*, by: Actor, referral_id: UUID, outcome: str) -> Referral:
    """Report how it ended (`Outcome`)."""
    return _step(by, referral_id, Move.OUTCOME, outcome=words.Outcome(outcome).value)


def close_referral(*, by: Actor, referral_id: UUID) -> Referral:
    """The feedback was read; the referral is done."""
    return _step(by, referral_id, Move.CLOSE)


def accept_referral(
    *, by: Actor, referral_id: UUID, agreed_at: datetime | None = None, side: str = ""
) -> Referral:
    """Accept: our own case begins with the received fields, under our state's protocol.

    `agreed_at` is by when we report the outcome (a proposal of `limits` if not given). `side` is
    ours in the case: inside one state the sender's, else `nationality` unless given. Raises
    `cases.SearchFirst` before earlier records were searched for, `NotADeadline`.
    """
    members.check_may(by, ANSWER)
    with audit.act(by=by, verb="cooperation.accept_referral", subject=referral_id) as act:
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        if row.direction != "in":
            raise WrongState
        check_move(REFERRAL, State(row.state), Move.ACCEPT, Side.RECEIVER)
        if row.searched_at is None:
            raise cases.SearchFirst
        now = clock.now()
        if agreed_at is not None:
            limits.check_agreed(agreed_at, since=now)
        row.agreed_at = clock.hour_up(agreed_at or limits.due("referral", "outcome", "", now))
        told = {"agreed_at": clock.isoformat(row.agreed_at)}
        history.advance(row, REFERRAL, Move.ACCEPT, Side.RECEIVER, by=by, **told)
        opened = row.unseal(vault.sealer(row.subject), ["content"])["content"]
        data: dict[str, Any] = opened if isinstance(opened, dict) else {}
        case = cases.open_case(
            by=by, notice_id=None, new=_new_case(data, side or row.side or "nationality")
        )
        act.note(case=case.id)
        # From now on it is erased with the case.
        was = row.subject
        row.case, row.subject = case, case.subject
        row.held_until, row.hold_reason = None, None  # a hold is the case's now
        attaching.follow(row, was)
        row.seal(vault.sealer(row.subject), content=data)
        row.save()
        history.stop_clock_for(row, Move.ACCEPT, by=by)
        telling.tell(row, Move.ACCEPT, by=by, **told)
    return row


def _new_case(data: dict[str, Any], side: str) -> cases.NewCase:
    return cases.NewCase(
        side=side,
        tracks=tuple(data.get("tracks", ())),
        person={name: data[name] for name in cases.IDENTITY if name in data},
        host_country=data.get("host_country", ""),
        situation=data.get("situation", ""),
        feared_states=tuple(data.get(NEVER, ())),
        narrative=data.get("narrative", ""),
        needs=tuple(data.get("needs", ())),
    )
