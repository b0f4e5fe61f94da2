"""Jobs of attachments: carry them to a peer, look at what came whole, ask again, sweep."""

from __future__ import annotations

from contextlib import suppress

from django.db import DatabaseError, transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from ayni.audit import api as audit
from ayni.exchange import carrying, chunks, wired
from ayni.exchange.held import Stream
from ayni.exchange.models import IncomingMessage
from ayni.lib import clock

LOOK_EVERY = 15  # seconds


@app.task(queue="exchange", name="exchange.carry_to")
def carry_to(peer: str) -> None:
    """Send the chunks that one peer lacks. Idempotent: the peer says which."""
    carrying.carry(peer=peer)


def ask_to_carry(peer: str) -> None:
    """Queue it in the present transaction, unless it is queued already. A lock of its own: messages
    to this peer do not wait for it."""
    try:
        with transaction.atomic():
            carry_to.configure(lock=f"carry-{peer}", queueing_lock=f"carry-{peer}").defer(peer=peer)
    except exceptions.AlreadyEnqueued:
        return


@app.task(queue="exchange", name="exchange.look_at")
def look_at(attachment: str) -> None:
    """Let the room of an attachment look at it, as all of it is here. Its function does nothing the
    second time. When it looks again is written first: an error, a kill or a restore without its
    jobs would leave the attachment closed here for ever, and its sender without a word. One at
    which it fails each time stands aside (`looking.py`), with the class of the error."""
    look = wired.attachment_arrived()
    if look is None or not chunks.begin_look(attachment, now=clock.now()):
        return
    named = Stream.objects.values_list("message", flat=True).get(id=attachment)
    message = IncomingMessage.objects.get(id=named)
    try:
        look(attachment=attachment, institution=message.institution)
    except Exception as failure:
        with suppress(DatabaseError):  # if it is the database that failed, the rest is written
            chunks.note_look_failed(attachment, why=type(failure).__name__)
        raise
    chunks.note_looked(attachment, now=clock.now())


def ask_to_look_at(attachment: str) -> None:
    """Queue it in the present transaction, unless it is queued already."""
    name = f"attachment-{attachment}"
    try:
        with transaction.atomic():
            look_at.configure(lock=name, queueing_lock=name).defer(attachment=attachment)
    except exceptions.AlreadyEnqueued:
        return


@app.periodic(cron=f"* * * * * */{LOOK_EVERY}", periodic_id="exchange.look_again")
@app.task(queue="exchange", name="exchange.look_again", queueing_lock="exchange.look_again")
def look_again(timestamp: int) -> None:
    """Four times a minute: what came whole, and of whose looking at it nothing came."""
    for attachment in chunks.not_looked_at(now=clock.now()):
        ask_to_look_at(attachment)


@app.periodic(cron="* * * * * */5", periodic_id="exchange.carry_all")
@app.task(queue="exchange", name="exchange.carry_all", queueing_lock="exchange.carry_all")
def carry_all(timestamp: int) -> None:
    """Every five seconds: peers to which something is going, after a failure or a restart."""
    for peer in carrying.peers_going(clock.now()):
        ask_to_carry(peer)


@app.periodic(cron="37 * * * *", periodic_id="exchange.ask_again")
@app.task(queue="exchange", name="exchange.ask_again", queueing_lock="exchange.ask_again")
def ask_again(timestamp: int) -> None:
    """Every hour: what began to come and stands still is asked for."""
    carrying.ask_again(now=clock.now())


@app.periodic(cron="53 3 * * *", periodic_id="exchange.sweep_chunks")
@app.task(queue="exchange", name="exchange.sweep_chunks", queueing_lock="exchange.sweep_chunks")
def sweep_chunks(timestamp: int) -> None:
    """Every night: what was never finished and never came whole goes."""
    chunks.sweep(by=audit.job("exchange.sweep_chunks"), now=clock.now())
