"""Clocks: both nodes keep the same due time; the secretariat hears two states, a kind, due and done
to the full hour, under an id used nowhere else (promise 2)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
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


def rate(clock_id: UUID, *, timeliness: str, effort: str, by: Actor) -> None:
    """What the state that waited thinks of the answer (`Rating` codes): the secretariat is told of
    which clock, and no more."""
    row = Clock.objects.select_for_update().get(id=clock_id)
    row.timeliness, row.effort = timeliness, effort
    row.save(update_fields=["timeliness", "effort"])
    if row.reported and not row.withheld:
        _queue(
            row,
            "clock.rating",
            {"id": row.told_as.hex, "timeliness": timeliness, "effort": effort},
            by=by,
        )


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
    told = {
        "id": row.told_as.hex,
        "owing": row.owing,
        "owed": row.owed,
        "kind": row.kind,
        "due": clock.isoformat(row.due_at),
        "done": "" if row.done_at is None else clock.isoformat(row.done_at),
        **({} if still is None else {"paused_until": clock.isoformat(still)}),
    }
    if _queue(row, "clock", told, by=by):
        Clock.objects.filter(id=row.id).update(reported=True)


def _queue(row: Clock, kind: str, told: Mapping[str, Any], *, by: Actor) -> bool:
    """Queue for the secretariat, in the line of this clock; False while it cannot be reached."""
    recipient, sender = _secretariat(), _sender()
    if recipient is not None and sender is not None:
        try:
            exchange.queue(
                by=by,
                kind=kind,
                recipient=members.SECRETARIAT,
                recipient_institution=recipient,
                institution=sender,
                payload=told,
                grant=None,
                conversation=row.told_as.hex,
                subject=str(row.id),
            )
        except (exchange.NoNode, exchange.NotTrusted):
            pass
        else:
            return True
    log.warning("clock not reported", extra={"ids": {"clock": str(row.id)}})
    return False


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


def receive_rating(*, by: Actor, received: exchange.Received) -> None:
    """On the secretariat's node: what the state that waited thinks of an answer. Raises
    `NotTheirs` for a clock that is not known, or of another state."""
    told = received.payload
    with audit.act(by=by, verb="cooperation.receive_rating", subject=told["id"]):
        found = SecretariatClock.objects.filter(id=UUID(told["id"]), owed=received.sender)
        if not found.update(timeliness=told["timeliness"], effort=told["effort"]):
            raise NotTheirs("clock")
