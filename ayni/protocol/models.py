"""What must be stored: versions, who adopted them, runs, their events, and what is due.

Nothing here is about a person: a subject is a random id, a reason is a code of the definition.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.lib.identifiers import new_id
from ayni.protocol.engine import StepState
from ayni.protocol.events import EventKind
from ayni.protocol.model import Side, SubjectKind
from ayni.vault.fields import internal, public


def _codes(codes: type[EventKind | Side | StepState | SubjectKind]) -> list[tuple[str, str]]:
    return [(code.value, code.value) for code in codes]


class ProtocolVersion(models.Model):
    """One version of a definition, whole. The database refuses to change it: cases rest on it."""

    id = public(models.UUIDField(primary_key=True, default=new_id, editable=False))
    key = public(models.CharField(max_length=60))
    version = public(models.CharField(max_length=20))
    digest = public(models.CharField(max_length=64))
    document = public(models.JSONField())
    stored_at = public(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="protocol_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class Adoption(models.Model):
    """An adoption as this node's state published it (`entry`: digest of what it signed), kept when
    the first subject is opened under it. The database refuses to change it: cases rest on it.

    `adopted_on`: the day from which it holds. `parameters`: {step, limit, value, act} of each
    national limit; `reservations`: {step, text}, an empty step for the whole.
    """

    id = public(models.UUIDField(primary_key=True, default=new_id, editable=False))
    state = public(models.CharField(max_length=12))
    protocol = public(
        models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="adoptions")
    )
    adopted_on = public(models.DateField())
    act = public(models.TextField(blank=True))
    parameters = public(models.JSONField(default=list))
    reservations = public(models.JSONField(default=list))
    entry = public(models.CharField(max_length=64, blank=True))
    recorded_at = public(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=~models.Q(entry=""),
                name="protocol_adoption_kept_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.adopted_on}"


class Run(models.Model):
    """One subject (post, notice or case) under one version. `subject` is the caller's id for it;
    `adoption` what its state had adopted when it was opened, with the national parameters."""

    subject = internal(models.UUIDField(primary_key=True, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    kind = internal(models.CharField(max_length=8, choices=_codes(SubjectKind)))
    side = internal(models.CharField(max_length=12, choices=_codes(Side)))
    protocol = internal(
        models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    )
    adoption = internal(
        models.ForeignKey(Adoption, null=True, on_delete=models.PROTECT, related_name="+")
    )
    continues = internal(
        models.OneToOneField(
            "self", null=True, on_delete=models.PROTECT, related_name="continued_by"
        )
    )
    country = internal(models.CharField(max_length=2))
    time_zone = internal(models.CharField(max_length=40))
    opened_at = internal(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="post", side="own")
                | (~models.Q(kind="post") & ~models.Q(side="own")),
                name="protocol_only_a_post_is_its_own_side",
            ),
            models.CheckConstraint(
                condition=models.Q(continues__isnull=True) | models.Q(kind="case"),
                name="protocol_only_a_case_continues_a_notice",
            ),
        ]

    def __str__(self) -> str:
        return str(self.subject)


class StepEvent(models.Model):
    """One thing that happened to a subject. Only ever added; the database refuses changes."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    run = internal(models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events"))
    kind = internal(models.CharField(max_length=10, choices=_codes(EventKind)))
    step = internal(models.CharField(max_length=8, blank=True))
    side = internal(models.CharField(max_length=12, choices=_codes(Side)))
    occurrence = internal(models.PositiveSmallIntegerField(default=1))
    at = internal(models.DateTimeField())
    recorded_at = internal(models.DateTimeField())
    due_at = internal(models.DateTimeField(null=True))
    reason = internal(models.CharField(max_length=40, blank=True))
    moment = internal(models.CharField(max_length=40, blank=True))
    corrects = internal(
        models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    )
    by_kind = internal(models.CharField(max_length=10))
    by_id = internal(models.CharField(max_length=64))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "at"], name="protocol_event_of_run")]

    def __str__(self) -> str:
        return f"{self.kind} {self.step}"


class PostEntry(models.Model):
    """What a post wrote down at a step of its readiness (phase 0): law, services, agreements.

    Nothing of it is about a person. Only ever added.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    run = internal(models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entries"))
    step = internal(models.CharField(max_length=8))
    answers = internal(models.JSONField())
    recorded_at = internal(models.DateTimeField())
    by_id = internal(models.CharField(max_length=64))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run", "-recorded_at"], name="protocol_entry_of_post")
        ]

    def __str__(self) -> str:
        return self.step


class Due(models.Model):
    """What somebody has to do now, kept beside the events so that lists need no engine.

    Whether it is overdue is asked of `due_at` and the clock, so nothing changes as time passes.
    """

    id = internal(models.BigAutoField(primary_key=True))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    run = internal(models.ForeignKey(Run, on_delete=models.CASCADE, related_name="due"))
    kind = internal(models.CharField(max_length=8, choices=_codes(SubjectKind)))
    step = internal(models.CharField(max_length=8))
    occurrence = internal(models.PositiveSmallIntegerField())
    side = internal(models.CharField(max_length=12, choices=_codes(Side)))
    mine = internal(models.BooleanField())
    actor = internal(models.CharField(max_length=40))
    role = internal(models.CharField(max_length=40))
    state = internal(models.CharField(max_length=16, choices=_codes(StepState)))
    due_at = internal(models.DateTimeField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "step"], name="protocol_due_once_a_step"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["institution", "mine", "state", "due_at", "id"], name="protocol_due_list"
            ),
            # Notices and posts are few beside cases; their lists must not walk through those.
            models.Index(
                fields=["institution", "due_at"],
                condition=~models.Q(kind=SubjectKind.CASE.value),
                name="protocol_due_no_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.state}"
