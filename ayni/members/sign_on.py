"""Which subject of a ministry's own sign-on is which officer: linked by the officer, never guessed.

django-allauth keeps the pair of issuer and subject (`socialaccount`); the database refuses a second
one of the same issuer for an officer, and anything else beside the pair.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib.errors import NotFound, Refused
from ayni.members.models import User


class SignOnLinked(Refused):
    """This subject, or this officer, is linked already."""

    code = "sign_on_linked"
    reason = _("This sign-on, or this account, is linked already. Nothing was changed.")


class LastWayIn(Refused):
    """Without it the officer could not sign in any more."""

    code = "last_way_in"
    reason = _("You have no password: without this link you could not sign in. Set one first.")


def link_sign_on(*, by: Actor, issuer: str, subject: str) -> None:
    """The officer `by`, signed in here and there, links the two. Raises `SignOnLinked`."""
    user_id = UUID(by.id)
    try:
        with audit.act(by=by, verb="members.link_sign_on", subject=user_id):
            SocialAccount.objects.create(user_id=user_id, provider=issuer, uid=subject)
    except IntegrityError:
        raise SignOnLinked from None


def unlink_sign_on(*, by: Actor) -> None:
    """The officer `by` takes the link away, of whatever issuer. Raises `NotFound`, `LastWayIn`."""
    with audit.act(by=by, verb="members.unlink_sign_on", subject=by.id):
        # Locked, so that no password is taken away meanwhile.
        officer = User.objects.select_for_update().get(id=by.id)
        if not officer.has_usable_password():
            raise LastWayIn
        if not SocialAccount.objects.filter(user=officer).delete()[0]:
            raise NotFound


def sign_on_linked_at(user_id: UUID, *, issuer: str) -> datetime | None:
    """Since when an officer is linked to a subject of this issuer; None if not."""
    row = SocialAccount.objects.filter(user_id=user_id, provider=issuer).first()
    found: datetime | None = row.date_joined if row is not None else None
    return found
