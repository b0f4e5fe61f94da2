"""What Bolivia's node does with attachments: keeps chunks by number, and says which it lacks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents, stream, transport
from tests.exchange.peer import Peer
from tests.exchange.signed import request

BY = audit.job("tests")
PATH = "/exchange/1/attachments"
_OK = 200


def content_of(size: int) -> bytes:
    """Bytes without a period."""
    return hashlib.shake_128(b"attachment").digest(size)


@dataclass
class Shelf:
    """`cut_after`: so many chunks are taken, then it answers nothing useful, once."""

    described: stream.Described
    kept: dict[int, bytes] = field(default_factory=dict)
    came: list[int] = field(default_factory=list)
    cut_after: int | None = None
    state: str = "coming"
    on_chunk: Any = None

    def answer(self, path: str, raw: bytes) -> tuple[int, Any]:
        """As the node answers a request about attachments."""
        lacks = [n for n in range(self.described.chunks) if n not in self.kept]
        if path == PATH:
            asked = documents.parse(raw)["attachment"]
            if asked != self.described.attachment:
                return 422, {"refused": "unknown_attachment"}
            state = self.state if lacks else "whole"
            return 200, {"missing": lacks if state == "coming" else [], "state": state}
        if self.cut_after == len(self.came):
            self.cut_after = None
            return 502, {}
        number = int(path.rpartition("/")[2])
        self.came.append(number)
        self.kept[number] = raw
        if self.on_chunk is not None:
            self.on_chunk()
        return 200, {"missing": len(lacks) - 1}

    def content(self) -> bytes:
        """What it opens to."""
        chunks = (self.kept[number] for number in range(len(self.kept)))
        return b"".join(stream.Opening(self.described).whole(chunks))


def held(content: bytes) -> stream.Described:
    """An attachment of ours that goes nowhere yet."""
    writer = exchange.AttachmentWriter()
    for start in range(0, len(content), 100_000):
        writer.write(content[start : start + 100_000])
    return writer.finish(by=BY)


def ask(peer: Peer, path: str, body: bytes, *, key: bytes | None = None) -> tuple[int, Any]:
    """A signed request of Bolivia's node to ours."""
    response = Client(headers={"host": "ar.localhost"}).post(
        path,
        body,
        content_type=transport.CONTENT_TYPE,
        headers=request(peer, body, path, key=key),
    )
    return response.status_code, response.json()


def how_it_stands(peer: Peer, attachment: str) -> tuple[int, Any]:
    """Bolivia asks how it stands with an attachment."""
    return ask(peer, PATH, documents.canonical({"attachment": attachment}))


def give(peer: Peer, attachment: str, number: int, chunk: bytes) -> tuple[int, Any]:
    """Bolivia sends a chunk."""
    return ask(peer, f"{PATH}/{attachment}/{number}", chunk)
