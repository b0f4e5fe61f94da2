"""Handing out the chunks of an attachment to a peer that cannot be reached and therefore fetches.

As with messages (`handing.py`) a question counts once, by the token that was given last; here each
attachment has a token of its own. Before every chunk it is asked again whether it may leave.
"""

from __future__ import annotations

import secrets

from django.db import transaction

from ayni.exchange import carrying, chunk_form
from ayni.exchange.chunk_form import Question
from ayni.exchange.chunks import UnknownAttachment
from ayni.exchange.connection import Unreachable
from ayni.exchange.errors import Malformed, Rejected, WrongRecipient
from ayni.exchange.handing import Delivering, OtherToken
from ayni.exchange.held import Hold, Stream
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.states import Outgoing
from ayni.lib import clock
from ayni.members import api as members

_OURS = (Hold.GOING, Hold.ARRIVED, Hold.STOPPED)


class Stopped(Rejected):
    """It may not leave any more."""

    code = "stopped"


def give(*, asker: str, question: Question) -> bytes:
    """The first chunk that is missing there, in the form of `chunk_form`, if it may leave at this
    moment; one that is whole or removed there is settled here.

    Raises `WrongRecipient`, `UnknownAttachment`, `OtherToken`, `Stopped`, `Malformed`; `Delivering`
    while its message is not known to have arrived, or is locked, and while our clock is set back.
    """
    if question.to != members.this_node():
        raise WrongRecipient(question.to)
    token = _next_token(asker, question)
    row = Stream.objects.get(id=question.attachment)
    if question.state != chunk_form.COMING:
        removed = question.state == chunk_form.REMOVED
        carrying.settle(
            row.id,
            Hold.STOPPED if removed else Hold.ARRIVED,
            "removed_there" if removed else "",
        )
        return chunk_form.pack_answer(token=token, sealed=b"")
    return chunk_form.pack_answer(token=token, sealed=_chunk(row, question))


def _next_token(asker: str, question: Question) -> str:
    with transaction.atomic():
        row = (
            Stream.objects.select_for_update()
            .filter(id=question.attachment, peer=asker, hold__in=_OURS)
            .first()
        )
        if row is None:
            raise UnknownAttachment(question.attachment)
        counts = bool(row.token) and secrets.compare_digest(row.token, question.token)
        if counts or not row.token:
            row.token = secrets.token_hex(chunk_form.TOKEN_BYTES)
            row.save(update_fields=["token"])
    if not counts:  # raised here: a token that was made just now must stay
        raise OtherToken(row.token)
    return row.token


def _chunk(row: Stream, question: Question) -> bytes:
    number = question.missing[0]
    if not number < row.chunks:
        raise Malformed(f"chunk {number}")
    if row.hold == Hold.STOPPED:
        raise Stopped(row.reason)
    with transaction.atomic():
        # While it is pushed at this moment the row is locked: come again.
        message = (
            OutgoingMessage.objects.select_for_update(skip_locked=True)
            .filter(message=row.message)
            .first()
        )
        if message is None:
            raise Delivering
        if carrying.never_goes(row.id, message):
            sealed = b""
        elif message.state != Outgoing.DELIVERED:
            raise Delivering
        else:
            try:
                sealed = carrying.leaves(row.id, message, number)
            except Unreachable:
                raise Delivering from None
        if sealed:
            _note(row, there=max(row.chunks - len(question.missing), 0))
    if not sealed:
        raise Stopped(row.id)  # after what was settled is committed
    return sealed


def _note(row: Stream, *, there: int) -> None:
    """How far it is there. One that had arrived is missing there again after a restore."""
    changed: dict[str, object] = {"hold": Hold.GOING, "there": there}
    if there > row.there or row.hold == Hold.ARRIVED:
        changed["moved_at"] = clock.now()
    Stream.objects.filter(id=row.id).update(**changed)
