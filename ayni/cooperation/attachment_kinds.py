"""The kinds of message of files that go with a referral or request."""

from __future__ import annotations

from ayni.cases import api as cases
from ayni.cooperation import vocabulary as words
from ayni.cooperation.contents import FileType
from ayni.cooperation.kinds import MOMENT, NEVER, closed
from ayni.exchange.api import LARGEST_ATTACHMENT, MessageKind

_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}

# What it is and how it opens; the sealed chunks come by themselves.
ATTACHMENT = MessageKind(
    name="attachment.send",
    personal=True,
    carries={"refer": frozenset({cases.ATTACHMENTS, NEVER})},
    reveals=lambda data: frozenset({cases.ATTACHMENTS}),
    largest=4096,
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
)
