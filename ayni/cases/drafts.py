"""A form in progress, sealed to its author, offered only to the same user, gone after 24 hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ayni.cases.models import Draft
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault

KEPT = timedelta(hours=24)


def save_draft(*, author: members.User, form: str, answers: dict[str, Any]) -> None:
    """Keep what was typed so far. Not audited: nothing of a case is read or changed."""
    subject = author.subject
    if subject is None:
        subject = author.subject = vault.new_subject()
        author.save(update_fields=["subject"])
    draft = Draft.objects.filter(author=author, form=form).first() or Draft(
        author=author, form=form
    )
    draft.saved_at = clock.now()
    draft.seal(vault.sealer(subject), answers=answers)
    draft.save()


def draft_of(*, author: members.User, form: str) -> dict[str, Any] | None:
    """What this author had typed in this form, if it is less than 24 hours old."""
    draft = Draft.objects.filter(author=author, form=form, saved_at__gt=clock.now() - KEPT).first()
    if draft is None or author.subject is None:
        return None
    answers = draft.unseal(vault.sealer(author.subject))["answers"]
    return answers if isinstance(answers, dict) else None


def drop_draft(*, author_id: UUID, form: str) -> None:
    """Remove a draft once its form was sent."""
    Draft.objects.filter(author_id=author_id, form=form).delete()


def drop_expired() -> int:
    """Remove drafts older than 24 hours (a periodic job); how many there were."""
    return Draft.objects.filter(saved_at__lte=clock.now() - KEPT).delete()[0]
