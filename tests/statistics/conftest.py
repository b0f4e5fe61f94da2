"""The hotline's two files, small and invented, and an institution whose records they become."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.members import api as members
from tests.cast import Cast
from tests.statistics.stories import PERSONS, REPORTS, Files


@pytest.fixture
def job(cast: Cast) -> Iterator[Actor]:
    """The command that loads, on behalf of the programme."""
    with members.acting(cast.programme.id):
        yield audit.job("import-linea145", str(cast.programme.id))


@pytest.fixture
def ana(cast: Cast) -> Actor:
    """Ana, an officer of the programme."""
    return members.actor_of(cast.ana)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A copy of both files that a test may change."""
    found = Files(tmp_path / "reports.csv", tmp_path / "persons.csv")
    found.reports.write_bytes(REPORTS.read_bytes())
    found.persons.write_bytes(PERSONS.read_bytes())
    return found
