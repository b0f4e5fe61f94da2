"""Tables of what others published and was loaded to be counted: editions, their rows, the log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.statistics.sources.glotip import FIRST_YEAR, LONGEST_TEXT, Why
from ayni.vault.fields import internal, public


class Edition(models.Model):
    """One file of a published source, as it was loaded: never changed afterwards, a newer file is
    another edition. `ended_at` is empty for one that was broken off: nothing is counted of it."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    source = public(models.CharField(max_length=20))
    file = public(models.CharField(max_length=200))
    digest = public(models.CharField(max_length=64))  # SHA-256 of the file, hexadecimal
    dated = public(models.DateField())  # the date of the data, as the file states it
    rows = public(models.PositiveIntegerField())
    loaded_rows = internal(models.PositiveIntegerField(default=0))
    masked = public(models.PositiveIntegerField(default=0))
    without_count = public(models.PositiveIntegerField(default=0))
    began_at = internal(models.DateTimeField())
    ended_at = internal(models.DateTimeField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "digest"], name="statistics_edition_once"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(loaded_rows=models.F("rows"), ended_at__gte=models.F("began_at")),
                name="statistics_edition_whole",
            ),
        ]


class Observation(models.Model):
    """One row of an edition in codes (`sources/glotip.py`). A mask has no number."""

    id = internal(models.BigAutoField(primary_key=True))
    edition = public(
        models.ForeignKey(
            Edition, on_delete=models.CASCADE, related_name="observations", db_index=False
        )
    )
    row = public(models.PositiveIntegerField())
    state = public(models.CharField(max_length=2, blank=True))
    country = public(models.CharField(max_length=LONGEST_TEXT))
    region = public(models.CharField(max_length=LONGEST_TEXT))
    subregion = public(models.CharField(max_length=LONGEST_TEXT))
    measure = public(models.CharField(max_length=20))
    split = public(models.CharField(max_length=20))
    category = public(models.CharField(max_length=20, blank=True))
    category_text = public(models.CharField(max_length=LONGEST_TEXT, blank=True))
    sex = public(models.CharField(max_length=10))
    age = public(models.CharField(max_length=10))
    year = public(models.PositiveSmallIntegerField())
    count = public(models.PositiveIntegerField(null=True))
    mask = public(models.CharField(max_length=10, blank=True))
    told = public(models.CharField(max_length=LONGEST_TEXT))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "row"], name="statistics_row_once"),
            models.CheckConstraint(
                condition=models.Q(mask="") | models.Q(count__isnull=True),
                name="statistics_mask_is_no_number",
            ),
            models.CheckConstraint(
                condition=models.Q(year__gte=FIRST_YEAR), name="statistics_year_plausible"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["edition", "measure", "split", "year", "state"], name="statistics_counted"
            ),
        ]


class Remark(models.Model):
    """A value of an edition that did not become exactly what it says; how often, first where."""

    id = internal(models.BigAutoField(primary_key=True))
    edition = public(models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="remarks"))
    column = public(models.CharField(max_length=60))
    found = public(models.CharField(max_length=LONGEST_TEXT, blank=True))
    became = public(models.CharField(max_length=LONGEST_TEXT, blank=True))
    why = public(models.CharField(max_length=20, choices=[(w.value, w.value) for w in Why]))
    first_row = public(models.PositiveIntegerField())
    times = public(models.PositiveIntegerField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["edition", "column", "found", "became", "why"],
                name="statistics_remark_once",
            ),
        ]
