"""What two nodes hold of the messages between them, compared by day. Pure.

A message counts on the day of its receipt (UTC) and by the SHA-256 of the receipt's body, both of
which the two nodes have alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

# A receipt may have been lost on the way and come with the next attempt: a day is compared when it
# has been over for so long, and for so many days.
SETTLED_AFTER = timedelta(days=2)
DAYS = 14
# How many messages one list names; more are listed in 16 parts, by how their digests begin.
MOST_LISTED = 8_000
_DOMAIN = b"ayni-log-day-1\0"
_HEX = "0123456789abcdef"


def days(today: date) -> list[date]:
    """The days that are compared today, the oldest first."""
    last = today - SETTLED_AFTER
    return [last - timedelta(days=back) for back in reversed(range(DAYS))]


def day_digest(digests: Iterable[str]) -> str:
    """SHA-256, in hexadecimal, over the digests (hexadecimal) of one day, in no order."""
    total = hashlib.sha256(_DOMAIN)
    for digest in sorted(digests):
        total.update(bytes.fromhex(digest))
    return total.hexdigest()


def parts(listed: Mapping[str, str], prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Lists of at most `MOST_LISTED` messages, each with how its digests begin; one empty list if
    there is nothing, for that is said as well. `listed`: digest -> message."""
    if len(listed) <= MOST_LISTED:
        yield prefix, dict(listed)
        return
    for digit in _HEX:
        begins = prefix + digit
        yield from parts({d: m for d, m in listed.items() if d.startswith(begins)}, begins)


def differences(
    ours: Mapping[str, str], theirs: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What only we hold, and what only they do; digest -> message."""
    return (
        {digest: message for digest, message in ours.items() if digest not in theirs},
        {digest: message for digest, message in theirs.items() if digest not in ours},
    )
