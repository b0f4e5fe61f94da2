"""Write vectors/attachment_messages_1.json: `python -m tests.exchange.make_attachment_messages`.

Payloads of the messages that name a file and answer for it, for whoever writes another programme:
some that are taken, some that must be refused. A second run gives the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.exchange import wire_examples

FILE = Path(__file__).parent / "vectors" / "attachment_messages_1.json"
SEND, STATE = wire_examples.attachment_send(), wire_examples.attachment_state()
LARGEST = 104_857_600


def _send(**changed: Any) -> dict[str, Any]:
    return {"data": {**SEND["data"], **changed}}


def _state(**changed: Any) -> dict[str, Any]:
    return {**STATE, **changed}


def _without(name: str, told: dict[str, Any]) -> dict[str, Any]:
    return {each: value for each, value in told.items() if each != name}


def vectors() -> dict[str, Any]:
    """All of them: `kind`, `payload`, and of the refused ones `why` and `refused` (the code)."""
    taken = [
        *(("attachment.send", _send(size=size)) for size in (1, LARGEST)),
        *(("attachment.send", _send(type=f"image/{name}")) for name in ("jpeg", "png")),
        ("attachment.send", _send(type="application/pdf", what="court_document")),
        ("attachment.state", STATE),
        ("attachment.state", _state(state="ready", reason="")),
        ("attachment.state", _state(reason="a_later_code")),
    ]
    send = [
        ("a name is missing", {"data": _without("sha256", SEND["data"])}),
        ("a name too many", _send(name="passport.png")),
        ("a name beside data", {**SEND, "note": ""}),
        ("no byte", _send(size=0)),
        ("one byte too many", _send(size=LARGEST + 1)),
        ("a size that is no integer", _send(size="1")),
        ("another type", _send(type="image/svg+xml")),
        ("another code of what it is", _send(what="video")),
        ("an id in capitals", _send(attachment="A" * 32)),
        ("an id with a line behind it", _send(attachment=SEND["data"]["attachment"] + "\n")),
        ("a key that is too short", _send(key=SEND["data"]["key"][:42])),
        ("a key that is not in its only form", _send(key="A" * 42 + "B")),
        ("handling codes, which it may not carry",
         {**SEND, "handling": {"onward": "none", "see": "handler", "until": ""}}),
    ]  # fmt: skip
    state = [
        ("ready, and a reason", _state(state="ready")),
        ("refused, and no reason", _state(reason="")),
        ("another state", _state(state="coming")),
        ("a time that does not exist", _state(at="2026-02-30T12:00:00Z")),
        ("a reason of a sentence", _state(reason="not a picture")),
        ("a name is missing", _without("at", STATE)),
        ("a name too many", _state(size=1)),
    ]
    refused = [
        {"kind": kind, "payload": payload, "refused": "malformed", "why": why}
        for kind, wrong in (("attachment.send", send), ("attachment.state", state))
        for why, payload in wrong
    ]
    large = {"kind": "attachment.send", "payload": _send(what="x" * 4096)}
    refused.append({**large, "refused": "too_large", "why": "more than 4,096 bytes"})
    return {
        "format": 1,
        "refused": refused,
        "taken": [{"kind": kind, "payload": payload} for kind, payload in taken],
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(vectors(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
