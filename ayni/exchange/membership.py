"""Since when and until when a node is a member, as the directories say that this node has accepted.

What a node signs between its removal and its taking in again proves nothing before a court
(`bundle.py`): nobody had said then that it speaks for that state. Such a message is not taken; its
sender seals it again with the time at which it is a member.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ayni.exchange import directory as rules
from ayni.exchange.errors import NotMemberThen
from ayni.exchange.models import DirectoryDocument
from ayni.exchange.remembered import kept
from ayni.lib import clock

SKEW = timedelta(minutes=10)
_STILL = "9"  # later than every time that is written in digits


@kept
def _spans(node: str) -> tuple[tuple[str, str], ...]:
    """From when until when directories in force list the node, one after the other."""
    spans: list[tuple[str, str]] = []
    bodies = [row.document["body"] for row in DirectoryDocument.objects.order_by("number")]
    for place, body in enumerate(bodies):
        over = bodies[place + 1]["issued"] if place + 1 < len(bodies) else _STILL
        if rules.member(body, node) is None:
            continue
        if spans and spans[-1][1] == body["issued"]:
            spans[-1] = (spans[-1][0], over)
        else:
            spans.append((body["issued"], over))
    return tuple(spans)


def was_ever_removed(node: str) -> bool:
    """Whether a node was removed and taken in again."""
    return len(_spans(node)) > 1


def was_removed(node: str, at: datetime) -> bool:
    """Whether a time lies between the removal of a node and its taking in again, by more than
    clocks may differ. A time before it was taken in first is none: a clock that is slow is no
    removal."""
    spans = _spans(node)
    if len(spans) < 2:
        return False
    first, last = clock.isoformat(at - SKEW), clock.isoformat(at + SKEW)
    return any(
        over <= first and last < begins
        for (_begun, over), (begins, _over) in zip(spans, spans[1:], strict=False)
    )


def check(node: str, at: datetime) -> None:
    """Raise `NotMemberThen` for what a node made while it was removed."""
    if was_removed(node, at):
        raise NotMemberThen(node)
