"""What this node trusts, sends and has received. Ids, names and sealed envelopes only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.exchange.contents import KeptContent
from ayni.exchange.fetching_peers import FetchedPeer, FetchingPeer
from ayni.exchange.held import Chunk, Stream  # noqa: F401  (models of this room)
from ayni.exchange.log_models import HeldLogHead, LogEntry, LogHead
from ayni.exchange.mark import Trusted
from ayni.exchange.missing_numbers import MissingNumber
from ayni.exchange.resting import RestingConversation
from ayni.exchange.states import Incoming, Outgoing
from ayni.exchange.taken_today import TakenOfPeer
from ayni.vault.fields import internal, public

__all__ = [
    "Conversation",
    "DirectoryDocument",
    "FetchedPeer",
    "FetchingPeer",
    "HeldLogHead",
    "IncomingMessage",
    "KeptContent",
    "KeySheetDocument",
    "LogEntry",
    "LogHead",
    "MissingNumber",
    "OutgoingMessage",
    "PeerState",
    "RestingConversation",
    "TakenOfPeer",
    "Trusted",
]


class DirectoryDocument(models.Model):
    """A directory this node has accepted. Two with one number cannot both be here."""

    number = public(models.PositiveIntegerField(primary_key=True))
    digest = public(models.CharField(max_length=64))
    document = public(models.JSONField())
    accepted_at = internal(models.DateTimeField())


class KeySheetDocument(models.Model):
    """A member's key sheet this node has accepted."""

    id = internal(models.BigAutoField(primary_key=True))
    node = public(models.CharField(max_length=12))
    number = public(models.PositiveIntegerField())
    digest = public(models.CharField(max_length=64))
    document = public(models.JSONField())
    accepted_at = internal(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["node", "number"], name="exchange_one_sheet_a_number"),
        ]


class Conversation(models.Model):
    """Messages between one institution here and one there keep their order by sequence."""

    id = internal(models.CharField(max_length=32, primary_key=True))
    peer = internal(models.CharField(max_length=12))
    sent = internal(models.PositiveIntegerField(default=0))


class OutgoingMessage(models.Model):
    """A message of ours, sealed when it was queued. `own_key`: the content key, sealed under this
    node's, as long as the message may have to be sealed again; empty while only the envelope is
    kept, to be given again as it left."""

    place = internal(models.BigAutoField(primary_key=True))
    message = internal(models.CharField(max_length=32, unique=True))
    peer = internal(models.CharField(max_length=12))
    kind = internal(models.CharField(max_length=41))
    conversation = internal(models.CharField(max_length=32))
    sequence = internal(models.PositiveIntegerField())
    subject = internal(models.CharField(max_length=64, blank=True))
    institution = internal(models.CharField(max_length=60))
    recipient_institution = internal(models.CharField(max_length=60))
    fields = internal(models.JSONField(default=list))
    grant = internal(models.JSONField(null=True))
    state = internal(
        models.CharField(max_length=12, choices=[(s.value, s.value) for s in Outgoing])
    )
    reason = internal(models.CharField(max_length=60, blank=True))
    queued_at = internal(models.DateTimeField())
    due_at = internal(models.DateTimeField(null=True))
    valid_until = internal(models.DateTimeField(null=True))
    attempts = internal(models.PositiveIntegerField(default=0))
    settled_at = internal(models.DateTimeField(null=True))
    envelope = internal(models.BinaryField(null=True))
    receipt = internal(models.JSONField(null=True))
    own_key = internal(models.BinaryField(null=True))

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["peer", "place"],
                name="exchange_outbox",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["subject"], name="exchange_out_subject"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "sequence"], name="exchange_out_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(state="queued", settled_at__isnull=True)
                | ~models.Q(state="queued") & models.Q(settled_at__isnull=False),
                name="exchange_out_settled_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="cancelled") | models.Q(envelope__isnull=True),
                name="exchange_cancelled_is_gone",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["cancelled", "refused"])
                | models.Q(own_key__isnull=True),
                name="exchange_own_key_is_gone",
            ),
        ]


class IncomingMessage(models.Model):
    """A message of another node; its id is its key, so nothing is applied twice."""

    id = internal(models.CharField(max_length=32, primary_key=True))
    peer = internal(models.CharField(max_length=12))
    kind = internal(models.CharField(max_length=41))
    conversation = internal(models.CharField(max_length=32))
    sequence = internal(models.PositiveIntegerField())
    institution = internal(models.CharField(max_length=60))
    sender_institution = internal(models.CharField(max_length=60))
    state = internal(
        models.CharField(max_length=12, choices=[(s.value, s.value) for s in Incoming])
    )
    reason = internal(models.CharField(max_length=60, blank=True))
    created_at = internal(models.DateTimeField())
    due_at = internal(models.DateTimeField(null=True))
    received_at = internal(models.DateTimeField())
    applied_at = internal(models.DateTimeField(null=True))
    envelope = internal(models.BinaryField())
    digest = internal(models.CharField(max_length=64))
    receipt = internal(models.JSONField())

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "sequence"],
                name="exchange_inbox_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["peer"],
                name="exchange_inbox_held",
                condition=~models.Q(state="applied"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["peer", "conversation", "sequence"], name="exchange_in_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(state="applied", applied_at__isnull=False)
                | ~models.Q(state="applied") & models.Q(applied_at__isnull=True),
                name="exchange_in_applied_when",
            ),
        ]


class EarlierSealing(models.Model):
    """What is kept of a message that was sealed again: evidence of the former envelope and the
    signed answer to it. `digest`: SHA-256 of that envelope."""

    id = internal(models.BigAutoField(primary_key=True))
    message = internal(models.CharField(max_length=32))
    conversation = internal(models.CharField(max_length=32))
    digest = internal(models.CharField(max_length=64, unique=True))
    evidence = internal(models.BinaryField())
    answer = internal(models.JSONField(null=True))
    replaced_at = internal(models.DateTimeField())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["conversation"], name="exchange_earlier"),
        ]


class PeerState(models.Model):
    """How it goes with one peer: failures in a row, next attempt, how far the clocks differ."""

    node = internal(models.CharField(max_length=12, primary_key=True))
    failures = internal(models.PositiveIntegerField(default=0))
    next_attempt = internal(models.DateTimeField(null=True))
    last_contact = internal(models.DateTimeField(null=True))
    skew_seconds = internal(models.IntegerField(null=True))
    # After a restore: from when on the peer is asked what passed, before anything is sent to it.
    account_since = internal(models.DateTimeField(null=True))
    # Numbers of the directory and of our key sheet that the peer says it has accepted, and when.
    told_directory = internal(models.PositiveIntegerField(null=True))
    told_sheet = internal(models.PositiveIntegerField(null=True))
    told_at = internal(models.DateTimeField(null=True))
