"""The door for other nodes: no session, no cookie; limits before anything is read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from ayni.exchange import (
    account,
    answering,
    batches,
    bodies,
    documents,
    envelope,
    inbox,
    limits,
    our_clock,
    shown,
    tasks,
    transport,
    trust,
)
from ayni.exchange.errors import KeysExpired, NotTrusted, Rejected, UnknownKeySheet
from ayni.exchange.remembered import remembering
from ayni.lib import clock
from ayni.members import api as members


def _json(value: object, status: int) -> HttpResponse:
    return HttpResponse(documents.canonical(value), status=status, content_type="application/json")


@csrf_exempt
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """Take one envelope: 200 with a signed receipt, 422 with a refusal, 503 to try again later.

    A refusal is signed when the request was: then it counts for good.
    """
    with remembering():
        return _message(request)


def _message(request: HttpRequest) -> HttpResponse:
    try:
        raw = bodies.taken(request, largest=envelope.LARGEST)
        peer = transport.check_request(
            request.method or "", request.build_absolute_uri(), dict(request.headers), raw
        )
        with limits.of_this_process().bringing(peer, messages=1, size=len(raw)) as keep:
            reply = inbox.receive(raw=raw, signed_by=peer)
            keep(0 if reply.receipt is None else len(raw))
        if reply.receipt is not None:
            return _json(reply.receipt, 200)
        refusal = transport.sign_refusal(raw=raw, refused=reply.refusal, at=clock.now())
        return _json(refusal, 422)
    except our_clock.ClockAhead as ours:
        return _json({"refused": ours.code}, 500)  # of this message alone: it comes again
    except UnknownKeySheet as unknown:
        tasks.ask_to_refresh_for_whoever_asks()
        return _json({"refused": unknown.code}, 422)
    except Rejected as refused:
        return _json({"refused": refused.code}, 422)
    except (NotTrusted, KeysExpired, bodies.Busy) as not_ready:
        return _json({"refused": not_ready.code}, 503)
    except limits.OverLimit as over:
        return _not_now(over)


def _not_now(over: limits.OverLimit) -> HttpResponse:
    answer = _json({"refused": over.code}, over.status)
    answer["Retry-After"] = str(over.seconds)
    return answer


@csrf_exempt
@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Take many envelopes: 200 with what is said to each, otherwise as `messages`."""
    with remembering():
        return _messages(request)


def _messages(request: HttpRequest) -> HttpResponse:
    try:
        raw = bodies.taken(request, largest=batches.LARGEST)
        peer = transport.check_request(
            request.method or "", request.build_absolute_uri(), dict(request.headers), raw
        )
        envelopes = batches.unpack(raw)
        count = len(envelopes)
        with limits.of_this_process().bringing(peer, messages=count, size=len(raw)) as keep:
            replies = inbox.receive_many(envelopes=envelopes, signed_by=peer)
            keep(inbox.receipted(envelopes, replies))
        pairs = zip(envelopes, replies, strict=True)
        said = batches.answers(answering.said(envelope, reply) for envelope, reply in pairs)
        return HttpResponse(said, content_type="application/json")
    except UnknownKeySheet as unknown:
        tasks.ask_to_refresh_for_whoever_asks()
        return _json({"refused": unknown.code}, 422)
    except Rejected as refused:
        return _json({"refused": refused.code}, 422)
    except (NotTrusted, KeysExpired, bodies.Busy) as not_ready:
        return _json({"refused": not_ready.code}, 503)
    except limits.OverLimit as over:
        return _not_now(over)


_LARGEST_QUESTION = 1024


@csrf_exempt
@require_POST
def account_given(request: HttpRequest) -> HttpResponse:
    """Tell a peer that was restored what passed between us: to itself only, signed."""
    try:
        raw = bodies.taken(request, largest=_LARGEST_QUESTION)
        peer = transport.check_request(
            request.method or "", request.build_absolute_uri(), dict(request.headers), raw
        )
        with limits.of_this_process().taking(peer, messages=1, size=len(raw)):
            return _json(account.give(asker=peer, question=documents.parse(raw)), 200)
    except UnknownKeySheet as unknown:
        tasks.ask_to_refresh_for_whoever_asks()
        return _json({"refused": unknown.code}, 422)
    except Rejected as refused:
        return _json({"refused": refused.code}, 422)
    except (NotTrusted, KeysExpired, bodies.Busy) as not_ready:
        return _json({"refused": not_ready.code}, 503)
    except limits.OverLimit as over:
        return _not_now(over)


def _document(found: dict[str, Any] | None) -> HttpResponse:
    return _json({"refused": "none"}, 404) if found is None else _json(found, 200)


@require_GET
def directory(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The directory in force, or an earlier one by its number: public, signed."""
    return _document(trust.directory_document(number))


@require_GET
def key_sheet(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """This node's present key sheet, or an earlier one by its number: public, signed."""
    return _document(trust.key_sheet(members.this_node(), number))


@require_GET
def key_sheet_of(request: HttpRequest, node: str, number: int) -> HttpResponse:
    """A member's key sheet as this node has accepted it: public, signed."""
    return _document(trust.key_sheet(node, number))


@require_GET
def seen(request: HttpRequest) -> HttpResponse:
    """Which directory and key sheets this node has accepted, for others to compare."""
    return _json(shown.seen(), 200)
