"""What the clocks between states say: of each state, the share of requests answered on time.

No figure rests on fewer than ten cases (promise 2); above that, how many there were is told in tens
and the share in whole per cents, so that two readings do not tell of the one case between them.
"""

from __future__ import annotations

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


def from_clocks(by: Actor, question: Question) -> tuple[Found, Computed]:
    """Raises `NotAllowed`, `UnknownArea`, `SourceCannot`, `NothingCounted`."""
    if question.over:
        raise SourceCannot(_("The clocks are told of a whole period, state by state."))
    if question.area.kind is not AreaKind.STATES:
        raise UnknownArea(_("The clocks are told of states."))
    now = clock.now()
    first, last = question.years or (now.year, now.year)
    counted = cooperation.state_counts(
        by=by,
        since=datetime(first, 1, 1, tzinfo=UTC),
        until=datetime(last + 1, 1, 1, tzinfo=UTC),
    )
    found = [
        (members.state(each.state).alpha2, each.on_date, each.judged)
        for each in counted
        if each.judged and members.state(each.state).alpha2 in question.area.codes
    ]
    if not found:
        raise NothingCounted
    gaps = tuple(c for c in question.area.codes if c not in {state for state, *_n in found})
    total = _line((), sum(n for _s, n, _d in found), sum(d for _s, _n, d in found))
    few = sum(of < LEAST for _state, _n, of in found)
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
            lines=tuple(_line((state,), on_time, of) for state, on_time, of in sorted(found)),
            series=(),
            # One state that is hidden would be the whole less the others.
            total=Line((), None, masked_cells=few, most=None),
            headline=None if few else total,
            missing=Missing(None, None, None),
            without=0,
        ),
    )


def _line(codes: tuple[str, ...], on_time: int, of: int) -> Line:
    if of < LEAST:
        return Line(codes, None, mask=f"<{LEAST}", masked_cells=1, most=LEAST - 1)
    return Line(
        codes, None, most=None, denominator=of // LEAST * LEAST, share=round(on_time / of, 2)
    )
