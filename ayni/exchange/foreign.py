"""Key sheets of this node that it has not made.

Whoever has stolen the identity key can sign this node's next sheet and show it to a peer. It is
taken over from there all the same: only a sheet that follows it ends it. People are told, and the
next sheet of this node revokes it. What a restore brings back was made here once, on the machine
that was lost: that is no alarm.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import documents
from ayni.exchange.models import KeySheetDocument
from ayni.members import api as members
from ayni.vault import api as vault

log = logging.getLogger("ayni.exchange")
CODE = "foreign_sheet"
SIGNING = "exchange.signing."

Body = Mapping[str, Any]


def not_made(line: Sequence[Body], *, here: Collection[int], restored: str) -> list[int]:
    """Numbers at the end of `line` (sheets of one node, in order) whose keys are not among those
    `here`, since the last whose keys are; none if there is no such one: a new machine has made
    nothing yet. `restored`: when the node was last brought back, empty if never. What was issued
    and in force until then was made by the machine that was lost, unless it follows something
    later: whoever signs writes any time into a sheet, and one that was made ahead does not come
    before its week. Pure."""
    places = [place for place, body in enumerate(line) if body["number"] in here]
    if not places:
        return []
    found: list[int] = []
    later = _out(line[places[-1]]) > restored
    for body in line[places[-1] + 1 :]:
        later = later or _out(body) > restored
        if later:
            found.append(int(body["number"]))
    return found


def _out(body: Body) -> str:
    """When a sheet can have been shown to anybody at the earliest."""
    return max(str(body["issued"]), str(body["valid_from"]))


def is_here(body: Body) -> bool:
    """Whether the private signing key of a sheet of this node is on this machine."""
    name = f"{SIGNING}{body['number']}"
    if name not in vault.secret_names():
        return False
    public = documents.public_of(vault.load_secret(name))
    return bool(documents.encode(public) == body["signing_key"])


def _since_the_last_here() -> list[Body]:
    """The sheets of this node from the last on whose signing key is here; all if there is none, and
    none on a machine that holds no signing key at all."""
    found: list[Body] = []
    if not any(name.startswith(SIGNING) for name in vault.secret_names()):
        return found
    rows = KeySheetDocument.objects.filter(node=members.this_node()).order_by("-number")
    for row in rows.iterator(chunk_size=20):
        found.insert(0, row.document["body"])
        if is_here(found[0]):
            break
    return found


def numbers() -> list[int]:
    """Numbers of the newest sheets of this node that it has not made, in order."""
    line = _since_the_last_here()
    here = [line[0]["number"]] if line and is_here(line[0]) else []
    return not_made(line, here=here, restored=audit.latest_restore())


def tell(*, by: Actor, document: Mapping[str, Any], source: str) -> None:
    """Raise an alarm if this sheet, which was just kept, is the first that this node has not made;
    those that follow it are of the same hand. In the act that keeps it."""
    body = document["body"]
    node = members.this_node()
    if body["node"] != node or numbers() != [body["number"]]:
        return
    log.error("key sheet not made here", extra={"ids": {"number": body["number"]}})
    evidence = [dict(document)]
    audit.keep_alarm(CODE, by=by, node=node, source=source or node, evidence=evidence)
