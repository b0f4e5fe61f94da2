"""A joint assessment as one institution has it: what both look at, and both signatures."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.lib.identifiers import new_id
from ayni.returns.plan_models import TravelPlan as TravelPlan
from ayni.returns.rules import LONGEST, Answer, Standing, WhyStopped, standing
from ayni.vault.fields import SealedField, SealedRow, internal

_ANSWERS = [(answer.value, answer.value) for answer in Answer]


class Assessment(SealedRow):
    """`content`: {"items": [{"at_risk", "severity", "likelihood"}]}, the same on both sides;
    `digest` is of it and of the end, and the other side signs under it. `direction` out: we
    proposed it. Once the consent under which it was sent has ended it is stopped, and empty, on
    both sides; `untold`: the other side could not be told of it yet."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+"))
    direction = internal(models.CharField(max_length=3, choices=[("out", "out"), ("in", "in")]))
    counterpart_state = internal(models.CharField(max_length=12))
    counterpart_institution = internal(models.CharField(max_length=60))
    conversation = internal(models.CharField(max_length=32))
    about = internal(models.CharField(max_length=32))  # the referral that both share
    created_at = internal(models.DateTimeField())
    sent_at = internal(models.DateTimeField(null=True))
    until = internal(models.DateTimeField())
    digest = internal(models.CharField(max_length=64))
    written_by = internal(models.CharField(max_length=64, blank=True))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    as_child = internal(models.BooleanField(default=False))
    consent_id = internal(models.UUIDField(null=True))
    ours = internal(models.CharField(max_length=3, blank=True, choices=_ANSWERS))
    ours_by = internal(models.CharField(max_length=64, blank=True))
    ours_at = internal(models.DateTimeField(null=True))
    theirs = internal(models.CharField(max_length=3, blank=True, choices=_ANSWERS))
    theirs_at = internal(models.DateTimeField(null=True))
    stopped_at = internal(models.DateTimeField(null=True))
    why_stopped = internal(
        models.CharField(
            max_length=12, blank=True, choices=[(why.value, why.value) for why in WhyStopped]
        )
    )
    untold = internal(models.BooleanField(default=False))
    content = SealedField()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "conversation"], name="returns_assessment_once"
            ),
            models.CheckConstraint(
                condition=Q(ours="", ours_at__isnull=True, ours_by="")
                | ~Q(ours="") & Q(ours_at__isnull=False) & ~Q(ours_by=""),
                name="returns_ours_signed",
            ),
            models.CheckConstraint(
                condition=Q(theirs="", theirs_at__isnull=True)
                | ~Q(theirs="") & Q(theirs_at__isnull=False, sent_at__isnull=False),
                name="returns_theirs_signed",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(until__gt=F("sent_at"), until__lte=F("sent_at") + LONGEST),
                name="returns_end",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(direction="in") | Q(consent_id__isnull=False),
                name="returns_under_consent",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(direction="in")
                | Q(as_child=False)
                | ~Q(second_officer="") & ~Q(second_officer=F("written_by")),
                name="returns_child_two_officers",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, why_stopped="", untold=False)
                | Q(stopped_at__isnull=False, content__isnull=True, sent_at__isnull=False)
                & ~Q(why_stopped=""),
                name="returns_stopped_is_empty",
            ),
        ]

    def standing(self, now: datetime) -> Standing:
        """How it stands at this moment."""
        return standing(
            ours=self.ours, theirs=self.theirs, sent=self.sent_at is not None, until=self.until,
            now=now, stopped=self.stopped_at is not None,
        )  # fmt: skip
