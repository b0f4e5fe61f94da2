"""This node, Bolivia's and the secretariat's; an invented kind of entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette import notices


@pytest.fixture
def peers(db: None, settings: Any) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia and the secretariat, in a directory with ours; undone after the test."""
    notices.wire(settings)
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
def paula(peers: tuple[Peer, Peer]) -> Actor:
    """The national focal point."""
    role = members.Role.NATIONAL_FOCAL_POINT
    return members.actor_of(an_officer("paula", an_institution("ar-programme"), role))
