"""Tables of notices, persons, cases and consents. Personal and sealed columns hold sealed JSON."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ayni.cases import vocabulary as words
from ayni.cases.admitted import CaseAccess
from ayni.cases.alarmed import ReadingAlarm
from ayni.cases.counted import StatisticsRecord
from ayni.cases.expiring import Expiring, only_after
from ayni.cases.forms_begun import Draft, SentForm
from ayni.cases.states import CASE_OPEN, NoticeState
from ayni.lib.identifiers import new_id
from ayni.vault.fields import PersonalField, SealedField, SealedRow, internal

__all__ = [
    "CaseAccess",
    "Draft",
    "ReadingAlarm",
    "SentForm",
    "StatisticsRecord",
]  # Django looks for every table of the room here

_OPEN = models.Q(status__in=sorted(CASE_OPEN))


def _choices(enum: type[models.TextChoices]) -> list[tuple[str, str]]:
    return [(value, value) for value in enum.values]


class Owned(SealedRow):
    """A row that belongs to one institution (row-level security) and is sealed for one subject.

    `version` grows with every change: a later editor never overwrites silently.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    created_at = internal(models.DateTimeField())
    version = internal(models.PositiveIntegerField(default=1))

    class Meta:
        abstract = True


class Notice(Owned, Expiring):
    """What someone told (protocol phase 1). A historical one is read-only, without clocks."""

    reference = internal(models.CharField(max_length=20))
    state = internal(
        models.CharField(max_length=12, choices=[(s.value, s.value) for s in NoticeState])
    )
    received_at = internal(models.DateTimeField())
    channel = internal(models.CharField(max_length=20, choices=_choices(words.Channel), blank=True))
    informant = internal(
        models.CharField(max_length=20, choices=_choices(words.Informant), blank=True)
    )
    informant_body = internal(
        models.CharField(max_length=20, choices=_choices(words.InformantBody), blank=True)
    )
    anonymous = internal(models.BooleanField(null=True))
    subject_matter = internal(
        models.CharField(max_length=24, choices=_choices(words.SubjectMatter), blank=True)
    )
    person_missing = internal(models.BooleanField(null=True))
    track = internal(models.CharField(max_length=12, choices=_choices(words.Track), blank=True))
    situation = internal(
        models.CharField(max_length=12, choices=_choices(words.Situation), blank=True)
    )
    triaged_at = internal(models.DateTimeField(null=True))
    imminent_danger = internal(models.BooleanField(null=True))
    age_group = internal(
        models.CharField(max_length=5, choices=[("child", "child"), ("adult", "adult")], blank=True)
    )
    outcome = internal(
        models.CharField(max_length=20, choices=_choices(words.NoticeOutcome), blank=True)
    )
    decided_at = internal(models.DateTimeField(null=True))
    language = internal(models.CharField(max_length=8, blank=True))
    interpreter = internal(models.BooleanField(null=True))
    safe_to_talk = internal(models.BooleanField(null=True))
    searched_at = internal(models.DateTimeField(null=True))
    match_result = internal(
        models.CharField(max_length=10, choices=_choices(words.MatchResult), blank=True)
    )
    source = internal(models.CharField(max_length=20, blank=True))
    source_number = internal(models.CharField(max_length=40, blank=True))
    place = PersonalField()
    informant_name = PersonalField()
    contact = PersonalField()  # {method, note, address, hours, never, …}
    about = PersonalField()  # who the notice is about, as told: {name, age, phone, document, …}
    narrative = SealedField()
    indicators = SealedField()
    triage_reason = SealedField()
    decision_reason = SealedField()
    original = SealedField()  # a historical record, verbatim

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["institution", "state", "-received_at"], name="cases_notice_desk"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "source", "source_number"],
                condition=~models.Q(source=""),
                name="cases_notice_imported_once",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", decided_at__isnull=True)
                | ~models.Q(outcome="") & models.Q(decided_at__isnull=False),
                name="cases_notice_decided_when",
            ),
            only_after("erased_at", "blocked_at", "cases_notice_blocked_then_erased"),
            # Only what another system recorded may leave open how it came and whether by name.
            models.CheckConstraint(
                condition=models.Q(state=NoticeState.HISTORICAL.value)
                | ~models.Q(channel="") & models.Q(anonymous__isnull=False),
                name="cases_notice_how_it_came",
            ),
        ]

    @property
    def situation_words(self) -> str:
        """The triage class in the reader's language."""
        return str(words.Situation(self.situation).label) if self.situation else ""

    @property
    def informant_words(self) -> str:
        """Who told it, in the reader's language; empty if it was not said."""
        return str(words.Informant(self.informant).label) if self.informant else ""

    @property
    def channel_words(self) -> str:
        """How it came, in the reader's language; empty if it was not said."""
        return str(words.Channel(self.channel).label) if self.channel else ""

    @property
    def is_historical(self) -> bool:
        """Whether it is a record of another system: read, never worked on."""
        return self.state == NoticeState.HISTORICAL

    @property
    def body_words(self) -> str:
        """Which kind of institution gave it; empty if none did."""
        return str(words.InformantBody(self.informant_body).label) if self.informant_body else ""

    @property
    def subject_words(self) -> str:
        """What it tells of."""
        return str(words.SubjectMatter(self.subject_matter).label) if self.subject_matter else ""

    @property
    def track_words(self) -> str:
        """Which crime it may be about."""
        return str(words.Track(self.track).label) if self.track else ""

    @property
    def language_words(self) -> str:
        """The language of the person, as far as it is one of those that we have words for."""
        known = dict(words.Language.choices)
        return str(known.get(self.language, self.language))

    @property
    def match_words(self) -> str:
        """What the search for earlier records brought."""
        return str(words.MatchResult(self.match_result).label) if self.match_result else ""

    @property
    def outcome_words(self) -> str:
        """The decision in the reader's language."""
        return str(words.NoticeOutcome(self.outcome).label) if self.outcome else ""


class NoticeReferral(models.Model):
    """One link of the dated referral chain of a notice (Línea 145: up to three)."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    # Read by notice; an index by institution would only mislead a database without statistics.
    institution = internal(
        models.ForeignKey(
            "members.Institution", on_delete=models.PROTECT, related_name="+", db_index=False
        )
    )
    notice = internal(
        models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="referral_chain")
    )
    ordinal = internal(models.PositiveSmallIntegerField())
    body = internal(models.CharField(max_length=200))
    referred_at = internal(models.DateTimeField(null=True))
    to_court = internal(models.BooleanField(null=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "ordinal"], name="cases_chain_in_order"),
        ]


class NoticePerson(SealedRow):
    """A person named in a notice. An accused person is never opened as the person of a case."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    # Read by notice; an index by institution would only mislead a database without statistics.
    institution = internal(
        models.ForeignKey(
            "members.Institution", on_delete=models.PROTECT, related_name="+", db_index=False
        )
    )
    notice = internal(models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="persons"))
    ordinal = internal(models.PositiveIntegerField())
    role = internal(models.CharField(max_length=12, choices=_choices(words.NamedAs)))
    # Whether one was told, so that gaps can be counted; which one lies in `details`.
    nationality = internal(
        models.CharField(
            max_length=8,
            choices=_choices(words.NationalityTold),
            default=words.NationalityTold.MISSING.value,
        )
    )
    details = PersonalField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "ordinal"], name="cases_named_in_order"),
        ]

    @property
    def role_words(self) -> str:
        """As what she or he is named, in the reader's language."""
        return str(words.NamedAs(self.role).label)

    @property
    def nationality_words(self) -> str:
        """Whether a nationality was told, in the reader's language."""
        return str(words.NationalityTold(self.nationality).label)


class Person(Owned):
    """A person as documents and the person herself state it (design, "Persons")."""

    name_as_written = PersonalField()
    given_names = PersonalField()
    first_surname = PersonalField()
    second_surname = PersonalField()
    other_names = PersonalField()  # [{kind, name}]
    birth = PersonalField()
    gender = PersonalField()
    citizenships = PersonalField()  # ISO 3166-1 alpha-2 codes
    documents = PersonalField()  # [{kind, issuing_state, number, withheld_by_others}]
    phones = PersonalField()  # E.164
    contact = PersonalField()
    languages = PersonalField()  # ISO 639-3 codes, most at ease first
    residence_country = PersonalField()
    feared_states = SealedField()  # codes of states that must never learn of her
    health = SealedField()


class Case(Owned, Expiring):
    """One institution's work for one person, under one version of the protocol."""

    reference = internal(models.CharField(max_length=20, unique=True))
    person = internal(models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases"))
    notice = internal(
        models.OneToOneField(Notice, null=True, on_delete=models.PROTECT, related_name="case")
    )
    side = internal(models.CharField(max_length=12, choices=_choices(words.Side)))
    tracks = internal(models.JSONField(default=list))
    status = internal(models.CharField(max_length=16, choices=_choices(words.CaseStatus)))
    definition = internal(models.CharField(max_length=40))
    definition_version = internal(models.CharField(max_length=20))
    host_country = internal(models.CharField(max_length=2, blank=True))
    situation = internal(
        models.CharField(max_length=12, choices=_choices(words.Situation), blank=True)
    )
    risk = internal(models.CharField(max_length=12, choices=_choices(words.Risk), blank=True))
    assigned_to = internal(
        models.ForeignKey(
            settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
        )
    )
    opened_at = internal(models.DateTimeField())
    closed_at = internal(models.DateTimeField(null=True))
    closure_reason = internal(
        models.CharField(max_length=20, choices=_choices(words.ClosureReason), blank=True)
    )
    kept_until = internal(models.DateField(null=True))
    kept_by = internal(models.JSONField(default=dict))  # {months, status, source}
    record = SealedField()  # id of the `StatisticsRecord` that was written of it
    facts = SealedField()  # answers that decide conditions of the protocol: {fact: value}
    narrative = SealedField()
    needs = SealedField()
    exploitation = SealedField()
    circumstances = SealedField()  # {profile: {answer, at}}, as `circumstances.py` keeps them
    closure_note = SealedField()

    class Meta:
        indexes: ClassVar = [
            # Each list is read newest first by one of these, however many cases there are.
            models.Index(
                fields=["institution", "status", "-opened_at", "-id"], name="cases_case_list"
            ),
            models.Index(
                fields=["institution", "-opened_at", "-id"], condition=_OPEN, name="cases_case_open"
            ),
            models.Index(
                fields=["institution", "assigned_to", "-opened_at", "-id"],
                condition=_OPEN,
                name="cases_case_mine",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["Active", "FollowUp"], closed_at__isnull=True)
                | models.Q(status__in=["Closed", "ClosedReferred"], closed_at__isnull=False)
                # Erased after a backup that knew it open: nobody knows the reason any more.
                & (~models.Q(closure_reason="") | models.Q(erased_at__isnull=False)),
                name="cases_case_closed_when_why",
            ),
            only_after("blocked_at", "closed_at", "cases_case_closed_then_blocked"),
            only_after("erased_at", "blocked_at", "cases_case_blocked_then_erased"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, kept_until__isnull=True)
                | models.Q(closed_at__isnull=False, kept_until__isnull=False),
                name="cases_case_kept_until_when_closed",
            ),
        ]

    @property
    def status_words(self) -> str:
        """The status in the reader's language."""
        return str(words.CaseStatus(self.status).label)

    @property
    def risk_words(self) -> str:
        """The level of risk in the reader's language; empty if it was never assessed."""
        return str(words.Risk(self.risk).label) if self.risk else ""

    @property
    def closure_words(self) -> str:
        """Why it was closed, in the reader's language."""
        return str(words.ClosureReason(self.closure_reason).label) if self.closure_reason else ""


class StepForm(Owned):
    """What was written down at one step of the protocol, on the case or before it on the notice.

    The event itself lies in `protocol`; a form and its event have the same id.
    """

    case = internal(
        models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="forms")
    )
    notice = internal(
        models.ForeignKey(Notice, null=True, on_delete=models.CASCADE, related_name="forms")
    )
    step = internal(models.CharField(max_length=40))
    written_by = internal(models.UUIDField(null=True))
    answers = SealedField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(case__isnull=True, notice__isnull=False)
                | models.Q(case__isnull=False, notice__isnull=True),
                name="cases_form_of_case_or_notice",
            ),
        ]


class AntecedentLink(models.Model):
    """An earlier notice or case that an officer decided is about the same person (step 1.4).

    Linked, never merged: both keep what they hold.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    notice = internal(models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="links"))
    about = internal(
        models.CharField(max_length=8, choices=[("notice", "notice"), ("case", "case")])
    )
    about_id = internal(models.UUIDField())
    linked_at = internal(models.DateTimeField())
    linked_by = internal(models.UUIDField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "about_id"], name="cases_linked_once"),
        ]


class Consent(Owned):
    """A consent for one purpose, one recipient, named fields; can be withdrawn at any time."""

    case = internal(models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consents"))
    purpose = internal(models.CharField(max_length=16, choices=_choices(words.Purpose)))
    recipient_state = internal(models.CharField(max_length=12, blank=True))
    recipient_institution = internal(models.CharField(max_length=60, blank=True))
    fields = internal(models.JSONField(default=list))
    given_by = internal(models.CharField(max_length=16, choices=_choices(words.ConsentBy)))
    questions = internal(models.JSONField(default=dict))
    language = internal(models.CharField(max_length=8))
    text_version = internal(models.CharField(max_length=20))
    given_at = internal(models.DateTimeField())
    valid_until = internal(models.DateTimeField())
    recorded_by = internal(models.UUIDField())
    withdrawn_at = internal(models.DateTimeField(null=True))
    withdrawn_by = internal(models.CharField(max_length=64, blank=True))
    witness = PersonalField()
    own_view = SealedField()  # what a child herself says about it

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("given_at")),
                name="cases_consent_ends_later",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by="")
                | models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawn_by=""),
                name="cases_consent_withdrawn_by_whom",
            ),
        ]

    @property
    def purpose_words(self) -> str:
        """The purpose in the reader's language."""
        return str(words.Purpose(self.purpose).label)

    @property
    def print_language(self) -> str:
        """The language in which it is printed; Spanish where we have no text in hers."""
        return {"pt": "pt-br", "en": "en"}.get(self.language, "es")


class HandOver(Owned):
    """A note from one officer to the next at the end of a shift."""

    case = internal(models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hand_overs"))
    from_user = internal(models.UUIDField(null=True))
    to_user = internal(models.UUIDField(null=True))
    note = SealedField()


class SearchToken(models.Model):
    """Keyed tokens of a person or notice. Seen by the whole node: they tell *where* something
    similar is known, never what. `own_only`: found by its own institution only, because the person
    fears the state whose node this is."""

    id = internal(models.BigAutoField(primary_key=True))
    token = internal(models.BinaryField(max_length=16))
    kind = internal(models.CharField(max_length=12))
    institution_id = internal(models.UUIDField())
    subject = internal(models.UUIDField(db_index=True))
    about = internal(models.CharField(max_length=8))  # person | notice
    about_id = internal(models.UUIDField())
    own_only = internal(models.BooleanField(default=False))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["token"], name="cases_token")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "kind", "about_id"], name="cases_token_once"),
        ]
