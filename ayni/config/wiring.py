"""What arrives goes up through these tables: kind -> the function that takes it.

Rooms below do not import rooms above; `exchange` and `help` look up a dotted path here. A line is
added by the room that understands the kind.
"""

from __future__ import annotations

# kind -> dotted path of its `MessageKind`
MESSAGE_KINDS: dict[str, str] = {}

# kind -> dotted path of the function that applies what arrived
RECEIVERS: dict[str, str] = {
    "help.notice": "ayni.cases.api.receive_public_notice",
}

# kind -> dotted path of the function that is asked again before every attempt to deliver
STILL_ALLOWED: dict[str, str] = {}
