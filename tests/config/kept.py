"""How what each kind of message tells of a person comes to be kept: one row for each registered
kind, read by test_retention_of_every_kind.py. All persons are invented."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral, Request
from ayni.exchange import api as exchange
from ayni.lib import clock
from tests.alerts.stories import an_alert, from_bolivia, handling
from tests.alerts.stories import says as alert_says
from tests.cases.stories import a_consent
from tests.cooperation.stories import FIELDS, shared_with, tells
from tests.cooperation.test_first_readings import ARRIVED
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.journeys import AGREED, a_journey, a_plan_of_theirs
from tests.returns.stories import DAY, a_shared_case, they_propose

NEEDLE = "AGUJA-INVENTADA-7d1f"  # stands in what was told, and nowhere else


@dataclass(frozen=True, slots=True)
class Kept:
    """What a story leaves: the case under whose key it is, or None where it has a key and an end of
    its own; and how an officer reads it."""

    case: UUID | None
    read: Callable[[], Any]


Story = Callable[[Actor, Peer], Kept]


def _takes(bolivia: Peer, kind: str, payload: Mapping[str, Any], conversation: str, n: int) -> None:
    raw = bolivia.seal(payload, sequence=n, kind=kind, conversation=conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    assert reply.receipt["body"]["state"] == "applied", reply.receipt


def _of_case(by: Actor, case: UUID | None) -> Kept:
    from ayni.cases import api as cases

    assert case is not None
    return Kept(case, lambda: cases.open_case_page(by=by, case_id=case))


def _referred(by: Actor, bolivia: Peer, **more: Any) -> Referral:
    """A referral of Bolivia's that we have taken on as a case."""
    conversation = secrets.token_hex(16)
    told = {**ARRIVED, "data": {**ARRIVED["data"], **more}}
    _takes(bolivia, "referral.send", told, conversation, 1)
    row = Referral.objects.get(conversation=conversation)
    cooperation.mark_read(by=by, referral_id=row.id)
    cooperation.search_earlier(by=by, referral_id=row.id)
    return row


def referral_send(by: Actor, bolivia: Peer) -> Kept:
    row = _referred(by, bolivia, name_as_written=NEEDLE)
    return _of_case(by, cooperation.accept_referral(by=by, referral_id=row.id).case_id)


def _untaken_referral(by: Actor, row: Referral) -> Kept:
    return Kept(None, lambda: cooperation.open_referral(by=by, referral_id=row.id))


def referral_untaken(by: Actor, bolivia: Peer) -> Kept:
    """A referral of Bolivia's that nobody takes on."""
    return _untaken_referral(by, _referred(by, bolivia, name_as_written=NEEDLE))


def more_untaken(by: Actor, bolivia: Peer) -> Kept:
    row = _referred(by, bolivia)
    cooperation.ask_more(by=by, referral_id=row.id, wanted=["narrative"])
    _takes(bolivia, "referral.more", {"data": {"narrative": NEEDLE}}, row.conversation, 2)
    return _untaken_referral(by, row)


def request_untaken(by: Actor, bolivia: Peer) -> Kept:
    """A request about somebody of whom there is no case here."""
    conversation = secrets.token_hex(16)
    told = {
        "step": "2.3", "matter": "prosecutor_intervenes", "about": secrets.token_hex(16),
        "data": {"name_as_written": NEEDLE},
    }  # fmt: skip
    _takes(bolivia, "request.ask_with_data", told, conversation, 1)
    row = Request.objects.get(conversation=conversation)
    return Kept(None, lambda: cooperation.open_request(by=by, request_id=row.id))


def referral_more(by: Actor, bolivia: Peer) -> Kept:
    row = _referred(by, bolivia)
    cooperation.ask_more(by=by, referral_id=row.id, wanted=["narrative"])
    _takes(bolivia, "referral.more", {"data": {"narrative": NEEDLE}}, row.conversation, 2)
    taken = cooperation.accept_referral(by=by, referral_id=row.id)
    return _of_case(by, taken.case_id)


def attachment_send(by: Actor, bolivia: Peer) -> Kept:
    from tests.cooperation.files import a_pdf
    from tests.cooperation.test_attachments import comes

    row = _referred(by, bolivia)
    taken = cooperation.accept_referral(by=by, referral_id=row.id)
    conversation = row.conversation
    row.refresh_from_db()

    class _Second:
        """Bolivia's next message in this conversation."""

        def __getattr__(self, name: str) -> Any:
            return getattr(bolivia, name)

        def seal(self, payload: Any, **told: Any) -> bytes:
            return bolivia.seal(payload, **{**told, "sequence": 2})

    row.conversation = conversation
    comes(_Second(), row, a_pdf(NEEDLE.encode()), kind="application/pdf")  # type: ignore[arg-type]
    return _of_case(by, taken.case_id)


def request_ask_with_data(by: Actor, bolivia: Peer) -> Kept:
    shared = shared_with(by, bolivia, "host")
    told = {
        "step": "2.3", "matter": "prosecutor_intervenes", "about": shared.conversation,
        "data": {"name_as_written": NEEDLE},
    }  # fmt: skip
    _takes(bolivia, "request.ask_with_data", told, secrets.token_hex(16), 1)
    return _of_case(by, shared.case_id)


def _free() -> dict[str, Any]:
    return {"free": {"text": NEEDLE, "language": "es"}}


def asked(name: str) -> Story:
    """Bolivia asks a registered question, and writes of her."""

    def story(by: Actor, bolivia: Peer) -> Kept:
        shared = shared_with(by, bolivia, "host")
        questions = sorted(cooperation.inquiry(name).questions)
        told = {"about": shared.conversation, "questions": questions, "data": _free()}
        _takes(bolivia, f"{name}.ask_with_data", told, secrets.token_hex(16), 1)
        return _of_case(by, shared.case_id)

    return story


def answered(name: str) -> Story:
    """Bolivia answers our question, and writes of her."""

    def story(by: Actor, bolivia: Peer) -> Kept:
        shared = shared_with(by, bolivia, "host")
        assert shared.case is not None
        asks = cooperation.inquiry(name)
        named = {"recipient_state": "bo", "recipient_institution": CONSULATE}
        a_consent(by, shared.case, fields=FIELDS | set(asks.ask_carries), **named)
        row: Request = cooperation.ask_inquiry(
            by=by, case_id=shared.case.id, kind=name, questions=sorted(asks.questions), **named
        )
        exchange.drain(peer="bo")
        tells(bolivia, row, [("arrive", {}), ("accept", {})], "request.state")
        told = {"at": clock.isoformat(clock.now()), "answers": {}, "data": _free()}
        _takes(bolivia, f"{name}.answer_with_data", told, row.conversation, 3)
        return _of_case(by, shared.case.id)

    return story


def assessment_propose(by: Actor, bolivia: Peer) -> Kept:
    """Risks are codes: what is looked for is the code of the likelihood beside that of the harm."""
    case = a_shared_case(by, bolivia)
    conversation = secrets.token_hex(16)
    about = Referral.objects.get(case=case).conversation
    assert they_propose(bolivia, conversation, about, clock.now() + 7 * DAY) == "applied"
    return _of_case(by, case.id)


def travel_plan(by: Actor, bolivia: Peer) -> Kept:
    from ayni.returns import api as returns
    from ayni.returns.models import Assessment

    case = a_shared_case(by, bolivia, consent=AGREED)
    about = Referral.objects.get(case=case).conversation
    conversation = secrets.token_hex(16)
    assert they_propose(bolivia, conversation, about, clock.now() + 7 * DAY) == "applied"
    seen = Assessment.objects.get(conversation=conversation)
    returns.sign(by=by, assessment_id=seen.id, answer="yes")
    travel = a_journey(carrier=NEEDLE)
    assert a_plan_of_theirs(bolivia, seen, 2, travel=travel) == "applied"
    return _of_case(by, case.id)


def alert_issue(by: Actor, bolivia: Peer) -> Kept:
    data = {"name_as_written": NEEDLE, "last_country": "BO"}
    assert from_bolivia(bolivia, secrets.token_hex(16), data=data) == "applied"
    (row,) = alerts.alerts_received(by=by)
    return Kept(None, lambda: alerts.open_received(by=by, alert_id=row.id))


def alert_answer(by: Actor, bolivia: Peer) -> Kept:
    alert = an_alert(by)
    exchange.drain(peer="bo")
    (copy,) = alert.copies.all()
    seen = {
        "outcome": "seen", "ground": "not_met", "child": False, "seen_country": "BO",
        "seen_on": "2026-11-21", "words": {"text": NEEDLE, "language": "es"},
    }  # fmt: skip
    told = {"at": clock.isoformat(clock.now()), "handling": handling(), "data": seen}
    assert alert_says(bolivia, copy.conversation, 1, "alert.answer", **told) == "applied"
    return Kept(alert.case_id, lambda: alerts.open_alert(by=by, alert_id=alert.id))


# What nobody takes into a case, by the kind of the message that tells it.
UNTAKEN: dict[str, Story] = {
    "referral.send": referral_untaken,
    "referral.more": more_untaken,
    "request.ask_with_data": request_untaken,
}
_INQUIRIES = ("information", "nationality", "follow_up")
# Codes, times, numbers and hashes only: proven of the schema, not of a story.
NOTHING = None
KEPT: dict[str, Story | None] = {
    "referral.send": referral_send,
    "referral.more": referral_more,
    "attachment.send": attachment_send,
    "request.ask_with_data": request_ask_with_data,
    **{f"{name}.ask_with_data": asked(name) for name in _INQUIRIES},
    **{f"{name}.answer_with_data": answered(name) for name in _INQUIRIES},
    "assessment.propose": assessment_propose,
    "travel.plan": travel_plan,
    "alert.issue": alert_issue,
    "alert.answer": alert_answer,
    **{f"{name}.ask": NOTHING for name in _INQUIRIES},
    **{f"{name}.answer": NOTHING for name in _INQUIRIES},
    "referral.state": NOTHING,
    "message.read": NOTHING,
    "attachment.state": NOTHING,
    "request.ask": NOTHING,
    "request.state": NOTHING,
    "pause.ask": NOTHING,
    "pause.answer": NOTHING,
    "pause.end": NOTHING,
    "right.ask": NOTHING,
    "right.due": NOTHING,
    "right.answer": NOTHING,
    "consent.withdrawn": NOTHING,
    "consent.expired": NOTHING,
    "consent.effect": NOTHING,
    "clock": NOTHING,
    "clock.rating": NOTHING,
    "return.read": NOTHING,
    "assessment.answer": NOTHING,
    "assessment.stop": NOTHING,
    "assessment.stopped": NOTHING,
    "travel.answer": NOTHING,
    "travel.stop": NOTHING,
    "travel.stopped": NOTHING,
    "travel.boarded": NOTHING,
    "travel.arrival": NOTHING,
    "alert.recall": NOTHING,
    "alert.read": NOTHING,
    "alert.removed": NOTHING,
    "alert.answer_withdrawn": NOTHING,
    "alert.answer_removed": NOTHING,
    "audit.head": NOTHING,
    "log.head": NOTHING,
    "log.day": NOTHING,
    "gazette.entries": NOTHING,
    "gazette.index": NOTHING,
    "gazette.held": NOTHING,
    "agenda.document_wanted": NOTHING,
    "agenda.document_part": NOTHING,
    "sum.seed": NOTHING,
    "sum.share": NOTHING,
    "exchange.again": NOTHING,
    # Bytes that were sealed before: what they tell has the row of its own kind.
    "exchange.given": NOTHING,
    "exchange.missing": NOTHING,
    "exchange.missing_told": NOTHING,
}
