"""A key sheet of this node, composed with fresh keys and signed. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ayni.exchange import documents, suites
from ayni.lib import clock
from ayni.members import api as members

VALID = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Made:
    """A signed key sheet with its raw private keys: the signing key, and that of each institution
    by its code."""

    document: dict[str, Any]
    signing: bytes
    keys: dict[str, bytes]


def compose(
    *,
    node: str,
    institutions: Sequence[members.Institution],
    before: Mapping[str, Any] | None,
    issued: datetime,
    identity: bytes,
    begins: datetime | None = None,
    suite: int = suites.DEFAULT,
    accepted: Sequence[int] = (1, 2),
    revoked: Iterable[int] = (),
    tls_pins: Iterable[str] = (),
) -> Made:
    """The sheet that follows the body `before` (None: the first), in force for 90 days, from
    `begins` on or at once. What the one before revokes stays revoked beside `revoked`."""
    begins = issued if begins is None else begins
    signing, keys, entries = suites.generate(1)[0], {}, []
    for institution in institutions:
        keys[institution.code], public = suites.generate(suite)
        entries.append(
            {
                "code": institution.code,
                "key": documents.encode(public),
                "kind": institution.kind,
                "names": dict(institution.names),
                "stands_in": institution.stands_in,
                "suite": suite,
                "time_zone": institution.time_zone,
            }
        )
    body = {
        "format": 1,
        "institutions": entries,
        "issued": clock.isoformat(issued),
        "node": node,
        "number": 1 if before is None else before["number"] + 1,
        "previous": "" if before is None else documents.digest(dict(before)),
        "signing_key": documents.encode(documents.public_of(signing)),
        "revoked": sorted({*revoked, *([] if before is None else before["revoked"])}),
        "suites": sorted(accepted),
        "tls_pins": sorted(tls_pins),
        "valid_from": clock.isoformat(begins),
        "valid_until": clock.isoformat(begins + VALID),
    }
    return Made(documents.signed("key-sheet", body, {node: identity}), signing, keys)
