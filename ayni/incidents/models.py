"""An incident, and what was written about it since. Steps are only added."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.incidents.duty import Facts
from ayni.incidents.vocabulary import KINDS, STEP_KINDS
from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class Incident(SealedRow):
    """One incident of an institution. Texts are sealed under a key of the incident's own."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    version = internal(models.PositiveIntegerField(default=1))
    kind = internal(models.CharField(max_length=12, choices=[(k, k) for k in KINDS]))
    noticed_at = internal(models.DateTimeField())
    recorded_at = internal(models.DateTimeField())
    classes = internal(models.JSONField())  # codes of vocabulary.CLASSES
    persons_at_most = internal(models.PositiveIntegerField(null=True))  # empty: not known
    what = SealedField()
    notify = internal(models.BooleanField(null=True))
    tell_persons = internal(models.BooleanField(null=True))
    authority_told_at = internal(models.DateTimeField(null=True))
    persons_told_at = internal(models.DateTimeField(null=True))
    closed_at = internal(models.DateTimeField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(noticed_at__lte=F("recorded_at")), name="incidents_noticed_first"
            ),
            models.CheckConstraint(
                condition=Q(notify__isnull=True, tell_persons__isnull=True)
                | Q(notify__isnull=False, tell_persons__isnull=False),
                name="incidents_decided_both",
            ),
            models.CheckConstraint(
                condition=Q(authority_told_at__isnull=True) | Q(notify__isnull=False, notify=True),
                name="incidents_authority_told_if_decided",
            ),
            models.CheckConstraint(
                condition=Q(persons_told_at__isnull=True)
                | Q(tell_persons__isnull=False, tell_persons=True),
                name="incidents_persons_told_if_decided",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | (
                    # An empty decision is neither: to the database unknown would do.
                    Q(notify__isnull=False, tell_persons__isnull=False)
                    & (Q(notify=False) | Q(authority_told_at__isnull=False))
                    & (Q(tell_persons=False) | Q(persons_told_at__isnull=False))
                ),
                name="incidents_closed_when_told",
            ),
        ]

    @property
    def facts(self) -> Facts:
        """What the clock looks at."""
        return Facts(
            self.noticed_at, self.notify, self.tell_persons, self.authority_told_at,
            self.persons_told_at, self.closed_at,
        )  # fmt: skip


class Step(SealedRow):
    """What was written about an incident, when, by whom; never changed."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    incident = internal(models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps"))
    at = internal(models.DateTimeField())
    by = internal(models.CharField(max_length=64))
    kind = internal(models.CharField(max_length=16, choices=[(k, k) for k in STEP_KINDS]))
    text = SealedField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
