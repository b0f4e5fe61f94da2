"""Tables of what officers have begun to write and have sent."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class Draft(SealedRow):
    """A form in progress, sealed to its author; gone after 24 hours. `form` is the address of the
    page, which holds nothing about a person."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    author = internal(
        models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    )
    form = internal(models.CharField(max_length=200))
    saved_at = internal(models.DateTimeField())
    answers = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "form"], name="cases_one_draft_a_form"),
        ]


class SentForm(models.Model):
    """A form that was sent, so that the second click of a double click does nothing twice. `led_to`
    is where the first one led; empty while it is being worked on."""

    id = internal(models.BigAutoField(primary_key=True))
    author = internal(
        models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    )
    key = internal(models.BinaryField(max_length=32))
    sent_at = internal(models.DateTimeField())
    led_to = internal(models.CharField(max_length=300, blank=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "key"], name="cases_form_sent_once"),
        ]
