"""A referral inside one state: the same gate, each institution sees only its part."""

from __future__ import annotations

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Event, Referral, Transfer
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.norms import api as norms
from tests.cases.stories import CHILD, OF_UNKNOWN_AGE, a_case
from tests.cast import Cast, an_officer
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft, a_sent_referral


def _inbox(sol: Actor) -> cooperation.Referral:
    (row,) = cooperation.incoming(by=sol)
    return row


def _searched(sol: Actor) -> Referral:
    row = _read(sol)
    cooperation.search_earlier(by=sol, referral_id=row.id)
    return row


def _read(sol: Actor) -> cooperation.Referral:
    return cooperation.mark_read(by=sol, referral_id=_inbox(sol).id)


def test_a_referral_without_consent_is_refused(ana: Actor) -> None:
    with pytest.raises(cases.ConsentMissing):
        a_draft(ana, a_case(ana))


def test_a_field_outside_the_consent_is_refused(ana: Actor) -> None:
    case = a_consented_case(ana)
    with pytest.raises(cases.ConsentMissing):
        a_draft(ana, case, fields=FIELDS | {"narrative"})


def test_nobody_refers_to_her_own_institution(ana: Actor) -> None:
    case = a_consented_case(ana, institution="ar-programme")
    with pytest.raises(cooperation.OwnInstitution):
        a_draft(ana, case, recipient_institution="ar-programme")


def test_the_preview_shows_exactly_what_would_leave(ana: Actor) -> None:
    draft = a_draft(ana, a_consented_case(ana))

    preview = cooperation.preview_referral(by=ana, referral_id=draft.id)

    assert {name for name, _, _ in preview.values} == FIELDS
    assert str(preview.consent.id) == str(draft.consent_id)
    assert not preview.letter
    assert not preview.needs_second


def test_the_other_institution_gets_only_its_part(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)

    assert sent.state == "received"
    with on_behalf(sol):
        opened = cooperation.open_referral(by=sol, referral_id=_inbox(sol).id)
        assert len(opened.content) == len(FIELDS)
        assert "Invented narrative." not in str(opened.content)
        with pytest.raises(NotFound):
            cooperation.open_referral(by=sol, referral_id=sent.id)
        with pytest.raises(NotFound):
            cases.open_case_page(by=sol, case_id=sent.case_id)


def test_both_sides_walk_through_the_same_states(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    with on_behalf(sol):
        theirs = _searched(sol).id
        accepted = cooperation.accept_referral(by=sol, referral_id=theirs)
        cooperation.first_action(by=sol, referral_id=theirs, action="lodged")
        cooperation.outcome(by=sol, referral_id=theirs, outcome="assisted")
    cooperation.feedback(by=ana, referral_id=sent.id, timeliness="good", effort="fair")
    with on_behalf(sol):
        cooperation.close_referral(by=sol, referral_id=theirs)

    ours = Referral.objects.get(id=sent.id)
    assert ours.state == "done"
    assert ours.agreed_at == accepted.agreed_at
    assert [e.to for e in Event.objects.filter(about=sent.id)] == [
        "sent", "received", "read", "accepted", "first_action", "outcome", "feedback", "done",
    ]  # fmt: skip


def test_accepting_opens_a_case_of_its_own(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    with on_behalf(sol):
        accepted = cooperation.accept_referral(by=sol, referral_id=_searched(sol).id)
        page = cases.open_case_page(by=sol, case_id=accepted.case_id)

    assert page.case.id != sent.case_id
    assert page.case.side == "host"
    assert page.case.tracks == ["trafficking"]
    assert page.opened["needs"] == ["shelter"]


def test_the_clock_stops_on_both_sides_when_it_is_accepted(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    assert sent.due_at is not None
    assert (sent.due_at.minute, sent.due_at.second) == (0, 0)
    with on_behalf(sol):
        theirs = _searched(sol)
        assert theirs.due_at == sent.due_at
        cooperation.accept_referral(by=sol, referral_id=theirs.id)

    assert cooperation.Clock.objects.count() == 2
    assert not cooperation.Clock.objects.filter(done_at=None).exists()
    assert sent.clock_id != theirs.clock_id


def test_whoever_reads_of_her_in_a_referral_stands_among_those_who_opened_her_case(
    ana: Actor, luis: Actor, cast: Cast
) -> None:
    sent = a_sent_referral(ana)
    right = cooperation.ask_right(by=ana, case_id=sent.case_id, right="access")

    cooperation.open_referral(by=luis, referral_id=sent.id)
    cooperation.open_right(by=members.actor_of(cast.dora), request_id=right.id)

    found = cases.who_opened(by=members.actor_of(cast.dora), case_id=sent.case_id)
    assert [(e.actor_id, e.verb) for e in found[:3]][1:] == [
        (str(cast.dora.id), "cooperation.rights_of_case"), (luis.id, "cases.open_form"),
    ]  # fmt: skip


def test_a_declined_referral_says_why(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    with on_behalf(sol):
        cooperation.decline_referral(by=sol, referral_id=_read(sol).id, reason="no_capacity")

    opened = cooperation.open_referral(by=ana, referral_id=sent.id)
    assert opened.row.state == "declined"
    assert opened.history[-1].detail == {"reason": "no_capacity"}
    assert opened.turn is None


def test_more_is_sent_only_where_it_was_asked_and_consented(ana: Actor, sol: Actor) -> None:
    case = a_consented_case(ana)
    draft = a_draft(ana, case, fields={"needs"})
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    with on_behalf(sol):
        cooperation.ask_more(by=sol, referral_id=_read(sol).id, wanted={"birth", "health"})

    with pytest.raises(cases.ConsentMissing):
        cooperation.answer_more(by=ana, referral_id=sent.id, fields={"health"})
    with pytest.raises(cooperation.NothingToSend):
        cooperation.answer_more(by=ana, referral_id=sent.id, fields={"name_as_written"})
    answered = cooperation.answer_more(by=ana, referral_id=sent.id, fields={"birth"})

    assert answered.state == "read"
    with on_behalf(sol):
        assert sorted(_inbox(sol).fields) == ["birth", "needs"]


def test_what_the_second_officer_never_saw_does_not_follow_with_one(
    ana: Actor, sol: Actor, luis: Actor
) -> None:
    case = a_consented_case(ana)
    cooperation.protect(by=ana, case_id=case.id, states=["py"])
    draft = a_draft(ana, case, fields={"needs"})
    cooperation.second_officer(by=luis, referral_id=draft.id)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    with on_behalf(sol):
        cooperation.ask_more(by=sol, referral_id=_read(sol).id, wanted={"birth", "name_as_written"})

    with pytest.raises(cases.SecondForIdentity):
        cooperation.answer_more(by=ana, referral_id=sent.id, fields={"name_as_written"})
    cooperation.answer_more(by=ana, referral_id=sent.id, fields={"birth"})


def test_a_withdrawn_referral_is_withdrawn_on_both_sides(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="safety")

    with on_behalf(sol):
        (theirs,) = cooperation.incoming(by=sol, only_open=False)
        assert theirs.state == "withdrawn"
        with pytest.raises(WrongState):
            cooperation.mark_read(by=sol, referral_id=theirs.id)


def test_a_referral_is_not_accepted_by_its_sender(ana: Actor) -> None:
    sent = a_sent_referral(ana)
    with pytest.raises(WrongState):
        cooperation.accept_referral(by=ana, referral_id=sent.id)
    with pytest.raises(WrongState):
        cooperation.mark_read(by=ana, referral_id=sent.id)


def test_a_draft_is_sent_once(ana: Actor) -> None:
    sent = a_sent_referral(ana)
    with pytest.raises(WrongState):
        cooperation.send_referral(by=ana, referral_id=sent.id)


@pytest.mark.parametrize("person", [CHILD, OF_UNKNOWN_AGE])
def test_a_child_is_referred_by_two_officers(ana: Actor, luis: Actor, person: dict) -> None:  # type: ignore[type-arg]
    case = a_consented_case(
        ana, person=person, consent={"given_by": "guardian", "own_view": "Invented: she agrees."}
    )
    draft = a_draft(ana, case)

    assert cooperation.preview_referral(by=ana, referral_id=draft.id).needs_second
    with pytest.raises(cases.SecondOfficerMissing):
        cooperation.send_referral(by=ana, referral_id=draft.id)
    with pytest.raises(cooperation.SameOfficer):
        cooperation.second_officer(by=ana, referral_id=draft.id)
    cooperation.second_officer(by=luis, referral_id=draft.id)
    assert cooperation.send_referral(by=ana, referral_id=draft.id).as_child


def test_who_somebody_under_protection_is_leaves_with_two_officers(ana: Actor, cast: Cast) -> None:
    case = a_consented_case(ana)
    cooperation.protect(by=ana, case_id=case.id, states=["py"])
    draft = a_draft(ana, case)
    why = cooperation.preview_referral(by=ana, referral_id=draft.id).needs_second
    assert why == cases.SecondForIdentity.reason
    with pytest.raises(cases.SecondForIdentity):
        cooperation.send_referral(by=ana, referral_id=draft.id)

    bruno = members.actor_of(an_officer("bruno", cast.programme))
    with pytest.raises(cases.CaseClosed):
        cooperation.second_officer(by=bruno, referral_id=draft.id)
    cases.let_in(by=ana, case_id=case.id, officer_id=bruno.id)
    cooperation.second_officer(by=bruno, referral_id=draft.id)

    assert cooperation.send_referral(by=ana, referral_id=draft.id).second_officer == bruno.id


def test_a_withdrawn_consent_stops_a_draft(ana: Actor) -> None:
    case = a_consented_case(ana)
    draft = a_draft(ana, case)
    cases.withdraw_consent(by=ana, consent_id=draft.consent_id)

    with pytest.raises(cases.ConsentMissing):
        cooperation.send_referral(by=ana, referral_id=draft.id)
    assert Transfer.objects.count() == 0


def test_the_register_names_fields_and_never_values(ana: Actor, cast: Cast) -> None:
    sent = a_sent_referral(ana)

    (line,) = cooperation.transfers(by=members.actor_of(cast.dora))

    assert line.about == sent.id
    assert set(line.fields) == FIELDS
    assert line.basis == f"consent:{sent.consent_id}"
    with pytest.raises(NotAllowed):
        cooperation.transfers(by=ana)


def test_protection_cancels_drafts_to_the_feared_state(ana: Actor) -> None:
    case = a_consented_case(ana, state="bo", institution="bo-consulate-ar")
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution="bo-consulate-ar")

    cooperation.protect(by=ana, case_id=case.id, states=["bo"])

    assert Referral.objects.get(id=draft.id).state == "cancelled"
    with pytest.raises(cases.FearedState):
        a_draft(ana, case, recipient_state="bo", recipient_institution="bo-consulate-ar")


def test_who_receives_learns_which_states_must_not(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana, feared_states=("bo",))
    assert sent.clock_id is not None
    with on_behalf(sol):
        accepted = cooperation.accept_referral(by=sol, referral_id=_searched(sol).id)
        assert accepted.case is not None
        assert cases.feared_states(accepted.case.person) == {"bo"}


def test_the_legal_ground_between_two_states_is_named(ana: Actor) -> None:
    case = a_consented_case(ana, state="bo", institution="bo-consulate-ar")
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution="bo-consulate-ar")

    named = cooperation.preview_referral(by=ana, referral_id=draft.id).provisions

    assert named
    assert all(norms.citable(ident) for ident in named)
    assert a_draft(ana, a_consented_case(ana)).provisions == []
