"""The classical mode: from what is counted to what may be shown, with the machine's verdict. Pure.

The same inputs (counts, secret, what was released before) give the same bytes: randomness comes
from a secret of the group of persons that is kept, sealed. A number is drawn by the records in it,
so that proposing again is no second draw that could be averaged with the first.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ayni.statistics.disclosure import records
from ayni.statistics.disclosure.cell_key import CellKey, Keys, Perturbed, perturb
from ayni.statistics.disclosure.checking import check_tables
from ayni.statistics.disclosure.findings import (
    Check,
    Finding,
    Mode,
    NotDisclosable,
    Subject,
    Verdict,
)
from ayni.statistics.disclosure.records import RecordRules
from ayni.statistics.disclosure.rounding import Below, Margins, Rounded, Rounding, round_release
from ayni.statistics.disclosure.suppressing import (
    Suppressed,
    Suppression,
    Zeros,
    hidden_as,
    suppress,
)
from ayni.statistics.disclosure.tables import (
    Cell,
    Counts,
    Published,
    Release,
    Table,
    Variable,
)
from ayni.statistics.disclosure.withholding import withhold
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.declared import Declared, Method
from ayni.statistics.releasing.joint import NOT_TOLD, Codes, Column, Joint, coupled
from ayni.statistics.releasing.of_states import OfState, OfSum, narrow, systems, to_hide, told_of

# How numbers are drawn and hidden here; another one where the same inputs give other bytes.
WAY = 3
Kept = Mapping[Cell, tuple[int, int]]
Done = Suppressed | Rounded | Perturbed
Rules = Suppression | Rounding | CellKey


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was released of the same persons before, under its `name`, and what was counted then,
    in columns that need not be today's."""

    name: str
    content: Content
    joint: Joint
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class BesideStates:
    """What a sum is checked beside: the states in it, its years, and the states' releases, the
    newest first."""

    states: tuple[str, ...]
    period: str
    releases: tuple[OfState, ...]


@dataclass(frozen=True, slots=True)
class BesideSum:
    """A published sum that a state's own release is checked beside; `unit` is this release's."""

    of_sum: OfSum
    state: str
    unit: str
    releases: tuple[OfState, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a release follows from. `columns` with the one of years, `year` (empty: none);
    `tables`: the columns of each that is wanted; `secret`: 32 bytes; `kept`: what earlier
    roundings gave; `about`: what the content says of itself; `states`: of a sum, what its states
    have published; `sums`: of a state, the published sums that it is in; `refused`: what speaks
    against it whatever it shows; `shared`: columns of every table that counts these persons.
    `gaps`: of what is made again, the cells that it does not show. They are checked and not sought
    anew: which of several ways to hide as little a solver finds is its own. None: they are sought.
    """

    columns: tuple[Column, ...]
    year: str
    tables: tuple[Codes, ...]
    declared: Declared
    joint: Joint
    secret: bytes
    about: Mapping[str, Any]
    earlier: tuple[Earlier, ...] = ()
    kept: Kept | None = None
    states: BesideStates | None = None
    sums: tuple[BesideSum, ...] = ()
    refused: tuple[Finding, ...] = ()
    shared: Codes = ()
    gaps: Collection[Cell] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """`content` is None where nothing could be made; `verdict` says why. `kept` stays here."""

    content: Content | None
    verdict: Verdict
    kept: Kept


class Stream:
    """Even choices from a secret seed, the same each time: HMAC-SHA256 in counter mode, and numbers
    that would favour some are passed over."""

    def __init__(self, seed: bytes) -> None:
        self._seed, self._counter = seed, itertools.count()

    def below(self, number: int) -> int:
        """An even choice of 0 to `number` - 1."""
        most = (1 << 64) - (1 << 64) % number
        while True:
            block = next(self._counter).to_bytes(8)
            found = int.from_bytes(hmac.digest(self._seed, block, hashlib.sha256)[:8])
            if found < most:
                return found % number


def make(inputs: Inputs) -> Made:
    """What may be shown of these inputs. Raises `ExtraMissing` without numpy and scipy."""
    try:
        if inputs.declared.method is Method.RECORDS:
            return _records(inputs)
        return _tables(inputs)
    except NotDisclosable as refused:
        return _refused(inputs, refused.finding)


def period(years: tuple[int, int]) -> str:
    """Years as a label: "2021" or "2020-2023"."""
    first, last = years
    return str(first) if first == last else f"{first}-{last}"


def _refused(inputs: Inputs, finding: Finding) -> Made:
    of_records = inputs.declared.method is Method.RECORDS
    subject = Subject.RECORDS if of_records else Subject.TABLES
    ran = frozenset({finding.check})
    verdict = Verdict(Mode.CLASSICAL, subject, inputs.declared.as_data(), ran, (finding,))
    return Made(None, verdict, {})


def _tables(inputs: Inputs) -> Made:
    inputs = _filled(inputs)
    own, inputs = inputs.joint, _beside(inputs)
    names = tuple(each.name for each in inputs.columns if each.name != inputs.year)
    rules = inputs.declared.rules(names)
    assert isinstance(rules, Suppression | Rounding | CellKey)
    tables = tuple(_wanted(inputs))
    over = _domain(inputs, tables)
    counts = Counts(over, inputs.joint.columns())
    release = Release(over, tables)
    if isinstance(rules, CellKey):
        # The noise is the records' own, so it comes before what was released earlier.
        done: Done = perturb(release, counts, inputs.joint.keys(inputs.secret), rules)
        release = replace(release, earlier=tuple(_before(inputs, over, counts, done.values)))
    else:
        release = replace(release, earlier=tuple(_before(inputs, over, counts, {})))
        done = _done(release, counts, rules, inputs, own)
    done, more = _beside_others(inputs, release, counts, rules, done)
    verdict = check_tables(release, done, rules, counts)
    verdict = replace(verdict, findings=(*verdict.findings, *inputs.refused, *more))
    content = Content(
        Mode.CLASSICAL.value,
        Subject.TABLES.value,
        inputs.about,
        rules.description(),
        tuple(_shown(each, over, done.values) for each in tables),
    )
    return Made(content, verdict, done.kept if isinstance(done, Rounded) else {})


def _filled(inputs: Inputs) -> Inputs:
    """An empty value is a value: here it has a name, for a cell without a label is a margin."""
    return replace(
        inputs,
        columns=tuple(
            Column(each.name, tuple(v or NOT_TOLD for v in each.values), each.other)
            for each in inputs.columns
        ),
        joint=inputs.joint.filled(),
        earlier=tuple(replace(each, joint=each.joint.filled()) for each in inputs.earlier),
    )


def _beside(inputs: Inputs) -> Inputs:
    """With the columns of earlier releases that counted the same persons in others: a total that
    both show is one. Where they do not agree only what is in today's columns is compared."""
    whole, columns, earlier = inputs.joint, {c.name: c for c in inputs.columns}, []
    for each in reversed(inputs.earlier):
        if set(each.joint.names) <= set(whole.names):
            earlier.append(each)
            continue
        both = coupled(whole, each.joint)
        if both is None:
            earlier.append(replace(each, content=within(each.content, set(columns))))
        else:
            whole = both
            columns |= {c.name: c for c in each.columns if c.name not in columns}
            earlier.append(each)
    return replace(
        inputs, joint=whole, columns=tuple(columns.values()), earlier=tuple(reversed(earlier))
    )


def within(content: Content, names: set[str]) -> Content:
    """The lines of a content that ask for these columns only."""
    tables = []
    for table in content.tables:
        here = [place for place, name in enumerate(table.by) if name in names]
        lines = tuple(
            replace(line, codes=tuple(line.codes[place] for place in here))
            for line in table.lines
            if all(code is None for p, code in enumerate(line.codes) if p not in here)
        )
        by = tuple(table.by[place] for place in here)
        tables.append(replace(table, by=by, lines=lines))
    return replace(content, tables=tuple(tables))


def _beside_others(
    inputs: Inputs, release: Release, counts: Counts, rules: Rules, done: Done
) -> tuple[Done, list[Finding]]:
    """The tables so that together with what others have published no more can be worked out, and
    what speaks against them or must be read. Of exact tables more is hidden until that holds."""
    if inputs.states is not None and not isinstance(rules, CellKey):
        return _sum_beside_states(inputs, inputs.states, release, counts, rules, done)
    found: list[Finding] = []
    for each in inputs.sums:
        if isinstance(rules, CellKey):
            found.append(Finding("states_other_method", Check.EDITIONS, each.of_sum.period))
            continue
        around = rules.base - 1 if isinstance(rules, Rounding) else 0
        if around and not each.of_sum.around:
            found.append(Finding("states_other_method", Check.EDITIONS, each.of_sum.period))
            continue
        names = {*each.of_sum.over, inputs.year}
        values = {p: v for p, v in done.values.items() if set(dict(p)) <= names}
        own = OfState(
            each.state, each.unit, each.of_sum.period, values, rules.interval, around,
            _least(rules),
        )  # fmt: skip
        beside = (own, *each.releases)
        read = systems(each.of_sum, beside)
        found += told_of(read, beside)
        # Where this release has no place others alone tell what is told.
        close = [each for both in read if both.reading(own) for each in narrow(both)]
        found += [each.finding() for each in dict.fromkeys(close)]
    return done, found


def _sum_beside_states(
    inputs: Inputs,
    beside: BesideStates,
    release: Release,
    counts: Counts,
    rules: Suppression | Rounding,
    done: Done,
) -> tuple[Done, list[Finding]]:
    around = rules.base - 1 if isinstance(rules, Rounding) else 0
    of_sum = OfSum(
        release.over, beside.states, beside.period, done.values, rules.interval, rules.threshold,
        around, _least(rules),
    )  # fmt: skip
    read = systems(of_sum, beside.releases)
    also: set[Cell] = set()
    while found := [each for both in read for each in narrow(both, done.values)]:
        more = to_hide(found, done.values, of_sum.least) - also
        if not more or not isinstance(rules, Suppression) or inputs.gaps is not None:
            break
        also |= more
        done = suppress(release, counts, rules, also)
    close = [each.finding() for each in dict.fromkeys(found)]
    return done, [*told_of(read, beside.releases), *close]


def _least(rules: Rules) -> int:
    """What a hidden cell is at least: where every zero is shown it is none."""
    return int(isinstance(rules, Suppression) and rules.zeros is Zeros.SHOWN)


def _done(
    release: Release, counts: Counts, rules: Suppression | Rounding, inputs: Inputs, own: Joint
) -> Done:
    if isinstance(rules, Suppression):
        if inputs.gaps is None:
            return suppress(release, counts, rules)
        return hidden_as(release, counts, rules, inputs.gaps)
    keys = Keys(
        Counts(release.over, own.columns()), release, own.keys(inputs.secret, inputs.shared)
    )

    def of(place: Cell) -> Below:
        """A count is drawn by the records in it and by nothing else that is declared: whoever
        proposes the same again, or other tables and years around it, sees the same number."""
        named = json.dumps(["rounding", rules.base, rules.margins, keys.of(place)])
        if rules.margins is Margins.CONTROLLED:
            # By the records of each cell: a period with another name may hold the very same.
            named += json.dumps([keys.of(each) for each in release.cells()])
        return Stream(hmac.digest(inputs.secret, named.encode(), hashlib.sha256)).below

    done = round_release(release, counts, rules, kept=inputs.kept, of=of)
    if inputs.gaps is None:
        return withhold(release, done, rules, counts)
    values = {
        place: None if place in inputs.gaps else value for place, value in done.values.items()
    }
    return replace(done, values=values)


def _wanted(inputs: Inputs) -> Iterable[Table]:
    """The tables: each for the whole period and, where it is asked for or where the years are one
    of its columns, for each of the years."""
    years = inputs.declared.years
    seen = set()
    for by in inputs.tables:
        rest = tuple(name for name in by if name != inputs.year)
        name = "_".join(rest) or "total"
        if not inputs.year or years is None:
            yield Table(name, rest)
            continue
        spans = [years]
        if (inputs.declared.per_year or inputs.year in by) and years[0] < years[1]:
            spans += [(each, each) for each in range(years[0], years[1] + 1)]
        for span in spans:
            label = period(span)
            if (rest, label) not in seen:
                seen.add((rest, label))
                yield Table(f"{name}_{label}", rest, universe=((inputs.year, label),))


def _domain(inputs: Inputs, tables: Sequence[Table]) -> dict[str, Variable]:
    """Every column with its values; the years with each period that is or was spoken of."""
    spans = {dict(each.universe).get(inputs.year, "") for each in tables}
    spans |= {
        shown.where.get(inputs.year, "") for each in inputs.earlier for shown in each.content.tables
    }
    over = {}
    for column in inputs.columns:
        groups = {}
        if column.name == inputs.year:
            for label in sorted(each for each in spans if "-" in each):
                first, last = map(int, label.split("-"))
                groups[label] = tuple(v for v in column.values if first <= int(v) <= last)
        over[column.name] = Variable(column.name, column.values, groups)
    return over


def _before(
    inputs: Inputs, over: Mapping[str, Variable], counts: Counts, values: Mapping[Cell, int | None]
) -> Iterable[Published]:
    """What was released, cell by cell: what is counted today as it was then stands in one system
    with today's tables; what is not is compared as a revised edition."""
    for each in inputs.earlier:
        own = {name: values for name, values in each.joint.columns().items() if name in over}
        then = Counts(over, own)
        same: dict[Cell, int | None] = {}
        other: dict[Cell, int | None] = {}
        for place, value in cells(each.content):
            changed = then.of(place) != counts.of(place)
            if not changed and place in values and value is not None:
                changed = values[place] != value  # other records, as many of them
            (other if changed else same)[place] = value
        if same:
            yield Published(same)
        if other:
            yield Published(other, edition=each.name, revised=True)


def cells(content: Content) -> Iterable[tuple[Cell, int | None]]:
    """Every cell that a content shows or hides, with its value."""
    for table in content.tables:
        for line in table.lines:
            told = zip(table.by, line.codes, strict=True)
            pairs = [(name, code) for name, code in told if code is not None]
            yield tuple(sorted([*pairs, *table.where.items()])), line.value


def _shown(
    table: Table, over: Mapping[str, Variable], values: Mapping[Cell, int | None]
) -> Shown:  # fmt: skip
    lines = []
    for codes in itertools.product(*[(None, *axis) for axis in table.axes(over)]):
        pairs = [(name, each) for name, each in zip(table.by, codes, strict=True) if each]
        lines.append(Line(codes, values[tuple(sorted([*pairs, *table.universe]))]))
    return Shown(table.name, table.by, dict(table.universe), tuple(lines))


def _records(inputs: Inputs) -> Made:
    """Open records of the classical mode: true ones, with the columns that are declared."""
    declared = inputs.declared
    rules = declared.rules()
    assert isinstance(rules, RecordRules)
    names = (*declared.known, *declared.sensitive)
    columns = inputs.joint.columns()
    rows = sorted(
        row
        for row, year in zip(
            zip(*[columns[name] for name in names], strict=True),
            columns[inputs.year] if inputs.year else itertools.repeat(""),
            strict=False,
        )
        if declared.years is None or declared.years[0] <= int(year) <= declared.years[1]
    )
    measured = records.audit(rows, declared.known, declared.sensitive)
    verdict = records.check_records(measured, rules)
    content = Content(
        Mode.CLASSICAL.value,
        Subject.RECORDS.value,
        inputs.about,
        {**rules.description(), "known": list(declared.known),
         "sensitive": list(declared.sensitive),
         "measured": measured.told()},
        (),
        (names, *rows),
    )  # fmt: skip
    return Made(content, verdict, {})
