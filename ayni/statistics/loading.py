"""Loading of Argentina's hotline files: both are checked whole, then loaded in batches.

Only numbers of reports and the row at which the last person of each stands are remembered; rows
pass through. A load that is broken off is completed by running it again: what stands is kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import linea145
from ayni.statistics.csv_table import LONGEST_LINE, ColumnsRefused, Row, TableRefused, read_rows
from ayni.statistics.errors import FileChanged, FileRefused
from ayni.statistics.linea145 import SOURCE, TREATMENTS, Reading, Why
from ayni.statistics.models import Finding, Load
from ayni.statistics.problem import Problem
from ayni.statistics.sources import linea145_counts
from ayni.statistics.sources.alone import LINEA145, alone
from ayni.statistics.sums import keep_sums
from ayni.vault import api as vault

BATCH = 500
MOST_PROBLEMS = 20
REPORTS, PERSONS = "reports", "persons"
COLUMNS = {REPORTS: linea145.REPORT_COLUMNS, PERSONS: linea145.PERSON_COLUMNS}
# What is being done ("check" or "load"), and how many more bytes of the files were read.
Progress = Callable[[str, int], None]


@dataclass(slots=True)
class _File:
    """One of the two files, as it was when it was checked."""

    kind: str
    path: Path
    digest: str = ""
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def summary(self) -> dict[str, Any]:
        """What is kept of it: name, digest, rows, and what became of them."""
        names = ("added", "same", "differs", "rejected")
        return {
            "name": self.path.name,
            "digest": self.digest,
            "rows": self.rows,
            **{name: self.counts[name] for name in names},
        }


@dataclass(slots=True)
class _Checked:
    """What is remembered of both files between check and load."""

    reports: _File
    persons: _File
    first_row: dict[str, int] = field(default_factory=dict)
    last_row: dict[str, int] = field(default_factory=dict)


def load_files(
    *, by: Actor, reports: Path, persons: Path, now: datetime, progress: Progress
) -> Load:
    """Check both files, load them for the actor's institution; the finished run.

    Raises `FileRefused` before anything is written, `FileChanged`, `LoadUnderWay`.
    """
    members.check_may(by, members.Permission.NOTICE_TAKE)
    with alone(LINEA145):
        checked = _check(_File(REPORTS, reports), _File(PERSONS, persons), now, progress)
        run = _begin(by, checked, now)
        log = _Log(run)
        _load_reports(by, checked, log, now, progress)
        _load_persons(by, checked, log, now, progress)
        with audit.act(by=by, verb="statistics.end_load", subject=run.id, source=SOURCE):
            run.ended_at = clock.now()
            log.save_run(checked)
            keep_sums(by=by, now=run.ended_at)
            linea145_counts.refresh(by=by, now=run.ended_at)
    return run


# Reading


def _lines(file: _File, progress: Callable[[int], None]) -> Iterator[bytes]:
    """Lines of a file, bounded; its digest is known when they have ended."""
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as opened:
            while line := opened.readline(LONGEST_LINE):
                digest.update(line)
                progress(len(line))
                yield line
    except OSError as wrong:
        raise FileRefused(
            str(file.path), [_("cannot be read: %(why)s") % {"why": wrong.strerror}]
        ) from None
    if file.digest and file.digest != digest.hexdigest():
        raise FileChanged(file.path.name)
    file.digest = digest.hexdigest()


def _rows(file: _File, progress: Callable[[int], None]) -> Iterator[Row]:
    checked = bool(file.digest)
    try:
        yield from read_rows(_lines(file, progress), COLUMNS[file.kind])
    except TableRefused as wrong:
        if checked:
            raise FileChanged(file.path.name) from None
        raise FileRefused(file.path.name, [_what_is_wrong(file, wrong)]) from None


def _what_is_wrong(file: _File, wrong: TableRefused) -> str:
    other = PERSONS if file.kind == REPORTS else REPORTS
    if isinstance(wrong, ColumnsRefused) and set(wrong.found) == set(COLUMNS[other]):
        swapped = (
            _("this is the file of persons, given in the place of reports.")
            if other == PERSONS
            else _("this is the file of reports, given in the place of persons.")
        )
        order = _("The order is: import_linea145 REPORTS PERSONS (%(why)s)") % {"why": wrong}
        return f"{swapped} {order}"
    return str(wrong)


# Checking


@dataclass(slots=True)
class _Problems:
    """The first problems of a file, and how many more there are."""

    file: _File
    shown: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, problem: Problem | str) -> None:
        if len(self.shown) < MOST_PROBLEMS:
            self.shown.append(str(problem))
        else:
            self.more += 1

    def check(self) -> None:
        if self.shown:
            raise FileRefused(self.file.path.name, self.shown, self.more)
        if not self.file.rows:
            raise FileRefused(
                self.file.path.name, [_("the file is empty: it has a header and no row.")]
            )


def _check(reports: _File, persons: _File, now: datetime, progress: Progress) -> _Checked:
    for file in (reports, persons):
        if not file.path.is_file():
            missing = _("there is no such file (or it is no plain file)")
            raise FileRefused(str(file.path), [missing])
    checked = _Checked(reports, persons)
    problems = _Problems(reports)
    for row in _rows(reports, lambda read: progress("check", read)):
        reports.rows += 1
        report, reading = linea145.read_report(row, now=now)
        for problem in reading.problems:
            problems.add(problem)
        if report is None:
            continue
        before = checked.first_row.setdefault(report.number, row.number)
        if before != row.number:
            problems.add(
                _(
                    "row %(row)s, column %(column)s: report %(report)s stands in row %(before)s "
                    "already; each report must stand in one row"
                )
                % {
                    "row": row.number,
                    "column": "nro_registro_interno",
                    "report": report.number,
                    "before": before,
                }
            )
    problems.check()
    _check_persons(checked, now, progress)
    return checked


def _check_persons(checked: _Checked, now: datetime, progress: Progress) -> None:
    persons = checked.persons
    problems = _Problems(persons)
    known = False
    for row in _rows(persons, lambda read: progress("check", read)):
        persons.rows += 1
        person, reading = linea145.read_person(row, now=now)
        for problem in reading.problems:
            problems.add(problem)
        if person is not None:
            checked.last_row[person.number] = row.number
            known = known or person.number in checked.first_row
    problems.check()
    if not known:
        raise FileRefused(
            persons.path.name,
            [
                _(
                    "none of its persons belongs to a report of %(file)s: are these two files of "
                    "the same months?"
                )
                % {"file": checked.reports.path.name}
            ],
        )


# Loading


def _begin(by: Actor, checked: _Checked, now: datetime) -> Load:
    run = Load(
        institution_id=by.institution,
        subject=vault.new_subject(),
        source=SOURCE,
        began_at=now,
        files={REPORTS: checked.reports.summary(), PERSONS: checked.persons.summary()},
    )
    with audit.act(by=by, verb="statistics.begin_load", subject=run.id, source=SOURCE):
        run.save(force_insert=True)
    return run


class _Log:
    """Findings of a run, written with the batch that they belong to."""

    def __init__(self, run: Load) -> None:
        self.run = run
        self._sealer = vault.sealer(run.subject)
        self._coded: dict[str, dict[str, dict[str, list[Any]]]] = {REPORTS: {}, PERSONS: {}}

    def write(self, file: str, findings: list[linea145.Finding]) -> None:
        """Keep findings in the order of their rows."""
        rows = []
        for found in sorted(findings, key=lambda each: each.row):
            self.run.findings_count += 1
            row = Finding(
                institution_id=self.run.institution_id,
                load=self.run,
                number=self.run.findings_count,
                file=file,
                row=found.row,
                column=found.column,
                why=found.why.value,
                treatment=TREATMENTS[found.why].value,
            )
            row.seal(self._sealer, value=[found.found, found.became])
            rows.append(row)
        Finding.objects.bulk_create(rows)

    def count_codes(self, file: str, reading: Reading) -> None:
        """Count what values of lists became."""
        for column, found, code in reading.coded:
            values = self._coded[file].setdefault(column, {})
            values.setdefault(found, [code, 0])[1] += 1

    def save_run(self, checked: _Checked) -> None:
        """The counts as they are now."""
        self.run.files = {REPORTS: checked.reports.summary(), PERSONS: checked.persons.summary()}
        self.run.seal(self._sealer, coded=self._coded)  # type: ignore[arg-type]
        self.run.save()


def _load_reports(
    by: Actor, checked: _Checked, log: _Log, now: datetime, progress: Progress
) -> None:
    rows = _rows(checked.reports, lambda read: progress("load", read))
    while batch := list(islice(rows, BATCH)):
        read = []
        for row in batch:
            report, reading = linea145.read_report(row, now=now)
            if report is None or report.number not in checked.first_row:
                raise FileChanged(checked.reports.path.name)
            read.append((report, reading))
        with audit.act(by=by, verb="statistics.load_reports", subject=log.run.id) as act:
            became = cases.record_historical_notices(
                by=by, source=SOURCE, notices=[_notice(report) for report, _ in read]
            )
            findings: list[linea145.Finding] = []
            for (report, reading), recorded in zip(read, became, strict=True):
                checked.reports.counts[recorded.standing.value] += 1
                if recorded.standing is cases.Standing.ADDED:
                    findings += reading.findings
                    log.count_codes(REPORTS, reading)
                elif recorded.standing is cases.Standing.DIFFERS:
                    findings += _differences(report, recorded.stored or {})
            log.write(REPORTS, findings)
            log.save_run(checked)
            act.note(rows=len(batch))


def _notice(report: linea145.Report) -> cases.HistoricalNotice:
    return cases.HistoricalNotice(
        number=report.number,
        received_at=report.received_at,
        original=report.original,
        channel=report.channel,
        informant=report.informant,
        anonymous=report.anonymous,
        track=report.track,
        situation=report.situation,
        place=report.place,
        chain=tuple(
            cases.ChainLink(link.ordinal, link.body, link.referred_at, link.to_court)
            for link in report.chain
        ),
    )


def _differences(report: linea145.Report, stored: Any) -> list[linea145.Finding]:
    """What the file says now, and what stands here and stays."""
    return [
        linea145.Finding(report.row, column, value, stored.get(column, ""), Why.DIFFERS)
        for column, value in report.original.items()
        if value != stored.get(column, "")
    ]


_Group = list[tuple[linea145.NamedPerson, Reading]]


def _load_persons(
    by: Actor, checked: _Checked, log: _Log, now: datetime, progress: Progress
) -> None:
    """All persons of one report together: none of them has a number of its own."""
    complete: dict[str, _Group] = {}
    for number, group in _groups(checked, now, progress):
        complete[number] = group
        if sum(map(len, complete.values())) >= BATCH:
            _load_groups(by, checked, log, complete)
            complete = {}
    _load_groups(by, checked, log, complete)


def _groups(checked: _Checked, now: datetime, progress: Progress) -> Iterator[tuple[str, _Group]]:
    begun: dict[str, _Group] = {}
    for row in _rows(checked.persons, lambda read: progress("load", read)):
        person, reading = linea145.read_person(row, now=now)
        if person is None or person.number not in checked.last_row:
            raise FileChanged(checked.persons.path.name)
        begun.setdefault(person.number, []).append((person, reading))
        if checked.last_row[person.number] == row.number:
            yield person.number, begun.pop(person.number)
    if begun:
        raise FileChanged(checked.persons.path.name)


def _load_groups(by: Actor, checked: _Checked, log: _Log, groups: dict[str, _Group]) -> None:
    if not groups:
        return
    named = {
        number: [
            cases.NamedPerson(person.role, person.nationality, person.details)
            for person, _reading in group
            if person.role
        ]
        for number, group in groups.items()
    }
    with audit.act(by=by, verb="statistics.load_persons", subject=log.run.id) as act:
        became = cases.record_historical_persons(by=by, source=SOURCE, persons=named)
        findings: list[linea145.Finding] = []
        for number, group in groups.items():
            findings += _became(group, became[number], checked, log)
        log.write(PERSONS, findings)
        log.save_run(checked)
        act.note(groups=len(groups))


def _became(
    group: _Group, recorded: cases.PersonsRecorded, checked: _Checked, log: _Log
) -> list[linea145.Finding]:
    """Count what became of the persons of one report; what is to be told of them.

    What is turned away is told by every run, for it is not there yet.
    """
    findings: list[linea145.Finding] = []
    standings = iter(recorded.became)
    for person, reading in group:
        number = Reading(reading.row)
        if not person.role:
            checked.persons.counts["rejected"] += 1
            findings += [found for found in reading.findings if found.why is Why.NO_ROLE]
            continue
        standing = next(standings).standing
        name = "rejected" if standing is cases.Standing.NO_NOTICE else standing.value
        checked.persons.counts[name] += 1
        if standing is cases.Standing.ADDED:
            findings += reading.findings
            log.count_codes(PERSONS, reading)
        elif standing is cases.Standing.NO_NOTICE:
            number.note("nro_registro_interno", "", Why.UNKNOWN_REPORT)
        elif standing is cases.Standing.DIFFERS:
            number.note("nro_registro_interno", person.number, Why.PERSONS_DIFFER)
        findings += number.findings
    if recorded.gone and cases.Standing.DIFFERS not in {r.standing for r in recorded.became}:
        number = Reading(group[0][1].row)
        number.note("nro_registro_interno", group[0][0].number, Why.PERSONS_DIFFER)
        findings += number.findings
    return findings
