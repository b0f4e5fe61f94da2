"""Loading of UNODC's GLOTIP export: checked whole, then loaded in batches, once a file.

A load that is broken off is completed by running it again, from the row at which it stopped; until
then nothing is counted of it. A file that is here already is not loaded again; another file is
another edition and stands beside the earlier ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path

from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.statistics.errors import FileRefused
from ayni.statistics.sources import glotip, workbook
from ayni.statistics.sources.alone import GLOTIP, alone
from ayni.statistics.sources.glotip import SOURCE
from ayni.statistics.sources.tables import Edition, Observation, Remark
from ayni.statistics.sources.workbook import WorkbookRefused

BATCH = 10_000
MOST_PROBLEMS = 20
_HEAD = 10
# What is being done ("check" or "load"), how many more rows of how many.
Progress = Callable[[str, int, int], None]
_COLUMNS = (
    "row", "state", "country", "region", "subregion", "measure", "split", "category",
    "category_text", "sex", "age", "year", "count", "mask", "told",
)  # fmt: skip


@dataclass(slots=True)
class _Checked:
    """What was read of a file without finding a problem."""

    dated: date
    observations: list[glotip.Observation] = field(default_factory=list)
    # (column, found, became, why) -> [first row, times]
    remarks: dict[tuple[str, str, str, str], list[int]] = field(default_factory=dict)

    def add(self, remark: glotip.Remark) -> None:
        """Count a remark with those that say the same."""
        said = (remark.column, remark.found, remark.became, remark.why.value)
        self.remarks.setdefault(said, [remark.row, 0])[1] += 1


@dataclass(frozen=True, slots=True)
class Imported:
    """An edition, and whether this run added anything."""

    edition: Edition
    added: int
    remarks: dict[str, int]


def load_file(*, by: Actor, file: Path, sheet: str, now: datetime, progress: Progress) -> Imported:
    """Check a file and load it. Only a command of this node does. Raises `NotAllowed`,
    `FileRefused` (nothing was written), `LoadUnderWay`."""
    if by.kind is not ActorKind.JOB:
        raise NotAllowed
    with alone(GLOTIP):
        try:
            content = workbook.read_file(file)
            digest = workbook.digest_of(content)
            edition = Edition.objects.filter(source=SOURCE, digest=digest).first()
            if edition is not None and edition.ended_at is not None:
                return Imported(edition, 0, _remarks_of(edition))
            checked = _check(content, file, sheet, now.date(), progress)
        except WorkbookRefused as wrong:
            raise FileRefused(_named(file), [str(wrong)]) from None
        del content
        edition = edition or _begin(by, file, digest, checked, now)
        added = _load(by, edition, checked, progress)
        _end(by, edition, checked)
        return Imported(edition, added, _remarks_of(edition))


def _named(file: Path) -> str:
    return str(file) if not file.is_file() else file.name


def _check(content: bytes, file: Path, name: str, today: date, progress: Progress) -> _Checked:
    sheet = workbook.open_sheet(content, name)
    rows = iter(sheet.rows)
    head = list(islice(rows, _HEAD))
    checked = _Checked(glotip.read_head(head, today=today))
    problems: list[str] = []
    more = 0
    after_header = chain(head[glotip.HEADER_ROW :], rows)
    for number, reading in enumerate(
        glotip.read_rows(after_header, first=glotip.HEADER_ROW + 1), 1
    ):
        observation = glotip.read_row(reading, today=today)
        if observation is not None:
            checked.observations.append(observation)
        for remark in reading.remarks:
            checked.add(remark)
        for problem in reading.problems:
            more += 1
            if len(problems) < MOST_PROBLEMS:
                problems.append(glotip.in_sheet(name, problem))
        if not number % 1000:
            progress("check", 1000, sheet.height)
    if problems:
        raise FileRefused(file.name, problems, more - len(problems))
    if not checked.observations:
        raise WorkbookRefused(glotip.no_rows(name))
    for remark in glotip.keys_told_twice(checked.observations):
        checked.add(remark)
    return checked


def _begin(by: Actor, file: Path, digest: str, checked: _Checked, now: datetime) -> Edition:
    counts = Counter(
        "told" if each.count is not None else "masked" if each.mask else "none"
        for each in checked.observations
    )
    edition = Edition(
        source=SOURCE,
        file=file.name[:200],
        digest=digest,
        dated=checked.dated,
        rows=len(checked.observations),
        masked=counts["masked"],
        without_count=counts["none"],
        began_at=now,
    )
    with audit.act(by=by, verb="statistics.begin_edition", subject=edition.id, source=SOURCE):
        edition.save(force_insert=True)
    return edition


def _load(by: Actor, edition: Edition, checked: _Checked, progress: Progress) -> int:
    """Load what is not there yet; how many rows that were."""
    start = edition.loaded_rows
    progress("load", start, edition.rows)
    left: Iterator[glotip.Observation] = iter(checked.observations[start:])
    while batch := list(islice(left, BATCH)):
        with audit.act(by=by, verb="statistics.load_edition", subject=edition.id) as act:
            _copy(edition, batch)
            edition.loaded_rows += len(batch)
            edition.save(update_fields=["loaded_rows"])
            act.note(rows=len(batch))
        progress("load", len(batch), edition.rows)
    return edition.rows - start


def _copy(edition: Edition, batch: list[glotip.Observation]) -> None:
    table = connection.ops.quote_name(Observation._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in ("edition_id", *_COLUMNS))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({names}) from stdin") as copy,
    ):
        for each in batch:
            copy.write_row((edition.id, *(getattr(each, name) for name in _COLUMNS)))


def _end(by: Actor, edition: Edition, checked: _Checked) -> None:
    with audit.act(by=by, verb="statistics.end_edition", subject=edition.id, source=SOURCE):
        Remark.objects.bulk_create(
            (
                Remark(
                    edition=edition,
                    column=column,
                    found=found,
                    became=became,
                    why=why,
                    first_row=first,
                    times=times,
                )
                for (column, found, became, why), (first, times) in checked.remarks.items()
            ),
            batch_size=1000,
        )
        edition.ended_at = clock.now()
        edition.save(update_fields=["ended_at"])


def _remarks_of(edition: Edition) -> dict[str, int]:
    """How many values were noted, by reason."""
    found: Counter[str] = Counter()
    for why, times in edition.remarks.values_list("why", "times"):
        found[why] += times
    return dict(sorted(found.items()))
