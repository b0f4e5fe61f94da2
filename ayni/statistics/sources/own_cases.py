"""This node's own cases, counted as they change.

Each case keeps, sealed under its person's key, what it adds to the tallies of its institution. A
change is noted in the verb's transaction and counted within a minute: what the case added before is
taken away, what it adds now is added, and no other case is opened. Every night all are counted anew
and compared. Of an erased case the count stays in tallies of its own; which count was hers goes
with her key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.errors import NotLoaded
from ayni.statistics.masked.tables import sum_table
from ayni.statistics.sources import tallies
from ayni.statistics.sources.case_codes import (
    Entry,
    as_json,
    difference,
    entries_of,
    from_json,
    wait_of,
)
from ayni.statistics.sources.own_tables import CaseCount, ChangedCase
from ayni.statistics.sources.profiles import PERSONS, PROFILES, days_of
from ayni.statistics.sources.tallies import CASES, ERASED_CASES, WrongTally
from ayni.vault import api as vault

BATCH = 200  # cases in one transaction of the job
CHUNK = 500  # cases that the full count reads at once
_Sealers = Mapping[UUID, vault.Sealer]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a full count found. `added`: cases that were counted for the first time; `missed`: cases
    that had changed though nobody had noted it; `cells`: counts of the tallies that were not the
    sum of their cases. After it all of them are right."""

    cases: int
    added: int
    missed: int
    cells: int


# What verbs of other rooms say, in their transaction (`config/wiring.py`)


def note_changed(*, case: cases.Case) -> None:
    """Note that what is counted of this case may be another now."""
    ChangedCase.objects.create(institution_id=case.institution_id, case_id=case.id)


def keep_count_of_erased(*, by: Actor, case: cases.Case) -> None:
    """A case is about to be erased: its count goes over to those of erased cases, and nothing says
    any more which it was. If its key is gone already, the next full count does it."""
    with cases.seeing(case.id, institution=case.institution_id) as seen:
        _one_at_a_time(case.institution_id)
        row = CaseCount.objects.filter(id=case.id).first()
        if seen is None:
            _lose(row)
            return
        sealers = {seen.subject: vault.sealer(seen.subject)}
        holder, now = _holder(seen.institution_id), clock.now()
        entries = _entries([seen], sealers, seen.institution_id)[seen.id]
        try:
            tallies.change(holder, CASES, difference(_added(row, sealers), []), now)
        except WrongTally:  # what is kept is wrong: the full count puts it right, and she is erased
            _lose(row)
            return
        tallies.change(holder, ERASED_CASES, difference([], entries), _day(now))
        if row is not None:
            row.delete()


def _day(moment: datetime) -> datetime:
    """The moment would say of whom the count is: the trail names the case that was erased then."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def forget_restored(*, by: Actor, case: cases.Case) -> None:
    """A backup brought this case back after it was erased: what it had added can be read no more.
    The next full count puts what is left over to the counts of erased cases."""
    _lose(CaseCount.objects.filter(id=case.id).first())


def _lose(row: CaseCount | None) -> None:
    if row is not None:
        row.lost, row.added = True, None
        row.save()


# The job of every minute


def count_changed(*, by: Actor) -> int:
    """Count the cases of the actor's institution of which a change was noted; how many. Where
    nothing was counted yet, all are. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.CASE_ALL)
    if not tallies.are_kept(_holder(UUID(by.institution)), CASES):
        return count_all(by=by).cases if _has_cases(by) else 0
    counted = 0
    try:
        while found := _count_batch(by):
            counted += found
    except WrongTally:  # less than none of something: what is kept is wrong
        return count_all(by=by).cases
    return counted


def _has_cases(by: Actor) -> bool:
    with cases.seeing_blocked():
        return _all_cases(UUID(by.institution)).exists()


def _count_batch(by: Actor) -> int:
    institution = UUID(by.institution)
    noted = ChangedCase.objects.filter(institution_id=institution).order_by("id")
    if not noted.exists():
        return 0
    with audit.act(by=by, verb="statistics.count_cases", subject=institution) as act:
        _one_at_a_time(institution)
        rows = list(noted.values_list("id", "case_id")[:BATCH])
        with cases.seeing_blocked():
            found = _all_cases(institution).filter(id__in={case for _id, case in rows})
            told = _recounted(list(found), institution)
        tallies.change(_holder(institution), CASES, told.changes, clock.now())
        ChangedCase.objects.filter(id__in=[number for number, _case in rows]).delete()
        act.note(cases=len(told.changed | told.first))
    return len(rows)


@dataclass(slots=True)
class _Recounted:
    """What some cases add now (`total`), how that differs from what they had added (`changes`), and
    which of them had added something else, or nothing before (`first`)."""

    total: Counter[Entry]
    changes: Counter[Entry]
    changed: set[UUID]
    first: set[UUID]


def _recounted(found: Sequence[cases.Case], institution: UUID) -> _Recounted:
    """Keep what these cases add now."""
    sealers = vault.sealers({case.subject for case in found})
    kept = {row.id: row for row in CaseCount.objects.filter(id__in=[case.id for case in found])}
    entries = _entries([case for case in found if case.subject in sealers], sealers, institution)
    told = _Recounted(Counter(), Counter(), set(), set())
    rows: list[CaseCount] = []
    for case in found:
        row = kept.get(case.id)
        if case.id not in entries:  # the key is gone: the rest of the erasing comes
            _lose(row)
            continue
        now, before = entries[case.id], _added(row, sealers)
        told.total.update(now)
        if row is None:
            told.first.add(case.id)
        elif before == now:
            continue
        else:
            told.changed.add(case.id)
        told.changes.update(difference(before, now))
        rows.append(_kept_now(case, now, sealers[case.subject]))
    CaseCount.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=["added", "lost"]
    )
    return told


def _kept_now(case: cases.Case, entries: list[Entry], sealer: vault.Sealer) -> CaseCount:
    row = CaseCount(id=case.id, institution_id=case.institution_id, subject=case.subject)
    row.seal(sealer, added=as_json(entries))
    return row


def _added(row: CaseCount | None, sealers: _Sealers) -> list[Entry]:
    """What a case has added to the tallies; nothing if it was not counted."""
    if row is None or row.lost:
        return []
    return from_json(row.unseal(sealers[row.subject])["added"])


def _entries(
    found: Sequence[cases.Case], sealers: _Sealers, institution: UUID
) -> dict[UUID, list[Entry]]:
    zone = ZoneInfo(members.institution(institution).time_zone)
    referred = cooperation.first_referred({case.id for case in found})
    entries = {}
    for case in found:
        sent, opened = referred.get(case.id), case.opened_at.astimezone(zone).date()
        first = None if sent is None else sent.astimezone(zone).date()
        entries[case.id] = entries_of(
            cases.codes_of(case, zone, sealers[case.subject]),
            situation=case.situation,
            wait=wait_of(opened, first),
            days=days_of(opened, first),
        )
    return entries


def _all_cases(institution: UUID) -> QuerySet[cases.Case]:
    found = cases.Case.objects.filter(institution_id=institution, erased_at__isnull=True)
    return found.select_related("person")


def _holder(institution: UUID | str) -> str:
    return members.institution(institution).code


def _one_at_a_time(institution: UUID) -> None:
    """Until the transaction ends nobody else changes what cases of this institution add."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext('ayni.statistics.cases'), hashtext(%s))",
            [str(institution)],
        )


# The full count of every night


def count_all(*, by: Actor) -> Checked:
    """Count every case of the actor's institution anew, compare, and put right what differs. Raises
    `NotAllowed`."""
    members.check_may(by, members.Permission.CASE_ALL)
    institution = UUID(by.institution)
    holder = _holder(institution)
    noted = ChangedCase.objects.filter(institution_id=institution)
    with audit.act(by=by, verb="statistics.check_case_counts", subject=institution) as act:
        _one_at_a_time(institution)
        before = list(noted.values_list("id", flat=True))
        expected = tallies.entries(holder, CASES)
        total: Counter[Entry] = Counter()
        changed: set[UUID] = set()
        first = number = 0
        with cases.seeing_blocked():
            _lose_erased(institution)
            for found in _in_chunks(institution):
                told = _recounted(found, institution)
                total.update(told.total)
                expected.update(told.changes)
                changed |= told.changed
                number, first = number + len(found), first + len(told.first)
        missed = len(changed - set(noted.values_list("case_id", flat=True)))
        cells = _settle(institution, holder, expected, total)
        tallies.keep_entries(holder, CASES, total, clock.now())
        ChangedCase.objects.filter(id__in=before).delete()
        act.note(cases=number, added=first, missed=missed, cells=cells)
    return Checked(number, first, missed, cells)


def _in_chunks(institution: UUID) -> Iterator[list[cases.Case]]:
    found = _all_cases(institution).order_by("id")
    chunk = list(found[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(found.filter(id__gt=chunk[-1].id)[:CHUNK])


def _lose_erased(institution: UUID) -> None:
    """What was erased without being heard of here (a backup between the two)."""
    erased = cases.Case.objects.filter(institution_id=institution, erased_at__isnull=False)
    there = CaseCount.objects.filter(institution_id=institution, lost=False)
    there.filter(id__in=erased.values("id")).update(lost=True, added=None)


def _settle(institution: UUID, holder: str, expected: Counter[Entry], total: Counter[Entry]) -> int:
    """What the tallies hold beyond what cases add is what lost cases had added, as far as there are
    any; how many other counts differ."""
    differs = Counter(expected)
    differs.subtract(total)
    differs = Counter({entry: n for entry, n in differs.items() if n})
    lost = CaseCount.objects.filter(institution_id=institution, lost=True)
    if not lost.exists():
        return len(differs)
    left = Counter({entry: n for entry, n in differs.items() if n > 0})
    tallies.change(holder, ERASED_CASES, left, _day(clock.now()))
    lost.delete()
    return len(differs) - len(left)


# For sums over states


def row_of_sum(table: str, years: tuple[int, int]) -> tuple[int, ...]:
    """What this node has for a table of `data/sum_tables.yaml` of whole years (both included), in
    the order of its layout, margins included.

    Counted are cases of the side of the host, which is one state at a time: so a person whose case
    two states have is in the sum once. Cases of all institutions here are in it; whoever has a case
    with two of them is counted twice. Raises `UnknownTable`, and `NotLoaded` where cases were not
    counted yet.
    """
    layout = sum_table(table).layout
    crime = sum_table(table).crime
    names = tuple(name for name, _categories in layout.dimensions)
    own = _TABLE_OF.get(frozenset(names), PROFILES)
    holders = tallies.holders(CASES)
    if _uncounted(holders):
        raise NotLoaded
    counts: Counter[tuple[str, ...]] = Counter()
    for holder in holders:
        tallied = tallies.read_table(holder, CASES, own, years)
        for cell in () if tallied is None else tallied.tables[own]:
            if cell.codes["crime"] == crime and cell.codes["side"] == "host":
                counts[tuple(cell.codes[name] for name in names)] += cell.count
    return tuple(layout.row(counts))


_TABLE_OF = {
    frozenset({"sex", "age"}): PERSONS,
    frozenset({"citizenship", "sex"}): "origins",
}


def _uncounted(holders: Collection[str]) -> bool:
    """Whether an institution of this node has cases and none of them was counted yet."""
    for institution in members.institutions(state=members.this_node()):
        if institution.code in holders:
            continue
        with members.acting(institution.id), cases.seeing_blocked():
            if _all_cases(institution.id).exists():
                return True
    return False
