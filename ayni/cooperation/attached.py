"""Files that go with a referral or request: what they are, and the key that opens them, sealed."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class Standing(StrEnum):
    """Ours: `draft`, `sent`, `arrived`, `refused` (there). Theirs: `coming`, `ready`, `refused`
    (here, by its content). Both: `removed`."""

    DRAFT = "draft"
    SENT = "sent"
    ARRIVED = "arrived"
    COMING = "coming"
    READY = "ready"
    REFUSED = "refused"
    REMOVED = "removed"


_STANDINGS = [(one.value, one.value) for one in Standing]


class Attachment(SealedRow):
    """One file with a referral or request (`about`). Its sealed chunks are `stream` in `exchange`.

    `content`: {"attachment", "key", "sha256", "size"} as the message describes it, "what" (a code)
    and "type"; of ours also "taken_out" (codes, if any), which is not sent. Without the subject's
    key nobody opens the chunks any more, in no backup either.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    about = internal(models.UUIDField(db_index=True))
    direction = internal(models.CharField(max_length=3, choices=[("out", "out"), ("in", "in")]))
    stream = internal(models.CharField(max_length=32, unique=True))
    standing = internal(models.CharField(max_length=8, choices=_STANDINGS))
    reason = internal(models.CharField(max_length=20, blank=True))
    message = internal(models.CharField(max_length=32, blank=True, db_index=True))
    written_by = internal(models.CharField(max_length=64, blank=True))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    created_at = internal(models.DateTimeField())
    sent_at = internal(models.DateTimeField(null=True))
    settled_at = internal(models.DateTimeField(null=True))
    content = SealedField()

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(second_officer="")
                | ~models.Q(second_officer=models.F("written_by")),
                name="cooperation_attachment_two_officers",
            ),
        ]
