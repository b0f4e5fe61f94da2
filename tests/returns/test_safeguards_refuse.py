"""Every safeguard that blocks a step is enforced by the check that it names, and no check that
protects somebody lacks its rule in `cases/data/safeguards.yaml`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.module_loading import import_string

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases import safeguards
from ayni.config import wiring
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import AyniError, Refused
from ayni.protocol import api as protocol
from ayni.returns import api as returns
from tests.alerts.stories import to_the_prosecution
from tests.cases.stories import ADULT, CHILD, a_case, a_consent, a_notice
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft, sent_by_two, tells
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.journeys import planned
from tests.returns.stories import a_shared_case, proposed, they_sign

GATE = "gate"
BLOCKS = [(rule, block) for rule in cases.safeguard_rules().rules for block in rule.blocks]
OF_GUARDIAN = {"given_by": "guardian", "own_view": "Invented view."}


def _done(by: Actor, case: cases.Case, step: str, answers: dict[str, Any], side: str = "") -> None:
    cases.record_step(
        by=by, case_id=case.id, step=step, kind="done", answers=answers,
        **({"side": side} if side else {}),
    )  # fmt: skip


def _journey(by: Actor, case: cases.Case) -> None:
    leaves = clock.isoformat(clock.now() + timedelta(days=3))
    answers = {"return_voluntary": True, "route": "Invented.", "travels_at": leaves}
    _done(by, case, "6.1", answers)


def _wants_home(by: Actor, case: cases.Case, side: str = "") -> cases.Case:
    _done(by, case, "4.5", {"residence_option_told": True}, side)
    told = {"residence_option_told": True, "option_chosen": "return_home", "in_writing": True}
    _done(by, case, "5.1", told, side)
    return case


def _travels_unanswered(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    proposed(ana, case)
    _journey(ana, case)


def _writes_two_yes_alone(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    _done(ana, case, "5.2", {"joint_answer": "both_yes", "assessment": "Invented."})


def _consented_as_adult(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana)
    person = cases.case_for(by=ana, case_id=case.id).person
    cases.correct_person(
        by=ana, person_id=person.id, version=person.version,
        details={**ADULT, "birth": CHILD["birth"]},
    )  # fmt: skip
    a_draft(ana, case)


def _one_officer_for_a_child(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana, person=CHILD, consent=OF_GUARDIAN)
    cooperation.send_referral(by=ana, referral_id=a_draft(ana, case).id)


def _one_officer_for_an_identity(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana, feared_states=("py",))
    cooperation.send_referral(by=ana, referral_id=a_draft(ana, case).id)


def _to_the_feared_state(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    a_draft(ana, a_consented_case(ana, feared_states=("ar",)))


def _while_nobody_knows_which_state_is_hers(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    unknown = {**ADULT, "citizenships": [], "documents": []}
    to = {"recipient_state": "bo", "recipient_institution": CONSULATE}
    case = a_consented_case(ana, state="bo", institution=CONSULATE, person=unknown)
    _done(ana, case, "2.6", {"fears_own_state": True})
    a_draft(ana, case, **to)


def _a_child_alone(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    case = a_case(ana, CHILD, side="host")
    to = {"recipient_state": "bo", "recipient_institution": CONSULATE}
    a_consent(ana, case, **to, **OF_GUARDIAN, fields=FIELDS | {"risk", "travel"})
    sent = sent_by_two(ana, a_draft(ana, case, **to))
    exchange.drain(peer="bo")
    tells(bolivia, sent, [("arrive", {}), ("read", {}), ("accept", {})], "referral.state")
    seen = proposed(ana, case)
    returns.agree(by=luis, assessment_id=seen.id)
    exchange.drain(peer="bo")
    they_sign(bolivia, seen, "yes")
    planned(ana, seen, escort=None)


def _alert_about_a_child(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    to_the_prosecution(ana, a_case(ana, CHILD))


# What is tried, by the code of the refusal.
TRIED: dict[str, Callable[[Actor, Actor, Peer], None]] = {
    "not_both_yes": _travels_unanswered,
    "jointly_only": _writes_two_yes_alone,
    "guardian_missing": _consented_as_adult,
    "second_officer_missing": _one_officer_for_a_child,
    "second_for_identity": _one_officer_for_an_identity,
    "feared_state": _to_the_feared_state,
    "fear_unplaced": _while_nobody_knows_which_state_is_hers,
    "child_never_alone": _a_child_alone,
    "child_authority_only": _alert_about_a_child,
}


def _passed_through(error: BaseException, check: Callable[..., Any]) -> bool:
    at = error.__traceback__
    while at is not None:
        if at.tb_frame.f_code is check.__code__:
            return True
        at = at.tb_next
    return False


@pytest.mark.parametrize(
    ("check", "code"), [(b.check, b.refuses) for _rule, b in BLOCKS if b.check != GATE]
)
def test_the_check_that_a_rule_names_refuses(
    ana: Actor, luis: Actor, bolivia: Peer, check: str, code: str
) -> None:
    with pytest.raises(AyniError) as refusal:
        TRIED[code](ana, luis, bolivia)

    assert refusal.value.code == code
    assert _passed_through(refusal.value, import_string(check)), "another check refused it"


# Every gate of a child who goes home is open.
OPEN: dict[str, Any] = {
    "age_group": "child", "best_interest": "for_return", "child_authority_agrees": True,
    "consent_to_contact_consulate": True, "consent_to_interview": True, "escort_arranged": True,
    "family_risk_assessed": True, "fears_own_state": False, "guardian_present": True,
    "joint_answer": "both_yes", "nationality_verified": True, "option_chosen": "return_home",
    "proceedings": False, "reception_acknowledged": True, "reception_verified": True,
    "recovery_period": "ended", "return_voluntary": True, "risk_level": "low",
    "services_confirmed": True, "specialist_present": True, "told_before": False,
}  # fmt: skip
CLOSES: dict[str, dict[str, Any]] = {
    "both_states_say_yes": {"joint_answer": "a_no"},
    "child_is_escorted": {"escort_arranged": False},
    "child_return_is_in_her_interest": {"family_risk_assessed": False},
    "does_not_fear_own_state": {"fears_own_state": True},
    "interview_is_suitable": {"guardian_present": False},
    "may_publish_alert": {"child_authority_agrees": False},
}
GATES = [b.refuses for _rule, b in BLOCKS if b.check == GATE]


@pytest.mark.parametrize("condition", GATES)
def test_the_gate_that_a_rule_names_is_closed_by_it_alone(ana: Actor, condition: str) -> None:
    definition = protocol.definition_for(a_case(ana, CHILD).id)
    behind = {
        step.id: gate.why.es
        for step in definition.steps.values()
        for gate in step.gates
        if gate.condition == condition
    }

    assert behind, "no step has this gate"
    for step, why in behind.items():
        protocol.check_gates(definition, step, OPEN)
        with pytest.raises(protocol.StepRefused) as refusal:
            protocol.check_gates(definition, step, {**OPEN, **CLOSES[condition]})
        assert str(refusal.value.reason) == why


def test_an_officer_does_not_record_a_step_behind_these_gates(ana: Actor) -> None:
    child = a_case(ana, CHILD)
    fearful = a_case(ana, feared_states=("bo",))
    home = _wants_home(ana, a_case(ana, CHILD, side="nationality"), "host")
    missing = a_notice(ana, person_missing=True)

    told = {"consent_to_contact_consulate": True}
    for step, act in (
        ("3.3", lambda: _done(ana, child, "3.3", {})),
        ("2.1.a", lambda: _done(ana, fearful, "2.1.a", told)),
        ("6.1", lambda: _journey(ana, home)),
        ("1.6", lambda: cases.record_notice_step(
            by=ana, notice_id=missing.id, step="1.6", kind="done"
        )),
    ):  # fmt: skip
        with pytest.raises(protocol.StepRefused) as refusal:
            act()
        gates = protocol.definition_for(child.id).steps[step].gates
        assert str(refusal.value.reason) in {gate.why.es for gate in gates}, step


def test_no_check_that_protects_somebody_lacks_its_rule(ana: Actor) -> None:
    named = {block.check for _rule, block in BLOCKS}
    codes = {block.refuses for _rule, block in BLOCKS}
    of_safeguards = {
        kind.code
        for _name, kind in inspect.getmembers(safeguards, inspect.isclass)
        if issubclass(kind, Refused) and kind.__module__ == safeguards.__name__
    }
    # Boarding asks for an accepted plan, of whoever travels, and for two yes.
    guards = set(wiring.STEP_GUARDS.values()) - {"ayni.returns.plan_settling.check_boarding"}
    definition = protocol.definition_for(a_case(ana).id)
    protects = ("age_group", "fears_own_state", "joint_answer")
    gates = {
        gate.condition
        for step in definition.steps.values()
        for gate in step.gates
        if any(fact in definition.conditions[gate.condition].expression for fact in protects)
    }

    assert of_safeguards | {cases.GuardianMissing.code} <= codes
    assert guards <= named
    assert gates == set(GATES)
    assert set(TRIED) | set(CLOSES) == codes
