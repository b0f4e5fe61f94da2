"""Reminders by e-mail: once a morning, to officers for whom work waits. Not a word about a case.

The mail says that work waits and nothing else: no number, no name, no link, for it may be read by
others and must not teach anybody to sign in through a link.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from ayni.agenda import api as agenda
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.incidents import api as incidents
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.statistics import api as statistics
from ayni.support import api as support

MORNING = 8  # o'clock, where the post stands
AHEAD = timedelta(hours=24)
LATE = timedelta(hours=24)
SUM_AHEAD = timedelta(days=3)
_MOST = 1000


def remind(*, now: datetime) -> int:
    """Write to every officer of this node for whom work waits and who had no reminder today.

    Work waits if a step is late or due within 24 hours in one of his cases, or what was referred or
    asked in it was not answered in time, by message or letter; what nobody has taken
    (cases, notices, referrals to answer) waits for the supervisors, and so does what anybody is
    late with by more than a day. An incident whose 72 hours end within a day, or are over, waits
    for the data protection officer; a need of states for whoever sees it on the first page
    (`support.waiting`); for the focal point also a commitment of the work agenda that is late, due
    within a week or not clear; one that is to be validated also for the authority; a sum over
    states for the statistician whose state answers or gives within three days; figures that one
    statistician has proposed for the others, who review and publish them. Returns how many were
    written.

    A mail that cannot be sent keeps no other from being sent; the error is raised at the end, and
    the next hour tries again.
    """
    written = 0
    failed: Exception | None = None
    for institution in members.institutions(state=members.this_node()):
        local = now.astimezone(ZoneInfo(institution.time_zone))
        if local.hour < MORNING:
            continue
        by = audit.job("desk.remind", str(institution.id))
        with members.acting(institution.id):
            waits = _for_whom(by, now)
            for officer in members.colleagues(institution.id):
                if officer.id not in waits or officer.reminded_on == local.date():
                    continue
                try:
                    _write(by, officer, local)
                    written += 1
                except (SMTPException, OSError) as error:
                    failed = error
    if failed is not None:
        raise failed
    return written


def _for_whom(by: Actor, now: datetime) -> set[UUID]:
    """Ids of the officers for whom something waits."""
    soon = now + AHEAD
    due = protocol.due_for(institution=by.institution, until=soon, limit=_MOST, now=now)
    silent = cooperation.unanswered(by=by, limit=_MOST)
    known = [row.case_id for row in silent if row.case_id is not None]
    waiting = cases.work_waiting(by=by, subjects=[*(row.subject for row in due), *known])
    answers = [*cooperation.incoming(by=by), *cooperation.requests_in(by=by)]
    officers: set[UUID] = set(waiting.officers)
    late = protocol.any_due(institution=by.institution, until=now - LATE)
    answer = any(
        row.due_at is not None and row.due_at <= soon and row.still_until is None for row in answers
    )
    if waiting.nobodys or answer or late:
        officers |= _supervisors(by)
    if incidents.incidents_waiting(by=by, now=now):
        officers |= _who_may(by, members.Permission.INCIDENT_KEEP)
    return officers | {
        officer.id
        for officer in members.colleagues(by.institution)
        if support.waiting(by=members.actor_of(officer), now=now)
        or agenda.urgent(by=members.actor_of(officer), day=now.date())
        or agenda.escalated(by=members.actor_of(officer), day=now.date())
        or _sum_waits(members.actor_of(officer), now)
        or statistics.releases_waiting(by=members.actor_of(officer))
    }


def _sum_waits(by: Actor, now: datetime) -> bool:
    """Whether a sum over states waits for this officer's state, and its day is near; or whether
    the secretariat has not told what came of one whose last day has passed."""
    return any(
        each.overdue or (each.move is not None and each.move.due <= now + SUM_AHEAD)
        for each in statistics.sums_waiting(by=by, now=now)
    )


def _who_may(by: Actor, permission: members.Permission) -> set[UUID]:
    """The officers of an institution who may do something."""
    there = members.colleagues(by.institution)
    return {u.id for u in there if members.may(members.actor_of(u), permission)}


def _supervisors(by: Actor) -> set[UUID]:
    """The supervisors of an institution; where there are none, whoever may take a case."""
    there = members.colleagues(by.institution)
    leading = {u.id for u in there if u.role == members.Role.CASE_SUPERVISOR}
    able = {u.id for u in there if members.may(members.actor_of(u), members.Permission.CASE_ASSIGN)}
    return leading or able


def _write(by: Actor, officer: members.User, local: datetime) -> None:
    """Note it and send it; if it cannot be sent, it is not noted and the job tries again."""
    with transaction.atomic(), translation.override(officer.language):
        members.note_reminded(by=by, user_id=officer.id, on=local.date())
        send_mail(
            _("Ayni: work is waiting"),
            _(
                "There is work in Ayni that waits for you. Sign in as usual to see it.\n\n"
                "This message contains no link. Ayni never asks for a password by e-mail."
            ),
            None,
            [officer.email],
        )
