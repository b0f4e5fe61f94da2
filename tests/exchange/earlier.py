"""What a node of the version before takes: its kinds of message, frozen (recorded/README.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.handling import Allowed, Onward, See
from ayni.exchange.kinds import MessageKind

FILE = Path(__file__).parent / "recorded" / "kinds_2.json"


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """Kind -> its schema, size, handling codes and fields for each purpose."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return found


def told(kind: MessageKind) -> dict[str, Any]:
    """A kind as it is recorded; what it checks in code is not in it."""
    allowed = kind.handling
    handling = None if allowed is None else {
        "onward": sorted(allowed.onward), "see": sorted(allowed.see), "until": allowed.until,
    }  # fmt: skip
    found: dict[str, Any] = json.loads(
        json.dumps(
            {
                "about_person": kind.about_person,
                "carries": {purpose: sorted(names) for purpose, names in kind.carries.items()},
                "handling": handling,
                "largest": kind.largest,
                "personal": kind.personal,
                "schema": kind.schema,
            },
            default=list,
        )
    )
    return found


@cache
def _kind(name: str) -> MessageKind | None:
    then = recorded().get(name)
    if then is None:
        return None
    handling = then["handling"]
    return MessageKind(
        name=name,
        personal=then["personal"],
        schema=then["schema"],
        largest=then["largest"],
        carries={purpose: frozenset(names) for purpose, names in then["carries"].items()},
        handling=None if handling is None else Allowed(
            see=frozenset(See(each) for each in handling["see"]),
            onward=frozenset(Onward(each) for each in handling["onward"]),
            until=handling["until"],
        ),
        about_person=then["about_person"],
    )  # fmt: skip


def refuses(name: str, payload: Mapping[str, Any]) -> str:
    """Why that version would not take it, as it says it to its sender; "" if it would, or does not
    know the kind: what it does with such a one is another matter."""
    kind = _kind(name)
    if kind is None:
        return ""
    try:
        kind.check(payload)
    except (Malformed, TooLarge) as wrong:
        return wrong.code
    return ""
