"""The ledger in the database: a charge is entered before the noise, once, and never taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.privacy import ledger as rules
from ayni.statistics.privacy.ledger import Charge, ChargeKind, Ledger
from ayni.statistics.releasing import populations
from ayni.statistics.releasing.states import ENDED
from ayni.statistics.releasing.tables import LedgerLine, Release

CORRECTION, UNPUBLISHED = "correction", "unpublished"


@dataclass(frozen=True, slots=True)
class Balance:
    """What has been spent on the records of one year, and what one release may still spend, in
    rho; `charges`: (release, kind, rho), the oldest first."""

    population: str
    cohort: int
    spent: Decimal
    left: Decimal
    charges: tuple[tuple[str, str, Decimal], ...]


def hold(population: str) -> None:
    """Let nobody else charge or publish of this population until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"release {population}"]
        )


def ledger_of(population: str) -> Ledger:
    """Every charge of a population, in the order in which they were entered."""
    cohorts: dict[str, set[int]] = defaultdict(set)
    first: dict[str, LedgerLine] = {}
    for line in LedgerLine.objects.filter(population=population).order_by("entered_at", "place"):
        cohorts[str(line.release_id)].add(line.cohort)
        first.setdefault(str(line.release_id), line)
    charges = tuple(
        Charge(name, ChargeKind(line.kind), frozenset(cohorts[name]), line.rho, line.reason)
        for name, line in first.items()
    )
    return Ledger(populations.limits(), charges)


def charged_for(release: Release) -> Charge | None:
    """What a release was charged; None where nothing was."""
    charges = ledger_of(release.population).charges
    found = next((each for each in charges if each.release == str(release.id)), None)
    return None if found is None else replace(found, moved=_moved(release))


def charge_of(release: Release, cohorts: Iterable[int], rho: Decimal) -> Charge:
    """What a release would be charged. Years that were paid for a release which never came out are
    paid again, as a revision: the office has seen what it paid for."""
    wanted = frozenset(cohorts)
    reason = CORRECTION if release.corrects_id is not None else ""
    if not reason and _never_published(release.population, wanted):
        reason = UNPUBLISHED
    kind = ChargeKind.REVISION if reason else ChargeKind.FIRST
    return Charge(str(release.id), kind, wanted, rho, reason, _moved(release))


def _moved(release: Release) -> frozenset[tuple[int, int]]:
    return frozenset((before, now) for before, now in release.declared.get("moved") or ())


def _never_published(population: str, cohorts: frozenset[int]) -> bool:
    """Whether each of these years was paid for, and nothing of them was or can still be out."""
    lines = LedgerLine.objects.filter(population=population, cohort__in=cohorts)
    paid = set(lines.values_list("cohort", flat=True))
    return paid == cohorts and not lines.exclude(release__state__in=ENDED).exists()


def charge(
    *, by: Actor, release: Release, cohorts: Iterable[int], rho: Decimal, now: datetime
) -> None:
    """Enter what a release costs, unless it stands there already: a job that was killed is done
    again and charges nothing. Raises what `check_charge` raises."""
    with audit.act(by=by, verb="statistics.charge_release", subject=release.id) as act:
        hold(release.population)
        known = LedgerLine.objects.filter(release=release).exists()
        act.note(known=known, rho=rho)
        if known:
            return
        ledger = ledger_of(release.population)
        wanted = charge_of(release, cohorts, rho)
        rules.check_charge(ledger, wanted)
        lines = LedgerLine.objects.filter(population=release.population)
        LedgerLine.objects.bulk_create(
            LedgerLine(
                release=release,
                population=release.population,
                cohort=cohort,
                place=lines.filter(cohort=cohort).count() + 1,
                kind=wanted.kind.value,
                rho=rho,
                spent=ledger.spent(cohort) + rho,
                most=ledger.limits.record,
                reason=wanted.reason,
                entered_at=now,
            )
            for cohort in sorted(wanted.cohorts)
        )


def balances(*, by: Actor) -> list[Balance]:
    """What has been spent of each population and year of registration. Raises `NotAllowed`."""
    members.check_may(by, Permission.RELEASE_PROPOSE)
    found = []
    for code in sorted(LedgerLine.objects.values_list("population", flat=True).distinct()):
        ledger = ledger_of(code)
        for cohort in sorted({each for c in ledger.charges for each in c.cohorts}):
            charges = tuple(
                (c.release, c.kind.value, c.rho) for c in ledger.charges if cohort in c.cohorts
            )
            left = ledger.left(cohort)
            found.append(Balance(code, cohort, ledger.spent(cohort), left, charges))
    return found
