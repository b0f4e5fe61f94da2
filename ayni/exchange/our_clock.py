"""What other nodes have told of this node's clock: while it is ahead, nothing is ended by it.

A receipt says by how much a message was dated ahead of its receiver's clock (`ahead_seconds`);
the next one that says nothing of the kind takes that back.
"""

from __future__ import annotations

from ayni.exchange.models import PeerState
from ayni.lib.errors import AyniError


class ClockAhead(AyniError):
    """A time seems to be over, by a clock that other nodes call ahead: it has to come again."""

    code = "clock_ahead"


def is_ahead(*, of: str = "") -> bool:
    """Whether a node says so itself, for what passes between us and it, or more than one does: one
    alone is not believed about what goes on with others. `of`: that node, empty for no single one.
    """
    told = set(PeerState.objects.filter(skew_seconds__lt=0).values_list("node", flat=True)[:12])
    return of in told or len(told) > 1
