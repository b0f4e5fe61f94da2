"""A platform of two: this node and a peer with keys of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.exchange import kinds
from tests.exchange.peer import Peer, found


@pytest.fixture
def bolivia(transactional_db: None, settings: Settings) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours."""
    forget()
    kinds.wire(settings)
    kinds.taken.clear()
    kinds.answer.clear()
    peer = Peer()
    found(peer)
    yield peer
    peer.stop()
    forget()


def forget() -> None:
    """Remove what the exchange holds: these tests commit, as two processes would."""
    from ayni.exchange import models

    for model in (
        models.EarlierSealing,
        models.OutgoingMessage,
        models.IncomingMessage,
        models.Conversation,
        models.PeerState,
        models.MissingNumber,
        models.RestingConversation,
        models.FetchedPeer,
        models.FetchingPeer,
        models.KeySheetDocument,
        models.DirectoryDocument,
    ):
        model.objects.all().delete()
