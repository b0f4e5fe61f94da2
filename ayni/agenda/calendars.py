"""The calendar of one officer at a secret address: made, ended, fetched.

Calendar programs cannot sign in, so whoever knows the address reads: titles, times and places of
meetings, and due days of this state's commitments; all of it is published to every member, and none
of it is about a person. Only a keyed digest of the secret is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import translation
from django.utils.translation import gettext as _

from ayni.agenda import calendar_feed, meeting_changes, reading, work, work_kinds
from ayni.agenda.calendar_feed import Entry
from ayni.agenda.commitments import Status
from ayni.agenda.meeting import Meeting, all_meetings
from ayni.agenda.meeting_changes import Phase
from ayni.agenda.models import CalendarAddress
from ayni.agenda.reading import Presidencies
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed, NotFound
from ayni.lib.identifiers import random_token
from ayni.members import api as members
from ayni.vault import api as vault

LASTS = timedelta(days=365)
PAST = timedelta(days=180)  # what is longer ago is left out
_SECRET = 32  # bytes
_OVER = (Status.VALIDATED, Status.GIVEN_UP, Status.WITHDRAWN)


def _digest(secret: str) -> bytes:
    return vault.search_token("agenda.calendar", secret)


def calendar_of(*, by: Actor, now: datetime) -> CalendarAddress | None:
    """The address of this officer that works now; None if there is none."""
    rows = CalendarAddress.objects.filter(officer=UUID(by.id), ended_at__isnull=True)
    return rows.filter(until__gt=now).first()


def make_calendar(*, by: Actor, language: str, now: datetime) -> str:
    """Make this officer a secret address, for a year; the one before ends. The secret is answered
    once and kept nowhere. Raises `NotAllowed` for whoever is no officer of this node."""
    officer = _officer(UUID(by.id))
    try:
        return _made(by, officer.id, language, now)
    except IntegrityError:  # the same officer made one at this moment: it ends, this one works
        return _made(by, officer.id, language, now)


def _made(by: Actor, officer: UUID, language: str, now: datetime) -> str:
    secret = random_token(_SECRET)
    with audit.act(by=by, verb="agenda.make_calendar", subject=officer):
        _end(officer, now)
        CalendarAddress.objects.create(
            officer=officer, digest=_digest(secret), language=language, made_at=now,
            until=now + LASTS,
        )  # fmt: skip
    return secret


def end_calendar(*, by: Actor, now: datetime) -> None:
    """End this officer's address: whoever knows it reads nothing more. Again it does nothing."""
    with audit.act(by=by, verb="agenda.end_calendar", subject=by.id):
        _end(UUID(by.id), now)


def _end(officer: UUID, now: datetime) -> None:
    CalendarAddress.objects.filter(officer=officer, ended_at__isnull=True).update(ended_at=now)


def _officer(ident: UUID) -> members.User:
    """An officer who may sign in. Raises `NotAllowed`."""
    try:
        found = members.user(ident)
        members.actor_of(found)
    except NotFound:
        raise NotAllowed from None
    return found


def fetch_calendar(*, secret: str, now: datetime) -> bytes:
    """The calendar behind a secret. Raises `NotFound`, the same for one that never was, has ended
    or is too old, and for one whose officer may not sign in any more."""
    row = CalendarAddress.objects.filter(
        digest=_digest(secret), ended_at__isnull=True, until__gt=now
    ).first()
    if row is None:
        raise NotFound
    try:
        _officer(row.officer)
    except NotAllowed:
        raise NotFound from None
    _note_fetched(row, now)
    with translation.override(row.language):
        return calendar_feed.feed(entries(now), name=_("Platform: meetings and due days"))


def _note_fetched(row: CalendarAddress, now: datetime) -> None:
    """The day alone: when and from where an officer's telephone asks is nobody's business."""
    today = now.astimezone(UTC).date()
    if row.fetched_on != today:
        CalendarAddress.objects.filter(id=row.id).update(fetched_on=today)


def entries(now: datetime) -> list[Entry]:
    """What stands in a calendar, in the language that is in force."""
    known = reading.presidencies()
    found = [_meeting(each) for each in all_meetings(known) if each.at > now - PAST]
    return [*found, *_due(now, known)]


def _meeting(each: Meeting) -> Entry:
    cancelled = each.phase is Phase.CANCELLED
    assert each.stands.version is not None  # a meeting is what stands
    return Entry(
        about=f"agenda.meeting/{each.key}",
        title=_("Cancelled: %(title)s") % {"title": each.title} if cancelled else each.title,
        place=each.place,
        starts=each.at,
        sequence=meeting_changes.sequence(each.changes),
        changed=each.stands.version.at,
        cancelled=cancelled,
    )


def _due(now: datetime, known: Presidencies) -> list[Entry]:
    """Due days of this node's own state; none on the secretariat's node."""
    here, today = members.this_node(), now.astimezone(UTC).date()
    versions = gazette.histories(kind=work_kinds.COMMITMENT, owners=known.writers)
    told: dict[str, int] = {}
    for (_owner, key), rows in versions.items():
        told[key] = told.get(key, 0) + len(rows)
    return [
        Entry(
            about=f"agenda.commitment/{each.key}",
            title=_("Due: %(title)s") % {"title": each.said.title},
            place="",
            starts=each.said.due,
            sequence=told[each.key] - 1,
            changed=each.stands.version.at,
        )
        for each in work.commitments(today, known)
        if each.said.state == here
        and each.standing.status not in _OVER
        and each.stands.version is not None
        and each.said.due > today - PAST
    ]
