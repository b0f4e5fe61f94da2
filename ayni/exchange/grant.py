"""Grants: nothing personal is queued or leaves without one that covers exactly this. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any

from ayni.exchange.errors import (
    FieldNotGranted,
    GrantExpired,
    GrantMissing,
    Malformed,
    PurposeNotGranted,
    RecipientNotGranted,
)
from ayni.exchange.kinds import MessageKind
from ayni.lib import clock


@dataclass(frozen=True, slots=True)
class Grant:
    """What may leave: to whom, for what purpose, which fields, on what basis, until when.

    `basis` is `consent:<id>` or `provision:<id>`; `never` are states that must not receive it.
    """

    id: str
    recipient: str
    recipient_institution: str
    purpose: str
    fields: frozenset[str]
    basis: str
    valid_until: datetime
    never: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Ids and names only; kept beside the queued message."""
        return {
            **asdict(self),
            "fields": sorted(self.fields),
            "never": sorted(self.never),
            "valid_until": clock.isoformat(self.valid_until),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Grant:
        """The inverse of `to_json`. Raises `Malformed`: what is not whole allows nothing."""
        names = {each.name for each in fields_of(cls)}
        lists = ("fields", "never")
        if not isinstance(data, dict) or set(data) != names:
            raise Malformed("a grant does not have exactly its names")
        for name in names:
            told = data[name] if name in lists else [data[name]]
            if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
                raise Malformed(f"grant: {name}")
        try:
            until = clock.parse(data["valid_until"])
        except ValueError:
            raise Malformed("grant: valid_until") from None
        return cls(
            **{
                **data,
                "fields": frozenset(data["fields"]),
                "never": frozenset(data["never"]),
                "valid_until": until,
            }
        )


def check_grant(
    grant: Grant | None,
    *,
    kind: MessageKind,
    recipient: str,
    recipient_institution: str,
    fields: Iterable[str],
    now: datetime,
) -> None:
    """Raise unless this kind may go to this recipient with these fields now.

    A kind that is declared free of personal data needs no grant; one with personal data carries
    what is registered for the grant's purpose and nothing else. Raises `GrantMissing`,
    `RecipientNotGranted`, `PurposeNotGranted`, `GrantExpired`, `FieldNotGranted`.
    """
    if not kind.personal:
        if grant is not None and recipient in grant.never:
            raise RecipientNotGranted(recipient=recipient)
        return
    if grant is None:
        raise GrantMissing(kind=kind.name)
    if recipient in grant.never or (recipient, recipient_institution) != (
        grant.recipient,
        grant.recipient_institution,
    ):
        raise RecipientNotGranted(recipient=recipient)
    if grant.purpose not in kind.purposes:
        raise PurposeNotGranted(grant=grant.id)
    if now >= grant.valid_until:
        raise GrantExpired(grant=grant.id)
    outside = (set(fields) - grant.fields) | kind.outside(grant.purpose, fields)
    if outside:
        raise FieldNotGranted(field=sorted(outside)[0])
