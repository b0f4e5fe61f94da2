"""Questions of the registered kinds: asked, answered in the reader's language, under the same rules
as everything that is about a person. All persons are invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import handled
from ayni.cooperation.models import Clock, Referral, Request, Transfer
from ayni.exchange import api as exchange
from ayni.exchange.api import Handling, Onward, See
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cases.stories import CHILD, a_consent
from tests.cast import assemble
from tests.cooperation.stories import a_consented_case, a_draft, shared_with, tells
from tests.exchange.peer import CONSULATE, Peer

FREE = {"text": "Inventado: llamar por la tarde.", "language": "es"}
TOLD = frozenset({"contact", "narrative", "documents", "citizenships", "needs"})
NAMED = ("name_as_written", "birth", "citizenships")


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


@pytest.fixture
def luis(ana: Actor) -> Actor:
    """Ana's colleague."""
    return members.actor_of(assemble().luis)


def _asks(by: Actor, shared: Referral, **told: Any) -> Request:
    usual: dict[str, Any] = {
        "case_id": shared.case_id,
        "kind": "information",
        "recipient_state": "bo",
        "recipient_institution": CONSULATE,
        "questions": ["reached", "signed_paper"],
    }
    return cooperation.ask_inquiry(by=by, **{**usual, **told})


def _consents(by: Actor, row: Any, *fields: str) -> cases.Consent:
    case = cases.case_for(by=by, case_id=row.case_id)
    named = {"recipient_state": "bo", "recipient_institution": CONSULATE}
    return a_consent(by, case, fields=TOLD | {*fields}, **named)


def _answers(bolivia: Peer, row: Request, kind: str, payload: dict[str, Any], n: int = 3) -> str:
    told = {"at": clock.isoformat(clock.now()), **payload}
    raw = bolivia.seal(told, sequence=n, kind=kind, conversation=row.conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    state: str = reply.receipt["body"]["state"]
    return state


def _taken(bolivia: Peer, row: Request) -> None:
    exchange.drain(peer="bo")
    tells(bolivia, row, [("arrive", {}), ("accept", {})], "request.state")


def _asked(bolivia: Peer, shared: Referral | None, **payload: Any) -> Request:
    """Bolivia asks us."""
    about = "" if shared is None else shared.conversation
    told = {"about": about, "questions": ["reached", "signed_paper"], **payload}
    kind = told.pop("kind", "information.ask")
    assert exchange.receive(raw=bolivia.seal(told, kind=kind), signed_by="bo").receipt
    return Request.objects.filter(direction="in").latest("created_at")


def test_only_ids_of_questions_leave_and_the_clock_runs(ana: Actor, bolivia: Peer) -> None:
    shared = shared_with(ana, bolivia, "host")
    row = _asks(ana, shared)
    exchange.drain(peer="bo")

    assert bolivia.read[-1] == {
        "about": shared.conversation, "questions": ["reached", "signed_paper"],
    }  # fmt: skip
    assert Clock.objects.get(id=row.clock_id).kind == "request"
    assert row.due_at == clock.hour_up(row.due_at)


def test_an_answer_is_heard_and_read_in_the_readers_language(ana: Actor, bolivia: Peer) -> None:
    row = _asks(ana, shared_with(ana, bolivia, "host"))
    _taken(bolivia, row)
    free = {"text": "Inventado: ligar à tarde.", "language": "pt"}
    told = {
        "answers": {"signed_paper": "no"},
        "data": {"answers": {"reached": "yes"}, "free": free},
    }

    assert _answers(bolivia, row, "information.answer_with_data", told) == "applied"
    found = cooperation.open_request(by=ana, request_id=row.id).inquiry
    assert found is not None
    assert found.lines == [
        ("¿Se pudo hablar con la persona?", ["Sí"]),
        ("¿Necesitan además el pedido firmado en papel?", ["No"]),
    ]
    assert found.told_free is not None
    assert (found.told_free.text, found.told_free.language) == (free["text"], "pt")
    assert Clock.objects.get(id=row.clock_id).done_at is not None


def test_an_answer_to_what_was_not_asked_or_by_another_way_is_set_aside(
    ana: Actor, bolivia: Peer
) -> None:
    row = _asks(ana, shared_with(ana, bolivia, "host"), questions=["signed_paper"])
    _taken(bolivia, row)

    told = {"answers": {"contact_person": "yes"}}
    assert _answers(bolivia, row, "information.answer", told) == "set_aside"
    move = {"move": "outcome", "outcome": "answered"}
    assert _answers(bolivia, row, "request.state", move, 4) == "set_aside"
    assert Request.objects.get(id=row.id).state == "accepted"


def test_free_text_leaves_under_a_consent_to_her_account_only(ana: Actor, bolivia: Peer) -> None:
    shared = shared_with(ana, bolivia, "host")
    with pytest.raises(cases.ConsentMissing):
        _asks(ana, shared, free=FREE)
    _consents(ana, shared)

    row = _asks(ana, shared, free=FREE)
    exchange.drain(peer="bo")

    assert bolivia.read[-1]["data"] == {"free": FREE}
    assert list(Transfer.objects.get(about=row.id).fields) == ["narrative"]


def test_a_consent_withdrawn_before_delivery_cancels_the_question(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    consent = _consents(ana, shared)
    row = _asks(ana, shared, free=FREE)
    cases.withdraw_consent(by=ana, consent_id=consent.id)
    exchange.drain(peer="bo")

    assert OutgoingMessage.objects.get(subject=str(row.id)).reason == "consent_missing"
    assert Request.objects.get(id=row.id).state == "cancelled"


@pytest.mark.parametrize("kind", ["information", "nationality", "follow_up"])
def test_a_feared_state_is_asked_nothing_and_told_nothing(
    ana: Actor, bolivia: Peer, kind: str
) -> None:
    shared = shared_with(ana, bolivia, "host")
    _consents(ana, shared, *NAMED)
    questions = {"follow_up": ["still_safe"]}.get(kind, ["reached"])
    waits = _asks(ana, shared, kind=kind, questions=questions)
    asked = _asked(bolivia, shared)
    cooperation.accept_request(by=ana, request_id=asked.id)
    cooperation.protect(by=ana, case_id=shared.case_id, states=["bo"])
    before = len(bolivia.read)
    exchange.drain(peer="bo")

    with pytest.raises(cases.FearedState):
        _asks(ana, shared, kind=kind, questions=questions)
    with pytest.raises(cases.FearedState):
        cooperation.answer_inquiry(by=ana, request_id=asked.id, answers={"signed_paper": "no"})
    exchange.drain(peer="bo")
    assert len(bolivia.read) == before
    assert Request.objects.get(id=waits.id).state == "cancelled"
    assert Clock.objects.get(id=waits.clock_id).withheld


def test_a_childs_data_leave_with_a_question_only_with_two_officers(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    guardian = {
        "given_by": "guardian", "own_view": "Inventado.", "fields": frozenset({*TOLD, *NAMED}),
    }  # fmt: skip
    case = a_consented_case(
        ana, state="bo", institution=CONSULATE, person=CHILD, consent=guardian, side="host"
    )
    row = cooperation.ask_inquiry(
        by=ana, case_id=case.id, kind="nationality", recipient_state="bo",
        recipient_institution=CONSULATE, fields=NAMED,
    )  # fmt: skip
    assert row.state == "draft"
    with pytest.raises(cooperation.SameOfficer):
        cooperation.agree_to_inquiry(by=ana, request_id=row.id)
    assert exchange.drain(peer="bo") == 0

    cooperation.agree_to_inquiry(by=luis, request_id=row.id)
    exchange.drain(peer="bo")
    assert set(bolivia.read[-1]["data"]) == set(NAMED)


def test_what_an_answer_tells_of_her_needs_her_consent_and_codes_about_us_do_not(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    row = _asked(bolivia, shared)
    cooperation.accept_request(by=ana, request_id=row.id)
    with pytest.raises(cases.ConsentMissing):
        cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"reached": "yes"})
    assert Request.objects.get(id=row.id).state == "accepted"

    cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"signed_paper": "yes"})
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["answers"] == {"signed_paper": "yes"}
    assert "data" not in bolivia.read[-1]


def test_an_answer_whose_consent_ends_before_it_left_is_owed_again(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    consent = _consents(ana, shared)
    row = _asked(bolivia, shared)
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"reached": "yes"}, free=FREE)
    assert Request.objects.get(id=row.id).state == "outcome"
    cases.withdraw_consent(by=ana, consent_id=consent.id)
    exchange.drain(peer="bo")

    assert all("data" not in read for read in bolivia.read[1:])
    again = Request.objects.get(id=row.id)
    assert (again.state, again.answered_by, again.settled_at) == ("accepted", "", None)


def test_a_register_answers_about_somebody_it_has_no_case_of(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    questions = ["national", "based_on"]
    data = {"name_as_written": "Rosa INVENTADA", "birth": {"precision": "year", "value": "2012"}}
    row = _asked(bolivia, None, kind="nationality.ask_with_data", questions=questions, data=data)
    cooperation.accept_request(by=ana, request_id=row.id)
    told = {"national": "yes", "based_on": ["civil_registry", "relatives"]}
    cooperation.answer_inquiry(by=ana, request_id=row.id, answers=told)
    assert Request.objects.get(id=row.id).state == "accepted"
    with pytest.raises(cooperation.SameOfficer):
        cooperation.agree_to_answer(by=ana, request_id=row.id)

    cooperation.agree_to_answer(by=luis, request_id=row.id)
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["data"] == {"answers": told}
    assert Transfer.objects.get(about=row.id).basis == f"asked:{row.conversation}"


def test_a_question_without_data_of_the_person_is_not_answered_about_her_without_a_case(
    ana: Actor, bolivia: Peer
) -> None:
    row = _asked(bolivia, None)
    cooperation.accept_request(by=ana, request_id=row.id)
    with pytest.raises(cooperation.NotAskedWithData):
        cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"reached": "yes"})


def test_what_is_for_the_handler_only_she_who_took_it_on_sees(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    codes = Handling(see=See.HANDLER).to_json()
    row = _asked(
        bolivia, shared, kind="information.ask_with_data", data={"free": FREE}, handling=codes
    )

    def seen(by: Actor) -> bool:
        with_case = Request.objects.filter(id=row.id)
        with_case.update(case=None)  # the case is closed to colleagues anyway
        found = cooperation.open_request(by=by, request_id=row.id).inquiry
        assert found is not None
        return found.asked_free is not None

    assert not seen(ana)
    cooperation.accept_request(by=ana, request_id=row.id)
    assert seen(ana)
    assert not seen(luis)
    with pytest.raises(cooperation.NotForYou):
        cooperation.answer_inquiry(by=luis, request_id=row.id, answers={"signed_paper": "no"})


def test_a_supervisor_takes_over_from_a_colleague_who_is_away(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    codes = Handling(see=See.HANDLER).to_json()
    data = {"name_as_written": "Rosa INVENTADA", "free": FREE}
    row = _asked(
        bolivia, None, kind="nationality.ask_with_data", questions=["national"], data=data,
        handling=codes,
    )  # fmt: skip
    head = replace(luis, role=members.Role.CASE_SUPERVISOR)
    with pytest.raises(WrongState):
        cooperation.take_over_inquiry(by=head, request_id=row.id)
    cooperation.accept_request(by=ana, request_id=row.id)
    assert cooperation.open_request(by=head, request_id=row.id).content == []
    with pytest.raises(NotAllowed):
        cooperation.take_over_inquiry(by=ana, request_id=row.id)

    cooperation.take_over_inquiry(by=head, request_id=row.id)
    assert cooperation.open_request(by=head, request_id=row.id).content != []
    assert cooperation.open_request(by=ana, request_id=row.id).content == []


def test_states_that_must_not_learn_of_her_are_learnt_with_a_question_and_with_an_answer(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    data = {"name_as_written": "Rosa INVENTADA", "never": ["cl"]}
    _asked(bolivia, shared, kind="nationality.ask_with_data", questions=["national"], data=data)
    case = cases.case_for(by=ana, case_id=shared.case_id)
    assert cases.feared_states(case.person) == {"cl"}

    row = _asks(ana, shared)
    _taken(bolivia, row)
    told = {"answers": {}, "data": {"answers": {"reached": "yes"}, "never": ["py"]}}
    assert _answers(bolivia, row, "information.answer_with_data", told) == "applied"
    case = cases.case_for(by=ana, case_id=shared.case_id)
    assert cases.feared_states(case.person) == {"cl", "py"}


def test_what_is_over_is_read_by_nobody_and_then_destroyed(ana: Actor, bolivia: Peer) -> None:
    row = _asks(ana, shared_with(ana, bolivia, "host"))
    _taken(bolivia, row)
    until = clock.now() + timedelta(days=2)
    codes = Handling(until=until).to_json()
    told = {"answers": {}, "data": {"answers": {"reached": "yes"}, "free": FREE}, "handling": codes}
    _answers(bolivia, row, "information.answer_with_data", told)
    assert handled.destroy_what_is_over(now=clock.now()) == 0

    with time_machine.travel(until + timedelta(minutes=1)):
        found = cooperation.open_request(by=ana, request_id=row.id).inquiry
        assert found is not None
        assert found.hidden
        assert found.told_free is None
        assert handled.destroy_what_is_over(now=clock.now()) == 1
        assert handled.destroy_what_is_over(now=clock.now()) == 0
    assert Request.objects.get(id=row.id).told is None


@pytest.mark.parametrize(
    ("onward", "leaves"), [(Onward.CONSENT, True), (Onward.STATE, False), (Onward.NONE, False)]
)
def test_what_came_to_stay_here_does_not_go_on_to_another_state(
    ana: Actor, bolivia: Peer, onward: Onward, leaves: bool
) -> None:
    data = {
        "name_as_written": "Rosa INVENTADA", "tracks": ["trafficking"],
        "birth": {"precision": "date", "value": "1990-01-01"},
    }  # fmt: skip
    told = {
        "data": data, "purpose": "refer", "provisions": [],
        "handling": Handling(onward=onward).to_json(),
    }  # fmt: skip
    assert exchange.receive(raw=bolivia.seal(told, kind="referral.send"), signed_by="bo").receipt
    row = Referral.objects.get(direction="in")
    cooperation.mark_read(by=ana, referral_id=row.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    case = cooperation.accept_referral(by=ana, referral_id=row.id).case
    assert case is not None
    given = {"fields": frozenset({"birth"})}
    a_consent(ana, case, recipient_state="ar", recipient_institution="ar-shelter", **given)
    a_consent(ana, case, recipient_state="bo", recipient_institution=CONSULATE, **given)
    a_consent(ana, case, recipient_state="cl", recipient_institution="cl-consulate", **given)

    def draft(state: str, institution: str) -> None:
        cooperation.draft_referral(
            by=ana, case_id=case.id, recipient_state=state,
            recipient_institution=institution, fields={"birth"},
        )  # fmt: skip

    draft("bo", CONSULATE)  # back to the sender is not onward
    if onward is not Onward.NONE:
        draft("ar", "ar-shelter")
    if leaves:
        draft("cl", "cl-consulate")
        return
    with pytest.raises(cooperation.NotOnward):
        draft("cl", "cl-consulate")


def test_the_receiver_of_a_referral_is_told_whether_it_may_be_passed_on(
    ana: Actor, bolivia: Peer
) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    draft = a_draft(
        ana, case, recipient_state="bo", recipient_institution=CONSULATE,
        handling=Handling(onward=Onward.NONE),
    )  # fmt: skip
    cooperation.send_referral(by=ana, referral_id=draft.id)
    exchange.drain(peer="bo")

    assert bolivia.read[-1]["handling"] == {"see": "institution", "onward": "none", "until": ""}


def test_what_a_register_was_asked_is_destroyed_with_its_key_half_a_year_after_the_answer(
    ana: Actor, bolivia: Peer
) -> None:
    data = {"name_as_written": "Rosa INVENTADA", "birth": {"precision": "year", "value": "1990"}}
    row = _asked(bolivia, None, kind="nationality.ask_with_data", questions=["national"], data=data)
    cooperation.accept_request(by=ana, request_id=row.id)
    with time_machine.travel(clock.now() + timedelta(days=400)):
        assert handled.destroy_what_is_over(now=clock.now()) == 0  # it is still owed
    cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"national": "yes"})
    exchange.drain(peer="bo")
    assert handled.destroy_what_is_over(now=clock.now()) == 0

    with time_machine.travel(clock.now() + timedelta(days=184)):
        assert handled.destroy_what_is_over(now=clock.now()) == 1
        assert handled.destroy_what_is_over(now=clock.now()) == 0
    gone = Request.objects.get(id=row.id)
    assert (gone.content, gone.told) == (None, None)
    with pytest.raises(vault.Erased):
        vault.sealer(gone.subject)
    found = cooperation.open_request(by=ana, request_id=row.id).inquiry
    assert found is not None
    assert found.hidden
    assert [answers for _question, answers in found.lines] == [[]]


def test_after_a_follow_up_the_asker_says_what_the_answer_was_worth(
    ana: Actor, bolivia: Peer
) -> None:
    row = _asks(ana, shared_with(ana, bolivia, "host"), kind="follow_up", questions=["next_look"])
    _taken(bolivia, row)
    _answers(bolivia, row, "follow_up.answer", {"answers": {"next_look": "month"}})

    cooperation.feedback_on_inquiry(by=ana, request_id=row.id, timeliness="good", effort="fair")
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["move"] == "feedback"
    assert bolivia.read[-1]["effort"] == "fair"
    assert Request.objects.get(id=row.id).state == "done"
