"""Members that a restored node learns of only now. They may have joined, and have exchanged
messages with the machine that is gone, after its last backup was made: they are asked, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ayni.audit import api as audit
from ayni.exchange.models import DirectoryDocument, PeerState
from ayni.lib import clock
from ayni.members import api as members

# Clocks of two nodes differ, and a message may be under way while a backup is made.
MARGIN = timedelta(days=1)


def expect_accounts(before: DirectoryDocument | None, body: Mapping[str, Any]) -> list[str]:
    """Ask the members that a directory brings for their account, if this node was restored and may
    have known that directory before; in the caller's transaction. The nodes that are asked.

    `before` is the directory that was in force here, `body` the next one's. One that was issued
    after the restore the old machine cannot have known.
    """
    if before is None:
        return []
    restored = audit.latest_restore()
    issued = clock.parse(body["issued"])
    if not restored or issued > clock.parse(restored) + MARGIN:
        return []
    known = {member["node"] for member in before.document["body"]["members"]} | {
        members.this_node()
    }
    new = sorted({member["node"] for member in body["members"]} - known)
    for node in new:
        PeerState.objects.update_or_create(
            node=node,
            defaults={
                "account_since": min(issued, before.accepted_at) - MARGIN,
                "next_attempt": None,
                "failures": 0,
            },
        )
    return new
