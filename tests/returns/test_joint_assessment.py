"""Two signatures, one no, until when: between two nodes, and what it keeps closed."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import Refused, WrongState
from ayni.protocol import api as protocol
from ayni.returns import api as returns
from ayni.returns.models import Assessment
from tests.cases.stories import CHILD, a_case
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.stories import (
    DAY,
    DEADLY,
    SAFE,
    a_shared_case,
    proposed,
    says,
    they_propose,
    they_sign,
)

Standing = returns.rules.Standing


def _stands(row: Assessment) -> Standing:
    return Assessment.objects.get(id=row.id).standing(clock.now())


def _sent(bolivia: Peer) -> list[dict[str, Any]]:
    return [told for told in bolivia.read if "answer" in told]


def _counselled(by: Actor, case: cases.Case) -> cases.Case:
    """She fears nothing, and wants to return home."""
    for step, answers in (
        ("2.6", {"fears_own_state": False}),
        ("4.5", {"residence_option_told": True}),
        (
            "5.1",
            {"residence_option_told": True, "option_chosen": "return_home", "in_writing": True},
        ),
    ):
        if step in protocol.definition_for(case.id).steps:
            cases.record_step(by=by, case_id=case.id, step=step, kind="done", answers=answers)
    return case


def test_both_sign_the_same_and_the_step_of_the_protocol_is_done(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    _counselled(ana, case)
    row = proposed(ana, case)
    exchange.drain(peer="bo")
    (told,) = _sent(bolivia)
    assert set(told) == {"about", "at", "until", "answer", "data"}
    assert (told["answer"], told["data"]) == ("yes", {"items": SAFE})
    assert _stands(row) is Standing.THEIRS
    assert cases.protocol_facts(case).get("joint_answer") is None

    assert they_sign(bolivia, row, "yes") == "applied"
    assert _stands(row) is Standing.BOTH_YES
    case = cases.case_for(by=ana, case_id=case.id)
    assert cases.protocol_facts(case)["joint_answer"] == "both_yes"
    assert cases.agenda_of(case, clock.now()).steps["5.2"].settled_at is not None


def test_one_no_is_no_whoever_says_it_and_stays(ana: Actor, bolivia: Peer) -> None:
    theirs = proposed(ana, a_shared_case(ana, bolivia))
    later = clock.now() + 8 * DAY  # another end: another text
    ours = proposed(ana, a_shared_case(ana, bolivia), answer="no", until=later)
    exchange.drain(peer="bo")
    told = next(t for t in _sent(bolivia) if t["answer"] == "yes")
    assert told["data"] == {"items": SAFE}

    assert they_sign(bolivia, theirs, "no") == "set_aside", "signed under another text"
    over = Assessment.objects.get(id=theirs.id).digest
    for number, answer in enumerate(("no", "yes"), 2):
        payload = {"at": clock.isoformat(clock.now()), "answer": answer, "over": over}
        says(bolivia, theirs.conversation, number, "assessment.answer", payload)
    assert _stands(theirs) is Standing.NO, "a yes after a no changes nothing"
    assert _stands(ours) is Standing.NO
    with pytest.raises(returns.Signed):
        returns.sign(by=ana, assessment_id=ours.id, answer="yes")


def test_a_yes_is_taken_back_and_the_step_says_so(ana: Actor, bolivia: Peer) -> None:
    case = _counselled(ana, a_shared_case(ana, bolivia))
    row = proposed(ana, case)
    exchange.drain(peer="bo")
    they_sign(bolivia, row, "yes")
    assert _stands(row) is Standing.BOTH_YES
    returns.sign(by=ana, assessment_id=row.id, answer="no")
    exchange.drain(peer="bo")

    assert _stands(row) is Standing.NO
    assert (bolivia.read[-1]["answer"], bolivia.read[-1]["over"]) == ("no", row.digest)
    with pytest.raises(returns.NotBothYes):
        _travel(ana, case)


def _travel(by: Actor, case: cases.Case) -> None:
    cases.record_step(
        by=by, case_id=case.id, step="6.1", kind="done",
        answers={"return_voluntary": True, "route": "Invented.",
                 "travels_at": (clock.now() + 3 * DAY).isoformat()},
    )  # fmt: skip


def test_the_way_home_is_closed_without_two_yes_and_after_their_end(
    ana: Actor, bolivia: Peer
) -> None:
    case = _counselled(ana, a_shared_case(ana, bolivia))
    row = proposed(ana, case)
    with pytest.raises(returns.NotBothYes):
        _travel(ana, case)
    exchange.drain(peer="bo")
    they_sign(bolivia, row, "yes")
    # From here on only the other gates of the protocol keep it.
    with pytest.raises(Refused) as gate:
        _travel(ana, case)
    assert not isinstance(gate.value, returns.NotBothYes)

    with time_machine.travel(row.until, tick=False):
        assert _stands(row) is Standing.OVER
        with pytest.raises(returns.NotBothYes):
            _travel(ana, case)
        with pytest.raises(WrongState):
            returns.sign(by=ana, assessment_id=row.id, answer="no")


def test_nobody_writes_two_yes_down_alone(ana: Actor, bolivia: Peer) -> None:
    case = _counselled(ana, a_shared_case(ana, bolivia))
    two_yes = {"joint_answer": "both_yes", "assessment": "Invented."}
    with pytest.raises(returns.JointlyOnly):
        cases.record_step(by=ana, case_id=case.id, step="5.2", kind="done", answers=two_yes)
    proposed(ana, case)
    with pytest.raises(returns.JointlyOnly):
        cases.record_step(by=ana, case_id=case.id, step="5.2", kind="done", answers=two_yes)


def test_the_other_side_proposes_and_we_sign(ana: Actor, bolivia: Peer) -> None:
    case = _counselled(ana, a_shared_case(ana, bolivia))
    about = Referral.objects.get(case=case).conversation
    conversation = secrets.token_hex(16)
    assert they_propose(bolivia, conversation, about, clock.now() + 7 * DAY) == "applied"
    (row,) = returns.assessments_waiting(by=ana)
    found = returns.open_assessment(by=ana, assessment_id=row.id)
    assert (found.standing, found.may_sign) == (Standing.OURS, True)
    assert found.items == [("person", "serious", "unlikely", "low")]

    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    exchange.drain(peer="bo")
    assert (bolivia.read[-1]["answer"], bolivia.read[-1]["over"]) == ("yes", row.digest)
    assert _stands(row) is Standing.BOTH_YES
    assert returns.assessments_waiting(by=ana) == []


def test_they_take_their_yes_back_before_anybody_signed_here(ana: Actor, bolivia: Peer) -> None:
    case = _counselled(ana, a_shared_case(ana, bolivia))
    about = Referral.objects.get(case=case).conversation
    conversation = secrets.token_hex(16)
    they_propose(bolivia, conversation, about, clock.now() + 7 * DAY)
    (row,) = returns.assessments_waiting(by=ana)
    payload = {"at": clock.isoformat(clock.now()), "answer": "no", "over": row.digest}

    assert says(bolivia, conversation, 2, "assessment.answer", payload) == "applied"

    assert _stands(row) is Standing.NO
    case = cases.case_for(by=ana, case_id=case.id)
    assert cases.protocol_facts(case)["joint_answer"] == "a_no"
    forms = cases.StepForm.objects.filter(case=case, step="5.2")
    assert {form.written_by for form in forms} == {None}, "nobody here"


def test_only_who_shares_the_referral_may_propose(ana: Actor, bolivia: Peer) -> None:
    a_shared_case(ana, bolivia)
    until = clock.now() + 7 * DAY
    unknown = they_propose(bolivia, secrets.token_hex(16), secrets.token_hex(16), until)

    assert unknown == "set_aside"
    assert Assessment.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": {"items": []}},
        {"data": {"items": [{**SAFE[0], "at_risk": "staff"}]}},
        {"data": {"items": [*SAFE, *SAFE]}},
        {"data": {"items": SAFE, "words": "Invented."}},
        {"until": "2099-01-01T00:00:00Z"},
        {"answer": "perhaps"},
    ],
)
def test_a_proposal_of_another_form_is_refused(
    ana: Actor, bolivia: Peer, wrong: dict[str, Any]
) -> None:
    about = Referral.objects.get(case=a_shared_case(ana, bolivia)).conversation
    until = clock.now() + 7 * DAY

    assert they_propose(bolivia, secrets.token_hex(16), about, until, **wrong) != "applied"


def test_a_very_high_risk_takes_no_yes(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    with pytest.raises(returns.RiskForbids):
        proposed(ana, case, items=DEADLY)
    assert proposed(ana, case, items=DEADLY, answer="no").ours == "no"


def test_nothing_leaves_without_her_consent_or_to_whom_she_fears(ana: Actor, bolivia: Peer) -> None:
    without = a_shared_case(ana, bolivia, consent={"fields": frozenset({"birth", "needs",
                            "name_as_written", "tracks", "citizenships"})})  # fmt: skip
    with pytest.raises(cases.ConsentMissing):
        proposed(ana, without)
    with pytest.raises(returns.NotShared):
        proposed(ana, a_case(ana))
    feared = a_shared_case(ana, bolivia)
    waits = proposed(ana, feared)
    bolivia.read.clear()
    cooperation.protect(by=ana, case_id=feared.id, states=["bo"])
    exchange.drain(peer="bo")
    assert _sent(bolivia) == []
    assert _stands(waits) is Standing.NO
    with pytest.raises(returns.NotShared):
        proposed(ana, feared)


def test_one_at_a_time_and_within_thirty_days(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    for until in (clock.now(), clock.now() + 31 * DAY):
        with pytest.raises(returns.NotAnEnd):
            proposed(ana, case, until=until)
    proposed(ana, case, until=clock.now() + timedelta(hours=2))
    with pytest.raises(returns.WaitsAlready):
        proposed(ana, case)
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        assert proposed(ana, case).sent_at is not None


def test_the_database_keeps_signatures_whole(ana: Actor, bolivia: Peer) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    for name, told in (
        ("returns_theirs_signed", {"theirs": "yes"}),
        ("returns_ours_signed", {"ours": ""}),
        ("returns_child_two_officers", {"as_child": True}),
        ("returns_under_consent", {"consent_id": None}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Assessment.objects.filter(id=row.id).update(**told)


def test_of_a_child_two_officers(ana: Actor, luis: Actor, bolivia: Peer) -> None:
    from tests.cases.stories import a_consent
    from tests.cooperation.stories import FIELDS, a_draft, sent_by_two, tells

    case = a_case(ana, CHILD, side="host")
    a_consent(
        ana, case, recipient_state="bo", recipient_institution=CONSULATE,
        fields=FIELDS | {"risk"}, given_by="child_authority", own_view="Invented.",
    )  # fmt: skip
    sent = sent_by_two(
        ana, a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    )
    exchange.drain(peer="bo")
    tells(bolivia, sent, [("arrive", {}), ("read", {}), ("accept", {})], "referral.state")
    row = proposed(ana, case)
    exchange.drain(peer="bo")
    assert (row.sent_at, _sent(bolivia)) == (None, [])
    with pytest.raises(cooperation.SameOfficer):
        returns.agree(by=ana, assessment_id=row.id)
    returns.agree(by=luis, assessment_id=row.id)
    exchange.drain(peer="bo")

    assert len(_sent(bolivia)) == 1
