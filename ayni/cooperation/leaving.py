"""How whatever is asked leaves: to another institution of this node or to another node, with its
clock, and noted in the register of transfers if it tells something of the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ayni.audit.api import Actor
from ayni.cooperation import clocks, history, telling
from ayni.cooperation.models import Request
from ayni.cooperation.states import Move
from ayni.exchange import api as exchange
from ayni.members import api as members


def leave(
    row: Request,
    *,
    by: Actor,
    kind: str,
    payload: Mapping[str, Any],
    grant: exchange.Grant | None,
    told: Iterable[str],
    report: bool,
) -> None:
    """Send a request; `told`: names of the fields that it tells, under `grant`; `report`: whether
    the secretariat hears of its clock where it crosses a border. Saves the row. Raises `NoNode`."""
    assert row.due_at is not None
    local, message = telling.is_local(row), ""
    if local:
        telling.hand_in(row, kind=kind, payload=payload, due_at=row.due_at)
        history.hear(row, Move.ARRIVE, by=by)
    else:
        message = telling.queue(
            row, by=by, kind=kind, payload=payload, grant=grant, due_at=row.due_at
        )
    row.clock_id = clocks.start(
        by=by,
        kind="request",
        owing=row.counterpart_state,
        owed=members.this_node(),
        due_at=row.due_at,
        report=report and not local,
    ).id
    row.save()
    fields = list(told)
    if fields and grant is not None:
        channel = "local" if local else "node"
        telling.register(row, basis=grant.basis, fields=fields, channel=channel, message=message)
