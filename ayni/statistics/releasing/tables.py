"""Tables of releases: the proposal, its sealed inputs and result, its review, and the ledger."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.lib.identifiers import new_id
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.privacy.ledger import ChargeKind
from ayni.statistics.releasing.declared import Method
from ayni.statistics.releasing.reasons import WhyCorrected, WhyWithdrawn
from ayni.statistics.releasing.states import Phase, State
from ayni.vault.fields import SealedField, SealedRow, internal


class Release(models.Model):
    """A release from its proposal on. Codes, states and times only; what it is made of and what it
    says is sealed beside it. `key` and `version`: of its entry in the gazette, once published."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    population = internal(models.CharField(max_length=120))
    source = internal(models.CharField(max_length=20))
    # Holder of tallies, digest of a sum, or SHA-256 of a file of records (which leaves no node).
    origin = internal(models.CharField(max_length=120))
    mode = internal(models.CharField(max_length=24, choices=[(m.value, m.value) for m in Mode]))
    method = internal(models.CharField(max_length=12, choices=[(m.value, m.value) for m in Method]))
    state = internal(models.CharField(max_length=12, choices=[(s.value, s.value) for s in State]))
    declared = internal(models.JSONField())
    about = internal(models.JSONField())
    seen = internal(models.JSONField(default=list))  # ids released before, when it was checked
    proposed_by = internal(models.UUIDField())
    proposed_at = internal(models.DateTimeField())
    phase = internal(models.CharField(max_length=12, choices=[(p.value, p.value) for p in Phase]))
    phase_at = internal(models.DateTimeField())
    tries = internal(models.PositiveSmallIntegerField(default=0))
    checked_at = internal(models.DateTimeField(null=True))
    refusals = internal(models.PositiveIntegerField(default=0))
    sha256 = internal(models.CharField(max_length=64, blank=True))
    published_by = internal(models.UUIDField(null=True))
    published_at = internal(models.DateTimeField(null=True))
    key = internal(models.CharField(max_length=40, blank=True))
    version = internal(models.PositiveIntegerField(default=0))
    corrects = internal(models.ForeignKey("self", on_delete=models.PROTECT, null=True))
    reason = internal(  # why it corrects
        models.CharField(
            max_length=20, blank=True, default="",
            choices=[(w.value, w.value) for w in WhyCorrected],
        )
    )  # fmt: skip
    withdrawn_for = internal(
        models.CharField(
            max_length=20, blank=True, default="",
            choices=[(w.value, w.value) for w in WhyWithdrawn],
        )
    )  # fmt: skip
    withdrawn_by = internal(models.UUIDField(null=True))
    withdrawn_at = internal(models.DateTimeField(null=True))

    class Meta:
        constraints: ClassVar = [
            # One mode each, and the method that belongs to it.
            models.CheckConstraint(
                condition=Q(mode=Mode.DIFFERENTIAL_PRIVACY, method=Method.MODEL)
                | (Q(mode=Mode.CLASSICAL) & ~Q(method=Method.MODEL)),
                name="statistics_release_one_mode",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("proposed_by")),
                name="statistics_release_not_by_its_proposer",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True, key="")
                | (Q(published_at__isnull=False, published_by__isnull=False, version__gt=0)
                   & ~Q(key="") & ~Q(sha256="")),
                name="statistics_release_published_whole",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=False)
                | ~Q(state__in=[State.PUBLISHED, State.REPLACED, State.WITHDRAWN]),
                name="statistics_release_published_has_time",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, reason="")
                | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="statistics_release_corrects_and_says_why",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.WITHDRAWN) & ~Q(withdrawn_for=""))
                | (~Q(state=State.WITHDRAWN) & Q(withdrawn_for="")),
                name="statistics_release_withdrawn_says_why",
            ),
            models.UniqueConstraint(
                fields=["key", "version"],
                condition=~Q(key=""),
                name="statistics_release_one_version",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["population", "state"], name="statistics_release_of"),
        ]


class ReleaseInput(SealedRow):
    """What a release is made of: it never leaves the node. `counts`: how many records have each
    combination (emptied when the noise is drawn); `secret`: the seed; `noisy`: what the noise gave;
    `kept`: what rounding gave for each cell, for the next edition; `aside`: what stands under
    "other" or was left out, as the reviewer is told of it (`aside.py`)."""

    release = internal(models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True))
    counts = SealedField()
    secret = SealedField()
    noisy = SealedField()
    kept = SealedField()
    aside = SealedField()


class ReleaseResult(SealedRow):
    """What the machine made and found. `content`: what is published once it is accepted;
    `verdict`: for the node's people, for it may tell true counts."""

    release = internal(models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True))
    content = SealedField()
    verdict = SealedField()


class Decision(models.TextChoices):
    """What a second person decides."""

    ACCEPT = "accept", "accept"
    SEND_BACK = "send_back", "send_back"


class ReleaseReview(SealedRow):
    """What a second person decided, and why. Never changed."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    release = internal(
        models.ForeignKey(Release, on_delete=models.PROTECT, related_name="reviews")
    )  # fmt: skip
    proposer = internal(models.UUIDField())
    by = internal(models.UUIDField())
    at = internal(models.DateTimeField())
    sha256 = internal(models.CharField(max_length=64))  # of what was reviewed
    decision = internal(models.CharField(max_length=12, choices=Decision.choices))
    reasons = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(by=F("proposer")), name="statistics_review_by_another"
            ),
        ]


class LedgerLine(models.Model):
    """What one release has cost each record of one year of registration. Only ever added to: a
    release that is withdrawn has been seen. `place` counts the lines of a year, so that two at once
    cannot both stand on the same sum; `spent` is that sum with this line."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    release = internal(models.ForeignKey(Release, on_delete=models.PROTECT, related_name="ledger"))
    population = internal(models.CharField(max_length=120))
    cohort = internal(models.PositiveSmallIntegerField())
    place = internal(models.PositiveIntegerField())
    kind = internal(
        models.CharField(max_length=8, choices=[(k.value, k.value) for k in ChargeKind])
    )
    rho = internal(models.DecimalField(max_digits=18, decimal_places=12))
    spent = internal(models.DecimalField(max_digits=18, decimal_places=12))
    most = internal(models.DecimalField(max_digits=18, decimal_places=12))
    reason = internal(models.CharField(max_length=12, blank=True))
    entered_at = internal(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["population", "cohort", "place"], name="statistics_ledger_in_order"
            ),
            models.UniqueConstraint(
                fields=["release", "cohort"], name="statistics_ledger_charged_once"
            ),
            models.UniqueConstraint(
                fields=["population", "cohort"],
                condition=Q(kind=ChargeKind.FIRST),
                name="statistics_ledger_first_once",
            ),
            models.CheckConstraint(
                condition=Q(rho__gt=0, place__gt=0, spent__gte=F("rho"), spent__lte=F("most")),
                name="statistics_ledger_within",
            ),
        ]
