"""Receipts in an account, judged after a restore.

A receipt of long ago proves what passed although its key sheet was revoked since: after a theft a
node revokes its sheets, and what it had receipted before had arrived all the same. Whoever has the
stolen key can write a receipt dated before that. One of the peer counts only in a page that the
peer has signed by a sheet in force; one of this node brings nothing but a message of the peer that
is asked for, and the peer may send that in any case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayni.exchange import documents, transport, trust
from ayni.exchange.errors import NotGenuine, UnknownKeySheet
from ayni.exchange.models import KeySheetDocument, OutgoingMessage
from ayni.lib import clock
from ayni.members import api as members


def check_ours(receipt: Mapping[str, Any], *, message: str, sender: str) -> None:
    """Raise `NotGenuine` or `UnknownKeySheet` unless this node has receipted this message of the
    sender, and `KeyError`, `TypeError` or `ValueError` for what is no receipt."""
    here = members.this_node()
    _check(receipt, receiver=here, sender=sender, message=message, due=receipt["body"]["due"])


def check_theirs(
    receipt: Mapping[str, Any], *, peer: str, message: str, ours: OutgoingMessage | None
) -> bool:
    """Raise as `check_ours` unless the peer has receipted this message of this node; whether it
    was in the envelope that is here. `ours`: the message, if it is known here; it may have been
    sealed again after the backup was made, and then the receipt is about other bytes."""
    here, due = members.this_node(), receipt["body"]["due"]
    if ours is not None:
        due = "" if ours.due_at is None else clock.isoformat(ours.due_at)
    _check(receipt, receiver=peer, sender=here, message=message, due=due)
    if ours is None:
        return False
    raw = bytes(ours.envelope or b"")
    if not raw or receipt["body"]["envelope"] != hashlib.sha256(raw).hexdigest():
        return False
    named = receipt["body"].get("evidence", "")
    if named and named != transport.evidence_digest(raw):
        raise NotGenuine("the receipt differs in evidence")
    return True


def _check(
    receipt: Mapping[str, Any], *, receiver: str, sender: str, message: str, due: str
) -> None:
    body = receipt["body"]
    key = _key(receiver, int(body["sheet"]), made=clock.parse(body["at"]))
    if documents.signers("receipt", dict(receipt), {receiver: key}) != {receiver}:
        raise NotGenuine("not signed by its receiver")
    expected = {"due": due, "message": message, "receiver": receiver, "sender": sender}
    wrong = [name for name, value in expected.items() if body[name] != value]
    form = all(isinstance(body[name], str) for name in ("due", "envelope", "state"))
    if wrong or not form or type(body["ahead_seconds"]) is not int:
        raise NotGenuine(f"the receipt differs in {', '.join(wrong) or 'form'}")


def _key(node: str, number: int, *, made: datetime) -> bytes:
    """The signing key of a sheet that was in force at that time and not revoked before it."""
    document = trust.key_sheet(node, number)
    if document is None:
        raise UnknownKeySheet(f"key sheet {number} of {node} is not known here")
    body = document["body"]
    begun = clock.parse(body["valid_from"]) - trust.SKEW
    if not begun <= made <= clock.parse(body["valid_until"]) + trust.SKEW:
        raise NotGenuine(f"key sheet {number} of {node} was not valid then")
    for later in KeySheetDocument.objects.filter(node=node, number__gt=number).order_by("number"):
        told = later.document["body"]
        if number in told["revoked"]:
            if made > clock.parse(told["issued"]):
                raise NotGenuine(f"key sheet {number} of {node} is revoked")
            break
    return documents.decode(body["signing_key"])
