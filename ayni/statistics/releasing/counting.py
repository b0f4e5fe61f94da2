"""What is counted for a release: a tally of this node, a sum over states, or a file of records."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.statistics import disclosure_words
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.records_file import check_file, read_records
from ayni.statistics.masked import adding, reading
from ayni.statistics.masked.layout import TOTAL
from ayni.statistics.releasing import joint, populations
from ayni.statistics.releasing.errors import NothingToRelease, ProposalRefused
from ayni.statistics.releasing.joint import Joint
from ayni.statistics.releasing.populations import Population
from ayni.statistics.sources import tallies

# Of one release: each is a row of some twenty codes in memory, sealed, and a row of a model.
MOST_RECORDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """A population and how many records have each combination; `origin`: whose, the digest of a sum
    or the SHA-256 of a file; `dated`: of when they are, None where nobody has said it;
    `about`: what a reader is told of them beside the population."""

    population: Population
    joint: Joint
    origin: str
    dated: datetime | None
    about: dict[str, Any]


def of_tally(code: str, holder: str = "") -> Found:
    """Of the tallies that an institution of this node keeps; without a name, of the only one.
    Raises `UnknownPopulation`, `NothingToRelease`, `ProposalRefused`."""
    population = populations.population(code)
    there = tallies.holders(population.source)
    if not there:
        raise NothingToRelease
    if holder not in there:
        if holder or len(there) > 1:
            problem = _("Choose whose figures: %(codes)s.") % {"codes": ", ".join(there)}
            raise ProposalRefused([problem])
        holder = there[0]
    found = tallies.read_table(holder, population.source, population.table, None)
    if found is None:
        raise NothingToRelease
    names = [each.name for each in population.columns]
    rows = [
        (tuple(cell.codes[name] for name in names), cell.count)
        for cell in found.tables[population.table]
        if all(cell.codes[name] == code for name, code in (population.where or {}).items())
    ]
    made = joint.read(population.columns, rows)
    return Found(population, made, holder, _moment(found.dated), {"holder": holder})


def of_sum(*, by: Actor, digest: str) -> Found:
    """Of a sum over states that was made here; opening it is recorded. Raises `UnknownRound`,
    `NothingToRelease`, `NotAllowed`."""
    known = reading.known_round(digest)
    made = next((each for each in adding.sums(by=by) if each.digest == digest), None)
    if made is None or made.cells is None:
        raise NothingToRelease
    population = populations.of_sum(known)
    cells = {place: n for place, n in made.cells.items() if n and TOTAL not in place}
    names = tuple(each.name for each in population.columns)
    states = [each.upper() for each in known.round.declared.states]
    return Found(population, Joint(names, cells), digest, made.added_at, {"states": states})


def of_file(code: str, file: Path, dated: date | None) -> Found:
    """Of a file of records (CSV in UTF-8, plain or gzip), read as a stream: held are the declared
    codes of at most `MOST_RECORDS`, and no text of the file. `dated`: the date of its data, which
    no file of records says itself. Raises `UnknownPopulation`, `ProposalRefused` with line, column
    and value."""
    population = populations.population(code)
    names = [each.name for each in population.columns]
    try:
        check_file(file)  # its size, before all of it is read for its name
        sha256 = _sha256(file)
        rows = read_records(file, names, most=MOST_RECORDS)
        made = joint.read(population.columns, ((values, 1) for _line, values in rows))
    except NotDisclosable as wrong:
        raise ProposalRefused([f"{file.name}: {disclosure_words.reason(wrong.finding)}"]) from None
    except OSError as wrong:
        raise ProposalRefused([f"{file.name}: {wrong.strerror}"]) from None
    return Found(population, made, sha256, _moment(dated), {})


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def _sha256(file: Path) -> str:
    """Names the file that was read, for the office alone: what is published of it depends on no
    single record, and a hash of all of them would."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
