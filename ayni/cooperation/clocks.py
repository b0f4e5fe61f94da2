"""Clocks: both nodes keep the same due time; the secretariat hears two states, a kind, due and done
to the full hour, under an id used nowhere else (promise 2)."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.models import Clock, SecretariatClock
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members

log = logging.getLogger("ayni.cooperation")


def start(*, by: Actor, kind: str, owing: str, owed: str, due_at: datetime, report: bool) -> Clock:
    """Start a clock; with `report` the secretariat is told. A clock inside one state is not."""
    row = Clock.objects.create(
        owing=owing,
        owed=owed,
        kind=kind,
        noted_at=clock.hour_up(clock.now()),
        due_at=clock.hour_up(due_at),
        withheld=not report,
    )
    _report(row, by=by)
    return row


def stop(clock_id: UUID, *, by: Actor, report: bool) -> None:
    """The answer is here; a second answer changes nothing."""
    row = Clock.objects.select_for_update().get(id=clock_id)
    if row.done_at is not None:
        return
    row.done_at = clock.hour_up(clock.now())
    row.save()
    if report:
        _report(row, by=by)


def pause(
    clock_id: UUID, *, due_at: datetime, until: datetime | None, by: Actor, report: bool
) -> None:
    """It stands still until then (None: it does not), as both sides agreed or one side ended early,
    and is due at another time; not once it is done."""
    row = Clock.objects.select_for_update().get(id=clock_id)
    if row.done_at is not None:
        return
    row.due_at, row.paused_until = clock.hour_up(due_at), until
    row.save()
    if report:
        _report(row, by=by)


def withhold(clock_ids: list[UUID], *, by: Actor) -> None:
    """A case came under protection: its clocks are told to nobody any more."""
    for clock_id in clock_ids:
        exchange.cancel(by=by, subject=str(clock_id), peers=None, reason="protected")
    Clock.objects.filter(id__in=clock_ids).update(withheld=True)


def _secretariat() -> str | None:
    """The code of the secretariat's institution; None while it cannot be reached."""
    sheet = exchange.key_sheet(members.SECRETARIAT)
    if sheet is None or not sheet["body"]["institutions"]:
        return None
    return str(sheet["body"]["institutions"][0]["code"])


def _sender() -> str | None:
    """Clocks go out under the state's focal point: the institution that acts stays unknown."""
    found = members.institutions(state=members.this_node(), kind="focal_point")
    return found[0].code if found else None


def _report(row: Clock, *, by: Actor) -> None:
    """Queue what the secretariat may know. Without a secretariat everything else goes on."""
    if row.withheld:
        return
    still = row.paused_until if row.done_at is None else None
    recipient, sender = _secretariat(), _sender()
    if recipient is None or sender is None:
        log.warning("clock not reported", extra={"ids": {"clock": str(row.id)}})
        return
    try:
        exchange.queue(
            by=by,
            kind="clock",
            recipient=members.SECRETARIAT,
            recipient_institution=recipient,
            institution=sender,
            payload={
                "id": row.told_as.hex,
                "owing": row.owing,
                "owed": row.owed,
                "kind": row.kind,
                "due": clock.isoformat(row.due_at),
                "done": "" if row.done_at is None else clock.isoformat(row.done_at),
                **({} if still is None else {"paused_until": clock.isoformat(still)}),
            },
            grant=None,
            conversation=row.told_as.hex,
            subject=str(row.id),
        )
    except (exchange.NoNode, exchange.NotTrusted):
        log.warning("clock not reported", extra={"ids": {"clock": str(row.id)}})
        return
    Clock.objects.filter(id=row.id).update(reported=True)


def receive_clock(*, by: Actor, received: exchange.Received) -> None:
    """On the secretariat's node: keep what was told, nothing else. Word of one clock comes in its
    order, so what was told last counts: also an earlier end of a pause, with its due time.

    A clock is accepted only from the state that is owed the answer.
    """
    told = received.payload
    if told["owed"] != received.sender or members.this_node() != members.SECRETARIAT:
        raise NotTheirs("clock")
    with audit.act(by=by, verb="cooperation.receive_clock", subject=told["id"]):
        row, _ = SecretariatClock.objects.get_or_create(
            id=UUID(told["id"]),
            defaults={
                "owing": told["owing"],
                "owed": told["owed"],
                "kind": told["kind"],
                "noted_at": clock.hour_up(received.created),
                "due_at": clock.parse(told["due"]),
            },
        )
        if row.owed != received.sender:
            return
        if told["done"]:
            row.done_at = clock.parse(told["done"])
        elif row.done_at is None:
            still = told.get("paused_until")
            row.paused_until = clock.parse(still) if still else None
            row.due_at = clock.parse(told["due"])
        row.save(update_fields=["done_at", "due_at", "paused_until"])
