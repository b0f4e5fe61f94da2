"""To whom something of a person went under a consent: whatever carried it (a referral, its further
fields, a question, an answer, a file), on whichever side of the referral or request we are.

The register of transfers says under which consent each thing left. What was queued and never left
is not among it: it is asked once more before every attempt, and does not leave any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, UUIDField, When
from django.db.models.functions import Cast, Substr

from ayni.cases import api as cases
from ayni.cooperation import grants, rights
from ayni.cooperation.models import ConsentEffect, Exchange, Referral, Request, Transfer
from ayni.exchange import api as exchange
from ayni.members import api as members

_BASIS = "consent:"


@dataclass(frozen=True, slots=True)
class Given:
    """A referral or request with which something went to its other side under a consent."""

    row: Exchange
    consent_id: UUID

    @property
    def began_under(self) -> bool:
        """Whether it was sent under this very consent, so that without it there is nothing."""
        return self.row.direction == "out" and self.row.consent_id == self.consent_id

    @property
    def is_told(self) -> bool:
        """Whether the other side was told that the consent has ended."""
        return ConsentEffect.objects.filter(
            institution_id=self.row.institution_id,
            direction="out",
            about=self.row.id,
            consent_id=self.consent_id,
        ).exists()


def under(consent: cases.Consent) -> list[Given]:
    """What went under this consent, of those to whom it may be told that it has ended."""
    rows: list[Exchange] = []
    arrived = _arrived(lines_under(consent))
    for model in (Request, Referral):
        found = model._default_manager.filter(
            institution_id=consent.case.institution_id
        ).select_related("case__person")
        began = [
            row for row in found.filter(consent_id=consent.id, direction="out") if rights.left(row)
        ]
        # How it stands with what began under the consent, its own state says.
        more = found.filter(id__in=arrived).exclude(consent_id=consent.id, direction="out")
        rows += [*began, *more]
    return [Given(row, consent.id) for row in rows if not grants.fears(row)]


def lines_under(consent: cases.Consent) -> QuerySet[Transfer]:
    """The lines of the register about what was to leave under this consent."""
    code = members.institution(consent.case.institution_id).code
    return Transfer.objects.filter(institution_code=code, basis=f"{_BASIS}{consent.id}")


def _arrived(lines: Iterable[Transfer]) -> set[UUID]:
    """With what the lines of the register say it went, where the other side has it or may have."""
    known = list(lines)
    never = exchange.never_arrived(line.message for line in known if line.message)
    return {line.about for line in known if line.message not in never}


def untold(institution: UUID) -> list[QuerySet[Any, Any]]:
    """Queries for the consents of an institution under which something went whose receiver was not
    told of an end. What never left is not among them, nor what never arrived: of such a consent
    `under` would find nothing, every night anew."""
    queries: list[QuerySet[Any, Any]] = []
    code = members.institution(institution).code
    ident = Cast(Substr("basis", len(_BASIS) + 1), UUIDField())
    lines = Transfer.objects.filter(institution_code=code).annotate(
        under=Case(When(basis__regex=f"^{_BASIS}[0-9a-f-]{{36}}$", then=ident))
    )
    never = exchange.all_that_never_arrived().filter(message=OuterRef("message"))
    lines = lines.filter(~Exists(never), ~_told(institution, "about", "under"))
    for model in (Request, Referral):
        rows = model._default_manager.filter(institution_id=institution)
        untold_yet = ~_told(institution, "id", "consent_id")
        began = rights.that_left(rows.filter(untold_yet, direction="out"))
        queries.append(began.values("consent_id"))
        other = Q(direction="in") | Q(consent_id=None) | ~Q(consent_id=OuterRef("under"))
        more = Exists(rows.filter(other, id=OuterRef("about")))
        queries.append(lines.filter(more).values_list("under"))
    return queries


def _told(institution: UUID, about: str, consent: str) -> Exists:
    told = ConsentEffect.objects.filter(
        institution_id=institution,
        direction="out",
        about=OuterRef(about),
        consent_id=OuterRef(consent),
    )
    return Exists(told)
