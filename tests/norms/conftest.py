"""What states have published is asked of the database: these tests have one, and it is empty."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nothing_published(request: pytest.FixtureRequest) -> None:
    """Every test here may ask."""
    request.getfixturevalue("db")
