"""What this room keeps beside what is published: bytes of documents of meetings, and the secret
addresses under which calendar programs fetch. Nothing here is about a person concerned."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.vault.fields import internal, public


class DocumentPart(models.Model):
    """A part of a document of a meeting, named by the digest of the whole. Every member may have
    it, so no policy by institution guards it; it goes when the document is taken back."""

    id = internal(models.BigAutoField(primary_key=True))
    sha256 = public(models.CharField(max_length=64))
    number = public(models.PositiveSmallIntegerField())
    content = public(models.BinaryField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sha256", "number"], name="agenda_part_once"),
        ]


class DocumentWanted(models.Model):
    """A document whose bytes are not all here: which node was asked last, when, how often anew.
    `begun_at`: since when that node is asked, for the first part and those after it; `refused`:
    what came was not what was published."""

    sha256 = internal(models.CharField(max_length=64, primary_key=True))
    node = internal(models.CharField(max_length=12))
    asked_at = internal(models.DateTimeField())
    begun_at = internal(models.DateTimeField(null=True))
    tries = internal(models.PositiveIntegerField(default=0))
    refused = internal(models.CharField(max_length=20, blank=True))


class CalendarAddress(models.Model):
    """The secret address of one officer's calendar, as a keyed digest. It is looked up before
    anybody knows whose it is, so no policy by institution guards it: ids, a digest and days."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    officer = internal(models.UUIDField(editable=False))
    digest = internal(models.BinaryField(max_length=16, unique=True))
    language = internal(models.CharField(max_length=5))
    made_at = internal(models.DateTimeField())
    until = internal(models.DateTimeField())
    fetched_on = internal(models.DateField(null=True))
    ended_at = internal(models.DateTimeField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["officer"],
                condition=models.Q(ended_at__isnull=True),
                name="agenda_one_calendar",
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("made_at")), name="agenda_calendar_ends_later"
            ),
        ]
