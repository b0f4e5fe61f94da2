"""Records of HTCDS 2.0 become historical notices, read and never worked on (ADR 0077).

The whole file is read before anything is written; one transaction writes all of it or nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
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
from ayni.statistics.htcds import formats, guard, mapping, values
from ayni.statistics.htcds.records import Change, Problem, Record, text_of

SOURCE = "htcds"
BATCH = 500
LOCK = 145202077  # any number that no other lock of this database uses
MOST_PROBLEMS = 50
MOST_BY_PAGE = 2_000  # records that a page takes in while somebody waits for it
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: records read, added, there already as they are, told otherwise there
    (left as they were); `problems` of rows that were turned away; what was put right."""

    read: int
    added: int
    same: int
    differs: int
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    digest: str


def load(
    *,
    by: Actor,
    path: Path | guard.HeldFile,
    now: datetime,
    partial: bool = False,
    sheet: str = "",
) -> Imported:
    """Read a file and keep its records as historical notices of the actor's institution.

    With any problem nothing is written, unless `partial`: then the rows without one are. What
    stands already is never changed. Raises `FileRefused`, `NotAllowed`.
    """
    # A peer's message and the public page take notices too; neither brings a file.
    if by.kind not in (ActorKind.JOB, ActorKind.USER):
        raise NotAllowed
    members.check_may(by, members.Permission.NOTICE_TAKE)
    zone = ZoneInfo(members.institution(by.institution).time_zone)
    try:
        raw = guard.read_whole(path)
        reading = formats.read(raw, file=path.name, today=now.astimezone(zone).date(), sheet=sheet)
    except guard.Refused as refused:
        raise _refused(path, refused.problems) from None
    if isinstance(path, guard.HeldFile) and len(reading.records) > MOST_BY_PAGE:
        much = _("at most %(most)s records at a time on this page; divide the file")
        told = Problem(path.name, 0, "", str(len(reading.records)), much % {"most": MOST_BY_PAGE})
        raise _refused(path, [told])
    numbered, doubled = _numbered(reading.records, path.name)
    problems = [*reading.problems, *doubled]
    if problems and not partial:
        raise _refused(path, problems)
    if not numbered:
        nothing = Problem(path.name, 0, "", "", _("at least one record that can be read"))
        raise _refused(path, problems or [nothing])
    digest = hashlib.sha256(raw).hexdigest()
    with audit.act(by=by, verb="statistics.import_htcds", subject=digest) as act:
        with connection.cursor() as cursor:  # one at a time; it ends with the transaction
            cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        became = _keep(by, numbered, now, zone)
        act.note(read=len(numbered), added=became["added"], refused=len(problems))
    return Imported(
        read=len(reading.records),
        added=became["added"],
        same=became["same"],
        differs=became["differs"],
        problems=tuple(problems),
        changes=tuple(reading.changes),
        digest=digest,
    )


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _keep(by: Actor, numbered: Mapping[str, Record], now: datetime, zone: ZoneInfo) -> Counter[str]:
    became: Counter[str] = Counter()
    numbers = list(numbered)
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
    return became


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
