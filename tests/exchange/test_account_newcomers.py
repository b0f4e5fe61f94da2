"""Who joined after the backup was made may have met the machine that is gone; it is asked, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import account, documents
from ayni.exchange import api as exchange
from ayni.exchange.models import Conversation, PeerState
from ayni.lib import clock
from tests.exchange.peer import Peer

BY = audit.job("tests")
DAY = timedelta(days=1)


def _chile_joins(bolivia: Peer, **changed: Any) -> None:
    """The next directory, in which Chile is a member; both founders have signed."""
    before = exchange.directory_body()
    chile = Peer(node="cl", institution="cl-consulate")
    entry = {
        "endpoint": {"connect_to": "127.0.0.1:1", "url": "http://cl.localhost"},
        "identity_key": documents.encode(documents.public_of(chile.identity)),
        "node": "cl",
    }
    body = {
        **before,
        "issued": clock.isoformat(clock.now().replace(microsecond=0)),
        "members": [*before["members"], entry],
        "number": before["number"] + 1,
        "previous": documents.digest(before),
        **changed,
    }
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=clock.now())


def _restored() -> None:
    with audit.act(by=BY, verb="node.restore", subject="ar"):
        exchange.begin_account(by=BY, since=clock.now())


def test_a_member_that_joined_between_backup_and_restore_is_asked_for_its_account(
    bolivia: Peer,
) -> None:
    _restored()
    _chile_joins(bolivia)

    since = PeerState.objects.get(node="cl").account_since
    assert since is not None
    assert since <= clock.now() - DAY
    talk = Conversation.objects.create(id="c" * 32, peer="cl")
    assert account.next_number(talk.id, "cl") == 1 + account.LEAP, "numbers may be taken there"


@pytest.mark.parametrize("restored", [False, True])
def test_a_member_that_cannot_have_met_the_old_machine_is_not_asked(
    bolivia: Peer, restored: bool
) -> None:
    later = clock.now().replace(microsecond=0)
    if restored:
        _restored()
        later += 2 * DAY
    _chile_joins(bolivia, issued=clock.isoformat(later))

    assert not PeerState.objects.filter(node="cl", account_since__isnull=False).exists()
