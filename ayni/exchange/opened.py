"""Contents in a bundle of evidence: judged by the commitment in the signed header. Pure.

A message free of personal data may show `payload` and `salt`. What a peer told of numbers that it
left out is such a message of another conversation between the same two nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.exchange import envelope
from ayni.exchange.errors import Malformed, NotGenuine
from ayni.exchange.said import Said
from ayni.lib.terminal import gettext_noop as _

TOLD = "exchange.missing_told"
# What a peer may tell of a number that explains why nothing of it can be in the file.
EXPLAINS = frozenset({"cancelled", "refused", "unknown"})


def check(content: Any, commitment: str) -> dict[str, Any] | None:
    """The payload of a message that shows it, None of one that does not. Raises `Malformed`, or
    `NotGenuine` unless it is what the sender committed to."""
    if content is None:
        return None
    try:
        payload, salt = content["payload"], bytes.fromhex(content["salt"])
        well = len(content) == 2 and isinstance(payload, dict) and len(salt) == 32
        same = well and envelope.commitment(salt, payload) == commitment
    except (KeyError, TypeError, ValueError):
        well = same = False
    if not well:
        raise Malformed("content: payload and salt")
    if not same:
        raise NotGenuine(Said(_("the content is not the one committed to")))
    return dict(payload)


def told(payload: Mapping[str, Any] | None, *, kind: str, conversation: str) -> dict[int, str]:
    """Numbers of a conversation that the sender of this message left out, and what it told of them.
    Raises `Malformed` for a message that tells nothing of the kind."""
    if kind != TOLD or payload is None or payload.get("conversation") != conversation:
        raise Malformed("told: not of this conversation")
    try:
        return {int(each["number"]): str(each["is"]) for each in payload["told"]}
    except (KeyError, TypeError, ValueError):
        raise Malformed("told: number and is") from None
