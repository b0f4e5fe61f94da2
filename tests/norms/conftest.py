"""What states have published is asked of the database: these tests have one, and it is empty."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)  # before what asks a database is told from what does not
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here may ask, and says so as all others do."""
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db)
