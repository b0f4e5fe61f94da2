"""What the benchmark of the exchange adds to a node: a kind of message whose room does one insert,
and a bare request that does the same insert behind a token, for comparison.

As a module of settings it is the node's own with these two beside; as one of addresses too.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ayni.audit.api import Actor
from ayni.exchange.api import Grant, MessageKind, Received
from ayni.exchange.documents import canonical

TOKEN = "invented token of thirty-two char"  # noqa: S105 - of a node that lives for minutes
TABLE = "create table bench_taken (id bigserial primary key, content bytea not null)"
_INSERT = "insert into bench_taken (content) values (%s)"

KIND = MessageKind(
    name="bench.note",
    carries={"refer": frozenset({"narrative", "events"})},
    personal=True,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["data"],
        "properties": {"data": {"type": "object"}},
    },
)


def payload(size: int, number: int) -> dict[str, Any]:
    """About `size` bytes as a referral has them: half a narrative, half short fields."""
    rows = [
        {"kind": "meeting", "at": f"2026-11-{1 + n % 28:02}T12:00:00Z", "note": f"Invented {n}."}
        for n in range(size // 2 // 76)
    ]
    text = f"Invented narrative {number}. "
    return {"data": {"narrative": (text * (size // len(text) + 1))[: size // 2], "events": rows}}


def still_allowed(*, message: str, subject: str, grant: Grant | None, now: datetime) -> str | None:
    """Always."""
    return None


def take(*, by: Actor, received: Received) -> None:
    """One insert of the payload."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [canonical(received.payload)])


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """A token, one insert, one commit."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given, f"Bearer {TOKEN}"):
        return HttpResponse(status=403)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [request.body])
    return HttpResponse(b"{}", content_type="application/json")
