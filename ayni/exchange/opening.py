"""A message is opened, and handed to its room."""

from __future__ import annotations

from typing import Any

from ayni.audit import api as audit
from ayni.exchange import contents, envelope, keys, trust, wired
from ayni.exchange.errors import UnknownKind
from ayni.exchange.failing import judged
from ayni.exchange.models import IncomingMessage
from ayni.exchange.remembered import kept, remembered
from ayni.lib.errors import AyniError
from ayni.members import api as members

_private_key = remembered(keys.private_key)
institution = kept(members.institution_by_code)  # asked once for all messages of a request


def open_again(sealed: envelope.Sealed) -> dict[str, Any]:
    """What a message says that is kept here already. Raises as `opened`."""
    payload, salt = opened(sealed)
    keep(sealed.header.kind, sealed.header.message, payload, salt)
    return payload


def keep(kind: str, message: str, payload: dict[str, Any], salt: bytes) -> None:
    """Keep what it says for evidence, if its kind may be shown; in the caller's transaction."""
    contents.keep(kind=kind, message=message, payload=payload, salt=salt)


def opened(sealed: envelope.Sealed) -> tuple[dict[str, Any], bytes]:
    """Payload and salt of a message to this node. Raises `KeyGone`, `WrongRecipient`, `Malformed`,
    `TooLarge`, `NotGenuine`, and `SoftwareFailed` or `NotNow` where our software fails at it."""
    header = sealed.header
    private = _private_key(header.recipient_institution, header.key_sheet)
    sheet = trust.key_sheet(members.this_node(), header.key_sheet)
    payload, salt = envelope.open_content(
        sealed,
        recipient=members.this_node(),
        recipient_institution=header.recipient_institution,
        private_key=private,
        accepted_suites=[] if sheet is None else sheet["body"]["suites"],
    )
    try:
        _check(header.kind, payload, header.size)
    except AyniError:
        raise
    except Exception as wrong:
        raise judged(wrong) from wrong
    return payload, salt


def _check(kind: str, payload: dict[str, Any], size: int) -> None:
    """Raise `Malformed` or `TooLarge` unless the payload is of its kind. One that no room here
    knows yet has no schema: `apply` keeps it until one does."""
    try:
        known = wired.kind(kind)
    except UnknownKind:
        return
    known.check(payload, at_most=size)


def apply(row: IncomingMessage, payload: dict[str, Any]) -> None:
    """Hand a message to its room, on behalf of the institution that it is for."""
    where = institution(row.institution)
    by = audit.peer(row.peer, str(where.id))
    with (
        members.acting(where.id),
        audit.act(
            by=by,
            verb="exchange.receive",
            subject=row.id,
            kind=row.kind,
            institution=row.institution,
            savepoint=False,  # whoever calls this has one around the message
        ),
    ):
        wired.receiver(row.kind)(
            by=by,
            received=wired.Received(
                message=row.id,
                kind=row.kind,
                conversation=row.conversation,
                sequence=row.sequence,
                sender=row.peer,
                sender_institution=row.sender_institution,
                institution=row.institution,
                created=row.created_at,
                due=row.due_at,
                payload=payload,
            ),
        )
