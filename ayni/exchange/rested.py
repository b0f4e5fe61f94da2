"""Conversations that rest: read by the administrator, and tried again at once.

Ids, kinds and codes only: what a message says stays sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import batches
from ayni.exchange.errors import KeyGone, NotMemberThen
from ayni.exchange.failing import FailedAt
from ayni.exchange.models import OutgoingMessage, RestingConversation
from ayni.exchange.reasons import Words
from ayni.exchange.states import Outgoing
from ayni.exchange.waking import ask_to_drain
from ayni.lib import clock
from ayni.lib.errors import NotFound, Text
from ayni.members import api as members
from ayni.members.api import Permission

PAGE = 20
_THEIRS = (
    _("The software of the other node failed at the next message of this conversation."),
    _(
        "Send its administrator the number of the message and the time. Once it is mended there, "
        "try again here; this node also tries by itself, four times an hour at least."
    ),
)
_SIGNED = (
    _("What the other node signed does not belong to the message that it was sent."),
    _(
        "Nothing counts as delivered. Telephone its administrator: its software is at fault, or "
        "somebody is between the two nodes."
    ),
)
_KEY = (
    _("The other node has removed the key to which the message was sealed."),
    _(
        "This node seals it again as soon as it has newer keys of the other one, which it fetches "
        "every hour. If none come for a day, ask its administrator for a key sheet."
    ),
)
_REMOVED = (
    _("The message was written while this node was not in the directory of the platform."),
    _(
        "This node seals it again as soon as it has the directory that takes it in again, which it "
        "fetches every hour. If it still rests here after a day, look whether the clock is right."
    ),
)
_OURS = (
    _("The software of this node failed when it asked whether the next message may leave."),
    _(
        "Nothing of this conversation leaves until that is mended; everything else goes on. Send "
        "the number of the message and the log of that time to whoever maintains the software."
    ),
)
WORDS: dict[str, tuple[Text, Text]] = {
    batches.FAILED: _THEIRS,
    batches.FOLLOWS: _THEIRS,
    "receipt_not_genuine": _SIGNED,
    "refusal_not_genuine": _SIGNED,
    KeyGone.code: _KEY,
    NotMemberThen.code: _REMOVED,
    FailedAt.code: _OURS,
}
_STATUS = "status_"  # and what HTTP calls it: an answer that is none


@dataclass(frozen=True, slots=True)
class Rested:
    """One conversation that rests, by the `message` of ours that is next in it. `words` is None for
    a reason that this version does not know; `until`: when it is tried again by itself."""

    conversation: str
    peer: str
    message: str
    kind: str
    institution: str
    recipient_institution: str
    queued: datetime
    failures: int
    until: datetime
    reason: str
    words: Words | None


def in_words(reason: str) -> Words | None:
    """Why a conversation rests and what to do, or None for a code that is not known."""
    found = WORDS.get(batches.FAILED if reason.startswith(_STATUS) else reason)
    return None if found is None else Words(*found)


def _rows() -> QuerySet[RestingConversation]:
    """Those in which something waits; a rest whose messages were cancelled is none any more."""
    waits = OutgoingMessage.objects.filter(
        conversation=OuterRef("conversation"), peer=OuterRef("peer"), state=Outgoing.QUEUED
    )
    return RestingConversation.objects.filter(Exists(waits))


def rested_count(peer: str = "") -> int:
    """How many conversations rest, with one node or with all."""
    rows = _rows()
    return (rows.filter(peer=peer) if peer else rows).count()


def rested(*, by: Actor, page: int, size: int = PAGE) -> Page[Any]:
    """A page of `Rested`, the one that rests longest first; a page that there is not is the
    nearest. Raises `NotAllowed`."""
    members.check_may(by, Permission.NODE_RUN)
    pages: Paginator[Any] = Paginator(_rows().order_by("-failures", "conversation"), size)
    found = pages.get_page(page)
    found.object_list = [one for row in found.object_list if (one := _rested(row)) is not None]
    return found


def _rested(row: RestingConversation) -> Rested | None:
    queued = OutgoingMessage.objects.filter(
        conversation=row.conversation, peer=row.peer, state=Outgoing.QUEUED
    )
    first = queued.defer("envelope", "own_key").order_by("place").first()
    if first is None:  # settled at this moment
        return None
    return Rested(
        conversation=row.conversation,
        peer=row.peer,
        message=first.message,
        kind=first.kind,
        institution=first.institution,
        recipient_institution=first.recipient_institution,
        queued=first.queued_at,
        failures=row.failures,
        until=row.next_attempt,
        reason=row.reason,
        words=in_words(row.reason),
    )


def go_on(*, by: Actor, conversation: str) -> None:
    """Let a conversation be tried again now instead of later. If it fails once more it rests longer
    than the last time. Raises `NotAllowed`, `NotFound`."""
    members.check_may(by, Permission.NODE_RUN)
    with audit.act(by=by, verb="exchange.go_on", subject=conversation) as act:
        row = _rows().select_for_update().filter(conversation=conversation).first()
        if row is None:
            raise NotFound
        row.next_attempt = clock.now()
        row.save(update_fields=["next_attempt"])
        ask_to_drain(row.peer)
        act.note(peer=row.peer)
