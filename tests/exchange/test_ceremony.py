"""A directory changes: proposed by anybody, in force by the states that the one before demands."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.exchange import api as exchange
from ayni.exchange import bundle, ceremony, documents
from ayni.exchange import directory as rules
from ayni.exchange.ceremony import Kind
from ayni.exchange.errors import Malformed, NotTrusted
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
STATES = ("ar", "bo", "cl", "py", "uy")
KEYS = {node: secrets.token_bytes(32) for node in (*STATES, "secretariat", "br", "pe")}


def _entry(node: str, *, key: bytes | None = None, url: str | None = None) -> dict[str, Any]:
    return {
        "endpoint": {"connect_to": "", "url": url or f"https://{node}.example"},
        "identity_key": documents.encode(documents.public_of(key or KEYS[node])),
        "node": node,
    }


def _founded(quorum: int = 4) -> dict[str, Any]:
    body = {
        "demo": True, "format": 1, "issued": "2026-01-01T00:00:00Z",
        "members": [_entry(node) for node in (*STATES, "secretariat")],
        "number": 1, "previous": "", "quorum": quorum,
    }  # fmt: skip
    return documents.signed("directory", body, {node: KEYS[node] for node in STATES})


def _voted(body: dict[str, Any], *nodes: str) -> dict[str, Any]:
    return ceremony.gather(
        documents.signed("directory", body, {node: KEYS[node]}) for node in nodes
    )


def test_a_member_is_added_by_the_votes_that_the_directory_before_demands() -> None:
    before = _founded()
    body = ceremony.propose(before["body"], issued=NOW, add=[_entry("br")])

    assert [(c.kind, c.node) for c in ceremony.differences(before["body"], body)] == [
        (Kind.ADDED, "br")
    ]
    document = _voted(body, "ar", "bo", "cl")
    assert ceremony.votes(before["body"], document).missing == ("py", "uy")
    assert not ceremony.votes(before["body"], document).enough
    document = ceremony.gather([document, _voted(body, "uy")])
    assert ceremony.votes(before["body"], document).enough
    assert rules.check_next(before, document)["number"] == 2


def test_a_state_is_removed_without_itself_and_without_the_secretariat() -> None:
    before = _founded()
    body = ceremony.propose(before["body"], issued=NOW, remove=["py"])
    document = _voted(body, "ar", "bo", "cl", "uy")
    assert rules.member(rules.check_next(before, document), "py") is None


def test_the_secretariat_is_replaced_without_its_signature() -> None:
    before = _founded()
    other = _entry("secretariat", key=secrets.token_bytes(32), url="https://next.example")
    body = ceremony.propose(before["body"], issued=NOW, change=[other])

    assert [c.kind for c in ceremony.differences(before["body"], body)] == [
        Kind.REKEYED, Kind.MOVED,
    ]  # fmt: skip
    document = _voted(body, "ar", "bo", "cl", "py")
    assert rules.check_next(before, document)["number"] == 2


def test_the_signature_of_the_secretariat_is_no_vote() -> None:
    before = _founded()
    body = ceremony.propose(before["body"], issued=NOW, remove=["py"])
    document = _voted(body, "ar", "bo", "cl", "secretariat")
    assert ceremony.votes(before["body"], document).states == ("ar", "bo", "cl")
    with pytest.raises(NotTrusted):
        rules.check_next(before, document)


def test_a_new_key_does_not_vote_for_itself() -> None:
    before = _founded()
    fresh = secrets.token_bytes(32)
    body = ceremony.propose(before["body"], issued=NOW, change=[_entry("uy", key=fresh)])
    own = documents.signed("directory", body, {"uy": fresh})
    document = ceremony.gather([_voted(body, "ar", "bo", "cl"), own])
    assert ceremony.votes(before["body"], document).states == ("ar", "bo", "cl")


def test_votes_about_two_proposals_are_not_put_together() -> None:
    before = _founded()["body"]
    one = ceremony.propose(before, issued=NOW, remove=["py"])
    two = ceremony.propose(before, issued=NOW, remove=["uy"])
    with pytest.raises(Malformed):
        ceremony.gather([_voted(one, "ar"), _voted(two, "bo")])


@pytest.mark.parametrize(
    "change",
    [
        {"add": [_entry("ar")]},
        {"change": [_entry("br")]},
        {"remove": ["br"]},
        {"quorum": 6},
        {"quorum": 4},
        {"add": [{**_entry("br"), "identity_key": "short"}]},
        {"add": [{**_entry("br"), "identity_key": _entry("ar")["identity_key"]}]},
        {},
    ],
)
def test_a_change_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        ceremony.propose(_founded()["body"], issued=NOW, **change)


def test_a_proposal_for_another_directory_is_refused() -> None:
    before = _founded()["body"]
    other = ceremony.propose(_founded(quorum=3)["body"], issued=NOW, remove=["py"])
    with pytest.raises(NotTrusted):
        ceremony.check_proposed(before, {"body": other, "signatures": []})


def test_a_directory_dated_before_the_one_that_it_follows_is_refused() -> None:
    """In evidence the dates say which directory was in force when."""
    before = _founded()
    body = ceremony.propose(before["body"], issued=NOW, remove=["py"])
    same = {**body, "issued": before["body"]["issued"]}
    earlier = {**body, "issued": "2025-12-31T23:59:59Z"}

    assert rules.check_next(before, _voted(same, "ar", "bo", "cl", "uy")) == same
    document = _voted(earlier, "ar", "bo", "cl", "uy")
    with pytest.raises(NotTrusted):
        rules.check_next(before, document)
    with pytest.raises(NotTrusted):
        ceremony.check_proposed(before["body"], document)
    found = bundle.Findings()
    bundle.Known(found).take_directories([before, document])
    assert [problem.where for problem in found.problems] == ["directory 2"]


def test_a_proposal_by_a_slow_clock_is_dated_as_the_directory_before() -> None:
    before = _founded()["body"]
    slow = datetime(2025, 12, 31, tzinfo=UTC)
    assert ceremony.propose(before, issued=slow, remove=["py"])["issued"] == before["issued"]
    assert ceremony.propose(before, issued=NOW, remove=["py"])["issued"] == "2026-11-28T12:00:00Z"


def test_nobody_votes_for_or_publishes_a_directory_dated_ahead(bolivia: Peer) -> None:
    """Until then what a new member signs would prove nothing."""
    now = clock.now().replace(microsecond=0)

    def made(minutes: int) -> dict[str, Any]:
        at = now + timedelta(minutes=minutes)
        with time_machine.travel(at, tick=False):
            draft = exchange.propose_directory(by=BY, now=at, quorum=1)
            ours = exchange.vote_on_directory(by=BY, document=draft)
        theirs = documents.signed("directory", draft["body"], {"bo": bolivia.identity})
        return ceremony.gather([ours, theirs])

    with time_machine.travel(now, tick=False):
        ahead = made(minutes=11)
        with pytest.raises(NotTrusted):
            exchange.vote_on_directory(by=BY, document=ahead)
        with pytest.raises(NotTrusted):
            exchange.publish_directory(by=BY, votes=[ahead], now=now)
        near = made(minutes=9)
        exchange.vote_on_directory(by=BY, document=near)
        exchange.publish_directory(by=BY, votes=[near], now=now)
    # A node that is told of it afterwards takes it, and further changes are possible.
    with time_machine.travel(now - timedelta(hours=1), tick=False):
        draft = exchange.propose_directory(by=BY, now=clock.now(), quorum=2)
        assert draft["body"]["issued"] == near["body"]["issued"]
        voted = exchange.vote_on_directory(by=BY, document=draft)
        exchange.publish_directory(by=BY, votes=[voted], now=clock.now())
    assert exchange.directory_body()["number"] == 3


@settings(deadline=None)
@given(
    signed=st.sets(st.sampled_from(sorted(KEYS))),
    quorum=st.integers(1, len(STATES)),
    gone=st.sampled_from([*STATES, "secretariat"]),
)
def test_what_the_ceremony_counts_is_what_the_nodes_accept(
    signed: set[str], quorum: int, gone: str
) -> None:
    before = _founded(quorum)
    others = [s for s in STATES if s != gone]
    less = min(quorum, len(others))
    body = ceremony.propose(
        before["body"], issued=NOW, remove=[gone], quorum=None if less == quorum else less
    )
    document = documents.signed("directory", body, {node: KEYS[node] for node in signed})
    enough = bool(signed) and ceremony.votes(before["body"], document).enough
    assert enough == (len(signed & set(STATES)) >= quorum)
    try:
        rules.check_next(before, document)
        accepted = True
    except (NotTrusted, Malformed):
        accepted = False
    assert accepted == enough
