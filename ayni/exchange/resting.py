"""Conversations that rest: a peer failed at one message, and only what follows it waits for it.

A peer as a whole rests by its `PeerState`; a conversation by a row here, which goes with the next
message of it that is settled.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import connection, models, transaction
from django.db.models import Q

from ayni.vault.fields import internal

log = logging.getLogger("ayni.exchange")
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)


class RestingConversation(models.Model):
    """One conversation whose next message the peer failed at: how often in a row, and until when
    it is not tried again."""

    conversation = internal(models.CharField(max_length=32, primary_key=True))
    peer = internal(models.CharField(max_length=12))
    failures = internal(models.PositiveIntegerField(default=0))
    next_attempt = internal(models.DateTimeField())
    reason = internal(models.CharField(max_length=60))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["peer"], name="exchange_resting_peer"),
        ]


def rests_until(failures: int, now: datetime) -> datetime:
    """After so many failures in a row: 5 s, doubling to 15 minutes, from 0.75 to 1.25 of it."""
    wait = min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)
    return now + wait * (0.75 + secrets.randbelow(501) / 1000)


def rests(until: datetime | None, now: datetime) -> bool:
    """A rest that would last longer than the longest one was written by a clock that was ahead."""
    return until is not None and now < until <= now + LONGEST_WAIT * 1.25


def over(field: str, now: datetime) -> Q:
    """Rows that do not rest at this moment, by the field that says until when they do."""
    ahead = {f"{field}__gt": now + LONGEST_WAIT * 1.25}
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": now}) | Q(**ahead)


def begin(*, peer: str, failed: Mapping[str, str], now: datetime) -> None:
    """These conversations rest, each for its reason (a code), longer than the last time."""
    with transaction.atomic():
        for conversation, why in sorted(failed.items()):
            row, _made = RestingConversation.objects.select_for_update().get_or_create(
                conversation=conversation,
                defaults={"peer": peer, "next_attempt": now},
            )
            row.failures, row.reason = row.failures + 1, why[:60]
            row.next_attempt = rests_until(row.failures, now)
            row.save()
            ids = {"peer": peer, "conversation": conversation, "why": why}
            log.warning("conversation rests", extra={"ids": ids})


# What somebody else has locked goes another time: to wait here for one row while holding others
# is how two transactions come to wait for each other.
_GO = """
delete from exchange_restingconversation
 where conversation in (
       select rest.conversation
         from exchange_restingconversation as rest
        where rest.peer = %s and rest.next_attempt <= %s
          and not exists(select from exchange_outgoingmessage as each
                          where each.state = 'queued' and each.peer = rest.peer
                            and each.conversation = rest.conversation)
          for update skip locked)
"""


def resting(peer: str, *, now: datetime) -> set[str]:
    """The conversations with this peer that rest at this moment. Rests that are over, and whose
    messages were cancelled meanwhile, go."""
    with connection.cursor() as cursor:
        cursor.execute(_GO, [peer, now])
    rows = RestingConversation.objects.filter(peer=peer, next_attempt__gt=now)
    found = rows.values_list("conversation", "next_attempt")
    return {conversation for conversation, until in found if rests(until, now)}


def end(conversations: Collection[str]) -> None:
    """These do not rest any more: a message of each was settled."""
    rows = RestingConversation.objects.filter(conversation__in=sorted(conversations))
    with transaction.atomic():  # locked in the order in which `begin` takes them
        held = rows.select_for_update().order_by("conversation")
        rows.filter(conversation__in=[row.conversation for row in held]).delete()
