"""What is fuzzed: each target gives bytes to a parser and lets only errors of ours pass."""

from __future__ import annotations

import contextlib
import hashlib
import json
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ayni.cooperation import camera, cleaning, contents
from ayni.exchange import (
    batches,
    bundle,
    chunk_asked,
    chunk_form,
    documents,
    envelope,
    fetch_form,
    handling,
    sharing,
    stream,
    suites,
)
from ayni.exchange import directory as rules
from ayni.exchange.errors import Malformed
from ayni.exchange.grant import Grant
from ayni.lib import clock
from ayni.lib.errors import AyniError
from tests.exchange import wire_examples

KEY = wire_examples.seed("fuzz")
PAIR = (KEY, suites.public_of(1, KEY))
NOW = wire_examples.NOW + timedelta(days=1)
EXAMPLES = wire_examples.examples()
DIRECTORY: dict[str, Any] = EXAMPLES["directory"]
SHEET: dict[str, Any] = EXAMPLES["key-sheet"]
_LONG = 131_072  # bytes
STATES = {node: wire_examples.seed(f"identity {node}") for node in wire_examples.STATES}


def _json(data: bytes) -> Any:
    """JSON that need not be canonical: a fuzzer would seldom meet the canonical form."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def _document(data: bytes) -> Any:
    """As bytes, and as the canonical form of what they say."""
    try:
        return documents.parse(data)
    except Malformed:
        return documents.parse(documents.canonical(_json(data)))


def _signed(purpose: str, data: bytes, keys: dict[str, bytes]) -> dict[str, Any]:
    """`data` as a body that members have signed: they can sign anything."""
    body = _document(data)
    if not isinstance(body, dict):
        raise Malformed("no body")
    return documents.parse(documents.canonical(documents.signed(purpose, body, keys)))  # type: ignore[no-any-return]


def from_bytes(data: bytes) -> None:
    """An envelope as it comes from the network; and its evidence."""
    sealed = envelope.parse(data)
    kept = envelope.parse_evidence(envelope.evidence(data))
    assert kept.header == sealed.header
    _open(sealed)


def _open(sealed: envelope.Sealed) -> None:
    envelope.check_signature(sealed, documents.public_of(KEY))
    envelope.open_payload(
        sealed,
        recipient=sealed.header.recipient,
        recipient_institution=sealed.header.recipient_institution,
        private_key=PAIR[0],
        accepted_suites=[1],
    )


def kept(data: bytes) -> None:
    """Evidence as it lies in a database or a bundle."""
    envelope.check_signature(envelope.parse_evidence(data), documents.public_of(KEY))


def _framed(*parts: bytes) -> bytes:
    return envelope.MARK + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def header(data: bytes) -> None:
    """A header that its sender has signed, over a ciphertext of the size that it names."""
    told = _document(data)
    size = told.get("size") if isinstance(told, dict) else None
    ciphertext = bytes((size if type(size) is int and 0 < size < 10**5 else 0) + 16)
    if isinstance(told, dict):
        told = {**told, "ciphertext": hashlib.sha256(ciphertext).hexdigest()}
    head, sealed_key = documents.canonical(told), bytes(80)
    signed = head + b"\0" + hashlib.sha256(sealed_key).digest()
    signer = told.get("sender") if isinstance(told, dict) else ""
    signatures = [
        {
            "algorithm": documents.ALGORITHM,
            "signature": documents.sign_bytes("envelope", signed, KEY),
            "signer": signer if isinstance(signer, str) else "",
        }
    ]
    found = envelope.parse(_framed(head, sealed_key, documents.canonical(signatures), ciphertext))
    # Whatever may be stored or added to is of a size that it can be.
    assert found.header.sequence < 2**31
    for moment in (found.header.created, found.header.due, found.header.valid_until):
        if moment is not None:
            assert clock.parse(clock.isoformat(moment + timedelta(days=400)))
    envelope.check_signature(found, documents.public_of(KEY))


def content(data: bytes) -> None:
    """What a sender has sealed: padding and content of its choice."""
    padded = data[:4096] + bytes(max(0, 4096 - len(data)))
    raw = envelope.seal(
        {}, route=envelope.Route(1, "ar", "ar-programme", 1, "bo", "bo-consulate", 1),
        kind="referral", message="0" * 32, conversation="1" * 32, sequence=1, created=NOW, due=None,
        recipient_key=PAIR[1], signing_key=KEY,
    )  # fmt: skip
    head = envelope.parse(raw).header.to_json()
    core = documents.canonical({k: v for k, v in head.items() if k != "ciphertext"})
    ciphertext = AESGCM(KEY).encrypt(bytes(12), padded, core)
    head["ciphertext"] = hashlib.sha256(ciphertext).hexdigest()
    head_bytes = documents.canonical(head)
    info = documents.canonical(
        {
            "header": hashlib.sha256(head_bytes).hexdigest(),
            "recipient": "bo/bo-consulate",
            "sender": "ar/ar-programme",
            "suite": 1,
            "use": "ayni-content-key-1",
        }
    )
    sealed_key = suites.suite(1).seal(KEY, PAIR[1], info)
    signed = head_bytes + b"\0" + hashlib.sha256(sealed_key).digest()
    signatures = [
        {
            "algorithm": documents.ALGORITHM,
            "signature": documents.sign_bytes("envelope", signed, KEY),
            "signer": "ar",
        }
    ]
    _open(
        envelope.parse(_framed(head_bytes, sealed_key, documents.canonical(signatures), ciphertext))
    )


def directory(data: bytes) -> None:
    """A directory as another node serves it."""
    document = _document(data)
    rules.checked_directory(document)
    rules.check_founding(document)


def directory_signed(data: bytes) -> None:
    """A directory that every state has signed, as the first and as the next one."""
    document = _signed("directory", data, STATES)
    body = rules.checked_directory(document)
    for name in ("issued",):
        clock.parse(body[name])
    try:
        rules.check_founding(document)
    except AyniError:
        rules.check_next(DIRECTORY, document)


def key_sheet(data: bytes) -> None:
    """A key sheet as another node serves it."""
    rules.check_key_sheet(
        _document(data), directory=DIRECTORY["body"], previous=None, now=wire_examples.NOW
    )


def key_sheet_signed(data: bytes) -> None:
    """A key sheet that its member has signed: what is accepted can be sealed to."""
    document = _signed("key-sheet", data, {"bo": STATES["bo"]})
    try:
        body = rules.check_key_sheet(
            document, directory=DIRECTORY["body"], previous=None, now=wire_examples.NOW
        )
    except AyniError:
        body = rules.check_key_sheet(
            document, directory=DIRECTORY["body"], previous=SHEET, now=wire_examples.NOW
        )
    documents.decode(body["signing_key"])
    for entry in body["institutions"]:
        if entry["suite"] in suites.SUITES:
            suites.suite(entry["suite"]).seal(bytes(32), documents.decode(entry["key"]), b"")


def grant(data: bytes) -> None:
    """A grant as it lies beside a queued message."""
    found = Grant.from_json(_json(data))
    assert Grant.from_json(found.to_json()) == found


def evidence(data: bytes) -> None:
    """A bundle of evidence as somebody hands it to a court."""
    bundle.check(data)


def evidence_signed(data: bytes) -> None:
    """A bundle that the exporting node has signed."""
    document = _signed("evidence", data, {"bo": wire_examples.seed("signing bo")})
    found = bundle.check(documents.canonical(document))
    assert bundle.differences(found, found) == []


def attachment(data: bytes) -> None:
    """An attachment as a message describes it, and a chunk that somebody sends for it."""
    described = stream.Described.from_json(_json(data))
    assert described.chunks <= 410
    stream.Opening(described).chunk(0, bytes(262_160))


def chunks(data: bytes) -> None:
    """Chunks that a member seals with the key it names, about a size that it makes up: a line with
    what it says, then what it seals. Opened as the receiver does, one by one and as a whole."""
    told, _, content = data.partition(b"\n")
    described = stream.Described.from_json(_json(told))
    aead = AESGCM(described.key)
    bound = b"ayni-attachment-1\0" + described.attachment.encode()
    sealed = []
    for number in range(min(described.chunks, 2)):
        part = content[number * stream.CHUNK : (number + 1) * stream.CHUNK]
        nonce = number.to_bytes(11, "big") + bytes([number == described.chunks - 1])
        sealed.append(aead.encrypt(nonce, part + bytes(stream.CHUNK - len(part)), bound))
    opening = stream.Opening(described)
    whole = b"".join(opening.whole(sealed))
    assert whole == content[: described.size].ljust(described.size, b"\0")


def looked(data: bytes) -> None:
    """What an attachment is by its content: PDF, JPEG, PNG, or a code why it is not taken. The
    same content in other parts is the same."""
    verdicts = []
    for size in (len(data) or 1, 7 if len(data) < 4096 else 997):
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        try:
            # Pillow warns of a truncated note in a picture; a node goes on, tests would not.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                verdicts.append(contents.look(parts).value)
        except contents.NotTaken as refused:
            verdicts.append(refused.why.value)
    assert verdicts[0] == verdicts[1]
    if verdicts[0] not in set(contents.FileType):
        raise Malformed(verdicts[0])


def cleaned(data: bytes) -> None:
    """A picture as it comes from an officer's browser: cleaned twice it is the same as once, and
    it does not matter in which parts it comes."""
    try:
        once, _gone = cleaning.clean(data)
    except cleaning.Broken:
        raise Malformed("picture") from None
    again = cleaning.Cleaning()
    parts = [again.feed(data[at : at + 61]) for at in range(0, len(data), 61)]
    assert b"".join([*parts, again.finish()]) == once
    assert cleaning.clean(once) == (once, frozenset())


def uploaded(data: bytes) -> None:
    """The form with a file, as a browser sends it."""
    from tests.fuzz import uploaded  # with Django, which the others do without

    uploaded.read(data)


def exif(data: bytes) -> None:
    """An Exif block: how the picture is turned, whatever else it says."""
    turned, _traces = camera.read(data)
    assert 1 <= turned <= 8


def asked(data: bytes) -> None:
    """What a peer asks about an attachment."""
    ident = chunk_asked.asked_about(data)
    assert len(ident) == 32


def lacking(data: bytes) -> None:
    """What a peer says is missing there: each number once, and no other than there are."""
    told = _json(data)
    if not isinstance(told, dict):
        raise Malformed("no object")
    numbers = chunk_asked.missing(told, chunks=400)
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number < 400 for number in numbers)


def batch(data: bytes) -> None:
    """Many envelopes in one request."""
    for raw in batches.unpack(data):
        envelope.parse(raw)


def _question(data: bytes) -> bytes:
    """As it travels; one that is far too long stays as it is, for writing it anew is not what costs
    a node anything."""
    return data if len(data) > _LONG else documents.canonical(_json(data))


def fetch_asked(data: bytes) -> None:
    """What a peer asks that fetches, with what it says to earlier envelopes."""
    question = fetch_form.read_question(_question(data))
    assert fetch_form.read_question(fetch_form.pack_question(question)) == question


def fetch_given(data: bytes) -> None:
    """What a peer hands out to this node when it fetches."""
    token, more, envelopes = fetch_form.read_answer(data)
    again = fetch_form.pack_answer(token=token, more=more, envelopes=envelopes)
    assert fetch_form.read_answer(again) == (token, more, envelopes)
    for raw in envelopes:
        with contextlib.suppress(AyniError):
            envelope.parse(raw)


def chunk_wanted(data: bytes) -> None:
    """What a peer asks that fetches the chunks of an attachment."""
    question = chunk_form.read_question(_question(data))
    assert chunk_form.read_question(chunk_form.pack_question(question)) == question


def chunk_given(data: bytes) -> None:
    """A chunk as a peer hands it out; what stands behind the head is filled up to one."""
    head, rest = data[:21], data[21:]
    filled = rest.ljust(stream.SEALED_CHUNK, b"\0") if rest else b""
    token, sealed = chunk_form.read_answer(head + filled)
    assert chunk_form.pack_answer(token=token, sealed=sealed) == head + filled


def codes(data: bytes) -> None:
    """Handling codes of a payload."""
    try:
        handling.Handling.from_json(_json(data))
    except ValueError:
        raise Malformed("handling") from None


def share(data: bytes) -> None:
    """Shares of an identity key as somebody types them."""
    text = data.decode("utf-8", "replace")
    found = [sharing.read(part) for part in text.split("\n\n")]
    sharing.combine(found)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "envelope": from_bytes,
    "kept": kept,
    "header": header,
    "content": content,
    "directory": directory,
    "directory_signed": directory_signed,
    "key_sheet": key_sheet,
    "key_sheet_signed": key_sheet_signed,
    "grant": grant,
    "evidence": evidence,
    "evidence_signed": evidence_signed,
    "attachment": attachment,
    "chunks": chunks,
    "looked": looked,
    "cleaned": cleaned,
    "uploaded": uploaded,
    "exif": exif,
    "asked": asked,
    "lacking": lacking,
    "batch": batch,
    "fetch_asked": fetch_asked,
    "fetch_given": fetch_given,
    "chunk_wanted": chunk_wanted,
    "chunk_given": chunk_given,
    "handling": codes,
    "share": share,
}


def run(name: str, data: bytes) -> bool:
    """Give `data` to a target; whether it was taken. Any error that is not ours passes on."""
    try:
        TARGETS[name](data)
    except AyniError:
        return False
    return True
