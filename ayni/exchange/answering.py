"""What is said to one envelope among many: in the answer to a batch, or with the next question."""

from __future__ import annotations

from typing import Any

from ayni.exchange import inbox, transport
from ayni.lib import clock


def said(raw: bytes, reply: inbox.Reply) -> dict[str, Any]:
    """The item for one envelope: a signed receipt or refusal, or why it has to come again."""
    if reply.receipt is not None:
        return {"receipt": reply.receipt}
    if reply.later:
        return {"later": reply.later}
    return {"refusal": transport.sign_refusal(raw=raw, refused=reply.refusal, at=clock.now())}
