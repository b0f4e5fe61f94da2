"""What is kept of the records of this node for a question, and how much of it an actor may see.

Deny by default: whose work is every case of the institution sees every count, and that leaves an
entry; other readers of figures, and commands, see none from 1 to 9 (`hiding.py`); nobody else sees
anything. Of two periods one could be taken from the other: who sees no small count is answered over
all years of the holder, of which the period is a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics.errors import HeldElsewhere, NotLoaded, SourceCannot, UnknownArea
from ayni.statistics.indicators.asking import Found, Question, dimensions_of
from ayni.statistics.indicators.definition import Counting
from ayni.statistics.indicators.engine import Cell, Mask
from ayni.statistics.indicators.result import Area, AreaKind, Standing
from ayni.statistics.sources import tallies

# A tally holds every count but zeros.
_NO_MASK = Mask(most=0, absent_is_zero=True)


def from_own_records(by: Actor, question: Question, counting: Counting) -> Found:
    """The tallies of one institution. Raises `NotAllowed`, `NotLoaded`, `HeldElsewhere`,
    `UnknownArea`, `SourceCannot`."""
    if "detected_in" in question.over:
        raise SourceCannot(_("Records of this node can be told by year only."))
    check_reads_figures(by)
    here = members.institution(by.institution) if by.institution else None
    own = "" if here is None else here.code
    holder = _holder(by, question, own)
    named = members.institution_name(holder) if here is None or holder != own else here.name
    standing = _standing(by, is_own=own == holder)
    if standing is Standing.ROWS:
        _record(by, question, holder)
    tables = {
        table: dimensions_of(counting, question.over, table)
        for table, _selection in counting.selections()
    }
    figures = standing is Standing.FIGURES
    tallied = tallies.read(holder, question.source, tables, None if figures else question.years)
    if tallied is None:
        raise NotLoaded
    years = question.years or tallied.years
    files = tallied.files.files if tallied.files else ()
    return Found(
        tables=_within(years, tallied.tables),
        years=years,
        area=Area(AreaKind.HOLDER, (holder,), holder=named),
        edition=tallied.dated,
        file=", ".join(name for name, _digest in files),
        digest=", ".join(digest for _name, digest in files),
        read_at=tallied.counted_at,
        mask=_NO_MASK,
        standing=standing,
        every=tallied.tables if figures else None,
    )


def _within(years: tuple[int, int], tables: Mapping[str, Sequence[Cell]]) -> dict[str, list[Cell]]:
    first, last = years
    return {
        table: [cell for cell in cells if first <= int(cell.codes["year"]) <= last]
        for table, cells in tables.items()
    }


def _holder(by: Actor, question: Question, own: str) -> str:
    """The institution that was named; else the actor's own (`own`); else the only one there is. The
    records of two are never added up: the same person or file may be with both. Raises `NotLoaded`,
    `HeldElsewhere`, `UnknownArea`."""
    area = question.area
    here = members.this_node().upper()
    if area.kind is AreaKind.HOLDER:
        return area.codes[0]
    if area.kind is not AreaKind.STATES or here not in area.codes:
        raise UnknownArea(_("This node keeps records of its own institutions only."))
    known = tallies.holders(question.source)
    # A statistician sits where no cases are; whoever reads figures of one institution only has her
    # own, or none.
    if own in known:
        return own
    if not known:
        raise NotLoaded
    if own and not members.may(by, members.Permission.NODE_FIGURES_READ):
        raise HeldElsewhere(", ".join(map(members.institution_name, known)))
    if len(known) > 1:
        raise UnknownArea(
            _("Several institutions have records, which are not added up; name one: %(known)s.")
            % {"known": ", ".join(known)}
        )
    return known[0]


def check_reads_figures(by: Actor) -> None:
    """Raise `NotAllowed` for who reads figures neither of an institution nor of the node."""
    if not members.may(by, members.Permission.NODE_FIGURES_READ):
        members.check_may(by, members.Permission.FIGURES_READ)


def _record(by: Actor, question: Question, holder: str) -> None:
    """Who sees every count sees counts of one: that is looking at somebody, and leaves an entry."""
    first, last = question.years or ("", "")
    audit.read(
        by=by,
        verb="statistics.open_counts",
        subject=holder,
        source=question.source,
        indicator=question.indicator,
        over=",".join(question.over),
        years=f"{first}-{last}",
    )


def _standing(by: Actor, *, is_own: bool) -> Standing:
    reads_figures = members.may(by, members.Permission.FIGURES_READ)
    # Need to know: only whose work is every case sees every count.
    every = by.kind is ActorKind.USER and members.may(by, members.Permission.CASE_ALL)
    if is_own and reads_figures and every and members.may(by, members.Permission.CASE_READ):
        return Standing.ROWS
    if is_own and reads_figures:
        return Standing.FIGURES
    if members.may(by, members.Permission.NODE_FIGURES_READ):
        return Standing.FIGURES
    if by.kind is ActorKind.JOB and reads_figures and not by.institution:
        return Standing.FIGURES
    raise NotAllowed
