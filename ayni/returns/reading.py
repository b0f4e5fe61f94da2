"""Reading: the assessments of a case, those that wait for us, and one of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import assessing, read_there
from ayni.returns.models import Assessment
from ayni.returns.partners import partners, partners_here
from ayni.returns.rules import Answer, Standing

READ = members.Permission.REFERRAL_ANSWER


@dataclass(frozen=True, slots=True)
class Opened:
    """One assessment. `items`: (who is at risk, severity, likelihood, level) each, codes. `effect`:
    what the other side did once the consent under which it was sent had ended; `read_there`: which
    roles there have read it."""

    row: Assessment
    standing: Standing
    items: list[tuple[str, str, str, str]]
    may_agree: bool
    may_sign: bool
    effect: cooperation.ConsentEffect | None
    read_there: str


@dataclass(frozen=True, slots=True)
class OfCase:
    """The assessments of a case, the newest first, and with whom a new one can be begun."""

    rows: list[Assessment]
    partners: list[cooperation.Referral]


def open_assessment(*, by: Actor, assessment_id: UUID) -> Opened:
    """One assessment with what both look at; the opening is recorded first. Raises `NotFound`,
    `NotAllowed`."""
    members.check_may(by, READ)
    row = assessing.fetch(assessment_id, by=by)
    audit.read(by=by, verb="returns.open_assessment", subject=assessment_id)
    cases.open_form(by=by, case_id=row.case_id, form="assessment")
    found = row.standing(clock.now())
    draft = found is Standing.DRAFT
    items = assessing.items_of(row)
    if items:
        read_there.tell(row, by=by)
    return Opened(
        row=row,
        standing=found,
        items=[
            (
                item["at_risk"],
                item["severity"],
                item["likelihood"],
                cases.level_of(item["severity"], item["likelihood"]),
            )
            for item in items
        ],
        may_agree=draft and row.written_by != by.id,
        may_sign=not draft
        and row.ours != Answer.NO
        and found in (Standing.OURS, Standing.THEIRS, Standing.BOTH_YES),
        effect=cooperation.effect_of(by=by, about=row.id),
        read_there=read_there.in_words(row, by=by),
    )


def assessments_of_case(*, by: Actor, case_id: UUID) -> OfCase:
    """The assessments of one case. Recorded. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    case = cases.open_form(by=by, case_id=case_id, form="assessment")
    rows = Assessment.objects.filter(institution_id=by.institution, case=case)
    return OfCase(list(rows), [*partners(case), *partners_here(case)])


def assessments_waiting(*, by: Actor) -> list[Assessment]:
    """Those that wait for our signature, the one that ends first before all; nothing is opened."""
    members.check_may(by, READ)
    found = Assessment.objects.filter(
        institution_id=by.institution, ours="", until__gt=clock.now(), stopped_at__isnull=True
    ).exclude(theirs=Answer.NO)
    rows = cases.only_open(found.select_related("case"), by=by, untaken=False)
    return list(rows.order_by("until", "id"))
