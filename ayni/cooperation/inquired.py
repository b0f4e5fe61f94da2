"""What a request of a registered kind keeps beside what every request keeps."""

from __future__ import annotations

from django.db import models

from ayni.vault.fields import SealedField, internal

PLAIN = "step"  # the kind of a request of a protocol step, which has no questions
_NOT_SENT = ["draft", "approved", "cancelled", "withdrawn"]


class Inquired(models.Model):
    """`questions`: their ids; `answer_handling`: the codes of the answer (`handling`: of what was
    asked); `answer_fields`: which fields the answer tells of; `taken_by`: the officer who took it
    on. `read_until`: from then on nobody here reads what came from the other side; `destroyed_at`:
    when that was destroyed. `told`: {"answers": {question: code}, "free": text and language}."""

    kind = internal(models.CharField(max_length=20, default=PLAIN))
    questions = internal(models.JSONField(default=list))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    as_child = internal(models.BooleanField(default=False))
    taken_by = internal(models.CharField(max_length=64, blank=True))
    answered_by = internal(models.CharField(max_length=64, blank=True))
    answer_agreed_by = internal(models.CharField(max_length=64, blank=True))
    answer_handling = internal(models.JSONField(default=dict))
    answer_fields = internal(models.JSONField(default=list))
    read_until = internal(models.DateTimeField(null=True))
    destroyed_at = internal(models.DateTimeField(null=True))
    told = SealedField()

    class Meta:
        abstract = True


UNDER_RULES = (
    models.CheckConstraint(
        condition=models.Q(direction="in")
        | models.Q(kind=PLAIN)
        | models.Q(fields=[])
        | models.Q(state__in=_NOT_SENT)
        | models.Q(consent_id__isnull=False),
        name="cooperation_inquiry_under_consent",
    ),
    models.CheckConstraint(
        condition=models.Q(direction="in")
        | models.Q(as_child=False)
        | models.Q(state__in=["draft", "cancelled", "withdrawn"])
        | ~models.Q(second_officer="") & ~models.Q(second_officer=models.F("written_by")),
        name="cooperation_inquiry_child_two_officers",
    ),
    models.CheckConstraint(
        condition=models.Q(answer_agreed_by="")
        | ~models.Q(answer_agreed_by=models.F("answered_by")),
        name="cooperation_answer_two_officers",
    ),
    # What its time has destroyed is not kept all the same.
    models.CheckConstraint(
        condition=models.Q(destroyed_at__isnull=True)
        | models.Q(direction="in", content__isnull=True)
        | models.Q(direction="out", told__isnull=True),
        name="cooperation_destroyed_is_gone",
    ),
)
