"""The board of clocks: who owes which answer by when, and figures per state.

On the secretariat's node over what the states told it; on a state's node over its own clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Avg,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce, Least

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import scoreboard
from ayni.cooperation import vocabulary as words
from ayni.cooperation.models import Clock, SecretariatClock
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members

PAGE = 50
DAY = 86_400
# On the secretariat's node a clock that is still open so long after its due hour is no longer
# shown as overdue. Its state may have told its end to nobody (a case under protection), and must
# not be asked to. Every clock is treated alike, so that none of them gives itself away. A proposal.
SILENT_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Owed:
    """One open clock: `owing` owes `owed` an answer by `due_at`. `silent`: no word came long after
    that, which says nothing about whether it was answered. `paused_until`: until when it stands
    still by agreement of both; None where it runs."""

    id: UUID
    owing: str
    owed: str
    kind: str
    due_at: datetime
    overdue: bool
    silent: bool = False
    paused_until: datetime | None = None

    @property
    def kind_words(self) -> str:
        """The kind in the reader's language."""
        return str(words.ClockKind(self.kind).label)

    @property
    def owing_state(self) -> members.State:
        """The state that owes the answer."""
        return members.state(self.owing)

    @property
    def owed_state(self) -> members.State:
        """The state that waits for it."""
        return members.state(self.owed)


def _clocks() -> QuerySet[SecretariatClock] | QuerySet[Clock]:
    if members.this_node() == members.SECRETARIAT:
        return SecretariatClock.objects.all()
    return Clock.objects.all()


def may_read_rows(*, by: Actor) -> bool:
    """On the secretariat's node its officers only; on a state's node its focal point, for these
    are the state's own clocks (promise 2)."""
    own = members.this_node() != members.SECRETARIAT
    permission = members.Permission
    return members.may(by, permission.OWN_CLOCKS_READ if own else permission.CLOCKS_READ)


def owed_answers(
    *,
    by: Actor,
    state: str = "",
    after: tuple[datetime, UUID] | None = None,
    silent: bool = False,
) -> list[Owed]:
    """One page of open clocks, the longest overdue first. `after`: the last row of the page
    before. On the secretariat's node those without word for `SILENT_AFTER` stand apart: only
    they are listed with `silent`. Raises `NotAllowed`."""
    if not may_read_rows(by=by):
        raise NotAllowed
    audit.read(by=by, verb="cooperation.owed_answers", subject=state)
    now = clock.now()
    found = _clocks().filter(done_at__isnull=True)
    if members.this_node() == members.SECRETARIAT:
        since = now - SILENT_AFTER
        found = found.filter(due_at__lte=since) if silent else found.filter(due_at__gt=since)
    if state:
        found = found.filter(owing=state)
    if after is not None:
        due_at, last = after
        found = found.filter(due_at__gte=due_at).exclude(due_at=due_at, id__lte=last)
    columns = ("id", "owing", "owed", "kind", "due_at", "paused_until")
    rows = found.order_by("due_at", "id").values_list(*columns)
    return [_owed(row, now, silent) for row in rows[: PAGE + 1]]


def _owed(row: tuple[Any, ...], now: datetime, silent: bool) -> Owed:
    ident, owing, owed, kind, due_at, until = row
    still = until if until is not None and now < until else None
    overdue = due_at <= now and still is None and not silent
    return Owed(ident, owing, owed, kind, due_at, overdue, silent, still)


def state_figures(*, by: Actor, since: datetime) -> list[scoreboard.Figures]:
    """Figures of each state over clocks noted since then, none below ten cases.

    Raises `NotAllowed`.
    """
    return [scoreboard.figures(each) for each in state_counts(by=by, since=since)]


def state_counts(
    *, by: Actor, since: datetime, until: datetime | None = None
) -> list[scoreboard.Counts]:
    """What these figures rest on, over clocks noted from `since` and before `until`. Whoever shows
    them shows none that rests on fewer than `scoreboard.LEAST`. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.STATE_CLOCKS_READ)
    counted = {row["owing"]: row for row in _counts(since, clock.now(), until)}
    return [_counts_of(code, counted) for code in sorted(members.states())]


def _counts_of(code: str, counted: dict[str, dict[str, Any]]) -> scoreboard.Counts:
    row = counted.get(code)
    if row is None:
        return scoreboard.Counts(code, 0, 0, 0, 0.0, 0, 0)
    mean = row["mean"]
    return scoreboard.Counts(
        state=code,
        referrals=row["referrals"],
        accepted_in_time=row["accepted"],
        answers=row["judged"],
        days=0.0 if mean is None else mean.total_seconds() / DAY * row["judged"],
        judged=row["judged"],
        on_date=row["on_date"],
        rated=row["rated"],
        late=row["late"],
        weak=row["weak"],
    )


def _counts(since: datetime, now: datetime, until: datetime | None = None) -> list[dict[str, Any]]:
    # A request that is late without an answer has waited until now, or until no further word of it
    # is expected. Left out, it would make a state that never answers look quick.
    given_up = ExpressionWrapper(F("due_at") + SILENT_AFTER, output_field=DateTimeField())
    ended = Coalesce(F("done_at"), Least(Value(now, output_field=DateTimeField()), given_up))
    took = ExpressionWrapper(ended - F("noted_at"), output_field=DurationField())
    referral, request = Q(kind="referral"), Q(kind="request")
    answered = Q(done_at__isnull=False)
    judged = request & (answered | Q(due_at__lte=now))
    in_time = Q(done_at__lte=F("noted_at") + scoreboard.ACCEPT_WITHIN)
    could = answered | Q(noted_at__lte=now - scoreboard.ACCEPT_WITHIN)
    noted = _clocks().filter(noted_at__gte=since)
    rows: Any = (
        (noted if until is None else noted.filter(noted_at__lt=until))
        .values("owing")
        .annotate(
            referrals=Count("id", filter=referral & could),
            accepted=Count("id", filter=referral & in_time),
            mean=Avg(took, filter=judged),
            judged=Count("id", filter=judged),
            on_date=Count("id", filter=request & Q(done_at__lte=F("due_at"))),
            rated=Count("id", filter=~Q(timeliness="")),
            late=Count("id", filter=Q(timeliness=words.Rating.BAD)),
            weak=Count("id", filter=Q(effort=words.Rating.BAD)),
        )
    )
    return list(rows)
