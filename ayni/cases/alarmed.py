"""The table of alarms about officers who opened more than the budget of their role."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ayni.cases.budgets import Reading
from ayni.lib.identifiers import new_id
from ayni.vault.fields import internal


class Finding(models.TextChoices):
    """What the data protection officer found when looking into it."""

    WORK = "work", _("It was work: the day had that much of it")
    ASKED = "asked", _("The officer was asked, and the answer convinces")
    INCIDENT = "incident", _("It does not convince: an incident is recorded")


class ReadingAlarm(models.Model):
    """One officer, one day of the post, one kind of reading, and how often. Holds numbers only."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    officer = internal(
        models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    )
    role = internal(models.CharField(max_length=40))
    day = internal(models.DateField())
    reading = internal(
        models.CharField(max_length=12, choices=[(each.value, each.value) for each in Reading])
    )
    times = internal(models.PositiveIntegerField())
    allowed = internal(models.PositiveIntegerField())
    noticed_at = internal(models.DateTimeField())
    seen_at = internal(models.DateTimeField(null=True))
    seen_by = internal(models.UUIDField(null=True))
    finding = internal(
        models.CharField(
            max_length=10, blank=True, choices=[(each, each) for each in Finding.values]
        )
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["officer", "day", "reading"], name="cases_one_alarm_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(times__gt=models.F("allowed")), name="cases_alarm_beyond"
            ),
            models.CheckConstraint(
                condition=models.Q(seen_at__isnull=True, seen_by__isnull=True, finding="")
                | models.Q(seen_at__isnull=False, seen_by__isnull=False) & ~models.Q(finding=""),
                name="cases_alarm_seen_with_finding",
            ),
        ]

    @property
    def finding_words(self) -> str:
        """What was found, in the reader's language; empty while nobody looked."""
        return str(Finding(self.finding).label) if self.finding else ""
