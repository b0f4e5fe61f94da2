"""Learning what is new: the next directories from any member, each member's next key sheets.

Every document is verified against what is trusted already, so it does not matter who serves it;
nobody is needed for it, the secretariat neither. What does not follow is no reason to look away:
it is then that what the peer holds must be compared with what is held here (`shown`).
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import DataError

from ayni.audit.api import Actor
from ayni.exchange import documents, following, shown, trust
from ayni.exchange.connection import Connection, Unreachable
from ayni.exchange.errors import Malformed
from ayni.lib import clock
from ayni.lib.errors import AyniError

log = logging.getLogger("ayni.exchange")
_MOST = 20  # documents taken from one peer in one go
_OK = 200


def refresh(*, by: Actor, now: datetime | None = None) -> int:
    """Fetch and accept what is new from all peers; how many documents were accepted.

    A peer that cannot be reached, or serves what does not follow, stops nobody else.
    """
    moment = now or clock.now()
    accepted = 0
    for peer in trust.peers():
        if not trust.is_member(peer):
            continue  # removed by a directory that came meanwhile
        try:
            accepted += _from(peer, by, moment)
        except (AyniError, DataError) as failure:
            # Whatever one member signs or serves: those after it are asked all the same.
            _say(peer, failure)
    return accepted


def _say(peer: str, failure: Exception) -> None:
    why = getattr(failure, "code", Malformed.code)
    log.warning("not refreshed", extra={"ids": {"peer": peer, "why": why}})


def _from(peer: str, by: Actor, now: datetime) -> int:
    to = trust.endpoint(peer)
    accepted = 0
    with Connection(to.url, connect_to=to.connect_to, pins=None) as line:
        for take in (_directories, _sheets, shown.compare):
            try:
                accepted += take(line, peer=peer, by=by, now=now)
            except Unreachable:
                raise
            except (AyniError, DataError) as failure:
                _say(peer, failure)
    return accepted


def _directories(line: Connection, *, peer: str, by: Actor, now: datetime) -> int:
    for accepted in range(_MOST):
        number = trust.directory_body()["number"] + 1
        found = _get(line, f"/exchange/1/directory/{number}")
        if found is None:
            return accepted
        trust.accept_directory(by=by, document=found, now=now, source=peer)
    return _MOST


def _sheets(line: Connection, *, peer: str, by: Actor, now: datetime) -> int:
    if not trust.is_member(peer):
        return 0
    return following.follow(line, node=peer, path=_path_of_sheet, by=by, now=now, source=peer)


def _path_of_sheet(number: int) -> str:
    return f"/exchange/1/key-sheet/{number}"


def _get(line: Connection, path: str) -> dict[str, Any] | None:
    status, body = line.request("GET", path)
    if status != _OK:
        return None
    found = documents.parse(body)
    if not isinstance(found, dict):
        raise Malformed("not a signed document")
    return found
