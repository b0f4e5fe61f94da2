"""Bolivia's audit trail as other nodes see it: signed heads over invented entries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.exchange import documents
from ayni.lib import clock, tree
from tests.exchange.peer import Peer

Json = dict[str, Any]


def entries(name: str, count: int = 3) -> list[bytes]:
    """Digests of invented entries."""
    return [hashlib.sha256(f"{name}{n}".encode()).digest() for n in range(count)]


@dataclass
class Trail:
    """A node's own line of heads. `back_to` goes back as a restored backup does."""

    peer: Peer
    node: str = "bo"
    count: int = 0
    subtrees: list[bytes] = field(default_factory=list)
    heads: list[Json] = field(default_factory=list)
    states: list[tuple[int, list[bytes]]] = field(default_factory=list)

    def payload(self, digests: list[bytes], *, at: datetime | None = None, **changed: Any) -> Json:
        """The message with the next head over more entries."""
        more = tree.blocks(digests)
        proof = tree.consistency(self.count, self.subtrees, more)
        self.subtrees = tree.peaks(self.count, self.subtrees, more)
        self.count += len(more)
        body = {
            "at": clock.isoformat(at or clock.now()),
            "format": 1,
            "node": self.node,
            "number": len(self.heads) + 1,
            "previous": documents.digest(self.heads[-1]["body"]) if self.heads else "",
            "restored": "",
            "root": tree.root(self.subtrees).hex(),
            "sheet": 1,
            "size": self.count * tree.BLOCK,
        }
        head = documents.signed("audit-head", {**body, **changed}, {self.node: self.peer.signing})
        self.heads.append(head)
        self.states.append((self.count, list(self.subtrees)))
        return {"head": head, "held": [], "proof": [part.hex() for part in proof]}

    def back_to(self, number: int) -> None:
        """As if a backup taken after head `number` had been restored."""
        self.heads, self.states = self.heads[:number], self.states[:number]
        self.count, self.subtrees = self.states[-1] if self.states else (0, [])
        self.subtrees = list(self.subtrees)


def an_alarm() -> int:
    """A head of Bolivia that contradicts the one before it, as it is kept; the alarm's number."""
    trail = Trail(Peer())
    for name in ("a", "b"):
        told = trail.payload(entries(name))
        audit.keep_their_head(told["head"], told["proof"])
        trail.back_to(0)
    return audit.alarms()[0].id
