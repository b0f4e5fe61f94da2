"""Messages of other nodes that were set aside: read by the administrator, and tried again.

Ids, kinds and codes only: what a message says stays sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import inbox, reasons
from ayni.exchange.models import IncomingMessage
from ayni.exchange.reasons import NOT_JUDGED, RETRIED, Sort, Words
from ayni.exchange.states import Incoming
from ayni.lib.errors import NotFound, Refused, WrongState
from ayni.members import api as members
from ayni.members.api import Permission

PAGE = 20


class NotAgain(Refused):
    """What was decided about the message for a good reason stays so; `reason` is that one."""

    code = "not_again"
    reason = _("This version of the software does not know why the message was set aside.")


class EarlierFirst(Refused):
    """An earlier message of the conversation has not been judged yet."""

    code = "earlier_first"
    reason = _(
        "An earlier message of the same conversation has not been applied. Try that one first; one "
        "that only waits is applied by itself."
    )


@dataclass(frozen=True, slots=True)
class Aside:
    """One message that stands aside. `words` is None for a reason that this version does not know;
    `again`: whether it may be tried again now."""

    message: str
    kind: str
    peer: str
    conversation: str
    sequence: int
    sender_institution: str
    institution: str
    received: datetime
    reason: str
    words: Words | None
    again: bool


def set_aside_count() -> int:
    """How many messages stand aside, of all nodes together."""
    return IncomingMessage.objects.filter(state=Incoming.SET_ASIDE).count()


def set_aside(*, by: Actor, page: int, size: int = PAGE) -> Page[Any]:
    """A page of `Aside`, the oldest first, in each conversation by its order; a page that there is
    not is the nearest. Raises `NotAllowed`."""
    members.check_may(by, Permission.NODE_RUN)
    rows = IncomingMessage.objects.filter(state=Incoming.SET_ASIDE).defer("envelope", "receipt")
    ordered = rows.order_by("received_at", "conversation", "sequence")
    pages: Paginator[Any] = Paginator(ordered, size)
    found = pages.get_page(page)
    found.object_list = [_aside(row) for row in found.object_list]
    return found


def _aside(row: IncomingMessage) -> Aside:
    try:
        words = reasons.in_words(row.reason)
    except LookupError:
        words = None
    return Aside(
        message=row.id,
        kind=row.kind,
        peer=row.peer,
        conversation=row.conversation,
        sequence=row.sequence,
        sender_institution=row.sender_institution,
        institution=row.institution,
        received=row.received_at,
        reason=row.reason,
        words=words,
        again=can_retry(row),
    )


def _sort(row: IncomingMessage) -> Sort | None:
    try:
        return reasons.sort_of(row.reason)
    except LookupError:
        return None


def check_may_retry(row: IncomingMessage) -> None:
    """Raise unless trying again could change anything: `WrongState` for one that does not stand
    aside, `NotAgain` with the reason why it does, `EarlierFirst` out of its order."""
    if row.state != Incoming.SET_ASIDE:
        raise WrongState(_("This message does not stand aside any more: it was applied."))
    sort = _sort(row)
    if sort not in RETRIED:
        raise NotAgain(None if sort is None else reasons.WORDS[sort][0])
    earlier = IncomingMessage.objects.filter(
        peer=row.peer, conversation=row.conversation, sequence__lt=row.sequence
    ).exclude(state=Incoming.APPLIED)
    for one in earlier.only("state", "reason"):
        if one.state == Incoming.WAITING or _sort(one) in NOT_JUDGED:
            raise EarlierFirst


def can_retry(row: IncomingMessage) -> bool:
    """Whether `check_may_retry` lets it pass."""
    try:
        check_may_retry(row)
    except Refused:
        return False
    return True


def try_again(*, by: Actor, message: str) -> str:
    """Apply one that stands aside, once; the empty string if it is applied now, otherwise the code
    why it stays aside. Raises `NotAllowed`, `NotFound` and what `check_may_retry` raises."""
    members.check_may(by, Permission.NODE_RUN)
    with audit.act(by=by, verb="exchange.try_again", subject=message) as act:
        # Locked: of two who try at once the second finds it applied.
        row = IncomingMessage.objects.select_for_update().filter(id=message).first()
        if row is None:
            raise NotFound
        check_may_retry(row)
        done = inbox.retry(message=message) == 1
        row.refresh_from_db(fields=["reason"])
        act.note(applied=done)
    return "" if done else row.reason
