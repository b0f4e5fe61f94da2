"""Makes a node of Argentina that Bolivia will flood, and all that Bolivia will send: `python -m
tests.node.flooded FOLDER`, with the node's own environment.

Two other members are founded with it, each with its key sheet: Bolivia, and the secretariat, which
means no harm. Their requests are signed before anything is sent and lie in FOLDER: `batches` and
`singles` of Bolivia, `later` for afterwards, `others` of the secretariat; `messages.json` says
which number each message bears.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

from ayni.node import home

MESSAGES, OTHERS, LATER = 4000, 6, 3
A_BATCH = 50


def _write(folder: Path, name: str, requests: list[bytes]) -> None:
    """Each behind its length of four bytes."""
    (folder / name).write_bytes(
        b"".join(len(raw).to_bytes(4, "big") + raw for raw in requests)
    )  # fmt: skip


def read(file: Path) -> list[bytes]:
    """What `_write` wrote."""
    raw, found, place = file.read_bytes(), [], 0
    while place < len(raw):
        size = int.from_bytes(raw[place : place + 4], "big")
        found.append(raw[place + 4 : place + 4 + size])
        place += 4 + size
    return found


def make(folder: Path) -> None:
    """Found the platform in this process's node and write every request."""
    from django.db import connections

    from ayni.exchange import batches, transport
    from bench import exchange_room
    from tests.exchange import signed
    from tests.exchange.peer import Peer, a_secretariat, found

    with connections["owner"].cursor() as cursor:
        cursor.execute(exchange_room.TABLE)
        cursor.execute("grant select, insert on bench_taken to public")
        cursor.execute("grant usage on sequence bench_taken_id_seq to public")
    bolivia, other = Peer(), a_secretariat()
    found(bolivia, secretariat=other)
    other.own_sheet = bolivia.own_sheet
    numbers: dict[str, int] = {}

    def an_envelope(peer: Peer) -> bytes:
        message = secrets.token_hex(16)
        numbers[message] = len(numbers)
        payload = {"data": {"narrative": str(numbers[message])}}
        return signed.sealed(peer, payload, kind="bench.note", message=message)

    def a_request(peer: Peer, body: bytes, path: str) -> bytes:
        headers = {
            "Host": "ar.localhost", "Content-Type": transport.CONTENT_TYPE,
            "Content-Length": str(len(body)), "Connection": "close",
            **signed.request(peer, body, path),
        }  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body

    tiny = [an_envelope(bolivia) for _ in range(MESSAGES)]
    groups = [tiny[at : at + A_BATCH] for at in range(0, MESSAGES, A_BATCH)]
    many = [a_request(bolivia, batches.pack(group), transport.BATCH) for group in groups]
    _write(folder, "batches", many)
    for name, peer, raws in (
        ("singles", bolivia, tiny[::10]),  # the same messages again, alone
        ("later", bolivia, [an_envelope(bolivia) for _ in range(LATER)]),
        ("others", other, [an_envelope(other) for _ in range(OTHERS)]),
    ):
        _write(folder, name, [a_request(peer, raw, transport.PATH) for raw in raws])
    (folder / "messages.json").write_text(json.dumps(numbers))
    for each in (bolivia, other):
        each.stop()


if __name__ == "__main__":
    with home.ready(home.resolve()):
        make(Path(sys.argv[1]))
