"""A round in words: what is added, of which years and states, and why it ended without a sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.statistics.masked.progress import Ended, Why
from ayni.statistics.masked.reading import Known
from ayni.statistics.masked.sending import Kept
from ayni.statistics.masked.tables import SumTable

_WHY: Mapping[Why, Text] = {
    Why.DECLINED: gettext_lazy(
        "It ended without a sum: these states do not take part: %(states)s."
    ),
    Why.SILENT: gettext_lazy(
        "It ended without a sum: by the last day these states had not answered: %(states)s."
    ),
    Why.NOT_GIVEN: gettext_lazy(
        "It ended without a sum: by the last day these states had not given their part: %(states)s."
    ),
    Why.WITHDREW: gettext_lazy(
        "It ended without a sum: these states took their part back: %(states)s."
    ),
    Why.UNSEEN: gettext_lazy(
        "It ended without a sum: by the last day these states had not confirmed that they know of "
        "the part of another one, so it never left: %(states)s."
    ),
    Why.UNSENT: gettext_lazy(
        "It ended without a sum: the part of these states did not leave them by the last day: "
        "%(states)s."
    ),
}


def table_title(table: SumTable) -> str:
    """The name of a table, in the reader's language."""
    return table.names.get((get_language() or "en")[:2], table.names["en"])


def sum_title(known: Known) -> str:
    """What is added, in the reader's language."""
    return table_title(known.table)


def period_words(first: date, last: date) -> str:
    """The years of a period, or its days where they are not whole years."""
    if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31):
        return _("%(first)s to %(last)s") % {"first": first.isoformat(), "last": last.isoformat()}
    if first.year == last.year:
        return str(first.year)
    return _("%(first)s to %(last)s") % {"first": first.year, "last": last.year}


def states_by_name(states: Sequence[str]) -> str:
    """States by name, in order."""
    return ", ".join(sorted(members.state_name(each) for each in states))


def why_ended(found: Ended) -> str:
    """Why a round ended without a sum."""
    if found.why is Why.TAKEN_BACK:
        return _("It ended without a sum: the secretariat took it back.")
    return str(_WHY[found.why]) % {"states": states_by_name(found.states)}


def why_kept(found: Kept | None, due: str) -> str:
    """For what this state's part waits that was given; `due`: the last moment, in words."""
    if found is None:
        return ""
    if found.states:
        return _(
            "The part of your state is still in your node. It leaves by itself when these states "
            "have confirmed that they know of it: %(states)s. If one of them has not by "
            "%(moment)s, it never leaves and the sum ends. You need not do anything."
        ) % {"states": states_by_name(found.states), "moment": due}
    if found.refused:
        return _("The part of your state is still in your node. It does not leave: %(why)s") % {
            "why": found.refused
        }
    return _(
        "All others have confirmed that your state has given. Its part leaves by itself within "
        "a minute."
    )
