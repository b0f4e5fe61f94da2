"""What a person asks about her data, and what each institution that has them answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.cooperation import vocabulary as words
from ayni.lib import clock
from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class RightsRequest(SealedRow):
    """What the person asks about her own data, of one institution, which owes the answer.

    `direction` "own": asked here, by herself or by an officer for her; "in": another institution,
    whom she asked, passed it on (`about`: the referral or request by which it had given us her
    data, `shared_id`: random, known to both). `asked`: her words; `answer`: the officer's.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(
        models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="+")
    )
    direction = internal(models.CharField(max_length=3, choices=[("own", "own"), ("in", "in")]))
    about = internal(models.UUIDField(null=True))
    shared_id = internal(models.CharField(max_length=32, blank=True))
    right = internal(models.CharField(max_length=12, choices=words.Right.choices))
    fields = internal(models.JSONField(default=list))
    asked_at = internal(models.DateTimeField())
    asked_by = internal(models.CharField(max_length=8))  # kind of the actor
    due_at = internal(models.DateTimeField())
    decision = internal(models.CharField(max_length=8, blank=True))
    reason = internal(models.CharField(max_length=12, blank=True))
    answered_at = internal(models.DateTimeField(null=True))
    answered_by = internal(models.CharField(max_length=64, blank=True))
    asked = SealedField()
    answer = SealedField()

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "right"],
                condition=models.Q(direction="own", answered_at__isnull=True),
                name="cooperation_right_once",
            ),
            models.UniqueConstraint(
                fields=["institution", "shared_id"],
                condition=models.Q(direction="in"),
                name="cooperation_right_shared",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="own", case__isnull=False, about__isnull=True)
                | models.Q(direction="in", about__isnull=False) & ~models.Q(shared_id=""),
                name="cooperation_right_of_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, decision="", reason="")
                | models.Q(answered_at__isnull=False)
                & ~models.Q(decision="")
                & ~models.Q(reason=""),
                name="cooperation_right_answered",
            ),
        ]

    @property
    def late(self) -> bool:
        """Whether the answer is owed and its day is over."""
        return self.answered_at is None and self.due_at <= clock.now()


class RightsCopy(models.Model):
    """A request of the person as it was passed on to one institution that holds her data, and what
    that institution answered. `due_at` is the day it named itself."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    request = internal(
        models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="copies")
    )
    about = internal(models.UUIDField())
    shared_id = internal(models.CharField(max_length=32))
    counterpart_state = internal(models.CharField(max_length=12))
    counterpart_institution = internal(models.CharField(max_length=60))
    by_letter = internal(models.BooleanField(default=False))
    due_at = internal(models.DateTimeField(null=True))
    onward = internal(models.PositiveSmallIntegerField(default=0))
    decision = internal(models.CharField(max_length=8, blank=True))
    reason = internal(models.CharField(max_length=12, blank=True))
    answered_at = internal(models.DateTimeField(null=True))

    class Meta:
        ordering: ClassVar = ["counterpart_state", "counterpart_institution", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "shared_id"], name="cooperation_right_copy_once"
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, decision="", reason="")
                | models.Q(answered_at__isnull=False)
                & ~models.Q(decision="")
                & ~models.Q(reason=""),
                name="cooperation_right_copy_answered",
            ),
        ]

    @property
    def late(self) -> bool:
        """Whether the day that it named is over without an answer."""
        over = self.due_at is not None and self.due_at <= clock.now()
        return over and self.answered_at is None
