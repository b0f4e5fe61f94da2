"""One version of a travel plan as one institution has it, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.lib.identifiers import new_id
from ayni.returns.plans import Arrival, Reply, Standing, Told, WhyStopped, standing
from ayni.vault.fields import SealedField, SealedRow, internal


def _codes(kind: type[Reply] | type[Arrival] | type[WhyStopped]) -> list[tuple[str, str]]:
    return [(each.value, each.value) for each in kind]


class TravelPlan(SealedRow):
    """`content`: what the plan says (`plan_kinds`), the same on both sides, and `digest` is of it.
    `told`: {"note"} of whoever received her; it stays there. `direction` out: we wrote it. Times
    stand open, as those that the protocol counts from: clocks need them. `alone`: nobody
    accompanies. `untold`: the other side could not be told of its end yet. Content is emptied once
    `kept_until` is over, the plan was stopped or replaced."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+"))
    assessment = internal(
        models.ForeignKey("returns.Assessment", on_delete=models.PROTECT, related_name="plans")
    )
    direction = internal(models.CharField(max_length=3, choices=[("out", "out"), ("in", "in")]))
    counterpart_state = internal(models.CharField(max_length=12))
    counterpart_institution = internal(models.CharField(max_length=60))
    conversation = internal(models.CharField(max_length=32))
    number = internal(models.PositiveSmallIntegerField())
    created_at = internal(models.DateTimeField())
    sent_at = internal(models.DateTimeField(null=True))
    departs_at = internal(models.DateTimeField())
    arrives_at = internal(models.DateTimeField())
    kept_until = internal(models.DateTimeField())
    emptied_at = internal(models.DateTimeField(null=True))
    digest = internal(models.CharField(max_length=64))
    alone = internal(models.BooleanField())
    written_by = internal(models.CharField(max_length=64, blank=True))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    as_child = internal(models.BooleanField(default=False))
    consent_id = internal(models.UUIDField(null=True))
    reply = internal(models.CharField(max_length=10, blank=True, choices=_codes(Reply)))
    change = internal(models.JSONField(default=list))
    replied_at = internal(models.DateTimeField(null=True))
    replied_by = internal(models.CharField(max_length=64, blank=True))
    boarded_at = internal(models.DateTimeField(null=True))
    arrival = internal(models.CharField(max_length=12, blank=True, choices=_codes(Arrival)))
    arrival_at = internal(models.DateTimeField(null=True))
    arrival_role = internal(models.CharField(max_length=40, blank=True))
    condition = internal(models.CharField(max_length=20, blank=True))
    replaced_at = internal(models.DateTimeField(null=True))
    stopped_at = internal(models.DateTimeField(null=True))
    why_stopped = internal(models.CharField(max_length=20, blank=True, choices=_codes(WhyStopped)))
    untold = internal(models.BooleanField(default=False))
    content = SealedField()
    told = SealedField()

    class Meta:
        ordering: ClassVar = ["-created_at", "-number", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "conversation", "number"], name="returns_plan_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "conversation"],
                condition=Q(sent_at__isnull=True, stopped_at__isnull=True),
                name="returns_plan_one_draft",
            ),
            models.UniqueConstraint(
                fields=["institution", "conversation"],
                condition=Q(
                    sent_at__isnull=False, stopped_at__isnull=True, replaced_at__isnull=True
                ),
                name="returns_plan_one_stands",
            ),
            models.CheckConstraint(
                condition=Q(arrives_at__gt=F("departs_at")), name="returns_plan_arrives_later"
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at__isnull=True)
                | ~Q(reply="") & Q(replied_at__isnull=False, sent_at__isnull=False),
                name="returns_plan_replied",
            ),
            models.CheckConstraint(
                condition=Q(boarded_at__isnull=True, arrival="") | Q(reply=Reply.ACCEPT),
                name="returns_plan_accepted_first",
            ),
            models.CheckConstraint(
                condition=Q(arrival="", arrival_at__isnull=True, condition="")
                | Q(arrival=Arrival.ARRIVED, arrival_at__isnull=False) & ~Q(condition="")
                | Q(arrival=Arrival.MISSING, arrival_at__isnull=False, condition=""),
                name="returns_plan_arrival",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, why_stopped="")
                | Q(stopped_at__isnull=False) & ~Q(why_stopped=""),
                name="returns_plan_stopped_why",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(direction="in") | Q(consent_id__isnull=False),
                name="returns_plan_under_consent",
            ),
            models.CheckConstraint(
                condition=Q(as_child=False)
                | Q(sent_at__isnull=True)
                | Q(direction="in")
                | Q(alone=False) & ~Q(second_officer="") & ~Q(second_officer=F("written_by")),
                name="returns_plan_child",
            ),
        ]

    def known(self) -> Told:
        """What is known of it."""
        return Told(
            sent=self.sent_at is not None,
            arrives_at=self.arrives_at,
            reply=self.reply,
            boarded=self.boarded_at is not None,
            arrival=self.arrival,
            replaced=self.replaced_at is not None,
            stopped=self.stopped_at is not None,
        )

    def standing(self, now: datetime) -> Standing:
        """How it stands at this moment."""
        return standing(self.known(), now)
