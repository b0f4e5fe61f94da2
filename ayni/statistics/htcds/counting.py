"""Records of HTCDS 2.0 are counted when they are taken in, in the same transaction.

A historical notice never changes, so nothing else adds to these tallies and nothing takes from
them: as with an erased case the count of a record whose key is gone stays, and nothing says any
more which it was. What earlier software took in is counted with the next file, or in the night.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.members import api as members
from ayni.statistics.htcds.counted import entries_of
from ayni.statistics.htcds.records import Line, Record, take
from ayni.statistics.sources import tallies
from ayni.statistics.sources.case_codes import Entry
from ayni.vault import api as vault

SOURCE = "htcds"
LOCK = 145202077  # any number that no other lock of this database uses
CHUNK = 500


def entries(records: Iterable[Record], *, now: datetime, zone: ZoneInfo) -> Counter[Entry]:
    """What these records add; `now`: when they come in."""
    states, year = _ten(), now.astimezone(zone).year
    return Counter(
        entry for one in records for entry in entries_of(one, states=states, taken_in=year)
    )


def _ten() -> frozenset[str]:
    return frozenset(state.alpha2 for state in members.states().values())


def all_are_counted(*, by: Actor) -> bool:
    """Whether every record of the actor's institution is in its tallies; none at all are."""
    return tallies.are_kept(_holder(by), SOURCE) or not _notices(by).exists()


def add(*, by: Actor, fresh: Counter[Entry], now: datetime) -> None:
    """Add what new records of the actor's institution come to, within the caller's transaction."""
    tallies.change(_holder(by), SOURCE, fresh, now)


def count_all(*, by: Actor, now: datetime) -> int:
    """Count every record of the actor's institution that can be read, in place of what is kept;
    how many. Within the caller's transaction, which holds `LOCK`."""
    zone = ZoneInfo(members.institution(by.institution).time_zone)
    found: Counter[Entry] = Counter()
    number, states, today = 0, _ten(), now.astimezone(zone).date()
    for notice, original in _opened(by):
        record = as_recorded(original, today)
        if record is not None:
            year = notice.received_at.astimezone(zone).year
            found.update(entries_of(record, states=states, taken_in=year))
            number += 1
    if found:
        tallies.keep_entries(_holder(by), SOURCE, found, now)
    else:  # that they were looked at is kept, or they would be opened again every night
        tallies.keep(_holder(by), SOURCE, {"persons": {today.year: Counter()}}, now)
    return number


def count_what_is_not(*, by: Actor, now: datetime) -> int:
    """The job of every night: count the records of an institution of which nothing is counted yet;
    how many. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.CASE_ALL)
    if all_are_counted(by=by):
        return 0
    with audit.act(by=by, verb="statistics.count_records", subject=by.institution) as act:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        # A file may have been taken in meanwhile.
        number = 0 if all_are_counted(by=by) else count_all(by=by, now=now)
        act.note(records=number)
    return number


def as_recorded(original: Any, today: date) -> Record | None:
    """The record that a historical notice keeps; None where it holds nothing that is one."""
    if not isinstance(original, Mapping):
        return None
    found = take([Line(1, original, {})], sheet="", today=today)
    return found.records[0][1] if found.records else None


def _opened(by: Actor) -> Iterator[tuple[cases.Notice, Any]]:
    """Notices whose key is there, with what they keep."""
    found = _notices(by).only("id", "subject", "received_at", "original").order_by("id")
    chunk = list(found[:CHUNK])
    while chunk:
        sealers = vault.sealers({row.subject for row in chunk})
        for row in chunk:
            if row.subject in sealers:
                yield row, row.unseal(sealers[row.subject], ["original"])["original"]
        chunk = list(found.filter(id__gt=chunk[-1].id)[:CHUNK])


def _notices(by: Actor) -> QuerySet[cases.Notice]:
    return cases.Notice.objects.filter(
        institution_id=UUID(str(by.institution)), source=SOURCE, original__isnull=False
    )


def _holder(by: Actor) -> str:
    return members.institution(by.institution).code
