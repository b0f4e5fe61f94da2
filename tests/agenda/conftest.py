"""This node as the secretariat, or as Bolivia or Argentina; what others publish comes signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.agenda.stories import found_as
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer, a_secretariat, found


@pytest.fixture
def secretariat_here(db: None, settings: Any) -> Iterator[Peer]:
    """This node is the secretariat's; Bolivia and Argentina are its peers. Bolivia is given."""
    settings.AYNI_NODE = members.SECRETARIAT
    bolivia, argentina = Peer(), Peer(node="ar", institution="ar-programme", kind="programme")
    found_as(members.SECRETARIAT, bolivia, argentina)
    yield bolivia
    bolivia.stop()
    argentina.stop()


@pytest.fixture
def saul(secretariat_here: Peer) -> Actor:
    """The officer of the secretariat, on its node."""
    place = an_institution("secretariat-desk", kind="secretariat", state="secretariat")
    return members.actor_of(an_officer("saul", place, members.Role.SECRETARIAT_OFFICER))


@pytest.fixture
def peers(db: None) -> Iterator[tuple[Peer, Peer]]:
    """This node is Argentina's; Bolivia and the secretariat are its peers."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia, secretariat
    bolivia.stop()
    secretariat.stop()


@pytest.fixture
def bolivia(peers: tuple[Peer, Peer]) -> Peer:
    """Bolivia's node, a peer of Argentina's."""
    return peers[0]


@pytest.fixture
def secretariat(peers: tuple[Peer, Peer]) -> Peer:
    """The secretariat's node, a peer of Argentina's."""
    return peers[1]


@pytest.fixture
def officer(secretariat: Peer) -> Callable[[members.Role], Actor]:
    """An officer of Argentina's programme with a role."""

    def make(role: members.Role) -> Actor:
        name = role.value.replace("_", "-")
        return members.actor_of(an_officer(name, an_institution("ar-programme"), role))

    return make
