"""What a member that is played by a test sends: sealed by it, and the request signed by it."""

from __future__ import annotations

import secrets
from typing import Any

from http_message_signatures import HTTPMessageSigner, algorithms

from ayni.exchange import documents, envelope, transport
from ayni.lib import clock
from tests.exchange.peer import Peer


def sealed(
    peer: Peer, payload: dict[str, Any], *, kind: str = "test.note", message: str = ""
) -> bytes:
    """An envelope from this member's institution to Argentina's, the first of a conversation."""
    entry = peer.own_sheet["body"]["institutions"][0]
    return envelope.seal(
        payload,
        route=envelope.Route(
            entry["suite"], peer.node, peer.institution, 1, "ar", "ar-programme", 1
        ),
        kind=kind,
        message=message or secrets.token_hex(16),
        conversation=secrets.token_hex(16),
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=documents.decode(entry["key"]),
        signing_key=peer.signing,
    )


def request(
    peer: Peer, raw: bytes, path: str, *, key: bytes | None = None, sheet: int = 1
) -> dict[str, str]:
    """The headers that sign a POST of these bytes to Argentina's node, by this member's key or
    another one."""
    asked = transport._Request("POST", "http://ar.localhost" + path, {})
    HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=transport._OwnKey(key or peer.signing)
    ).sign(
        asked,
        key_id=f"{peer.node}/{sheet}",
        created=clock.now(),
        label="ayni",
        covered_component_ids=("@method", "@authority", "@path"),
        body=raw,
    )
    return asked.headers
