"""The door for peers that fetch attachments: one chunk for the node that signed, and no other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ayni.exchange import bodies, chunk_form, chunk_handing, fetch_views, limits, stream

_TYPE = "application/vnd.ayni.chunk"


@csrf_exempt
@require_POST
def chunk(request: HttpRequest) -> HttpResponse:
    """200 with a sealed chunk; 409 with the token that counts; otherwise as for messages."""
    try:
        raw = bodies.taken(request, largest=chunk_form.LARGEST_QUESTION)
        question = chunk_form.read_question(raw)
        peer = fetch_views.signer(request, raw)
        size = stream.SEALED_CHUNK if question.missing else len(raw)
        with limits.of_this_process().taking(peer, messages=1, size=size):
            given = chunk_handing.give(asker=peer, question=question)
        return HttpResponse(given, content_type=_TYPE)
    except fetch_views.FAILURES as failure:
        return fetch_views.refusal(failure)
