"""How a case comes to be, step by step, through `api`. All persons are invented."""

from __future__ import annotations

from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.protocol import api as protocol

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
        person_missing=False,
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


# What is answered where the answer decides how a case of an adult who stays goes on.
_ANSWERS: dict[str, Any] = {
    "age_group": "adult",
    "nationality_state": "bo",
    "detained": False,
    "needs_document": False,
    "fears_own_state": False,
    "told_before": False,
    "track": "trafficking",
    "consents_to_protection": True,
    "recovery_period": "not_granted",
    "option_chosen": "stay",
    "fund_channel_checked": True,
    "consent_to_contact_consulate": True,
    "residence_option_told": True,
    "proceedings": False,
}


def an_answer(definition: protocol.Definition, field: protocol.FormField) -> Any:
    """A plausible answer to one question of a step's form."""
    if field.id in _ANSWERS:
        return _ANSWERS[field.id]
    match field.kind:
        case "boolean":
            return True
        case "choice":
            return definition.options[field.options][0].code
        case "choices":
            return [definition.options[field.options][0].code]
        case "datetime":
            return clock.now().isoformat()
        case "date":
            return clock.now().date().isoformat()
        case "countries":
            return ["BO"]
        case "number":
            return 1
        case _:
            return "Invented answer."


def worked_through(by: Actor, case: cases.Case) -> cases.Case:
    """A case of an adult who stays, every duty of this side recorded, with low risk; she does not
    want the follow-up contacts."""
    a_consent(by, case, purpose="interview", fields=frozenset(), recipient_state="",
              recipient_institution="")  # fmt: skip
    definition = protocol.definition_for(case.id)
    case = cases.case_for(by=by, case_id=case.id)
    matrix = {"consents_to_protection": True}
    case = cases.set_risk(
        by=by, case_id=case.id, version=case.version, level="low", reason="Invented.", matrix=matrix
    )
    for _ in range(8):  # later steps establish facts that open the gates of earlier ones
        agenda = cases.agenda_of(cases.case_for(by=by, case_id=case.id), clock.now())
        for entry in agenda.mine():
            step = entry.step
            if step.repeat is not None:
                cases.record_step(
                    by=by, case_id=case.id, step=step.id, kind="declined", reason="person_declined"
                )
                continue
            answers = {field.id: an_answer(definition, field) for field in step.fields}
            cases.record_step(by=by, case_id=case.id, step=step.id, kind="done", answers=answers)
    return cases.case_for(by=by, case_id=case.id)
