"""Records of HTCDS 2.0 become historical notices, read and never worked on (ADR 0077).

The whole file is read before anything is written; one transaction writes all of it or nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics.errors import FileRefused
from ayni.statistics.htcds import counting, formats, guard, mapping, values
from ayni.statistics.htcds.counting import LOCK, SOURCE
from ayni.statistics.htcds.records import Change, Problem, Record, text_of
from ayni.statistics.sources.case_codes import Entry

BATCH = 500
MOST_PROBLEMS = 50
MOST_BY_PAGE = 50_000  # records of one file that an officer gives at a page
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: records read, added, there already as they are, told otherwise there
    (left as they were), and of cases of this very institution, which are not taken in; `problems`
    of rows that were turned away; what was put right."""

    read: int
    added: int
    same: int
    differs: int
    own: int
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read whole: its records under their ids, the problems of its other rows, and
    what was put right; `digest` is its SHA-256, `read` how many records it has."""

    name: str
    digest: str
    read: int
    numbered: Mapping[str, Record]
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]

    def in_the_way(self, *, partial: bool) -> Sequence[Problem]:
        """Why nothing may be kept; empty if something may: all records, or with `partial` those of
        the rows without a problem."""
        if self.problems and not (partial and self.numbered):
            return self.problems
        if not self.numbered:
            return [Problem(self.name, 0, "", "", _("at least one record that can be read"))]
        return ()


def load(
    *,
    by: Actor,
    path: Path | guard.HeldFile,
    now: datetime,
    partial: bool = False,
    sheet: str = "",
    waits: Callable[[], None] = lambda: None,
) -> Imported:
    """Read a file and keep its records as historical notices of the actor's institution.

    With any problem nothing is written, unless `partial`: then the rows without one are. What
    stands already is never changed. `waits`: as in `keep`. Raises `FileRefused`, `NotAllowed`.
    """
    check_may_import(by)
    try:
        checked = check_file(by=by, path=path, now=now, sheet=sheet)
    except guard.Refused as refused:
        raise _refused(path, refused.problems) from None
    if wrong := checked.in_the_way(partial=partial):
        raise _refused(path, wrong)
    return keep(by=by, checked=checked, now=now, waits=waits)


def check_may_import(by: Actor) -> None:
    """Raise `NotAllowed` unless this actor may take records in."""
    # A peer's message and the public page take notices too; neither brings a file.
    if by.kind not in (ActorKind.JOB, ActorKind.USER):
        raise NotAllowed
    members.check_may(by, members.Permission.NOTICE_TAKE)


def check_file(
    *, by: Actor, path: Path | guard.HeldFile, now: datetime, sheet: str = ""
) -> Checked:
    """Read a file whole; nothing is written. Raises `guard.Refused` for one that is not read."""
    raw = guard.read_whole(path)
    today = now.astimezone(_zone(by)).date()
    reading = formats.read(raw, file=path.name, today=today, sheet=sheet)
    if isinstance(path, guard.HeldFile) and len(reading.records) > MOST_BY_PAGE:
        much = _("at most %(most)s records at a time on this page; divide the file")
        raise guard.refuse(path.name, much % {"most": MOST_BY_PAGE}, str(len(reading.records)))
    numbered, doubled = _numbered(reading.records, path.name)
    return Checked(
        name=path.name,
        digest=hashlib.sha256(raw).hexdigest(),
        read=len(reading.records),
        numbered=numbered,
        problems=(*reading.problems, *doubled),
        changes=tuple(reading.changes),
    )


def keep(
    *,
    by: Actor,
    checked: Checked,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    ended: Callable[[Imported], None] = lambda _imported: None,
    waits: Callable[[], None] = lambda: None,
) -> Imported:
    """Keep the records of a file that was checked and count them, in one transaction; `ended` is
    called in it when all are written, and what it raises undoes them. `progress`: how many of how
    many are written; `waits`: records of another file are being taken in, and these wait as long as
    that takes.
    """
    with audit.act(by=by, verb="statistics.import_htcds", subject=checked.digest) as act:
        _turn(waits)
        own = _of_own_cases(by, checked.numbered)
        others = {number: one for number, one in checked.numbered.items() if number not in own}
        counted = counting.all_are_counted(by=by)
        became, fresh = _keep(by, others, now, progress)
        if counted:
            counting.add(by=by, fresh=fresh, now=now)
        else:  # those of earlier software, and these
            counting.count_all(by=by, now=now)
        imported = Imported(
            read=checked.read,
            added=became["added"],
            same=became["same"],
            differs=became["differs"],
            own=len(own),
            problems=checked.problems,
            changes=checked.changes,
            digest=checked.digest,
        )
        ended(imported)
        act.note(read=len(checked.numbered), added=became["added"], refused=len(checked.problems))
    return imported


def _turn(waits: Callable[[], None]) -> None:
    """One import at a time; the turn ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [LOCK])
        if cursor.fetchone()[0]:
            return
        waits()
        # A lock that hangs is given up everywhere else: here the other import may take its time.
        cursor.execute("select current_setting('lock_timeout')")
        (usual,) = cursor.fetchone()
        cursor.execute("select set_config('lock_timeout', '0', true)")
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("select set_config('lock_timeout', %s, true)", [usual])


def _zone(by: Actor) -> ZoneInfo:
    return ZoneInfo(members.institution(by.institution).time_zone)


def _refused(path: Path | guard.HeldFile, problems: Sequence[Problem]) -> FileRefused:
    shown = [str(problem) for problem in problems[:MOST_PROBLEMS]]
    return FileRefused(path.name, shown, max(0, len(problems) - MOST_PROBLEMS))


def _numbered(
    records: Sequence[tuple[int, Record]], file: str
) -> tuple[dict[str, Record], list[Problem]]:
    """Each record under its own id, or under one made of what it says: the same file gives the
    same ids again. Records that say the same are told apart by how many came before."""
    found: dict[str, Record] = {}
    problems: list[Problem] = []
    times: Counter[str] = Counter()
    for row, record in records:
        given = str(record.values.get("ayni_RecordId", ""))
        if given:
            number = given if len(given) <= _LONGEST_NUMBER else f"#{_digest(given)}"
            if number in found:
                problems.append(
                    Problem(file, row, "ayni_RecordId", given, _("an id that no other row has"))
                )
                continue
        else:
            made = _digest(values.dumps(text_of(record)))
            times[made] += 1
            number = f"={made}" if times[made] == 1 else f"={made}-{times[made]}"
        found[number] = record
    return found, problems


def _of_own_cases(by: Actor, numbered: Mapping[str, Record]) -> set[str]:
    """Which of the records went out from cases of this institution: taken in as notices beside
    them, the same person would go out twice. One whose case was erased stays erased."""
    node = members.this_node()
    from_here = [
        number
        for number, record in numbered.items()
        if record.values.get("ayni_RegisteringNode") == node
    ]
    found: set[str] = set()
    for start in range(0, len(from_here), BATCH):
        known = cases.Case.objects.filter(
            institution_id=by.institution, reference__in=from_here[start : start + BATCH]
        )
        found.update(known.values_list("reference", flat=True))
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _keep(
    by: Actor, numbered: Mapping[str, Record], now: datetime, progress: Callable[[int, int], None]
) -> tuple[Counter[str], Counter[Entry]]:
    """What became of the records, and what the new ones add to the tallies."""
    became: Counter[str] = Counter()
    added: Counter[Entry] = Counter()
    numbers, zone = list(numbered), _zone(by)
    progress(0, len(numbers))
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        notices = [_notice(number, numbered[number], now, zone) for number in batch]
        recorded = cases.record_historical_notices(by=by, source=SOURCE, notices=notices)
        became.update(one.standing.value for one in recorded)
        fresh = [
            number
            for number, one in zip(batch, recorded, strict=True)
            if one.standing is cases.Standing.ADDED
        ]
        cases.record_historical_persons(
            by=by, source=SOURCE, persons={number: _named(numbered[number]) for number in fresh}
        )
        added += counting.entries((numbered[each] for each in fresh), now=now, zone=zone)
        progress(start + len(batch), len(numbers))
    return became, added


def _notice(number: str, record: Record, now: datetime, zone: ZoneInfo) -> cases.HistoricalNotice:
    day: date | None = record.values.get("cas_IncomingReferralDate")  # type: ignore[assignment]
    day = day or mapping.registered_on(record)
    return cases.HistoricalNotice(
        number=number,
        received_at=datetime.combine(day, time(), zone) if day else now,
        original=text_of(record),
        channel=cases.vocabulary.Channel.OTHER_BODY.value,
        informant=cases.vocabulary.Informant.INSTITUTION.value,
        track=_track(record),
        situation=str(record.values.get("ayni_Situation", "")),
    )


def _track(record: Record) -> str:
    """The one crime that the record names; empty for both, or none: they are never added up."""
    told = record.values.get("ayni_Track")
    if isinstance(told, tuple):
        return told[0] if len(told) == 1 else ""
    status = record.values.get("vic_TraffickingStatus")
    victim = status in ("PossibleVictimOfTrafficking", "ActualVictimOfTrafficking")
    return cases.vocabulary.Track.TRAFFICKING.value if victim else ""


def _named(record: Record) -> list[cases.NamedPerson]:
    """The person of a record as named in the notice: nobody for one who is not a victim, for a
    notice names victims, relatives and accused only. The record itself keeps everything."""
    words = cases.vocabulary
    status = record.values.get("vic_TraffickingStatus")
    if status == "NotAVictimOfTrafficking":
        return []
    person = mapping.person_of(record)
    details: dict[str, Any] = {
        name: person[name] for name in ("gender", "citizenships", "birth") if name in person
    }
    names = [person.get("given_names"), person.get("first_surname"), person.get("second_surname")]
    written = person.get("name_as_written") or " ".join(str(each) for each in names if each)
    if written:
        details["name"] = written
    accused = status is None and "per_RoleInProcess" in record.values
    role = words.NamedAs.ACCUSED if accused else words.NamedAs.VICTIM
    told = words.NationalityTold.TOLD if "citizenships" in person else words.NationalityTold.MISSING
    return [cases.NamedPerson(role=role.value, nationality=told.value, details=details)]
