"""How much of this node's disk what one member has published takes, and whether there is room.

The limits of lines and versions say what counts, the same on every node. They keep no disk from
becoming full: what is above them is kept as well, and any number of kinds may be named. What a
member has published beyond this is not taken in: its message stands aside, with a reason for people
to read, and is applied once there is room. So nothing is lost: the member holds it, and so does
whoever had it first.
"""

from __future__ import annotations

import threading
import time

from django.conf import settings
from django.db.models import F, Func, IntegerField, Sum

from ayni.gazette.models import Entry

_MEGABYTE = 1_048_576
_LOOK_AGAIN = 30.0  # seconds; how much may come meanwhile the limits of a peer say
_known: dict[str, tuple[float, int]] = {}
_lock = threading.Lock()


def is_full(owner: str) -> bool:
    """Whether this member has published as much as is kept here of one, as it was known a moment
    ago."""
    now = time.monotonic()
    with _lock:
        found = _known.get(owner)
    if found is None or found[0] + _LOOK_AGAIN < now:
        found = (now, stored(owner))
        with _lock:
            _known[owner] = found
    return found[1] >= settings.AYNI_PEER_PUBLISHED_MEGABYTES * _MEGABYTE


def stored(owner: str) -> int:
    """Bytes that what this member has published takes on the disk. No text is read for it."""
    size = Func(F("document"), function="pg_column_size", output_field=IntegerField())
    rows = Entry.objects.filter(subject__owner=owner)
    return int(rows.aggregate(all=Sum(size))["all"] or 0)


def begin_anew() -> None:
    """Forget what was known."""
    with _lock:
        _known.clear()
