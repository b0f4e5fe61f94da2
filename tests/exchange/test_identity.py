"""The identity key in shares: away from this machine and back, and only the one in force."""

from __future__ import annotations

import pytest

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import documents, sharing, trust
from ayni.lib import clock
from ayni.vault import api as vault
from tests.exchange.peer import Peer

BY = audit.job("tests")


def test_the_key_goes_away_and_comes_back_by_any_three_of_five_shares(bolivia: Peer) -> None:
    key = trust.identity_key()
    made = exchange.share_identity(by=BY, of=5, need=3)

    exchange.take_identity_offline(by=BY, shares=made)
    assert trust.IDENTITY not in vault.secret_names()
    with pytest.raises(exchange.IdentityElsewhere):
        exchange.publish_key_sheet(by=BY, now=clock.now())
    with pytest.raises(exchange.IdentityElsewhere):
        exchange.share_identity(by=BY, of=5, need=3)
    with pytest.raises(exchange.IdentityElsewhere):
        exchange.sign_directory(by=BY, body=exchange.directory_body())

    exchange.restore_identity(by=BY, shares=[made[4], made[0], made[2]])
    assert trust.identity_key() == key
    assert exchange.present_identity() == exchange.identity_public()
    exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))
    told = Entry.objects.filter(verb="exchange.share_identity").latest("number").detail
    assert told == {"of": "5", "need": "3"}


def test_the_key_stays_unless_every_share_that_was_given_restores_it(bolivia: Peer) -> None:
    made = exchange.share_identity(by=BY, of=4, need=2)
    forged = sharing.Share(made[3].group, 4, 4, 2, bytes(32))
    others = exchange.share_identity(by=BY, of=4, need=2)
    another_key = sharing.shares(bytes(range(32)), of=4, need=2)

    for shares, refusal in (
        ([*made[:3], forged], exchange.BadShare),
        ([made[0], others[1]], exchange.BadShare),
        (made[:1], exchange.TooFewShares),
        ([made[0], made[0]], exchange.TooFewShares),
        (another_key, exchange.ForeignShares),
    ):
        with pytest.raises(refusal):
            exchange.take_identity_offline(by=BY, shares=shares)
        assert trust.identity_at_hand()


def test_no_key_comes_back_that_the_directory_does_not_name(bolivia: Peer) -> None:
    key = trust.identity_key()

    with pytest.raises(exchange.ForeignShares):
        exchange.restore_identity(by=BY, shares=sharing.shares(bytes(32), of=3, need=2))

    assert trust.identity_key() == key


def test_a_new_key_in_force_goes_with_its_predecessor(bolivia: Peer) -> None:
    fresh = exchange.next_identity(by=BY)
    now = clock.now().replace(microsecond=0)
    body = exchange.propose_directory(
        by=BY,
        now=now,
        change=[
            {
                "endpoint": {"connect_to": "", "url": "http://ar.localhost"},
                "identity_key": fresh,
                "node": "ar",
            }
        ],
    )["body"]
    theirs = documents.signed("directory", body, {"bo": bolivia.identity})
    exchange.publish_directory(
        by=BY, votes=[exchange.vote_on_directory(by=BY, document={"body": body, "signatures": []}),
                      theirs], now=now,
    )  # fmt: skip

    assert exchange.present_identity() == fresh
    exchange.take_identity_offline(by=BY, shares=exchange.share_identity(by=BY, of=3, need=2))

    assert not {trust.IDENTITY, trust.NEXT_IDENTITY} & set(vault.secret_names())
    assert exchange.make_identity(by=BY) == fresh


def test_what_is_here_of_each_sheet_is_told_in_numbers_and_dates(bolivia: Peer) -> None:
    now = clock.now().replace(microsecond=0)
    exchange.publish_key_sheet(by=BY, now=now, revoked=[1])
    vault.remove_secret("exchange.signing.1")

    second, first = exchange.own_sheets()

    assert (second.number, second.here, second.signs, second.goes) == (
        2, second.institutions, True, None,
    )  # fmt: skip
    assert (first.number, first.here, first.signs, first.revoked) == (1, 1, False, True)
    assert first.goes is not None
    assert (first.goes - now).days == 45


def test_a_removed_member_makes_no_keys_and_is_not_sent_for_its_shares(bolivia: Peer) -> None:
    now = clock.now().replace(microsecond=0)
    before = exchange.directory_body()
    body = {
        **before,
        "members": [each for each in before["members"] if each["node"] == "bo"],
        "number": 2,
        "previous": documents.digest(before),
        "quorum": 1,
    }
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=now)

    with pytest.raises(exchange.NotNamed):
        exchange.publish_key_sheet(by=BY, now=now)
    assert not trust.renew_if_due(by=BY, now=now + trust.ROTATE_AFTER)
    assert trust.IDENTITY in vault.secret_names(), "its key stays for the day it is taken in again"
