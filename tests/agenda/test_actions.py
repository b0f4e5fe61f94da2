"""Common actions: proposed where two states share no ground, followed until adopted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ayni.agenda import action_kinds, api
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette import limits
from ayni.gazette.models import Subject
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from tests.agenda.stories import comes, today
from tests.cast import enter
from tests.exchange.peer import Peer

GAP = api.Gap("smuggling", "bo", "co")
SHARED = api.Gap("trafficking", "ar", "bo")
PAGE = f"/platform/actions/{GAP.key}"
SAID = {"title": "Acción inventada", "why": "", "carriers": ["bo"]}
BODY = {**SAID, "blocs": ["CAN", "Mercosur"], "withdrawn": False, "reason": ""}
WRITTEN = {"after": "", "instead": ""}
FOCAL_POINT = members.Role.NATIONAL_FOCAL_POINT


def propose(by: Actor, gap: api.Gap = GAP, **changed: Any) -> None:
    told = {**SAID, "seen": api.own_version(gap), **changed}
    api.propose_action(by=by, gap=gap, day=today(), **told)


def the() -> api.Action:
    """The proposal that is followed."""
    return api.proposals_for(GAP, api.presidencies())[0]


def a_meeting(by: Actor) -> str:
    """A meeting that adopted one decision and blocked another; its key."""
    called = api.call_meeting(
        by=by, title="Plenario", place="", at=clock.now() - timedelta(hours=1), items=["x"]
    )
    key = called.said.key
    present = sorted(members.states())
    api.record_attendance(by=by, key=key, present=present, minutes="", after="secretariat:1")
    for n, objections in enumerate([(), ("pe",)], start=2):
        api.decide(
            by=by, key=key, decision=api.Decision(f"Decisión {n} (inventada)", objections, (), ""),
            after=f"secretariat:{n}",
        )  # fmt: skip
    return key


def say(by: Actor, status: api.ActionStatus, **more: Any) -> None:
    """The platform's word about the proposal that is followed, on what stands."""
    found = the()
    word = api.ActionWord(status, **more)
    api.say_of_action(
        by=by, gap=GAP, owner=found.owner, number=found.number, word=word, after=found.stands.ref
    )


def test_a_focal_point_proposes_and_it_is_addressed_to_both_blocs(
    officer: Callable[[members.Role], Actor],
) -> None:
    propose(officer(FOCAL_POINT))

    found = the()
    assert (found.owner, found.status, found.carriers) == ("ar", api.ActionStatus.PROPOSED, ("bo",))
    [entry] = gazette.current(kind=action_kinds.ACTION)
    assert entry.said.body["blocs"] == ["CAN", "Mercosur"]


def test_only_a_focal_point_or_the_secretariat_proposes(
    officer: Callable[[members.Role], Actor],
) -> None:
    of_cases = (members.Role.CONSULAR_OFFICER, members.Role.SERVICE_PROVIDER)
    for role in (*of_cases, members.Role.PRESIDENCY_OFFICER, members.Role.CASE_SUPERVISOR):
        with pytest.raises(NotAllowed):
            propose(officer(role))


def test_without_a_gap_or_without_a_carrier_nothing_is_proposed(
    officer: Callable[[members.Role], Actor],
) -> None:
    paula = officer(FOCAL_POINT)
    with pytest.raises(api.NoSuchGap):
        propose(paula, SHARED)
    with pytest.raises(api.CarrierNeeded):
        propose(paula, carriers=[])
    with pytest.raises(api.NamesAPerson):
        propose(paula, title="Llamar al Dr. Inventado")
    assert api.action_proposals(api.presidencies()) == {}


def test_a_second_proposal_for_a_gap_is_refused_with_the_first(
    officer: Callable[[members.Role], Actor], bolivia: Peer
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)

    with pytest.raises(api.AlreadyProposed) as refused:
        propose(officer(FOCAL_POINT))
    assert refused.value.params == {"key": GAP.key, "owner": "bo"}


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])
@pytest.mark.parametrize("first", ["ar", "bo"])
def test_of_two_that_crossed_every_node_follows_the_same_whichever_came_first(
    officer: Callable[[members.Role], Actor], bolivia: Peer, first: str, at: str
) -> None:
    by = officer(FOCAL_POINT)

    def ours() -> None:
        told = {"title": "La de Argentina", "why": "", "carriers": ["bo"]}
        gazette.publish(by=by, kind=action_kinds.ACTION, key=GAP.key, seen=0, body={**BODY, **told})

    def theirs() -> None:
        comes(bolivia, action_kinds.ACTION, GAP.key, {**BODY, "title": "La de Bolivia"}, at=at)

    for come in (ours, theirs) if first == "ar" else (theirs, ours):
        come()

    rows = api.proposals_for(GAP, api.presidencies())
    assert [each.owner for each in rows] == ["ar", "bo"]


def test_it_is_taken_back_with_a_reason_and_can_be_proposed_again(
    officer: Callable[[members.Role], Actor],
) -> None:
    paula = officer(FOCAL_POINT)
    propose(paula)
    with pytest.raises(api.WhyNeeded):
        api.withdraw_action(by=paula, gap=GAP, reason=" ", seen=1)
    api.withdraw_action(by=paula, gap=GAP, reason="Se hará de otro modo", seen=1)
    assert (the().status, the().reason) == (api.ActionStatus.WITHDRAWN, "Se hará de otro modo")
    with pytest.raises(api.NotOpen):
        api.withdraw_action(by=paula, gap=GAP, reason="Otra vez", seen=2)
    propose(paula)

    assert (the().status, the().reason, the().number) == (api.ActionStatus.PROPOSED, "", 3)


def test_nobody_takes_back_what_another_proposed(
    officer: Callable[[members.Role], Actor], bolivia: Peer
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)

    with pytest.raises(api.NotItsProposer):
        api.withdraw_action(by=officer(FOCAL_POINT), gap=GAP, reason="Porque sí", seen=0)


def test_it_is_followed_to_the_decision_that_adopts_it(secretariat_here: Peer, saul: Actor) -> None:
    bolivia, key = secretariat_here, a_meeting(saul)
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)
    with pytest.raises(api.NotOpen):
        say(saul, api.ActionStatus.ADOPTED, meeting=key, decision=0)
    with pytest.raises(api.MeetingNeeded):
        say(saul, api.ActionStatus.ON_AGENDA, meeting="2026-01-01-nada")
    say(saul, api.ActionStatus.ON_AGENDA, meeting=key)
    assert (the().status, the().meeting) == (api.ActionStatus.ON_AGENDA, key)
    for decision in (-1, 1, 7):  # none, blocked by an objection, not there
        with pytest.raises(api.MeetingNeeded):
            say(saul, api.ActionStatus.ADOPTED, meeting=key, decision=decision)
    say(saul, api.ActionStatus.ADOPTED, meeting=key, decision=0)

    assert (the().status, the().decision) == (api.ActionStatus.ADOPTED, "Decisión 2 (inventada)")
    with pytest.raises(api.AlreadyProposed):
        propose(saul)
    comes(bolivia, action_kinds.ACTION, GAP.key, {**BODY, "withdrawn": True, "reason": "Ya no"},
          version=2)  # fmt: skip
    assert the().status is api.ActionStatus.ADOPTED, "what was adopted is not taken back"


def test_what_is_not_adopted_has_a_reason_and_can_be_proposed_again(
    secretariat_here: Peer, saul: Actor
) -> None:
    bolivia = secretariat_here
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)
    with pytest.raises(api.WhyNeeded):
        say(saul, api.ActionStatus.NOT_ADOPTED)
    say(saul, api.ActionStatus.NOT_ADOPTED, reason="Falta presupuesto")
    assert (the().status, the().reason) == (api.ActionStatus.NOT_ADOPTED, "Falta presupuesto")
    with pytest.raises(api.NotOpen):
        say(saul, api.ActionStatus.ON_AGENDA, meeting=a_meeting(saul))
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY, version=2)

    assert the().status is api.ActionStatus.PROPOSED


def test_the_course_is_the_platforms_text(
    officer: Callable[[members.Role], Actor], bolivia: Peer
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)
    course = {**WRITTEN, "number": 1, "word": "not_adopted", "meeting": "", "decision": "",
              "reason": "No", "instead": "Porque sí"}  # fmt: skip
    comes(bolivia, action_kinds.COURSE, f"bo:{GAP.key}", {**course, "reason": "No quiero"})

    assert the().status is api.ActionStatus.PROPOSED, "a state that does not preside says nothing"
    with pytest.raises(NotAllowed):
        say(officer(FOCAL_POINT), api.ActionStatus.NOT_ADOPTED, reason="Porque sí")


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("gap-smuggling-co-bo", {}), ("gap-smuggling-bo-xx", {}), (GAP.key, {"carriers": []}),
        (GAP.key, {"carriers": ["xx"]}), (GAP.key, {"blocs": ["CAN"]}),
        (GAP.key, {"withdrawn": True}), (GAP.key, {"why": "Preguntar a rosa@example.org"}),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_kept_and_does_not_count(
    bolivia: Peer, key: str, changed: dict[str, Any]
) -> None:
    comes(bolivia, action_kinds.ACTION, key, {**BODY, **changed})

    assert len(gazette.current(kind=action_kinds.ACTION)) == 1
    assert api.action_proposals(api.presidencies()) == {}


@pytest.fixture
def paula(officer: Callable[[members.Role], Actor], client: Client) -> Client:
    """The browser of Argentina's focal point, in English."""
    enter(client, members.user(officer(FOCAL_POINT).id))
    client.cookies["ayni_ar_language"] = "en"
    return client


def test_from_a_gap_of_the_common_ground_one_form_proposes_it(paula: Client) -> None:
    ground = "/norms/common-ground/?crime=smuggling"
    assert f'href="{PAGE}">Propose a common action' in paula.get(ground).content.decode()
    between = "/norms/between/?requesting=co&requested=bo&crime="
    assert f'href="{PAGE}"' in paula.get(f"{between}smuggling").content.decode()
    assert "/platform/actions/" not in paula.get(f"{between}trafficking").content.decode()
    assert f"{PAGE}/propose" in paula.get(PAGE).content.decode()
    form = paula.get(f"{PAGE}/propose").content.decode()
    chosen = re.findall(r'name="carriers" value="(..)"[^>]* checked', form)
    assert sorted(chosen) == api.carriers(today()) != []
    assert "A common action of the Andean Community and Mercosur. Bolivia – Colombia" in form

    sent = {"title": "Acción", "why": "", "carriers": ["bo"], "seen": "0"}
    assert paula.post(f"{PAGE}/propose", sent).status_code == 302
    page = paula.get(PAGE).content.decode()
    assert "Proposed by Argentina" in page
    assert f"{PAGE}/propose" not in page
    assert f"{PAGE}/take-back" in page
    assert "Common action: Proposed to both blocs" in paula.get(ground).content.decode()
    assert "Acción" in paula.get("/platform/actions").content.decode()


def test_who_proposes_what_another_proposed_meanwhile_is_shown_it(
    paula: Client, bolivia: Peer
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, {**BODY, "title": "La de Bolivia"})
    sent = {"title": "Mi texto", "why": "", "carriers": ["bo"], "seen": "0"}

    answer = paula.post(f"{PAGE}/propose", sent)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "A common action for this gap is proposed already" in page
    assert "Bolivia: La de Bolivia" in page
    assert "Mi texto" in page


def test_the_secretariat_says_what_becomes_of_it_on_a_page(
    secretariat_here: Peer, saul: Actor, client: Client
) -> None:
    key = a_meeting(saul)
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    sent = {"word": "on_agenda", "after": "", "number": "bo:1"}
    assert client.post(f"{PAGE}/course", sent).status_code == 422
    sent |= {"meeting": key}
    assert client.post(f"{PAGE}/course", sent).status_code == 302
    sent |= {"word": "adopted", "decision": f"{key}:0", "meeting": "", "after": "secretariat:1"}
    assert client.post(f"{PAGE}/course", sent).status_code == 302
    page = client.get(PAGE).content.decode()

    assert "Decision: Decisión 2 (inventada)" in page
    assert f'href="/platform/meetings/{key}"' in page
    assert f"{PAGE}/course" not in page


def test_what_is_no_gap_is_not_found(paula: Client) -> None:
    assert paula.get("/platform/actions/gap-smuggling-bo-xx").status_code == 404
    assert paula.get("/platform/actions/anything").status_code == 404
    assert "No gap today" in paula.get(f"/platform/actions/{SHARED.key}").content.decode()


def called(by: Actor, items: int = 1, title: str = "Plenario") -> str:
    """A meeting that is called; its key."""
    found = api.call_meeting(
        by=by, title=title, place="", at=clock.now() + timedelta(days=1),
        items=[f"Punto {n}" for n in range(items)],
    )  # fmt: skip
    return found.said.key


def put(by: Actor, key: str) -> None:
    found = the()
    api.put_on_agenda(
        by=by, key=key, gap=GAP, owner=found.owner, number=found.number, after=found.stands.ref
    )


def test_what_waits_for_a_meeting_is_put_on_its_agenda_in_one_step(
    secretariat_here: Peer, saul: Actor, client: Client
) -> None:
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    key = called(saul)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    shown = client.get(f"/platform/meetings/{key}").content.decode()
    assert f"/platform/meetings/{key}/put/{GAP.key}" in shown

    form = client.get(f"/platform/meetings/{key}/put/{GAP.key}").content.decode()
    assert 'name="number" value="bo:1"' in form
    sent = {"number": "bo:1", "after": ""}
    page = client.post(f"/platform/meetings/{key}/put/{GAP.key}", sent, follow=True)

    found = api.meeting(key, api.presidencies())
    assert (found.items, the().status, the().meeting) == (
        ("Punto 0", BODY["title"]), api.ActionStatus.ON_AGENDA, key
    )  # fmt: skip
    words = page.content.decode()
    assert "Common actions on its agenda" in words
    assert "None waits." in words
    assert "/put/" not in words


@pytest.mark.parametrize(("seen", "look"), [("bo:1", 2), ("bo:9", 3)])
def test_a_proposal_that_goes_while_it_is_put_on_an_agenda_is_said_and_nothing_is_written(
    secretariat_here: Peer, saul: Actor, client: Client, seen: str, look: int
) -> None:
    """Its owner publishes more of them than it may, so that this one is set aside."""
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    key = called(saul)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    reads = 0

    def goes_at_this_look(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:  # fmt: skip
        nonlocal reads
        if '"gazette_entry"' in sql and action_kinds.ACTION in (params or ()):
            reads += 1
            if reads == look:
                Subject.objects.bulk_create(
                    Subject(owner="bo", kind=action_kinds.ACTION, key=f"a{n:05}")
                    for n in range(limits.limit_for(action_kinds.ACTION).lines)
                )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(goes_at_this_look):
        sent = {"number": seen, "after": ""}
        page = client.post(f"/platform/meetings/{key}/put/{GAP.key}", sent, follow=True)
    assert reads >= look
    assert "No proposal for it stands any more. Nothing was changed." in page.content.decode()
    assert api.meeting(key, api.presidencies()).items == ("Punto 0",)


def test_a_meeting_that_takes_nothing_more_gets_no_proposal_and_nothing_is_half_written(
    secretariat_here: Peer, saul: Actor
) -> None:
    comes(secretariat_here, action_kinds.ACTION, GAP.key, BODY)
    full, closed = called(saul, items=40, title="Otro plenario"), a_meeting(saul)
    api.close_meeting(by=saul, key=closed, after="secretariat:4")

    with pytest.raises(api.AgendaFull):
        put(saul, full)
    with pytest.raises(api.MinutesClosed):
        put(saul, closed)
    assert the().status is api.ActionStatus.PROPOSED
    assert gazette.current(kind=action_kinds.COURSE) == []


def test_who_reads_a_meeting_sees_what_waits_and_puts_nothing_there(
    officer: Callable[[members.Role], Actor], bolivia: Peer, secretariat: Peer, client: Client
) -> None:
    comes(bolivia, action_kinds.ACTION, GAP.key, BODY)
    meeting = {
        **WRITTEN, "title": "Plenario", "place": "", "at": "2099-12-01T12:00:00Z", "items": ["x"],
        "held": False, "present": [], "quorum": 10, "decisions": [], "minutes": "",
    }  # fmt: skip
    comes(secretariat, "agenda.meeting", "2099-12-01-plenario", meeting)
    enter(client, members.user(officer(FOCAL_POINT).id))
    client.cookies["ayni_ar_language"] = "en"

    words = client.get("/platform/meetings/2099-12-01-plenario").content.decode()
    assert "Proposals that wait for a meeting" in words
    assert BODY["title"] in words
    assert "/put/" not in words
    address = f"/platform/meetings/2099-12-01-plenario/put/{GAP.key}"
    assert client.get(address).status_code == 403
