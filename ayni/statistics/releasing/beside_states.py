"""Published releases of states, as every node holds them, read for the check of a sum (and the sums
that were published, for the check of a state's own release)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ayni.gazette import api as gazette
from ayni.members import api as members
from ayni.statistics.disclosure.findings import Check, Finding
from ayni.statistics.disclosure.tables import Variable
from ayni.statistics.masked.tables import sum_tables
from ayni.statistics.releases import content_held
from ayni.statistics.releasing import making, populations
from ayni.statistics.releasing.content import Content
from ayni.statistics.releasing.declared import Method
from ayni.statistics.releasing.kinds import RELEASE
from ayni.statistics.releasing.making import BesideStates, BesideSum
from ayni.statistics.releasing.of_states import YEAR, OfState, OfSum
from ayni.statistics.releasing.populations import Population
from ayni.statistics.releasing.tables import Release
from ayni.statistics.sources.tallies import CASES

_EXACT = Method.SUPPRESSION.value
_DAY = r"20\d\d-\d\d-\d\d"
_SUM = re.compile(rf"sum\.[a-z0-9_]+\.{_DAY}\.{_DAY}")
_YEARS = re.compile(r"20\d\d(-20\d\d)?")
# What a release is told from another by, and what is kept of its header.
_TOLD = ("sha256", "parts", "source", "population", "method", "first", "last")
# A header as it is kept with a release: whose, which, and the content it names.
Header = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum over states that somebody has published or is about to."""

    persons: str
    states: tuple[str, ...]
    first: int
    last: int


def headers(release: Release, population: Population) -> list[dict[str, Any]]:
    """What was published that this release has to be checked beside, the newest first: for a sum
    the releases of its states, for a state's cases the sums it is in and what the others have."""
    if release.source not in (populations.SUM, CASES):
        return []
    published = _published()
    if release.source == populations.SUM:
        sums = [_sum_of(population.persons, release.about["states"])]
        found = []
    else:
        found = [each for each in published if _is_sum_with(release, population, each)]
        sums = [_sum_of(each.said.body["population"], _states_of(each)) for each in found]
    found += [each for each in published if any(_is_of(one, _header(each)) for one in sums)]
    ordered = sorted(
        found, key=lambda each: (each.said.at, each.said.version, each.digest), reverse=True
    )
    return [_header(each) for each in ordered]


def _published() -> list[gazette.Published]:
    """Every version of each release that says something, withdrawn and corrected ones too: they
    were seen. One that only says the same once more, as a withdrawal does, counts as the first."""
    found: list[gazette.Published] = []
    owners = [*sorted(members.states()), members.SECRETARIAT]
    for versions in gazette.histories(kind=RELEASE, owners=owners).values():
        told: dict[tuple[Any, ...], gazette.Published] = {}
        for each in reversed(versions):
            if not each.said.withdrawn and not each.problem:
                told.setdefault(tuple(each.said.body[name] for name in _TOLD), each)
        found += told.values()
    return found


def _sum_of(persons: str, states: Sequence[str]) -> _Sum:
    _sum, table, first, last = persons.split(".")
    named = tuple(sorted(each.lower() for each in states))
    return _Sum(table, named, int(first[:4]), int(last[:4]))


def _states_of(each: gazette.Published) -> list[str]:
    """The states in a published sum; none where it has not come whole, which refuses later."""
    content = content_held(each.said.owner, each.said.body)
    states = None if content is None else content.about.get("states")
    return [str(state) for state in states] if isinstance(states, list) else []


def _is_sum_with(release: Release, population: Population, each: gazette.Published) -> bool:
    """Whether these are figures of a sum, of the years of this release, of whom it counts."""
    body, about = each.said.body, release.about
    return (
        each.said.owner == members.SECRETARIAT
        and body["source"] == populations.SUM
        and _SUM.fullmatch(body["population"]) is not None
        and body["population"].split(".")[1] == population.persons
        and body["first"][:4] <= about["last"][:4]
        and about["first"][:4] <= body["last"][:4]
    )


def _is_of(of_sum: _Sum, each: Header) -> bool:
    """Whether a release is of the cases of a state of the sum, and of its years."""
    name = str(each["population"])
    return (
        each["source"] == CASES
        and each["owner"] in of_sum.states
        and (name == of_sum.persons or name.startswith(f"{of_sum.persons}."))
        # Kept headers of before had no years.
        and int(each.get("first", str(of_sum.first))[:4]) <= of_sum.last
        and of_sum.first <= int(each.get("last", str(of_sum.last))[:4])
    )


def _header(each: gazette.Published) -> dict[str, Any]:
    body = each.said.body
    return {
        "owner": each.said.owner, "key": each.said.key, "version": each.said.version,
        **{name: body[name] for name in _TOLD},
    }  # fmt: skip


def of_sum(
    release: Release, population: Population, told: Sequence[Header]
) -> tuple[BesideStates, tuple[Finding, ...]]:
    """What a sum is checked beside, and what refuses it whatever it shows."""
    wanted = _sum_of(population.persons, release.about["states"])
    over = {each.name: Variable(each.name, each.values) for each in population.columns}
    period = making.period((wanted.first, wanted.last))
    found, refused = _of_states(told, over, exact=release.method == _EXACT)
    return BesideStates(wanted.states, period, tuple(found)), tuple(refused)


def of_state(
    release: Release, told: Sequence[Header]
) -> tuple[tuple[BesideSum, ...], tuple[Finding, ...]]:
    """The sums that a state's own release is checked beside, each with the other states' releases;
    and what refuses it. `told`: as `headers` gave it."""
    made: list[BesideSum] = []
    refused: list[Finding] = []
    for each in told:
        if each["source"] != populations.SUM:
            continue
        of_sum = _seen(each)
        if of_sum is None:
            refused.append(Finding("states_not_here", Check.EDITIONS, _named(each)))
        elif members.this_node() in of_sum.states:
            # Of this sum alone: another one may be of other states and years.
            this = _sum_of(each["population"], of_sum.states)
            cases = [other for other in told if _is_of(this, other)]
            found, wrong = _of_states(cases, of_sum.over, exact=each["method"] == _EXACT)
            refused += wrong
            here = members.this_node()
            made.append(BesideSum(of_sum, here, _unit(here, release.population), tuple(found)))
    first = [each for at, each in enumerate(refused) if each not in refused[:at]]
    return tuple(made), tuple(first)


def _seen(header: Header) -> OfSum | None:
    """A published sum as its readers see it; None for one that cannot be opened or read here."""
    content = content_held(header["owner"], header)
    try:
        assert content is not None
        wanted = _sum_of(header["population"], [str(s) for s in content.about["states"]])
        _sum, code, *_days = str(content.about["population"]).split(".")
        over = {name: Variable(name, v) for name, v in sum_tables()[code].layout.dimensions}
        told = content.parameters
        around = 0 if header["method"] == _EXACT else int(told["base"]) - 1
        return OfSum(
            over, wanted.states, making.period((wanted.first, wanted.last)),
            dict(making.cells(content)), int(told["width"]), int(told["threshold"]), around,
            _least(content),
        )  # fmt: skip
    except (AssertionError, KeyError, TypeError, ValueError):  # signed, and yet no such table
        return None


def _named(header: Header) -> str:
    return f"{header['owner'].upper()} {header['key'][:8]}.{header['version']}"


def _unit(owner: str, population: str) -> str:
    """A part of a state: whoever of it has published."""
    _persons, _dot, holder = population.partition(".")
    return f"{owner}.{holder}" if holder else owner


def _of_states(
    told: Iterable[Header], over: Mapping[str, Variable], *, exact: bool
) -> tuple[list[OfState], list[Finding]]:
    """Releases of states as the check reads them, and what refuses: one that cannot be opened here,
    and one by a method of which nobody can say what it tells together with the sum."""
    found: list[OfState] = []
    refused: list[Finding] = []
    for each in told:
        name = _named(each)
        content = content_held(each["owner"], each)
        if content is None:
            refused.append(Finding("states_not_here", Check.EDITIONS, name))
            continue
        around = _around(each["method"], content, exact=exact)
        if around is None:
            refused.append(Finding("states_other_method", Check.EDITIONS, name))
            continue
        values = _values(content, over)
        width = content.parameters.get("width")
        if values is None or not isinstance(width, int):
            refused.append(Finding("states_not_here", Check.EDITIONS, name))
            continue
        unit = _unit(each["owner"], each["population"])
        found.append(OfState(each["owner"], unit, name, values, width, around, _least(content)))
    return found, refused


def _least(content: Content) -> int:
    """What a hidden cell is at least."""
    return int(content.parameters.get("zeros") == "shown")


def _around(method: str, content: Content, *, exact: bool) -> int | None:
    """How far a count may lie from what is shown; None where no check can read both together. A
    rounded table beside an exact sum is one: the sum may tell what was rounded away."""
    if method == Method.SUPPRESSION:
        return 0
    base = content.parameters.get("base")
    if method == Method.ROUNDING and not exact and isinstance(base, int):
        return base - 1
    return None


def _values(
    content: Content, over: Mapping[str, Variable]
) -> dict[tuple[tuple[str, str], ...], int | None] | None:
    """The cells of a release that ask for columns of the sum and for years; None for one that has
    other values in them than the sum."""
    names = {*over, YEAR}
    found = {}
    for place, value in making.cells(making.within(content, names)):
        labels = dict(place)
        if YEAR not in labels or set(labels) - names:
            continue
        if not _YEARS.fullmatch(labels[YEAR]) or any(
            label not in over[n].categories for n, label in labels.items() if n != YEAR
        ):
            return None
        found[place] = value
    return found
