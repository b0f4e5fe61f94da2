"""The ledger of what has been told about persons: one budget per release, and per person over time.

Pure. A person's record belongs to the *cohort* of its year of registration. It enters that year's
release once; a later correction waits for a revision that is declared, with its reason, and paid
like a release. Costs are rho of zCDP and are added up for each cohort (`accounting.py`). A charge
is entered before the noise is drawn and is never taken back: a release that is withdrawn has been
seen.

The promise is about one record. Somebody registered in two years has two: `person_rho` says what
all releases together cost that person, and `Limits` declares for how many registrations of one
person how much may be spent. A record whose year of registration is corrected is not new: it counts
with every year in which it was released (`Charge.moved`), and no year is its first twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

from django.utils.translation import gettext as _

from ayni.statistics.privacy.accounting import epsilon_of
from ayni.statistics.privacy.errors import (
    AlreadyReleased,
    ChargeRefused,
    OverBudget,
    OverPersonBudget,
    RevisionRefused,
)


class ChargeKind(StrEnum):
    """Whether records are told about for the first time."""

    FIRST = "first"
    REVISION = "revision"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be spent, in rho: by one release, on any one record over all time, and on
    a `person` who is registered in up to `registrations` years (by default once, with as much as a
    record). For `registrations` years, whichever they are, nobody is told about beyond `person`."""

    release: Decimal
    record: Decimal
    person: Decimal | None = None
    registrations: int = 1

    def __post_init__(self) -> None:
        if self.registrations < 1:
            raise ValueError("a person is registered at least once")

    @property
    def of_person(self) -> Decimal:
        """The most that may be spent on one person."""
        return self.record if self.person is None else self.person

    def description(self) -> dict[str, str | int]:
        """As they stand in a declaration."""
        return {
            "release": str(self.release),
            "record": str(self.record),
            "person": str(self.of_person),
            "registrations": self.registrations,
        }


@dataclass(frozen=True, slots=True)
class Charge:
    """What one release costs every record of the cohorts in it. `reason` is a revision's.
    `moved`: pairs of years (before, now) of records whose year of registration was corrected since
    they were released."""

    release: str
    kind: ChargeKind
    cohorts: frozenset[int]
    rho: Decimal
    reason: str = ""
    moved: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Ledger:
    """The charges so far, in the order in which they were entered."""

    limits: Limits
    charges: tuple[Charge, ...] = ()

    def spent(self, cohort: int) -> Decimal:
        """Rho spent on a record of this cohort."""
        return sum((c.rho for c in self.charges if cohort in c.cohorts), Decimal(0))

    def left(self, cohort: int) -> Decimal:
        """Rho that may still be spent on a record of this cohort, by one release."""
        return min(self.limits.release, max(Decimal(0), self.limits.record - self.spent(cohort)))

    def spent_epsilon(self, cohort: int, delta: float) -> float:
        """What has been spent on a record of this cohort, read as epsilon at this delta."""
        return epsilon_of(float(self.spent(cohort)), delta)

    def person_rho(self, registered: Collection[int]) -> Decimal:
        """What all releases cost a person registered in these years, once in each named: releases
        add up, and several records in one release count as the square of their number."""
        years = list(registered)
        return sum(
            (c.rho * sum(year in c.cohorts for year in years) ** 2 for c in self.charges),
            Decimal(0),
        )

    def dearest(self, cohorts: Collection[int] = ()) -> tuple[Decimal, tuple[int, ...]]:
        """What all releases cost the person who pays most among those registered in as many years
        as are declared, at least one of them in `cohorts`; and these years."""
        years = sorted({year for charge in self.charges for year in charge.cohorts})
        number = min(self.limits.registrations, len(years))
        ways = (
            way
            for way in combinations(years, number)
            if not cohorts or not set(cohorts).isdisjoint(way)
        )
        return max(((self.person_rho(way), way) for way in ways), default=(Decimal(0), ()))

    def released(self, cohorts: Iterable[int]) -> dict[int, str]:
        """Of these cohorts, those that have been released, with the release that did so first."""
        wanted = frozenset(cohorts)
        found: dict[int, str] = {}
        for charge in self.charges:
            for cohort in sorted(charge.cohorts & wanted):
                found.setdefault(cohort, charge.release)
        return found


def check_charge(ledger: Ledger, charge: Charge) -> None:
    """Raises the `ChargeRefused` that says why this release may not be charged:
    `AlreadyReleased`, `RevisionRefused`, `OverBudget` (with what is left), `OverPersonBudget`."""
    if not charge.cohorts or charge.rho <= 0:
        raise ChargeRefused(_("A release names its years and costs something."))
    if any(earlier.release == charge.release for earlier in ledger.charges):
        raise ChargeRefused(
            _("The release %(release)s is in the ledger already.") % {"release": charge.release}
        )
    _check_kind(ledger, charge)
    if charge.rho > ledger.limits.release:
        raise OverBudget(asked=charge.rho, left=ledger.limits.release, cohort=None)
    tightest = min(sorted(charge.cohorts), key=ledger.left)
    if charge.rho > ledger.left(tightest):
        raise OverBudget(asked=charge.rho, left=ledger.left(tightest), cohort=tightest)
    _check_moved(ledger, charge)
    after = replace(ledger, charges=(*ledger.charges, charge))
    asked, years = after.dearest(charge.cohorts)
    if asked > ledger.limits.of_person:
        raise OverPersonBudget(
            asked=asked,
            left=ledger.limits.of_person,
            times=len(years),
            spent=ledger.person_rho(years),
            years=years,
        )


def can_charge(ledger: Ledger, charge: Charge) -> bool:
    """Whether `check_charge` would let it pass."""
    try:
        check_charge(ledger, charge)
    except ChargeRefused:
        return False
    return True


def charged(ledger: Ledger, charge: Charge) -> Ledger:
    """The ledger with this charge. Raises as `check_charge` does."""
    check_charge(ledger, charge)
    return replace(ledger, charges=(*ledger.charges, charge))


def _check_moved(ledger: Ledger, charge: Charge) -> None:
    """A record that was released under another year is no first one, and has that cost as well."""
    before = ledger.released(year for year, _now in charge.moved)
    if before and charge.kind is ChargeKind.FIRST:
        raise AlreadyReleased(cohorts=sorted(before), release=before[min(before)])
    for year, now in sorted(charge.moved):
        spent = ledger.spent(year) + (ledger.spent(now) if now != year else Decimal(0))
        left = max(Decimal(0), ledger.limits.record - spent)
        cost = charge.rho * len({year, now} & charge.cohorts)
        if cost > left:
            raise OverBudget(asked=cost, left=left, cohort=now)


def _check_kind(ledger: Ledger, charge: Charge) -> None:
    before = ledger.released(charge.cohorts)
    if charge.kind is ChargeKind.FIRST:
        if before:
            first = before[min(before)]
            years = sorted(year for year, release in before.items() if release == first)
            raise AlreadyReleased(cohorts=years, release=first)
        return
    if not charge.reason.strip():
        raise RevisionRefused(_("A revision says why."))
    arrived = {now for year, now in charge.moved if ledger.released([year])}
    never = sorted(charge.cohorts - before.keys() - arrived)
    if never:
        raise RevisionRefused(
            _("The records of %(years)s have not been released; there is nothing to revise.")
            % {"years": ", ".join(map(str, never))}
        )
