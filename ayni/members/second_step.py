"""How often a second step may be wrong. Pure; `now` is an argument.

Only who knows the password gets as far as a second step. So it may be counted for the account: a
stranger cannot shut an officer out by it, and a number of six digits is not found by trying
(NIST SP 800-63B, 5.2.2). A passkey is not guessed and is never held up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MOST = 5
WITHIN = timedelta(minutes=15)


def wait(failed: int, since: datetime | None, now: datetime) -> timedelta:
    """How long until the next try; zero if it may be now. `failed` tries were wrong, the first of
    them at `since`. A clock set back holds nobody up for longer than `WITHIN`."""
    if since is None or failed < MOST:
        return timedelta()
    left = since + WITHIN - now
    return min(left, WITHIN) if left > timedelta() else timedelta()


def after_wrong(failed: int, since: datetime | None, now: datetime) -> tuple[int, datetime]:
    """Number of wrong tries and when they began, after one more."""
    if since is None or not timedelta() <= now - since < WITHIN:
        return 1, now
    return failed + 1, since
