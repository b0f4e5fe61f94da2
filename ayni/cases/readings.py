"""Who opened how much in a day, counted from the audit trail, and an alarm for the data protection
officer where it is more than the budget of the role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import budgets
from ayni.cases.alarmed import Finding, ReadingAlarm
from ayni.cases.budgets import Exceeded, Reading
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members

SHOWN = 200
# Which entries of the trail count as what. A search has no subject of its own: each one counts.
VERBS: Mapping[Reading, frozenset[str]] = {
    Reading.CASES: frozenset(
        {
            "cases.answers_of_step",
            "cases.disclose",
            "cases.open_case_page",
            "cases.open_history",
            "cases.open_told",
        }
    ),
    Reading.IDENTITIES: frozenset({"cases.open_identity"}),
    # They tell names and what happened as a case does, and stand open to the whole institution
    # until somebody works on them.
    Reading.ARRIVED: frozenset(
        {
            "cases.open_named",
            "cases.open_notice",
            "cooperation.open_referral",
            "cooperation.open_request",
        }
    ),
    Reading.SEARCHES: frozenset({"cases.search_antecedents"}),
    Reading.CLOSED: frozenset({"cases.why_closed"}),
}
_CASE_ROLES = frozenset(
    role.value
    for role, held in members.ROLE_PERMISSIONS.items()
    if members.Permission.CASE_READ in held
)


@dataclass(frozen=True, slots=True)
class Day:
    """What one officer opened in one day in one role: reading -> (how often, how much is usual)."""

    officer: members.User
    role: str
    counts: Mapping[Reading, tuple[int, int]]
    beyond: list[Exceeded]


def _day_of(institution: UUID | str, moment: datetime) -> tuple[date, datetime, datetime]:
    """The day of the post in which a moment lies, from when to when."""
    zone = ZoneInfo(members.institution(institution).time_zone)
    day = moment.astimezone(zone).date()
    began = datetime.combine(day, time(), zone)
    return day, began, datetime.combine(day + timedelta(days=1), time(), zone)


def _days(institution: UUID | str, since: datetime, until: datetime) -> list[Day]:
    known = budgets.budgets(_CASE_ROLES)
    counts: dict[tuple[str, str], dict[Reading, int]] = defaultdict(dict)
    for reading, verbs in VERBS.items():
        for row in audit.touched(
            institution=str(institution), verbs=verbs, since=since, until=until
        ):
            times = row.times if reading is Reading.SEARCHES else row.subjects
            counts[row.actor_id, row.actor_role][reading] = times
    officers = {str(user.id): user for user in members.everybody(institution)}
    found = []
    for (who, role), counted in counts.items():
        if who in officers and role in known:
            most = known[role].most
            found.append(
                Day(
                    officers[who], role,
                    {reading: (counted.get(reading, 0), most[reading]) for reading in Reading},
                    budgets.exceeded(known[role], counted),
                )
            )  # fmt: skip
    return sorted(found, key=lambda day: (-len(day.beyond), day.officer.display_name))


def notice_readings(*, by: Actor, now: datetime) -> int:
    """Raise an alarm for each officer of the actor's institution who opened more than the budget
    today or yesterday (a job of this node); how many are new. Nothing is blocked.

    Raises `NotAllowed` for anybody but a job.
    """
    if by.kind is not ActorKind.JOB:
        raise NotAllowed
    raised = 0
    for moment in (now - timedelta(days=1), now):
        day, since, until = _day_of(by.institution, moment)
        for one in _days(by.institution, since, until):
            raised += sum(_alarm(by, one, day, beyond, now) for beyond in one.beyond)
    return raised


def _alarm(by: Actor, one: Day, day: date, beyond: Exceeded, now: datetime) -> bool:
    """Write one alarm, or that it grew; True if it is new."""
    which = {"officer": one.officer, "day": day, "reading": beyond.reading.value}
    there = ReadingAlarm.objects.filter(**which).first()
    if there is not None and there.times >= beyond.times:
        return False
    with audit.act(
        by=by, verb="cases.reading_alarm", subject=one.officer.id,
        reading=beyond.reading.value, times=beyond.times, allowed=beyond.allowed,
    ):  # fmt: skip
        if there is not None:
            ReadingAlarm.objects.filter(id=there.id).update(times=beyond.times)
            return False
        ReadingAlarm.objects.create(
            **which,
            institution_id=by.institution,
            role=one.role,
            times=beyond.times,
            allowed=beyond.allowed,
            noticed_at=now,
        )
    return True


def readings(*, by: Actor, now: datetime) -> list[Day]:
    """What each officer of the institution opened today beside what is usual, those beyond it first
    (data protection officer); the looking is recorded."""
    members.check_may(by, members.Permission.AUDIT_READ)
    _day, since, until = _day_of(by.institution, now)
    audit.read(by=by, verb="cases.readings", subject=by.institution)
    return _days(by.institution, since, until)


def reading_alarms(*, by: Actor) -> list[ReadingAlarm]:
    """Alarms of the institution, those nobody has looked into first (data protection officer); the
    looking is recorded."""
    members.check_may(by, members.Permission.AUDIT_READ)
    audit.read(by=by, verb="cases.reading_alarms", subject=by.institution)
    found = ReadingAlarm.objects.filter(institution_id=by.institution).select_related("officer")
    rows = list(found.order_by("-day", "-times")[:SHOWN])
    return sorted(rows, key=lambda row: row.seen_at is not None)


def reading_alarm(*, by: Actor, alarm_id: UUID) -> ReadingAlarm:
    """One alarm (data protection officer); the looking is recorded. Raises `NotFound`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = ReadingAlarm.objects.filter(id=alarm_id, institution_id=by.institution)
    row = found.select_related("officer").first()
    if row is None:
        raise NotFound
    audit.read(by=by, verb="cases.reading_alarms", subject=alarm_id)
    return row


def reading_alarms_waiting(*, by: Actor) -> int:
    """How many alarms nobody has looked into, for the data protection officer's first page; 0 for
    everybody else."""
    if not members.may(by, members.Permission.AUDIT_READ):
        return 0
    found = ReadingAlarm.objects.filter(institution_id=by.institution, seen_at__isnull=True)
    return found.count()


def see_reading_alarm(*, by: Actor, alarm_id: UUID, finding: str) -> None:
    """Write down what looking into an alarm brought (`Finding`); what is said last counts. Raises
    `NotFound`, `NotAllowed`, ValueError for no finding."""
    members.check_may(by, members.Permission.AUDIT_READ)
    code = Finding(finding).value
    with audit.act(by=by, verb="cases.see_reading_alarm", subject=alarm_id, finding=code):
        found = ReadingAlarm.objects.filter(id=alarm_id, institution_id=by.institution)
        if not found.update(seen_at=clock.now(), seen_by=UUID(by.id), finding=code):
            raise NotFound
