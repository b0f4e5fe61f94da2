"""Referrals, requests, their history, clocks, transfers and letters."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from ayni.cooperation import vocabulary as words
from ayni.cooperation.attached import Attachment as Attachment
from ayni.cooperation.effect_models import ConsentEffect as ConsentEffect
from ayni.cooperation.effect_models import Tellable as Tellable
from ayni.cooperation.inquired import UNDER_RULES, Inquired
from ayni.cooperation.pauses import Standing
from ayni.cooperation.rated import Rated
from ayni.cooperation.rights_models import RightsCopy as RightsCopy
from ayni.cooperation.rights_models import RightsRequest as RightsRequest
from ayni.cooperation.states import WAITS, State
from ayni.cooperation.untaken_model import Untaken, ends_alone
from ayni.lib import clock
from ayni.lib.identifiers import new_id
from ayni.vault.fields import SealedField, SealedRow, internal

_STATES = [(state.value, state.value) for state in State]
_DIRECTIONS = [("out", "out"), ("in", "in")]
_KINDS = [(kind, kind) for kind in words.ClockKind.values]
_STANDINGS = [(standing.value, standing.value) for standing in Standing]


class Exchange(Untaken, SealedRow):
    """What referrals and requests share: two institutions, one state each side keeps for itself.

    `conversation` is random, made for this recipient, and the only id that both sides know.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    created_at = internal(models.DateTimeField())
    version = internal(models.PositiveIntegerField(default=1))
    case = internal(
        models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="+")
    )
    direction = internal(models.CharField(max_length=3, choices=_DIRECTIONS))
    counterpart_state = internal(models.CharField(max_length=12))
    counterpart_institution = internal(models.CharField(max_length=60))
    conversation = internal(models.CharField(max_length=32))
    state = internal(models.CharField(max_length=16, choices=_STATES))
    fields = internal(models.JSONField(default=list))
    consent_id = internal(models.UUIDField(null=True))
    due_at = internal(models.DateTimeField(null=True))
    paused_until = internal(models.DateTimeField(null=True))
    agreed_at = internal(models.DateTimeField(null=True))
    sent_at = internal(models.DateTimeField(null=True))
    settled_at = internal(models.DateTimeField(null=True))
    clock_id = internal(models.UUIDField(null=True))
    written_by = internal(models.CharField(max_length=64, blank=True))
    content = SealedField()  # {field: value} as it was sent or received
    handling = internal(models.JSONField(default=dict))

    class Meta:
        abstract = True

    @property
    def state_words(self) -> str:
        """The state in the reader's language."""
        return str(words.STATE_WORDS[State(self.state)])

    @property
    def deadline(self) -> datetime | None:
        """By when the other side, or we, owe the next step; None where nobody does."""
        return self.due_at if State(self.state) in WAITS else None

    @property
    def still_until(self) -> datetime | None:
        """Until when the time for the answer stands still, by agreement of both sides."""
        if self.deadline is None or self.paused_until is None or self.paused_until <= clock.now():
            return None
        return self.paused_until

    @property
    def late(self) -> bool:
        """Whether the deadline is over and does not stand still."""
        over = self.deadline is not None and self.deadline <= clock.now()
        return over and self.still_until is None


class Referral(Exchange):
    """A person is referred to another institution, of this state or another."""

    purpose = internal(models.CharField(max_length=16, default="refer"))
    provisions = internal(models.JSONField(default=list))
    # What the register of norms answered when it left, one answer for each crime (codes and days).
    legal_basis = internal(models.JSONField(default=list))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    as_child = internal(models.BooleanField(default=False))
    side = internal(models.CharField(max_length=12, blank=True))
    wanted = internal(models.JSONField(default=list))
    # Before it is accepted: when earlier records were searched for, what came of it, and which
    # of them are about the same person ([about, id] each; linked, never merged).
    searched_at = internal(models.DateTimeField(null=True))
    search_result = internal(
        models.CharField(max_length=20, blank=True, choices=words.SearchResult.choices)
    )
    earlier = internal(models.JSONField(default=list))

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["institution", "direction", "-created_at"], name="cooperation_referrals"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "conversation", "direction"],
                name="cooperation_referral_once",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="in")
                | models.Q(state__in=["draft", "approved", "cancelled", "withdrawn"])
                | models.Q(consent_id__isnull=False),
                name="cooperation_sent_under_consent",
            ),
            models.CheckConstraint(
                condition=models.Q(direction="in")
                | models.Q(as_child=False)
                | models.Q(state__in=["draft", "cancelled", "withdrawn"])
                | ~models.Q(second_officer="") & ~models.Q(second_officer=models.F("written_by")),
                name="cooperation_child_two_officers",
            ),
            *ends_alone("referral"),
        ]

    @property
    def deadline(self) -> datetime | None:
        """Until it is accepted the time for an answer, then the time agreed for the outcome."""
        waits = WAITS.get(State(self.state))
        return {"due": self.due_at, "agreed": self.agreed_at}.get(waits or "")

    @property
    def still_until(self) -> datetime | None:
        """As for every exchange, while an answer is owed: an agreed date does not stand still."""
        return super().still_until if WAITS.get(State(self.state)) == "due" else None


class Request(Inquired, Exchange):
    """What one institution asks another: to act (protocol step 2.3), or by a registered kind."""

    step = internal(models.CharField(max_length=40))
    matter = internal(models.CharField(max_length=40, choices=words.Matter.choices))
    about = internal(models.CharField(max_length=32, blank=True))  # the referral's conversation

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "conversation", "direction"],
                name="cooperation_request_once",
            ),
            *UNDER_RULES,
            *ends_alone("request"),
        ]


class Event(models.Model):
    """One move in the history of a referral or request: codes and times only."""

    id = internal(models.BigAutoField(primary_key=True))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    about = internal(models.UUIDField(db_index=True))
    move = internal(models.CharField(max_length=16))
    to = internal(models.CharField(max_length=16, choices=_STATES))
    at = internal(models.DateTimeField())
    by_kind = internal(models.CharField(max_length=8))
    by_id = internal(models.CharField(max_length=64))
    detail = internal(models.JSONField(default=dict))

    class Meta:
        ordering: ClassVar = ["id"]

    @property
    def words(self) -> str:
        """The state reached, in the reader's language."""
        return str(words.STATE_WORDS[State(self.to)])


class FirstReading(models.Model):
    """When a role first read what was sent: ours at the other side, theirs here. `about`: the id of
    a referral or request, of the answer to one (`first_readings.answer_to`), or of what another
    room sends."""

    id = internal(models.BigAutoField(primary_key=True))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    about = internal(models.UUIDField())
    role = internal(models.CharField(max_length=40))
    at = internal(models.DateTimeField())

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["about", "role"], name="cooperation_first_reading"),
        ]


class Pause(models.Model):
    """One side of a referral or request asks that its due time stands still; the other answers.

    `shared_id` is random and the same on both nodes. `ended_at`: the full hour from which on the
    time runs again, as the side `ended_by` (`out`: ours) ended it early. `over`: what is due was
    worked out anew after its end.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    about = internal(models.UUIDField(db_index=True))
    shared_id = internal(models.CharField(max_length=32))
    direction = internal(models.CharField(max_length=3, choices=_DIRECTIONS))
    reason = internal(models.CharField(max_length=20, choices=words.PauseReason.choices))
    asked_at = internal(models.DateTimeField())
    until = internal(models.DateTimeField())
    standing = internal(models.CharField(max_length=8, choices=_STANDINGS, default="asked"))
    since = internal(models.DateTimeField(null=True))
    answered_at = internal(models.DateTimeField(null=True))
    ended_at = internal(models.DateTimeField(null=True))
    ended_by = internal(models.CharField(max_length=3, choices=_DIRECTIONS, blank=True))
    end_reason = internal(
        models.CharField(max_length=20, choices=words.EndReason.choices, blank=True)
    )
    over = internal(models.BooleanField(default=False))

    class Meta:
        ordering: ClassVar = ["asked_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "shared_id"], name="cooperation_pause_once"
            ),
            models.CheckConstraint(
                condition=models.Q(standing="asked", since__isnull=True, answered_at__isnull=True)
                | models.Q(standing="refused", since__isnull=True, answered_at__isnull=False)
                | models.Q(standing="agreed", since__isnull=False, answered_at__isnull=False),
                name="cooperation_pause_only_agreed",
            ),
            models.CheckConstraint(
                condition=models.Q(asked_at__lt=models.F("until"))
                & (models.Q(since__isnull=True) | models.Q(since__lt=models.F("until"))),
                name="cooperation_pause_ends",
            ),
            # Only what was agreed on is ended, within its time, by one side and for a reason.
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by="", end_reason="")
                | models.Q(
                    standing="agreed",
                    ended_at__isnull=False,
                    ended_at__gte=models.F("since"),
                    ended_at__lt=models.F("until"),
                )
                & ~models.Q(ended_by="")
                & ~models.Q(end_reason=""),
                name="cooperation_pause_ended_once_agreed",
            ),
        ]


class ProtectionEnd(SealedRow):
    """An officer asks that states are taken off the protection of a case; another one decides.

    `content`: {"states": [code, ...], "reason": text}, sealed as what is recorded of the person.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    case = internal(models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+"))
    asked_at = internal(models.DateTimeField())
    asked_by = internal(models.CharField(max_length=64))
    decided_at = internal(models.DateTimeField(null=True))
    decided_by = internal(models.CharField(max_length=64, blank=True))
    agreed = internal(models.BooleanField(default=False))
    content = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(decided_at__isnull=True),
                name="cooperation_protection_end_once",
            ),
            models.CheckConstraint(
                condition=models.Q(agreed=False)
                | models.Q(decided_at__isnull=False) & ~models.Q(decided_by=models.F("asked_by")),
                name="cooperation_protection_end_two_officers",
            ),
        ]


class Clock(Rated):
    """Who owes whom an answer by when, to the full hour. No institution, no person.

    `told_as` is the random id under which the secretariat knows it: it stands in no other table
    and in no address. The other side has a clock of its own. `withheld`: told to nobody (inside
    one state, the other side's to tell, or a case under protection).
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    told_as = internal(models.UUIDField(unique=True, default=new_id, editable=False))
    owing = internal(models.CharField(max_length=12))
    owed = internal(models.CharField(max_length=12))
    kind = internal(models.CharField(max_length=10, choices=_KINDS))
    noted_at = internal(models.DateTimeField())
    due_at = internal(models.DateTimeField())
    paused_until = internal(models.DateTimeField(null=True))
    done_at = internal(models.DateTimeField(null=True))
    withheld = internal(models.BooleanField(default=False))
    reported = internal(models.BooleanField(default=False))

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"],
                name="cooperation_clock_open",
                condition=models.Q(done_at__isnull=True),
            ),
        ]


class SecretariatClock(Rated):
    """On the secretariat's node: exactly what a state's node tells it (promise 2). `noted_at` is
    its own hour of noting it, from which days to answer are counted."""

    id = internal(models.UUIDField(primary_key=True, editable=False))
    owing = internal(models.CharField(max_length=12))
    owed = internal(models.CharField(max_length=12))
    kind = internal(models.CharField(max_length=10, choices=_KINDS))
    noted_at = internal(models.DateTimeField())
    due_at = internal(models.DateTimeField())
    paused_until = internal(models.DateTimeField(null=True))
    done_at = internal(models.DateTimeField(null=True))

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"],
                name="cooperation_owed_open",
                condition=models.Q(done_at__isnull=True),
            ),
            models.Index(
                fields=["owing", "noted_at"],
                name="cooperation_owing_figures",
                include=["kind", "due_at", "done_at"],
            ),
        ]


class Transfer(models.Model):
    """The register of transfers: which fields, to whom, on what basis, when. Never a value."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    at = internal(models.DateTimeField())
    institution_code = internal(models.CharField(max_length=60))
    about = internal(models.UUIDField())
    recipient_state = internal(models.CharField(max_length=12))
    recipient_institution = internal(models.CharField(max_length=60))
    purpose = internal(models.CharField(max_length=16))
    fields = internal(models.JSONField(default=list))
    basis = internal(models.CharField(max_length=80))
    provisions = internal(models.JSONField(default=list))
    channel = internal(
        models.CharField(
            max_length=10,
            choices=[("node", "node"), ("local", "local"), ("letter", "letter")],
        )
    )
    message = internal(models.CharField(max_length=32, blank=True))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-at", "id"], name="cooperation_transfers"),
            # What left under a consent: at every withdrawal, and every night.
            models.Index(fields=["institution_code", "basis"], name="cooperation_transfers_under"),
        ]


class Letter(models.Model):
    """A referral that goes as a printed letter: printed, handed over and answered, by hand."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    referral = internal(models.OneToOneField(Referral, on_delete=models.CASCADE))
    addressee = internal(models.CharField(max_length=200))
    language = internal(models.CharField(max_length=8))
    printed_at = internal(models.DateTimeField())
    handed_over_on = internal(models.DateField(null=True))
    answered_on = internal(models.DateField(null=True))
