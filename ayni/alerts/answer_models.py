"""Answers to alerts: ours to an alert that we received, and those of others to an alert of ours."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.alerts.answers import Ground, Outcome
from ayni.alerts.rules import CHILD_AUTHORITY
from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class AlertAnswer(SealedRow):
    """`content`: exactly what leaves or was heard. `out`: our answer, sealed under the key of the
    alert that we received, so that it goes when that goes; `in`: what a recipient of ours said,
    sealed as the case is. `answers_kind`, `asks_kind`: kinds of both institutions; of a child the
    database itself keeps that both are child authorities, and that two officers answered.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    direction = internal(models.CharField(max_length=3, choices=[("out", "out"), ("in", "in")]))
    received = internal(
        models.ForeignKey(
            "alerts.ReceivedAlert", null=True, on_delete=models.CASCADE, related_name="answers"
        )
    )
    copy = internal(
        models.ForeignKey(
            "alerts.AlertCopy", null=True, on_delete=models.CASCADE, related_name="answers"
        )
    )
    outcome = internal(
        models.CharField(max_length=5, choices=[(each.value, each.value) for each in Outcome])
    )
    ground = internal(
        models.CharField(max_length=9, choices=[(each.value, each.value) for each in Ground])
    )
    as_child = internal(models.BooleanField(default=True))
    answers_kind = internal(models.CharField(max_length=20))
    asks_kind = internal(models.CharField(max_length=20))
    fields = internal(models.JSONField(default=list))
    created_at = internal(models.DateTimeField())
    # When it was sent; of what was heard, when its sender says that it was.
    sent_at = internal(models.DateTimeField(null=True))
    dropped_at = internal(models.DateTimeField(null=True))
    written_by = internal(models.CharField(max_length=64, blank=True))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    content = SealedField()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(direction="out", received__isnull=False, copy__isnull=True)
                | Q(
                    direction="in", received__isnull=True, copy__isnull=False, sent_at__isnull=False
                ),
                name="alerts_answer_of_what",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True),
                name="alerts_answer_sent_or_dropped",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(as_child=False)
                | Q(answers_kind=CHILD_AUTHORITY, asks_kind=CHILD_AUTHORITY),
                name="alerts_answer_child_authorities",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(as_child=False)
                | Q(direction="in")
                | ~Q(second_officer="") & ~Q(second_officer=F("written_by")),
                name="alerts_answer_two_officers",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="found")
                | Q(as_child=False, ground="agreed")
                | Q(as_child=True, ground="authority"),
                name="alerts_found_rests_on_her_word",
            ),
        ]
