"""The tables of what is counted of records of this node."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class Tally(SealedRow):
    """Counts of one institution's own records: one table of one year, with the codes of its cells.

    Seen by the whole node, unlike the rows; the cells are sealed, for a count of one tells of a
    person. `subject` is the key of the institution's tallies, never a person's.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    holder = internal(models.CharField(max_length=60))  # the code of the institution
    subject = internal(models.UUIDField(editable=False))
    source = internal(models.CharField(max_length=20))
    table = internal(models.CharField(max_length=20))
    year = internal(models.PositiveSmallIntegerField())
    counted_at = internal(models.DateTimeField())
    # {names: [dimension, …], cells: [[code, …, count], …]}, of records that were loaded from files
    # also {last_day, files: [[name, SHA-256], …]}
    cells = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["holder", "source", "table", "year"], name="statistics_tally_once"
            ),
        ]


class CaseCount(SealedRow):
    """What one case adds to the tallies of its institution, so that a change can be taken from them
    and put to them without opening another case. `id` is the case's; sealed under its person's key.

    `lost`: the key is gone, and what the case had added can be read no more.
    """

    id = internal(models.UUIDField(primary_key=True, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    lost = internal(models.BooleanField(default=False))
    added = SealedField()  # [[table, year, code, …], …]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(lost=True, added__isnull=True)
                | models.Q(lost=False, added__isnull=False),
                name="statistics_lost_or_known",
            ),
        ]


class ChangedCase(models.Model):
    """A case of which something changed that may be counted; gone once it was counted again. Never
    the same row twice, so that no change is lost between two transactions."""

    id = internal(models.BigAutoField(primary_key=True))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    case_id = internal(models.UUIDField())
