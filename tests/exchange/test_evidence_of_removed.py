"""Evidence with a member that was removed: what passed before the removal holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from ayni.exchange import api as exchange
from ayni.exchange import bundle, documents
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue


def _without_bolivia(bolivia: Peer, issued: timedelta) -> None:
    """A next directory without Bolivia, issued so long from now, is accepted."""
    before = exchange.directory_body()
    body = {
        **before,
        "issued": clock.isoformat(clock.now().replace(microsecond=0) + issued),
        "members": [m for m in before["members"] if m["node"] == "ar"],
        "number": 2,
        "previous": documents.digest(before),
        "quorum": 1,
    }
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=clock.now())


def _delivered() -> str:
    conversation = exchange.new_conversation()
    queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)
    assert exchange.drain(peer="bo") == 1
    return conversation


@pytest.mark.parametrize("minutes", [0, 1, 9, 11, 60])
def test_what_a_member_answered_before_it_was_removed_holds(bolivia: Peer, minutes: int) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        conversation = _delivered()
        _without_bolivia(bolivia, timedelta(minutes=minutes))
        raw = exchange.export_evidence(by=BY, conversation=conversation, now=clock.now())

    found = bundle.check(raw)

    assert (found.problems, found.complete) == ([], True)


def test_what_a_member_answered_long_after_it_was_removed_does_not_hold(bolivia: Peer) -> None:
    """The other node had not heard of the directory, or did not want to."""
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        conversation = _delivered()
        _without_bolivia(bolivia, timedelta(minutes=-30))
        raw = exchange.export_evidence(by=BY, conversation=conversation, now=clock.now())

    assert "was no member" in " ".join(str(each) for each in bundle.check(raw).problems)
