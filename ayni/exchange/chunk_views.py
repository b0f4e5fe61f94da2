"""The door for attachments of other nodes: what is missing, and one chunk a request."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ayni.exchange import bodies, chunk_asked, chunks, documents, limits, stream, tasks, transport
from ayni.exchange.errors import (
    KeysExpired,
    Malformed,
    NotTrusted,
    Rejected,
    UnknownKeySheet,
)

_LARGEST_QUESTION = 1024
_NOT_TAKEN = (Rejected, NotTrusted, KeysExpired, bodies.Busy, limits.OverLimit)


def _json(value: object, status: int) -> HttpResponse:
    return HttpResponse(documents.canonical(value), status=status, content_type="application/json")


def _signed(request: HttpRequest, largest: int) -> tuple[str, bytes]:
    """The node that signed a request, and its body. Raises `Rejected`, `NotTrusted`, ..."""
    raw = bodies.taken(request, largest=largest)
    peer = transport.check_request(
        request.method or "", request.build_absolute_uri(), dict(request.headers), raw
    )
    return peer, raw


def _refused(failure: Exception) -> HttpResponse:
    if isinstance(failure, UnknownKeySheet):
        tasks.ask_to_refresh_for_whoever_asks()
    if isinstance(failure, limits.OverLimit):
        answer = _json({"refused": failure.code}, failure.status)
        answer["Retry-After"] = str(failure.seconds)
        return answer
    later = isinstance(failure, (NotTrusted, KeysExpired, bodies.Busy, chunks.NoRoom))
    return _json({"refused": getattr(failure, "code", "rejected")}, 503 if later else 422)


@csrf_exempt
@require_POST
def asked(request: HttpRequest) -> HttpResponse:
    """Tell a peer how it stands with an attachment between us, and which chunks are missing."""
    try:
        peer, raw = _signed(request, _LARGEST_QUESTION)
        ident = chunk_asked.asked_about(raw)
        with limits.of_this_process().taking(peer, messages=1, size=len(raw)):
            return _json(chunks.told(peer=peer, attachment=ident), 200)
    except _NOT_TAKEN as failure:
        return _refused(failure)


@csrf_exempt
@require_POST
def taken(request: HttpRequest, attachment: str, number: int) -> HttpResponse:
    """Take one chunk; how many are missing then."""
    try:
        if not chunk_asked.is_id(attachment):
            raise Malformed("attachment")
        peer, sealed = _signed(request, stream.SEALED_CHUNK)
        with limits.of_this_process().bringing(peer, messages=1, size=len(sealed)) as keep:
            missing = chunks.take(peer=peer, attachment=attachment, number=number, sealed=sealed)
            keep(len(sealed))
        return _json({"missing": missing}, 200)
    except _NOT_TAKEN as failure:
        return _refused(failure)
