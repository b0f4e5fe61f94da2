"""The door for peers that fetch: what waits for the node that signed, and for no other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ayni.exchange import bodies, documents, fetch_form, handing, limits, tasks, transport
from ayni.exchange.errors import KeysExpired, NotTrusted, Rejected, UnknownKeySheet
from ayni.exchange.remembered import remembering

_TYPE = "application/vnd.ayni.envelopes"


def _refused(status: int, code: str, **more: str) -> HttpResponse:
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
            peer = _signer(request, raw)
        except UnknownKeySheet:
            handing.learn(question)
            peer = _signer(request, raw)
        with (
            limits.of_this_process().taking(peer, messages=1, size=len(raw)),
            remembering(),
        ):
            given = handing.give(asker=peer, question=question)
        return HttpResponse(given, content_type=_TYPE)
    except handing.OtherToken as other:
        return _refused(409, other.code, token=other.token)
    except UnknownKeySheet as unknown:
        tasks.ask_to_refresh()
        return _refused(422, unknown.code)
    except Rejected as refused:
        return _refused(422, refused.code)
    except (NotTrusted, KeysExpired, bodies.Busy, handing.Delivering) as not_ready:
        return _refused(503, not_ready.code)
    except limits.OverLimit as over:
        answer = _refused(over.status, over.code)
        answer["Retry-After"] = str(over.seconds)
        return answer


def _signer(request: HttpRequest, raw: bytes) -> str:
    return transport.check_request(
        request.method or "", request.build_absolute_uri(), dict(request.headers), raw
    )
