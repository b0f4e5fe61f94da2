"""Alerts that were written here, each recipient's copy, and alerts that were received."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.alerts import rules
from ayni.alerts import vocabulary as words
from ayni.alerts.answer_models import AlertAnswer as AlertAnswer
from ayni.alerts.rules import CHILD_AUTHORITY, LONGEST, State
from ayni.lib.errors import Text
from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal

_STATES = [(state.value, state.value) for state in State]


class Alert(SealedRow):
    """An alert about the person of a case. `content`: exactly what leaves, sealed as her case is.

    `issuer_kind` is the kind of the institution that issued it: of a child's alert the database
    itself keeps that it is the child authority, and that two officers agreed.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+"))
    created_at = internal(models.DateTimeField())
    state = internal(models.CharField(max_length=10, choices=_STATES))
    why_unasked = internal(models.CharField(max_length=16, choices=words.WhyUnasked.choices))
    written_by = internal(models.CharField(max_length=64))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    as_child = internal(models.BooleanField(default=True))
    two_needed = internal(models.BooleanField(default=True))
    issuer_kind = internal(models.CharField(max_length=20))
    basis = internal(models.CharField(max_length=80))
    fields = internal(models.JSONField(default=list))
    until = internal(models.DateTimeField())
    issued_at = internal(models.DateTimeField(null=True))
    recalled_at = internal(models.DateTimeField(null=True))
    recall_reason = internal(
        models.CharField(max_length=10, blank=True, choices=words.RecallReason.choices)
    )
    content = SealedField()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"], issued_at__isnull=True)
                | Q(state__in=["issued", "recalled"], issued_at__isnull=False),
                name="alerts_issued_at",
            ),
            models.CheckConstraint(
                condition=Q(state="recalled", recalled_at__isnull=False) & ~Q(recall_reason="")
                | ~Q(state="recalled") & Q(recalled_at__isnull=True, recall_reason=""),
                name="alerts_recalled_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=True)
                | Q(until__gt=F("issued_at"), until__lte=F("issued_at") + LONGEST),
                name="alerts_end",
            ),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=True)
                | Q(as_child=False)
                | Q(issuer_kind=CHILD_AUTHORITY),
                name="alerts_child_authority_only",
            ),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=True)
                | Q(two_needed=False, as_child=False)
                | ~Q(second_officer="") & ~Q(second_officer=F("written_by")),
                name="alerts_two_officers",
            ),
        ]

    def over(self, now: datetime) -> bool:
        """Whether nobody may read it any more."""
        return rules.is_over(state=State(self.state), until=self.until, now=now)

    def state_words(self, now: datetime) -> Text:
        """How it stands, in the reader's language."""
        state = State(self.state)
        expired = state is State.ISSUED and self.over(now)
        return words.EXPIRED if expired else words.STATES[state]


class AlertCopy(models.Model):
    """One recipient of an alert, and what it said of its removal.

    `conversation` is random and made for this recipient. `told_at`: when it was told of the recall,
    and `due_at`, told with it, by when it confirms; one that ends by itself is due by `until`.
    `removed_at` is what the receiver states, `confirmed_at` when we heard it. `answers_after`:
    what it answered before this number of its half of the conversation it has taken back.
    `unconfirmed`: that we destroyed what it took back (`id` of its word, `at`), until it knows.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    alert = internal(models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="copies"))
    recipient_state = internal(models.CharField(max_length=12))
    recipient_institution = internal(models.CharField(max_length=60))
    conversation = internal(models.CharField(max_length=32))
    stopped = internal(models.CharField(max_length=60, blank=True))  # why it has none
    told_at = internal(models.DateTimeField(null=True))
    due_at = internal(models.DateTimeField(null=True))
    removed_at = internal(models.DateTimeField(null=True))
    removed_fields = internal(models.JSONField(default=list))
    why_removed = internal(
        models.CharField(max_length=10, blank=True, choices=words.WhyRemoved.choices)
    )
    confirmed_at = internal(models.DateTimeField(null=True))
    answers_after = internal(models.PositiveIntegerField(default=0))
    unconfirmed = internal(models.JSONField(default=list))

    class Meta:
        ordering: ClassVar = ["recipient_state", "recipient_institution", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alert", "recipient_state", "recipient_institution"],
                name="alerts_copy_once",
            ),
            models.UniqueConstraint(
                fields=["institution", "conversation"], name="alerts_copy_conversation"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, confirmed_at__isnull=True, why_removed="")
                | Q(removed_at__isnull=False, confirmed_at__isnull=False) & ~Q(why_removed=""),
                name="alerts_copy_confirmed",
            ),
        ]


class ReceivedAlert(SealedRow):
    """An alert of another institution. `content` is sealed under a key of its own (`subject`),
    which is destroyed when the alert is over: what remains says that there was one, and when it
    was removed. `fields`: names of what it held; `due_at`: by when its removal is confirmed to
    its sender, told by the sender or counted from `until`."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    conversation = internal(models.CharField(max_length=32))
    sender_state = internal(models.CharField(max_length=12))
    sender_institution = internal(models.CharField(max_length=60))
    received_at = internal(models.DateTimeField())
    until = internal(models.DateTimeField())
    fields = internal(models.JSONField(default=list))
    due_at = internal(models.DateTimeField(null=True))
    removed_at = internal(models.DateTimeField(null=True))
    why_removed = internal(
        models.CharField(max_length=10, blank=True, choices=words.WhyRemoved.choices)
    )
    content = SealedField()

    class Meta:
        ordering: ClassVar = ["-received_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "conversation"], name="alerts_received_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, why_removed="")
                | Q(removed_at__isnull=False, content__isnull=True) & ~Q(why_removed=""),
                name="alerts_removed_is_gone",
            ),
        ]

    def over(self, now: datetime) -> bool:
        """Whether nobody may read it any more, also where the job has not removed it yet."""
        return self.removed_at is not None or self.until <= now
