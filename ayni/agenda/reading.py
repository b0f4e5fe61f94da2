"""How the platform stands: what was published above what is shipped, worked out when it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ayni.agenda import mandates, seed, standing, terms
from ayni.agenda.kinds import FOCAL_POINT, HANDING_OVER, PARTY, PRESIDENCY, RULE, TERMS_KEY
from ayni.agenda.mandates import Office
from ayni.agenda.rules import NOTHING, Line, holds
from ayni.agenda.rules import of_json as rules_of_json
from ayni.agenda.rules import on as rules_on
from ayni.agenda.standing import Stands, Version
from ayni.agenda.terms import Presiding, Term
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members

_AHEAD = timedelta(days=1)  # clocks of nodes differ
May = Callable[[Version | None, Version], bool]


def _version(found: Published) -> Version:
    """What was written ahead waits until its time: a state would else write now what it may only
    write once it presides. Not by when it came, which is another time on each node."""
    said = found.said
    wrong = not found.known or bool(found.problem) or said.version in found.line.doubled
    return Version(
        owner=said.owner,
        number=said.version,
        after=str(said.body.get("after", "")),
        at=said.at,
        valid_from=said.valid_from,
        valid_until=said.valid_until,
        body=said.body,
        usable=not wrong and not said.withdrawn and said.at <= clock.now() + _AHEAD,
    )


def _versions(kind: str, owners: Iterable[str], key: str = "") -> dict[str, list[Version]]:
    """Every version of these owners, by key, in one question. Others have never been able to
    write: whatever they publish, however much, is not read here."""
    found: dict[str, list[Version]] = defaultdict(list)
    for (_owner, of_key), rows in gazette.histories(kind=kind, owners=owners, key=key).items():
        # A number far beyond the others does not end what its owner says.
        found[of_key] += [_version(each) for each in rows if each.said.version <= each.line.latest]
    return found


def _states(found: Iterable[Term]) -> set[str]:
    return {each.state for each in found}


def _of_the_presidencies() -> list[Version]:
    """Versions of the presidencies, of the secretariat and of every state that presides by what is
    shipped or by one of these versions."""
    owners = {members.SECRETARIAT, *_states(seed.presidencies())}
    while True:
        found = _versions(PRESIDENCY, owners, TERMS_KEY)[TERMS_KEY]
        named = {state for each in found if each.usable for state in _states(_terms_of(each))}
        if named <= owners:
            return found
        owners |= named


def _terms_of(version: Version | None) -> tuple[Term, ...]:
    if version is None:
        return seed.presidencies()
    return tuple(terms.of_json(row) for row in version.body["terms"])


def _presided_by(version: Version | None, by: Version) -> bool:
    if version is None and by.at < seed.shipped():  # by its own word of long ago
        return False
    who = terms.presiding(_terms_of(version), by.at.date()).term
    return who is not None and who.state == by.owner


@dataclass(frozen=True, slots=True)
class Presidencies:
    """The terms by first day, how the entry stands from which they are taken, and the terms that
    the next version is written on."""

    terms: tuple[Term, ...]
    stands: Stands
    base: tuple[Term, ...]

    def on(self, day: date) -> Presiding:
        """Who presides on a day."""
        return terms.presiding(self.terms, day)

    @property
    def writers(self) -> set[str]:
        """Who may write, or ever could: the secretariat, and every state that has presided."""
        return {
            members.SECRETARIAT,
            *_states(seed.presidencies()),
            *_states(self.terms),
            *_states(self.base),
        }


def presidencies() -> Presidencies:
    """The presidencies that are recorded; none if the secretariat's latest version cannot be used
    here, for then nobody knows."""
    found = standing.stands(
        _of_the_presidencies(),
        secretariat=members.SECRETARIAT,
        may=_presided_by,
    )
    base = _terms_of(found.base)
    return Presidencies(() if found.broken else base, found, base)


def _by_these(found: Presidencies) -> May:
    def may(_standing: Version | None, version: Version) -> bool:
        who = found.on(version.at.date()).term
        return who is not None and who.state == version.owner

    return may


def stands_of(kind: str, key: str, known: Presidencies) -> Stands:
    """What stands under a kind and key of the platform's text."""
    if kind == PRESIDENCY:
        return known.stands
    found = _versions(kind, known.writers, key)[key]
    return standing.stands(found, secretariat=members.SECRETARIAT, may=_by_these(known))


def all_of(kind: str, known: Presidencies) -> dict[str, Stands]:
    """What stands under every key of a kind of the platform's text."""
    may = _by_these(known)
    return {
        key: standing.stands(found, secretariat=members.SECRETARIAT, may=may)
        for key, found in sorted(_versions(kind, known.writers).items())
    }


def chain_of(kind: str, key: str, known: Presidencies) -> list[Version]:
    """What stands under a key, the version on which that was written, and so on back to the first;
    empty if nothing stands."""
    found = {each.ref: each for each in _versions(kind, known.writers, key)[key] if each.usable}
    version, seen, chain = stands_of(kind, key, known).version, set(), []
    while version is not None and version.ref not in seen:
        seen.add(version.ref)
        chain.append(version)
        version = found.get(version.after)
    return chain


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its code, the lines that the next version is written on, and how its entry stands
    (without a version: as it is shipped)."""

    code: str
    lines: tuple[Line, ...]
    stands: Stands

    def on(self, day: date) -> Line:
        """The line that holds on a day; an empty value: it is not known."""
        return NOTHING if self.stands.broken else rules_on(self.lines, day)

    @property
    def now(self) -> Line:
        """The line that holds today."""
        return self.on(clock.now().date())


_NOTHING = Stands(None, broken=False, passed_over=())


def rules(known: Presidencies) -> list[Rule]:
    """What the plenary has set, as recorded, in the order of the data."""
    published = all_of(RULE, known)
    found = []
    for code, row in seed.rules().items():
        stands = published.get(code, _NOTHING)
        body: Any = row if stands.base is None else stands.base.body
        found.append(Rule(code, rules_of_json(body), stands))
    return found


def rule(code: str, known: Presidencies) -> Rule:
    """One rule. Raises `NotFound` for a code that is none."""
    found = next((each for each in rules(known) if each.code == code), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Party:
    """A working group or an observer. `leads`: the state that coordinates, empty for none."""

    key: str
    sort: str
    name: str
    about: str
    leads: str
    source: str
    mark: str
    begins: date | None
    until: date | None
    stands: Stands

    def over(self, day: date) -> bool:
        """Whether it has ended before a day."""
        return self.until is not None and self.until < day

    def at_work(self, day: date) -> bool:
        """Whether it is there on a day."""
        return holds(self.begins, self.until, day)


def parties(known: Presidencies) -> list[Party]:
    """Working groups and observers: those published, and those shipped of which nothing was."""
    published = all_of(PARTY, known)
    found = []
    for key in sorted({*published, *seed.parties()}):
        stands = published.get(key, _NOTHING)
        version = stands.version
        if version is not None:
            body = version.body
            found.append(
                Party(
                    key, body["sort"], body["name"], body["about"], body["leads"],
                    body["source"], body["mark"], version.valid_from, version.valid_until, stands,
                )
            )  # fmt: skip
        elif key in seed.parties():
            row = seed.parties()[key]
            name = seed.in_readers_language(row["names"])
            source, mark = row["source"], row["mark"]
            begins, until = seed.days_of(row)
            found.append(Party(key, row["sort"], name, "", "", source, mark, begins, until, stands))
    return found


@dataclass(frozen=True, slots=True)
class Handing:
    """A handing over as it was recorded: the day, and how its entry stands."""

    day: str
    stands: Stands


def handings(known: Presidencies) -> list[Handing]:
    """Every handing over recorded, the latest first."""
    found = [Handing(key, stands) for key, stands in all_of(HANDING_OVER, known).items()]
    return sorted(found, key=lambda each: each.day, reverse=True)


def offices(state: str, function: str) -> list[Office]:
    """Every version that counts of what a state says of one of its functions."""
    rows = gazette.history(owner=state, kind=FOCAL_POINT, key=function)
    return [
        Office(each.number, each.body["office"], each.body["institution"], each.body["act"],
               each.valid_from, each.valid_until)
        for each in map(_version, rows)
        if each.usable and each.valid_from is not None
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OtherOffices:
    """What a state says of a function beside the office that has it on a day: which one has it from
    a `later` day on, and which one had it `earlier`, where none has it now."""

    later: Office | None
    earlier: Office | None


def offices_beside(day: date) -> dict[tuple[str, str], OtherOffices]:
    """Offices named from a coming day on, and those whose mandate has ended without another:
    (state, function) -> which."""
    named = {(each.said.owner, each.said.key) for each in gazette.current(kind=FOCAL_POINT)}
    found = {}
    for state, function in sorted(named):
        said = offices(state, function)
        beside = OtherOffices(mandates.coming(said, day), mandates.ended(said, day))
        if beside.later is not None or beside.earlier is not None:
            found[state, function] = beside
    return found


def focal_points(day: date) -> dict[tuple[str, str], Office]:
    """Which office has which function of which state on a day: (state, function) -> office."""
    named = {(each.said.owner, each.said.key) for each in gazette.current(kind=FOCAL_POINT)}
    found = {}
    for state, function in sorted(named):
        office = mandates.on_day(offices(state, function), day)
        if office is not None:
            found[state, function] = office
    return found
