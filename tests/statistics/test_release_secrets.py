"""What reaches a peer of a published release holds no true count, no seed and no hash of a file."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, Release
from ayni.statistics.releasing import content, kept
from ayni.statistics.releasing.kinds import PART, RELEASE
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    REGISTER,
    Office,
    a_register,
    accepted,
    an_office,
    checked,
)

pytest.importorskip("opendp", reason="releases need the extra observatory")
BASE = 5
TABLES = (("gender",), ("gender", "citizenship"))
ROUNDED = Declared(method=Method.ROUNDING, base=BASE, tables=TABLES, years=(2020, 2021))
NOISY = Declared(method=Method.MODEL, epsilon=0.5, bound=900, years=(2020, 2021))
# Numbers in a text, but for those within a moment, a hash, a key or what is packed.
_NUMBER = re.compile(r"(?<![\w.:+/-])[0-9]+(?![\w.:+/=-])")


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, which opens what this one sends it."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield peer
    peer.stop()


def published(office: Office, file: Path, declared: Declared) -> Release:
    row = statistics.propose_release(
        by=office.eva, source="records", population=REGISTER, file=file, declared=declared
    )
    accepted(office.mario, checked(row.id))
    return statistics.publish_release(by=office.mario, release_id=row.id)


def sent_to(peer: Peer) -> list[bytes]:
    """What a peer finds in every envelope, and the contents that it puts together from the parts
    of releases: all of it JSON."""
    while exchange.drain(peer=peer.node):
        pass
    entries = [each for told in peer.read for each in told.get("entries", ())]
    parts: dict[str, str] = {}
    headers: list[dict[str, Any]] = []
    for each in (entry["body"] for entry in entries):
        if each["kind"] == PART:
            parts[each["key"]] = each["body"]["part"]
        elif each["kind"] == RELEASE:
            headers.append(each["body"])
    assert headers, "the release went out"
    contents = [
        content.unpacked(
            [parts[f"{each['sha256'][:40]}.{n}"] for n in range(each["parts"])],
            sha256=each["sha256"],
        )
        for each in headers
    ]
    return [*map(documents.canonical, peer.read), *contents]


def holds(sent: Iterable[bytes], secret: bytes) -> bool:
    """Whether anything holds these bytes, plain or in a way of writing them."""
    ways = (
        secret, secret.hex().encode(), secret.hex().upper().encode(),
        base64.b64encode(secret).rstrip(b"="), base64.urlsafe_b64encode(secret).rstrip(b"="),
    )  # fmt: skip
    return any(way in each for each in sent for way in ways)


def numbers(told: Any) -> set[int]:
    """Every number anywhere in a JSON value, names and texts as well."""
    if isinstance(told, dict):
        told = [*told, *told.values()]
    if isinstance(told, list):
        return {number for each in told for number in numbers(each)}
    if isinstance(told, str):
        return {int(number) for number in _NUMBER.findall(told)}
    return {told} if isinstance(told, int) else set()


def true_counts(file: Path) -> set[int]:
    """Every cell of the tables that is no multiple of the base: none such is published."""
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    counts: set[int] = {len(rows)}
    for by in (*TABLES, ("citizenship",)):
        counts |= set(Counter(tuple(row[name] for name in by) for row in rows).values())
    return {each for each in counts if each % BASE and each >= 20}


@pytest.mark.parametrize("declared", [ROUNDED, NOISY], ids=["classical", "differential privacy"])
def test_no_seed_and_no_hash_of_a_file_reaches_a_peer(
    bolivia: Peer, tmp_path: Path, declared: Declared
) -> None:
    office, file = an_office(), a_register(tmp_path, 603)
    row = published(office, file, declared)
    here, sent = kept.opened(row.id), sent_to(bolivia)

    assert holds(sent, bytes.fromhex(row.sha256)), "the search finds what is there"
    digest = hashlib.sha256(file.read_bytes()).digest()
    for secret in (here.secret, kept.key_of(REGISTER), digest):
        assert len(secret) >= 16
        assert not holds(sent, secret)
    if here.noisy:
        assert not holds(sent, here.noisy.encode())


def test_no_true_count_reaches_a_peer(bolivia: Peer, tmp_path: Path) -> None:
    office, file = an_office(), a_register(tmp_path, 603)
    row = published(office, file, ROUNDED)
    _entry, shown = statistics.published_release(owner="ar", key=row.key)
    found = numbers([json.loads(each) for each in sent_to(bolivia)])
    true = true_counts(file)

    assert {line.value for table in shown.tables for line in table.lines} <= found
    assert len(true) > 5
    assert not true & found
