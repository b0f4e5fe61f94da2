"""What another institution sent on condition that it stays here leaves by no way at all, whoever
built the way; and a new way out cannot forget to ask. All persons are invented."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import translation

import ayni
from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import grants, handled
from ayni.cooperation.models import Referral, Request
from ayni.exchange import api as exchange
from ayni.exchange import wired
from ayni.exchange.api import Handling, Onward
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns.models import Assessment
from tests.alerts.stories import a_draft, a_prosecution, to_the_prosecution
from tests.cases.stories import a_consent
from tests.cast import assemble
from tests.cooperation.files import a_picture
from tests.cooperation.test_attachments import attached, comes
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.journeys import planned
from tests.returns.stories import proposed

CAME = {
    "name_as_written": "Rosa INVENTADA", "birth": {"precision": "date", "value": "1990-01-01"},
    "citizenships": ["BO"], "tracks": ["trafficking"], "needs": ["shelter"], "risk": "low",
    "narrative": "Inventado.",
}  # fmt: skip
SHELTER = {"recipient_state": "ar", "recipient_institution": "ar-shelter"}
FREE = {"text": "Inventado: llamar por la tarde.", "language": "es"}
Act = Callable[[], object]


@dataclass
class World:
    """A case that began with Bolivia's referral, and that a shelter of this node shares."""

    ana: Actor
    sol: Actor
    case: cases.Case
    sent: Referral


@pytest.fixture
def w(ana: Actor, bolivia: Peer) -> World:
    """Bolivia has set no condition yet; a picture came with its referral."""
    sol = members.actor_of(assemble().sol)
    told = {"data": CAME, "purpose": "refer", "provisions": []}
    raw = bolivia.seal(told, kind="referral.send", conversation="c" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    came = Referral.objects.get(direction="in")
    comes(bolivia, came, a_picture(), sequence=2)
    cooperation.mark_read(by=ana, referral_id=came.id)
    cooperation.search_earlier(by=ana, referral_id=came.id)
    case = cooperation.accept_referral(by=ana, referral_id=came.id, side="host").case
    assert case is not None
    named = frozenset({*CAME, cases.ATTACHMENTS, cases.TRAVEL})
    a_consent(ana, case, **SHELTER, fields=named)
    uruguay = {"recipient_state": "uy", "recipient_institution": "uy-consulate-ar"}
    a_consent(ana, case, **uruguay, fields=named)
    sent = referred(ana, case, sol)
    with members.acting(sol.institution):
        cooperation.search_earlier(by=sol, referral_id=there(sol, sent).id)
        cooperation.accept_referral(by=sol, referral_id=there(sol, sent).id)
    return World(ana, sol, case, sent)


def drafted(by: Actor, case: cases.Case, *fields: str, **to: str) -> Referral:
    """A draft, to the shelter unless told otherwise."""
    return cooperation.draft_referral(by=by, case_id=case.id, fields=fields, **{**SHELTER, **to})


def referred(by: Actor, case: cases.Case, sol: Actor) -> Referral:
    """A referral of one field, which the shelter has read."""
    row = cooperation.send_referral(by=by, referral_id=drafted(by, case, "tracks").id)
    with members.acting(sol.institution):
        cooperation.mark_read(by=sol, referral_id=there(sol, row).id)
    return row


def there(sol: Actor, row: Referral) -> Referral:
    """A referral as the shelter has it."""
    return Referral.objects.get(conversation=row.conversation, institution_id=sol.institution)


def condition(onward: Onward) -> None:
    """Bolivia sets it."""
    came = Referral.objects.filter(direction="in", counterpart_state="bo")
    came.update(handling=Handling(onward=onward).to_json())


def _further_fields(w: World) -> Act:
    row = referred(w.ana, w.case, w.sol)
    with members.acting(w.sol.institution):
        cooperation.ask_more(by=w.sol, referral_id=there(w.sol, row).id, wanted=["birth"])
    return lambda: cooperation.answer_more(by=w.ana, referral_id=row.id, fields=["birth"])


def _asking(kind: str, **told: Any) -> Callable[[World], Act]:
    return lambda w: (
        lambda: cooperation.ask_inquiry(by=w.ana, case_id=w.case.id, kind=kind, **SHELTER, **told)
    )


def _answering(kind: str, question: str, answer: Any) -> Callable[[World], Act]:
    def ready(w: World) -> Act:
        with members.acting(w.sol.institution):
            theirs = there(w.sol, w.sent).case_id
            assert theirs is not None
            cooperation.ask_inquiry(
                by=w.sol, case_id=theirs, kind=kind, questions=[question],
                recipient_state="ar", recipient_institution="ar-programme",
            )  # fmt: skip
        row = Request.objects.get(direction="in", institution_id=w.ana.institution)
        cooperation.accept_request(by=w.ana, request_id=row.id)
        answers = {question: answer}
        return lambda: cooperation.answer_inquiry(by=w.ana, request_id=row.id, answers=answers)

    return ready


def _plan(w: World) -> Act:
    row = proposed(w.ana, w.case, recipient_institution="ar-shelter")
    with members.acting(w.sol.institution):
        theirs = Assessment.objects.get(
            conversation=row.conversation, institution_id=w.sol.institution
        )
        returns.sign(by=w.sol, assessment_id=theirs.id, answer="yes")
    return lambda: planned(w.ana, Assessment.objects.get(id=row.id))


def _letter(w: World) -> Act:
    to = {"recipient_state": "uy", "recipient_institution": "uy-consulate-ar"}
    row = drafted(w.ana, w.case, "birth", **to)
    return lambda: cooperation.send_letter(
        by=w.ana, referral_id=row.id, addressee="Consulado inventado", language="es"
    )


# How a person's data leave for another institution: kind of message, or by hand.
WAYS: dict[str, Callable[[World], Act]] = {
    "referral.send": lambda w: lambda: drafted(w.ana, w.case, "birth"),
    "referral.more": _further_fields,
    "request.ask_with_data": lambda w: (
        lambda: cooperation.send_request(by=w.ana, case_id=w.case.id, fields=["birth"], **SHELTER)
    ),
    "information.ask_with_data": _asking("information", questions=["reached"], free=FREE),
    "nationality.ask_with_data": _asking("nationality", fields=["name_as_written", "birth"]),
    "follow_up.ask_with_data": _asking("follow_up", questions=["still_safe"], free=FREE),
    "information.answer_with_data": _answering("information", "safe_place", "yes"),
    "nationality.answer_with_data": _answering("nationality", "national", "yes"),
    "follow_up.answer_with_data": _answering("follow_up", "new_needs", "yes"),
    "attachment.send": lambda w: lambda: attached(w.ana, w.sent, a_picture()),
    "assessment.propose": lambda w: (
        lambda: proposed(w.ana, w.case, recipient_institution="ar-shelter")
    ),
    "travel.plan": _plan,
    "alert.issue": lambda w: lambda: to_the_prosecution(w.ana, w.case),
    "by letter": _letter,
}
# Carries what was seen or found here back to whoever asked; of no case, and of nothing that came.
BACK_TO_THE_SENDER = {"alert.answer"}


def _passed_through(error: BaseException) -> bool:
    at = error.__traceback__
    while at is not None:
        if at.tb_frame.f_code is handled.check_onward.__code__:
            return True
        at = at.tb_next
    return False


@pytest.mark.parametrize("way", sorted(WAYS))
def test_what_came_to_stay_here_leaves_by_no_way(w: World, way: str) -> None:
    act = WAYS[way](w)
    condition(Onward.NONE)

    with pytest.raises(cooperation.NotOnward) as refusal:
        act()

    assert _passed_through(refusal.value)
    words = set()
    for language in ("es", "pt-br", "en"):
        with translation.override(language):
            words.add(str(refusal.value.reason))
    assert len(words) == 3


@pytest.mark.parametrize("way", sorted(WAYS))
def test_without_that_condition_it_leaves_by_the_same_way(w: World, way: str) -> None:
    act = WAYS[way](w)
    condition(Onward.STATE if way != "by letter" else Onward.CONSENT)

    act()


def test_of_an_alert_to_several_the_refusal_names_states_fields_and_to_whom_it_can_go(
    w: World,
) -> None:
    condition(Onward.NONE)
    a_prosecution()
    chosen = ["ar-prosecution", CONSULATE]

    with pytest.raises(cooperation.NotOnward) as refusal:
        a_draft(w.ana, w.case, to=chosen)

    assert refusal.value.withheld == {"ar": ["name_as_written", "birth", "citizenships"]}
    assert refusal.value.others == (CONSULATE,)
    said = {}
    for language in ("en", "es", "pt-br"):
        with translation.override(language):
            said[language] = str(refusal.value.reason)
            assert members.institution_name(CONSULATE) in said[language]
            for name in ("birth", "citizenships"):
                assert str(cases.NAMEABLE[name]) in said[language]
    assert "Argentina (Name as written in the document, Date of birth or age" in said["en"]
    assert "Bolivia" not in said["en"], "it may go back to where it came from"
    assert alerts.alerts_sent(by=w.ana) == [], "nothing is half written"
    assert a_draft(w.ana, w.case, to=[CONSULATE]).state == "draft"


def test_of_a_draft_to_several_that_may_go_to_some_no_more_the_refusal_names_the_others(
    w: World,
) -> None:
    a_prosecution()
    draft = a_draft(w.ana, w.case, to=["ar-prosecution", CONSULATE])
    condition(Onward.NONE)

    with pytest.raises(cooperation.NotOnward) as refusal:
        alerts.issue_alert(by=w.ana, alert_id=draft.id)

    assert (list(refusal.value.withheld), refusal.value.others) == (["ar"], (CONSULATE,))


@pytest.mark.parametrize(
    ("way", "field"),
    [("assessment.propose", "Level of risk"), ("attachment.send", "Files: pictures and copies")],
)
def test_of_one_receiver_the_refusal_names_its_state_and_the_field(
    w: World, way: str, field: str
) -> None:
    act = WAYS[way](w)
    condition(Onward.NONE)

    with pytest.raises(cooperation.NotOnward) as refusal:
        act()

    with translation.override("en"):
        assert f"passed on to: Argentina ({field}" in str(refusal.value.reason)
        assert "can go to" not in str(refusal.value.reason)


def test_every_kind_of_message_that_carries_her_data_is_among_the_ways() -> None:
    carrying = {name for name in settings.AYNI_MESSAGE_KINDS if wired.kind(name).personal}

    assert carrying == (set(WAYS) - {"by letter"}) | BACK_TO_THE_SENDER


# Where the values of a case are opened to be told to somebody, and to whom.
OPENED_BY = {
    "alerts/issuing.py", "cooperation/inquiring.py", "cooperation/referrals.py",
    "cooperation/requests.py",
    "own/officer_views.py", "own/reading.py",  # to the person herself
    "statistics/htcds/exporting.py",  # a file for the officer who asks for it
}  # fmt: skip


def test_every_place_that_opens_a_case_to_tell_of_it_is_known() -> None:
    root = Path(ayni.__file__).parent
    opens = re.compile(r"cases\.disclose\(")
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if opens.search(path.read_text("utf-8"))
    }

    assert found == OPENED_BY, "a new way out: add it to WAYS, or say to whom it tells"


def test_a_condition_that_is_known_only_later_stops_what_has_not_left(w: World) -> None:
    plan = _plan(w)()
    assert isinstance(plan, returns.TravelPlan)
    alert = to_the_prosecution(w.ana, w.case)
    copy = alert.copies.get()
    condition(Onward.NONE)
    now = clock.now()
    grant = exchange.Grant(
        id="g", recipient="ar", recipient_institution="ar-shelter", purpose="refer",
        fields=frozenset(), basis="consent:c", valid_until=now + timedelta(days=1),
    )  # fmt: skip

    def asked(kind: str, subject: Any) -> str | None:
        still = wired.still_allowed(kind)
        assert still is not None
        with transaction.atomic():
            return still(message="", subject=str(subject), grant=grant, now=now)

    named = frozenset({cases.ATTACHMENTS})
    with transaction.atomic():
        assert grants.file_may_leave(w.sent.id, named, frozenset(), grant, now) == "not_onward"
    assert asked("assessment.propose", plan.assessment_id) == "not_onward"
    assert asked("travel.plan", plan.id) == "not_onward"
    type(alert).objects.filter(id=alert.id).update(state="issued", issued_at=now)
    assert asked("alert.issue", copy.id) == "not_onward"
