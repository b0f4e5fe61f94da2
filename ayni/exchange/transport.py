"""HTTP between nodes: one request a message, signed by the node (RFC 9421), answered by a signed
receipt or a refusal with a code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from ayni.exchange import documents, trust
from ayni.exchange.errors import Malformed, NoNode, NotGenuine, UnknownSender
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members

PATH = "/exchange/1/messages"
CONTENT_TYPE = "application/vnd.ayni.envelope"
_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
_LARGEST_ANSWER = 65_536
_COVERED = ("@method", "@authority", "@path")
_LABEL = "ayni"
_ANY_SKEW = timedelta(days=3650)


class Unreachable(AyniError):
    """The peer did not answer, or not as a peer does: try again later."""

    code = "unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt, or the code of a refusal."""

    receipt: dict[str, Any] | None
    refusal: str = ""


@dataclass(slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]


class _OwnKey(HTTPSignatureKeyResolver):
    def __init__(self, private: bytes) -> None:
        self._private = private

    def resolve_private_key(self, key_id: str) -> Any:
        """This node's signing key."""
        return Ed25519PrivateKey.from_private_bytes(self._private)

    def resolve_public_key(self, key_id: str) -> Any:
        """Not used for signing."""
        raise NotImplementedError(key_id)


class _PeersKey(HTTPSignatureKeyResolver):
    def __init__(self) -> None:
        self.node = ""

    def resolve_private_key(self, key_id: str) -> Any:
        """Never needed for verifying."""
        raise KeyError(key_id)

    def resolve_public_key(self, key_id: str) -> Any:
        """The signing key of `<node>/<key sheet>`."""
        node, _, number = key_id.partition("/")
        if not number.isdigit():
            raise KeyError(key_id)
        self.node = node
        return Ed25519PublicKey.from_public_bytes(trust.signing_key_of(node, int(number)))


def signed_headers(method: str, url: str, body: bytes) -> dict[str, str]:
    """The headers of a request to a peer, signed over method, host, path and body."""
    number, private = trust.own_signing_key()
    request = _Request(method, url, {"Content-Type": CONTENT_TYPE})
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_OwnKey(private)).sign(
        request,
        key_id=f"{members.this_node()}/{number}",
        created=clock.now(),
        label=_LABEL,
        covered_component_ids=_COVERED,
        body=body,
    )
    return request.headers


def check_request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """The node that signed a request. Raises `NotGenuine` or `UnknownSender`.

    The time of signing is not judged: a peer whose clock is off must be told so, not turned away;
    replays are found by the message's id.
    """
    resolver = _PeersKey()
    request = _Request(method, url, dict(headers))
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
    verifier.max_clock_skew = _ANY_SKEW
    try:
        verifier.verify(request, max_age=None, require_components=_COVERED, body=body)
    except UnknownSender:
        raise
    except (InvalidSignature, HTTPMessageSignaturesException, KeyError, ValueError):
        raise NotGenuine("the signature of the request does not hold") from None
    return resolver.node


def post(peer: str, raw: bytes) -> Answer:
    """Send one envelope. Raises `Unreachable` if there is no answer of a peer."""
    try:
        url, connect_to = trust.endpoint(peer)
    except NoNode:
        raise Unreachable("no endpoint") from None
    target = url + PATH
    headers = signed_headers("POST", target, raw)
    headers["Host"] = urlsplit(url).netloc
    address = (f"http://{connect_to}{PATH}") if connect_to else target
    try:
        response = httpx.post(
            address, content=raw, headers=headers, timeout=_TIMEOUT, follow_redirects=False
        )
    except httpx.HTTPError as failure:
        raise Unreachable(type(failure).__name__) from None
    return _answer(response)


def _answer(response: httpx.Response) -> Answer:
    if len(response.content) > _LARGEST_ANSWER:
        raise Unreachable("an answer that is too large")
    try:
        document = documents.parse(response.content, largest=_LARGEST_ANSWER)
    except (Malformed, AyniError):
        raise Unreachable(f"status {response.status_code}") from None
    if response.status_code == httpx.codes.OK and isinstance(document, dict):
        return Answer(document)
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY and isinstance(document, dict):
        return Answer(None, str(document.get("refused", "refused")))
    raise Unreachable(f"status {response.status_code}")


def receipt_body(
    *, raw: bytes, message: str, sender: str, due: str, state: str, at: datetime, ahead: int
) -> dict[str, Any]:
    """What a receipt says: these bytes, this message, this due time, taken at this time."""
    return {
        "ahead_seconds": ahead,
        "at": clock.isoformat(at),
        "due": due,
        "envelope": hashlib.sha256(raw).hexdigest(),
        "message": message,
        "receiver": members.this_node(),
        "sender": sender,
        "sheet": trust.own_signing_key()[0],
        "state": state,
    }


def sign_receipt(body: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt with this node's signature."""
    return documents.signed("receipt", body, {members.this_node(): trust.own_signing_key()[1]})


def check_receipt(
    receipt: Mapping[str, Any], *, peer: str, raw: bytes, message: str, due: datetime | None
) -> None:
    """Raise `NotGenuine` unless the peer receipts this message and confirms its due time."""
    try:
        body = dict(receipt["body"])
        known = {peer: trust.signing_key_of(peer, int(body["sheet"]))}
        if documents.signers("receipt", dict(receipt), known) != {peer}:
            raise NotGenuine("not signed by the peer")
        expected = {
            "due": "" if due is None else clock.isoformat(due),
            "envelope": hashlib.sha256(raw).hexdigest(),
            "message": message,
            "receiver": peer,
            "sender": members.this_node(),
        }
        wrong = [name for name, value in expected.items() if body[name] != value]
        if wrong or type(body["ahead_seconds"]) is not int or not isinstance(body["state"], str):
            raise NotGenuine(f"the receipt differs in {', '.join(wrong) or 'form'}")
    except (KeyError, TypeError, ValueError, Malformed, UnknownSender):
        raise NotGenuine("not a receipt") from None
