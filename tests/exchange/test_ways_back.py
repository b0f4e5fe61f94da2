"""Keys that are lost or stolen: each way back of docs/how-to/keys.md is tried, by name."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents, trust
from ayni.exchange.errors import NotGenuine
from ayni.lib import clock
from ayni.vault import api as vault
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue

ROOT = Path(__file__).resolve().parent.parent.parent
BY = audit.job("tests")
DATA = {"data": {"needs": ["shelter"]}}
Json = dict[str, Any]


def _directory(changed: dict[str, str]) -> Json:
    """The next directory, in which these nodes have these identity keys; not signed."""
    before = exchange.directory_body()
    return {
        **before,
        "issued": clock.isoformat(clock.now().replace(microsecond=0)),
        "members": [
            {**m, "identity_key": changed.get(m["node"], m["identity_key"])}
            for m in before["members"]
        ],
        "number": before["number"] + 1,
        "previous": documents.digest(before),
    }


def test_every_way_back_that_is_written_down_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "how-to" / "keys.md").read_text("utf-8")
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(\w+)`", text)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "tests/" in line]

    assert len(rows) == 7
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8"), f"{path}::{name}"


def test_a_lost_signing_key_is_followed_by_the_next_sheet(bolivia: Peer) -> None:
    vault.remove_secret("exchange.signing.1")
    with pytest.raises(exchange.NotTrusted):
        queue({"needs": ["x"]}, a_grant())

    exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))

    queue({"needs": ["x"]}, a_grant())
    assert exchange.drain(peer="bo") == 1
    assert exchange.receive(raw=bolivia.seal(DATA), signed_by="bo").receipt is not None


def test_what_a_stolen_signing_key_signs_is_refused_once_its_sheet_is_revoked(
    bolivia: Peer,
) -> None:
    stolen = bolivia.signing
    assert exchange.receive(raw=bolivia.seal(DATA), signed_by="bo").receipt is not None
    bolivia.signing = secrets.token_bytes(32)
    sheet = bolivia.next_sheet(clock.now().replace(microsecond=0), revoked=[1])
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())

    early = clock.now() - timedelta(minutes=5)
    for created in (None, early):
        raw = bolivia.seal(DATA, signing=stolen, signing_sheet=1, created=created)
        assert exchange.receive(raw=raw, signed_by="bo").refusal == "not_genuine"
    raw = bolivia.seal(DATA, signing_sheet=2)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    assert len(kinds.taken) == 2


def test_a_lost_identity_key_is_replaced_by_the_votes_of_the_others(bolivia: Peer) -> None:
    now = clock.now().replace(microsecond=0)
    before = exchange.directory_body()
    one = {**before, "quorum": 1, "number": 2, "previous": documents.digest(before)}
    both = documents.signed("directory", one, {"bo": bolivia.identity})
    both["signatures"].append(exchange.sign_directory(by=BY, body=one))
    exchange.accept_directory(by=BY, document=both, now=now)
    vault.remove_secret(trust.IDENTITY)
    with pytest.raises(exchange.IdentityElsewhere):
        exchange.publish_key_sheet(by=BY, now=now)

    body = _directory({"ar": exchange.next_identity(by=BY)})
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    exchange.accept_directory(by=BY, document=document, now=now)

    assert exchange.publish_key_sheet(by=BY, now=now)["body"]["number"] == 2
    queue({"needs": ["x"]}, a_grant())
    assert exchange.drain(peer="bo") == 1


def test_what_a_stolen_identity_key_signs_is_refused_once_the_directory_names_another(
    bolivia: Peer,
) -> None:
    now = clock.now().replace(microsecond=0)
    stolen, bolivia.identity = bolivia.identity, secrets.token_bytes(32)
    fresh = documents.encode(documents.public_of(bolivia.identity))
    body = _directory({"bo": fresh})
    document = documents.signed("directory", body, {"bo": stolen})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=now)

    genuine = bolivia.next_sheet(now)
    forged = documents.signed("key-sheet", genuine["body"], {"bo": stolen})
    with pytest.raises(NotGenuine):
        exchange.accept_key_sheet(by=BY, document=forged, now=now)
    assert exchange.accept_key_sheet(by=BY, document=genuine, now=now) == 2


def test_a_lost_or_stolen_share_is_followed_by_a_new_set(bolivia: Peer) -> None:
    first = exchange.share_identity(by=BY, of=5, need=3)
    exchange.take_identity_offline(by=BY, shares=first)
    left, stolen = first[:3], first[4]

    exchange.restore_identity(by=BY, shares=left)
    second = exchange.share_identity(by=BY, of=5, need=3)
    exchange.take_identity_offline(by=BY, shares=second)

    with pytest.raises((exchange.BadShare, exchange.TooFewShares)):
        exchange.restore_identity(by=BY, shares=[stolen, *second[:2]])
    with pytest.raises(exchange.TooFewShares):
        exchange.restore_identity(by=BY, shares=[stolen])
    exchange.restore_identity(by=BY, shares=second[1:4])
    exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))
