"""What one member states to all: a document signed by its node, believed wherever it comes from.

The room above says what it means (`gazette`); here is only who has signed it, and with which key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet, Subquery, TextField

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


class _Each(Func):
    """Each part of a list in JSON, as text, in a row of its own."""

    function = "jsonb_array_elements_text"
    set_returning = True


def _revoking() -> QuerySet[KeySheetDocument]:
    """The latest key sheet of each node, where it revokes any."""
    latest = KeySheetDocument.objects.order_by("node", "-number").distinct("node")
    rows = KeySheetDocument.objects.filter(id__in=latest.values("id"))
    return rows.exclude(document__body__revoked=[])


@kept
def revoked_sheets() -> Mapping[str, frozenset[int]]:
    """Node -> the numbers of its key sheets that its latest one revokes; nodes without any are left
    out."""
    rows = _revoking().values_list("node", "document__body__revoked")
    return {node: frozenset(numbers) for node, numbers in rows}


def revoking_nodes() -> QuerySet[Any]:
    """The nodes in `revoked_sheets`, as a part of another question: so it costs none of its own and
    is as fresh as the rest of it."""
    return _revoking().values("node")


def revoked_names() -> QuerySet[Any]:
    """The sheets in `revoked_sheets`, each as `node:number`; also a part of another question."""
    number = _Each(F("document__body__revoked"), output_field=TextField())
    name = Func(
        F("node"),
        number,
        template="(%(expressions)s)",
        arg_joiner=" || ':' || ",
        output_field=TextField(),
    )
    return _revoking().values(name=name)


def revocations() -> Func:
    """How many sheets are revoked, as a part of another question."""
    return Func(
        Subquery(revoked_names()),
        template="cardinality(array%(expressions)s)",
        output_field=IntegerField(),
    )


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
