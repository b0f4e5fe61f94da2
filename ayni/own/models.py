"""Codes on paper, visits with them, and wrong tries. Nothing here names a person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.cases import api as cases
from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class Code(SealedRow):
    """Two numbers on one paper, as keyed digests. Outside row-level security: it is looked up
    before anybody knows whose it is, and it holds ids, digests and times only."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    case = internal(models.ForeignKey(cases.Case, on_delete=models.CASCADE, related_name="+"))
    opens = internal(models.BinaryField(max_length=16, unique=True))
    harmless = internal(models.BinaryField(max_length=16, unique=True))
    given_to = internal(models.CharField(max_length=16))
    given_at = internal(models.DateTimeField())
    given_by = internal(models.UUIDField())
    valid_until = internal(models.DateTimeField())
    ended_at = internal(models.DateTimeField(null=True))
    own_view = SealedField()  # what a child herself says about it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(ended_at__isnull=True), name="own_one_code"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("given_at")), name="own_code_ends_later"
            ),
        ]


class Visit(models.Model):
    """A visit under way. `ticket` is what the next page must bring, `before` what the last one
    brought; `entered` is the form that began it, so that it begins no second one."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    code = internal(models.ForeignKey(Code, on_delete=models.CASCADE, related_name="visits"))
    harmless = internal(models.BooleanField())
    entered = internal(models.BinaryField(max_length=16, unique=True))
    ticket = internal(models.BinaryField(max_length=16, unique=True))
    before = internal(models.BinaryField(max_length=16, db_index=True))
    began_at = internal(models.DateTimeField(db_index=True))
    turned_at = internal(models.DateTimeField())
    until = internal(models.DateTimeField())


class WrongTry(models.Model):
    """A wrong number: a keyed digest of the place it came from, kept for a quarter of an hour."""

    id = internal(models.BigAutoField(primary_key=True))
    place = internal(models.BinaryField(max_length=16))
    at = internal(models.DateTimeField(db_index=True))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["place", "at"], name="own_try_place")]


class Delay(SealedRow):
    """The person is told later that `whom` opened or received her data: by whose word, on which
    ground, until when. Guarded by row-level security as the case is."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(models.ForeignKey(cases.Case, on_delete=models.CASCADE, related_name="+"))
    whom = internal(models.CharField(max_length=80))
    ground = internal(models.CharField(max_length=40))
    recorded_at = internal(models.DateTimeField())
    recorded_by = internal(models.UUIDField())
    until = internal(models.DateTimeField())
    reviewed_at = internal(models.DateTimeField(null=True))
    reviewed_by = internal(models.UUIDField(null=True))
    ended_at = internal(models.DateTimeField(null=True))
    order = SealedField()  # which authority ordered it, when, under which number

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("recorded_at")), name="own_delay_ends_later"
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="own_delay_reviewed_by_whom",
            ),
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("recorded_by")),
                name="own_delay_two_officers",
            ),
        ]
