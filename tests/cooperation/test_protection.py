"""A protection is never lost: naming a state adds, ending one takes a reason and two officers."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ProtectionEnd
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from tests.cases.stories import a_case
from tests.cast import Cast, an_officer, enter
from tests.cooperation.stories import the_protection_ends


def _states(by: Actor, case: cases.Case) -> set[str]:
    return set(cooperation.open_protection(by=by, case_id=case.id).states)


def _browser(user: members.User) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, user)
    return client


def test_of_two_officers_with_the_same_old_page_neither_loses_what_the_other_named(
    ana: Actor, cast: Cast
) -> None:
    case = a_case(ana)
    address = reverse("cooperation:protect", args=[case.id])
    at_ana, at_luis = _browser(cast.ana), _browser(cast.luis)
    assert at_ana.get(address).status_code == at_luis.get(address).status_code == 200

    assert at_ana.post(address, {"states": ["br"]}).status_code == 302
    assert at_luis.post(address, {"states": ["pe"]}).status_code == 302

    assert _states(ana, case) == {"br", "pe"}


def test_what_another_node_names_is_added_to_what_stands(ana: Actor) -> None:
    case = a_case(ana, feared_states=("br",))
    cooperation.protect(by=ana, case_id=case.id, states=["pe"])
    cooperation.protect(by=ana, case_id=case.id, states=[])

    assert _states(ana, case) == {"br", "pe"}


def test_a_page_sent_without_a_state_changes_nothing(ana: Actor, cast: Cast) -> None:
    case = a_case(ana, feared_states=("br",))
    address = reverse("cooperation:protect", args=[case.id])

    assert _browser(cast.ana).post(address, {}).status_code == 422
    assert _states(ana, case) == {"br"}


def test_an_end_needs_a_reason_and_another_officer(ana: Actor, luis: Actor) -> None:
    case = a_case(ana, feared_states=("br", "pe"))
    with pytest.raises(cases.ReasonMissing):
        cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason=" ")
    with pytest.raises(cooperation.NotProtected):
        cooperation.ask_protection_end(by=ana, case_id=case.id, states=["bo"], reason="Why.")
    asked = cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")
    assert _states(ana, case) == {"br", "pe"}, "nothing changes yet"
    told = {"case_id": case.id, "end_id": asked.id, "agree": True}

    with pytest.raises(cooperation.SameOfficer):
        cooperation.decide_protection_end(by=ana, **told)
    assert _states(ana, case) == {"br", "pe"}
    cooperation.decide_protection_end(by=luis, **told)

    assert _states(ana, case) == {"br"}
    with pytest.raises(WrongState):
        cooperation.decide_protection_end(by=luis, **told)


def test_the_database_refuses_an_end_that_one_officer_agreed_to_alone(ana: Actor) -> None:
    case = a_case(ana, feared_states=("pe",))
    cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")
    row = ProtectionEnd.objects.get(case=case)
    row.decided_by, row.decided_at, row.agreed = row.asked_by, row.asked_at, True

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_one_end_is_asked_for_at_a_time_and_can_be_taken_back(ana: Actor, luis: Actor) -> None:
    case = a_case(ana, feared_states=("br", "pe"))
    asked = cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")
    with pytest.raises(cooperation.AskedAlready):
        cooperation.ask_protection_end(by=luis, case_id=case.id, states=["br"], reason="Why.")

    cooperation.decide_protection_end(by=ana, case_id=case.id, end_id=asked.id, agree=False)

    assert _states(ana, case) == {"br", "pe"}
    the_protection_ends(luis, ana, case, ["br"])
    assert _states(ana, case) == {"pe"}


def test_whoever_names_the_state_meanwhile_refuses_its_end(ana: Actor, luis: Actor) -> None:
    case = a_case(ana, feared_states=("pe",))
    asked = cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")

    cooperation.protect(by=luis, case_id=case.id, states=["pe"])

    with pytest.raises(WrongState):
        cooperation.decide_protection_end(by=luis, case_id=case.id, end_id=asked.id, agree=True)
    assert _states(ana, case) == {"pe"}


def test_an_end_belongs_to_its_case(ana: Actor, luis: Actor) -> None:
    case, other = a_case(ana, feared_states=("pe",)), a_case(ana, feared_states=("pe",))
    asked = cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")

    with pytest.raises(NotFound):
        cooperation.decide_protection_end(by=luis, case_id=other.id, end_id=asked.id, agree=True)


def test_an_end_is_asked_for_and_agreed_to_on_pages(ana: Actor, cast: Cast) -> None:
    case = a_case(ana, feared_states=("pe",))
    at_ana, at_luis = _browser(cast.ana), _browser(cast.luis)
    ends = reverse("cooperation:protect-end", args=[case.id])
    assert ends in at_ana.get(reverse("cooperation:protect", args=[case.id])).content.decode()
    assert at_ana.post(ends, {"states": ["pe"]}).status_code == 422, "the reason is missing"
    assert at_ana.post(ends, {"states": ["pe"], "reason": "INVENTED <b>"}).status_code == 302

    decides = at_luis.get(ends)["Location"]
    page = at_luis.get(decides).content.decode()
    assert "INVENTED &lt;b&gt;" in page
    assert "Ana" in page
    assert at_ana.post(decides, {"decision": "agree"}).status_code == 422
    assert _states(ana, case) == {"pe"}
    assert at_luis.post(decides, {"decision": "agree"}).status_code == 302
    assert _states(ana, case) == set()
    assert at_luis.get(decides).status_code == 302, "it is over"


def test_the_case_page_and_home_show_that_an_end_waits_and_for_whom(ana: Actor, cast: Cast) -> None:
    case = a_case(ana, feared_states=("pe",))
    asked = cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")
    decide = f'href="{reverse("cooperation:protect-decide", args=[case.id, asked.id])}"'
    at_ana, at_luis = _browser(cast.ana), _browser(cast.luis)
    page, home = reverse("desk:case", args=[case.id]), reverse("desk:home")

    assert decide in at_luis.get(home).content.decode()
    assert decide not in at_ana.get(home).content.decode(), "it is not hers to decide"
    assert "Usted pidió" in at_ana.get(page).content.decode()
    seen = at_luis.get(page).content.decode()
    assert decide in seen
    assert "Why." not in seen, "the reason is opened on its own page"

    cooperation.decide_protection_end(
        by=members.actor_of(cast.luis), case_id=case.id, end_id=asked.id, agree=False
    )
    for client in (at_ana, at_luis):
        assert decide not in client.get(home).content.decode()
        assert decide not in client.get(page).content.decode()


def test_an_end_that_waits_in_another_institution_is_not_seen(ana: Actor, cast: Cast) -> None:
    case = a_case(ana, feared_states=("pe",))
    cooperation.ask_protection_end(by=ana, case_id=case.id, states=["pe"], reason="Why.")
    sol = members.actor_of(cast.sol)

    with members.acting(sol.institution):
        assert cooperation.ends_waiting(by=sol) == []
        assert cooperation.ends_waiting(by=sol, case_id=case.id) == []


@pytest.mark.parametrize(
    "role", [members.Role.DATA_PROTECTION_OFFICER, members.Role.NATIONAL_FOCAL_POINT]
)
def test_who_works_on_no_case_does_not_read_whom_she_fears(
    ana: Actor, cast: Cast, role: members.Role
) -> None:
    case = a_case(ana, feared_states=("pe",))
    other = an_officer("dora", cast.programme, role=role)
    client = _browser(other)

    for name in ("protect", "protect-end", "draft", "request-new"):
        address = reverse(f"cooperation:{name}", args=[case.id])
        assert client.get(address).status_code == 403, name
    with pytest.raises(NotAllowed):
        cooperation.open_protection(by=members.actor_of(other), case_id=case.id)


@pytest.mark.parametrize("name", ["protect", "protect-end"])
def test_looking_at_whom_she_fears_is_recorded(ana: Actor, cast: Cast, name: str) -> None:
    case = a_case(ana, feared_states=("pe",))

    _browser(cast.luis).get(reverse(f"cooperation:{name}", args=[case.id]))

    seen = [(e.verb, e.actor_id) for e in audit.entries_about(case.id)]
    assert ("cooperation.open_protection", str(cast.luis.id)) in seen
