"""How long something took, in the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import ngettext


def took(time: timedelta) -> str:
    """A time as people say it: minutes, hours or days, rounded down."""
    seconds = int(time.total_seconds())
    if seconds < 3600:
        n = max(1, seconds // 60)
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    if seconds < 2 * 86400:
        n = seconds // 3600
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
    n = seconds // 86400
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}
