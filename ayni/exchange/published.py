"""What one member states to all: a document signed by its node, believed wherever it comes from.

The room above says what it means (`gazette`); here is only who has signed it, and with which key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.audit.api import Actor
from ayni.exchange import documents, heads, trust
from ayni.exchange.errors import Malformed, NotGenuine, UnknownKeySheet
from ayni.exchange.kinds import FORMATS
from ayni.exchange.models import KeySheetDocument
from ayni.exchange.remembered import kept
from ayni.exchange.schemas import Validator
from ayni.lib import clock
from ayni.members import api as members

PURPOSE = "gazette-entry"


def sign_for_all(*, by: Actor, body: Mapping[str, Any]) -> dict[str, Any]:
    """Sign a body with this node's present key; `node` and `sheet` are added to it. The caller's
    verb records it for `by`. Raises `NotTrusted`, `KeysExpired`, `Malformed`."""
    sheet, key = trust.own_signing_key()
    here = members.this_node()
    return documents.signed(PURPOSE, {**body, "node": here, "sheet": sheet}, {here: key})


def check_signed_for_all(document: Mapping[str, Any], *, source: str) -> str:
    """The digest of the body (SHA-256 of its canonical form, hexadecimal) if its `node` has signed
    it, by the key sheet that it names and in its time (`at`).

    `source` is the node whose verified message brought it. A sheet that was revoked counts only
    there where its owner itself brings the document, as whoever stole that key cannot, and of what
    is this node's own: it has to see whatever others hold under its name. Raises
    `NotGenuine`, `UnknownSender`, `UnknownKeySheet`, `Malformed`.
    """
    body = document["body"]
    node, number = str(body["node"]), int(body["sheet"])
    if node in (source, members.this_node()):
        sheet = trust.key_sheet(node, number)
        if sheet is None:
            raise UnknownKeySheet(f"key sheet {number} of {node} is not known here")
        key = documents.decode(sheet["body"]["signing_key"])
    else:
        key = trust.signing_key_of(node, number, made=_moment(body["at"]))
    if documents.signers(PURPOSE, dict(document), {node: key}) != {node}:
        raise NotGenuine(f"what {node} is said to publish is not signed by it")
    return documents.digest(body)


@kept
def revoked_sheets() -> Mapping[str, frozenset[int]]:
    """Node -> the numbers of its key sheets that its latest one revokes; nodes without any are left
    out."""
    latest = KeySheetDocument.objects.order_by("node", "-number").distinct("node")
    rows = {row.node: frozenset(row.document["body"]["revoked"]) for row in latest}
    return {node: numbers for node, numbers in rows.items() if numbers}


def _moment(text: Any) -> Any:
    try:
        return clock.parse(text)
    except ValueError:
        raise Malformed("a time that does not exist") from None


def canonical(value: Any) -> bytes:
    """The canonical form (RFC 8785). Raises `Malformed` for a value that has none."""
    return documents.canonical(value)


def schema_validator(schema: Mapping[str, Any]) -> Any:
    """A validator of a JSON Schema as the kinds of messages have it, with `format: moment`."""
    return Validator(schema, format_checker=FORMATS)


def other_nodes() -> list[str]:
    """The other members by the directory in force; none before this node has one."""
    return [] if trust.directory_document() is None else trust.peers()


def send_to_node(
    *,
    by: Actor,
    node: str,
    kind: str,
    payload: Mapping[str, Any],
    must: bool = False,
    subject: str = "",
) -> None:
    """Queue a message about the nodes themselves for the institution that speaks for a node. One
    that cannot be reached by anybody now stops nobody: what it lacks it learns later. With `must`
    it raises `NoNode`, `NotTrusted` or `KeysExpired` instead. `subject`: an id by which can be
    asked later who has it (`watching.applied_by`)."""
    heads.send(node, payload, by=by, kind=kind, must=must, subject=subject)
