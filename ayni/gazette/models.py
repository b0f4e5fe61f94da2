"""Entries as they were signed. The database refuses to change or remove one; public to members."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.vault.fields import internal, public


class Subject(models.Model):
    """What one owner says under one kind and key: the row that is locked while a version of it is
    published or taken in."""

    id = internal(models.BigAutoField(primary_key=True))
    owner = public(models.CharField(max_length=12))
    kind = public(models.CharField(max_length=61))
    key = public(models.CharField(max_length=100))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "kind", "key"], name="gazette_one_subject"),
        ]


class Entry(models.Model):
    """One version, as its owner signed it. `document` is canonical JSON, character
    by character as it was signed; `digest`: SHA-256 of its body; `sheet`,
    `withdrawn`: what it says of its key sheet and of taking the line back; `source`: the
    node that brought it here. Two with one version are kept both."""

    id = internal(models.BigAutoField(primary_key=True))
    subject = internal(models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="entries"))
    version = public(models.PositiveIntegerField())
    digest = public(models.CharField(max_length=64, unique=True))
    sheet = public(models.PositiveIntegerField())
    withdrawn = public(models.BooleanField())
    document = public(models.TextField())
    source = internal(models.CharField(max_length=12))
    received_at = internal(models.DateTimeField())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "version"], name="gazette_versions"),
            models.Index(
                fields=["subject"], condition=models.Q(withdrawn=True), name="gazette_taken_back"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(version__gte=1), name="gazette_from_one"),
        ]


class Comparison(models.Model):
    """When what is held here was last compared with another node: asked by us, told by it, when it
    held of this node's own entries what is held here, and when nothing that is not here."""

    node = internal(models.CharField(max_length=12, primary_key=True))
    asked_at = internal(models.DateTimeField(null=True))
    told_at = internal(models.DateTimeField(null=True))
    agreed_at = internal(models.DateTimeField(null=True))
    no_more_at = internal(models.DateTimeField(null=True))


class Answer(models.Model):
    """What was last sent to a node about one owner, so that a short question is not answered at
    length again and again. `what`: `entries` it lacks, or the `list` of what is held; `begins`: of
    the digests that begin so."""

    id = internal(models.BigAutoField(primary_key=True))
    node = internal(models.CharField(max_length=12))
    owner = internal(models.CharField(max_length=12))
    what = internal(models.CharField(max_length=7))
    begins = internal(models.CharField(max_length=4, blank=True))
    at = internal(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["node", "owner", "what", "begins"], name="gazette_one_answer"
            ),
            models.CheckConstraint(
                condition=models.Q(what__in=["entries", "list"]), name="gazette_answer_what"
            ),
        ]
