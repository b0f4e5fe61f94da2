"""Sealed chunks: written as a file comes in, taken from a peer, read one by one, removed.

Nothing here can open them: the key of an attachment is its room's, sealed under the person's key.
So a backup holds what nobody reads once that key is gone. At no time more than a few chunks are in
memory, and none of the content is on a disk in clear.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import our_clock, resting, stream
from ayni.exchange.errors import Malformed, Rejected, TooLarge
from ayni.exchange.held import INCOMING, Chunk, Hold, Stream
from ayni.lib import clock
from ayni.lib.errors import WrongState

log = logging.getLogger("ayni.exchange")
MOST_COMING = 100  # attachments of one peer that are not whole yet
HALF_WRITTEN = timedelta(days=1)
NEVER_WHOLE = timedelta(days=45)  # as long as a key goes on opening messages (ADR 0033)
ASK_AGAIN = timedelta(hours=1)
LOOKED_AT_ONCE = 20  # that are looked at again in one turn
MOST_LOOKS = 20  # in about three hours: then it stands aside until somebody asks for another try


class UnknownAttachment(Rejected):
    """No message of this peer names such an attachment here, or not any more."""

    code = "unknown_attachment"


class NoRoom(Rejected):
    """This peer's attachments fill what it may fill; try again later."""

    code = "no_room"


class AttachmentTaken(Rejected):
    """Another attachment has this id here."""

    code = "attachment_taken"


def _ask_to_carry(peer: str) -> None:
    from ayni.exchange import chunk_tasks

    chunk_tasks.ask_to_carry(peer)


def _ask_to_look_at(attachment: str) -> None:
    from ayni.exchange import chunk_tasks

    chunk_tasks.ask_to_look_at(attachment)


class Writer:
    """Seals a file of ours as it comes; `finish` gives what the message must carry.

    Each chunk is in the database before the next one is taken. What is not finished is removed the
    next night.
    """

    def __init__(self) -> None:
        now = clock.now()
        self.id = stream.new_id()
        self._sealing = stream.Sealing(self.id)
        self._count = 0
        Stream.objects.create(id=self.id, hold=Hold.FILLING, begun_at=now, moved_at=now)

    def write(self, content: bytes) -> None:
        """Take more content. Raises `TooLarge`."""
        self._keep(self._sealing.update(content))

    def _keep(self, sealed: Iterator[bytes]) -> None:
        for each in sealed:
            Chunk.objects.create(stream_id=self.id, number=self._count, sealed=each)
            self._count += 1

    def finish(self, *, by: Actor) -> stream.Described:
        """Seal what is left; from now on it is held. Raises `Malformed` for an empty file."""
        self._keep(self._sealing.finish())
        described = self._sealing.described()
        with audit.act(by=by, verb="exchange.hold_attachment", subject=self.id):
            Stream.objects.filter(id=self.id, hold=Hold.FILLING).update(
                hold=Hold.HELD, chunks=self._count, have=self._count, moved_at=clock.now()
            )
        return described

    def abandon(self) -> None:
        """Remove what was written."""
        Stream.objects.filter(id=self.id, hold=Hold.FILLING).delete()


def sealed_chunks(attachment: str) -> Iterator[bytes]:
    """The sealed chunks in order, each read when it is asked for."""
    for number in range(Stream.objects.values_list("chunks", flat=True).get(id=attachment)):
        yield sealed_chunk(attachment, number)


def sealed_chunk(attachment: str, number: int) -> bytes:
    """One sealed chunk; empty if it is not here."""
    found = Chunk.objects.filter(stream_id=attachment, number=number)
    return bytes(found.values_list("sealed", flat=True).first() or b"")


def standing(attachment: str) -> Stream | None:
    """How it stands with an attachment here."""
    return Stream.objects.filter(id=attachment).first()


def send(*, by: Actor, attachment: str, peer: str, message: str) -> None:
    """Let an attachment that is held go to a peer, after the message that names it; in the caller's
    transaction. Raises `WrongState` for one that went already."""
    with audit.act(by=by, verb="exchange.send_attachment", subject=attachment, to=peer):
        sent = Stream.objects.filter(id=attachment, hold=Hold.HELD).update(
            hold=Hold.GOING, peer=peer, message=message, moved_at=clock.now()
        )
        if not sent:
            raise WrongState
        _ask_to_carry(peer)


def expect(*, by: Actor, attachment: str, size: int, peer: str, message: str) -> None:
    """A message of this peer names an attachment of `size` bytes: its chunks may come, if there is
    room. Raises `AttachmentTaken`, `TooLarge`, `Malformed`."""
    now = clock.now()
    with audit.act(by=by, verb="exchange.expect_attachment", subject=attachment):
        if Stream.objects.filter(id=attachment).exists():
            raise AttachmentTaken(attachment)
        Stream.objects.create(
            id=attachment,
            peer=peer,
            message=message,
            hold=Hold.WAITING,
            chunks=stream.chunks_of(size),
            begun_at=now,
            moved_at=now,
        )


def copy(*, by: Actor, attachment: str) -> str:
    """A copy of an attachment that is whole, inside the database, for another institution of this
    node; its id here. It opens with the description of the first."""
    row = Stream.objects.get(id=attachment)
    now, ident = clock.now(), stream.new_id()
    with audit.act(by=by, verb="exchange.hold_attachment", subject=ident):
        Stream.objects.create(
            id=ident, hold=Hold.HELD, chunks=row.chunks, have=row.have, begun_at=now, moved_at=now
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into exchange_chunk (stream_id, number, sealed)"
                " select %s, number, sealed from exchange_chunk where stream_id = %s",
                [ident, attachment],
            )
    return ident


def _alone(peer: str) -> None:
    """One request of a peer at a time looks at its room, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"attachments {peer}"]
        )


def filled_by(peer: str) -> int:
    """How many bytes the attachments of a peer take here, with those that it may go on sending."""
    found = Stream.objects.filter(peer=peer, hold__in=[Hold.COMING, Hold.WHOLE])
    return (found.aggregate(all=Sum("chunks"))["all"] or 0) * stream.SEALED_CHUNK


def _let_in(row: Stream) -> None:
    """Reserve the room of an attachment that waits for it. Raises `NoRoom`."""
    if row.hold != Hold.WAITING:
        return
    _alone(row.peer)
    coming = Stream.objects.filter(peer=row.peer, hold=Hold.COMING).count()
    needs = row.chunks * stream.SEALED_CHUNK
    if coming >= MOST_COMING or filled_by(row.peer) + needs > settings.AYNI_ATTACHMENTS_PER_PEER:
        log.warning("no room", extra={"ids": {"peer": row.peer, "attachment": row.id}})
        raise NoRoom(row.peer)
    row.hold = Hold.COMING
    row.save(update_fields=["hold"])


def told(*, peer: str, attachment: str) -> dict[str, Any]:
    """What a peer is told of an attachment: `state`, and `missing`, the numbers of the chunks that
    it may send. Of one of ours that went to it, its asking means that chunks are missing there."""
    with transaction.atomic():
        row = Stream.objects.select_for_update().filter(id=attachment, peer=peer).first()
        if row is None:
            raise UnknownAttachment(attachment)
        if row.hold == Hold.ARRIVED and row.moved_at < clock.now() - ASK_AGAIN / 2:
            row.hold, row.next_attempt, row.moved_at = Hold.GOING, None, clock.now()
            row.save(update_fields=["hold", "next_attempt", "moved_at"])
            _ask_to_carry(peer)
        _let_in(row)
        return {"missing": _missing(row), "state": row.hold}


def _missing(row: Stream) -> list[int]:
    if row.hold != Hold.COMING:
        return []
    here = set(Chunk.objects.filter(stream=row).values_list("number", flat=True))
    return [number for number in range(row.chunks) if number not in here]


def lacking(attachment: str) -> tuple[Hold, list[int]]:
    """How it stands with an attachment that comes, and the numbers of the chunks that are not here.
    Raises `NoRoom`."""
    with transaction.atomic():
        row = Stream.objects.select_for_update().get(id=attachment)
        _let_in(row)
        return Hold(row.hold), _missing(row)


def take(*, peer: str, attachment: str, number: int, sealed: bytes) -> int:
    """Keep a chunk of a peer; how many are still missing. The same one again changes nothing.

    Raises `UnknownAttachment`, `NoRoom`, `Malformed`, `TooLarge`.
    """
    if len(sealed) > stream.SEALED_CHUNK:
        raise TooLarge(f"{len(sealed)} bytes")
    with transaction.atomic():
        row = Stream.objects.select_for_update().filter(id=attachment, peer=peer).first()
        if row is None or row.hold not in INCOMING:
            raise UnknownAttachment(attachment)
        if len(sealed) != stream.SEALED_CHUNK or not number < row.chunks:
            raise Malformed(f"chunk {number}")
        _let_in(row)
        if Chunk.objects.filter(stream=row, number=number).exists():
            return int(row.chunks - row.have)
        Chunk.objects.create(stream=row, number=number, sealed=sealed)
        row.have += 1
        row.moved_at = clock.now()
        if row.have == row.chunks:
            row.hold = Hold.WHOLE
            _ask_to_look_at(row.id)
        row.save(update_fields=["have", "moved_at", "hold"])
        return int(row.chunks - row.have)


def remove(*, by: Actor, attachment: str, reason: str) -> None:
    """Remove the chunks of an attachment; what is known of it stays. Again it does nothing."""
    with audit.act(by=by, verb="exchange.remove_attachment", subject=attachment, reason=reason):
        # A chunk that is being taken is waited for: it would stay for ever otherwise.
        row = Stream.objects.select_for_update().filter(id=attachment)
        Chunk.objects.filter(stream_id__in=[each.id for each in row]).delete()
        row.update(hold=Hold.REMOVED, have=0, reason=reason, moved_at=clock.now())


def sweep(*, by: Actor, now: datetime) -> int:
    """Every night: what was never finished here and what never came whole goes; how many. Nothing
    goes by a clock that is called ahead."""
    if our_clock.is_ahead():
        return 0
    half = Stream.objects.filter(hold=Hold.FILLING, begun_at__lt=now - HALF_WRITTEN)
    count = half.count()
    half.delete()
    for row in Stream.objects.filter(
        hold__in=[Hold.WAITING, Hold.COMING], moved_at__lt=now - NEVER_WHOLE
    ):
        if not our_clock.is_ahead(of=row.peer):
            remove(by=by, attachment=row.id, reason="never_whole")
            count += 1
    return count


def behind(*, now: datetime) -> list[tuple[str, str]]:
    """(peer, attachment) of what has begun to come and stands still: after a restore the sender
    believes that it had arrived."""
    found = Stream.objects.filter(
        hold=Hold.COMING, have__lt=F("chunks"), moved_at__lt=now - ASK_AGAIN
    )
    return [(row.peer, row.id) for row in found.order_by("moved_at")[:MOST_COMING]]


def begin_look(attachment: str, *, now: datetime) -> bool:
    """Whether the room has to look at an attachment now: it is whole, and nothing came of it yet.
    If nothing does now, it looks again after a rest, doubling from 5 s to 15 minutes, and no more
    after `MOST_LOOKS` times."""
    with transaction.atomic():
        row = (
            Stream.objects.select_for_update()
            .filter(id=attachment, hold=Hold.WHOLE, looked_at=None, looks__lt=MOST_LOOKS)
            .first()
        )
        if row is None:
            return False
        row.looks += 1
        row.look_after = resting.rests_until(row.looks, now)
        row.save(update_fields=["looks", "look_after"])
    return True


def note_looked(attachment: str, *, now: datetime) -> None:
    """The room has looked at it, and has told what came of that."""
    Stream.objects.filter(id=attachment).update(looked_at=now, look_after=None, look_failed="")


def note_look_failed(attachment: str, *, why: str) -> None:
    """The room failed at it; `why`: the class of the error, without a word of what it says."""
    Stream.objects.filter(id=attachment).update(look_failed=why[:60])


def not_looked_at(*, now: datetime) -> list[str]:
    """What is whole and has to be looked at (again), the longest waiting first."""
    due = resting.over("look_after", now)
    found = Stream.objects.filter(due, hold=Hold.WHOLE, looked_at=None, looks__lt=MOST_LOOKS)
    rows = found.order_by(F("look_after").asc(nulls_first=True), "moved_at")
    return list(rows.values_list("id", flat=True)[:LOOKED_AT_ONCE])
