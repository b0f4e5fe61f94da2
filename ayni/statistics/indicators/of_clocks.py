"""What the clocks between states say: of each state, the share of requests answered on time.

No figure rests on fewer than ten cases (promise 2), nor does the difference of two figures of
overlapping periods: a state is told of only if each year has none or ten. How many there were is
told in tens and the share in whole per cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.errors import NothingCounted, SourceCannot, UnknownArea
from ayni.statistics.indicators.asking import Found, Question
from ayni.statistics.indicators.engine import Computed, Mask
from ayni.statistics.indicators.result import Area, AreaKind, Line, Missing, Standing

LEAST = cooperation.LEAST
_Year = tuple[int, int]  # on time, of


def from_clocks(by: Actor, question: Question) -> tuple[Found, Computed]:
    """Raises `NotAllowed`, `UnknownArea`, `SourceCannot`, `NothingCounted`."""
    members.check_may(by, members.Permission.STATE_CLOCKS_READ)
    if question.over:
        raise SourceCannot(_("The clocks are told of a whole period, state by state."))
    if question.area.kind is not AreaKind.STATES:
        raise UnknownArea(_("The clocks are told of states."))
    now = clock.now()
    first, last = question.years or (now.year, now.year)
    found = _by_state(by, question, first, min(last, now.year))
    if not found:
        raise NothingCounted
    gaps = tuple(code for code in question.area.codes if code not in found)
    together = [year for years in found.values() for year in years]
    total = _told((), together)
    few = sum(_hides(years) for years in found.values())
    return (
        Found(
            tables={},
            years=(first, last),
            area=Area(AreaKind.STATES, question.area.codes, gaps),
            edition=now.date(),
            file="",
            digest="",
            read_at=now,
            mask=Mask(most=LEAST - 1),
            standing=Standing.FIGURES,
        ),
        Computed(
            lines=tuple(_told((state,), years) for state, years in sorted(found.items())),
            series=(),
            # One state that is hidden would be the whole less the others.
            total=Line((), None, masked_cells=few, most=None),
            headline=None if few else total,
            missing=Missing(None, None, None),
            without=0,
        ),
    )


def _by_state(by: Actor, question: Question, first: int, last: int) -> dict[str, list[_Year]]:
    """For each state that was asked for: on time, and of how many, in each year that has any."""
    found: dict[str, list[_Year]] = {}
    for year in range(first, last + 1):
        counted = cooperation.state_counts(
            by=by,
            since=datetime(year, 1, 1, tzinfo=UTC),
            until=datetime(year + 1, 1, 1, tzinfo=UTC),
        )
        for each in counted:
            code = members.state(each.state).alpha2
            if each.judged and code in question.area.codes:
                found.setdefault(code, []).append((each.on_date, each.judged))
    return found


def _hides(years: Sequence[_Year]) -> bool:
    """Whether one of these years alone has too few: two periods would tell of it."""
    return any(of < LEAST for _on_time, of in years)


def _told(codes: tuple[str, ...], years: Sequence[_Year]) -> Line:
    if _hides(years):
        few = sum(of for _on_time, of in years) < LEAST
        most = LEAST - 1 if few else None
        return Line(codes, None, mask=f"<{LEAST}" if few else "*", masked_cells=1, most=most)
    on_time, of = (sum(each) for each in zip(*years, strict=True))
    return Line(
        codes, None, most=None, denominator=of // LEAST * LEAST, share=round(on_time / of, 2)
    )
