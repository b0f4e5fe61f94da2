"""Officers at their browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from ayni.members import api as members
from tests.cast import Cast, enter

Browser = Callable[[members.User], Client]


@pytest.fixture
def browser() -> Browser:
    """A signed-in browser of an officer, in Spanish."""

    def of(user: members.User) -> Client:
        client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
        enter(client, user)
        return client

    return of


@pytest.fixture
def ana(cast: Cast, browser: Browser) -> Client:
    """Ana's browser."""
    return browser(cast.ana)
