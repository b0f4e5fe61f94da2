"""The door for other nodes: no session, no cookie; limits before anything is read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from ayni.exchange import documents, envelope, inbox, transport, trust
from ayni.exchange.errors import NotGenuine, NotTrusted, UnknownSender
from ayni.members import api as members


def _json(value: object, status: int) -> HttpResponse:
    return HttpResponse(documents.canonical(value), status=status, content_type="application/json")


@csrf_exempt
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """Take one envelope: 200 with a signed receipt, 422 with the code of a refusal."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > envelope.LARGEST:
        return _json({"refused": "too_large"}, 422)
    raw = request.read(envelope.LARGEST + 1)
    try:
        peer = transport.check_request(
            request.method or "", request.build_absolute_uri(), dict(request.headers), raw
        )
    except (NotGenuine, UnknownSender, NotTrusted) as refusal:
        return _json({"refused": refusal.code}, 422)
    reply = inbox.receive(raw=raw, signed_by=peer)
    if reply.receipt is None:
        return _json({"refused": reply.refusal}, 422)
    return _json(reply.receipt, 200)


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    """The directory in force: public, signed."""
    document = trust.directory_document()
    return _json({"refused": "none"}, 404) if document is None else _json(document, 200)


@require_GET
def key_sheet(request: HttpRequest) -> HttpResponse:
    """This node's present key sheet: public, signed."""
    document = trust.key_sheet(members.this_node())
    return _json({"refused": "none"}, 404) if document is None else _json(document, 200)
