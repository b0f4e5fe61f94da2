"""Members that a directory removes: what waits for one is looked at now, not when its rest is over.

A member that does not answer rests for up to a quarter of an hour. What was queued for it is to be
cancelled, with the reason for people to read, as soon as this node has the directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.exchange import resting
from ayni.exchange.models import DirectoryDocument, PeerState, RestingConversation
from ayni.exchange.waking import ask_to_drain


def end_rests(before: DirectoryDocument | None, body: Mapping[str, Any]) -> list[str]:
    """End the rests of the members that are in `before`, the directory that was in force here, and
    not in `body`, the next one's; in the caller's transaction. The nodes that were removed."""
    if before is None:
        return []
    stay = {member["node"] for member in body["members"]}
    gone = sorted({member["node"] for member in before.document["body"]["members"]} - stay)
    for node in gone:
        PeerState.objects.filter(node=node).update(failures=0, next_attempt=None)
        rest = RestingConversation.objects.filter(peer=node)
        resting.end(list(rest.values_list("conversation", flat=True)))
        ask_to_drain(node)
    return gone
