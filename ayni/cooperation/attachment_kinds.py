"""The kinds of message of files that go with a referral or request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.cases import api as cases
from ayni.cooperation import vocabulary as words
from ayni.cooperation.contents import FileType
from ayni.cooperation.kinds import MOMENT, NEVER, closed
from ayni.exchange.api import LARGEST_ATTACHMENT, Described, MessageKind

_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}


def _check_described(data: Mapping[str, Any]) -> None:
    """Raise `Malformed` unless a key can be made of it."""
    Described.from_json({k: v for k, v in data.items() if k not in ("type", "what")})


# What it is and how it opens; the sealed chunks come by themselves.
ATTACHMENT = MessageKind(
    name="attachment.send",
    personal=True,
    carries={"refer": frozenset({cases.ATTACHMENTS, NEVER})},
    reveals=lambda data: frozenset({cases.ATTACHMENTS}),
    largest=4096,
    also=_check_described,
    schema=closed(
        ["data"],
        data=closed(
            ["attachment", "key", "sha256", "size", "type", "what"],
            attachment=_ID,
            key={"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
            sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
            size={"type": "integer", "minimum": 1, "maximum": LARGEST_ATTACHMENT},
            type={"enum": [one.value for one in FileType]},
            what={"enum": words.AttachmentKind.values},
        ),
    ),
)


def _check_reason(payload: Mapping[str, Any]) -> None:
    """A refusal says why, and nothing else does."""
    if (payload["state"] == "refused") != bool(payload["reason"]):
        raise ValueError("reason")


# Whether all of it is there and can be opened, or why not.
ATTACHMENT_STATE = MessageKind(
    name="attachment.state",
    personal=False,
    schema=closed(
        ["attachment", "at", "state", "reason"],
        attachment=_ID,
        at=MOMENT,
        state={"enum": ["ready", "refused"]},
        reason={"type": "string", "pattern": "^[a-z_]{0,20}$"},
    ),
    whole=_check_reason,
)
