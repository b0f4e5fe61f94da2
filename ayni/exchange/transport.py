"""HTTP between nodes: one request a message, signed by the node (RFC 9421), answered by a signed
receipt or a refusal with a code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from ayni.exchange import batches, documents, envelope, fetch_form, trust
from ayni.exchange.connection import Broke, Connection, Kept, NewSheet, Unreachable, told_code
from ayni.exchange.errors import (
    KeysExpired,
    Malformed,
    NoNode,
    NotGenuine,
    NotTrusted,
    TooLarge,
    UnknownKeySheet,
    UnknownSender,
)
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members

PATH = "/exchange/1/messages"
BATCH = "/exchange/1/batch"
ACCOUNT = "/exchange/1/account"
CONTENT_TYPE = "application/vnd.ayni.envelope"
_LARGEST_ANSWER = 65_536
_COVERED = ("@method", "@authority", "@path")
_LABEL = "ayni"
_ANY_SKEW = timedelta(days=3650)


# Refusals that say something about the moment, not about the message: it is tried again.
_LATER = frozenset({UnknownSender.code, UnknownKeySheet.code, NotTrusted.code, KeysExpired.code})
_OK, _REFUSED = 200, 422
_NOT_KNOWN = {404, 405}  # to /batch: software before it
_FOR_A_BATCH = 20.0  # seconds until the answer to many begins
_PATIENCE = {429, 503, 507}  # statuses with which a peer asks for patience: the whole line rests


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt, or the code of a refusal; `signed` is either, as the peer signed it."""

    receipt: dict[str, Any] | None
    refusal: str = ""
    signed: dict[str, Any] | None = None


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
        """Never needed for signing."""
        raise KeyError(key_id)


class _PeersKey(HTTPSignatureKeyResolver):
    def __init__(self) -> None:
        self.node = ""
        self.unknown: UnknownSender | None = None  # the library makes its own error of ours

    def resolve_private_key(self, key_id: str) -> Any:
        """Never needed for verifying."""
        raise KeyError(key_id)

    def resolve_public_key(self, key_id: str) -> Any:
        """The signing key of `<node>/<key sheet>`."""
        node, _, number = key_id.partition("/")
        if not number.isdigit():
            raise KeyError(key_id)
        self.node = node
        try:
            key = trust.signing_key_of(node, int(number[:9]), made=None)
        except UnknownSender as unknown:
            self.unknown = unknown
            raise
        return Ed25519PublicKey.from_public_bytes(key)


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
        if resolver.unknown is not None:
            raise resolver.unknown from None
        raise NotGenuine("the signature of the request does not hold") from None
    return resolver.node


class NoBatches(AyniError):
    """The peer takes single messages only, or its software failed at this batch as a whole: each
    message goes alone. `for_good`: it does not know batches."""

    code = "no_batches"

    def __init__(self, *, for_good: bool) -> None:
        super().__init__()
        self.for_good = for_good


_lines = Kept()


class Line:
    """An open line to one peer, connected with its first message; a context manager."""

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self._connection: Connection | None = None
        self._to: trust.Endpoint | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        if self._connection is not None and self._to is not None:
            _lines.give_back(
                self._to.url,
                self._connection,
                connect_to=self._to.connect_to,
                pins=self._to.pins,
            )

    @property
    def address(self) -> str:
        """Where the peer is reached; empty if nobody says so."""
        try:
            to = trust.endpoint(self._peer)
        except (NoNode, NotTrusted):
            return ""
        return f"{to.url} {to.connect_to}"

    def post(self, raw: bytes) -> Answer:
        """Send one envelope. Raises `Unreachable` if there is no answer of the peer."""
        status, body = self._request(PATH, raw, _LARGEST_ANSWER)
        self._check_patience(status)
        return _answer(self._peer, raw, status, body)

    def _check_patience(self, status: int) -> None:
        """Raise `Unreachable` if the peer as a whole asks for patience, and for how long."""
        if status in _PATIENCE:
            raise Unreachable(f"status_{status}", seconds=self.asks_to_wait)

    @property
    def asks_to_wait(self) -> int | None:
        """How many seconds the peer asked to wait with its last answer, if it did."""
        return None if self._connection is None else self._connection.retry_after

    def post_many(self, envelopes: Sequence[bytes]) -> list[Answer | Unreachable | None]:
        """Send several envelopes in one request; what the peer says to each: an answer, why it has
        to be tried again, or None if its turn has not come.

        Raises `Unreachable` if there is no answer of the peer, `NoBatches`.
        """
        status, body = self._request(
            BATCH, batches.pack(envelopes), batches.LARGEST_ANSWER, patience=_FOR_A_BATCH
        )
        self._check_patience(status)
        if status != _OK:
            raise NoBatches(for_good=status in _NOT_KNOWN)
        try:
            items = batches.read_answers(body, count=len(envelopes))
        except (Malformed, TooLarge):
            raise NoBatches(for_good=False) from None
        pairs = zip(envelopes, items, strict=True)
        return [said_to_one(self._peer, raw, item) for raw, item in pairs]

    def ask(self, path: str, question: bytes) -> dict[str, Any]:
        """The document that answers a signed question. Raises `Unreachable`."""
        status, body = self._request(path, question, documents.LARGEST)
        self._check_patience(status)
        try:
            document = documents.parse(body)
        except (Malformed, TooLarge):
            raise Unreachable(f"status_{status}") from None
        if status != _OK or not isinstance(document, dict):
            raise Unreachable(f"status_{status}")
        return document

    def give(self, path: str, content: bytes) -> tuple[int, bytes]:
        """Status and answer of a signed request that is no message. Raises `Unreachable`."""
        return self._request(path, content, _LARGEST_ANSWER)

    def fetch(self, path: str, question: bytes) -> tuple[int, bytes]:
        """Status and answer, many envelopes at most, of a signed question. Raises `Unreachable`."""
        largest = fetch_form.LARGEST
        return self._request(path, question, largest, patience=_FOR_A_BATCH)

    def _request(
        self, path: str, content: bytes, largest: int, *, patience: float | None = None
    ) -> tuple[int, bytes]:
        try:
            to = trust.endpoint(self._peer)
            headers = signed_headers("POST", to.url + path, content)
        except (NoNode, NotTrusted) as refusal:
            raise Unreachable(refusal.code) from None
        if self._connection is None or self._to != to:
            self._close()
            self._connection = _lines.take(to.url, connect_to=to.connect_to, pins=to.pins)
            self._to = to
        try:
            return self._connection.request(
                "POST", path, headers=headers, content=content, largest=largest, patience=patience
            )
        except Unreachable:
            self._close()
            raise

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.__exit__(None, None, None)
            self._connection = None


def said_to_one(peer: str, raw: bytes, item: Mapping[str, Any]) -> Answer | Unreachable | None:
    """What one item of an answer says: as exactly as if the envelope had gone alone."""
    if "receipt" in item:
        return Answer(item["receipt"], signed=item["receipt"])
    if "later" in item:
        if item["later"] == batches.NO_TIME:
            return None
        return Unreachable(told_code(item["later"]), whole_line=False)
    try:
        return Answer(None, _checked_refusal(peer, raw, item["refusal"]), signed=item["refusal"])
    except Unreachable as wrong:
        return wrong


def _answer(peer: str, raw: bytes, status: int, body: bytes) -> Answer:
    """A refusal counts for good only with the peer's signature: nobody between can kill a message.

    An answer of the server about an error of its own concerns this message alone.
    """
    try:
        document = documents.parse(body, largest=_LARGEST_ANSWER)
    except (Malformed, TooLarge):
        raise Broke(f"status_{status}") from None
    if status == _OK and isinstance(document, dict):
        return Answer(document, signed=document)
    if status != _REFUSED or not isinstance(document, dict):
        raise Broke(f"status_{status}")
    if "refused" in document:
        raise Unreachable(told_code(document["refused"]))
    return Answer(None, _checked_refusal(peer, raw, document), signed=document)


def _checked_refusal(peer: str, raw: bytes, document: dict[str, Any]) -> str:
    try:
        body = document["body"]
        known = {peer: _key_of(peer, body)}
        if documents.signers("refusal", document, known) != {peer}:
            raise NotGenuine("not signed by the peer")
        if body["envelope"] != hashlib.sha256(raw).hexdigest() or body["receiver"] != peer:
            raise NotGenuine("about another envelope")
        code = told_code(body["refused"])
    except UnknownKeySheet:
        raise NewSheet from None
    except (KeyError, TypeError, ValueError, Malformed, NotGenuine, UnknownSender):
        raise Unreachable("refusal_not_genuine", whole_line=False) from None
    if code in _LATER:
        raise Unreachable(code)
    return code


def _key_of(peer: str, body: Mapping[str, Any]) -> bytes:
    return trust.signing_key_of(peer, int(body["sheet"]), made=clock.parse(body["at"]))


def evidence_digest(raw: bytes) -> str:
    """SHA-256 of what is kept of an envelope for good, so that an answer can be compared with it
    when the content is gone. Raises `Malformed`, `TooLarge`."""
    return hashlib.sha256(envelope.evidence(raw)).hexdigest()


def sign_refusal(*, raw: bytes, refused: str, at: datetime) -> dict[str, Any]:
    """A refusal of these bytes with its code and this node's signature."""
    body = {
        "at": clock.isoformat(at),
        "envelope": hashlib.sha256(raw).hexdigest(),
        "receiver": members.this_node(),
        "refused": refused,
        "sheet": trust.own_signing_key()[0],
    }
    try:
        body["evidence"] = evidence_digest(raw)
    except (Malformed, TooLarge):
        pass  # no envelope at all: its whole hash is what can be named
    return documents.signed("refusal", body, {members.this_node(): trust.own_signing_key()[1]})


def receipt_body(
    *, raw: bytes, message: str, sender: str, due: str, state: str, at: datetime, ahead: int
) -> dict[str, Any]:
    """What a receipt says: these bytes, this message, this due time, taken at this time."""
    return {
        "ahead_seconds": ahead,
        "at": clock.isoformat(at),
        "due": due,
        "envelope": hashlib.sha256(raw).hexdigest(),
        "evidence": evidence_digest(raw),
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
    """Raise `NotGenuine` unless the peer receipts this message and confirms its due time.

    Receipts of nodes before this one's version do not name the evidence.
    """
    try:
        named = receipt["body"].get("evidence", "")
    except (KeyError, TypeError, AttributeError):
        raise NotGenuine("not a receipt") from None
    if named and named != evidence_digest(raw):
        raise NotGenuine("the receipt differs in evidence")
    check_receipt_of(
        receipt,
        peer=peer,
        digest=hashlib.sha256(raw).hexdigest(),
        message=message,
        due="" if due is None else clock.isoformat(due),
    )


def check_receipt_of(
    receipt: Mapping[str, Any], *, peer: str, digest: str, message: str, due: str
) -> None:
    """The same for an envelope of which only the SHA-256 is known; `due` as a receipt writes it.

    Raises `NewSheet` for a receipt by a key sheet of the peer that has to be fetched first.
    """
    try:
        body = dict(receipt["body"])
        known = {peer: _key_of(peer, body)}
        if documents.signers("receipt", dict(receipt), known) != {peer}:
            raise NotGenuine("not signed by the peer")
        expected = {
            "due": due,
            "envelope": digest,
            "message": message,
            "receiver": peer,
            "sender": members.this_node(),
        }
        wrong = [name for name, value in expected.items() if body[name] != value]
        if wrong or type(body["ahead_seconds"]) is not int or not isinstance(body["state"], str):
            raise NotGenuine(f"the receipt differs in {', '.join(wrong) or 'form'}")
    except UnknownKeySheet:
        raise NewSheet from None
    except (KeyError, TypeError, ValueError, Malformed, UnknownSender):
        raise NotGenuine("not a receipt") from None
