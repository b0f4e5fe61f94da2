"""This node, Bolivia's and the secretariat's, and Argentina's focal point."""

from __future__ import annotations

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.agenda.conftest import bolivia, peers, secretariat
from tests.exchange.peer import Peer
from tests.support import stories

__all__ = ["bolivia", "peers", "secretariat"]


@pytest.fixture
def paula(peers: tuple[Peer, Peer]) -> Actor:
    """The national focal point of Argentina."""
    return members.actor_of(stories.paula())
