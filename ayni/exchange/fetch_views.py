"""The door for peers that fetch: what waits for the node that signed, and for no other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ayni.exchange import bodies, documents, fetch_form, handing, limits, tasks, transport
from ayni.exchange.account_fetched import AccountWanted
from ayni.exchange.errors import KeysExpired, NotTrusted, Rejected, UnknownKeySheet
from ayni.exchange.remembered import remembering

_TYPE = "application/vnd.ayni.envelopes"


# What such a request can come to; `refusal` says it.
FAILURES = (
    AccountWanted,
    Rejected,
    NotTrusted,
    KeysExpired,
    bodies.Busy,
    handing.Delivering,
    handing.OtherToken,
    limits.OverLimit,
)


def refusal(failure: Exception) -> HttpResponse:
    """What is answered where nothing is handed out."""
    if isinstance(failure, handing.OtherToken):
        return _refused(409, failure.code, token=failure.token)
    if isinstance(failure, AccountWanted):
        return _refused(409, failure.code, token=failure.token, question=failure.question)
    if isinstance(failure, limits.OverLimit):
        answer = _refused(failure.status, failure.code)
        answer["Retry-After"] = str(failure.seconds)
        return answer
    if isinstance(failure, UnknownKeySheet):
        tasks.ask_to_refresh_for_whoever_asks()
    status = 422 if isinstance(failure, Rejected) else 503
    return _refused(status, str(getattr(failure, "code", "rejected")))


def _refused(status: int, code: str, **more: object) -> HttpResponse:
    body = documents.canonical({"refused": code, **more})
    return HttpResponse(body, status=status, content_type="application/json")


@csrf_exempt
@require_POST
def waiting(request: HttpRequest) -> HttpResponse:
    """200 with envelopes; 409 with the token that counts; otherwise as for a batch."""
    try:
        raw = bodies.taken(request, largest=fetch_form.LARGEST_QUESTION)
        question = fetch_form.read_question(raw)
        try:
            peer = signer(request, raw)
        except UnknownKeySheet:
            handing.learn(question)
            peer = signer(request, raw)
        with (
            limits.of_this_process().taking(peer, messages=1, size=len(raw)),
            remembering(),
        ):
            given = handing.give(asker=peer, question=question)
        return HttpResponse(given, content_type=_TYPE)
    except FAILURES as failure:
        return refusal(failure)


def signer(request: HttpRequest, raw: bytes) -> str:
    """The node that signed a request. Raises `Rejected`, `NotTrusted`, `KeysExpired`."""
    return transport.check_request(
        request.method or "", request.build_absolute_uri(), dict(request.headers), raw
    )
