"""What a receiver did after a consent had ended, in words: for the pages of this room and above."""

from __future__ import annotations

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
    label = str(words.Effect(row.effect).label)
    return f"{label}: {words.WhyKept(row.reason).label}" if row.reason else label


def effect_told(row: ConsentEffect) -> str:
    """What one receiver did, and how long after the end of the consent; or by when it says so."""
    how = what_was_done(row)
    if row.due_at is not None and not row.effect:
        due = {"what": how, "moment": members.moment_here(row.due_at)}
        how = (_("%(what)s. Due %(moment)s – late") if row.late else
               _("%(what)s. Due %(moment)s")) % due  # fmt: skip
    if row.effect_at is not None:
        told = {"what": how, "time": took(row.effect_at - row.ended_at)}
        if row.cause == words.Ending.EXPIRED:
            how = _("%(what)s. %(time)s after the consent was over.") % told
        else:
            how = _("%(what)s. %(time)s after the withdrawal.") % told
    return how


def outcome(row: ConsentEffect) -> dict[str, str]:
    """The same as a line of a list: who, of what, and what it did."""
    name = members.institution_and_state(row.counterpart_institution, row.counterpart_state)
    what = f" ({words.What(row.what).label})" if row.what else ""
    return {"key": f"{name}{what}", "value": effect_told(row)}
