"""Whose turn it is: of what a job does at once each peer has its share.

What one peer fills a queue with, or what cannot be told to it because its keys are over or it is no
member any more, holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from ayni.exchange.models import IncomingMessage
from ayni.exchange.states import Incoming

_OF_ONE_TALK = 100  # messages of a conversation in one turn


def fair(rows: QuerySet[Any], by: Sequence[str], *, most: int) -> list[Any]:
    """The first rows of each value of these columns, in the order of `rows`; about `most` in all,
    and at least one of each."""
    if not by:
        return list(rows[:most])
    column, *finer = by
    values = sorted(set(rows.order_by().values_list(column, flat=True).distinct()))
    share = max(most // max(len(values), 1), 1)
    return [
        row for each in values for row in fair(rows.filter(**{column: each}), finer, most=share)
    ]


def first_of_each_talk() -> QuerySet[IncomingMessage]:
    """Of each conversation the first message that waits, the longest here first. What follows it
    has to wait for it: of one that is ahead of time by years nothing else is looked at."""
    waiting = IncomingMessage.objects.filter(state=Incoming.WAITING)
    before = waiting.filter(
        peer=OuterRef("peer"),
        conversation=OuterRef("conversation"),
        sequence__lt=OuterRef("sequence"),
    )
    return waiting.exclude(Exists(before)).order_by("received_at", "id")


def talk_from(first: IncomingMessage) -> Iterator[IncomingMessage]:
    """The first message that waits in a conversation, and each next one once the one before it
    waits no more."""
    row: IncomingMessage | None = first
    talk = IncomingMessage.objects.filter(
        peer=first.peer, conversation=first.conversation, state=Incoming.WAITING
    )
    for _ in range(_OF_ONE_TALK):
        if row is None:
            return
        yield row
        row = talk.order_by("sequence").first()
