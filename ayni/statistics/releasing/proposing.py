"""A release is proposed: what it is of, how what is small is kept from being seen, and by whom."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics import disclosure_words
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.rounding import Margins
from ayni.statistics.releasing import budget, counting, kept, making, populations
from ayni.statistics.releasing.counting import Found
from ayni.statistics.releasing.declared import OF_TABLES, Declared, Method
from ayni.statistics.releasing.errors import (
    CannotCorrect,
    NoObservatory,
    NothingToRelease,
    OtherBase,
    OtherMethod,
    OtherMode,
    OtherTable,
    ProposalRefused,
    RecordsBefore,
)
from ayni.statistics.releasing.kinds import NO_DATE
from ayni.statistics.releasing.lists import LISTS, lists_of
from ayni.statistics.releasing.populations import RECORDS, SUM, Population
from ayni.statistics.releasing.reasons import WhyCorrected
from ayni.statistics.releasing.sizing import largest
from ayni.statistics.releasing.states import Phase, State
from ayni.statistics.releasing.tables import Release
from ayni.statistics.tasks import ask_to_check

_LIBRARIES = ("numpy", "scipy", "opendp")
_FIRST_YEAR = 2000


def check_observatory() -> None:
    """Raise `NoObservatory` where the libraries of the extra are not installed."""
    if any(find_spec(name) is None for name in _LIBRARIES):
        raise NoObservatory


def propose_release(
    *,
    by: Actor,
    source: str,
    population: str = "",
    digest: str = "",
    holder: str = "",
    file: Path | None = None,
    dated: date | None = None,
    declared: Declared | None = None,
    corrects: UUID | None = None,
    reason: str = "",
) -> Release:
    """Propose a release; the machine's check is queued.

    `source`: "sum" (with the `digest` of a sum over states that was added here), "records" (with a
    `population`, a CSV `file`, and as `dated` the day of its data, else told to be unknown),
    or a source of tallies ("linea145", with a `population`, and a `holder` where several
    institutions keep some). `declared`: mode, method and parameters; by default hiding what is
    below 10. `corrects`: the published release in whose place it comes, and
    `reason` why, a code of `WhyCorrected` that is published with it.

    Raises `NotAllowed`, `NoObservatory`, `UnknownPopulation`, `UnknownRound`, `NothingToRelease`,
    `ProposalRefused` (a sentence for each problem), `OtherMode`,
    `OtherMethod`, `OtherBase`, `OtherTable`, `RecordsBefore`, `CannotCorrect`.
    """
    members.check_may(by, Permission.RELEASE_PROPOSE)
    check_observatory()
    told = declared or Declared()
    found = _counted(by, source, population, digest, holder, file, dated)
    told = _with_years(found, told)
    _check(found, told)
    now = clock.now()
    with audit.act(by=by, verb="statistics.propose_release", subject="release") as act:
        persons = _persons(found, source)
        budget.hold(persons)
        before = kept.released(persons)
        _check_beside(before, told)
        _check_seen_before(before, persons, source, found.population, told)
        corrected = _corrected(before, corrects, reason)
        row = Release.objects.create(
            population=persons,
            source=source,
            origin=found.origin,
            mode=told.mode.value,
            method=told.method.value,
            state=State.PROPOSED,
            declared=_kept_as(found.population, told),
            about=_about(found, told),
            proposed_by=by.id,
            proposed_at=now,
            phase=Phase.WAITING,
            phase_at=now,
            corrects=corrected,
            reason=reason,
        )
        kept.seal_inputs(row, found.joint, _secret(row))
        act.note(release=row.id, population=row.population, method=row.method)
        ask_to_check(str(row.id))
    return row


def _persons(found: Found, source: str) -> str:
    """The name of who is counted. Cases of two institutions are other persons."""
    of = found.population.persons
    return of if source in (SUM, RECORDS) else f"{of}.{found.origin}"


def _check_dated(source: str, dated: date | None) -> None:
    """Refuse a date that the node knows itself, or that cannot be one of data."""
    if dated is None:
        return
    if source != RECORDS:
        problem = _(
            "The date of the data is told of a file of records only: of counts it is known."
        )
        raise ProposalRefused([problem])
    if dated > clock.now().date() or dated.year < _FIRST_YEAR:
        told = {"day": dated.isoformat(), "first": _FIRST_YEAR}
        problem = _("The data cannot be of %(day)s: a day from %(first)s on that is not to come.")
        raise ProposalRefused([problem % told])


def _counted(
    by: Actor,
    source: str,
    population: str,
    digest: str,
    holder: str,
    file: Path | None,
    dated: date | None,
) -> Found:
    _check_dated(source, dated)
    if source == SUM:
        return counting.of_sum(by=by, digest=digest)
    if populations.population(population).source != source:
        raise ProposalRefused([_("This group of persons is not counted in this source.")])
    if source == RECORDS:
        if file is None:
            raise ProposalRefused([_("Name the file of records.")])
        return counting.of_file(population, file, dated)
    return counting.of_tally(population, holder)


def _with_years(found: Found, declared: Declared) -> Declared:
    """With the years that there are, where none were named; never more than there are.

    How many records there are, and of which years, is not public under differential privacy: there
    nothing is refused for it, and the years that are over are taken where none were named."""
    year, of_model = found.population.year, declared.method is Method.MODEL
    if not found.joint.records and not of_model:
        raise NothingToRelease
    if not year:
        return replace(declared, years=None, per_year=False)
    place = found.joint.names.index(year)
    there = sorted({int(codes[place]) for codes in found.joint.cells})
    known = [int(each) for each in found.population.values(year)]
    this_year = clock.now().year
    if of_model:  # a year that has not begun would be paid for all the same
        known = [each for each in known if each <= this_year]
    usual = [each for each in known if each < this_year] if of_model else there
    years = declared.years or (usual[0], usual[-1])
    if years[0] > years[1]:
        raise ProposalRefused([_("The first year must not be after the last one.")])
    if not of_model and not any(years[0] <= each <= years[1] for each in there):
        raise NothingToRelease
    if not known[0] <= years[0] <= years[1] <= known[-1]:
        span = {"first": known[0], "last": known[-1]}
        raise ProposalRefused([_("The years must lie between %(first)s and %(last)s.") % span])
    return replace(declared, years=years)


def _check(found: Found, declared: Declared) -> None:
    """Raise `ProposalRefused` with everything that is wrong with what is declared."""
    problems = []
    population = found.population
    names = {each.name for each in population.columns}
    for table in declared.tables:
        if table not in population.tables:
            problems.append(
                _("There is no table of %(columns)s for this group.")
                % {"columns": " × ".join(table)}
            )
    try:
        declared.rules(tuple(sorted(names - {population.year})))
    except NotDisclosable as wrong:
        problems.append(disclosure_words.reason(wrong.finding))
    if declared.method is Method.CELL_KEY and _lacks_one_key(found):
        problems.append(
            _(
                "These persons are counted in several tables without one key for each record: "
                "numbers cannot be changed by keys. Hide or round them."
            )
        )
    if declared.method is Method.MODEL:
        problems += _problems_of_model(found, declared)
    if declared.method is Method.RECORDS:
        problems += _problems_of_records(declared, names, of_file=population.source == RECORDS)
    if declared.method in OF_TABLES and population.domain and population.source != RECORDS:
        problems.append(
            _("This group is declared for differential privacy: propose it with --method model.")
        )
    if declared.moved and declared.method is not Method.MODEL:
        problems.append(_("Corrected years of registration are declared for a model only."))
    if declared.method in OF_TABLES and (declared.known or declared.sensitive):
        problems.append(_("Columns of open records were named, and the method is one of tables."))
    if problems:
        raise ProposalRefused(problems)


def _lacks_one_key(found: Found) -> bool:
    """Whether the same persons are in several tables of cells: each of them would have keys of its
    own. Whoever began with the first table would never publish the others, for all keep one method;
    only what an earlier program has changed by keys goes on so."""
    population = found.population
    if population.persons != population.code:
        return True
    if not populations.shared(population):
        return False
    persons = _persons(found, population.source)
    return not Release.objects.filter(population=persons, method=Method.CELL_KEY).exists()


def _problems_of_model(found: Found, declared: Declared) -> list[str]:
    from ayni.statistics.privacy.errors import PlanRefused
    from ayni.statistics.releasing import private

    if found.population.domain is None:
        problem = _("Differential privacy needs a file of records or a group declared for it.")
        return [problem]
    if declared.tables:
        return [_("Under differential privacy every declared table is published.")]
    try:
        private.cost(found.population.domain, declared)
    except PlanRefused as refused:
        return [str(refused)]
    size = largest(found.population.columns, found.population.tables, declared.bound)
    if not size.fits:
        return [
            _(
                "What would be published could have %(size)s million bytes in %(parts)s parts, "
                "more than can travel. Declare fewer records (--bound)."
            )
            % {"size": math.ceil(size.size / 1_000_000), "parts": size.parts}
        ]
    return []


def _problems_of_records(declared: Declared, names: set[str], *, of_file: bool) -> list[str]:
    if not of_file:
        return [_("Open records need a file of records; this source has counts only.")]
    if not declared.known or not declared.sensitive:
        return [_("Name the columns that others may know, and those that must not be learned.")]
    wanted = [*declared.known, *declared.sensitive]
    problems = [
        _("There is no column %(name)s.") % {"name": name} for name in sorted(set(wanted) - names)
    ]
    if len(set(wanted)) < len(wanted):
        problems.append(_("A column was named twice."))
    return problems


def _check_beside(before: list[Release], declared: Declared) -> None:
    """Raise `RecordsBefore` or `OtherMode` for what cannot be judged beside what is out."""
    if not before:
        return
    if declared.method is Method.RECORDS:
        raise RecordsBefore
    if any(each.method != declared.method for each in before):
        raise OtherMode


def _check_seen_before(
    before: list[Release], persons: str, source: str, population: Population, declared: Declared
) -> None:
    """Raise `OtherMethod`, `OtherBase` or `OtherTable` where the office has seen these persons
    otherwise: two methods, or two roundings, of one number tell more of it than one. What everybody
    has seen (`before`), or else what the office saw first, decides: where an earlier program let
    two be seen, the first stays open, for corrections too."""
    # One that is still to be checked will be seen; what was refused or dropped before was not.
    rows = Release.objects.filter(population=persons)
    rows = rows.exclude(state=State.REFUSED).exclude(state=State.DISCARDED, sha256="")
    seen = [*before, *rows.order_by(F("checked_at").asc(nulls_last=True), "proposed_at", "id")]
    # Whoever proposes a sum or a file of records has the true ones before her.
    if source not in (SUM, RECORDS) and seen and seen[0].method != declared.method:
        raise OtherMethod
    if declared.method is not Method.ROUNDING:
        return
    rounded = [each for each in seen if each.method == Method.ROUNDING]
    if not rounded:
        return
    if _rounding(rounded[0].declared) != (declared.base, declared.margins):
        raise OtherBase
    same = [each for each in rounded if _rounding(each.declared) == _rounding(rounded[0].declared)]
    if declared.margins is Margins.CONTROLLED:
        if any(_another_grid(each, population, declared) for each in same):
            raise OtherTable


def _rounding(told: Mapping[str, Any]) -> tuple[int, str]:
    return told["base"], told["margins"]


def _another_grid(row: Release, population: Population, declared: Declared) -> bool:
    """Whether numbers with totals that add up would be drawn anew: all of a table are at once."""
    before = kept.declared(row)
    if row.about["population"] != population.code:
        return True
    if (before.tables or population.tables) != (declared.tables or population.tables):
        return True
    if before.years is None or declared.years is None or before.years == declared.years:
        return before.years != declared.years
    return before.years[0] <= declared.years[1] and declared.years[0] <= before.years[1]


def _corrected(before: list[Release], corrects: UUID | None, reason: str) -> Release | None:
    if (corrects is not None) != (reason in set(WhyCorrected)) or (reason and corrects is None):
        raise CannotCorrect
    if corrects is None:
        return None
    for each in before:
        if each.id == corrects and each.state == State.PUBLISHED:
            return each
    raise CannotCorrect


def _dated(found: Found) -> str:
    """The day alone: the moment is that of the last act on a case."""
    if found.dated is None:
        return NO_DATE
    return clock.isoformat(found.dated.replace(hour=0, minute=0, second=0, microsecond=0))


def _about(found: Found, declared: Declared) -> dict[str, object]:
    """What the content says of itself: nothing of it was written by a person."""
    population = found.population
    about: dict[str, object] = {
        "population": population.code,
        "names": dict(population.names),
        "crime": population.crime,
        "source": population.source,
        "dated": _dated(found),
        **found.about,
    }
    if declared.method is Method.MODEL:
        about["limits"] = populations.limits().description()
    if declared.years is not None:
        about |= {"first": str(declared.years[0]), "last": str(declared.years[1])}
    else:
        first, last = population.code.split(".")[-2:]
        about |= {"first": first, "last": last}
    return about


def _kept_as(population: Population, declared: Declared) -> dict[str, Any]:
    """What is declared, with what else the content follows from and a later program may change."""
    lists = lists_of(population, populations.shared(population))
    return {**declared.as_data(), "way": making.WAY, LISTS: lists}


def _secret(release: Release) -> bytes:
    """That of the group of persons: proposing the same again shows the same numbers, which nobody
    can average. What noise gives is paid for each time it is drawn, and has a seed of its own."""
    if release.method == Method.MODEL:
        return secrets.token_bytes(kept.SECRET_BYTES)
    return kept.key_of(release.population)
