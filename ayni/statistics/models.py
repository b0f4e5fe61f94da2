"""What was loaded from outside, and the log of every value that was not taken as it stands."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.statistics.htcds.upload_tables import HtcdsFile, HtcdsUpload
from ayni.statistics.linea145 import Treatment, Why
from ayni.statistics.releasing.tables import (
    LedgerLine,
    Release,
    ReleaseInput,
    ReleaseKey,
    ReleaseResult,
    ReleaseReview,
    ReleaseTask,
)
from ayni.statistics.sources.own_tables import CaseCount, ChangedCase, Tally
from ayni.statistics.sources.tables import Edition, Observation, Remark
from ayni.vault.fields import SealedField, SealedRow, internal

__all__ = [
    "CaseCount",
    "ChangedCase",
    "Edition",
    "Finding",
    "HtcdsFile",
    "HtcdsUpload",
    "LedgerLine",
    "Load",
    "NodeSum",
    "Observation",
    "Release",
    "ReleaseInput",
    "ReleaseKey",
    "ReleaseResult",
    "ReleaseReview",
    "ReleaseTask",
    "Remark",
    "Tally",
]  # Django looks for every table of the room here


class Load(SealedRow):
    """One run of an import. `ended_at` is empty for one that was broken off."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    source = internal(models.CharField(max_length=20))
    began_at = internal(models.DateTimeField())
    ended_at = internal(models.DateTimeField(null=True))
    # {file: {name, digest, rows, added, same, differs, rejected}}, file: reports or persons
    files = internal(models.JSONField(default=dict))
    findings_count = internal(models.PositiveIntegerField(default=0))
    coded = SealedField()  # {file: {column: {value as found: [code, times]}}}

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["institution", "source", "-began_at"], name="statistics_loads"),
        ]


class NodeSum(models.Model):
    """One figure of what an institution of this node has loaded, as it was when the load ended.

    Seen by the whole node, unlike the rows: a number, and the code of whose rows were counted.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    holder = internal(models.CharField(max_length=60))
    source = internal(models.CharField(max_length=20))
    name = internal(models.CharField(max_length=60))
    number = internal(models.PositiveIntegerField())
    counted_at = internal(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["holder", "source", "name"], name="statistics_one_sum_a_figure"
            ),
        ]


class Finding(SealedRow):
    """One value of a file that was put right, kept only as written, turned away, or told."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    load = internal(models.ForeignKey(Load, on_delete=models.CASCADE, related_name="findings"))
    number = internal(models.PositiveIntegerField())
    file = internal(
        models.CharField(max_length=8, choices=[("reports", "reports"), ("persons", "persons")])
    )
    row = internal(models.PositiveIntegerField())
    column = internal(models.CharField(max_length=60))
    why = internal(models.CharField(max_length=20, choices=[(w.value, w.value) for w in Why]))
    treatment = internal(
        models.CharField(max_length=12, choices=[(t.value, t.value) for t in Treatment])
    )
    value = SealedField()  # [as found, what it became]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["load", "number"], name="statistics_log_in_order"),
        ]


class SumSeed(SealedRow):
    """The secret shared with another state for one sum; gone when this state's part is given."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    round = internal(models.CharField(max_length=64))
    state = internal(models.CharField(max_length=12))
    secret = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state", "round"], name="statistics_one_secret_a_pair"),
        ]


class SumShare(SealedRow):
    """The masked part of one state: in that state's node until it leaves, or never does; at the
    secretariat until the sum is made."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    round = internal(models.CharField(max_length=64))
    state = internal(models.CharField(max_length=12))
    share = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "state"], name="statistics_one_part_a_state"),
        ]


class StateSum(SealedRow):
    """What the parts of all states of a round gave. `plausible`: it is a table; else no row."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    round = internal(models.CharField(max_length=64, unique=True))
    added_at = internal(models.DateTimeField())
    plausible = internal(models.BooleanField())
    row = SealedField()


class SumGiven(models.Model):
    """A sum to which this node has given its part, in words of its own: never forgotten, whatever
    becomes of what was published about it."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    round = internal(models.CharField(max_length=64, unique=True))
    population = internal(models.CharField(max_length=60))
    table = internal(models.CharField(max_length=60))
    first = internal(models.DateField())
    last = internal(models.DateField())
    states = internal(models.JSONField())
    given_at = internal(models.DateTimeField())
