"""A file of HTCDS records that an officer gave at a page: how far it is, and the file itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.lib.identifiers import new_id
from ayni.statistics.htcds.upload_states import WORKING, UploadState, WhyStopped
from ayni.vault.fields import SealedField, SealedRow, internal


class HtcdsUpload(SealedRow):
    """One officer's file, from the page to what became of it; she or he has one at a time.

    `done` of `of`: records written, while they are. `rows`: how many could be kept without the rows
    that have problems, while somebody may still say so. `told`: what became of it, for its officer
    alone. `subject` is a key of its own, destroyed with the row.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    uploaded_by = internal(models.UUIDField())
    uploaded_at = internal(models.DateTimeField())
    language = internal(models.CharField(max_length=8))
    partial = internal(models.BooleanField())
    state = internal(
        models.CharField(max_length=8, choices=[(s.value, s.value) for s in UploadState])
    )
    tries = internal(models.PositiveSmallIntegerField(default=0))
    done = internal(models.PositiveIntegerField(default=0))
    of = internal(models.PositiveIntegerField(default=0))
    rows = internal(models.PositiveIntegerField(default=0))
    ended_at = internal(models.DateTimeField(null=True))
    problem = internal(
        models.CharField(
            max_length=12, blank=True, default="", choices=[(w.value, w.value) for w in WhyStopped]
        )
    )
    told = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "uploaded_by"], name="statistics_one_upload_an_officer"
            ),
            models.CheckConstraint(
                condition=Q(done__lte=F("of")), name="statistics_upload_within_its_rows"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in WORKING], ended_at__isnull=True)
                | Q(
                    state__in=[s.value for s in UploadState if s not in WORKING],
                    ended_at__isnull=False,
                ),
                name="statistics_upload_ended",
            ),
        ]


class HtcdsFile(SealedRow):
    """The file, under a key of its own: both go when it has been read and nobody waits for it."""

    upload = internal(
        models.OneToOneField(
            HtcdsUpload, on_delete=models.CASCADE, primary_key=True, related_name="file"
        )
    )
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    content = SealedField()  # {name, sheet, raw: base64}
