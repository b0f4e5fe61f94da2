"""The identity key of this node: in shares, off the machine, and back; which sheets are here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import documents, keys, sharing, trust
from ayni.exchange.errors import ForeignShares, IdentityElsewhere
from ayni.exchange.models import KeySheetDocument
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault


def _present() -> bytes:
    """The identity key in force. Raises `IdentityElsewhere`."""
    private = trust.identity_key()
    public = trust.identity_public()
    if public and documents.encode(documents.public_of(private)) != public:
        raise IdentityElsewhere
    return private


def present_identity() -> str:
    """The public key of the identity key in force, which is here. Raises `IdentityElsewhere`."""
    return documents.encode(documents.public_of(_present()))


def share_identity(*, by: Actor, of: int, need: int) -> list[sharing.Share]:
    """The identity key in `of` shares, any `need` of which restore it; a fresh set each time.

    Raises `IdentityElsewhere`, or ValueError unless 2 <= need <= of <= 16.
    """
    node = members.this_node()
    with audit.act(by=by, verb="exchange.share_identity", subject=node, of=of, need=need):
        return sharing.shares(_present(), of=of, need=need)


def take_identity_offline(*, by: Actor, shares: Sequence[sharing.Share]) -> None:
    """Remove the identity key from this machine once each of these shares was proved to restore it.

    Raises `IdentityElsewhere`, `ForeignShares`, `BadShare`, `TooFewShares`.
    """
    with audit.act(by=by, verb="exchange.take_identity_offline", subject=members.this_node()):
        present = _present()
        if sharing.combine(shares) != present:
            raise ForeignShares
        names = vault.secret_names()
        if trust.NEXT_IDENTITY in names and vault.load_secret(trust.NEXT_IDENTITY) == present:
            vault.remove_secret(trust.NEXT_IDENTITY)
        vault.remove_secret(trust.IDENTITY)


def restore_identity(*, by: Actor, shares: Sequence[sharing.Share]) -> None:
    """Bring the identity key back to this machine.

    Raises `ForeignShares` unless it is the key that the directory names for this node, `NotTrusted`
    without a directory, `BadShare`, `TooFewShares`.
    """
    with audit.act(by=by, verb="exchange.restore_identity", subject=members.this_node()):
        trust.directory_body()
        private = sharing.combine(shares)
        if documents.encode(documents.public_of(private)) != trust.identity_public():
            raise ForeignShares
        vault.store_secret(trust.IDENTITY, private)


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """A key sheet of this node. `here` of its `institutions` have their private key on this
    machine, `signs` tells the same of its signing key; `goes` is from when on they are removed,
    None for the sheet in force."""

    number: int
    begins: datetime
    ends: datetime
    institutions: int
    here: int
    signs: bool
    goes: datetime | None
    revoked: bool


def own_sheets() -> list[OwnSheet]:
    """This node's key sheets, the latest first."""
    rows = KeySheetDocument.objects.filter(node=members.this_node()).order_by("-number")
    names, found = set(vault.secret_names()), []
    after: datetime | None = None
    revoked: list[int] = []
    for body in (row.document["body"] for row in rows):
        number = body["number"]
        revoked = revoked or body["revoked"]
        codes = [entry["code"] for entry in body["institutions"]]
        found.append(
            OwnSheet(
                number,
                clock.parse(body["valid_from"]),
                clock.parse(body["valid_until"]),
                len(codes),
                sum(trust.hpke_name(code, number) in names for code in codes),
                trust.signing_name(number) in names,
                None if after is None else after + keys.KEEP,
                number in revoked,
            )
        )
        after = clock.parse(body["valid_from"])
    return found
