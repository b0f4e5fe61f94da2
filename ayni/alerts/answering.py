"""Answering an alert that was received: seen, or found. A draft is looked at, of a child by two
officers of the child authority, and sent to whoever asks; nobody else learns of it.

The ground is the alert itself, and the word of an adult who was met. Where she says no, nothing is
written here at all. The answer is sealed under the key of the alert and goes when that goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.alerts import answers, handing, telling_back
from ayni.alerts.answers import Ground, Outcome
from ayni.alerts.errors import AlertOver, NoSuchContact, NothingSeen
from ayni.alerts.issuing import LOOK_FOR, SECOND, SEND
from ayni.alerts.models import AlertAnswer, ReceivedAlert
from ayni.alerts.rules import CHILD_AUTHORITY
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault


def contacts(*, by: Actor, child: bool) -> list[members.Institution]:
    """Institutions of this state through which a found person can be spoken with: never one that
    keeps addresses secret; for a child only child authorities. Raises `NotAllowed`."""
    members.check_may(by, SEND)
    kinds = frozenset({CHILD_AUTHORITY}) if child else LOOK_FOR
    return [each for each in members.institutions(state=members.this_node()) if each.kind in kinds]


def received_open(by: Actor, received_id: UUID, *, lock: bool = False) -> ReceivedAlert:
    """An alert that the actor's institution received and that is not over. Raises `AlertOver`,
    `NotFound`."""
    found = ReceivedAlert.objects.filter(id=received_id, institution_id=by.institution)
    row = found.select_for_update().first() if lock else found.first()
    if row is None:
        raise NotFound
    if row.over(clock.now()):
        raise AlertOver
    return row


def counts_as_child(row: ReceivedAlert) -> bool:
    """Whether the person of a received alert is or may be a child, by what it says. Raises
    `AlertOver`."""
    return cases.age_of_birth(_said(row).get("birth")).counts_as_child


def _said(row: ReceivedAlert) -> dict[str, Any]:
    try:
        said = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    except vault.Erased:
        raise AlertOver from None
    return said if isinstance(said, dict) else {}


def write_answer(
    *,
    by: Actor,
    received_id: UUID,
    outcome: str,
    ground: str,
    may_be_child: bool,
    told: Mapping[str, Any],
) -> AlertAnswer:
    """Write an answer (`Outcome`, `Ground`) to an alert that was received; nothing leaves yet.
    `told`: names of `answers.TOLD`, days as ISO, `words` as {"text", "language"}. `may_be_child`:
    whether the person who was seen or found may be one, whatever the alert says.

    Raises `ChildAuthorityAnswers`, `NotAgreed`, `NothingSeen`, `NoSuchContact`, `AlertOver`,
    `NotFound`, `NotAllowed`; ValueError for an unknown code.
    """
    members.check_may(by, SEND)
    said, rests_on = Outcome(outcome), Ground(ground)
    with audit.act(by=by, verb="alerts.write_answer", subject=received_id) as act:
        received = received_open(by, received_id, lock=True)
        child = may_be_child or counts_as_child(received)
        kinds = {
            "answers": members.institution(received.institution_id).kind,
            "asks": members.institution_by_code(received.sender_institution).kind,
        }
        answers.check_authorities(counts_as_child=child, **kinds)
        content = answers.content(said, rests_on, told, child=child)
        _check_said(said, content, child=child, by=by)
        row = AlertAnswer(
            institution_id=received.institution_id,
            subject=received.subject,
            direction="out",
            received=received,
            outcome=said.value,
            ground=rests_on.value,
            as_child=child,
            answers_kind=kinds["answers"],
            asks_kind=kinds["asks"],
            fields=sorted(content),
            created_at=clock.now(),
            written_by=by.id,
        )
        row.seal_content(content)
        row.save(force_insert=True)
        act.note(answer=row.id)
    return row


def _check_said(outcome: Outcome, content: Mapping[str, Any], *, child: bool, by: Actor) -> None:
    if outcome is Outcome.SEEN and not {"seen_country", "seen_on"} <= set(content):
        raise NothingSeen
    if outcome is Outcome.FOUND:
        known = {each.code for each in contacts(by=by, child=child)}
        if content.get("contact") not in known:
            raise NoSuchContact


def fetch(answer_id: UUID, *, by: Actor, lock: bool = False) -> AlertAnswer:
    """An answer that the actor's institution wrote. Raises `NotFound`."""
    found = AlertAnswer.objects.filter(
        id=answer_id, institution_id=by.institution, direction="out"
    ).select_related("received")
    row = found.select_for_update(of=("self",)).first() if lock else found.first()
    if row is None:
        raise NotFound
    return row


def is_draft(row: AlertAnswer) -> bool:
    """Whether it can still be sent or thrown away."""
    return row.sent_at is None and row.dropped_at is None


def needs_second(row: AlertAnswer) -> bool:
    """Whether a second officer must agree before it can be sent."""
    return row.as_child and not row.second_officer


def _draft(answer_id: UUID, by: Actor) -> AlertAnswer:
    """A draft, locked after its alert. Raises `AlertOver`, `WrongState`, `NotFound`."""
    seen = fetch(answer_id, by=by)
    assert seen.received_id is not None
    received = received_open(by, seen.received_id, lock=True)
    row = fetch(answer_id, by=by, lock=True)
    if not is_draft(row):
        raise WrongState
    row.received = received
    return row


def agree_answer(*, by: Actor, answer_id: UUID) -> AlertAnswer:
    """Agree to a draft as the second officer. Raises `SameOfficer`, `WrongState`, `AlertOver`,
    `NotFound`, `NotAllowed`."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="alerts.agree_answer", subject=answer_id):
        row = _draft(answer_id, by)
        if row.second_officer:
            raise WrongState
        if row.written_by == by.id:
            raise cooperation.SameOfficer
        row.second_officer = by.id
        row.save(update_fields=["second_officer"])
    return row


def drop_answer(*, by: Actor, answer_id: UUID) -> AlertAnswer:
    """Throw a draft away; nothing had left. Raises as `agree_answer` but for `SameOfficer`."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="alerts.drop_answer", subject=answer_id):
        row = _draft(answer_id, by)
        row.dropped_at = clock.now()
        row.destroy()
        row.save()
    return row


def send_answer(*, by: Actor, answer_id: UUID) -> AlertAnswer:
    """Send a draft to whoever issued the alert, and to nobody else; if something is still to be
    told there of what was taken back, that first. Raises `cases.SecondOfficerMissing`,
    `ChildAuthorityAnswers`, `WrongState`, `AlertOver`, `NoNode`, `NotFound`, `NotAllowed`."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="alerts.send_answer", subject=answer_id) as act:
        seen = fetch(answer_id, by=by).received
        assert seen is not None
        handing.hold_copy(seen)
        row = _draft(answer_id, by)
        received = row.received
        assert received is not None
        if needs_second(row):
            raise cases.SecondOfficerMissing
        answers.check_authorities(
            counts_as_child=row.as_child, answers=row.answers_kind, asks=row.asks_kind
        )
        if not (content := row.said()):
            raise WrongState  # thrown away, but for the row: its key went first
        telling_back.tell_owed(received, by=by)
        row.sent_at = clock.now()
        row.save(update_fields=["sent_at"])
        handing.answer(row, received, content, by=by)
        act.note(alert=received.id)
    return row


def still_allowed_answer(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver an answer: once the alert is over nobody waits for it,
    and nothing more of the person leaves; nor of what was taken back."""
    row = AlertAnswer.objects.select_related("received").get(id=UUID(subject))
    assert row.received is not None
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "alert_over" if row.received.over(now) else None
