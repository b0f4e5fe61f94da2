"""The table of who else a case is open to, beside the officer to whom it is assigned."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal

LONGEST_EMERGENCY = timedelta(hours=3)


class Admitted(models.TextChoices):
    """How somebody comes to a case that is not assigned to her or him."""

    COLLEAGUE = "colleague"  # let in by who works on it, until that is ended
    EMERGENCY = "emergency"  # broke the glass: with a reason, for three hours at most


class CaseAccess(SealedRow):
    """One case is open to one officer. `seen_at`, `seen_by`: the data protection officer looked at
    an emergency; `withheld`: on which legal ground the person is not told of it yet."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(
        models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="accesses")
    )
    officer = internal(
        models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    )
    kind = internal(
        models.CharField(max_length=9, choices=[(kind.value, kind.value) for kind in Admitted])
    )
    at = internal(models.DateTimeField())
    by = internal(models.UUIDField())
    until = internal(models.DateTimeField(null=True))
    ended_at = internal(models.DateTimeField(null=True))
    seen_at = internal(models.DateTimeField(null=True))
    seen_by = internal(models.UUIDField(null=True))
    reason = SealedField()
    withheld = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind=Admitted.COLLEAGUE, until__isnull=True)
                | models.Q(
                    kind=Admitted.EMERGENCY,
                    until__isnull=False,
                    until__gt=models.F("at"),
                    until__lte=models.F("at") + LONGEST_EMERGENCY,
                )
                # An erased person's reason is gone with the rest.
                & (models.Q(reason__isnull=False) | models.Q(ended_at__isnull=False)),
                name="cases_access_emergency_short",
            ),
            models.CheckConstraint(
                condition=models.Q(seen_at__isnull=True, seen_by__isnull=True)
                | models.Q(seen_at__isnull=False, seen_by__isnull=False),
                name="cases_access_seen_by_whom",
            ),
            models.UniqueConstraint(
                fields=["case", "officer"],
                condition=models.Q(kind=Admitted.COLLEAGUE, ended_at__isnull=True),
                name="cases_access_colleague_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["institution", "at"],
                condition=models.Q(kind=Admitted.EMERGENCY, seen_at__isnull=True),
                name="cases_access_unseen",
            ),
        ]
