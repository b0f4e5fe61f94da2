"""How a referral comes to be, through `api`. All persons are invented."""

from __future__ import annotations

from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from tests.cases.stories import a_case, a_consent

FIELDS = frozenset({"birth", "needs", "name_as_written", "tracks", "citizenships"})


def a_consented_case(
    by: Actor, *, state: str = "ar", institution: str = "ar-shelter", **known: Any
) -> cases.Case:
    """A case with her consent that this institution receives `FIELDS`."""
    consent = known.pop("consent", {})
    case = a_case(by, **known)
    a_consent(
        by,
        case,
        recipient_state=state,
        recipient_institution=institution,
        **{"fields": FIELDS, **consent},
    )
    return case


def a_draft(by: Actor, case: cases.Case, **changed: Any) -> cooperation.Referral:
    """A draft to the shelter."""
    usual: dict[str, Any] = {
        "recipient_state": "ar",
        "recipient_institution": "ar-shelter",
        "fields": FIELDS,
    }
    return cooperation.draft_referral(by=by, case_id=case.id, **{**usual, **changed})


def a_sent_referral(by: Actor, **known: Any) -> cooperation.Referral:
    """A referral in the shelter's inbox."""
    draft = a_draft(by, a_consented_case(by, **known))
    return cooperation.send_referral(by=by, referral_id=draft.id)


def the_protection_ends(first: Actor, second: Actor, case: cases.Case, states: list[str]) -> None:
    """One officer asks for it, another one agrees."""
    asked = cooperation.ask_protection_end(
        by=first, case_id=case.id, states=states, reason="Invented reason."
    )
    cooperation.decide_protection_end(by=second, case_id=case.id, end_id=asked.id, agree=True)
