"""Reading referrals, requests and the register of transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import first_readings, history, inquiry_reading
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import (
    Event,
    Exchange,
    FirstReading,
    Letter,
    Referral,
    Request,
    Transfer,
)
from ayni.cooperation.states import WAITS, Move, Side, State, moves, whose_turn
from ayni.cooperation.steps import ANSWERS, WILL
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Text
from ayni.members import api as members
from ayni.vault import api as vault

PAGE = 50
# A referral that the other side has declined stays in its sender's list for so long.
SEEN_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class OpenedReferral:
    """One referral or request with what was sent, its history, and what can be done now.

    `content`: (field, its words, value); `never`: states that must not receive it; `sent`: how it
    goes with its messages; `letter`: by which it went instead; `readings`: which roles of the
    other side have read it, or our answer; `will_recorded`: whether her safety and will were
    written down when we asked (step 2.3); `inquiry`: the question of a registered kind.
    """

    row: Any
    content: list[tuple[str, Text, Any]]
    never: list[str]
    history: list[Event]
    moves: list[Move]
    turn: Side | None
    ours: bool
    overdue: bool
    sent: list[exchange.Delivery]
    letter: Letter | None
    readings: list[FirstReading]
    will_recorded: bool = False
    inquiry: inquiry_reading.OpenedInquiry | None = None


def _check_reads(by: Actor) -> None:
    if not (
        members.may(by, members.Permission.REFERRAL_SEND)
        or members.may(by, members.Permission.REFERRAL_ANSWER)
    ):
        raise NotAllowed


def incoming(*, by: Actor, only_open: bool = True) -> list[Referral]:
    """Referrals to the actor's institution, the nearest time first; nothing is opened."""
    return list(_rows(Referral, by, "in", only_open)[:PAGE])


def outgoing(*, by: Actor, only_open: bool = True) -> list[Referral]:
    """Referrals of the actor's institution to others, also those declined in the last two weeks."""
    return list(_rows(Referral, by, "out", only_open)[:PAGE])


def requests_in(*, by: Actor, only_open: bool = True) -> list[Request]:
    """Requests to the actor's institution."""
    return list(_rows(Request, by, "in", only_open)[:PAGE])


def requests_out(*, by: Actor, only_open: bool = True) -> list[Request]:
    """Requests of the actor's institution to others, also those declined in the last two weeks."""
    return list(_rows(Request, by, "out", only_open)[:PAGE])


def unanswered(*, by: Actor, limit: int = PAGE) -> list[Exchange]:
    """Referrals, requests and questions of the actor's institution, by message or by letter, of
    which the other side owes a step whose time is over; the longest late first. Nothing is opened.
    Not those that wait for us, or whose time stands still."""
    now, found = clock.now(), []
    over = Q(due_at__lte=now) | Q(agreed_at__lte=now)
    for model in (Referral, Request):
        rows = _rows(model, by, "out", True).filter(over, state__in=[*WAITS])
        found += [row for row in rows if row.late and _is_theirs(row)]
    return sorted(found, key=lambda row: (row.deadline or now, row.id))[:limit]


def _is_theirs(row: Exchange) -> bool:
    return whose_turn(history.table_of(row), State(row.state)) is not history.side_of(row)


# What an inbox consists of: code -> (what, direction).
LISTS: dict[str, tuple[type[Any], str]] = {
    "referrals-in": (Referral, "in"),
    "requests-in": (Request, "in"),
    "referrals-out": (Referral, "out"),
    "requests-out": (Request, "out"),
}


def listed(*, by: Actor, code: str, page: int, size: int = PAGE) -> Page[Any]:
    """One page of one of `LISTS`, what is not over only. Raises `NotFound` for another code."""
    if code not in LISTS:
        raise NotFound
    model, direction = LISTS[code]
    return Paginator(_rows(model, by, direction, True), size).get_page(page)


def _rows(model: type[Any], by: Actor, direction: str, only_open: bool) -> QuerySet[Any]:
    _check_reads(by)
    every = model._default_manager.filter(
        institution_id=by.institution, direction=direction, blocked_at=None
    )
    found = cases.only_open(every, by=by)
    if only_open:
        open_ones = Q(settled_at__isnull=True)
        if direction == "out":
            open_ones |= Q(state=State.DECLINED, settled_at__gte=clock.now() - SEEN_FOR)
        found = found.filter(open_ones)
    ordered: QuerySet[Any] = found.order_by(Coalesce("agreed_at", "due_at"), "-created_at", "id")
    return ordered


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


def our_turn(row: Exchange) -> list[Move]:
    """What our side is asked to do next with a referral or request; empty while nobody or the
    other side is. Withdrawing is always there and no turn of anybody."""
    table, state, side = history.table_of(row), State(row.state), history.side_of(row)
    if whose_turn(table, state) is not side:
        return []
    return [move for move in moves(table, state, side) if move is not Move.WITHDRAW]


def _opened(model: type[Exchange], verb: str, by: Actor, id: UUID) -> OpenedReferral:  # noqa: A002
    _check_reads(by)
    row = history.fetch(model, id, by=by)
    audit.read(by=by, verb=verb, subject=id)
    history.note_opened(row, by=by, form="exchange")
    hidden = inquiry_reading.hidden_from(row, by=by)
    if not hidden:
        first_readings.tell(row, by=by)
    content = _content(row, hidden=bool(hidden))
    table, state, side = history.table_of(row), State(row.state), history.side_of(row)
    turn = whose_turn(table, state)
    return OpenedReferral(
        row=row,
        content=[
            (name, label, content[name])
            for name, (_row, label) in cases.DISCLOSABLE.items()
            if name in content
        ],
        never=[str(code) for code in content.get(NEVER, [])],
        history=list(Event.objects.filter(about=row.id)),
        moves=moves(table, state, side),
        turn=turn,
        ours=turn is side,
        overdue=row.late,
        sent=exchange.deliveries(str(row.id)),
        letter=Letter.objects.filter(referral_id=row.id).first(),
        readings=first_readings.readings_there(row),
        will_recorded=bool(content.get(ANSWERS, {}).get(WILL)),
        inquiry=inquiry_reading.opened(row, content, hidden=hidden),
    )


def _content(row: Exchange, *, hidden: bool) -> dict[str, Any]:
    """What was sent or received; of what this officer may not see, only whom it must not reach."""
    if row.content is None:
        return {}  # nothing was sent with it, or its key is gone as well
    sealed = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    content: dict[str, Any] = sealed if isinstance(sealed, dict) else {}
    if hidden and row.direction == "in":
        return {name: value for name, value in content.items() if name == NEVER}
    return content


def transfers_told(*, by: Actor, case_id: UUID) -> list[Transfer]:
    """What of her left her case: to whom, when, which fields; never a value. The newest first. The
    looking is recorded. Raises `NotAllowed` for anybody but the person concerned."""
    members.check_may(by, members.Permission.OWN_READ)
    audit.read(by=by, verb="cooperation.transfers_told", subject=case_id)
    about = [
        ident
        for model in (Referral, Request)
        for ident in model._default_manager.filter(
            institution_id=by.institution, case_id=case_id
        ).values_list("id", flat=True)
    ]
    about.append(case_id)  # alerts of this case
    return list(Transfer.objects.filter(about__in=about).order_by("-at", "id"))


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
