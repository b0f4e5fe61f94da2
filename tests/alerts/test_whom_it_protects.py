"""A child's alert is the child authority's; a state that she fears gets none, and loses one it has;
within one node the same rules hold."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from ayni.alerts import api as alerts
from ayni.alerts.models import Alert, AlertCopy
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.vault import api as vault
from tests.alerts.stories import a_draft, an_alert, its_officer, says, to_the_prosecution
from tests.alerts.taking_back import said, took_back
from tests.alerts.test_answers import SEEN_BY_BOLIVIA
from tests.cases.stories import ADULT, CHILD, OF_UNKNOWN_AGE, a_case
from tests.cast import Cast, an_institution, an_officer
from tests.exchange.peer import CONSULATE, Peer

Standing = alerts.rules.Standing


@pytest.mark.parametrize("person", [CHILD, OF_UNKNOWN_AGE])
def test_only_the_child_authority_alerts_about_whoever_may_be_a_child(
    ana: Actor, person: dict[str, object]
) -> None:
    with pytest.raises(alerts.ChildAuthorityOnly):
        to_the_prosecution(ana, a_case(ana, person))
    assert Alert.objects.count() == 0


@pytest.mark.parametrize("person", [CHILD, OF_UNKNOWN_AGE])
def test_the_child_authority_does_with_two_officers(db: None, person: dict[str, object]) -> None:
    authority = an_institution("ar-child-authority", kind="child_authority")
    role = members.Role.CASE_SUPERVISOR
    first, second = (members.actor_of(an_officer(n, authority, role)) for n in ("carla", "delia"))
    with members.acting(authority.id):
        draft = to_the_prosecution(first, a_case(first, person))
        assert alerts.open_alert(by=first, alert_id=draft.id).needs_second
        with pytest.raises(cases.SecondOfficerMissing):
            alerts.issue_alert(by=first, alert_id=draft.id)
        with pytest.raises(cooperation.SameOfficer):
            alerts.agree_alert(by=first, alert_id=draft.id)
        alerts.agree_alert(by=second, alert_id=draft.id)
        issued = alerts.issue_alert(by=first, alert_id=draft.id)
        assert (issued.as_child, issued.state) == (True, "issued")


def test_who_turns_out_to_be_a_child_before_it_leaves_keeps_it_here(
    ana: Actor, bolivia: Peer
) -> None:
    case = a_case(ana)
    alert = an_alert(ana, case)
    person = cases.case_for(by=ana, case_id=case.id).person
    cases.correct_person(by=ana, person_id=person.id, version=person.version, details=CHILD)
    exchange.drain(peer="bo")

    assert bolivia.read == []
    (seen,) = alerts.open_alert(by=ana, alert_id=alert.id).copies
    assert (seen.standing, seen.why) == (Standing.NEVER_HAD_IT, "child_authority_only")


def test_the_database_keeps_the_rules_about_children(ana: Actor) -> None:
    draft = to_the_prosecution(ana, a_case(ana))
    now = clock.now()
    for name, told in (
        ("alerts_child_authority_only", {"as_child": True, "second_officer": "another"}),
        ("alerts_two_officers", {"two_needed": True}),
        ("alerts_end", {"until": now}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Alert.objects.filter(id=draft.id).update(state="issued", issued_at=now, **told)


def test_a_feared_state_is_neither_offered_nor_taken(ana: Actor, bolivia: Peer) -> None:
    case = a_case(ana)
    draft = a_draft(ana, case)
    cooperation.protect(by=ana, case_id=case.id, states=["bo"])

    offered = alerts.whom_may_be_told(by=ana, case_id=case.id)
    assert CONSULATE not in [each.code for each in offered]
    with pytest.raises(alerts.NotARecipient):
        a_draft(ana, case)
    with pytest.raises(cases.FearedState):
        alerts.issue_alert(by=ana, alert_id=draft.id)


def test_who_fears_a_state_needs_two_officers(ana: Actor, luis: Actor) -> None:
    case = a_case(ana)
    cooperation.protect(by=ana, case_id=case.id, states=["py"])
    draft = to_the_prosecution(ana, case)
    with pytest.raises(cases.SecondForIdentity):
        alerts.issue_alert(by=ana, alert_id=draft.id)
    alerts.agree_alert(by=luis, alert_id=draft.id)

    assert alerts.issue_alert(by=ana, alert_id=draft.id).state == "issued"


def test_naming_a_state_takes_back_what_it_has_and_stops_what_is_on_its_way(
    ana: Actor, bolivia: Peer
) -> None:
    case = a_case(ana)
    there = an_alert(ana, case)
    exchange.drain(peer="bo")
    waits = an_alert(ana, case)
    assert cooperation.protect(by=ana, case_id=case.id, states=["bo"]) == 2
    exchange.drain(peer="bo")

    assert [set(told) for told in bolivia.read] == [{"at", "data", "handling"}, {"at"}]
    (seen,) = alerts.open_alert(by=ana, alert_id=there.id).copies
    assert seen.standing is Standing.TO_CONFIRM
    (stopped,) = alerts.open_alert(by=ana, alert_id=waits.id).copies
    assert (stopped.standing, stopped.why) == (Standing.NEVER_HAD_IT, "feared_state")
    # The recall of all comes on top, and is not told there once more.
    alerts.recall_alert(by=ana, alert_id=there.id, reason="safety")
    exchange.drain(peer="bo")
    assert len(bolivia.read) == 2
    told = {"at": clock.isoformat(clock.now()), "why": "recalled", "fields": ["last_country"]}
    assert says(bolivia, seen.copy.conversation, 1, "alert.removed", **told) == "applied"
    (seen,) = alerts.open_alert(by=ana, alert_id=there.id).copies
    assert seen.standing is Standing.REMOVED


def test_a_feared_state_that_takes_back_what_it_answered_is_told_what_every_other_one_is(
    ana: Actor, bolivia: Peer
) -> None:
    """Neither whether it is feared nor whether its answer ever came shows in what goes there."""
    went = set()
    for number, (feared, came) in enumerate(product((False, True), repeat=2)):
        case, word = a_case(ana), str(number) * 32
        alert = an_alert(ana, case)
        exchange.drain(peer="bo")
        if came:
            assert said(alert, bolivia, 1, **SEEN_BY_BOLIVIA) == "applied"
        if feared:
            cooperation.protect(by=ana, case_id=case.id, states=["bo"])
            exchange.drain(peer="bo")
        assert took_back(alert, bolivia, 1 + came, word) == "applied"
        exchange.drain(peer="bo")
        assert set(bolivia.read[-1]) == {"id", "at"}
        assert bolivia.read[-1]["id"] == word
        header = envelope.parse(bolivia.raw[-1]).header
        went.add((header.kind, header.due, header.valid_until, len(bolivia.raw[-1])))
    assert len(went) == 1, "one is as the other"


def test_a_recall_that_waits_is_not_lost_when_all_are_recalled(ana: Actor, bolivia: Peer) -> None:
    case = a_case(ana)
    alert = an_alert(ana, case)
    exchange.drain(peer="bo")
    bolivia.answers = False
    cooperation.protect(by=ana, case_id=case.id, states=["bo"])
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="safety")
    bolivia.answers = True
    exchange.drain(peer="bo")

    assert [set(told) for told in bolivia.read] == [{"at", "data", "handling"}, {"at"}]


def test_within_one_node_it_is_received_recalled_and_confirmed(ana: Actor) -> None:
    case, pablo = a_case(ana), its_officer()
    alert = alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana, case).id)
    with members.acting(pablo.institution):
        (row,) = alerts.alerts_received(by=pablo)
        found = alerts.open_received(by=pablo, alert_id=row.id)
        assert found.content["first_surname"] == ADULT["first_surname"]
        assert row.subject != case.subject, "its own key"
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="wish")

    copy = AlertCopy.objects.get(alert=alert)
    assert copy.confirmed_at is not None
    assert set(copy.removed_fields) == set(alert.fields)
    with members.acting(pablo.institution), pytest.raises(alerts.AlertOver):
        alerts.open_received(by=pablo, alert_id=row.id)
    with pytest.raises(vault.Erased):
        vault.sealer(row.subject)
    assert vault.sealer(case.subject), "her own case stays"


def test_the_person_reads_on_her_own_page_to_whom_it_went(ana: Actor) -> None:
    from ayni.audit import api as audit

    case = a_case(ana)
    alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana, case).id)
    herself = audit.Actor(audit.ActorKind.PERSON, "a-code", str(case.institution_id))

    told = cooperation.transfers_told(by=herself, case_id=case.id)
    assert [(line.recipient_institution, line.purpose) for line in told] == [
        ("ar-prosecution", "search")
    ]


def test_who_works_on_no_case_neither_writes_nor_reads(ana: Actor, cast: Cast) -> None:
    draft = to_the_prosecution(ana, a_case(ana))
    dora = members.actor_of(cast.dora)
    for act in (
        lambda: alerts.alerts_received(by=dora),
        lambda: alerts.alerts_sent(by=dora),
        lambda: alerts.open_alert(by=dora, alert_id=draft.id),
        lambda: alerts.recall_alert(by=dora, alert_id=draft.id, reason="found"),
        lambda: alerts.issue_alert(by=dora, alert_id=draft.id),
    ):
        with pytest.raises(NotAllowed):
            act()
