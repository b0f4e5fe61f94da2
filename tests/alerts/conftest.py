"""Ana of Argentina's programme, Luis as second officer, and Bolivia's node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.cast import Cast
from tests.cooperation.stories import bolivias_node
from tests.exchange.peer import Peer


@pytest.fixture
def ana(cast: Cast) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


@pytest.fixture
def luis(cast: Cast) -> Actor:
    """Luis, Ana's supervisor."""
    return members.actor_of(cast.luis)


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours."""
    with bolivias_node() as peer:
        yield peer
