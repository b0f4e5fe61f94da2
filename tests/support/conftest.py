"""This node, Bolivia's and the secretariat's, and Argentina's focal point."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.exchange.peer import Peer, a_secretariat, found
from tests.support import stories


@pytest.fixture
def peers(db: None) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia and the secretariat, in a directory with ours."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia, secretariat
    bolivia.stop()
    secretariat.stop()


@pytest.fixture
def bolivia(peers: tuple[Peer, Peer]) -> Peer:
    """Bolivia's node."""
    return peers[0]


@pytest.fixture
def secretariat(peers: tuple[Peer, Peer]) -> Peer:
    """The secretariat's node."""
    return peers[1]


@pytest.fixture
def paula(peers: tuple[Peer, Peer]) -> Actor:
    """The national focal point of Argentina."""
    return members.actor_of(stories.paula())
