"""What arrives, from another node or from another institution of this one: new referrals and
requests, further fields, and the other side's moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, grants, history, limits, registry, steps
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Exchange, Referral, Request
from ayni.cooperation.states import Move, Side, State
from ayni.exchange.api import Handling
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault


def take(
    *,
    by: Actor,
    kind: str,
    conversation: str,
    sender: str,
    sender_institution: str,
    due_at: datetime | None,
    payload: Mapping[str, Any],
    side: str = "",
) -> Exchange:
    """Write a new referral or request into the inbox of the institution `by` acts for."""
    now = clock.now()
    is_referral = kind == "referral.send"
    name = "referral" if is_referral else "request"
    due = due_at or limits.due(name, "accept" if is_referral else "answer", "", now)
    data = dict(payload.get("data", {}))
    usual: dict[str, Any] = {
        "institution_id": by.institution,
        "subject": vault.new_subject(),
        "created_at": now,
        "direction": "in",
        "counterpart_state": sender,
        "counterpart_institution": sender_institution,
        "conversation": conversation,
        "state": State.RECEIVED.value,
        "fields": sorted(data),
        "due_at": due,
        "sent_at": now,
        "handling": payload.get("handling", {}),
    }
    row: Exchange
    if is_referral:
        row = Referral(
            **usual, purpose=payload["purpose"], provisions=payload["provisions"], side=side
        )
    else:
        row = Request(**{**usual, **asked_in(kind, payload)})
        row.case = _case_about(row)
        if row.case is not None:
            row.subject = row.case.subject  # it is erased with the case
    with audit.act(by=by, verb=f"cooperation.receive_{name}", subject=row.id, sender=sender):
        row.seal(vault.sealer(row.subject), content=data)
        row.clock_id = clocks.start(
            by=by, kind=name, owing=members.this_node(), owed=sender, due_at=due, report=False
        ).id
        row.save(force_insert=True)
        history.note(row, Move.ARRIVE, by=by)
        if NEVER in data:
            from ayni.cooperation import protection  # it tells others, and so needs this file

            protection.learn(row, list(data[NEVER]), by=by)
    return row


def asked_in(kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a message that asks says of its request: of a protocol step, or of a registered kind."""
    told = {"about": payload["about"]}
    known = registry.inquiry(kind.partition(".")[0])
    if known is None:
        return {**told, "step": payload["step"], "matter": payload["matter"]}
    data = payload.get("data", {})
    return {
        **told,
        "kind": known.name,
        "questions": list(payload["questions"]),
        "fields": sorted(
            {name for name in data if name in known.fields}
            | (registry.TOLD_BY_FREE_TEXT if registry.FREE in data else set())
        ),
        "read_until": Handling.of(payload).until,
    }


def _case_about(row: Request) -> Any:
    """The case on our side that the referral between the two institutions belongs to. With one
    whose time is over a request stands alone: somebody here must be able to read it."""
    shared = grants.shared_referral(row)
    return None if shared is None else cases.case_of(shared)


def hear(row: Exchange, move: Move, *, by: Actor, **detail: Any) -> None:
    """Apply the other side's move: only moves that are the other side's to make."""
    table = history.table_of(row)
    own = history.side_of(row)
    theirs = {m for (_, m), to in table.items() if to.side not in (own, Side.NODE)}
    if own is Side.SENDER:
        theirs.add(Move.ARRIVE)
    if move not in theirs:
        raise NotTheirs(move.value)
    if move is Move.ASK_MORE and isinstance(row, Referral):
        row.wanted = list(detail.get("wanted", []))
    if move is Move.ACCEPT and detail.get("agreed_at"):
        agreed = clock.parse(detail["agreed_at"])
        # What they say of their own time is no measure: by ours it is not before we asked.
        limits.check_agreed(agreed, since=row.sent_at or row.created_at, counted_from=clock.now())
        row.agreed_at = agreed
    if history.hear(row, move, by=by, **detail):
        history.stop_clock_for(row, move, by=by)
        if isinstance(row, Request):
            steps.settle(row, move, by=by, outcome=detail.get("outcome", ""))


def more(row: Referral, data: Mapping[str, Any], *, by: Actor) -> None:
    """Add the fields that were asked for, or the states that must not learn of her. Raises
    `NotTheirs` for a referral that we sent: whoever received it changes nothing of what we sent."""
    from ayni.cooperation import protection  # it tells others, and so needs this file

    if row.direction != "in":
        raise NotTheirs(Move.ANSWER_MORE.value)
    fields = sorted(set(data) - {NEVER})
    with audit.act(
        by=by, verb="cooperation.receive_more", subject=row.id, fields=",".join(sorted(data))
    ):
        try:
            sealer = vault.sealer(row.subject)
        except vault.Erased:  # her data are erased here: nothing more of them is kept
            history.note(row, Move.ANSWER_MORE, by=by, late=True)
            if NEVER in data:  # not even that they are erased is told to these
                protection.learn(row, list(data[NEVER]), by=by)
            return
        known = row.unseal(sealer, ["content"])["content"]
        row.seal(sealer, content={**(known if isinstance(known, dict) else {}), **data})
        row.fields = sorted({*row.fields, *data})
        if set(fields) & set(cases.IDENTITY):
            row.searched_at = None  # who she is may be found only now
        if fields:
            history.hear(row, Move.ANSWER_MORE, by=by, fields=fields)
        else:
            row.save()
        if NEVER in data:
            history.note(row, Move.ANSWER_MORE, by=by, never=True)
            protection.learn(row, list(data[NEVER]), by=by)
