"""The audit trail of one institution, for its data protection officer: filtered, and exported.

Entries hold ids and codes only; the other institutions of the node are none of its business.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases.access import fetch
from ayni.cases.models import Case
from ayni.lib.errors import Refused
from ayni.members import api as members

MOST_EXPORTED = 20_000


class TooManyEntries(Refused):
    """More than one export holds."""

    code = "too_many_entries"
    reason = _("More than 20,000 entries match. Choose fewer days, and export again.")


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """Which entries: by `who` (an officer's id), of `verb`, from `since` to before `until`, about
    `case_id` (what any institution or node did with it). Empty or None: all."""

    who: str = ""
    verb: str = ""
    since: datetime | None = None
    until: datetime | None = None
    case_id: UUID | None = None

    def filters(self) -> dict[str, str]:
        """The filters that are set, as the entry about the looking holds them."""
        moments = {"since": self.since, "until": self.until}
        told = {name: value.isoformat() for name, value in moments.items() if value is not None}
        return {k: v for k, v in {"who": self.who, "what": self.verb, **told}.items() if v}


def _found(by: Actor, query: TrailQuery, *, before: int | None, limit: int) -> list[Any]:
    about = None
    if query.case_id is not None:
        about = subjects_of(fetch(Case, query.case_id, by=by, unopened=True))
    return audit.entries_of(
        institution="" if about is not None else str(by.institution),
        actor_id=query.who, verb=query.verb, since=query.since, until=query.until,
        subjects=about, before=before, limit=limit,
    )  # fmt: skip


def subjects_of(case: Case) -> set[Any]:
    """Ids by which entries name a case: its own, its person's, its notice's, its consents'."""
    consents = case.consents.values_list("id", flat=True)
    return {case.id, case.person_id, case.notice_id, *consents} - {None}


def audit_trail(
    *, by: Actor, query: TrailQuery, before: int | None = None, limit: int
) -> list[Any]:
    """Entries of the officer's institution, newest first, with a number below `before`. Raises
    `NotAllowed`, or `NotFound` for a case of another institution. The looking is recorded."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = _found(by, query, before=before, limit=limit)
    about = query.case_id or by.institution
    audit.read(by=by, verb="cases.audit_trail", subject=about, **query.filters())
    return found


def audit_month(*, by: Actor, since: datetime, until: datetime) -> list[audit.Counted]:
    """What was done on behalf of the officer's institution in a month, counted by who and what.
    Raises `NotAllowed`. The looking is recorded."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = audit.counted(institution=str(by.institution), since=since, until=until)
    audit.read(
        by=by, verb="cases.audit_month", subject=by.institution,
        since=since.isoformat(), until=until.isoformat(),
    )  # fmt: skip
    return found


def export_trail(
    *, by: Actor, query: TrailQuery, most: int = MOST_EXPORTED
) -> tuple[str, list[Any]]:
    """The same, all of them, for a file; and the random mark that the file bears, by which the
    entry about the export is found again. Raises `TooManyEntries` as well."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = _found(by, query, before=None, limit=most + 1)
    if len(found) > most:
        raise TooManyEntries
    mark = secrets.token_hex(8)
    about = query.case_id or by.institution
    audit.read(
        by=by, verb="cases.export_trail", subject=about, mark=mark, rows=len(found),
        **query.filters(),
    )  # fmt: skip
    return mark, found
