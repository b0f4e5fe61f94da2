"""A world that many tests look at and none changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction
from pytest_django import Settings

from tests.config.provider import Provider, running
from tests.config.world import World, a_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """Made once for a file, and undone at its end; each question is undone at once."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with transaction.atomic():
            yield a_world()
            transaction.set_rollback(True)


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """A provider, set up as the sign-on of this node's ministry."""
    cache.clear()
    with running() as found:
        settings.AYNI_MINISTRY = found.ministry
        yield found
