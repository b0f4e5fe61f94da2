"""The secretariat's own node, in a directory with Argentina and Bolivia."""

from __future__ import annotations

from typing import Any

from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.lib import clock
from tests.cast import SETUP, an_institution
from tests.exchange.peer import Peer


def found_here(argentina: Peer, bolivia: Peer) -> None:
    """Found the platform as the secretariat sees it: two states sign, and its own key sheet."""
    now = clock.now().replace(microsecond=0)
    desk = an_institution("secretariat-desk", kind="secretariat", state="secretariat")
    own = exchange.make_identity(by=SETUP)
    rows: list[dict[str, Any]] = [
        {
            "endpoint": {"connect_to": one.start(), "url": f"http://{one.node}.localhost"},
            "identity_key": documents.encode(documents.public_of(one.identity)),
            "node": one.node,
        }
        for one in (argentina, bolivia)
    ]
    here = {"connect_to": "", "url": "http://secretariat.localhost"}
    rows.append({"endpoint": here, "identity_key": own, "node": "secretariat"})
    body = {
        "demo": False,
        "format": 1,
        "issued": clock.isoformat(now),
        "members": rows,
        "number": 1,
        "previous": "",
        "quorum": 2,
    }
    keys = {"ar": argentina.identity, "bo": bolivia.identity}
    exchange.accept_directory(by=SETUP, document=documents.signed("directory", body, keys), now=now)
    own_sheet = exchange.make_key_sheet(by=SETUP, institutions=[desk], now=now)
    for sheet in (own_sheet, argentina.key_sheet(now), bolivia.key_sheet(now)):
        exchange.accept_key_sheet(by=SETUP, document=sheet, now=now)
