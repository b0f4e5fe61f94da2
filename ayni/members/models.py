"""Institutions and users. States are data files (`states.py`), not rows."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.lib.identifiers import new_id
from ayni.members.roles import Role
from ayni.vault.fields import internal, public


class InstitutionKind(models.TextChoices):
    """What an institution is; decides which roles of the protocol it can fill."""

    PROGRAMME = "programme", _("National programme of assistance")
    CONSULATE = "consulate", _("Consular post")
    SERVICE = "service", _("Service or shelter")
    PROSECUTION = "prosecution", _("Prosecution")
    CHILD_AUTHORITY = "child_authority", _("Child protection authority")
    FOCAL_POINT = "focal_point", _("National focal point")
    MINISTRY = "ministry", _("Ministry")
    SECRETARIAT = "secretariat", _("Technical secretariat")


class Institution(models.Model):
    """A body that handles cases. It *belongs to* a state and *stands in* a country.

    `code` is its public name between nodes (directory and key sheets); `id` never leaves the node.
    An institution of another node is known here by its key sheet.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    code = public(models.SlugField(max_length=60, unique=True))
    names = public(models.JSONField(help_text="{es, pt, en}"))
    kind = public(models.CharField(max_length=20, choices=InstitutionKind.choices))
    state = public(models.CharField(max_length=12))
    stands_in = public(models.CharField(max_length=2, blank=True))
    time_zone = public(models.CharField(max_length=40, default="UTC"))
    address = public(models.TextField(blank=True))
    verified_on = public(models.DateField(null=True))
    verified_by = public(models.CharField(max_length=120, blank=True))
    active = public(models.BooleanField(default=True))

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(verified_on__isnull=True, verified_by="")
                | models.Q(verified_on__isnull=False) & ~models.Q(verified_by=""),
                name="members_verified_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        language = (get_language() or "es")[:2]
        return str(self.names.get(language) or self.names.get("es") or self.code)


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The user who signs in with this e-mail."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """An officer of one institution, with one role. A node administrator belongs to none."""

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    email = internal(models.EmailField(unique=True))
    display_name = internal(models.CharField(max_length=120))
    role = internal(models.CharField(max_length=40, choices=[(r.value, r.value) for r in Role]))
    institution = internal(
        models.ForeignKey(Institution, null=True, on_delete=models.PROTECT, related_name="users")
    )
    language = internal(models.CharField(max_length=8, default="es"))
    subject = internal(models.UUIDField(null=True, editable=False))
    is_active = internal(models.BooleanField(default=True))
    is_demo = internal(models.BooleanField(default=False))
    created_at = internal(models.DateTimeField())
    last_login = internal(models.DateTimeField(null=True, blank=True))
    reminded_on = internal(models.DateField(null=True, editable=False))
    # Which version of the code of conduct was accepted last, and when.
    conduct = internal(models.CharField(max_length=8, blank=True, default=""))
    conduct_at = internal(models.DateTimeField(null=True, editable=False))
    password = internal(models.CharField(max_length=200))

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(role=Role.NODE_ADMINISTRATOR, institution__isnull=True)
                | ~models.Q(role=Role.NODE_ADMINISTRATOR) & models.Q(institution__isnull=False),
                name="members_officer_has_institution",
            ),
            models.CheckConstraint(
                condition=models.Q(conduct="", conduct_at__isnull=True)
                | ~models.Q(conduct="") & models.Q(conduct_at__isnull=False),
                name="members_conduct_when",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class SecondStep(models.Model):
    """Tries of an officer's second step: what was wrong lately, the last number that counted."""

    user = internal(models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE))
    failed = internal(models.PositiveSmallIntegerField(default=0))
    since = internal(models.DateTimeField(null=True))
    # Of the last number from an app: a later one counts, the same or an earlier one does not.
    counter = internal(models.BigIntegerField(default=0))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(failed=0, since__isnull=True)
                | models.Q(failed__gt=0, since__isnull=False),
                name="members_failed_since",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
