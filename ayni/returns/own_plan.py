"""Her travel plan as she reads it on her own page (`AYNI_OWN_JOURNEY`)."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.returns import plan_words as words
from ayni.returns import planning
from ayni.returns.models import TravelPlan
from ayni.returns.plans import Standing

Lines = list[tuple[str, str]]
# How it stands, said to her.
_SAID: dict[Standing, Text] = {
    Standing.WAITS: gettext_lazy("This plan was sent. Whoever receives you has not answered yet."),
    Standing.CHANGE: gettext_lazy("Whoever receives you asks for a change. Ask your office."),
    Standing.ACCEPTED: gettext_lazy("You are expected."),
    Standing.BOARDED: gettext_lazy("You are expected. It is known that you have left."),
    Standing.UNCONFIRMED: gettext_lazy(
        "Your office asks whether you arrived well. If you did not, call your office."
    ),
    Standing.MISSING: gettext_lazy(
        "It was said that you did not arrive, and you are looked for. Call your office."
    ),
    Standing.ARRIVED: gettext_lazy("It is known that you arrived."),
}


def own_plan(*, by: Actor, case_id: UUID) -> tuple[str, Lines, str, str] | None:
    """How the journey of the person to whom the code `by` was given stands; what her plan says,
    (label, text) each, in the time of the office that keeps her case; codes of the institution
    and of the state that share it. None if there is no plan. Recorded. Raises
    `NotAllowed` for anybody else, `NotFound`."""
    members.check_may(by, members.Permission.OWN_READ)
    case = cases.own_case(by=by, case_id=case_id)
    audit.read(by=by, verb="returns.own_plan", subject=case_id)
    row = (
        TravelPlan.objects.filter(
            case=case, sent_at__isnull=False, replaced_at__isnull=True, stopped_at__isnull=True
        )
        .order_by("-created_at", "-number")
        .first()
    )
    if row is None:
        return None
    told = _SAID[row.standing(clock.now())]
    zone = members.institution(case.institution_id).time_zone
    lines = words.rows(planning.travel_of(row), members.moments_in(zone))
    if not lines:
        return None
    with_whom = members.institution_and_state(row.counterpart_institution, row.counterpart_state)
    other = _("Who knows this plan, beside your office")
    said = [*((line["key"], line["value"]) for line in lines), (other, with_whom)]
    return str(told), said, row.counterpart_institution, row.counterpart_state
