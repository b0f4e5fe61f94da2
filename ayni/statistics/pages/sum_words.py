"""Words of the pages of sums over states: how they stand, what a state has done, what came of
one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.lib.errors import Text
from ayni.statistics import api as statistics
from ayni.statistics.api import Outcome, Part, Reason, Step
from ayni.statistics.api import SumStanding as Standing

STANDINGS: Mapping[Standing, tuple[Text, str]] = {
    Standing.ASKED: (gettext_lazy("The states are asked"), "blue"),
    Standing.AGREED: (gettext_lazy("All take part; the parts are given"), "yellow"),
    Standing.GIVEN: (gettext_lazy("Every part is given"), "green"),
    Standing.ENDED: (gettext_lazy("Ended without a sum"), "grey"),
}
STEPS: Mapping[Step, Text] = {
    Step.SILENT: gettext_lazy("Has not answered"),
    Step.DECLINED: gettext_lazy("Does not take part"),
    Step.TAKES_PART: gettext_lazy("Takes part"),
    Step.GAVE: gettext_lazy("Has given its part"),
    Step.WITHDREW: gettext_lazy("Took its part back"),
    Step.UNSENT: gettext_lazy("Has given its part, which never left"),
}
REASONS: Mapping[Reason, Text] = {
    Reason.FEW: gettext_lazy("There are so few cases that the sum could point at somebody"),
    Reason.NOT_COUNTED: gettext_lazy("These cases or years are not in our node"),
    Reason.QUALITY: gettext_lazy("Our numbers are not good enough yet"),
    Reason.NO_MANDATE: gettext_lazy("An authority of our state has to agree first"),
    Reason.NO_TIME: gettext_lazy("We cannot do it by that day"),
    Reason.OTHER: gettext_lazy("Another reason"),
}
PARTS: Mapping[Part, Text] = {
    Part.AWAITED: gettext_lazy("Not given yet"),
    Part.ON_ITS_WAY: gettext_lazy("Announced; it has not arrived here"),
    Part.EARLY: gettext_lazy("Arrived; its announcement has not"),
    Part.HERE: gettext_lazy("Arrived"),
    Part.UNSENT: gettext_lazy("It never left that state"),
    Part.WRONG: gettext_lazy("Refused: it is not what the state announced"),
    Part.ADDED: gettext_lazy("Added up"),
}


def outcome(which: Outcome, states: Sequence[str]) -> str:
    """What came of a round in which all have given."""
    if which is Outcome.ADDED:
        return _("The secretariat has added the parts. The sum leaves it only by a release.")
    if which is Outcome.NO_TABLE:
        return _(
            "Added up, the parts give no possible table: at least one was wrong. Which one cannot "
            "be told, and there is no sum."
        )
    return _(
        "There is no sum: the part that arrived is not the one that was announced: %(states)s."
    ) % {"states": statistics.states_by_name(states)}


def standing(known: statistics.SumRound, found: Standing) -> dict[str, Any]:
    """How a round stands, as a tag; after the secretariat has told, what came of it."""
    text, colour = STANDINGS[found]
    if known.outcome is Outcome.ADDED:
        text, colour = _("Added up"), "green"
    elif known.outcome is not None:
        text, colour = STANDINGS[Standing.ENDED]
    return {"text": text, "colour": colour}


def counts_table(
    table: statistics.SumTable, cells: Mapping[tuple[str, ...], int]
) -> dict[str, Any]:
    """Head and rows of counts: the last dimension in columns, margins last."""
    dimensions = table.layout.dimensions
    *outer, (last, categories) = dimensions
    head = [", ".join(statistics.dimension(name) for name, _of in outer)]
    head += [_label(last, each) for each in (*categories, statistics.TOTAL)]
    rows: dict[tuple[str, ...], list[Any]] = {}
    for place, number in cells.items():
        line = rows.setdefault(
            place[:-1],
            [", ".join(_label(name, c) for (name, _of), c in zip(outer, place, strict=False))],
        )
        line.append({"text": str(number), "number": True})
    return {"head": head, "rows": list(rows.values())}


def _label(dimension: str, code: str) -> str:
    return _("Together") if code == statistics.TOTAL else statistics.label(dimension, code)
