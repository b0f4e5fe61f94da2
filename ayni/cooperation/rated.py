"""A clock that the state which waited has rated, once the answer was there."""

from __future__ import annotations

from django.db import models

from ayni.cooperation import vocabulary as words
from ayni.vault.fields import internal


class Rated(models.Model):
    """`timeliness` and `effort`: codes of `Rating`, empty while nobody has rated."""

    timeliness = internal(models.CharField(max_length=4, blank=True, choices=words.Rating.choices))
    effort = internal(models.CharField(max_length=4, blank=True, choices=words.Rating.choices))

    class Meta:
        abstract = True
