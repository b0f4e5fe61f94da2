"""The table of what is counted of records of this node."""

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
    cells = SealedField()  # {names: [dimension, …], cells: [[code, …, count], …]}

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["holder", "source", "table", "year"], name="statistics_tally_once"
            ),
        ]
