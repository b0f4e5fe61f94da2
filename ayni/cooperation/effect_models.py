"""What became of data whose consent was withdrawn or is over: one row beside each receiver."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from ayni.cooperation import vocabulary as words
from ayni.lib import clock
from ayni.lib.identifiers import new_id
from ayni.vault.fields import internal


class ConsentEffect(models.Model):
    """A consent that ended, beside one receiver of data under it. `cause`: withdrawn, or its time
    over; `ended_at`: since when in either case. `out`: it was given here; `in`: we are the
    receiver, `subject` being whose key was or is needed to read what we received. `due_at`: by
    when the receiver says what it does; it is told with the end, so both sides have the same (of a
    letter, and of what a version before told, the sender has none). `what`: empty for a referral or
    request; else what a room above sent, `about` being its row there. `silent`: she fears the state
    that asks, which is told nothing. `untold`: what was done could not be told yet. `effect_at`:
    since when the effect is as it is; the names with `first`, what was said first, do not change
    when what was kept is destroyed later."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    direction = internal(models.CharField(max_length=3, choices=[("out", "out"), ("in", "in")]))
    about = internal(models.UUIDField())
    case = internal(
        models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(null=True))
    consent_id = internal(models.UUIDField(null=True))
    shared_id = internal(models.CharField(max_length=32))
    counterpart_state = internal(models.CharField(max_length=12))
    counterpart_institution = internal(models.CharField(max_length=60))
    what = internal(models.CharField(max_length=12, blank=True, choices=words.What.choices))
    by_letter = internal(models.BooleanField(default=False))
    silent = internal(models.BooleanField(default=False))
    untold = internal(models.BooleanField(default=False))
    cause = internal(
        models.CharField(
            max_length=9, choices=words.Ending.choices, default=words.Ending.WITHDRAWN.value
        )
    )
    ended_at = internal(models.DateTimeField())
    due_at = internal(models.DateTimeField(null=True))
    effect = internal(models.CharField(max_length=10, blank=True, choices=words.Effect.choices))
    reason = internal(models.CharField(max_length=12, blank=True, choices=words.WhyKept.choices))
    effect_at = internal(models.DateTimeField(null=True))
    first_effect = internal(
        models.CharField(max_length=10, blank=True, choices=words.Effect.choices)
    )
    first_reason = internal(
        models.CharField(max_length=12, blank=True, choices=words.WhyKept.choices)
    )
    first_at = internal(models.DateTimeField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "direction", "shared_id"], name="cooperation_effect_shared"
            ),
            models.UniqueConstraint(
                fields=["institution", "about", "consent_id"],
                condition=models.Q(direction="out"),
                name="cooperation_effect_once",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="out", consent_id__isnull=False)
                | models.Q(direction="in", subject__isnull=False, due_at__isnull=False),
                name="cooperation_effect_of_what",
            ),
            models.CheckConstraint(
                condition=models.Q(effect="", reason="", effect_at__isnull=True)
                | models.Q(effect="destroyed", reason="", effect_at__isnull=False)
                | models.Q(effect__in=["partly", "kept"], effect_at__isnull=False)
                & ~models.Q(reason=""),
                name="cooperation_effect_said",
            ),
            models.CheckConstraint(
                condition=models.Q(effect="", first_effect="", first_reason="", first_at=None)
                | ~models.Q(effect="")
                & ~models.Q(first_effect="")
                & models.Q(first_at__isnull=False, first_at__lte=models.F("effect_at")),
                name="cooperation_effect_first",
            ),
        ]

    SAID: ClassVar = [
        "effect", "reason", "effect_at", "first_effect", "first_reason", "first_at",
    ]  # fmt: skip

    def say(self, *, effect: str, reason: str, at: datetime) -> None:
        """Note what the receiver did, unsaved. Once it is destroyed nothing further counts, and the
        same once more is no news. Its own time counts, but no time before the end, before what it
        said first, or in the future."""
        if self.effect == words.Effect.DESTROYED or (effect, reason) == (self.effect, self.reason):
            return
        earliest = self.ended_at if self.first_at is None else max(self.ended_at, self.first_at)
        self.effect, self.reason = effect, reason
        self.effect_at = max(min(max(at, earliest), clock.now()), earliest)
        if self.first_at is None:
            self.first_effect, self.first_reason = effect, reason
            self.first_at = self.effect_at

    @property
    def changed(self) -> bool:
        """Whether something else was said first."""
        return (self.effect, self.reason) != (self.first_effect, self.first_reason)

    @property
    def late(self) -> bool:
        """Whether it is owed to say what was done, and the day is over."""
        return not self.effect and self.due_at is not None and self.due_at <= clock.now()


class Tellable(models.Model):
    """That a state may be told what became of a case's data once the case is erased, as judged
    while it was known whom its person fears (`tellable.py`). No row: it is told nothing."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    case = internal(models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+"))
    state = internal(models.CharField(max_length=12))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "case", "state"], name="cooperation_tellable_once"
            )
        ]
