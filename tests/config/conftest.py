"""A world that many tests look at and none changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from pytest_django import Settings

from tests.config.provider import Provider, running
from tests.config.world import World, a_world


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the world of a file runs on one worker, else each would make it again."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and "world" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"world-{item.path.stem}"))


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
