"""Sealed attachments are the bytes that format 1 has always had."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ayni.exchange import documents, stream
from tests.exchange.make_stream_vectors import content_of
from tests.exchange.streams import opened, reference, sealed

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "attachment_1.json").read_text()
)


def _size(vector: dict[str, Any]) -> str:
    return str(vector["described"]["size"])


@pytest.mark.parametrize("vector", VECTORS["seals"], ids=_size)
def test_an_attachment_of_format_1_is_sealed_to_these_bytes(vector: dict[str, Any]) -> None:
    content = content_of(vector["described"]["size"])
    chunks, described = sealed(content, [])

    assert documents.encode(described.key) == VECTORS["key"]
    assert described.to_json() == vector["described"]
    assert [hashlib.sha256(chunk).hexdigest() for chunk in chunks] == [
        told["sha256"] for told in vector["chunks"]
    ]
    assert [(chunk[:32].hex(), chunk[-32:].hex()) for chunk in chunks] == [
        (told["begins"], told["ends"]) for told in vector["chunks"]
    ]


@pytest.mark.parametrize("vector", VECTORS["seals"], ids=_size)
def test_an_attachment_of_format_1_opens(vector: dict[str, Any]) -> None:
    content = content_of(vector["described"]["size"])

    assert opened(stream.Described.from_json(vector["described"]), reference(content)) == content


def test_the_numbers_of_chunks_are_rounded_up_as_told() -> None:
    for count, rounded in VECTORS["padme"].items():
        assert stream.chunks_of(int(count) * stream.CHUNK) == rounded
