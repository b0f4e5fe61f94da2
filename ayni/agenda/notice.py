"""Whether a meeting was called as long before it as the plenary's rule asks for."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ayni.agenda import reading
from ayni.agenda.meeting import Meeting
from ayni.agenda.meeting_changes import Phase
from ayni.agenda.meeting_kind import MEETING
from ayni.agenda.reading import Presidencies
from ayni.agenda.rules import Line
from ayni.lib import clock


@dataclass(frozen=True, slots=True)
class ShortNotice:
    """A call with fewer `days` between it and the meeting than the line of the rule `asks` for."""

    days: int
    asks: Line


def short_notice(found: Meeting, known: Presidencies) -> ShortNotice | None:
    """Whether the call of a meeting is shorter than the rule that held on the day of the call.

    The days (UTC) are those from the version that first told the moment at which the meeting now
    stands: one that is moved is called anew. None where no rule is known, where the call is long
    enough, for a meeting that is cancelled, and for one that was recorded only when it had begun:
    when that was called is not known here.
    """
    if found.phase is Phase.CANCELLED:
        return None
    told = None
    for version in reading.chain_of(MEETING, found.key, known):
        if clock.parse(version.body["at"]) != found.at:
            break
        told = version.at
    if told is None or told > found.at:
        return None
    asks = reading.rule("call_days", known).on(told.date())
    days = (found.at.date() - told.date()).days
    return ShortNotice(days, asks) if asks.value and days < int(asks.value) else None


def short_notice_text(short: ShortNotice | None) -> str:
    """That a call was shorter than the rule asks for, in the reader's language; empty if nobody
    knows that it was."""
    if short is None:
        return ""
    sentence = _(
        "This meeting was called at shorter notice than the rule of the plenary asks for "
        "(%(source)s). Days asked for: %(n)s. Days from the call to the meeting: %(days)s."
    )
    return sentence % {
        "source": short.asks.source or _("source not told"),
        "n": short.asks.value,
        "days": short.days,
    }
