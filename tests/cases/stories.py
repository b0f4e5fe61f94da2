"""How a case comes to be, step by step, through `api`. All persons are invented."""

from __future__ import annotations

from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases

ADULT = {
    "name_as_written": "Rosa INVENTADA Mamani",
    "given_names": "Rosa",
    "first_surname": "Inventada",
    "second_surname": "Mamani",
    "birth": {"precision": "date", "value": "1998-03-27"},
    "citizenships": ["BO"],
    "documents": [{"kind": "national_id", "issuing_state": "BO", "number": "0000000-T"}],
    "phones": ["+541100000000"],
}
CHILD = {**ADULT, "birth": {"precision": "year", "value": "2012"}}
OF_UNKNOWN_AGE = {**ADULT, "birth": {"precision": "unknown"}}


def a_notice(by: Actor, **told: Any) -> cases.Notice:
    """A notice by telephone about Rosa."""
    usual: dict[str, Any] = {
        "channel": "phone",
        "informant": "citizen",
        "safe_to_talk": True,
        "narrative": "Invented: she asks for help.",
        "about": {"name": "Rosa Inventada Mamani", "phones": ["+541100000000"]},
    }
    return cases.take_notice(by=by, new=cases.NewNotice(**{**usual, **told}))


def a_decided_notice(by: Actor, outcome: str = "open_case") -> cases.Notice:
    """A notice that was triaged, searched and decided."""
    notice = a_notice(by)
    notice = cases.triage_notice(
        by=by,
        notice_id=notice.id,
        version=notice.version,
        situation="urgency",
        imminent_danger=False,
        age_group="adult",
        indicators=("documents",),
        reason="Invented reason.",
    )
    cases.search_antecedents(by=by, details={"name": "Rosa Inventada"}, notice_id=notice.id)
    return cases.decide_notice(
        by=by, notice_id=notice.id, version=notice.version, outcome=outcome, reason="Invented."
    )


def a_case(by: Actor, person: dict[str, Any] | None = None, **known: Any) -> cases.Case:
    """A case of an adult Bolivian in Argentina."""
    notice = a_decided_notice(by)
    usual: dict[str, Any] = {
        "side": "host",
        "tracks": ("trafficking",),
        "person": ADULT if person is None else person,
        "narrative": "Invented narrative.",
        "needs": ("shelter",),
    }
    return cases.open_case(by=by, notice_id=notice.id, new=cases.NewCase(**{**usual, **known}))


ALL_TOLD = dict.fromkeys(cases.vocabulary.CONSENT_QUESTIONS, True)


def a_consent(by: Actor, case: cases.Case, **given: Any) -> cases.Consent:
    """A consent to refer to Bolivia's consulate."""
    usual: dict[str, Any] = {
        "purpose": "refer",
        "language": "es",
        "given_by": "person",
        "questions": ALL_TOLD,
        "recipient_state": "bo",
        "recipient_institution": "bo-consulate-ar",
        "fields": frozenset({"birth", "needs"}),
    }
    return cases.record_consent(by=by, case_id=case.id, new=cases.NewConsent(**{**usual, **given}))
