"""docs/reference/wire.md: each example is true, and another programme can be written from it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.urls import get_resolver

from ayni.exchange import directory as rules
from ayni.exchange import documents, envelope, errors, suites
from ayni.exchange.chunk_handing import Stopped
from ayni.exchange.chunks import AttachmentTaken, NoRoom, UnknownAttachment
from ayni.exchange.errors import AyniError
from ayni.lib import clock
from tests.architecture.rooms import ROOT
from tests.exchange import second, wire_examples

TEXT = (ROOT / "docs" / "reference" / "wire.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: ([\w. -]+) -->\n```\w+\n(.*?)\n```", TEXT, re.DOTALL))
VECTORS: dict[str, Any] = json.loads(wire_examples.VECTORS.read_text())


def example(name: str) -> Any:
    """An example of the document, read as a stranger reads it."""
    return json.loads(EXAMPLES[name])


@pytest.mark.parametrize("name", sorted(wire_examples.examples()))
def test_an_example_is_what_the_code_makes_of_the_seeds(name: str) -> None:
    assert EXAMPLES[name] == wire_examples.as_block(wire_examples.examples()[name])


def test_every_block_of_the_document_is_an_example_that_is_checked_here() -> None:
    assert len(re.findall(r"^```\w", TEXT, re.MULTILINE)) == len(EXAMPLES)
    assert set(EXAMPLES) == {*wire_examples.examples(), "request"}


def test_the_directory_founds_a_platform_and_the_key_sheet_belongs_to_its_member() -> None:
    founded = rules.check_founding(example("directory"))
    sheet = rules.check_key_sheet(
        example("key-sheet"), directory=founded, previous=None, now=wire_examples.NOW
    )

    assert [member["node"] for member in founded["members"]] == ["ar", "bo"]
    assert sheet["institutions"][0]["code"] == "bo-consulate"


@pytest.mark.parametrize(
    "changed",
    [
        {"valid_until": "2027-02-30T12:00:00Z"},
        {"valid_from": "2026-13-01T12:00:00Z"},
        {"issued": "2026-11-23T24:00:00Z"},
        {"valid_until": "9999-12-31T23:59:59Z"},
        {"signing_key": "A" * 42 + "B"},
        {"institutions": [{**wire_examples.examples()["key-sheet"]["body"]["institutions"][0],
                           "suite": 2}]},
        {"institutions": [{**wire_examples.examples()["key-sheet"]["body"]["institutions"][0],
                           "key": "A" * 44}]},
        {"institutions": [{**wire_examples.examples()["key-sheet"]["body"]["institutions"][0],
                           "code": "bo-consulate\n"}]},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_a_key_sheet_that_nobody_could_use_is_refused_although_its_member_signed(
    changed: dict[str, Any],
) -> None:
    body = {**example("key-sheet")["body"], **changed}
    document = documents.signed("key-sheet", body, {"bo": wire_examples.seed("identity bo")})

    with pytest.raises(errors.Malformed):
        rules.check_key_sheet(
            document,
            directory=example("directory")["body"],
            previous=None,
            now=wire_examples.NOW,
        )


def test_a_second_programme_reads_directory_key_sheet_receipt_and_refusal() -> None:
    body = example("directory")["body"]
    identity = {m["node"]: second.binary(m["identity_key"]) for m in body["members"]}
    second.body_of("directory", example("directory"), identity)
    sheet = second.body_of("key-sheet", example("key-sheet"), {"bo": identity["bo"]})
    key = {"bo": second.binary(sheet["signing_key"])}
    raw = second.binary(VECTORS["opens"][0]["envelope"])
    kept = second.parts(raw, b"AYNI\x01", 4)[:3]
    evidence = b"AYNE\x01" + b"".join(len(part).to_bytes(4, "big") + part for part in kept)

    for purpose in ("receipt", "refusal"):
        said = second.body_of(purpose, example(purpose), key)
        assert said["envelope"] == second.sha256(raw)
        assert said["evidence"] == second.sha256(evidence)
    with pytest.raises(ValueError, match="signature"):
        second.body_of("refusal", example("receipt"), key)
    assert example("receipt")["body"]["due"] == example("header")["due"]


@pytest.mark.parametrize("vector", VECTORS["opens"], ids=lambda v: f"suite-{v['suite']}")
def test_a_second_programme_opens_what_this_one_has_sealed(vector: dict[str, Any]) -> None:
    header, payload = second.read(
        second.binary(vector["envelope"]),
        signing_key=second.binary(VECTORS["signing_public_key"]),
        private=second.binary(vector["recipient_private_key"]),
    )

    assert (header, payload) == (vector["header"], vector["payload"])
    if vector["suite"] == 1:
        assert header == example("header")


@pytest.mark.parametrize("number", sorted(suites.SUITES))
def test_a_second_programme_opens_what_is_sealed_now(number: int) -> None:
    private, public = suites.generate(number)
    raw = envelope.seal(
        {"data": {"name": "ñandú"}},
        route=envelope.Route(number, "ar", "ar-programme", 1, "bo", "bo-consulate", 1),
        kind="referral",
        message="a" * 32,
        conversation="b" * 32,
        sequence=1,
        created=wire_examples.NOW,
        due=None,
        recipient_key=public,
        signing_key=wire_examples.seed("any"),
    )
    signing = documents.public_of(wire_examples.seed("any"))

    assert second.read(raw, signing_key=signing, private=private)[1] == {"data": {"name": "ñandú"}}
    with pytest.raises(ValueError, match="signature"):
        second.read(raw, signing_key=bytes(32), private=private)


def test_the_request_is_signed_as_the_document_says() -> None:
    assert EXAMPLES["request"] == wire_examples.request()
    first, *lines = EXAMPLES["request"].split("\n")
    method, path, _version = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    input_ = headers["Signature-Input"].removeprefix("ayni=")
    digest = hashlib.sha256(second.binary(VECTORS["opens"][0]["envelope"])).digest()
    assert headers["Content-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    base = "\n".join(
        [
            f'"@method": {method}',
            f'"@authority": {headers["Host"]}',
            f'"@path": {path}',
            f'"content-digest": {headers["Content-Digest"]}',
            f'"@signature-params": {input_}',
        ]
    )
    signature = base64.b64decode(headers["Signature"].removeprefix("ayni=:").removesuffix(":"))
    key = Ed25519PublicKey.from_public_bytes(second.binary(VECTORS["signing_public_key"]))

    key.verify(signature, base.encode())
    with pytest.raises(InvalidSignature):
        key.verify(signature, base.replace("POST", "PUT").encode())


def test_what_a_node_has_seen_names_the_documents_above() -> None:
    seen = example("seen")

    assert seen["directory"]["digest"] == documents.digest(example("directory")["body"])
    assert seen["key_sheets"]["bo"]["digest"] == documents.digest(example("key-sheet")["body"])
    assert set(seen) == {"directory", "key_sheets"}


def test_every_code_of_a_refusal_stands_in_the_document_and_the_other_way_round() -> None:
    table = re.search(r"^\| code \| the sender \|\n(.*?)\n\n", TEXT, re.MULTILINE | re.DOTALL)
    assert table is not None
    told = set(re.findall(r"`([a-z_]+)`", re.sub(r"\(.*?\)", "", table[1])))

    def below(one: type[AyniError]) -> set[str]:
        return {one.code}.union(*(below(each) for each in one.__subclasses__()))

    known = below(errors.Rejected) - {errors.Rejected.code}
    # About the chunks of an attachment, not about a message: told in the section of those.
    of_chunks = {each.code for each in (UnknownAttachment, NoRoom, AttachmentTaken, Stopped)}
    assert all(f"`{code}`" in TEXT for code in of_chunks)
    known -= of_chunks
    assert told == known | {errors.NotTrusted.code, errors.KeysExpired.code}


def test_every_address_for_other_nodes_stands_in_the_document() -> None:
    exchange = next(p for p in get_resolver().url_patterns if str(p.pattern) == "exchange/")
    paths = {
        "/exchange/" + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(each.pattern))
        for each in exchange.url_patterns
    }

    assert len(paths) >= 8
    assert paths == {path for path in paths if f"`{path}`" in TEXT or f"`GET {path}`" in TEXT
                     or f"`POST {path}`" in TEXT}  # fmt: skip


def test_the_limits_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| ([\w ]+) \| ([\d,]+) (?:bytes|seconds)", TEXT, re.MULTILINE))

    assert int(rows["envelope"].replace(",", "")) == envelope.LARGEST
    assert int(rows["signed document"].replace(",", "")) == documents.LARGEST
    with pytest.raises(errors.TooLarge):
        envelope.parse(envelope.MARK + bytes(envelope.LARGEST))
    assert clock.parse(example("receipt")["body"]["at"]) - wire_examples.NOW < timedelta(days=2)
