"""Which other nodes are known to hold a version that this node has published."""

from __future__ import annotations

from ayni.exchange import api as exchange
from ayni.gazette.messages import ENTRIES
from ayni.gazette.models import Comparison, Entry
from ayni.members import api as members


def holders(digest: str) -> frozenset[str]:
    """Other nodes that are known to hold an entry of this node's own, by its digest (SHA-256,
    hexadecimal); none where no such entry is here.

    A node is known to hold it if it has receipted, with its signature, that it applied the message
    that carried it; or if it has told since that it holds all that this node has published, for an
    entry may have come to it from a third node.
    """
    entry = Entry.objects.filter(digest=digest, subject__owner=members.this_node()).first()
    if entry is None:
        return frozenset()
    agreed = Comparison.objects.filter(agreed_at__gt=entry.received_at)
    return exchange.applied_by(digest, kind=ENTRIES.name) | set(
        agreed.values_list("node", flat=True)
    )
