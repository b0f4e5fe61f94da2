"""What is open when the presidency is handed over: the work of the platform, counted and linked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from tests.agenda.stories import days, hand_over, today
from tests.agenda.test_actions import GAP, SAID
from tests.agenda.working import undertaking
from tests.cast import enter
from tests.exchange.peer import Peer
from tests.support.stories import they_ask

pytestmark = pytest.mark.django_db
WORK = {
    "commitments_late", "commitments_open", "meetings_called", "minutes_draft",
    "proposals_waiting", "support_open",
}  # fmt: skip


def found() -> dict[str, tuple[str, ...]]:
    return {each.code: each.about for each in api.items(today(), api.presidencies())}


@pytest.fixture
def work(saul: Actor, secretariat_here: Peer) -> tuple[str, str]:
    """Three commitments, one of them late; a meeting that is called and one whose minutes are a
    draft (their keys are given); a proposal; a need of Bolivia's."""
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    for key, state, due in (("a", "ar", days(-3)), ("b", "ar", days(9)), ("c", "uy", days(9))):
        said = undertaking(title=f"Tarea {key}", state=state, due=today() + due)
        api.set_commitment(by=saul, key=key, said=said, after="")
    keys = []
    for title, at in (("Próximo plenario", days(9)), ("Plenario", timedelta(hours=-1))):
        called = api.call_meeting(by=saul, title=title, place="", at=clock.now() + at, items=["x"])
        keys.append(called.said.key)
    present = sorted(members.states())
    api.record_attendance(by=saul, key=keys[1], present=present, minutes="", after="secretariat:1")
    api.propose_action(by=saul, gap=GAP, day=today(), seen=0, **SAID)  # type: ignore[arg-type]
    they_ask(secretariat_here)
    return keys[0], keys[1]


def test_open_work_stands_on_the_checklist_with_how_much_of_whom(work: tuple[str, str]) -> None:
    called, draft = work

    assert {code: about for code, about in found().items() if code in WORK} == {
        "commitments_late": ("ar:1",),
        "commitments_open": ("ar:1", "uy:1"),
        "meetings_called": (called,),
        "minutes_draft": (draft,),
        "proposals_waiting": (f"{members.SECRETARIAT}:1",),
        "support_open": ("bo:1",),
    }


def test_where_no_work_is_open_none_is_asked_for(saul: Actor) -> None:
    assert not WORK & found().keys()


def test_each_is_answered_seen_in_words_and_kept_with_the_handing_over(
    work: tuple[str, str], saul: Actor, client: Client
) -> None:
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    form = client.get("/platform/hand-over").content.decode()
    for text in ("Argentina: 1, Uruguay: 1", "Próximo plenario", 'href="/support/"'):
        assert text in form
    answers = {code: api.Answer("handed") for code in found() if code != "support_open"}
    with pytest.raises(api.ItemsOpen):
        hand_over(saul, "uy", today(), answers=answers)

    hand_over(saul, "uy", today())

    page = client.get(f"/platform/handings-over/{today().isoformat()}").content.decode()
    assert "Needs of support between countries that are open" in page
    assert 'href="/platform/work"' in page
