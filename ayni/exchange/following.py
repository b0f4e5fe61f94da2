"""Following a member's key sheets after this node was away for long.

Sheets are valid for 90 days and come every week: after a longer absence the next one is over
already, and its member may have another identity key by now. Each is judged at its own time; only
the last must hold today, by the directory in force. It names the one before by its digest, and so
on: the line is accepted whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import directory as rules
from ayni.exchange import documents, trust
from ayni.exchange.connection import Connection
from ayni.exchange.doubles import two_truths
from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.models import DirectoryDocument
from ayni.lib import clock
from ayni.members import api as members

_MOST = 300  # sheets in one go: more than five years, one a week
_MOST_BYTES = 16 * 1024 * 1024
_OK = 200


def accept_line(
    *, by: Actor, line: Sequence[Mapping[str, Any]], now: datetime, source: str = ""
) -> int:
    """Accept the key sheets of one member that follow the one known here, in order; the number of
    the last. `source` is the node that showed them, empty for a file.

    Of this node's own sheets, after a restore, the last may be over as well: it makes the next.
    Raises `NotTrusted`, `NotGenuine`, `Malformed`, or `Equivocation`; nothing is accepted then.
    """
    if not line:
        raise Malformed("no key sheet")
    *past, last = line
    node = str(rules.checked_key_sheet(last)["node"])
    own = node == members.this_node()
    if not past and not own:
        return trust.accept_key_sheet(by=by, document=last, now=now, source=source)
    with (
        two_truths(by, f"key sheet of {node}", last, source),
        audit.act(by=by, verb="exchange.accept_key_sheet", subject=node) as act,
    ):
        before = trust.key_sheet(node)
        listed = [row.document["body"] for row in DirectoryDocument.objects.order_by("number")]
        bodies = []
        for document in past:
            body = rules.check_past_sheet(document, directories=listed, previous=before)
            bodies.append(body)
            before = dict(document)
        at = clock.parse(last["body"]["valid_from"]) if own else now
        bodies.append(rules.check_key_sheet(last, directory=listed[-1], previous=before, now=at))
        for document, body in zip(line, bodies, strict=True):
            trust.keep_key_sheet(by=by, document=document, body=body, now=now)
        act.note(number=bodies[-1]["number"])
    number: int = bodies[-1]["number"]
    return number


def follow(
    line: Connection,
    *,
    node: str,
    path: Callable[[int], str],
    by: Actor,
    now: datetime,
    source: str,
) -> int:
    """Fetch the sheets of a member after the one known here, and accept them; how many.

    `path` is where the peer serves the sheet of a number. Raises as `accept_line`, `TooLarge`,
    `Unreachable`.
    """
    known = trust.key_sheet(node)
    first = 1 if known is None else known["body"]["number"] + 1
    found: list[dict[str, Any]] = []
    size = 0
    for number in range(first, first + _MOST):
        status, raw = line.request("GET", path(number))
        if status != _OK:
            break
        size += len(raw)
        if size > _MOST_BYTES:
            raise TooLarge("key sheets")
        document = documents.parse(raw)
        if not isinstance(document, dict):
            raise Malformed("not a signed document")
        found.append(document)
    if found and trust.is_member(node):
        accept_line(by=by, line=found, now=now, source=source)
        return len(found)
    return 0
