"""The door of the exchange: queue, cancel, drain, receive; directory and key sheets; grants."""

from __future__ import annotations

from ayni.exchange.errors import (
    Equivocation,
    FieldNotGranted,
    GrantExpired,
    GrantMissing,
    Malformed,
    NoNode,
    NotGenuine,
    NotGranted,
    NotTrusted,
    RecipientNotGranted,
    UnknownKind,
)
from ayni.exchange.grant import Grant, check_grant
from ayni.exchange.inbox import apply_waiting, receive, retry
from ayni.exchange.kinds import MessageKind
from ayni.exchange.outbox import (
    cancel,
    delivery_of,
    drain,
    new_conversation,
    peers_waiting,
    queue,
)
from ayni.exchange.trust import (
    accept_directory,
    accept_key_sheet,
    as_file,
    directory_body,
    directory_document,
    fingerprint,
    key_sheet,
    make_identity,
    make_key_sheet,
    reachable,
    sign_directory,
)
from ayni.exchange.wired import Received

__all__ = [
    "Equivocation",
    "FieldNotGranted",
    "Grant",
    "GrantExpired",
    "GrantMissing",
    "Malformed",
    "MessageKind",
    "NoNode",
    "NotGenuine",
    "NotGranted",
    "NotTrusted",
    "Received",
    "RecipientNotGranted",
    "UnknownKind",
    "accept_directory",
    "accept_key_sheet",
    "apply_waiting",
    "as_file",
    "cancel",
    "check_grant",
    "delivery_of",
    "directory_body",
    "directory_document",
    "drain",
    "fingerprint",
    "key_sheet",
    "make_identity",
    "make_key_sheet",
    "new_conversation",
    "peers_waiting",
    "queue",
    "reachable",
    "receive",
    "retry",
    "sign_directory",
]
