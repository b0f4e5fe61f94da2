"""A form in progress, sealed to its author, offered only to the same user, gone after 24 hours;
and forms that were sent, so that a double click does nothing twice.

A form is named by the address of its page, which holds nothing about a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django import forms

from ayni.cases.models import Draft, SentForm
from ayni.lib import clock
from ayni.lib.forms import as_typed
from ayni.members import api as members
from ayni.vault import api as vault

KEPT = timedelta(hours=24)
GIVEN_UP = timedelta(minutes=1)
LONGEST_ADDRESS = 200
LARGEST = 200_000  # characters

Answers = dict[str, list[str]]


def save_draft(*, author: members.User, form: str, answers: Mapping[str, Sequence[str]]) -> bool:
    """Keep what was typed so far (field -> values as the browser sent them); True if kept.

    Not audited: nothing of a case is read or changed. More than `LARGEST` is not kept.
    """
    if len(form) > LONGEST_ADDRESS:
        return False  # no page of ours has so long an address
    if sum(len(value) for values in answers.values() for value in values) > LARGEST:
        return False
    subject = author.subject
    if subject is None:
        subject = author.subject = vault.new_subject()
        author.save(update_fields=["subject"])
    # The timer of a page and its button may keep the same form at once.
    now = clock.now()
    draft, _new = Draft.objects.get_or_create(author=author, form=form, defaults={"saved_at": now})
    draft.saved_at = now
    draft.seal(vault.sealer(subject), answers={name: [*v] for name, v in answers.items()})
    draft.save()
    return True


def draft_of(*, author: members.User, form: str) -> Answers | None:
    """What this author had typed in this form, if it is less than 24 hours old."""
    draft = Draft.objects.filter(author=author, form=form, saved_at__gt=clock.now() - KEPT).first()
    if draft is None or author.subject is None:
        return None
    answers = draft.unseal(vault.sealer(author.subject))["answers"]
    if not isinstance(answers, dict):
        return None
    return {name: [str(one) for one in v] for name, v in answers.items() if isinstance(v, list)}


def drafts_of(*, author: members.User) -> list[tuple[str, datetime]]:
    """The author's forms in progress: address of the page, when it was kept; the newest first."""
    found = Draft.objects.filter(author=author, saved_at__gt=clock.now() - KEPT)
    return list(found.order_by("-saved_at").values_list("form", "saved_at")[:20])


def drop_draft(*, author_id: UUID, form: str) -> None:
    """Remove a draft once its form was sent."""
    Draft.objects.filter(author_id=author_id, form=form).delete()


def drop_expired() -> int:
    """Remove drafts and traces of sent forms older than 24 hours (a periodic job); how many."""
    over = clock.now() - KEPT
    SentForm.objects.filter(sent_at__lte=over).delete()
    return Draft.objects.filter(saved_at__lte=over).delete()[0]


def put_back(*, author: members.User, page: str, form: forms.BaseForm) -> str:
    """Put what was kept for this address into a form that is shown anew.

    Returns the version of the row that its author had read, or empty text: it stays, so that what
    others changed meanwhile is not overwritten unseen.
    """
    typed = draft_of(author=author, form=page)
    if typed is None:
        return ""
    form.initial = {**form.initial, **as_typed(form, typed)}
    form.from_draft = True  # type: ignore[attr-defined]
    return str((typed.get("version") or [""])[-1])


def begin_form(*, author: members.User, key: bytes) -> str | None:
    """Take up a form that was sent: None if this is the first time, else where the first led.

    `key` are 32 bytes that tell this very form, as it was shown, from every other. Empty text
    while the first is still being worked on. One that was begun `GIVEN_UP` ago and led nowhere was
    cut off with its process: it counts as never begun. (Verbs that must not happen twice know their
    form by an id of its own.)
    """
    now = clock.now()
    row, first = SentForm.objects.get_or_create(author=author, key=key, defaults={"sent_at": now})
    if first:
        return None
    cut_off = SentForm.objects.filter(
        author=author, key=key, led_to="", sent_at__lt=now - GIVEN_UP
    ).update(sent_at=now)
    return None if cut_off else row.led_to


def end_form(*, author: members.User, key: bytes, led_to: str) -> None:
    """Keep where a form led; one that led nowhere (it had errors) may be sent again."""
    row = SentForm.objects.filter(author=author, key=key)
    if led_to:
        row.update(led_to=led_to)
    else:
        row.delete()
