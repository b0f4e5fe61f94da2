"""What the hotline's records say: each figure is a condition over rows, counted and listed alike.

Only reports of trafficking in persons are counted; the others are told apart, for the two crimes
are never added up. Intervals are calendar days in Buenos Aires: the hour of entry is not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    FilteredRelation,
    Prefetch,
    Q,
    QuerySet,
)
from django.db.models.functions import TruncDate

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.statistics.linea145 import SOURCE, ZONE

REPORTS, PERSONS = "reports", "persons"
_DAY = timedelta(days=1)
_DATED = Q(days__isnull=False)
_PLAUSIBLE = Q(days__gte=timedelta(0))
ROLES = {"direct_victims": "victim", "relatives": "relative", "accused": "accused"}


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows of `of` (reports or persons) that meet `condition`; `base`: the figure it is a part of,
    its own name for one that is a whole."""

    name: str
    of: str
    condition: Q
    base: str


def _notices_naming(role: str) -> QuerySet[Any, Any]:
    """One list for all rows: asking for each row anew is slow before the tables are analysed."""
    return cases.NoticePerson.objects.filter(role=role).values("notice")


def _of_reports() -> list[Figure]:
    conditions: dict[str, tuple[Q, str]] = {
        "reports": (Q(), "reports"),
        "emergency": (Q(situation="emergency"), "reports"),
        "urgency": (Q(situation="urgency"), "reports"),
        "orientation": (Q(situation="orientation"), "reports"),
        "without_situation": (Q(situation=""), "reports"),
        "anonymous": (Q(anonymous=True), "reports"),
        "anonymity_unknown": (Q(anonymous__isnull=True), "reports"),
        "without_first_referral": (Q(first__id__isnull=True), "reports"),
        "first_referrals": (Q(first__id__isnull=False), "reports"),
        "without_referral_date": (Q(first__id__isnull=False) & ~_DATED, "first_referrals"),
        "negative_intervals": (Q(days__lt=timedelta(0)), "first_referrals"),
        "known_intervals": (_PLAUSIBLE, "first_referrals"),
        "referred_by_next_day": (_PLAUSIBLE & Q(days__lte=_DAY), "known_intervals"),
        "referred_later": (Q(days__gt=_DAY), "known_intervals"),
        "second_referrals": (Q(second__id__isnull=False), "reports"),
        "third_referrals": (Q(third__id__isnull=False), "reports"),
        **{
            f"reports_naming_{name}": (Q(pk__in=_notices_naming(role)), "reports")
            for name, role in ROLES.items()
        },
    }
    return [Figure(name, REPORTS, when, base) for name, (when, base) in conditions.items()]


def _of_persons() -> list[Figure]:
    found = []
    for name, role in ROLES.items():
        here = Q(role=role)
        missing, unclear = here & Q(nationality="missing"), here & Q(nationality="unclear")
        found += [
            Figure(name, PERSONS, here, name),
            Figure(f"{name}_without_nationality", PERSONS, missing, name),
            Figure(f"{name}_of_no_country", PERSONS, unclear, name),
        ]
    return found


# Of another subject than trafficking: told, never part of a figure.
_OTHER = Figure("other_subject", REPORTS, Q(), "other_subject")
FIGURES: Mapping[str, Figure] = {f.name: f for f in [*_of_reports(), *_of_persons(), _OTHER]}


def reports_of(by: Actor) -> QuerySet[Any]:
    """The hotline's reports of the actor's institution, with what the conditions ask."""
    links = {
        name: FilteredRelation("referral_chain", condition=Q(referral_chain__ordinal=ordinal))
        for ordinal, name in enumerate(("first", "second", "third"), 1)
    }
    days = ExpressionWrapper(
        TruncDate("first__referred_at", tzinfo=ZONE) - TruncDate("received_at", tzinfo=ZONE),
        output_field=DurationField(),
    )
    return (
        cases.Notice.objects.filter(institution_id=by.institution, source=SOURCE)
        .annotate(**links)
        .annotate(days=days)
    )


def persons_of(by: Actor) -> QuerySet[Any]:
    """Persons named in the reports of trafficking of the actor's institution."""
    return cases.NoticePerson.objects.filter(
        institution_id=by.institution, notice__source=SOURCE, notice__track="trafficking"
    )


def _rows(by: Actor, figure: Figure) -> QuerySet[Any]:
    if figure.of == PERSONS:
        return persons_of(by).filter(figure.condition)
    other = figure is _OTHER
    subject = ~Q(track="trafficking") if other else Q(track="trafficking")
    return reports_of(by).filter(subject, figure.condition)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure: `numerator` of `denominator` rows."""

    name: str
    numerator: int
    denominator: int
    base: str

    @property
    def per_cent(self) -> Decimal | None:
        """The share in per cent, rounded to one decimal; None for a whole or of nothing."""
        if self.name == self.base or not self.denominator:
            return None
        share = Decimal(100 * self.numerator) / self.denominator
        return share.quantize(Decimal("0.1"), ROUND_HALF_UP)


def count_linea145(*, by: Actor) -> dict[str, Counted]:
    """Every figure by its name, counted from the rows of the actor's institution."""
    members.check_may(by, members.Permission.FIGURES_READ)
    numbers: dict[str, int] = {}
    for of, rows in (
        (REPORTS, reports_of(by).filter(track="trafficking")),
        (PERSONS, persons_of(by)),
    ):
        asked = {
            name: Count("pk", filter=figure.condition)
            for name, figure in FIGURES.items()
            if figure.of == of and figure is not _OTHER
        }
        numbers.update(rows.aggregate(**{f"n_{name}": count for name, count in asked.items()}))
    numbers = {name.removeprefix("n_"): number for name, number in numbers.items()}
    numbers[_OTHER.name] = _rows(by, _OTHER).count()
    return {
        name: Counted(name, numbers[name], numbers[figure.base], figure.base)
        for name, figure in FIGURES.items()
    }


def linea145_rows(*, by: Actor, figure: str) -> QuerySet[Any]:
    """The rows behind a figure, oldest first: notices with their `chain`, or persons named in them.

    Nothing sealed is opened; the look is recorded. Raises `NotFound` for no figure.
    """
    members.check_may(by, members.Permission.CASE_READ)
    members.check_may(by, members.Permission.FIGURES_READ)
    if figure not in FIGURES:
        raise NotFound
    audit.read(by=by, verb="statistics.open_rows", subject=by.institution, figure=figure)
    asked = FIGURES[figure]
    rows = _rows(by, asked)
    if asked.of == PERSONS:
        return rows.select_related("notice").order_by(
            "notice__received_at", "notice__source_number", "ordinal"
        )
    chain = cases.NoticeReferral.objects.order_by("ordinal")
    return rows.order_by("received_at", "source_number").prefetch_related(
        Prefetch("referral_chain", queryset=chain, to_attr="chain")
    )
