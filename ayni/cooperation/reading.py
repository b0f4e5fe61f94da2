"""Reading referrals, requests and the register of transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import history
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Event, Exchange, Referral, Request, Transfer
from ayni.cooperation.states import Move, Side, State, ends, moves, whose_turn
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, Text
from ayni.members import api as members
from ayni.vault import api as vault

PAGE = 50


@dataclass(frozen=True, slots=True)
class OpenedReferral:
    """One referral or request with what was sent, its history, and what can be done now.

    `content`: (words of the field, value); `never`: states that must not receive it.
    """

    row: Any
    content: list[tuple[Text, Any]]
    never: list[str]
    history: list[Event]
    moves: list[Move]
    turn: Side | None
    ours: bool
    overdue: bool


def _check_reads(by: Actor) -> None:
    if not (
        members.may(by, members.Permission.REFERRAL_SEND)
        or members.may(by, members.Permission.REFERRAL_ANSWER)
    ):
        raise NotAllowed


def incoming(*, by: Actor, only_open: bool = True) -> list[Referral]:
    """Referrals to the actor's institution, the nearest due time first; nothing is opened."""
    return _list(Referral, by, "in", only_open)


def outgoing(*, by: Actor, only_open: bool = True) -> list[Referral]:
    """Referrals of the actor's institution to others."""
    return _list(Referral, by, "out", only_open)


def requests_in(*, by: Actor, only_open: bool = True) -> list[Request]:
    """Requests to the actor's institution."""
    return _list(Request, by, "in", only_open)


def requests_out(*, by: Actor, only_open: bool = True) -> list[Request]:
    """Requests of the actor's institution to others."""
    return _list(Request, by, "out", only_open)


def _list(model: type[Any], by: Actor, direction: str, only_open: bool) -> list[Any]:
    _check_reads(by)
    found = model._default_manager.filter(institution_id=by.institution, direction=direction)
    if only_open:
        found = found.filter(settled_at__isnull=True)
    return list(found.order_by("due_at", "-created_at", "id")[:PAGE])


def referrals_of_case(*, by: Actor, case_id: UUID) -> list[Referral]:
    """Referrals of one case, both directions, newest first."""
    _check_reads(by)
    found = Referral.objects.filter(institution_id=by.institution, case_id=case_id)
    return list(found.order_by("-created_at", "id"))


def requests_of_case(*, by: Actor, case_id: UUID) -> list[Request]:
    """Requests of one case, both directions, newest first."""
    _check_reads(by)
    found = Request.objects.filter(institution_id=by.institution, case_id=case_id)
    return list(found.order_by("-created_at", "id"))


def open_referral(*, by: Actor, referral_id: UUID) -> OpenedReferral:
    """One referral with what was sent or received; the opening is recorded first."""
    return _opened(Referral, "cooperation.open_referral", by, referral_id)


def open_request(*, by: Actor, request_id: UUID) -> OpenedReferral:
    """One request; the opening is recorded first."""
    return _opened(Request, "cooperation.open_request", by, request_id)


def _opened(model: type[Exchange], verb: str, by: Actor, id: UUID) -> OpenedReferral:  # noqa: A002
    _check_reads(by)
    row = history.fetch(model, id, by=by)
    audit.read(by=by, verb=verb, subject=id)
    sealed = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    content: dict[str, Any] = sealed if isinstance(sealed, dict) else {}
    table, state, side = history.table_of(row), State(row.state), history.side_of(row)
    turn = whose_turn(table, state)
    return OpenedReferral(
        row=row,
        content=[
            (cases.DISCLOSABLE[name][1], value)
            for name, value in content.items()
            if name in cases.DISCLOSABLE
        ],
        never=[str(code) for code in content.get(NEVER, [])],
        history=list(Event.objects.filter(about=row.id)),
        moves=moves(table, state, side),
        turn=turn,
        ours=turn is side,
        overdue=state not in ends(table) and row.due_at is not None and row.due_at <= clock.now(),
    )


def transfers(*, by: Actor, after: tuple[datetime, UUID] | None = None) -> list[Transfer]:
    """The register of transfers of this node, newest first; names of fields, never a value.

    For the data protection officer. `after`: the last row of the page before.
    """
    members.check_may(by, members.Permission.TRANSFERS_READ)
    audit.read(by=by, verb="cooperation.transfers", subject="")
    found = Transfer.objects.all()
    if after is not None:
        at, last = after
        found = found.filter(Q(at__lt=at) | Q(at=at, id__gt=last))
    return list(found.order_by("-at", "id")[: PAGE + 1])


def as_text(value: Any) -> str:
    """A value of a field as people read it: parts separated by semicolons."""
    if isinstance(value, dict):
        return "; ".join(as_text(part) for part in value.values() if part not in (None, ""))
    if isinstance(value, list):
        return "; ".join(as_text(part) for part in value)
    return str(value)
