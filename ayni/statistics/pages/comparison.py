"""One indicator over every source that counts it, with why they differ; nothing is added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Answer, Side, Unit
from ayni.statistics.pages import drawing, numbers
from ayni.statistics.pages.dashboards import Part, check_enough
from ayni.statistics.pages.filters import ALL, Filters
from ayni.statistics.pages.panels import Panel, headline, period, say


def compared(by: Actor, filters: Filters) -> Iterator[Part]:
    """A part for each source of the indicator; one that says nothing tells why, in its place. An
    institution that was chosen is that of the records of this node, and of no published source."""
    state = filters.states["state"]
    area = statistics.area_of(states=ALL if state == ALL else members.state(state).alpha2)
    question = statistics.Question(filters.indicator, "", area, filters.years)
    holder = filters.institution
    for side in statistics.compare_sources(by=by, question=question, holder=holder).sides:
        yield Part(side.source, say(side.title), partial(_panel, side))


def _panel(side: Side) -> Panel:
    """The answer of one source. Where it is too small to be shown it is refused in its place: the
    others are of other records, and what one of them says does not give it away."""
    title, refused = say(side.title), side.refused
    if side.answer is not None:
        try:
            check_enough(side.answer)
        except statistics.TooFew as few:
            refused = str(few)
    if refused or side.answer is None:
        return Panel(side.source, title, refused=refused, why=why(side))
    answer = side.answer
    drawn = drawing.panel(side.source, answer)
    left_out = _("Left out: %(what)s.") % {"what": say(answer.excluded)}
    return replace(
        drawn,
        title=f"{title}, {period(answer)}",
        why=why(side),
        more=[say(answer.origin.attribution), left_out, *map(say, _notes(side, answer))],
    )


def _notes(side: Side, answer: Answer) -> list[statistics.Words]:
    """Without what stands under "why" already."""
    return [each for each in answer.notes if each != side.differs]


def why(side: Side) -> list[tuple[str, str]]:
    """What makes the numbers of a source differ from another's: whom it covers, what it counts,
    to which year something belongs, and how small numbers are written."""
    told = [
        (_("What it covers"), say(side.coverage)),
        (_("What it counts"), say(side.counts)),
        (_("Which year"), say(side.dated)),
        (_("Small numbers"), say(side.masks)),
    ]
    if side.differs is not None:
        told.append((_("In this figure"), say(side.differs)))
    return told


def glance(panels: Sequence[Panel]) -> dict[str, Any]:
    """The sources beside each other: a table, and whether their years are not the same."""
    answers = [panel.answer for panel in panels if panel.answer is not None]
    sources = statistics.sources()
    return {
        "caption": _("At a glance"),
        "head": [_("Source"), _("Figure"), _("Period"), _("Date of the data")],
        "rows": [[say(sources[panel.ident].title), *_row(panel.answer)] for panel in panels],
        "other_years": len({answer.years for answer in answers}) > 1,
        "alone": len(panels) == 1,
    }


def _row(answer: Answer | None) -> list[str]:
    if answer is None:
        return [_("no figure; why stands below"), "–", "–"]
    return [figure(answer), period(answer), numbers.day(answer.origin.edition)]


def figure(answer: Answer) -> str:
    """The one number that an answer comes to; where it has several, that they stand below."""
    if answer.unit is Unit.COUNT:
        return numbers.count(answer.total).text
    return headline(answer) or _("several numbers, below")
