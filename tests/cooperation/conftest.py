"""Ana of Argentina's programme, Sol of a shelter in the same state, and Luis as second officer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.cast import Cast, an_institution
from tests.cooperation.stories import bolivias_node, forget_messages
from tests.exchange.peer import Peer, a_secretariat, found


@pytest.fixture
def ana(cast: Cast) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


@pytest.fixture
def luis(cast: Cast) -> Actor:
    """Luis, Ana's colleague."""
    return members.actor_of(cast.luis)


@pytest.fixture
def sol(cast: Cast) -> Actor:
    """Sol of the shelter."""
    return members.actor_of(cast.sol)


def on_behalf(of: Actor) -> AbstractContextManager[None]:
    """The database asked on behalf of somebody else's institution."""
    return members.acting(of.institution)


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours."""
    with bolivias_node() as peer:
        yield peer


@pytest.fixture
def platform(transactional_db: None) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia's node and the secretariat's, in a directory with ours, which has a focal point."""
    forget_messages()
    peer, secretariat = Peer(), a_secretariat()
    an_institution("ar-focal-point", kind="focal_point")
    found(peer, secretariat=secretariat)
    yield peer, secretariat
    peer.stop()
    secretariat.stop()
