"""What a receiver did after a consent had ended, in words: for the pages of this room and above."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from ayni.cooperation import vocabulary as words
from ayni.cooperation.lasting import took
from ayni.cooperation.models import ConsentEffect
from ayni.members import api as members


def what_was_done(row: ConsentEffect) -> str:
    """What was said so far."""
    if not row.effect:
        if row.by_letter:
            return _("Reached by letter only: write to it, and tell the person what it answers.")
        return _("Told; it has not said yet what it does with the data")
    return _in_words(row.effect, row.reason)


def _in_words(effect: str, reason: str) -> str:
    label = str(words.Effect(effect).label)
    return f"{label}: {words.WhyKept(reason).label}" if reason else label


def effect_told(row: ConsentEffect) -> str:
    """What one receiver did, and how long after the end of the consent; or by when it says so. What
    it said first stays told beside what it did later, each with its own time."""
    how = what_was_done(row)
    if row.due_at is not None and not row.effect:
        due = {"what": how, "moment": members.moment_here(row.due_at)}
        how = (_("%(what)s. Due %(moment)s – late") if row.late else
               _("%(what)s. Due %(moment)s")) % due  # fmt: skip
    if row.effect_at is None or row.first_at is None:
        return how
    first = _after(row, _in_words(row.first_effect, row.first_reason), row.first_at)
    if not row.changed:
        return first
    return _("At first: %(first)s Later: %(now)s") % {
        "first": first,
        "now": _after(row, how, row.effect_at),
    }


def _after(row: ConsentEffect, what: str, at: datetime) -> str:
    told = {"what": what, "time": took(at - row.ended_at)}
    if row.cause == words.Ending.EXPIRED:
        return _("%(what)s. %(time)s after the consent was over.") % told
    return _("%(what)s. %(time)s after the withdrawal.") % told


def outcome(row: ConsentEffect) -> dict[str, str]:
    """The same as a line of a list: who, of what, and what it did."""
    name = members.institution_and_state(row.counterpart_institution, row.counterpart_state)
    what = f" ({words.What(row.what).label})" if row.what else ""
    return {"key": f"{name}{what}", "value": effect_told(row)}
