"""What other nodes have published comes here: verified, kept once, never dropped."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import comparing, keeping, limits, room, rules
from ayni.gazette.errors import TooMuchPublished
from ayni.gazette.rules import Taken
from ayni.members import api as members

log = logging.getLogger("ayni.gazette")
_UNPROVEN = "unproven"
_NO_ROOM = "no_room"


def receive_entries(*, by: Actor, received: exchange.Received) -> None:
    """Keep the entries that are new here, whatever they say and whether or not any room knows their
    kind.

    One is believed for its owner's signature, not for who brings it. Raises `NotGenuine` for an
    entry of the sender's own that it has not signed, and `TooMuchPublished` for one more than is
    kept here of a member; an entry of a third node that cannot be proven or kept here is left, and
    asked for again by the next comparison.
    """
    sender, here = received.sender, members.this_node()
    found: Counter[str] = Counter()
    ours = 0
    with audit.act(by=by, verb="gazette.receive", subject=received.message) as act:
        # Always in the same order: two messages at once wait for each other's rows in turn.
        for document in sorted(received.payload["entries"], key=_place):
            became = _take(document, by=by, sender=sender)
            found[became] += 1
            ours += document["body"]["node"] == here and became == Taken.NEW
        act.note(**dict(found))
        _tell_aside({(d["body"]["node"], d["body"]["kind"]) for d in received.payload["entries"]})
        if ours:
            # What a restore had lost: is that all? Publishing waits for the answer.
            comparing.ask(by=by, node=sender)


def _tell_aside(came: set[tuple[str, str]]) -> None:
    """Say in the log of whom something is set aside; the page of what is published shows it."""
    for owner, kind in limits.set_aside(came):
        log.warning("more than one may publish", extra={"ids": {"owner": owner, "kind": kind}})


def _place(document: Mapping[str, Any]) -> tuple[Any, ...]:
    body = document["body"]
    return body["node"], body["kind"], body["key"], body["version"]


def _take(document: Mapping[str, Any], *, by: Actor, sender: str) -> str:
    body = document["body"]
    owner = body["node"]
    try:
        if rules.too_deep(body["body"]):
            raise exchange.Malformed("what an entry says is nested too deep")
        digest = exchange.check_signed_for_all(document, source=sender)
    except (exchange.NotGenuine, exchange.UnknownSender, exchange.Malformed) as wrong:
        if owner == sender:
            raise
        log.warning("entry not proven", extra={"ids": {"owner": owner, "why": wrong.code}})
        return _UNPROVEN
    if owner != members.this_node() and room.is_full(owner) and not keeping.is_here(digest):
        log.warning("no room", extra={"ids": {"owner": owner}})
        if owner == sender:
            raise TooMuchPublished
        return _NO_ROOM
    subject = keeping.locked(owner=owner, kind=body["kind"], key=body["key"])
    became = keeping.keep(document, digest, by=by, source=sender, subject=subject)
    if became is Taken.NEW and owner == members.this_node():
        _ask_whether_ours(document, by=by, sender=sender)
    return became.value


def _ask_whether_ours(document: Mapping[str, Any], *, by: Actor, sender: str) -> None:
    """An alarm for what came under this node's name by a key that it has revoked: a restore had
    lost it, or whoever stole the key has signed it. People decide; nobody gets it from here."""
    body = document["body"]
    if body["sheet"] not in exchange.revoked_sheets().get(body["node"], ()):
        return
    audit.keep_alarm(
        "own_entry_revoked",
        by=by,
        node=body["node"],
        source=sender,
        evidence=[dict(document)],
        one_of=["sheet"],  # one alarm, however many there are
    )
    log.error("is this ours?", extra={"ids": {"source": sender, "version": body["version"]}})
