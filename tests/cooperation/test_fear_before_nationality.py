"""Who says that she fears her own state before anybody has recorded which that is: until then any
other state may be it, and once it is known it receives nothing. All persons are invented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.members import api as members
from ayni.returns import api as returns
from tests.alerts.stories import a_draft as an_alert_drafted
from tests.cases.stories import ADULT, a_case
from tests.cast import assemble, enter
from tests.cooperation.stories import a_consented_case, a_draft, shared_with
from tests.desk.filling import CASE, CASE_ONLY, fill, text_of
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.stories import proposed

WITHOUT_PAPERS: dict[str, Any] = {**ADULT, "citizenships": [], "documents": []}
TO_BOLIVIA = {"recipient_state": "bo", "recipient_institution": CONSULATE}
FEARS, FEARS_NOT = {"fears_own_state": True}, {"fears_own_state": False}


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


@pytest.fixture
def browser(ana: Actor) -> Client:
    """Ana's browser."""
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, assemble().ana)
    return client


def _says(by: Actor, case: cases.Case, step: str, answers: dict[str, Any]) -> cases.Case:
    return cases.record_step(by=by, case_id=case.id, step=step, kind="done", answers=answers)


def _of_no_known_state(by: Actor) -> cases.Case:
    return a_consented_case(by, state="bo", institution=CONSULATE, person=WITHOUT_PAPERS)


def _queued(by: Actor) -> tuple[cases.Case, Referral]:
    case = _of_no_known_state(by)
    draft = a_draft(by, case, **TO_BOLIVIA)
    return case, cooperation.send_referral(by=by, referral_id=draft.id)


def _feared(by: Actor, case: cases.Case) -> set[str]:
    return set(cooperation.open_protection(by=by, case_id=case.id).states)


def _corrected(by: Actor, case: cases.Case, *citizenships: str) -> None:
    person = cases.case_for(by=by, case_id=case.id).person
    cases.correct_person(
        by=by, person_id=person.id, version=person.version,
        details={**WITHOUT_PAPERS, "citizenships": list(citizenships)},
    )  # fmt: skip


def test_her_state_is_feared_whichever_of_the_two_is_recorded_first(ana: Actor) -> None:
    first, then = a_case(ana, WITHOUT_PAPERS), a_case(ana, WITHOUT_PAPERS)

    _says(ana, first, "2.6", FEARS)
    _says(ana, first, "2.2", {"nationality_state": "bo"})
    _says(ana, then, "2.2", {"nationality_state": "bo"})
    _says(ana, then, "2.6", FEARS)

    assert _feared(ana, first) == _feared(ana, then) == {"bo"}


def test_her_state_is_feared_also_when_the_person_is_corrected(ana: Actor) -> None:
    case = a_case(ana, WITHOUT_PAPERS)
    _says(ana, case, "2.6", FEARS)

    _corrected(ana, case, "BO", "PE", "HT")

    assert _feared(ana, case) == {"bo", "pe"}


def test_who_does_not_fear_her_state_is_not_protected_from_it(ana: Actor) -> None:
    case = a_case(ana, WITHOUT_PAPERS)
    _says(ana, case, "2.6", FEARS_NOT)
    _says(ana, case, "2.2", {"nationality_state": "bo"})

    assert _feared(ana, case) == set()
    assert cases.feared_states(cases.case_for(by=ana, case_id=case.id).person) == set()


def test_a_protection_that_two_officers_ended_does_not_come_back_by_another_correction(
    ana: Actor,
) -> None:
    case = a_case(ana, WITHOUT_PAPERS)
    _says(ana, case, "2.6", FEARS)
    _corrected(ana, case, "BO")
    luis = members.actor_of(assemble().luis)
    asked = cooperation.ask_protection_end(by=ana, case_id=case.id, states=["bo"], reason="Why.")
    cooperation.decide_protection_end(by=luis, case_id=case.id, end_id=asked.id, agree=True)

    _corrected(ana, case, "BO")

    assert _feared(ana, case) == set()


def test_while_her_state_is_unknown_no_other_receives_a_referral(ana: Actor) -> None:
    case = _of_no_known_state(ana)
    draft = a_draft(ana, case, **TO_BOLIVIA)
    _says(ana, case, "2.6", FEARS)

    with pytest.raises(cases.FearUnplaced):
        a_draft(ana, case, **TO_BOLIVIA)
    with pytest.raises(cases.FearUnplaced):
        cooperation.preview_referral(by=ana, referral_id=draft.id)
    with pytest.raises(cases.FearUnplaced):
        cooperation.send_referral(by=ana, referral_id=draft.id)
    assert _feared(ana, case) == set(), "no state is named"


def test_within_this_state_help_goes_on(ana: Actor) -> None:
    case = a_consented_case(ana, person=WITHOUT_PAPERS)
    _says(ana, case, "2.6", FEARS)

    assert a_draft(ana, case).state == "draft"


@pytest.mark.parametrize("nationality", ["br", "other"])
def test_once_it_is_another_state_the_way_is_open_again(ana: Actor, nationality: str) -> None:
    case = _of_no_known_state(ana)
    _says(ana, case, "2.6", FEARS)
    _says(ana, case, "2.2", {"nationality_state": nationality})

    assert a_draft(ana, case, **TO_BOLIVIA).state == "draft"
    assert _feared(ana, case) == {nationality} - {"other"}


def test_no_request_inquiry_alert_or_assessment_reaches_another_state_either(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host", person=WITHOUT_PAPERS)
    assert shared.case is not None
    case = _says(ana, shared.case, "2.6", FEARS)
    drafted = an_alert_drafted(ana, a_case(ana, WITHOUT_PAPERS))
    _says(ana, drafted.case, "2.6", FEARS)

    with pytest.raises(cases.FearUnplaced):
        cooperation.send_request(by=ana, case_id=case.id, **TO_BOLIVIA)
    for kind, question in (("information", "reached"), ("nationality", "reached")):
        with pytest.raises(cases.FearUnplaced):
            cooperation.ask_inquiry(
                by=ana, case_id=case.id, kind=kind, questions=[question], **TO_BOLIVIA
            )
    with pytest.raises(alerts.NotARecipient):
        an_alert_drafted(ana, case)
    with pytest.raises(cases.FearUnplaced):
        alerts.issue_alert(by=ana, alert_id=drafted.id)
    with pytest.raises(returns.NotShared):
        proposed(ana, case)


def test_what_was_queued_before_she_said_so_does_not_leave(ana: Actor, bolivia: Peer) -> None:
    case, row = _queued(ana)
    _says(ana, case, "2.6", FEARS)

    exchange.drain(peer="bo")

    assert bolivia.read == []
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_the_page_of_the_step_calls_back_what_is_queued_to_any_other_state(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    case, row = _queued(ana)
    address = reverse("desk:case", args=[case.id])

    fill(browser, f"{address}/steps/2.6", {"kind": "done", "field_fears_own_state": "yes"})

    row.refresh_from_db()
    assert row.state == "cancelled"
    assert _feared(ana, case) == set()
    assert "hasta que se registre la nacionalidad" in text_of(browser, address)
    exchange.drain(peer="bo")
    assert bolivia.read == []


def _by_the_step(browser: Client, case: str) -> None:
    told = {"kind": "done", "field_nationality_state": "bo"}
    fill(browser, f"{case}/steps/2.2", told)


def _by_the_person(browser: Client, case: str) -> None:
    person = {name: value for name, value in CASE.items() if name not in CASE_ONLY}
    fill(browser, f"{case}/person", {**person, "citizenship": "BO"})


@pytest.mark.parametrize("recorded", [_by_the_step, _by_the_person])
def test_the_page_that_records_her_nationality_calls_back_what_is_queued_to_her_state(
    ana: Actor, bolivia: Peer, browser: Client, recorded: Any
) -> None:
    case, row = _queued(ana)
    _says(ana, case, "2.6", FEARS)  # without the page: what is queued waits still
    row.refresh_from_db()
    assert row.state == "sent"
    address = reverse("desk:case", args=[case.id])

    recorded(browser, address)

    row.refresh_from_db()
    assert row.state == "cancelled"
    assert _feared(ana, case) == {"bo"}
    assert "hasta que se registre la nacionalidad" not in text_of(browser, address)
    assert cases.own_states_of(cases.case_for(by=ana, case_id=case.id).person) == {"bo"}


def test_an_old_page_of_the_person_protects_from_nothing(ana: Actor, browser: Client) -> None:
    case = a_case(ana, WITHOUT_PAPERS)
    _says(ana, case, "2.6", FEARS)
    address = f"{reverse('desk:case', args=[case.id])}/person"
    person = {name: value for name, value in CASE.items() if name not in CASE_ONLY}
    old = {**person, "version": "1"}
    _corrected(ana, case)

    browser.post(address, old)

    assert _feared(ana, case) == set()
