"""Ana of Argentina's programme, acting for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ayni.audit.api import Actor
from ayni.members import api as members
from tests.cast import Cast


@pytest.fixture
def ana(cast: Cast) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)
