"""The answering side of a registered kind of question: what came, the answer, who must agree to it;
and the answer as the asking side hears it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import answer_grants, arriving, history, protection, registry, telling
from ayni.cooperation.errors import NothingAnswered, NotTheirs, SameOfficer
from ayni.cooperation.handled import check_sees
from ayni.cooperation.inquiring import alone_if_feared, registered
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Request
from ayni.cooperation.registry import FREE, Inquiry
from ayni.cooperation.states import Move, Side, State, check_move
from ayni.exchange import api as exchange
from ayni.exchange.api import Handling
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

ANSWER, SECOND = members.Permission.REFERRAL_ANSWER, members.Permission.REFERRAL_SECOND


def answer_inquiry(
    *,
    by: Actor,
    request_id: UUID,
    answers: Mapping[str, Any],
    free: Mapping[str, str] | None = None,
    handling: Handling | None = None,
) -> Request:
    """Answer a question that was taken on: {question: id of an answer, or a list of them}; sent at
    once unless a second officer must agree first. A later call replaces an answer that waits.

    What the answers tell of the person leaves under the same rules as everything else. Raises
    `NothingAnswered`, `NotForYou`, `FearedState`, `ConsentMissing`, `GuardianMissing`,
    `WrongState`; KeyError for a question that was not asked, ValueError for no answer to it.
    """
    members.check_may(by, ANSWER)
    with audit.act(by=by, verb="cooperation.answer_inquiry", subject=request_id) as act:
        alone_if_feared(history.fetch(Request, request_id, by=by).case)
        row = history.fetch(Request, request_id, by=by, lock=True)
        kind = registered(row)
        if row.direction != "in":
            raise WrongState(state=row.state, move=Move.OUTCOME.value)
        check_move(kind.states, State(row.state), Move.OUTCOME, Side.RECEIVER)
        check_sees(row, by=by)
        told = _checked(kind, row, answers)
        if not told and not free:
            raise NothingAnswered
        row.answered_by, row.answer_agreed_by = by.id, ""
        row.answer_fields = sorted(kind.tells(told, free=bool(free)))
        row.answer_handling = {} if handling is None else handling.to_json()
        said: vault.Json = {"answers": told, **({FREE: dict(free)} if free else {})}
        row.seal(vault.sealer(row.subject), told=said)
        answer_grants.check_ground(row, clock.now())
        waits = bool(answer_grants.second_missing(row))
        act.note(waits=waits)
        if waits:
            row.save()
        else:
            _send(row, kind, by=by)
    return row


def _checked(kind: Inquiry, row: Request, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers in the order of the questions; KeyError or ValueError for any other."""
    for name in answers:
        if name not in row.questions:
            raise KeyError(name)
    told: dict[str, Any] = {}
    for name in row.questions:
        if name not in answers:
            continue
        value, question = answers[name], kind.questions[name]
        chosen = list(value) if question.several else [value]
        if not chosen or not set(chosen) <= set(question.choices):
            raise ValueError(name)
        told[name] = sorted(set(chosen)) if question.several else value
    return told


def agree_to_answer(*, by: Actor, request_id: UUID) -> Request:
    """Another officer agrees to exactly this answer, and it is sent. Raises `SameOfficer`,
    `NothingAnswered`, and what `answer_inquiry` raises if the ground is gone meanwhile."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="cooperation.agree_to_answer", subject=request_id):
        alone_if_feared(history.fetch(Request, request_id, by=by).case)
        row = history.fetch(Request, request_id, by=by, lock=True)
        kind = registered(row)
        if not waits_for_second(row):
            raise NothingAnswered
        if by.id == row.answered_by:
            raise SameOfficer
        row.answer_agreed_by = by.id
        _send(row, kind, by=by)
    return row


def take_over_inquiry(*, by: Actor, request_id: UUID) -> Request:
    """Take on what another officer had taken on and does not answer (away, gone): from now on this
    officer is the one who handles it. Raises `WrongState` unless it was taken on and is owed."""
    members.check_may(by, members.Permission.CASE_ALL)
    with audit.act(by=by, verb="cooperation.take_over_inquiry", subject=request_id) as act:
        row = history.fetch(Request, request_id, by=by, lock=True)
        kind = registered(row)
        if row.direction != "in":
            raise WrongState(state=row.state, move=Move.ACCEPT.value)
        check_move(kind.states, State(row.state), Move.OUTCOME, Side.RECEIVER)
        act.note(before=row.taken_by)
        row.taken_by = by.id
        row.save()
    return row


def waits_for_second(row: Request) -> bool:
    """Whether an answer of ours is written and waits for a second officer."""
    return row.direction == "in" and row.state == State.ACCEPTED and row.answered_by != ""


def _send(row: Request, kind: Inquiry, *, by: Actor) -> None:
    opened = row.unseal(vault.sealer(row.subject), ["told"])["told"]
    said: dict[str, Any] = opened if isinstance(opened, dict) else {}
    plain, personal = kind.apart(said.get("answers", {}))
    payload: dict[str, Any] = {"at": clock.isoformat(clock.now()), "answers": plain}
    if row.answer_handling:
        payload["handling"] = row.answer_handling
    name, grant = f"{kind.name}.answer", None
    if row.answer_fields:
        name = f"{kind.name}.answer_with_data"
        grant = answer_grants.grant_for(row, clock.now())
        payload["data"] = {
            **({"answers": personal} if personal else {}),
            **({FREE: said[FREE]} if FREE in said else {}),
            **({NEVER: sorted(grant.never)} if grant.never else {}),
        }
    history.advance(row, kind.states, Move.OUTCOME, Side.RECEIVER, by=by)
    history.stop_clock_for(row, Move.OUTCOME, by=by)
    message = ""
    if telling.is_local(row):
        telling.hand_over(row, lambda mirror, actor: hear_answer(mirror, payload, by=actor))
    else:
        message = telling.queue(row, by=by, kind=name, payload=payload, grant=grant)
    if grant is not None:
        telling.register(
            row,
            basis=grant.basis,
            fields=row.answer_fields,
            channel="node" if message else "local",
            message=message,
        )


def hear_answer(row: Request, payload: Mapping[str, Any], *, by: Actor) -> None:
    """The answer of the other side, to a question of ours. Raises `NotTheirs` for any other."""
    kind = registered(row)
    data = payload.get("data", {})
    answers = {**payload["answers"], **data.get("answers", {})}
    if row.direction != "out" or not set(answers) <= set(row.questions):
        raise NotTheirs(Move.OUTCOME.value)
    handling = Handling.of(payload)
    told: vault.Json = {"answers": answers, **({FREE: data[FREE]} if FREE in data else {})}
    row.seal(vault.sealer(row.subject), told=told)
    row.answer_fields = sorted(kind.tells(answers, free=FREE in data))
    row.answer_handling, row.read_until = handling.to_json(), handling.until
    row.save()
    arriving.hear(row, Move.OUTCOME, by=by)
    if NEVER in data:
        protection.learn(row, list(data[NEVER]), by=by)


def receive_answer(*, by: Actor, received: exchange.Received) -> None:
    """An answer of another node (wired in `config/wiring.py`)."""
    if NEVER in received.payload.get("data", {}):
        protection.one_at_a_time()
    history.alone(received.conversation)
    row = (
        Request.objects.select_for_update()
        .filter(
            institution_id=by.institution,
            conversation=received.conversation,
            counterpart_state=received.sender,
            counterpart_institution=received.sender_institution,
            kind=received.kind.partition(".")[0],
        )
        .first()
    )
    if row is None:
        raise NotFound
    with audit.act(by=by, verb="cooperation.hear", subject=row.id, move=Move.OUTCOME.value):
        hear_answer(row, received.payload, by=by)


def choices_of(row: Request) -> list[registry.Question]:
    """The questions that were asked, in the order of their kind."""
    kind = registered(row)
    return [kind.questions[name] for name in row.questions]
