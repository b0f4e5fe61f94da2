"""What is counted of a closed case: coded answers without identity.

The row has an id and a key of its own. Only the case knows which row is its own (sealed under the
person's key): once that key is erased nobody can tell whose answers they were.
"""

from __future__ import annotations

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal


class StatisticsRecord(SealedRow):
    """The coded answers of one closed case (`closing.COUNTED`). `subject` is the institution's key
    for such rows, never a person's."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    closed_year = internal(models.PositiveSmallIntegerField())
    coded = SealedField()
